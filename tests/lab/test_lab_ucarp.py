"""Our router and ucarp 1.5.2 understand each other, in both roles."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from carp_net import BLUE, CLIENT, GREEN, OWN, VIP, Net, a_router, wait_until

from bluegreen.emulator.spec import EXAMPLE_KEY
from bluegreen.model.network import CarpState

pytestmark = pytest.mark.xdist_group("packets")


PATIENCE_S = 3.5  # of an advbase of 1 and an advskew of 100: 3.39 s
OTHER_KEY = "another"


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    with Net(tmp_path) as made:
        yield made


class Ucarp:
    """One that runs where router-002 would."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def said(self) -> str:
        return self._log.read_text()

    @property
    def state(self) -> str:
        """Return the state that it switched to last."""
        switched = [line for line in self.said.splitlines() if "Switching to state: " in line]
        return switched[-1].rpartition(" ")[2] if switched else ""

    def wait_for(self, state: str) -> None:
        wait_until(lambda: self.state == state, f"ucarp is {state}")


@contextmanager
def ucarp(net: Net, skew: int, password: str = EXAMPLE_KEY) -> Iterator[Ucarp]:
    """Run ucarp, which puts the VIP on and takes it off by scripts of its own."""
    for name, verb in (("up", "replace"), ("down", "del")):
        script = net.directory / name
        script.write_text(f'#!/bin/sh\nip addr {verb} "$2/32" dev "$1"\n')
        script.chmod(0o755)
    up, down, log = net.directory / "up", net.directory / "down", net.directory / "ucarp.log"
    words = ["ucarp", "-i", "vmx1", "-s", OWN[GREEN], "-v", "2", "-p", password, "-a", VIP]
    words += ["-k", str(skew), "-b", "1", "-P", "-u", str(up), "-d", str(down)]
    with net.process(GREEN, *words, log=log) as process:
        yield Ucarp(process, log)


def answers(net: Net) -> bool:
    words = net.words(CLIENT, "fping", "-c", "1", "-t", "300", VIP)
    return subprocess.run(words, check=False, capture_output=True).returncode == 0


def test_ucarp_stays_backup_of_ours_and_takes_over_when_ours_is_drained(net: Net) -> None:
    with net.router(a_router(BLUE), 2) as blue, ucarp(net, skew=100) as other:
        other.wait_for("BACKUP")
        assert answers(net)

        blue.drain()

        other.wait_for("MASTER")
        blue.wait_for()
        assert blue.look().roles[0].state is CarpState.BACKUP
        assert "MASTER -> BACKUP (more frequent advertisement received)" in blue.messages
        wait_until(lambda: answers(net), "ucarp's script has put the VIP on")
        assert VIP not in net.addresses(BLUE)


def test_ours_stays_backup_of_ucarp_and_takes_over_when_ucarp_dies(net: Net) -> None:
    with ucarp(net, skew=10) as other:
        other.wait_for("MASTER")

        with net.router(a_router(BLUE, advskew=100)) as blue:
            began_s = blue.look().changes[0].at_s
            wait_until(lambda: blue.look().at_s > began_s + PATIENCE_S, "it had time enough")
            assert blue.look().masters == ()

            other.process.kill()

            blue.wait_for(2)
            assert "BACKUP -> MASTER (master timed out)" in blue.messages
            assert VIP in net.addresses(BLUE)


def test_ours_preempts_a_slower_ucarp_and_ucarp_yields(net: Net) -> None:
    with ucarp(net, skew=100) as other:
        other.wait_for("MASTER")

        with net.router(a_router(BLUE, advskew=10)) as blue:
            blue.wait_for(2)
            assert "BACKUP -> MASTER (preempting a slower master)" in blue.messages
            other.wait_for("BACKUP")


def test_ours_takes_over_when_ucarp_demotes_itself(net: Net) -> None:
    with ucarp(net, skew=10) as other:
        other.wait_for("MASTER")
        with net.router(a_router(BLUE, advskew=100)) as blue:
            other.process.send_signal(signal.SIGUSR2)

            blue.wait_for(2)
            other.wait_for("BACKUP")


def test_a_wrong_password_is_refused_by_both_so_that_both_are_master(net: Net) -> None:
    with net.router(a_router(BLUE), 2) as blue, ucarp(net, skew=0, password=OTHER_KEY) as other:
        other.wait_for("MASTER")

        wait_until(lambda: "incorrect hash for vhid 2@vmx1" in blue.messages, "it is refused")
        wait_until(lambda: "Bad digest" in other.said, "ucarp refuses ours")
        assert blue.look().masters == (2,)
        assert other.state == "MASTER"
