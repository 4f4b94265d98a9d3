"""Look, and change nothing: status, facts, runs, show."""

import time
from dataclasses import replace

from bluegreen.cli.again import find_run
from bluegreen.cli.files import load_inventory
from bluegreen.cli.left import left_over
from bluegreen.cli.look import look, look_or_refuse, observer_of
from bluegreen.cli.options import Common
from bluegreen.cli.output import say
from bluegreen.cli.worlds import live_world
from bluegreen.engine.journal import SqliteJournal
from bluegreen.model.codec import write_facts
from bluegreen.model.facts import PairFacts
from bluegreen.model.pair import Pair
from bluegreen.model.state import RunState, fold
from bluegreen.report.runs import is_open

WATCH_S = 2.0
FOLLOW_S = 0.5
REFUSED = 3


def status(common: Common, pair_words: str, watch: bool) -> int:
    """Say who serves, and where a run stands; a router that does not answer is part of it."""
    from bluegreen.report.documents import status_json
    from bluegreen.report.status import render_status

    pair = load_inventory(common.inventory).pair(pair_words)
    world = live_world(pair, looks=True)
    observer = observer_of(pair, world)
    while True:
        facts = look(pair, world, observer)
        state = open_run(common, pair)
        left = elsewhere(pair, facts, state)
        say((status_json if common.json else render_status)(facts, state, left))
        if not watch:
            return REFUSED if facts.unseen() else 0
        time.sleep(WATCH_S)


def elsewhere(pair: Pair, facts: PairFacts, state: RunState | None) -> tuple[str, ...]:
    """Return the runs that left something on a router and are not the one open here."""
    here = state.started.run if state and state.started else None
    return tuple(run for run in left_over(pair, facts) if run != here)


def open_run(common: Common, pair: Pair) -> RunState | None:
    file = common.state() / "journal.db"
    if not file.exists():
        return None
    journal = SqliteJournal(file)
    for row in journal.runs(pair.key)[:1]:
        state = fold(journal.events(row.run))
        if is_open(state):
            return state
    return None


def facts(common: Common, pair_words: str) -> int:
    """Print what both routers say as JSON: what --twin rehearses on."""
    pair = load_inventory(common.inventory).pair(pair_words)
    say(write_facts(replace(look_or_refuse(pair, live_world(pair, looks=True)), said=())))
    return 0


def runs(common: Common, pair_words: str | None) -> int:
    """List the runs in the journal."""
    from bluegreen.report.documents import runs_json
    from bluegreen.report.runs import line_of, render_runs

    journal = SqliteJournal(common.state() / "journal.db")
    key = load_inventory(common.inventory).pair(pair_words).key if pair_words else None
    folded = (line_of(fold(journal.events(row.run))) for row in journal.runs(key))
    rows = [line for line in folded if line]
    say((runs_json if common.json else render_runs)(rows))
    return 0


def show(common: Common, run: str | None, pair_words: str | None, follow: bool) -> int:
    """Show one run: what was done, in order, and how it ended."""
    from bluegreen.report.documents import show_json
    from bluegreen.report.lines import Lines
    from bluegreen.report.show import render_show

    journal = SqliteJournal(common.state() / "journal.db")
    key = load_inventory(common.inventory).pair(pair_words).key if pair_words else None
    name = find_run(journal, run, key, open_only=False)
    events = journal.events(name)
    if not follow:
        say((show_json if common.json else render_show)(events, fold(events)))
        return 0
    lines = Lines(say)
    number = 0
    while True:
        for seen, event in journal.after(name, number):
            lines(event)
            number = seen
        state = fold(journal.events(name))
        if state.finished is not None:
            return 0
        time.sleep(FOLLOW_S)
