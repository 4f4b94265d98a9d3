"""The product as its user runs it: a process of its own, seen from its words and its status."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Timer

from routers import FIRST, SECOND, pair_specs, until

import bluegreen
from bluegreen.cli.files import load_playbook, strategies
from bluegreen.emulator.spec import MachineSpec
from bluegreen.lab.config import Specs
from bluegreen.lab.loopback import LoopbackPair
from bluegreen.lab.report import ConfigFile, Executed, Role, RouterReport
from bluegreen.model.events import EVENT, CommandSent, Event, RunFinished, RunStarted, StepStarted
from bluegreen.model.network import CarpState
from bluegreen.model.system import Versions

LIMIT_S = 400.0  # a process that takes longer hangs, and is killed
OLD, NEW = "14.2-RELEASE-p1", "14.2-RELEASE-p2"
ROOT = Path(bluegreen.__file__).parent.parent

Wanted = Callable[[tuple[str, ...]], bool]  # whether a program is meant


# -- what is run -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> tuple[Event, ...]:
        """Return what ``--json`` printed; a line that is no event fails the test."""
        return tuple(EVENT.validate_json(line) for line in self.out.splitlines())

    @property
    def finished(self) -> RunFinished:
        last = self.events[-1]
        assert isinstance(last, RunFinished)
        return last


@dataclass(frozen=True, slots=True)
class Moment:
    """An event that a test waits for: its kind, its step, which of them, forth or back."""

    event: str
    step: str | None = None
    nth: int = 1
    undo: bool = False

    def __str__(self) -> str:
        words = (self.event, self.step or "", "undo" if self.undo else "", f"{self.nth}")
        return " ".join(word for word in words if word and word != "1")

    def is_it(self, event: Event) -> bool:
        goes_back = isinstance(event, CommandSent | StepStarted) and event.undo
        return (event.event, event.step, goes_back) == (self.event, self.step, self.undo)


class Running:
    """A process that runs, and whose events are read as they come."""

    def __init__(self, words: list[str], env: dict[str, str], log: Path) -> None:
        self._log = log
        with log.open("wb") as err:
            self.process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=err,
                text=True,
                env=env,
                start_new_session=True,
            )
        self._limit = Timer(LIMIT_S, self._slay)
        self._limit.daemon = True
        self._limit.start()
        self._lines: list[str] = []

    @property
    def err(self) -> str:
        return self._log.read_text()

    def line(self) -> str:
        """Return the next line that it says; "" once it has ended."""
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        self._lines.append(said)
        return said

    def reach(self, moment: Moment) -> Event:
        """Return the event, the moment that it is printed; an answer follows its command."""
        left = moment.nth
        while line := self.line():
            event = EVENT.validate_json(line)
            left -= moment.is_it(event)
            if not left:
                return event
        raise AssertionError(f"it ended before `{moment}`:\n{self.end().err}")

    def says(self, words: str) -> bool:
        """Wait until something stands on standard error."""
        return until(lambda: words in self.err, limit_s=30)

    def signal(self, number: int) -> None:
        os.killpg(self.process.pid, number)

    def kill(self) -> Ended:
        """Kill it as a power cut would: nothing of it runs any more."""
        self.signal(signal.SIGKILL)
        return self.end()

    def end(self) -> Ended:
        """Wait for its end; a line that a kill cut short was never said."""
        while self.line():
            pass
        code = self.process.wait()
        self._limit.cancel()
        whole = (line for line in self._lines if line.endswith("\n"))
        return Ended(code, "".join(whole), self.err)

    def close(self) -> None:
        self._limit.cancel()
        if self.process.poll() is None:
            self._slay()
            self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()

    def _slay(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


class Product:
    """``bluegreen`` on one machine: a state directory, an inventory, nobody's home."""

    def __init__(self, inventory: Path, machine: Path) -> None:
        self.inventory = inventory
        self.machine = machine
        self.state = machine / "state"
        machine.mkdir()
        self._running: list[Running] = []

    @property
    def env(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if k != "SSH_AUTH_SOCK"}
        return {**kept, "HOME": str(self.machine), "PYTHONPATH": str(ROOT)}

    def words(self, command: str, *more: str) -> list[str]:
        places = ["-i", str(self.inventory), "--state-dir", str(self.state)]
        return [sys.executable, "-m", "bluegreen", command, *more, *places]

    def start(self, command: str, *more: str) -> Running:
        log = self.machine / f"stderr-{len(self._running)}"
        self._running.append(Running(self.words(command, *more), self.env, log))
        return self._running[-1]

    def run(self, command: str, *more: str) -> Ended:
        return self.start(command, *more).end()

    def upgrade(self, *more: str) -> Running:
        return self.start("upgrade", "--pair", "edge", "--yes", "--json", *more)

    def close(self) -> None:
        for running in self._running:
            running.close()


def half_done() -> Specs:
    """Return routers of which the second one has its update already: a run of one leg."""
    first, second = pair_specs()
    return first, up_to_date(second)


def up_to_date(spec: MachineSpec) -> MachineSpec:
    return replace(spec, kernel=NEW, running=NEW, userland=NEW, offered=None)


Hire = Callable[[Path], Product]  # one more machine, for an inventory
StartPair = Callable[[Specs], LoopbackPair]


# -- how the routers are -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shape:
    """What a run may leave different only where that is its purpose."""

    versions: Versions
    roles: tuple[Role, ...]
    preempt: bool
    demotion: int  # 1/256 s
    config: tuple[ConfigFile, ...]
    active: tuple[str, str]
    leftovers: tuple[str, ...]


Shapes = tuple[Shape, Shape]
Reports = tuple[RouterReport, RouterReport]


def shapes(pair: LoopbackPair) -> Shapes:
    """Return how both routers are."""
    first, second = (_shape(report) for report in reports(pair))
    return first, second


def reports(pair: LoopbackPair) -> Reports:
    return pair.machine_state(FIRST), pair.machine_state(SECOND)


def _shape(report: RouterReport) -> Shape:
    return Shape(
        report.versions,
        report.roles,
        report.preempt,
        report.demotion,
        report.config,
        report.active,
        report.leftovers,
    )


def upgraded(before: Shapes) -> Shapes:
    """Return how the routers are to be after an upgrade: another system, nothing else."""
    first, second = (replace(shape, versions=Versions(NEW, NEW, NEW)) for shape in before)
    return first, second


# -- what was done to them -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Deeds:
    """How often each thing was done that must not be done twice: (router-001, router-002)."""

    stages: tuple[int, int]
    installs: tuple[int, int]
    reboots: tuple[int, int]
    wrong: tuple[str, ...] = ()  # what must never be, however often


ONE_LEG = Deeds((1, 1), (1, 0), (1, 0))
BOTH_LEGS = Deeds((1, 1), (1, 1), (1, 1))


def deeds(pair: LoopbackPair) -> Deeds:
    """Count what was done, and name what should not have been."""
    seen = reports(pair)
    return Deeds(
        _count(seen, lambda words: words[0] == "daemon" and words[-1] == "fetch"),
        _count(seen, lambda words: words[0] == "daemon" and words[-1] == "install"),
        _count(seen, lambda words: words[0] == "shutdown"),
        (*(wrong for report in seen for wrong in _wrong(report)), *unserved(seen)),
    )


def _count(seen: Reports, wanted: Wanted) -> tuple[int, int]:
    first, second = (sum(wanted(one.argv) for one in report.executed) for report in seen)
    return first, second


def _wrong(report: RouterReport) -> Iterator[str]:
    """Yield what was disruptive while it served, what it did not know, what demoted it."""
    for executed in report.not_idle:
        yield f"{report.name} while MASTER: {' '.join(executed.argv)}"
    for argv in report.unknown:
        yield f"{report.name} does not know: {' '.join(argv)}"
    for executed in report.executed:
        if _demotes(executed) not in (None, "0"):
            yield f"{report.name}: {' '.join(executed.argv)}"


def _demotes(executed: Executed) -> str | None:
    """Return what is written to the demotion counter, which adds it."""
    words = executed.argv
    if words[0] != "sysctl":
        return None
    written = (word.partition("=") for word in words[1:])
    return next((v for n, eq, v in written if eq and n == "net.inet.carp.demotion"), None)


def unserved(seen: Reports) -> Iterator[str]:
    """Yield when nobody served a vhid that somebody had begun to serve."""
    changes = [(c.at_s, c.vhid, r.name, c.new) for r in seen for c in r.changes]
    serving: dict[str, set[str]] = {}
    since_s: dict[str, float] = {}
    for at_s, vhid, router, new in sorted(changes):
        masters = serving.setdefault(vhid, set())
        if new is CarpState.MASTER and not masters and vhid in since_s:
            yield f"nobody served {vhid} for {at_s - since_s.pop(vhid):.3f} s, until {router} did"
        was_served = bool(masters)
        (masters.add if new is CarpState.MASTER else masters.discard)(router)
        if was_served and not masters:
            since_s[vhid] = at_s
    yield from (f"nobody serves {vhid} any more" for vhid in since_s)


def run_of(events: tuple[Event, ...]) -> str:
    assert isinstance(events[0], RunStarted)
    return events[0].run


def impatient(name: str, folder: Path, seconds: int) -> Path:
    """Return a copy of a playbook of ours whose reboots and undoings have little time."""
    assert name in strategies()
    assert load_playbook(name).name == name
    text = (ROOT / "playbooks" / f"{name}.yaml").read_text()
    for step in ("reboot", "install", "drain"):
        for role in ("blue", "green"):
            short = f"{{step: {step}, on: {role}, undo_deadline: {seconds}s"
            limit = f"{short}, deadline: {seconds}s" if step == "reboot" else short
            text = text.replace(f"{{step: {step}, on: {role}", limit)
    file = folder / f"{name}.yaml"
    file.write_text(text)
    return file
