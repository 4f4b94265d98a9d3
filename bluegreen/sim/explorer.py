"""What could happen at each moment of a run, tried: every crash, every loss, every blow.

One run goes its way; wherever something could strike, the process forks, and the child lives
through what follows. Nothing before that is run again.
"""

import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from bluegreen.model.events import CommandSent, Event, StepStarted
from bluegreen.sim.branches import Branches
from bluegreen.sim.faults import KILLED, Fault
from bluegreen.sim.history import Span
from bluegreen.sim.joining import Joined, follow
from bluegreen.sim.record import Broken, Violation
from bluegreen.sim.scenario import Act, Controller, Ending, Scenario, Session, judge
from bluegreen.sim.world import SimWorld

Stage = Callable[[Scenario], tuple[SimWorld, Controller]]
"""Makes a pair and the program that is to work on it, both as new."""

LOSSES = ("connection-lost-before", "connection-lost-after", "cut-short", "answer-lost")
BLOWS = ("router-dies", "router-reboots", "router-hangs")
ALIKE_S = 1.0  # moments that are closer, with nothing written or changed between, are one
CRASH_RESUME, CRASH_BACK = "crash, then resume", "crash, then rollback"
SEVERAL, TOGETHER = "several faults", 10
LOSS, BLOW = "order or answer lost", "router or link lost"


@dataclass(frozen=True, slots=True)
class Trunk:
    """A run from which others branch."""

    name: str
    scenario: Scenario
    back: bool = False  # branch from the rollback that was asked for, and not before
    blows: bool = True  # routers and links break as well
    at: frozenset[str] | None = None  # steps, name or undo-name; None: all of them


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one scenario."""

    kind: str
    scenario: Scenario
    outcome: str
    violations: tuple[Violation, ...]
    joined: bool = False  # lived through only to where another one had stood the same
    passed: tuple[int, ...] = ()  # where it stood on its way


@dataclass(slots=True)
class Found:
    """What an exploration has come to so far."""

    scenarios: Counter[str] = field(default_factory=Counter)  # by kind
    outcomes: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)  # invariant: scenarios that broke it
    bad: list[Result] = field(default_factory=list)
    joined: int = 0
    ends: dict[int, str] = field(default_factory=dict)  # of what broke nothing: where it stood

    def hear(self, said: object) -> None:
        """Take what a branch has said: one result, or several."""
        for result in said if isinstance(said, list) else [said]:
            assert isinstance(result, Result)
            self.add(result)

    def add(self, result: Result) -> None:
        self.scenarios[result.kind] += 1
        self.outcomes[result.outcome] += 1
        for broken in {violation.broken for violation in result.violations}:
            self.broken[broken.value] += 1
        self.joined += result.joined
        if result.violations:
            self.bad.append(result)
        else:
            self.ends |= dict.fromkeys(result.passed, result.outcome)


class StoppedExploring(BaseException):
    """Somebody has seen enough."""


def played(
    stage: Stage,
    scenario: Scenario,
    wanted: Ending | None = None,
    ends: Mapping[int, str] | None = None,
) -> Ending:
    """Play a scenario from its beginning to its end, and judge it.

    With ``ends`` it is played only to where it stands as one that has ended, and ends like that.
    """
    world, controller = stage(scenario)
    session = Session(world, controller, list(scenario.acts))
    passed: list[int] = []
    if ends is not None:
        world.on_step = follow(session, ends, passed)
    end = _to_its_end(session, lambda: scenario, wanted)
    return replace(end, passed=tuple(passed))


def _to_its_end(
    session: Session, scenario: Callable[[], Scenario], wanted: Ending | None
) -> Ending:
    """Play a session and bring it to an end; a defect on the way is a violation, too."""
    try:
        session.play()
        session.bring_to_an_end()
        same = all(fault.kind.passes for fault in scenario().faults)
        return judge(session, wanted, same)
    except Joined as joined:
        return Ending(joined.outcome, session.asked_back, session.before, (), joined=True)
    except Exception as error:  # noqa: BLE001 - whatever breaks is what is looked for
        where = traceback.extract_tb(error.__traceback__)[-1]
        what = f"{type(error).__name__}: {error} ({where.name}, line {where.lineno})"
        now = session.world.now_s
        defect = Violation(Broken.DEFECT, what, Span(now, now))
        violations = (*session.world.violations(), defect)
        return Ending("defect", session.asked_back, session.before, violations)


class Explorer:
    """Plays a trunk, and branches at each of its moments.

    Without ``branches`` each scenario is played from its beginning: the same ends, many times
    the work. A process with threads must not fork, and some systems cannot. With ``joins`` a
    scenario is played only to where it stands as one that has ended.
    """

    def __init__(
        self,
        stage: Stage,
        branches: Branches | None,
        found: Found,
        stop: Callable[[], bool],
        joins: bool = True,
    ) -> None:
        self._stage = stage
        self._branches = branches
        self._found = found
        self._stop = stop
        self._ends = found.ends if joins else None

    def explore(self, trunk: Trunk) -> Ending:
        """Add to what was found how the trunk ended, and all that branches from it."""
        self._found.ends.clear()  # those of another trunk were judged by another end
        wanted = self.wanted(trunk)
        self._found.add(_result(f"uninterrupted: {trunk.name}", trunk.scenario, wanted))
        world, controller = self._stage(trunk.scenario)
        fork = _Fork(trunk.scenario)
        session = Session(world, controller, list(trunk.scenario.acts))
        moments = _Moments(trunk, session, self._branches, fork, self._ends)

        def moment() -> None:
            if self._stop():
                raise StoppedExploring
            moments.branch()

        world.on_moment = moment
        end = _to_its_end(session, lambda: fork.scenario, wanted)
        if self._branches is None:
            for kind, scenario in fork.later:
                later = played(self._stage, scenario, wanted, self._ends)
                self._found.add(_result(kind, scenario, later))
            return wanted
        if self._branches.in_child:
            end = replace(end, passed=tuple(fork.passed))
            self._branches.say(_result(fork.kind, fork.scenario, end))
        self._branches.wait()
        return wanted

    def wanted(self, trunk: Trunk) -> Ending:
        """Return how a trunk ends, and, where that is broken, how it would end unbroken."""
        end = played(self._stage, trunk.scenario, ends=self._ends)
        if not trunk.scenario.faults:
            return end
        whole = played(self._stage, replace(trunk.scenario, faults=()))
        return replace(end, goals=whole.snapshot)


def play_many(
    stage: Stage, scenarios: Iterable[Scenario], wanted: Ending, branches: Branches
) -> None:
    """Play scenarios from their beginnings, some a branch: what they have in common is little."""
    left = iter(scenarios)
    while some := tuple(islice(left, TOGETHER)):
        if branches.fork():
            branches.say([_result(SEVERAL, one, played(stage, one, wanted)) for one in some])


def _result(kind: str, scenario: Scenario, end: Ending) -> Result:
    return Result(kind, scenario, end.outcome, end.violations, end.joined, end.passed)


@dataclass(slots=True)
class _Fork:
    """What a child is living through."""

    scenario: Scenario
    kind: str = ""
    passed: list[int] = field(default_factory=list)  # where it stood on its way
    later: list[tuple[str, Scenario]] = field(default_factory=list)  # to be played from the start


class _Moments:
    """Decides what is tried at a moment."""

    def __init__(
        self,
        trunk: Trunk,
        session: Session,
        branches: Branches | None,
        fork: _Fork,
        ends: Mapping[int, str] | None,
    ) -> None:
        self._trunk = trunk
        self._session = session
        self._branches = branches
        self._fork = fork
        self._ends = ends
        self._seen: tuple[float, int, int] | None = None
        self._last: Event | None = None

    def branch(self) -> None:
        """Fork once for each thing that could happen now; in a child, let it happen."""
        world = self._session.world
        if self._trunk.back and not self._session.is_going_back():
            return
        step, nth = world.position
        name, _, router = step.partition("@")
        if (self._trunk.at and name not in self._trunk.at) or not self._is_another():
            return
        for kind, fault, acts in self._possible():
            placed = replace(fault, step=name, router=router or None, nth=nth)
            before = self._trunk.scenario
            scenario = Scenario((*before.faults, placed), (*before.acts, *acts), before.seed)
            if self._branches is None:
                self._fork.later.append((kind, scenario))
                continue
            if not self._branches.fork():
                continue
            world.on_moment = None
            if self._ends is not None:
                world.on_step = follow(self._session, self._ends, self._fork.passed)
            self._fork.kind, self._fork.scenario = kind, scenario
            self._session.acts += acts
            world.strike(placed, router)
            return

    def _is_another(self) -> bool:
        """Since the last moment something was written or changed, or a while has passed.

        What only differs by a look, or by less than a second of waiting, is the same to a
        program that starts anew and looks for itself.
        """
        world = self._session.world
        now_s, written, changes = world.now_s, world.witness.durable, world.witness.changes
        seen = self._seen
        if seen and seen[1:] == (written, changes) and now_s - seen[0] < ALIKE_S:
            return False
        self._seen = now_s, written, changes
        return True

    def _possible(self) -> Iterator[tuple[str, Fault, tuple[Act, ...]]]:
        killed = Fault(KILLED, None, nth=0)
        yield CRASH_RESUME, killed, ()
        if not self._trunk.back:
            yield CRASH_BACK, killed, (Act.ROLLBACK,)
        last = self._session.world.witness.last
        if last is self._last:
            return
        self._last = last
        if isinstance(last, CommandSent) and last.effect != "read":
            for loss in LOSSES:
                yield LOSS, Fault(loss, None, target=last.router), ()
        if self._trunk.blows and isinstance(last, CommandSent | StepStarted):
            yield from ((BLOW, fault, ()) for fault in _blows(self._session.world))


def _blows(world: SimWorld) -> Iterator[Fault]:
    for machine in world.machines:
        for name in BLOWS:
            yield Fault(name, None, target=machine.name)
        for interface in dict.fromkeys(config.interface for config, _ in machine.carp.vhids()):
            yield Fault("link-lost", None, target=f"{machine.name}/{interface}")
