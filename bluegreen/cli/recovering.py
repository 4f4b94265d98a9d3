"""`recover`: the machine that ran an upgrade is gone; finish its run, or undo it."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from bluegreen.cli.execute import Run, dialect_of, prepare, take_back
from bluegreen.cli.files import load_inventory
from bluegreen.cli.findings import findings, findings_json, nothing_found, proposals
from bluegreen.cli.look import look
from bluegreen.cli.options import Common
from bluegreen.cli.output import Stageplay, Stopper, say, shown, tell, verdict
from bluegreen.cli.pinned import Hand, hand_of
from bluegreen.cli.rebuilding import Case, begin_again, rebuild
from bluegreen.cli.running import close, orders_of
from bluegreen.cli.worlds import live_probe, live_world
from bluegreen.engine.journal import SqliteJournal
from bluegreen.engine.locks import pair_lock
from bluegreen.engine.recovery import Remains, gather
from bluegreen.errors import (
    LockedError,
    NeedsHumanError,
    RefusedError,
    StoppedError,
    UsageError,
)
from bluegreen.freebsd.paths import Paths
from bluegreen.model.duration import spoken
from bluegreen.model.events import RunFinished
from bluegreen.model.facts import PairFacts, Unseen
from bluegreen.model.holding import STALE_S, holder, silent_s
from bluegreen.model.inventory import Inventory, probing
from bluegreen.model.pair import Pair
from bluegreen.model.state import fold
from bluegreen.policy.leftovers import Leftovers
from bluegreen.report.runs import is_open
from bluegreen.world import World

FINISH, UNDO = "finish", "undo"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was typed."""

    pair_words: str
    run: str | None = None
    finish: bool = False
    undo: bool = False
    yes: bool = False
    plan_only: bool = False
    probes: tuple[str, ...] = ()

    @property
    def way(self) -> str | None:
        return FINISH if self.finish else UNDO if self.undo else None


def recover(common: Common, wanted: Wanted) -> int:
    """Look at what lies there, say it, and finish or undo the run."""
    _check_words(wanted)
    inventory = load_inventory(common.inventory)
    pair = inventory.pair(wanted.pair_words)
    world = live_world(pair)
    try:
        facts = look(pair, world)
        remains = remains_of(pair, world, facts)
        if remains is None:
            return _nothing(common, pair, facts)
        _refuse_other(wanted, remains)
        journal = SqliteJournal(common.state() / "journal.db")
        refuse_known(journal, remains)
        return _recover(common, wanted, _Place(inventory, pair, world, journal), remains)
    finally:
        close(world)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a run is recovered."""

    inventory: Inventory
    pair: Pair
    world: World
    journal: SqliteJournal


def remains_of(pair: Pair, world: World, facts: PairFacts) -> Remains | None:
    """Return what a run has left on the routers that answer."""
    paths = {router.name: Paths(router.state_dir) for router in pair.routers}
    return gather(world, dialect_of(pair), facts, paths)


def _check_words(wanted: Wanted) -> None:
    if wanted.finish and wanted.undo:
        raise UsageError("both were given, and only one can be done", "--finish, --undo")
    if wanted.yes and wanted.way is None and not wanted.plan_only:
        raise UsageError(
            "it does not say to what", "--yes", "Say which: --finish --yes, or --undo --yes."
        )


def _nothing(common: Common, pair: Pair, facts: PairFacts) -> int:
    """Say so; what a router that does not answer keeps to itself is not nothing."""
    unseen = facts.unseen()
    if unseen:
        raise RefusedError(
            "; ".join(f"{u.name}: {u.reason}" for u in unseen)
            + "; what lies there cannot be told, and on the other router nothing does",
            pair.name,
            f"Nothing was changed. {_see_to(unseen)}, then `bluegreen recover --pair {pair.name}`.",
        )
    say('{"run": null}' if common.json else nothing_found(facts))
    return 0


def _see_to(unseen: Sequence[Unseen]) -> str:
    return f"See to {' and '.join(u.name for u in unseen)} (console, power)"


def _refuse_other(wanted: Wanted, remains: Remains) -> None:
    if wanted.run is not None and wanted.run != remains.run:
        what = f"what lies on the routers is of run {remains.run}"
        raise UsageError(what, wanted.run, "Name that one, or none.")


def refuse_known(journal: SqliteJournal, remains: Remains) -> None:
    """Who has the journal knows more than the routers do."""
    state = fold(journal.events(remains.run))
    if state.started is None:
        return
    run = remains.run
    last = _last_held(remains)
    now = last.lock if last else None
    if now and now.turn and now.turn != state.turn:
        raise RefusedError(
            f"run {run} was recovered by {holder(now)}: the journal here is out of date",
            advice=f"Nothing was changed. `bluegreen resume {run}` on {now.host}; if that is gone, "
            "recover with another --state-dir.",
        )
    moves = f"`bluegreen resume {run}` or " if is_open(state) else ""
    raise RefusedError(
        f"run {run} is in the journal of this machine, which knows more than the routers",
        advice=f"Nothing was changed. {moves}`bluegreen rollback {run}`.",
    )


def _last_held(remains: Remains) -> Leftovers | None:
    """Return a router with the lock of the last machine that worked on the run."""
    held = [(one.lock.number, one) for one in remains.left if one.lock]
    return max(held, key=lambda pair: pair[0])[1] if held else None


def refuse_alive(remains: Remains) -> None:
    """Raise LockedError where whoever began the run may still be at work."""
    silence_s = silent_s(remains.facts, remains.run)
    left = _last_held(remains)
    if silence_s is None or silence_s >= STALE_S or left is None or left.lock is None:
        return
    raise LockedError(
        f"run {remains.run} of {holder(left.lock)}, may be at work: its last sign of life was "
        f"{spoken(silence_s)} ago",
        left.router,
        f"Nothing was changed. Resume it there; if that machine is dead, come again once it has "
        f"been silent for {spoken(STALE_S)}.",
    )


def _recover(common: Common, wanted: Wanted, place: _Place, remains: Remains) -> int:
    told = findings(remains)
    if not common.json:
        say("\n".join(told))
    refuse_alive(remains)
    _refuse_half(place.pair, remains)
    since = datetime.now().astimezone().isoformat(timespec="seconds")
    hand = hand_of(common, since, str((common.inventory or Path("hosts.yaml")).absolute()))
    case = rebuild(remains, place.pair, hand, common.state() / "playbooks")
    if common.json and wanted.plan_only:
        say(findings_json(remains, case))
    elif not common.json:
        say("\n".join(proposals(case)))
    if wanted.plan_only:
        return 0
    way = _ask(wanted, case)
    if way == FINISH and case.record is None:
        raise RefusedError(
            f"run {remains.run} had begun nothing that could be finished",
            advice="Nothing was changed. Give its locks back with --undo, then start again.",
        )
    _refuse_moved(place, remains)
    return _act(common, wanted, place, case, hand, way)


def _refuse_moved(place: _Place, remains: Remains) -> None:
    """People take their time to answer: whoever woke up meanwhile is at work."""
    now = remains_of(place.pair, place.world, look(place.pair, place.world))
    if now:
        refuse_alive(now)
    if now is None or (now.run, now.reached) != (remains.run, remains.reached):
        raise RefusedError(
            f"run {remains.run} is not where it was a moment ago: somebody goes on with it",
            place.pair.name,
            f"Nothing was changed. `bluegreen recover --pair {place.pair.name} --plan` tells.",
        )


def _refuse_half(pair: Pair, remains: Remains) -> None:
    """With one router alone nothing is changed: the other one may be all that serves."""
    unseen = remains.facts.unseen()
    if unseen:
        raise NeedsHumanError(
            "; ".join(f"{u.name}: {u.reason}" for u in unseen)
            + f"; {remains.facts.serving()}. With one router alone nothing is changed",
            pair.name,
            f"{_see_to(unseen)}, then `bluegreen recover --pair {pair.name}`.",
        )


def _ask(wanted: Wanted, case: Case) -> str:
    """Return what is to be done; nobody there and nothing said is a refusal."""
    if wanted.yes and wanted.way:
        return wanted.way
    if not sys.stdin.isatty():
        raise UsageError(
            "nobody is there to choose", "terminal", "Say it: --finish --yes, or --undo --yes."
        )
    can_finish = case.record is not None
    if wanted.way:
        tell(f"{wanted.way.capitalize()} run {case.remains.run}? [y/N] ")
        if sys.stdin.readline().strip().lower() in ("y", "yes"):
            return wanted.way
    else:
        choices = "finish/undo/N" if can_finish else "undo/N"
        tell(f"Run {case.remains.run}: what is to be done? [{choices}] ")
        said = sys.stdin.readline().strip().lower()
        if said in (UNDO, "u"):
            return UNDO
        if said in (FINISH, "f") and can_finish:
            return FINISH
    raise StoppedError("nothing was changed", case.request.pair.name, "Start again when ready.")


def _act(common: Common, wanted: Wanted, place: _Place, case: Case, hand: Hand, way: str) -> int:
    request = case.request
    targets = probing(place.pair, place.inventory, (*request.probes, *wanted.probes)).probes
    world = replace(place.world, probe=live_probe(targets) if targets else None)
    _keep_playbook(case)
    lock = pair_lock(common.state(), request.pair.key, request.holder())
    with lock as alive, Stopper() as stopper:
        with shown(common, Stageplay(case.plan, world)) as listeners:
            orders = orders_of(request.pair, request.playbook, None)
            run = prepare(request, world, place.journal, [*listeners, alive], orders, stopper)
            finished = carry_on(run, case, hand, way)
        return verdict(common, finished, run.recorder.state)


def carry_on(run: Run, case: Case, hand: Hand, way: str) -> RunFinished:
    """Begin the new journal, and let the runner do the rest."""
    begin_again(run, case, hand, findings(case.remains))
    return take_back(run) if way == UNDO else run.runner.run()


def _keep_playbook(case: Case) -> None:
    """Write down a playbook that came from a file: `resume` and `rollback` read it again."""
    file, record = case.request.playbook_file, case.record
    if file is None or record is None:
        return
    import json

    path = Path(file)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_text(json.dumps(record.playbook, indent=1) + "\n", encoding="utf-8")
