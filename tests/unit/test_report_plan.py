"""What people read before they say yes."""

import json

from bluegreen.report.documents import plan_json
from bluegreen.report.plan import PlanLine, PlanPage, render_plan

DRAIN = PlanLine(
    id="drain@router-001",
    router="router-001",
    goal="router-001 serves nothing, its peer serves every VIP",
    commands=(
        "ifconfig vmx1 vhid 2 advskew 200 peer 192.0.2.12",
        "sysctl net.inet.carp.demotion=0",
    ),
    undo=("ifconfig vmx1 vhid 2 advskew 0 peer 192.0.2.12",),
    guard="2 vhids MASTER",
    serves="router-002 serves vhid 2",
    deadline_s=30.0,
    skipped=None,
)
LOOK = PlanLine("agree@pair", "pair", "both agree", (), (), None, "router-001 serves", 0.0, None)
SKIPPED = PlanLine("install@router-002", "router-002", "", (), (), None, "", 5.0, "up to date")
LOCK = PlanLine(
    "lock@router-001", "router-001", "held", ("tee /x <<< 'a=1\nb=2\n'",), (), None, "x", 5.0, None
)


def a_page(*lines: PlanLine) -> PlanPage:
    return PlanPage(
        lines, "sha256:ab12", "edge", "router-001", "router-002", "active-first", ("n",)
    )


def test_a_plan_shows_exact_commands_their_undo_and_who_serves_if_one_stops_there() -> None:
    text = render_plan(a_page(DRAIN))

    assert text.split("\n\n")[1].splitlines() == [
        " 1. drain@router-001  on router-001",
        "    goal:      router-001 serves nothing, its peer serves every VIP",
        "    only if:   2 vhids MASTER",
        "    sends:     $ ifconfig vmx1 vhid 2 advskew 200 peer 192.0.2.12",
        "               $ sysctl net.inet.carp.demotion=0",
        "    undo:      $ ifconfig vmx1 vhid 2 advskew 0 peer 192.0.2.12",
        "    within:    30 s",
        "    stop here: router-002 serves vhid 2",
    ]


def test_a_plan_begins_with_what_it_is_for_and_ends_with_how_to_run_it_and_no_other() -> None:
    text = render_plan(a_page(DRAIN))

    assert text.startswith("plan for edge, active-first\nblue is router-001 (MASTER now), green is")
    assert "note: n" in text
    assert text.endswith("nothing was changed; `--expect sha256:ab12` runs this plan and no other")


def test_a_step_that_only_looks_says_so_and_a_skipped_one_says_why() -> None:
    text = render_plan(a_page(LOOK, SKIPPED))

    assert "sends:     nothing, it looks and waits" in text
    assert "within:    no limit" in text
    assert " 2. install@router-002\n    skipped: up to date" in text


def test_the_plan_as_json_has_the_same_keys_and_no_content_of_files() -> None:
    page = json.loads(plan_json(a_page(DRAIN, LOCK)))

    assert page["plan_hash"] == "sha256:ab12"
    assert page["lines"][0]["commands"][1] == "sysctl net.inet.carp.demotion=0"
    assert page["lines"][1]["commands"] == ["tee /x <<< (2 lines)"]
    assert "tee /x <<< (2 lines)" in render_plan(a_page(LOCK))
