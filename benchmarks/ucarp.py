"""The same switch with ucarp 1.5.2: SIGUSR2 to the MASTER, in network namespaces of its own.

Needs root, ucarp, fping and iproute2; nothing of it is left, whatever happens.
"""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import fping
from benchmarks.labs import probing
from benchmarks.switching import AFTER_S, BEFORE_S, TAKEN_S, Measured, any_phase_s, until

VIP, PREFIX, VHID = "192.0.2.1", "192.0.2.", 2
SKEWS = (0, 100)  # 1/256 s
HUB, CLIENT = "hub", "client"
ROUTERS = ("a", "b")
BACK_S = 15.0  # how long the first one may take to be MASTER again

_HOSTS = {"a": 11, "b": 12, CLIENT: 40}
_SCRIPT = """#!/bin/sh
ip address {act} {vip}/32 dev vmx0
date '+{said} %s.%N' >> {log}
"""


@dataclass(frozen=True, slots=True)
class Ucarp:
    """One ucarp, and what its scripts noted: when it became what."""

    process: subprocess.Popen[bytes]
    log: Path

    def times(self, role: str) -> tuple[float, ...]:
        """Return when it took a role, s since the epoch."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return tuple(float(line.split()[1]) for line in lines if line.startswith(role))

    @property
    def is_master(self) -> bool:
        return max(self.times("up"), default=0.0) > max(self.times("down"), default=0.0)


def switch() -> Measured:
    """Have the MASTER yield once, and measure it; how it is at the end is of no interest."""
    with _network() as prefix, tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        first, second = (
            stack.enter_context(_ucarp(prefix + name, Path(folder) / name, index))
            for index, name in enumerate(ROUTERS)
        )
        assert until(lambda: first.is_master and not second.is_master, BACK_S), "no ucarp is MASTER"
        time.sleep(BEFORE_S)  # past its first advertisements
        with probing((_inside(prefix + CLIENT, fping.argv(VIP)),)) as tally:
            time.sleep(BEFORE_S + any_phase_s())
            at_s = time.time()
            first.process.send_signal(signal.SIGUSR2)
            until(lambda: any(up_s > at_s for up_s in second.times("up")), TAKEN_S)
            time.sleep(AFTER_S)
        taken = tuple(round(1000 * (s - at_s), 1) for s in second.times("up") if s > at_s)[:1]
        return Measured("f", tally(), taken)


@contextmanager
def _ucarp(namespace: str, folder: Path, index: int) -> Iterator[Ucarp]:
    folder.mkdir()
    log = folder / "roles"
    for said, act in (("up", "add"), ("down", "delete")):
        script = folder / said
        script.write_text(_SCRIPT.format(act=act, vip=VIP, said=said, log=log))
        script.chmod(0o755)
    own = f"{PREFIX}{_HOSTS[ROUTERS[index]]}"
    words = ["ucarp", "-i", "vmx0", "-s", own, "-v", str(VHID), "-p", "correct-horse", "-a", VIP]
    words += ["-k", str(SKEWS[index]), "-b", "1", "-P", "-n"]
    words += ["-u", str(folder / "up"), "-d", str(folder / "down")]
    with (folder / "ucarp.log").open("wb") as said_to:
        process = subprocess.Popen(
            _inside(namespace, words), stdin=subprocess.DEVNULL, stdout=said_to, stderr=said_to
        )
    try:
        yield Ucarp(process, log)
    finally:
        process.kill()
        process.wait()


@contextmanager
def _network() -> Iterator[str]:
    """Give the prefix of namespaces: two routers and a client on one bridge."""
    prefix = f"bg-b{os.getpid()}-"
    names = (HUB, *_HOSTS)
    try:
        for name in names:
            _ip(["ip", "netns", "add", prefix + name])
        _batch(prefix + HUB, ["link add br0 type bridge", "link set br0 up"])
        for name, host in _HOSTS.items():
            _batch(
                prefix + HUB,
                [
                    f"link add name {name} type veth peer name vmx0 netns {prefix}{name}",
                    f"link set dev {name} master br0 up",
                ],
            )
            _batch(
                prefix + name,
                [
                    "link set lo up",
                    f"address add {PREFIX}{host}/24 dev vmx0",
                    "link set vmx0 up",
                ],
            )
        yield prefix
    finally:
        for name in names:
            subprocess.run(
                ["ip", "netns", "delete", prefix + name], capture_output=True, check=False
            )


def _inside(namespace: str, words: Iterable[str]) -> Sequence[str]:
    return ("ip", "netns", "exec", namespace, *words)


def _batch(namespace: str, lines: Iterable[str]) -> None:
    _ip(["ip", "-n", namespace, "-batch", "-"], "".join(f"{line}\n" for line in lines))


def _ip(words: Sequence[str], said: str = "") -> None:
    subprocess.run(words, input=said, text=True, check=True)
