"""Rehearse: the same runner, steps and parsers; only the routers are simulated."""

from collections.abc import Callable, Sequence
from pathlib import Path

from bluegreen.cli.execute import begin, prepare
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
from bluegreen.model.events import Event, RunFinished
from bluegreen.model.facts import PairFacts
from bluegreen.model.pair import Pair
from bluegreen.model.playbook import Playbook
from bluegreen.model.state import RunState
from bluegreen.sim.faults import Fault, parse_fault
from bluegreen.sim.life import Killed
from bluegreen.sim.world import SimWorld

RUN = "rehearsal"
LIVES_MAX = 50


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
    seed: int,
    faults: Sequence[str],
    orders: Orders,
) -> int:
    """Rehearse once, and exit as the run would."""
    world = stage.world(seed, [parse_fault(text) for text in faults])
    play = Stageplay(request.plan(), world.doors(), live=False)
    with shown(common, play) as listeners, Stopper() as stopper:
        state = perform(world, request, listeners, orders, stopper)
    code = verdict(common, ended(state), state, rehearsed=True)
    if not common.json:
        _epilogue(world)
    return code


def _epilogue(world: SimWorld) -> None:
    for violation in world.violations():
        say(f"INVARIANT BROKEN: {violation}")
    for fault in world.never_struck():
        say(f"fault {fault} never struck: its step was not reached")


def perform(
    world: SimWorld,
    request: Request,
    listeners: Sequence[Listener],
    orders: Orders = Orders(),
    stop: Callable[[], bool] = lambda: False,
) -> RunState:
    """Run to an end; a controller that is killed on the way is started again, as people would."""
    journal = _MortalJournal(world)

    def watch(event: Event) -> None:
        world.watch(event.event, event.step or "")

    doors = world.doors()
    for _ in range(LIVES_MAX):
        run = prepare(request, doors, journal, [watch, *listeners], orders, stop)
        try:
            begin(run, request)
            run.runner.run()
        except Killed:
            doors = world.reincarnate()
            journal.revive()
        else:
            return run.recorder.state
    raise UsageError(f"the controller was killed {LIVES_MAX} times", "--fault")


def ended(state: RunState) -> RunFinished:
    """Return the end of a run that has one."""
    assert state.finished is not None
    return state.finished


class _MortalJournal(MemoryJournal):
    """Dies with its process: nothing is written after a kill, not even by a finally."""

    def __init__(self, world: SimWorld) -> None:
        super().__init__()
        self._world = world
        self._check = world.life.check

    def append(self, event: Event) -> None:
        self._check()
        super().append(event)

    def revive(self) -> None:
        self._check = self._world.life.check
