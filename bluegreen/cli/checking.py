"""`bluegreen check`: preflight, and what else is or may become wrong with a pair; read-only."""

import secrets
import shlex
import shutil
import sys
from dataclasses import dataclass, replace
from math import ceil

from bluegreen.cli.files import load_inventory, load_playbook
from bluegreen.cli.inspect import REFUSED, elsewhere, open_run
from bluegreen.cli.look import asked, look, not_probed, probing, refuse_unseen, usable
from bluegreen.cli.options import Common
from bluegreen.cli.output import say, tell
from bluegreen.cli.request import Request, choose_blue
from bluegreen.cli.worlds import live_world
from bluegreen.freebsd.exam import exam_questions, exam_script, is_in_question, read_exam
from bluegreen.model.command import Output
from bluegreen.model.exam import RouterExam, unexamined
from bluegreen.model.facts import PairFacts, Unknown
from bluegreen.model.finding import Look
from bluegreen.model.pair import Pair
from bluegreen.policy import gre_bug
from bluegreen.policy.alone import checks_alone
from bluegreen.policy.checks import Checks
from bluegreen.policy.doctor import Diagnosis, diagnose
from bluegreen.policy.segment import WATCH_MAX_S, watched_s
from bluegreen.report.runs import open_elsewhere
from bluegreen.steps.preflight import Preflight
from bluegreen.world import World


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for."""

    pair: str
    target: str | None = None
    print_privileges: bool = False
    active: bool = False  # send packets from the routers, too


def check(common: Common, wanted: Wanted) -> int:
    """Look at a pair from every side, and say what is wrong, what shows it, and the way out."""
    pair = load_inventory(common.inventory).pair(wanted.pair)
    return check_in(common, wanted, pair, live_world(pair, looks=True))


def check_in(common: Common, wanted: Wanted, pair: Pair, world: World) -> int:
    """Look at a pair that is reached through the doors of a world."""
    request = Request("upgrade", pair, load_playbook(), pair.names[0], "check", wanted.target)
    with probing(world):
        first = usable(look(pair, world))
        _note(common, pair, first)
        if wanted.print_privileges:
            refuse_unseen(first)
            return _privileges(common, replace(request, blue=choose_blue(pair, first)), first)
        exams = examine(world, first, active=wanted.active)
        # a role may have moved while the wire was watched
        facts = usable(look(pair, world)) if exams else first
    sends = gre_bug.sending(first, facts, exams)
    more: tuple[Look, ...] = (("tunnels", sends),) if gre_bug.has_tunnels(facts) else ()
    checks = _checks(facts, replace(request, blue=choose_blue(pair, facts)))
    return _told(common, diagnose(facts, checks, exams, more))


def _note(common: Common, pair: Pair, facts: PairFacts) -> None:
    """Tell what is no finding: VIPs that nobody probes, and runs of other machines."""
    if unwatched := not_probed(pair, facts):
        tell(f"note: {unwatched}")
    for run in elsewhere(pair, facts, open_run(common, pair)):
        tell(f"note: {open_elsewhere(run, facts.names)}")


def _checks(facts: PairFacts, request: Request) -> Checks:
    """Return preflight's verdicts; where a router was not seen, those on the other one."""
    if facts.both():
        return Preflight(request.setting()).layers(facts)
    by_hand = {router.name: shlex.join(router.by_hand) for router in request.pair.routers}
    return checks_alone(facts, request.setting(), by_hand)


def examine(world: World, facts: PairFacts, *, active: bool = False) -> dict[str, RouterExam]:
    """Ask each router that was seen what no run needs, one exec each; it takes some seconds.

    Args:
        world: The doors.
        facts: What was seen just before: what a router lacks is not asked for.
        active: Also have the routers send packets, to their VIPs and to FreeBSD's mirrors.
    """
    routers = facts.observed()
    if not routers:
        return {}
    hello_s = gre_bug.watched_s(facts) if any(map(is_in_question, routers)) else 0.0
    longest_s = max(watched_s(routers), ceil(hello_s))
    watch_s, salt = min(longest_s, WATCH_MAX_S), secrets.token_hex(16)

    questions = {r.name: exam_questions(r, watch_s, salt, active) for r in routers}
    scripts = {name: exam_script(each, watch_s) for name, each in questions.items()}

    def read(name: str, said: tuple[Output, ...] | Unknown) -> RouterExam:
        if isinstance(said, Unknown):
            return unexamined(name, said.unknown)
        return read_exam(name, dict(zip(questions[name], said, strict=True)), watch_s)

    return {name: read(name, said) for name, said in asked(world, scripts).items()}


def _told(common: Common, diagnosis: Diagnosis) -> int:
    from bluegreen.report.diagnosis import diagnosis_lines, render_diagnosis
    from bluegreen.report.documents import diagnosis_json

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    if common.json:
        say(diagnosis_json(diagnosis))
    elif width is None or common.no_color:
        say(render_diagnosis(diagnosis, width))
    else:
        from bluegreen.report.paint import paint

        paint(diagnosis_lines(diagnosis, width))
    return 0 if diagnosis.is_well else REFUSED


def _privileges(common: Common, request: Request, facts: PairFacts) -> int:
    from bluegreen.cli.privileges import privileges
    from bluegreen.report.privileges import privileges_json, render_privileges

    page = privileges(request, facts)
    say((privileges_json if common.json else render_privileges)(page))
    return 0
