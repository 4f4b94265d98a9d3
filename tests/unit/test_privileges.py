"""`check --print-privileges`: what a plan may run, gathered from what its rehearsal sent."""

import json

import pytest
from facts import BLUE
from rehearsed import a_request, inventoried

from bluegreen.cli.execute import dialect_of
from bluegreen.cli.planning import plan_on_twin
from bluegreen.cli.privileges import privileges
from bluegreen.cli.worlds import rehearsed_world
from bluegreen.engine.observer import Observer
from bluegreen.freebsd.exam import exam_questions
from bluegreen.model.facts import PairFacts
from bluegreen.policy.segment import watched_s
from bluegreen.report.privileges import (
    Privilege,
    PrivilegePage,
    privileges_json,
    render_privileges,
)

REMOTES = "    remotes: [{name: windriver, address: 203.0.113.30, expect_route: 192.0.2.0/24}]\n"


def observed(more: str = "") -> PairFacts:
    doors = rehearsed_world(inventoried()).doors()
    return Observer(doors, dialect_of(inventoried(more))).look()


@pytest.fixture(scope="module")
def page() -> PrivilegePage:
    return privileges(a_request(), observed())


def lines(rows: tuple[Privilege, ...]) -> set[str]:
    return {" ".join((row.program, *row.arguments)) for row in rows}


def test_every_command_of_the_plan_is_listed_with_its_steps(page: PrivilegePage) -> None:
    (blue, _) = page.routers
    listed = lines(blue.changes)

    assert {"ifconfig vmx0 vhid 1 advskew 200", "ifconfig vmx0 vhid 1 advskew 0"} <= listed
    assert "bectl create bluegreen-*" in listed
    assert "shutdown -r now" in listed
    assert all(row.why for row in (*blue.questions, *blue.changes))
    reboot = next(row for row in blue.changes if row.program == "shutdown")
    assert (reboot.effect, set(reboot.why)) == ("disruptive", {"reboot", "undo install"})


def test_the_hash_is_that_of_the_plan(page: PrivilegePage) -> None:
    assert page.plan_hash == plan_on_twin(a_request(), observed()).hash


def test_questions_change_nothing_and_are_those_that_are_asked(page: PrivilegePage) -> None:
    script = dialect_of(inventoried()).questions(BLUE)
    both = observed().both() or ()

    for router, facts in zip(page.routers, both, strict=True):
        assert {row.effect for row in router.questions} == {"read"}
        doctors = exam_questions(facts, watched_s(both), "*", active=True).values()
        asked = {*(command.argv for command in script.commands), *doctors}
        assert {(row.program, *row.arguments) for row in router.questions} == asked


def test_what_a_guard_runs_is_listed_among_the_changes(page: PrivilegePage) -> None:
    guards = [row for row in page.routers[0].changes if "guard" in row.why]

    assert {row.program for row in guards} == {"ifconfig", "awk", "cat"}


def test_a_far_end_is_only_asked_for_its_routes() -> None:
    request = a_request(inventoried(REMOTES))

    (remote,) = privileges(request, observed()).remotes

    assert lines(remote.questions) == {"netstat -rn"}
    assert remote.changes == ()


def test_the_text_is_ready_to_be_used_and_says_what_it_implies(page: PrivilegePage) -> None:
    text = render_privileges(page)

    assert f"{BLUE}: questions (status, check, facts)" in text
    assert "shutdown -r now   # " in text
    assert "a read-only account: no rule in doas.conf or sudoers at all" in text
    assert " as root cmd sh" in text
    assert "NOPASSWD: /bin/sh -s -- *" in text
    assert "root by another name" in text
    assert all(len(line) < 400 for line in text.splitlines())


def test_the_document_holds_the_same_with_whole_arguments(page: PrivilegePage) -> None:
    document = json.loads(privileges_json(page))

    assert document["plan_hash"] == page.plan_hash
    first = document["routers"][0]
    assert {row["program"] for row in first["questions"]} >= {"ifconfig", "sysctl", "find"}
    assert set(document["accounts"][BLUE]) == {"read_only", "upgrade"}
