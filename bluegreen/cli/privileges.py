"""What a plan may run, gathered from what its rehearsal sent; nothing here is a list of its own."""

import getpass
from collections.abc import Iterable, Mapping

from bluegreen.cli.execute import dialect_of
from bluegreen.cli.planning import RUN, Planned, offered, plan_of
from bluegreen.cli.request import Request
from bluegreen.cli.worlds import twin_world
from bluegreen.freebsd.batch import questions
from bluegreen.freebsd.exam import exam_questions
from bluegreen.freebsd.paths import Paths
from bluegreen.freebsd.setkey import ipsec_questions
from bluegreen.freebsd.shell import asked_by
from bluegreen.model.command import Script
from bluegreen.model.facts import PairFacts
from bluegreen.model.pair import Router
from bluegreen.policy.segment import watched_s
from bluegreen.report.privileges import QUESTION, Privilege, PrivilegePage, RouterPrivileges

Found = dict[tuple[tuple[str, ...], str], dict[str, None]]  # argv and effect: why, in order


def privileges(request: Request, facts: PairFacts) -> PrivilegePage:
    """Rehearse the request forth and back on a twin of what was observed, and list what was run."""
    world = twin_world(request.pair, facts, offered(request.target, facts))
    planned = plan_of(request, world)
    wire = [(router, script) for _, router, script in world.traffic.wire]
    finished = planned.finished
    short = "" if finished.outcome == "done" else f"its rehearsal was refused: {finished.reason}"
    asked = dialect_of(request.pair).remote_questions()
    doctors = _doctors(facts)
    return PrivilegePage(
        pair=request.pair.name,
        playbook=request.playbook.name,
        plan_hash=planned.hash,
        routers=tuple(
            _router(
                router,
                [script for name, script in wire if name == router.name],
                planned,
                doctors.get(router.name, {}),
            )
            for router in request.pair.routers
        ),
        remotes=tuple(_remote(remote.router, asked) for remote in request.pair.remotes),
        note=f"{short}; the list ends where it did" if short else "",
    )


def _doctors(facts: PairFacts) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return what `check` asks of each router beyond a run's questions, by name."""
    both = facts.both()
    watch_s = watched_s(both) if both else 0
    return {r.name: exam_questions(r, watch_s, RUN, active=True) for r in both or ()}


def _router(
    router: Router,
    scripts: Iterable[Script],
    planned: Planned,
    doctors: Mapping[str, tuple[str, ...]],
) -> RouterPrivileges:
    facts: dict[tuple[str, ...], tuple[str, ...]] = {}
    for name, argv in _asked(router).items():
        facts[argv] = (*facts.get(argv, ()), name)
    steps = _steps(planned, router.name)
    questions_asked: Found = {}
    changes: Found = {}
    for script in scripts:
        if script.guard:
            for argv in asked_by(script.guard):
                _note(changes, argv, QUESTION, ("guard",))
        for command in script.commands:
            fact = facts.get(command.argv)
            if fact and script.reads_only:
                _note(questions_asked, command.argv, QUESTION, fact)
            else:
                why = steps.get(str(command), ("sign of life",))
                _note(changes, command.argv, command.effect.value, why)
    for name, argv in doctors.items():
        option = " --active" if " to " in name else ""
        _note(questions_asked, argv, QUESTION, (f"check{option}: {name}",))
    return _page(router, questions_asked, changes)


def _remote(router: Router, asked: Script) -> RouterPrivileges:
    found: Found = {}
    for command in asked.commands:
        _note(found, command.argv, command.effect.value, ("routes",))
    return _page(router, found, {})


def _page(router: Router, asked: Found, changes: Found) -> RouterPrivileges:
    user = router.user or getpass.getuser()
    return RouterPrivileges(router.name, user, router.escalate, _rows(asked), _rows(changes))


def _asked(router: Router) -> Mapping[str, tuple[str, ...]]:
    daemons = ("frr", "quagga", "bird", "openospfd")
    return questions(Paths(router.state_dir), daemons) | ipsec_questions(None)


def _steps(planned: Planned, router: str) -> Mapping[str, tuple[str, ...]]:
    """Return which steps send a command, by its text."""
    found: dict[str, dict[str, None]] = {}
    for line in planned.lines:
        for text in line.commands:
            found.setdefault(_bare(text, router), {})[line.id.partition("@")[0]] = None
        for text in line.undo:
            found.setdefault(_bare(text, router), {})[f"undo {line.id.partition('@')[0]}"] = None
    return {text: tuple(why) for text, why in found.items()}


def _bare(text: str, router: str) -> str:
    return text.removeprefix(f"{router}: ")


def _note(found: Found, argv: tuple[str, ...], effect: str, why: tuple[str, ...]) -> None:
    pattern = tuple(word.replace(RUN, "*") for word in argv)
    found.setdefault((pattern, effect), {}).update(dict.fromkeys(why))


def _rows(found: Found) -> tuple[Privilege, ...]:
    return tuple(
        Privilege(argv[0], argv[1:], effect, tuple(why)) for (argv, effect), why in found.items()
    )
