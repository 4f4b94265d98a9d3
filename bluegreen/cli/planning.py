"""The plan of a run, made by rehearsing it on a twin of what was observed.

The commands printed are the ones that the same code sends to the twin, and to
take everything back again: nothing is described that is not also done.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace

from bluegreen.cli.execute import begin, prepare
from bluegreen.cli.request import Request
from bluegreen.cli.worlds import twin_world, without_remotes
from bluegreen.engine.journal import MemoryJournal
from bluegreen.model.events import CommandSent, Event, Observed, RunFinished, StepDone
from bluegreen.model.facts import PairFacts
from bluegreen.model.release import parse_release
from bluegreen.model.routing import CHANGES_COSTS
from bluegreen.policy.states import NOT_ASKED, Tables, warning_of
from bluegreen.report.plan import PlanLine
from bluegreen.sim.world import SimWorld

RUN = "RUN"  # stands for the run's name in paths


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, what its rehearsal came to, and the hash that binds a run to it."""

    lines: tuple[PlanLine, ...]
    hash: str
    finished: RunFinished
    notes: tuple[str, ...] = ()  # what cannot be had on these routers


def plan_of(request: Request, world: SimWorld) -> Planned:
    """Rehearse a request forth and back on a simulated pair, and write down what was sent."""
    there: dict[str, list[CommandSent]] = {}
    back: dict[str, list[CommandSent]] = {}
    serves: dict[str, str] = {}
    ways: dict[str, str] = {}
    versions = [[machine.name, *astuple(machine.versions)] for machine in world.machines]

    def listen(event: Event) -> None:
        world.watch(event.event, event.step or "")
        if isinstance(event, CommandSent) and event.step:
            (back if event.undo else there).setdefault(event.step, []).append(event)
        elif isinstance(event, Observed) and event.what == "way" and event.step:
            ways.setdefault(event.step, event.detail)
        elif isinstance(event, StepDone) and event.step:
            serves[event.step] = _serving(world)

    stand_in = replace(
        request, run=RUN, since="", owner="", host="", pid=None, pair=without_remotes(request.pair)
    )
    run = prepare(stand_in, world.doors(), MemoryJournal(), [listen])
    begin(run, stand_in)
    finished = run.runner.run()
    if finished.outcome == "done":
        run.runner.roll_back("to show the way back")
    lines = tuple(
        PlanLine(
            id=planned.id,
            router=planned.step.router,
            goal=planned.step.goal,
            commands=_texts(there.get(planned.id, ())),
            undo=_texts(back.get(planned.id, ())),
            guard=next((e.guard for e in there.get(planned.id, ()) if e.guard), None),
            serves=serves.get(planned.id, ""),
            way=ways.get(planned.id, ""),
            deadline_s=planned.deadline_s,
            skipped=None if planned.id in serves else "not reached, or nothing to do",
        )
        for planned in run.plan.steps
    )
    return Planned(lines, _hash(request, versions, lines), finished, _keeping_costs(request, world))


def plan_on_twin(request: Request, facts: PairFacts, tables: Tables = NOT_ASKED) -> Planned:
    """Return the plan for a pair as it was just observed.

    Args:
        request: The run.
        facts: What was seen.
        tables: How many states each router has, where it was asked.
    """
    planned = plan_of(request, twin_world(request.pair, facts, offered(request.target, facts)))
    lost = warning_of(facts, tables)
    return replace(planned, notes=(*planned.notes, lost)) if lost else planned


def offered(target: str | None, facts: PairFacts) -> str | None:
    """Return what a download may come to: unknown before it is made, so the next patch level."""
    both = facts.both()
    if target is not None or not both:
        return target
    newest = max(parse_release(r.versions.userland or "0.0-RELEASE") for r in both)
    return str(replace(newest, patch=newest.patch + 1))


def _keeping_costs(request: Request, world: SimWorld) -> tuple[str, ...]:
    """Say whose links keep their costs while the router goes down, and what comes of it."""
    if not request.setting().upgrades:
        return ()
    keeping = {
        machine.name: machine.spec.ospf.daemon
        for machine in world.machines
        if machine.spec.ospf and machine.spec.ospf.daemon not in CHANGES_COSTS
        if any(n.follows_vhid is None for n in machine.spec.ospf.neighbors)
    }
    if not keeping:
        return ()
    daemons = " and ".join(sorted(set(keeping.values())))
    told = (
        f"{' and '.join(keeping)}: {daemons} cannot change what its links cost but by its "
        "configuration, so `cost-out` sends nothing: who is led through a router by OSPF loses "
        "packets at its reboot until the dead interval is over (docs/reference/routing-daemons.md)"
    )
    return (told,)


def _texts(events: Sequence[CommandSent]) -> tuple[str, ...]:
    several = len({event.router for event in events}) > 1
    return tuple(
        f"{event.router}: {command}" if several else command
        for event in events
        for command in event.commands
    )


def _serving(world: SimWorld) -> str:
    served: dict[str, list[str]] = {}
    for machine in world.machines:
        for config, state in machine.carp.vhids():
            if state.value == "MASTER":
                served.setdefault(machine.name, []).append(str(config.vhid))
    return "; ".join(f"{name} serves vhid {', '.join(vhids)}" for name, vhids in served.items())


def _hash(
    request: Request, versions: Sequence[Sequence[str | None]], lines: Sequence[PlanLine]
) -> str:
    """Cover the commands, and the facts that decided them and do not stand in them."""
    body = [
        versions,
        [request.command, request.target, request.blue, request.stay_switched],
        [request.pair_digest, request.playbook_digest],
        [[line.id, line.commands, line.undo, line.guard, line.serves] for line in lines],
    ]
    return hashlib.sha256(json.dumps(body).encode()).hexdigest()[:16]
