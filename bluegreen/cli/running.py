"""A new run on a live pair."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from bluegreen.cli.execute import begin, prepare
from bluegreen.cli.files import load_inventory, load_playbook
from bluegreen.cli.locking import agree_to_break, check_words, refuse_foreign_lock
from bluegreen.cli.look import look_or_refuse, not_probed
from bluegreen.cli.options import Common
from bluegreen.cli.output import Stageplay, Stopper, say, shown, tell, verdict
from bluegreen.cli.planning import Planned, plan_on_twin
from bluegreen.cli.request import Request, choose_blue, host, new_run, owner
from bluegreen.cli.states import states_seen
from bluegreen.cli.worlds import live_world
from bluegreen.engine.journal import SqliteJournal
from bluegreen.engine.locks import pair_lock
from bluegreen.engine.runner import Orders
from bluegreen.errors import RefusedError, StoppedError, UsageError
from bluegreen.model.facts import PairFacts
from bluegreen.model.inventory import probing
from bluegreen.model.pair import Pair
from bluegreen.model.playbook import Playbook
from bluegreen.policy.floating import server_of
from bluegreen.report.documents import plan_json
from bluegreen.report.plan import PlanPage, render_plan
from bluegreen.report.words import duration, time_of_day
from bluegreen.world import World


@dataclass(frozen=True, slots=True)
class Wish:
    """What was typed for a new run."""

    command: str
    pair_words: str
    playbook: str
    target: str | None = None
    plan_only: bool = False
    expect: str | None = None
    yes: bool = False
    pause_after: str | None = None
    stay_switched: bool = False
    to: str | None = None  # failover: who is to serve
    rehearsed: bool = False  # in a lab, which goes with its journal
    probes: tuple[str, ...] = ()  # --probe
    breaks: str | None = None  # --break-lock

    def probed_too(self, words: Sequence[str] | None) -> "Wish":
        return replace(self, probes=tuple(words or ()))

    def breaking(self, run: str | None) -> "Wish":
        return replace(self, breaks=run)


def start(common: Common, wish: Wish) -> int:
    """Make a new run on a live pair."""
    inventory = load_inventory(common.inventory)
    pair = inventory.pair(wish.pair_words)
    probed = probing(pair, inventory, wish.probes)
    playbook = load_playbook(wish.playbook)
    asks_nobody(wish)
    check_words(wish.breaks, yes=wish.yes or wish.plan_only)
    check_pause(wish.pause_after, playbook, pair)
    world = live_world(probed)
    try:
        facts = look_or_refuse(pair, world)
        request = _request(common, wish, pair, playbook, facts)
        if wish.to and wish.to == request.blue and wish.command == "failover":
            say(f"{wish.to} serves already: nothing to do")
            return 0
        if not wish.plan_only:
            refuse_foreign_lock(common, facts, wish.breaks)
            agree_to_break(common, request, facts, resumes=False, yes=wish.yes)
        planned = _planned(wish, request, facts, world)
        unwatched = not_probed(probed, facts)
        if wish.plan_only and planned:
            return show_plan(common, request, planned, unwatched)
        if unwatched:
            tell(f"{time_of_day(world.clock.now())}  {'pair':<10}  {'preflight':<11}  {unwatched}")
        confirm(wish, request, planned)
        return carry_out(common, wish, request, world, planned)
    finally:
        close(world)


def asks_nobody(wish: Wish) -> None:
    """Where a question would be asked and nobody is there, say so before anything is contacted."""
    if not (wish.yes or wish.plan_only or sys.stdin.isatty()):
        raise UsageError(
            "nobody is there to say yes", "terminal", "Add --yes, or look first with --plan."
        )


def check_pause(step: str | None, playbook: Playbook, pair: Pair) -> None:
    """Refuse a --pause-after that no step of the playbook answers to."""
    from bluegreen.model.problems import hint

    if step is None:
        return
    names = [entry.name for entry in playbook.entries]
    known = [*names, *(f"{name}@{router}" for name in names for router in (*pair.names, "pair"))]
    if step not in known:
        wrong = f"`{step}` is no step of {playbook.name}; {hint(step, known)}"
        raise UsageError(wrong, "--pause-after")


def orders_of(pair: Pair, playbook: Playbook, pause_after: str | None) -> Orders:
    budget = pair.outage_budget_s
    return Orders(
        pause_after=pause_after,
        outage_budget_ms=None if budget is None else budget * 1000,
        over_budget=playbook.outage,
    )


def _request(
    common: Common, wish: Wish, pair: Pair, playbook: Playbook, facts: PairFacts
) -> Request:
    now = datetime.now().astimezone()
    return Request(
        command=wish.command,
        pair=pair,
        playbook=playbook,
        blue=_blue(wish, pair, facts),
        run=new_run(now),
        target=wish.target,
        since=now.isoformat(timespec="seconds"),
        owner=owner(),
        host=host(),
        stay_switched=wish.stay_switched,
        inventory_file=str((common.inventory or Path("hosts.yaml")).absolute()),
        playbook_file=_file_of(wish.playbook),
        probes=wish.probes,
        breaks=wish.breaks,
        pid=os.getpid(),
        places=common.places(),
    )


def _blue(wish: Wish, pair: Pair, facts: PairFacts) -> str:
    """Return who is MASTER; of the floating address, where that alone is moved."""
    if wish.command != "ipfo" or pair.ipfo is None:
        return choose_blue(pair, facts)
    serves = server_of(facts, pair.ipfo.address)
    if serves is None or wish.to not in (None, serves):
        raise RefusedError(
            f"{pair.ipfo.address} is served by {serves or 'neither router alone'}, and it must be "
            f"bound to who serves it{f', not to {wish.to}' if wish.to else ''}",
            pair.name,
            f"Move the role first: `bluegreen failover --pair {pair.name}`; the address follows.",
        )
    return serves


def _file_of(playbook: str) -> str | None:
    """Return the playbook's file, or None where it is a strategy of ours."""
    path = Path(playbook)
    return str(path.absolute()) if path.suffix in (".yaml", ".yml") else None


def _planned(wish: Wish, request: Request, facts: PairFacts, world: World) -> Planned | None:
    """Rehearse the run on a twin of what was seen, where somebody will read or bind it."""
    if not (wish.plan_only or wish.expect or not wish.yes):
        return None
    planned = plan_on_twin(request, facts, states_seen(world, facts))
    if wish.expect and planned.hash != wish.expect:
        raise RefusedError(
            f"the plan is {planned.hash} now, not {wish.expect}: the routers, the inventory or "
            "the playbook have changed since it was read",
            request.pair.name,
            "Read the plan again: --plan.",
        )
    return planned


def show_plan(
    common: Common, request: Request, planned: Planned, unwatched: str | None = None
) -> int:
    """Print a plan; one whose rehearsal was refused exits as the run would."""
    finished = planned.finished
    notes = [] if finished.outcome == "done" else [f"refused: {finished.reason}"]
    if request.target is None and request.setting().upgrades and not notes:
        notes.append("the patch level is known once it is staged; here the next one is assumed")
    notes.append(
        "every script of a change also begins with `tee .../reached`, how far the run has come, "
        "and ends with `tee .../heartbeat`, our sign of life"
    )
    notes += [unwatched] if unwatched else []
    notes += [*planned.notes, *moves_note(request, planned)]
    page = PlanPage(
        lines=planned.lines,
        plan_hash=planned.hash,
        pair=request.pair.name,
        blue=request.blue,
        green=request.green,
        playbook=request.playbook.name,
        notes=tuple(notes),
    )
    say((plan_json if common.json else render_plan)(page))
    return finished.exit_code if finished.outcome != "done" else 0


def moves_note(request: Request, planned: Planned) -> list[str]:
    """Say what each switch costs at the provider of a floating address, and how to have one."""
    wanted = request.pair.ipfo
    asks = [line.id for line in planned.lines if any(c.startswith("ovh ") for c in line.commands)]
    if wanted is None or wanted.binding != "router":
        return []
    times = f"{len(asks)} times ({', '.join(asks)})" if len(asks) != 1 else f"once ({asks[0]})"
    moved = f"is moved {times}" if wanted.moves else "follows each switch by a script of yours"
    cost = f"tens of seconds to minutes at {wanted.provider} each, in which nobody answers there"
    told = f"{wanted.address} {moved}: {cost}; at most {duration(wanted.budget_s)}"
    if request.command != "upgrade" or request.stay_switched:
        return [told]
    return [told, "`--strategy idle-first --stay-switched` switches once"]


def confirm(wish: Wish, request: Request, planned: Planned | None) -> None:
    if wish.yes or planned is None:
        return
    steps = sum(1 for line in planned.lines if line.commands)
    tell(f"{request.playbook.name}: {request.blue} serves now, {request.green} is its peer;")
    tell(f"{steps} steps change something; plan {planned.hash} (--plan shows it)")
    if planned.finished.outcome != "done":
        tell(f"its rehearsal ended {planned.finished.outcome}: {planned.finished.reason}")
    tell("Go on? [y/N] ")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise StoppedError("nothing was changed", request.pair.name, "Start again when ready.")


def carry_out(
    common: Common, wish: Wish, request: Request, world: World, planned: Planned | None
) -> int:
    orders = orders_of(request.pair, request.playbook, wish.pause_after)
    state_dir = common.state()
    lock = pair_lock(state_dir, request.pair.key, request.holder())
    with lock as alive, Stopper() as stopper:
        journal = SqliteJournal(state_dir / "journal.db")
        with shown(common, Stageplay(request.plan, world)) as listeners:
            run = prepare(request, world, journal, [*listeners, alive], orders, stopper)
            begin(run, request, planned.hash if planned else None)
            finished = run.runner.run()
        return verdict(common, finished, run.recorder.state, wish.rehearsed)


def close(world: World) -> None:
    for transport in (*world.transports.values(), *(world.remotes or {}).values()):
        transport.close()
