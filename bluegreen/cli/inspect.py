"""Look, and change nothing: status, check, facts, runs, show."""

import time
from dataclasses import replace

from bluegreen.cli.again import find_run
from bluegreen.cli.files import load_inventory, load_playbook
from bluegreen.cli.left import left_over
from bluegreen.cli.look import look, look_or_refuse, not_probed, observer_of, probing
from bluegreen.cli.options import Common
from bluegreen.cli.output import say, tell
from bluegreen.cli.request import Request, choose_blue
from bluegreen.cli.worlds import live_world
from bluegreen.engine.journal import SqliteJournal
from bluegreen.model.codec import write_facts
from bluegreen.model.facts import PairFacts
from bluegreen.model.pair import Pair
from bluegreen.model.state import RunState, fold
from bluegreen.report.runs import is_open, open_elsewhere
from bluegreen.steps.preflight import Preflight

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
        state = _open_run(common, pair)
        elsewhere = _elsewhere(pair, facts, state)
        say((status_json if common.json else render_status)(facts, state, elsewhere))
        if not watch:
            return REFUSED if facts.unseen() else 0
        time.sleep(WATCH_S)


def _elsewhere(pair: Pair, facts: PairFacts, state: RunState | None) -> tuple[str, ...]:
    """Return the runs that left something on a router and are not the one open here."""
    here = state.started.run if state and state.started else None
    return tuple(run for run in left_over(pair, facts) if run != here)


def _open_run(common: Common, pair: Pair) -> RunState | None:
    file = common.state() / "journal.db"
    if not file.exists():
        return None
    journal = SqliteJournal(file)
    for row in journal.runs(pair.key)[:1]:
        state = fold(journal.events(row.run))
        if is_open(state):
            return state
    return None


def check(
    common: Common, pair_words: str, target: str | None, print_privileges: bool = False
) -> int:
    """Run every preflight check, read-only, and say which would refuse an upgrade."""
    from bluegreen.report.checks import render_checks
    from bluegreen.report.documents import checks_json

    pair = load_inventory(common.inventory).pair(pair_words)
    world = live_world(pair, looks=True)
    with probing(world):
        facts = look_or_refuse(pair, world)
    if unwatched := not_probed(pair, facts):
        tell(f"note: {unwatched}")
    for run in _elsewhere(pair, facts, _open_run(common, pair)):
        tell(f"note: {open_elsewhere(run, facts.names)}")
    playbook = load_playbook()
    blue = choose_blue(pair, facts)
    request = Request("upgrade", pair, playbook, blue, "check", target)
    if print_privileges:
        return _privileges(common, request, facts)
    checks = Preflight(request.setting()).layers(facts)
    say((checks_json if common.json else render_checks)(checks))
    return 0 if all(verdict for _, verdict in checks) else REFUSED


def _privileges(common: Common, request: Request, facts: PairFacts) -> int:
    from bluegreen.cli.privileges import privileges
    from bluegreen.report.privileges import privileges_json, render_privileges

    page = privileges(request, facts)
    say((privileges_json if common.json else render_privileges)(page))
    return 0


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
