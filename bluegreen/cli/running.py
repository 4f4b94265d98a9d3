"""Runs on a live pair: start one, go on with one, take one back."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from bluegreen import __version__
from bluegreen.cli.execute import begin, prepare, take_back
from bluegreen.cli.files import load_inventory, load_playbook
from bluegreen.cli.locking import agree_to_break, check_words, refuse_foreign_lock
from bluegreen.cli.look import look_or_refuse, not_probed
from bluegreen.cli.options import Common
from bluegreen.cli.output import Stageplay, Stopper, say, shown, tell, verdict
from bluegreen.cli.planning import Planned, plan_on_twin
from bluegreen.cli.request import PROBE, Request, choose_blue, host, new_run, owner
from bluegreen.cli.worlds import live_world
from bluegreen.engine.journal import SqliteJournal
from bluegreen.engine.locks import pair_lock
from bluegreen.engine.runner import Orders
from bluegreen.errors import RefusedError, StoppedError, UsageError
from bluegreen.model.events import RunStarted
from bluegreen.model.facts import PairFacts
from bluegreen.model.inventory import probing
from bluegreen.model.pair import Pair
from bluegreen.model.playbook import Playbook
from bluegreen.model.state import RunState, fold
from bluegreen.policy.floating import server_of
from bluegreen.report.documents import plan_json
from bluegreen.report.plan import PlanPage, render_plan
from bluegreen.report.runs import is_open
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
            refuse_foreign_lock(facts, wish.breaks)
            agree_to_break(common, request, facts, resumes=False, yes=wish.yes)
        planned = _planned(wish, request, facts)
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


def _planned(wish: Wish, request: Request, facts: PairFacts) -> Planned | None:
    """Rehearse the run on a twin of what was seen, where somebody will read or bind it."""
    if not (wish.plan_only or wish.expect or not wish.yes):
        return None
    planned = plan_on_twin(request, facts)
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
    notes += moves_note(request, planned)
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
        with shown(common, Stageplay(request.plan(), world)) as listeners:
            run = prepare(request, world, journal, [*listeners, alive], orders, stopper)
            begin(run, request, planned.hash if planned else None)
            finished = run.runner.run()
        return verdict(common, finished, run.recorder.state, wish.rehearsed)


def close(world: World) -> None:
    for transport in (*world.transports.values(), *(world.remotes or {}).values()):
        transport.close()


# -- a run that was begun before ------------------------------------------------


def find_run(journal: SqliteJournal, run: str | None, pair: str | None, open_only: bool) -> str:
    """Return the run that is meant: by its name, or the last one of a pair.

    Raises:
        UsageError: there is none.
    """
    rows = journal.runs(pair)
    if run is not None:
        if run not in {row.run for row in rows}:
            from bluegreen.model.problems import hint

            wrong = f"no run `{run}`; {hint(run, [row.run for row in rows])}"
            raise UsageError(wrong, "runs", "`bluegreen runs` lists them.")
        return run
    for row in rows:
        state = fold(journal.events(row.run))
        if not open_only or is_open(state):
            return row.run
    what = "no run is open" if open_only else "there was no run yet"
    raise UsageError(
        f"{what}{f' for {pair}' if pair else ''}", "runs", "`bluegreen runs` lists them."
    )


@dataclass(frozen=True, slots=True)
class Again:
    """What was typed for a run that was begun before."""

    back: bool
    probes: tuple[str, ...] = ()  # beyond those that it was probed with
    breaks: str | None = None  # --break-lock
    yes: bool = False


def go_on(common: Common, run: str | None, pair_words: str | None, again: Again) -> int:
    """Resume a run, or take it back; it is probed as it was, and as ``--probe`` says."""
    check_words(again.breaks, again.yes)
    back = again.back
    journal = SqliteJournal(common.state() / "journal.db")
    key = _key(common, pair_words) if pair_words else None
    name = find_run(journal, run, key, open_only=not back and run is None)
    state = fold(journal.events(name))
    if state.started is None:
        raise UsageError(f"run {name} has no beginning in the journal", "journal")
    if state.finished and not is_open(state):
        closed = state.finished
        if not back or closed.outcome == "refused" or not _left_upgraded(state):
            say(f"run {name} is {closed.outcome}: nothing is left to do")
            return closed.exit_code
    request = replace(_again(common, state.started), breaks=again.breaks)
    inventory = load_inventory(_inventory(common, state.started))
    world = live_world(probing(request.pair, inventory, (*request.probes, *again.probes)))
    try:
        if again.breaks:
            facts = look_or_refuse(request.pair, world)
            agree_to_break(common, request, facts, resumes=True, yes=again.yes)
        return _go_on(common, request, world, journal, back)
    finally:
        close(world)


def _left_upgraded(state: RunState) -> bool:
    """Something of the run is still on a router: a leg that was proven and stayed, or a switch."""
    steps = {step.partition("@")[0] for step in state.done if step in state.acted}
    return bool(steps & {"install", "drain", "stay-drain", "release", "files", "kernel", "vhids"})


def _key(common: Common, words: str) -> str:
    return load_inventory(common.inventory).pair(words).key


def _go_on(
    common: Common, request: Request, world: World, journal: SqliteJournal, back: bool
) -> int:
    orders = orders_of(request.pair, request.playbook, None)
    lock = pair_lock(common.state(), request.pair.key, request.holder())
    with lock as alive, Stopper() as stopper:
        play = Stageplay(request.plan(), world, journal.events(request.run))
        with shown(common, play) as listeners:
            run = prepare(request, world, journal, [*listeners, alive], orders, stopper)
            begin(run, request)
            finished = take_back(run) if back else run.runner.run()
        return verdict(common, finished, run.recorder.state)


def _again(common: Common, started: RunStarted) -> Request:
    """Return the request a run was begun with, and refuse if what it rests on has changed."""
    if started.command == "provision":
        from bluegreen.cli.provision_request import request_again

        again = request_again(load_inventory(_inventory(common, started)), started)
        _refuse_drift(again, started)
        return replace(again, owner=owner(), host=host(), pid=os.getpid(), places=common.places())
    pair = load_inventory(_inventory(common, started)).pair(",".join(started.routers))
    playbook = load_playbook(started.playbook_file or started.playbook)
    request = Request(
        command=started.command,
        pair=pair,
        playbook=playbook,
        blue=started.blue,
        run=started.run,
        target=started.target,
        since=started.at.isoformat(timespec="seconds"),
        owner=owner(),
        host=host(),
        pid=os.getpid(),
        places=common.places(),
        stay_switched="stay-switched" in started.options,
        inventory_file=started.inventory_file,
        playbook_file=started.playbook_file,
        probes=_probes(started),
    )
    _refuse_drift(request, started)
    return replace(request)


def _probes(started: RunStarted) -> tuple[str, ...]:
    return tuple(o.removeprefix(PROBE) for o in started.options if o.startswith(PROBE))


def _inventory(common: Common, started: RunStarted) -> Path | None:
    return common.inventory or (Path(started.inventory_file) if started.inventory_file else None)


def _refuse_drift(request: Request, started: RunStarted) -> None:
    changed: Sequence[str] = [
        what
        for what, same in (
            ("the inventory's words about the pair", request.pair_digest == started.pair_digest),
            ("the playbook", request.playbook_digest == started.playbook_digest),
            (f"bluegreen itself ({started.version}, now {__version__})", _same(started.version)),
        )
        if not same
    ]
    if changed:
        playbook = started.playbook_file or started.playbook
        raise RefusedError(
            f"{' and '.join(changed)} changed since run {started.run} began",
            "journal",
            f"Put it back as it was ({started.inventory_file}, {playbook}, bluegreen "
            f"{started.version}), then `bluegreen resume {started.run}`.",
        )


def _same(version: str) -> bool:
    return version == __version__
