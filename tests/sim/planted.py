"""Defects to be planted: a step, a guard, the interlock, the journal or the runner, each wrong."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pairs import a_pair, a_strategy, blue_of

from bluegreen.cli.execute import Run, prepare, tools_of
from bluegreen.cli.rehearsal import Rehearsal
from bluegreen.cli.request import Request
from bluegreen.cli.worlds import rehearsed_world
from bluegreen.engine.journal import Journal, MemoryJournal
from bluegreen.engine.plan import Plan
from bluegreen.engine.record import Listener
from bluegreen.engine.runner import Orders, Runner
from bluegreen.model.command import Output, Script
from bluegreen.model.events import Answered, CommandSent, Event
from bluegreen.sim.explorer import Explorer, Found, Trunk
from bluegreen.sim.scenario import Controller, Scenario
from bluegreen.sim.world import SimWorld
from bluegreen.world import Step, Transport, World


@dataclass(frozen=True)
class Planted:
    """What is wrong with the program; nothing, unless it is said."""

    plan: Callable[[Plan], Plan] = lambda plan: plan
    doors: Callable[[World], World] = lambda doors: doors
    journal: Callable[[Journal], Journal] = lambda journal: journal
    runner: type[Runner] = Runner

    def make(
        self,
        request: Request,
        world: World,
        journal: Journal,
        listeners: Sequence[Listener],
        orders: Orders,
        stop: Callable[[], bool],
    ) -> Run:
        doors, kept = self.doors(world), self.journal(journal)
        sound = prepare(request, doors, kept, listeners, orders, stop)
        plan = self.plan(sound.plan)
        runner = self.runner(plan, doors, sound.recorder, tools_of(request, stop), orders)
        return Run(plan, sound.recorder, runner)


class Mutant:
    """A step of which some answers are other ones."""

    def __init__(self, step: Step, **answers: Any) -> None:
        self._step = step
        self._answers = answers

    def __getattr__(self, name: str) -> Any:
        return self._answers.get(name) or getattr(self._step, name)


def steps(change: Callable[[Step], Step | None]) -> Callable[[Plan], Plan]:
    """Return what changes the steps of a plan; None: the step is left out."""

    def changed(plan: Plan) -> Plan:
        pairs = ((planned, change(planned.step)) for planned in plan.steps)
        return replace(plan, steps=tuple(replace(p, step=s) for p, s in pairs if s is not None))

    return changed


@dataclass
class Rewritten:
    """A door that sends other scripts than it is given."""

    door: Transport
    rewrite: Callable[[Script], Script]
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = self.door.name

    @property
    def address(self) -> str | None:
        return self.door.address

    def run(self, script: Script) -> tuple[Output, ...]:
        return self.door.run(script if script.reads_only else self.rewrite(script))

    def close(self) -> None:
        self.door.close()


def rewriting(rewrite: Callable[[Script], Script]) -> Callable[[World], World]:
    return lambda doors: replace(
        doors, transports={n: Rewritten(t, rewrite) for n, t in doors.transports.items()}
    )


class Late(MemoryJournal):
    """Writes an order only once it is answered."""

    def __init__(self, kept: Journal) -> None:
        super().__init__()
        self._kept = kept
        self._order: Event | None = None

    def append(self, event: Event) -> None:
        if isinstance(event, CommandSent):
            self._order = event
            return
        if isinstance(event, Answered) and self._order:
            self._kept.append(self._order)
        self._kept.append(event)

    def events(self, run: str) -> tuple[Event, ...]:
        return self._kept.events(run)


def explored(
    trunk: Trunk, planted: Planted = Planted(), kind: str = "edge", strategy: str = "active-first"
) -> Found:
    """Explore what branches from a trunk, with a defect in the program."""
    pair = a_pair(kind)
    command = "failover" if strategy == "failover" else "upgrade"
    request = Request(command, pair, a_strategy(strategy), blue_of(pair), "R1")

    def stage(scenario: Scenario) -> tuple[SimWorld, Controller]:
        world = rehearsed_world(pair, scenario.seed, scenario.faults)
        return world, Rehearsal(world, request, make=planted.make)

    found = Found()
    Explorer(stage, None, found, lambda: False).explore(trunk)  # pytest-xdist has threads
    return found
