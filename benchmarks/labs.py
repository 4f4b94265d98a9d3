"""Where a switch is measured: a pair of routers, a client that probes, and a way to look inside."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import Literal, Protocol

from benchmarks import fping
from benchmarks.fping import Tally
from bluegreen.emulator.spec import LO0, Durations, InterfaceSpec, MachineSpec, VhidSpec
from bluegreen.lab.lab import Lab as Namespaces
from bluegreen.lab.lab import lab_of
from bluegreen.lab.loopback import QUICK, LoopbackPair
from bluegreen.lab.report import RouterReport
from bluegreen.lab.site import CLIENT, LAN_VIPS, ROUTERS, THROUGH, Options

STOP_S = 5.0
FETCH_S, INSTALL_S = 1.0, 2.0  # as in the lab of namespaces
TARGET = Options().offered  # what the routers of either lab will be on
Carriage = Literal["multicast", "unicast", "mixed"]


@dataclass(frozen=True, slots=True)
class Shape:
    """What differs from one lab to the next."""

    skews: tuple[int, int] = (0, 100)  # 1/256 s
    carriage: Carriage = "mixed"
    vhids: int = 2
    boot_s: float = 8.0  # from shutdown(8) until sshd answers

    def __str__(self) -> str:
        first, second = self.skews
        return f"skews {first}/{second}, {self.carriage}, {self.vhids} vhids"


class Lab(Protocol):
    """A pair that is up; the first router is MASTER of everything."""

    @property
    def routers(self) -> tuple[str, str]: ...

    @property
    def inventory(self) -> Path:
        """A hosts.yaml with this pair, and no other."""
        ...

    @property
    def work(self) -> Durations:
        """How long the routers' own work takes."""
        ...

    def exec(self, router: str, script: str) -> int:
        """Have a router's shell run a script, over SSH; return its exit status."""
        ...

    def report(self, router: str) -> RouterReport:
        """Tell a router's roles, what it executed and when its roles changed (monotonic, s)."""
        ...

    def probe(self) -> AbstractContextManager[Callable[[], Tally]]:
        """Probe from the client for as long as the block lasts; then ask what came of it."""
        ...


Make = Callable[[Shape], AbstractContextManager[Lab]]


# -- namespaces: real packets --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NamespaceLab:
    """The lab of `bluegreen lab up`, probed from its client: the VIP, and through it."""

    made: Namespaces
    work: Durations
    routers: tuple[str, str] = ROUTERS

    @property
    def inventory(self) -> Path:
        return self.made.inventory

    def exec(self, router: str, script: str) -> int:
        return _quiet(self.made.ssh(router, script))

    def report(self, router: str) -> RouterReport:
        return self.made.machine_state(router)

    @contextmanager
    def probe(self) -> Iterator[Callable[[], Tally]]:
        through = (THROUGH,) if self.made.options.vhids > 1 else ()
        targets = (LAN_VIPS[0].partition("/")[0], *through)
        with probing(tuple(self.made.inside(CLIENT, fping.argv(t)) for t in targets)) as tally:
            yield tally


@contextmanager
def in_namespaces(shape: Shape) -> Iterator[Lab]:
    """Give a lab in network namespaces."""
    options = Options(
        vhids=shape.vhids,
        skews=shape.skews,
        carriage=shape.carriage,
        boot_s=shape.boot_s,
        tunnel="vip" if shape.vhids > 1 else "none",
    )
    with lab_of(options, f"b{os.getpid()}") as made:
        spec = made.site.place(ROUTERS[0]).spec
        assert spec is not None
        yield NamespaceLab(made, spec.durations)


# -- loopback: roles alone -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LoopbackLab:
    """Emulated routers behind sshd on loopback: roles are real, and there is no packet to lose."""

    pair: LoopbackPair
    work: Durations
    routers: tuple[str, str]

    @property
    def inventory(self) -> Path:
        return self.pair.inventory

    def exec(self, router: str, script: str) -> int:
        there = self.pair.router(router)
        known = ("-o", f"UserKnownHostsFile={there.known_hosts}", "-o", "IdentitiesOnly=yes")
        words = ("ssh", "-F", "none", "-i", str(there.identity), *known, "-p", str(there.port))
        return _quiet((*words, f"{there.user}@{there.host}", script))

    def report(self, router: str) -> RouterReport:
        return self.pair.machine_state(router)

    @contextmanager
    def probe(self) -> Iterator[Callable[[], Tally]]:
        yield lambda: Tally(0, 0, 0.0)


@contextmanager
def on_loopback(shape: Shape) -> Iterator[Lab]:
    """Give a pair without a network: to try a measurement without root."""
    work = replace(QUICK, fetch=FETCH_S, install=INSTALL_S, boot=shape.boot_s)
    with tempfile.TemporaryDirectory() as folder:
        specs = _spec(shape, work, 0), _spec(shape, work, 1)
        with LoopbackPair(specs, Path(folder) / "pair") as pair:
            yield LoopbackLab(pair, work, (specs[0].name, specs[1].name))


def _spec(shape: Shape, work: Durations, index: int) -> MachineSpec:
    own, other = 11 + index, 12 - index
    unicast = {"unicast": shape.vhids, "multicast": 0, "mixed": 1}[shape.carriage]
    return MachineSpec(
        name=ROUTERS[index],
        interfaces=(InterfaceSpec("vmx0", (f"192.0.2.{own}/24",), ether="00:50:56:00:00:11"), LO0),
        vhids=tuple(
            VhidSpec(
                "vmx0",
                2 + number,
                (f"192.0.2.{200 + number}/32",),
                shape.skews[index],
                peer=f"192.0.2.{other}" if number < unicast else None,
            )
            for number in range(shape.vhids)
        ),
        durations=work,
    )


# -- probes --------------------------------------------------------------------------


@contextmanager
def probing(calls: Sequence[Sequence[str]]) -> Iterator[Callable[[], Tally]]:
    """Run probes as long as the block lasts; then what is given tells what came of all."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        said = tuple(folder / str(number) for number in range(len(calls)))
        with ExitStack() as running:
            for words, file in zip(calls, said, strict=True):
                running.enter_context(_running(words, file))
            told: list[Tally] = []
            yield lambda: reduce(Tally.worse, told)
        told += [fping.parse(file.read_text()) for file in said]


@contextmanager
def _running(words: Sequence[str], file: Path) -> Iterator[None]:
    """Run one process, and end it by SIGINT: fping then says what it knows."""
    with file.open("wb") as out:
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL
        )
        try:
            yield
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _quiet(words: Sequence[str]) -> int:
    return subprocess.run(words, capture_output=True, check=False).returncode
