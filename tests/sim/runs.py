"""Whole runs on simulated pairs, with everybody who looks on."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pairs import a_pair, a_strategy, blue_of

from bluegreen.cli.execute import Run, begin, prepare
from bluegreen.cli.request import Request
from bluegreen.cli.worlds import rehearsed_world
from bluegreen.emulator.machine import Machine
from bluegreen.engine.journal import MemoryJournal
from bluegreen.engine.runner import Orders
from bluegreen.freebsd.locking import is_sign_of_life
from bluegreen.model.command import Command, Effect, Output, Script
from bluegreen.model.events import CommandSent, Event, RunFinished
from bluegreen.model.playbook import Playbook
from bluegreen.sim.faults import parse_fault
from bluegreen.sim.life import Killed
from bluegreen.sim.record import is_disruptive
from bluegreen.sim.snapshot import RouterState, Snapshot
from bluegreen.sim.world import SimWorld
from bluegreen.world import Transport, World

LIVES_MAX = 20


@dataclass(slots=True)
class Asked:
    """Tells a run to stop, once somebody has asked for it."""

    now: bool = False

    def __call__(self) -> bool:
        return self.now


@dataclass(slots=True)
class Story:
    """One run, its routers, its journal, and everybody who looks on."""

    request: Request
    world: SimWorld
    orders: Orders = Orders()
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    stop: Asked = field(default_factory=Asked)
    stop_at: str | None = None  # asked to stop when this step starts
    kills: int = 0
    unjournalled: list[Script] = field(default_factory=list)
    before: Snapshot = field(init=False)
    doors: World = field(init=False)

    def __post_init__(self) -> None:
        self.before = self.world.snapshot()
        self.doors = self._witnessed(self.world.doors())

    # -- what people do ------------------------------------------------------

    def go(self) -> RunFinished:
        """Start the run, or resume it; start the program again whenever it is killed."""
        return self._lives(back=False)

    def back(self) -> RunFinished:
        """Type `rollback`; where one is under way already, it goes on."""
        return self._lives(back=True)

    def repaired(self) -> "Story":
        """Do what a human would with broken machines."""
        self.world.repair()
        return self

    def _lives(self, back: bool) -> RunFinished:
        for _ in range(LIVES_MAX):
            finished = self.one_life(back)
            if finished is not None:
                return finished
        raise AssertionError(f"killed {LIVES_MAX} times")

    def one_life(self, back: bool = False) -> RunFinished | None:
        """Return how the run ended, or None if the program was killed first."""
        try:
            return self._live(back)
        except Killed:
            self.kills += 1
            self.doors = self._witnessed(self.world.reincarnate())
            return None

    def begin_anew(self) -> None:
        """Start the program on another machine: what the first one held is closed."""
        self.doors = self._witnessed(self.world.reincarnate())

    def _live(self, back: bool) -> RunFinished:
        run = self.prepared()
        begin(run, self.request)
        state = run.recorder.state
        if back and not (state.undoing is not None and state.whole):
            return run.runner.roll_back("asked for")
        return run.runner.run()

    def prepared(self) -> Run:
        journal = _Mortal(self.journal, self.world)
        listeners = (self._watch,)
        return prepare(self.request, self.doors, journal, listeners, self.orders, self.stop)

    def _watch(self, event: Event) -> None:
        self.world.watch(event.event, event.step or "")
        if event.event == "step_started" and event.step == self.stop_at:
            self.stop.now = True

    def _witnessed(self, doors: World) -> World:
        return replace(
            doors,
            transports={
                name: _Witness(transport, self.journal, self.request.run, self.unjournalled)
                for name, transport in doors.transports.items()
            },
        )

    # -- what can be seen ----------------------------------------------------

    @property
    def events(self) -> tuple[Event, ...]:
        return self.journal.events(self.request.run)

    @property
    def now(self) -> Snapshot:
        return self.world.snapshot()

    def machine(self, name: str) -> Machine:
        return next(m for m in self.world.machines if m.name == name)

    def router(self, name: str) -> RouterState:
        return next(r for r in self.now if r.name == name)

    def sent(self) -> tuple["Sent", ...]:
        """Return every script that reached a router and is more than a question."""
        return tuple(
            Sent(at_s, name, script)
            for at_s, name, script in self.world.traffic.wire
            if not script.reads_only and not is_sign_of_life(script)
        )

    def commands(self, router: str | None = None) -> tuple[tuple[float, str, Command], ...]:
        return tuple(
            (one.at_s, one.router, command)
            for one in self.sent()
            if router in (None, one.router)
            for command in one.script.commands
        )

    def count(self, router: str, words: str) -> int:
        """Return how many commands sent to a router contain words."""
        return sum(words in str(command) for _, _, command in self.commands(router))

    def steps(self, event: str = "step_done") -> list[str]:
        return [e.step or "" for e in self.events if e.event == event]


@dataclass(frozen=True, slots=True)
class Sent:
    """A script that took effect, and when, s."""

    at_s: float
    router: str
    script: Script

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(map(str, self.script.commands))

    @property
    def boots(self) -> bool:
        return any(text.startswith("shutdown ") for text in self.texts)

    @property
    def disrupts(self) -> bool:
        return any(map(is_disruptive, self.script.commands))

    @property
    def carp(self) -> tuple[Command, ...]:
        return tuple(c for c in self.script.commands if c.effect is Effect.CARP)


class _Mortal(MemoryJournal):
    """A durable journal that a dead program writes nothing more to."""

    def __init__(self, kept: MemoryJournal, world: SimWorld) -> None:
        super().__init__()
        self._kept = kept
        self._check = world.life.check

    def append(self, event: Event) -> None:
        self._check()
        self._kept.append(event)

    def events(self, run: str) -> tuple[Event, ...]:
        return self._kept.events(run)


class _Witness:
    """A door that notes each change which the journal did not announce right before."""

    def __init__(
        self, door: Transport, journal: MemoryJournal, run: str, unjournalled: list[Script]
    ) -> None:
        self.name = door.name
        self._door = door
        self._journal = journal
        self._run = run
        self._unjournalled = unjournalled

    @property
    def address(self) -> str | None:
        return self._door.address

    def run(self, script: Script) -> tuple[Output, ...]:
        if not script.reads_only and not self._announced(script):
            self._unjournalled.append(script)
        return self._door.run(script)

    def _announced(self, script: Script) -> bool:
        """The run's notes and signs of life are no acts of its own."""
        last = self._journal.events(self._run)[-1]
        texts = tuple(text for text in map(str, script.commands) if not _is_sign(text))
        return is_sign_of_life(script) or (
            isinstance(last, CommandSent)
            and last.router == self.name
            and last.commands in (texts, tuple(map(str, script.commands)))
        )

    def close(self) -> None:
        self._door.close()


def _is_sign(text: str) -> bool:
    return (text.startswith("tee ") and "/heartbeat " in text) or "/reached" in text


def a_story(
    kind: str = "edge",
    strategy: str | Playbook = "active-first",
    *,
    faults: Sequence[str] = (),
    target: str | None = None,
    orders: Orders = Orders(),
    seed: int = 0,
) -> Story:
    """Return an upgrade that has not begun."""
    pair = a_pair(kind)
    playbook = a_strategy(strategy) if isinstance(strategy, str) else strategy
    request = Request("upgrade", pair, playbook, blue_of(pair), "R1", target)
    world = rehearsed_world(pair, seed, [parse_fault(text) for text in faults])
    return Story(request, world, orders)


def another(story: Story, request: Request) -> Story:
    """Return another run on the same routers, later."""
    return Story(request, story.world)
