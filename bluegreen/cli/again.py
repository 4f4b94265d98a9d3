"""A run that was begun before: find it, go on with it, or take it back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bluegreen import __version__
from bluegreen.cli.execute import begin, prepare, take_back
from bluegreen.cli.files import load_inventory, load_playbook
from bluegreen.cli.locking import agree_to_break, check_words
from bluegreen.cli.look import look_or_refuse
from bluegreen.cli.options import Common
from bluegreen.cli.output import Stageplay, Stopper, say, shown, verdict
from bluegreen.cli.pinned import Subject, hand_of, request_of
from bluegreen.cli.request import Request
from bluegreen.cli.running import close, orders_of
from bluegreen.cli.worlds import live_world
from bluegreen.engine.journal import SqliteJournal
from bluegreen.engine.locks import pair_lock
from bluegreen.errors import RefusedError, UsageError
from bluegreen.model.events import RunStarted
from bluegreen.model.inventory import probing
from bluegreen.model.state import fold, left_changed
from bluegreen.report.runs import is_open
from bluegreen.world import World


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
    if state.finished and not is_open(state) and not (back and left_changed(state)):
        say(f"run {name} is {state.finished.outcome}: nothing is left to do")
        return state.finished.exit_code
    request = replace(_again(common, state.started), breaks=again.breaks, turn=state.turn)
    inventory = load_inventory(_inventory(common, state.started))
    world = live_world(probing(request.pair, inventory, (*request.probes, *again.probes)))
    try:
        if again.breaks:
            facts = look_or_refuse(request.pair, world)
            agree_to_break(common, request, facts, resumes=True, yes=again.yes)
        return _go_on(common, request, world, journal, back)
    finally:
        close(world)


def _key(common: Common, words: str) -> str:
    return load_inventory(common.inventory).pair(words).key


def _go_on(
    common: Common, request: Request, world: World, journal: SqliteJournal, back: bool
) -> int:
    orders = orders_of(request.pair, request.playbook, None)
    lock = pair_lock(common.state(), request.pair.key, request.holder())
    with lock as alive, Stopper() as stopper:
        play = Stageplay(request.plan, world, journal.events(request.run))
        with shown(common, play) as listeners:
            run = prepare(request, world, journal, [*listeners, alive], orders, stopper)
            begin(run, request)
            finished = take_back(run) if back else run.runner.run()
        return verdict(common, finished, run.recorder.state)


def _again(common: Common, started: RunStarted) -> Request:
    """Return the request a run was begun with, and refuse if what it rests on has changed."""
    since = started.at.isoformat(timespec="seconds")
    hand = hand_of(common, since, started.inventory_file, started.playbook_file)
    request = request_of(started, _subject(common, started), hand)
    _refuse_drift(request, started)
    return request


def _subject(common: Common, started: RunStarted) -> Subject:
    inventory = load_inventory(_inventory(common, started))
    if started.command == "provision":
        from bluegreen.cli.provision_request import subject_again

        return subject_again(inventory, started)
    pair = inventory.pair(",".join(started.routers))
    return Subject(pair, load_playbook(started.playbook_file or started.playbook))


def _inventory(common: Common, started: RunStarted) -> Path | None:
    return common.inventory or (Path(started.inventory_file) if started.inventory_file else None)


def _refuse_drift(request: Request, started: RunStarted) -> None:
    changed: Sequence[str] = [
        what
        for what, same in (
            ("the inventory's words about the pair", request.pair_digest == started.pair_digest),
            ("the playbook", request.playbook_digest == started.playbook_digest),
            (
                f"bluegreen itself ({started.version}, now {__version__})",
                started.version == __version__,
            ),
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
