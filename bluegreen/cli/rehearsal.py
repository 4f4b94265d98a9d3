"""Rehearse: the same runner, steps and parsers; only the routers are simulated."""

from collections.abc import Callable, Sequence
from pathlib import Path

from bluegreen.cli.execute import Run, begin, prepare, take_back
from bluegreen.cli.options import Common
from bluegreen.cli.output import Stageplay, Stopper, say, shown, verdict
from bluegreen.cli.planning import offered
from bluegreen.cli.request import Request, choose_blue
from bluegreen.cli.worlds import rehearsed_world, twin_world, without_remotes
from bluegreen.engine.journal import MemoryJournal
from bluegreen.engine.record import Listener
from bluegreen.engine.runner import Orders
from bluegreen.errors import UsageError
from bluegreen.model.codec import read_facts
from bluegreen.model.events import Event, RunFinished, StepStarted
from bluegreen.model.facts import PairFacts
from bluegreen.model.pair import Pair
from bluegreen.model.playbook import Playbook
from bluegreen.model.state import RunState
from bluegreen.sim.explorer import played
from bluegreen.sim.faults import Fault
from bluegreen.sim.record import Violation
from bluegreen.sim.scenario import Act, Controller, Scenario, Session
from bluegreen.sim.world import SimWorld

RUN = "rehearsal"
Maker = Callable[..., Run]  # prepare, or one that plants a defect


class Stage:
    """A pair to rehearse on: the inventory's, or a twin of a real one."""

    def __init__(self, pair: Pair, twin: Path | None, target: str | None) -> None:
        self._pair = without_remotes(pair)
        self._facts = _twin(twin) if twin else None
        self._target = target
        if self._facts and set(self._facts.names) != set(pair.names):
            names = " and ".join(self._facts.names)
            raise UsageError(f"{twin} holds facts of {names}, not of {pair.name}", "--twin")

    def world(self, seed: int, faults: Sequence[Fault] = ()) -> SimWorld:
        if self._facts is None:
            return rehearsed_world(self._pair, seed, faults)
        what = offered(self._target, self._facts)
        return twin_world(self._pair, self._facts, what, seed, faults)

    def request(self, command: str, playbook: Playbook, stay_switched: bool = False) -> Request:
        blue = choose_blue(self._pair, self._facts) if self._facts else _master(self._pair)
        return Request(
            command, self._pair, playbook, blue, RUN, self._target, stay_switched=stay_switched
        )


def _twin(file: Path) -> PairFacts:
    try:
        return read_facts(file.read_text(encoding="utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: {error}", "--twin") from None


def _master(pair: Pair) -> str:
    """Return the router with more of the rehearsed vhids; prefer, where both have some."""
    masters = [v.master for v in pair.rehearsal.vhids]
    if len(set(masters)) > 1 and pair.prefer:
        return pair.prefer
    return max(pair.names, key=masters.count)


def rehearse(
    common: Common,
    stage: Stage,
    request: Request,
    scenario: Scenario,
    orders: Orders,
) -> int:
    """Rehearse once, and exit as the run would."""
    world = stage.world(scenario.seed, scenario.faults)
    play = Stageplay(request.plan, world.doors(), live=False)
    with shown(common, play) as listeners, Stopper() as stopper:
        rehearsal = Rehearsal(world, request, listeners, orders, stopper)
        session = Session(world, rehearsal, list(scenario.acts))
        session.play()
        state = rehearsal.state
    code = verdict(common, ended(state), state, rehearsed=True)
    if not common.json:
        _epilogue(world, _judged(stage, request, scenario))
    return code


def _judged(stage: Stage, request: Request, scenario: Scenario) -> tuple[Violation, ...]:
    """Return every invariant that a scenario breaks, brought to its end as an exploration does."""

    def made(played: Scenario) -> tuple[SimWorld, Controller]:
        world = stage.world(played.seed, played.faults)
        return world, Rehearsal(world, request)

    wanted = played(made, Scenario(seed=scenario.seed)) if scenario.faults else None
    return played(made, scenario, wanted).violations


def _epilogue(world: SimWorld, violations: Sequence[Violation]) -> None:
    for violation in violations:
        say(f"INVARIANT BROKEN: {violation}")
    for fault in world.never_struck():
        say(f"fault {fault} never struck: its step was not reached")


class Rehearsal:
    """The program as it works on simulated routers, with a journal that outlives it."""

    def __init__(
        self,
        world: SimWorld,
        request: Request,
        listeners: Sequence[Listener] = (),
        orders: Orders = Orders(),
        stop: Callable[[], bool] = lambda: False,
        make: Maker = prepare,
    ) -> None:
        self._world = world
        self._request = request
        self._listeners = (self._watch, *listeners)
        self._orders = orders
        self._stop = stop
        self._make = make
        self._doors = world.doors()
        self._life = world.life
        self._journal = MemoryJournal()
        self._run: Run | None = None

    def live(self, act: Act) -> RunFinished:
        """Work until the run ends, or until this incarnation is killed."""
        if self._life is not self._world.life:
            self._doors, self._life = self._world.doors(), self._world.life
        journal = _MortalJournal(self._journal, self._world)
        make = self._make
        self._run = run = make(
            self._request, self._doors, journal, self._listeners, self._orders, self._stop
        )
        begin(run, self._request)
        return take_back(run) if act is Act.ROLLBACK else run.runner.run()

    def events(self) -> tuple[Event, ...]:
        return self._journal.events(self._request.run)

    @property
    def state(self) -> RunState:
        assert self._run is not None, "nothing was run yet"
        return self._run.recorder.state

    @property
    def memory(self) -> object:
        return self._run and self._run.runner

    def _watch(self, event: Event) -> None:
        undo = isinstance(event, StepStarted) and event.undo
        self._world.watch(event.event, event.step or "", undo)


def perform(
    world: SimWorld,
    request: Request,
    listeners: Sequence[Listener],
    orders: Orders = Orders(),
    stop: Callable[[], bool] = lambda: False,
) -> RunState:
    """Run to an end; a controller that is killed on the way is started again, as people would."""
    rehearsal = Rehearsal(world, request, listeners, orders, stop)
    Session(world, rehearsal).play()
    return rehearsal.state


def ended(state: RunState) -> RunFinished:
    """Return the end of a run that has one."""
    assert state.finished is not None
    return state.finished


class _MortalJournal(MemoryJournal):
    """Dies with its process: nothing is written after a kill, not even by a finally."""

    def __init__(self, kept: MemoryJournal, world: SimWorld) -> None:
        super().__init__()
        self._kept = kept
        self._world = world

    def append(self, event: Event) -> None:
        self._world.journal(self._kept.append, event)

    def events(self, run: str) -> tuple[Event, ...]:
        return self._kept.events(run)
