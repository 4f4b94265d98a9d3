"""One run, what strikes it, and what people type: played to an end, and judged."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

from bluegreen.errors import UsageError
from bluegreen.model.events import Event, RollbackStarted, RunFinished
from bluegreen.model.holding import NOT_SEEN
from bluegreen.model.network import CarpState
from bluegreen.model.problems import hint
from bluegreen.model.state import RunState, fold, left_changed
from bluegreen.model.system import Versions
from bluegreen.sim.faults import Fault
from bluegreen.sim.history import Span
from bluegreen.sim.human import bring_to_zero, follow
from bluegreen.sim.life import Killed
from bluegreen.sim.record import Blow, Broken, Violation
from bluegreen.sim.snapshot import RouterState, Snapshot
from bluegreen.sim.world import SimWorld

LIVES_MAX = 60
ROUNDS_MAX = 6  # reports that are followed, one after the other, before it is called no end
CLOSED = frozenset({"done", "rolled_back", "refused"})
NO_VERSIONS = Versions(None, None, None)


class Act(StrEnum):
    """What somebody does when a run has stopped, for whatever reason."""

    BEGIN = "upgrade"
    RESUME = "resume"
    ROLLBACK = "rollback"
    REPAIR = "repair"  # mend the machines, and do what the report says; then what comes next


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything that must be said to have the same run again."""

    faults: tuple[Fault, ...] = ()
    acts: tuple[Act, ...] = ()
    seed: int = 0

    def words(self) -> tuple[str, ...]:
        """Return the options of `bluegreen rehearse` that replay it."""
        seed = ("--seed", str(self.seed)) if self.seed else ()
        faults = (word for fault in self.faults for word in ("--fault", str(fault)))
        acts = (word for act in self.acts for word in ("--then", act.value))
        return (*seed, *faults, *acts)


def parse_act(text: str) -> Act:
    """Return what ``--then`` names.

    Raises:
        UsageError: with the nearest word.
    """
    known = [act.value for act in Act if act is not Act.BEGIN]
    if text not in known:
        raise UsageError(f"`{text}` is nothing that can be done then; {hint(text, known)}", "then")
    return Act(text)


class Controller(Protocol):
    """The program that works on a simulated pair."""

    def live(self, act: Act) -> RunFinished:
        """Work until the run ends; raise Killed where this incarnation is killed."""
        ...

    def events(self) -> tuple[Event, ...]: ...

    @property
    def state(self) -> RunState:
        """Return where the run stands, by the journal."""
        ...

    @property
    def memory(self) -> object:
        """Return what holds all that the program remembers and its journal does not have."""
        ...


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run came to rest."""

    outcome: str  # killed, where nobody started it again
    back: bool  # somebody asked for everything to be taken back
    snapshot: Snapshot
    violations: tuple[Violation, ...]
    goals: Snapshot | None = (
        None  # where nothing breaks; None: as the snapshot of a run that is done
    )
    joined: bool = False  # it was not lived through: another one had stood the same
    passed: tuple[int, ...] = ()  # where it stood on its way (sim.standing)


@dataclass(slots=True)
class Session:
    """A run that is being played; what is still to be typed can be changed on the way."""

    world: SimWorld
    controller: Controller
    acts: list[Act] = field(default_factory=list)
    act: Act = Act.BEGIN  # what was typed last
    finished: RunFinished | None = None
    kills: int = 0
    asked_back: bool = False  # somebody typed rollback, and it was heard
    judged_blind: bool = False  # how the machines were when the run ended was not the run's doing
    before: Snapshot = field(init=False)
    typed: set[str] = field(default_factory=set)  # where somebody wrote the demotion

    def __post_init__(self) -> None:
        self.before = self.world.snapshot()

    def play(self) -> None:
        """Live on until nothing is left to be typed; a program that is killed is started again."""
        act: Act | None = Act.BEGIN
        for _ in range(LIVES_MAX):
            if act is None:
                return
            self.one_life(act)
            act = self._next()
        raise UsageError(f"the controller was killed {LIVES_MAX} times", "--fault")

    def one_life(self, act: Act) -> None:
        """Let the program live once, unless nothing is left for it to do (cli.again.go_on)."""
        if self._has_nothing_to_do(act):
            return
        self.act = act
        try:
            self.finished = self.controller.live(act)
            self.asked_back |= act is Act.ROLLBACK
            self.judged_blind = self._struck_unseen()
        except Killed:
            self.finished = None
            self.asked_back |= act is Act.ROLLBACK and self.is_going_back()
            self.kills += 1
            self.world.reincarnate()

    def is_going_back(self) -> bool:
        """Whether the journal has it that all is to be taken back; a program that is killed before
        has forgotten that it was typed."""
        events = self.controller.events()
        return any(isinstance(event, RollbackStarted) and event.whole for event in events)

    def _struck_unseen(self) -> bool:
        """A router is down, or a blow came after the closing look, or before the baseline: what
        becomes of roles and demotion then is the blow's doing; nobody looks again, or nobody has
        noted how they were (docs/explanation/limits.md)."""
        world, harms = self.world, self.world.network.record.harms
        if not all(machine.reachable for machine in world.machines):
            return True
        late = any(harm.at >= world.witness.gated_s for harm in harms)
        return late or (bool(harms) and fold(self.controller.events()).baseline is None)

    def booted(self, router: str) -> bool:
        """A router lost its power after the closing look: what was set while it ran is gone."""
        return any(
            harm.blow is Blow.POWER
            and harm.router == router
            and harm.at >= self.world.witness.gated_s
            for harm in self.world.network.record.harms
        )

    def _next(self) -> Act | None:
        while self.acts:
            act = self.acts.pop(0)
            if act is not Act.REPAIR:
                return act
            self._follow()
            if not self.acts:
                return Act.RESUME if self._is_open() else None
        return Act.RESUME if self.finished is None else None

    def _has_nothing_to_do(self, act: Act) -> bool:
        if self._is_open():
            return False
        return act is not Act.ROLLBACK or not left_changed(fold(self.controller.events()))

    def _is_open(self) -> bool:
        """Whether the run can be gone on with; one that was killed can."""
        return self.finished is None or self.finished.outcome not in CLOSED

    def bring_to_an_end(self) -> None:
        """With faults off and the pair mended, do what each report says until it is done or undone.

        A report that speaks of `rollback` alone is answered with that; another one with `resume`,
        and if the same comes back, with `rollback`.
        """
        before: RunFinished | None = None
        for _ in range(ROUNDS_MAX):
            if not self._is_open():
                break
            said = self.finished
            again = before is not None and said is not None and before.next_move == said.next_move
            back = said is not None and (again or "`bluegreen resume`" not in said.next_move)
            before = said
            self._follow()
            self.one_life(Act.ROLLBACK if back else Act.RESUME)
        self._follow()
        for name in self.typed:
            bring_to_zero(self.world, name)

    def _follow(self) -> None:
        self.typed |= {*follow(self.world, self.finished)}


def judge(session: Session, wanted: Ending | None = None, same: bool = False) -> Ending:
    """Return how a session came to rest, with every invariant that it broke.

    Args:
        session: Brought to an end.
        wanted: The end of the run that nothing interrupted; None: this is that run.
        same: Nothing struck but what passes: the end must be that one.
    """
    world, finished = session.world, session.finished
    snapshot, now = _seen_by(session, world.snapshot()), Span(world.now_s, world.now_s)
    if session.judged_blind and wanted:
        wanted = replace(wanted, snapshot=_seen_by(session, wanted.snapshot))
    outcome = finished.outcome if finished else "killed"
    end = Ending(outcome, session.asked_back, snapshot, world.violations())
    if finished is None or outcome not in CLOSED:
        reason = finished.reason if finished else "nobody went on with it"
        found = [(Broken.NEVER_ENDS, f"{outcome}: {reason}")]
    else:
        found = [
            *_not_as_wanted(session, end, finished, wanted, same),
            *((Broken.LEFT_BEHIND, what) for what in left_behind(world, finished)),
        ]
    more = tuple(Violation(broken, what, now) for broken, what in found)
    return replace(end, violations=(*end.violations, *more))


def _not_as_wanted(
    session: Session, end: Ending, finished: RunFinished, wanted: Ending | None, same: bool
) -> Iterator[tuple[Broken, str]]:
    """Compare an end with the uninterrupted one, or with how it was before the run."""
    if same and wanted and not session.asked_back and wanted.outcome != end.outcome:
        yield Broken.OTHER_END, f"{end.outcome} ({finished.reason}), not {wanted.outcome}"
    elif wanted and wanted.outcome == end.outcome == "done":
        held = _held(finished)
        were, are = (_but_for_how_slow(s, held) for s in (wanted.snapshot, end.snapshot))
        for what in differences(were, are):
            yield Broken.OTHER_END, what
    elif end.outcome == "refused" or (end.outcome == "rolled_back" and session.asked_back):
        for what in differences(_seen_by(session, session.before), end.snapshot):
            yield Broken.NOT_AS_BEFORE, what
    elif end.outcome == "rolled_back":
        yield from _leg_is_back(session, end, wanted)


def _but_for_how_slow(snapshot: Snapshot, held: Sequence[str]) -> Sequence[RouterState]:
    """Leave out how slow a router is, that is held on purpose, where it is BACKUP: that depends on
    which of its vhids had to be moved, and a fault may have moved one to it meanwhile."""
    return [
        replace(
            router,
            vhids=tuple(
                replace(v, advskew=0) if v.state is CarpState.BACKUP else v for v in router.vhids
            ),
        )
        if router.name in held
        else router
        for router in snapshot
    ]


def _leg_is_back(
    session: Session, end: Ending, wanted: Ending | None
) -> Iterator[tuple[Broken, str]]:
    """A leg was taken back: each router runs the old system, or the new one if it was proven."""
    before = but_for_the_system(_seen_by(session, session.before))
    after = but_for_the_system(end.snapshot)
    for what in differences(before, after):
        yield Broken.NOT_AS_BEFORE, what
    goals = _goals(wanted) or session.before
    for was, goal, now in zip(session.before, goals, end.snapshot, strict=True):
        if now.versions not in (was.versions, goal.versions):
            yield Broken.NOT_AS_BEFORE, f"{now.name}: runs {now.versions}"


def _goals(wanted: Ending | None) -> Snapshot | None:
    """Return the routers as a run leaves them that reaches what it is for."""
    if wanted is None or wanted.goals:
        return wanted.goals if wanted else None
    return wanted.snapshot if wanted.outcome == "done" else None


def _seen_by(session: Session, snapshot: Snapshot) -> Snapshot:
    """Return what of a snapshot the run can be held to: no blow's doing, nor what came of a
    demotion that was there before, and that somebody has taken off as the report says."""
    taken_off = any(router.demotion and router.name in session.typed for router in session.before)
    if not (session.judged_blind or taken_off):
        return snapshot
    first, second = (_without_roles(router, session.booted(router.name)) for router in snapshot)
    return first, second


def _without_roles(router: RouterState, booted: bool) -> RouterState:
    """Return a router without what a blow decides; one that booted has its configured skews."""
    vhids = (replace(vhid, state=CarpState.INIT) for vhid in router.vhids)
    kept = tuple(replace(v, advskew=0) for v in vhids) if booted else tuple(vhids)
    return replace(router, demotion=0, vhids=kept)


def _held(finished: RunFinished) -> list[str]:
    """Return the routers that stay drained on purpose, as the report says."""
    return [kept.partition(": ")[0] for kept in finished.kept if "hold of run" in kept]


def left_behind(world: SimWorld, finished: RunFinished) -> tuple[str, ...]:
    """Return what of ours lies on a router and is not named by the report."""
    unseen = [k.partition(": ")[0] for k in finished.kept if k.endswith(NOT_SEEN)]
    named = (*_held(finished), *unseen)
    allowed = {f"{name}: {world.paths_of(name).state}/hold" for name in named}
    files = [what for what in world.leftovers() if what not in allowed]
    environments = [
        f"{machine.name}: boot environment {name}"
        for machine in world.machines
        for name in machine.environments
        if name.startswith("bluegreen-")
    ]
    return (*files, *(what for what in environments if what not in finished.kept))


def differences(before: Sequence[RouterState], after: Sequence[RouterState]) -> tuple[str, ...]:
    """Return what is not as it was, a field a line."""
    return tuple(
        f"{was.name}: {name}: was {getattr(was, name)}, is {getattr(now, name)}"
        for was, now in zip(before, after, strict=True)
        for name in RouterState.__dataclass_fields__
        if getattr(was, name) != getattr(now, name)
    )


def but_for_the_system(snapshot: Sequence[RouterState]) -> tuple[RouterState, ...]:
    """Return a snapshot without what an upgrade is meant to change."""
    return tuple(replace(router, versions=NO_VERSIONS) for router in snapshot)
