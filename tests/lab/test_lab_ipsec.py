"""GRE over IPsec on packets: SAs are where the VIP is, and nothing of a tunnel is in the clear."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from conftest import MakeLab
from routers import until
from running import BOTH_LEGS, ROOT, Ended, Hire, deeds, shapes, upgraded

from bluegreen.freebsd.setkey import parse_sad, strike
from bluegreen.freebsd.swanctl import parse_sas
from bluegreen.lab import namespaces
from bluegreen.lab.charon import SWANCTL_CONF
from bluegreen.lab.control import PowerCycle
from bluegreen.lab.lab import Lab
from bluegreen.lab.site import BEHIND, CLIENT, REMOTE, UPSTREAM, Options
from bluegreen.model.events import Observed

pytest_plugins = ("product",)

FIRST, SECOND = "router-001", "router-002"
VIP, FAR = "198.51.100.230", "203.0.113.30"
UP = [(VIP, FAR, ("INSTALLED",))]
PINGS = 20
HEARD_S = 45.0  # a boot, IKE, then OSPF
_SENT = re.compile(r"^    out [0-9a-f]+,\s+\d+ bytes,\s+(\d+) packets", re.MULTILINE)
_SILENT = """
table inet ike {
    chain out { type filter hook output priority 0; udp dport { 500, 4500 } drop; }
}
"""


@pytest.fixture
def protected(make_lab: MakeLab) -> Lab:
    lab = make_lab(Options(ipsec=True, boot_s=3.0))
    assert sas(lab, FIRST) == UP
    assert sas(lab, SECOND) == []
    return lab


def test_an_upgrade_waits_for_the_sas_of_each_new_master_and_sends_nothing_in_the_clear(
    protected: Lab, hire: Hire, tmp_path: Path
) -> None:
    before, product = shapes(protected), hire(protected.inventory)

    with captured(protected, tmp_path / "wire") as wire:
        ended = product.run("upgrade", "--pair", "lab", "--yes", "--json")
        passes_encrypted(protected, FIRST)

    assert (ended.code, ended.finished.outcome) == (0, "done"), ended.err
    assert {f"converge@{FIRST}", f"converge@{SECOND}"} <= steps_with_sas(ended)
    assert shapes(protected) == upgraded(before)
    assert deeds(protected) == BOTH_LEGS
    assert (sas(protected, FIRST), sas(protected, SECOND)) == (UP, [])
    assert len(sas(protected, REMOTE)) == 1
    assert seen(wire, "ip proto 47") == 0
    assert seen(wire, "udp port 4500") > 2 * PINGS


def test_a_failover_takes_the_sas_with_it(protected: Lab, hire: Hire) -> None:
    moved = hire(protected.inventory).run("failover", "--pair", "lab", "--yes", "--json")

    assert (moved.code, moved.finished.outcome) == (0, "done"), moved.err
    assert (sas(protected, FIRST), sas(protected, SECOND)) == ([], UP)
    passes_encrypted(protected, SECOND)


def test_the_peer_of_a_dead_master_negotiates_and_gives_it_back(make_lab: MakeLab) -> None:
    lab = make_lab(Options(ipsec=True, boot_s=20.0))

    lab.tell(FIRST, PowerCycle())

    assert until(lambda: sas(lab, SECOND) == UP, limit_s=HEARD_S)
    passes_encrypted(lab, SECOND)
    assert until(lambda: sas(lab, FIRST) == UP, limit_s=HEARD_S)  # it is back, and preempts
    assert until(lambda: sas(lab, SECOND) == [], limit_s=HEARD_S)
    passes_encrypted(lab, FIRST)


def test_who_cannot_have_the_sas_does_not_keep_the_traffic(
    protected: Lab, hire: Hire, tmp_path: Path
) -> None:
    product = hire(protected.inventory)

    end_charon(protected, SECOND)
    refused = product.run("failover", "--pair", "lab", "--yes")
    assert (refused.code, "strongSwan does not answer" in refused.err) == (3, True), refused.err
    protected.tell(SECOND, PowerCycle())
    assert until(lambda: sas(protected, SECOND) == [], limit_s=HEARD_S)

    with silenced(protected, SECOND):
        words = ("--pair", "lab", "--playbook", str(impatient(tmp_path)), "--yes", "--json")
        taken_back = product.run("upgrade", *words)

    assert taken_back.code == 1, taken_back.err
    assert f"converge@{SECOND}" not in steps_with_sas(taken_back)
    assert protected.machine_state(FIRST).masters == (2, 3)
    assert until(lambda: sas(protected, FIRST) == UP, limit_s=HEARD_S)
    passes_encrypted(protected, FIRST)


def test_its_key_is_in_files_of_root_and_nowhere_else(protected: Lab, hire: Hire) -> None:
    product = hire(protected.inventory)
    assert product.run("failover", "--pair", "lab", "--yes", "--json").code == 0
    holders = [
        protected.directory / name / "layer" / SWANCTL_CONF.lstrip("/")
        for name in (FIRST, SECOND, REMOTE)
    ]

    (key,) = {re.findall(r"secret = (\w{64})\n", file.read_text())[0] for file in holders}

    assert {oct(file.stat().st_mode & 0o777) for file in holders} == {"0o600"}
    assert set(files_with(key, protected.directory)) == set(holders)
    assert list(files_with(key, product.machine)) == []
    assert key not in "".join(command_lines())
    assert len(parse_sad(strike(asked(protected, SECOND, "setkey -D")))) == 2


# -- what is looked at -------------------------------------------------------------


def sas(lab: Lab, name: str) -> list[tuple[str | None, str | None, tuple[str, ...]]] | None:
    """Return between whom charon has which SAs; None where it does not answer."""
    said = subprocess.run(
        lab.ssh(name, "swanctl --list-sas"), capture_output=True, text=True, check=False
    )
    if said.returncode != 0:
        return None
    return [
        (sa.local, sa.remote, tuple(child.state for child in sa.children))
        for sa in parse_sas(said.stdout)
    ]


def asked(lab: Lab, name: str, words: str) -> str:
    ended = subprocess.run(lab.ssh(name, words), capture_output=True, text=True, check=True)
    return ended.stdout


def passes_encrypted(lab: Lab, router: str) -> None:
    """See that what goes through the tunnel goes through an SA of that router."""
    assert until(lambda: answers(lab, 1) == 1, limit_s=HEARD_S)
    before = sent(lab, router)
    assert answers(lab, PINGS) == PINGS
    assert sent(lab, router) - before >= PINGS


def sent(lab: Lab, router: str) -> int:
    """Return how many packets the SAs of a router have encrypted."""
    return sum(map(int, _SENT.findall(asked(lab, router, "swanctl --list-sas"))))


def answers(lab: Lab, count: int) -> int:
    """Return how many echoes come back to the client from what is behind the far end."""
    words = ["ping", "-n", "-q", "-c", str(count), "-i", "0.05", "-W", "1", BEHIND]
    said = subprocess.run(lab.inside(CLIENT, words), capture_output=True, text=True, check=False)
    found = re.search(r"(\d+) received", said.stdout)
    assert found is not None, said.stderr
    return int(found[1])


def steps_with_sas(ended: Ended) -> set[str | None]:
    """Return the steps that have seen the SAs of who serves."""
    return {e.step for e in ended.events if isinstance(e, Observed) and e.layer == "ipsec"}


@contextmanager
def captured(lab: Lab, file: Path) -> Iterator[Path]:
    """Have what passes between the routers and the far end in a file."""
    wanted = "ip proto 47 or udp port 500 or udp port 4500"
    words = ["tcpdump", "-n", "-i", "any", "-U", "-Z", "root", "-w", str(file), wanted]
    process = subprocess.Popen(lab.inside(UPSTREAM, words), stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        while "listening on" not in process.stderr.readline():
            assert process.poll() is None
        yield file
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate()


def seen(file: Path, wanted: str) -> int:
    """Return how many packets of a capture are of a kind."""
    words = ["tcpdump", "-n", "-r", str(file), wanted]
    return len(subprocess.check_output(words, text=True, stderr=subprocess.DEVNULL).splitlines())


def impatient(folder: Path) -> Path:
    """Return our failover as a playbook that does not wait long for what follows the VIP."""
    text, wait = (ROOT / "playbooks" / "failover.yaml").read_text(), "{step: converge, on: green"
    assert text.count(wait) == 1
    file = folder / "failover.yaml"
    file.write_text(text.replace(wait, f"{wait}, deadline: 10s"))
    return file


@contextmanager
def silenced(lab: Lab, name: str) -> Iterator[None]:
    """Let nothing that a router says of IKE, or encrypts, reach anybody."""
    nft = lab.inside(name, ["nft", "-f", "-"])
    subprocess.run(nft, input=_SILENT, text=True, check=True)
    try:
        yield
    finally:
        subprocess.run(lab.inside(name, ["nft", "delete table inet ike"]), check=True)


def end_charon(lab: Lab, name: str) -> None:
    (pid,) = (
        pid
        for pid in namespaces.processes(lab.machine(name).namespace)
        if Path(f"/proc/{pid}/comm").read_text() == "charon-systemd\n"
    )
    os.kill(pid, signal.SIGKILL)
    assert until(lambda: sas(lab, name) is None, limit_s=HEARD_S)


def files_with(text: str, directory: Path) -> Iterator[Path]:
    for file in directory.rglob("*"):
        if file.is_file() and not file.is_symlink() and text.encode() in file.read_bytes():
            yield file


def command_lines() -> Iterator[str]:
    """Yield the words of every process; one that has just ended has none."""
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            yield (entry / "cmdline").read_bytes().decode(errors="replace")
