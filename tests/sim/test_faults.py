"""Every fault there is: taken back by itself, or a report that can be followed."""

import re

import pytest
from judged import (
    but_for_the_system,
    differences,
    disruptions,
    follow,
    masters_at,
    rolled_back_by_hand,
)
from pairs import BLUE, GREEN, MINOR, NEW, OLD, STRATEGIES
from runs import Story, a_story

from bluegreen.freebsd.commands import DEMOTION
from bluegreen.model.command import GUARD_EXIT, Effect
from bluegreen.model.events import Answered
from bluegreen.sim.faults import FAULTS

DONE, REFUSED, ROLLED_BACK, NEEDS_HUMAN = (
    ("done", 0),
    ("refused", 3),
    ("rolled_back", 1),
    ("needs_human", 4),
)

ENDS = {
    "connection-lost-before": DONE,
    "connection-lost-after": DONE,
    "cut-short": DONE,
    "answer-lost": DONE,
    "reboot-hangs": NEEDS_HUMAN,
    "wrong-environment": ROLLED_BACK,
    "install-fails": ROLLED_BACK,
    "disk-full": NEEDS_HUMAN,
    "peer-never-takes-over": ROLLED_BACK,
    "ospf-stuck": ROLLED_BACK,
    "gre-down": ROLLED_BACK,
    "second-master": NEEDS_HUMAN,
    "peer-dies": NEEDS_HUMAN,
    "router-dies": NEEDS_HUMAN,
    "router-reboots": DONE,
    "router-hangs": NEEDS_HUMAN,
    "link-lost": NEEDS_HUMAN,
    "deaf-after-boot": NEEDS_HUMAN,
    "cable-pulled": NEEDS_HUMAN,
    "clock-skew": REFUSED,
    "controller-killed": DONE,
}
"""How a run on a pair with tunnels ends, each fault at its own step."""


def of(story: Story) -> tuple[str, int]:
    finished = story.go()
    return finished.outcome, finished.exit_code


def codes_of(story: Story, step: str) -> list[tuple[int, ...]]:
    """Return the exit codes of every order of a step that was answered."""
    return [e.codes for e in story.events if isinstance(e, Answered) and e.step == step]


def assert_safe(story: Story) -> None:
    assert story.world.violations() == ()
    assert story.unjournalled == []
    assert [masters_at(story, one.router, one.at_s) for one in disruptions(story)] == [0] * len(
        disruptions(story)
    )


def test_every_fault_that_has_a_name_has_an_end() -> None:
    assert set(ENDS) == set(FAULTS)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_ends_as_it_must_and_harms_nobody(fault: str, strategy: str) -> None:
    story = a_story("gre", strategy, faults=[fault])

    ended = of(story)

    assert ended == ENDS[fault]
    assert len(story.world.struck) == 1
    assert_safe(story)


@pytest.mark.parametrize("fault", [name for name, end in ENDS.items() if end == DONE])
def test_a_fault_that_passes_by_leaves_no_trace(fault: str) -> None:
    story = a_story("gre", faults=[fault])

    story.go()

    assert {router.versions.userland for router in story.now} == {NEW}
    assert but_for_the_system(story.now) == but_for_the_system(story.before)
    assert story.world.leftovers() == ()


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize(
    "fault", [name for name, end in ENDS.items() if end in (ROLLED_BACK, REFUSED)]
)
def test_what_fails_in_the_first_leg_is_taken_back_to_the_last_byte(
    fault: str, strategy: str
) -> None:
    first = {"active-first": BLUE, "idle-first": GREEN}[strategy]
    where = FAULTS[fault].step
    at = f"@{where}@{first}" if where in ("install", "reboot") else ""
    story = a_story("gre", strategy, faults=[f"{fault}{at}"])

    finished = story.go()

    assert finished.outcome in ("rolled_back", "refused")
    assert differences(story.before, story.now) == []
    assert story.world.leftovers() == ()


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("fault", ["wrong-environment@reboot", "install-fails@install"])
def test_a_router_that_was_proven_before_the_other_failed_stays_as_it_is(
    fault: str, strategy: str
) -> None:
    first, second = {"active-first": (BLUE, GREEN), "idle-first": (GREEN, BLUE)}[strategy]
    story = a_story(strategy=strategy, faults=[f"{fault}@{second}"])

    finished = story.go()

    assert (finished.outcome, finished.exit_code) == ROLLED_BACK
    if strategy == "active-first":
        assert story.router(first).versions.userland == NEW
    assert story.router(second).versions.userland == OLD
    assert but_for_the_system(story.now) == but_for_the_system(story.before)
    assert story.world.leftovers() == ()
    assert_safe(story)


@pytest.mark.parametrize("at", ["environment", "install", "finish"])
@pytest.mark.parametrize("moment", [5, 9])
def test_nothing_is_installed_into_the_environment_that_is_the_way_back(
    at: str, moment: int
) -> None:
    minor = at == "finish"  # a patch level leaves nothing to install behind the boot
    faults = (f"wrong-environment@{at}@{BLUE}", f"router-reboots:{BLUE}@{at}@{BLUE}#{moment}")
    story = a_story("minor" if minor else "edge", faults=faults, target=MINOR if minor else None)

    finished = story.go()

    assert (finished.outcome, finished.exit_code) == ROLLED_BACK, finished.reason
    assert "booted bluegreen-R1, wanted default" in finished.reason
    assert but_for_the_system(story.now) == but_for_the_system(story.before)
    assert story.router(BLUE).versions.userland == OLD
    assert story.world.leftovers() == ()
    assert_safe(story)


ELSEWHERE = (
    "connection-lost-before@environment",
    "connection-lost-before@reboot",
    "connection-lost-after@drain",
    "connection-lost-after@reboot",
    f"connection-lost-after@lock@{GREEN}",
    "connection-lost-after@stage",
    "connection-lost-after@persist",
    "answer-lost@install",
    f"answer-lost@reboot@{GREEN}",
    "answer-lost@restore",
    "answer-lost@unpersist",
    f"answer-lost@unlock@{GREEN}",
    "controller-killed@install",
    f"controller-killed@reboot@{GREEN}",
    "controller-killed@persist",
    "controller-killed@unlock",
)


@pytest.mark.parametrize("fault", ELSEWHERE)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_is_lost_between_us_and_a_router_never_stops_a_run(fault: str, strategy: str) -> None:
    story = a_story(strategy=strategy, faults=[fault])

    ended = of(story)

    assert ended == DONE
    assert len(story.world.struck) == 1
    assert but_for_the_system(story.now) == but_for_the_system(story.before)
    assert story.world.leftovers() == ()
    for router in (BLUE, GREEN):
        assert story.count(router, "shutdown -r now") == 1
        assert story.count(router, "daemon") == 2  # one download, one install
    assert_safe(story)


BY_HAND = (
    "reboot-hangs",
    f"reboot-hangs@reboot@{GREEN}",
    "disk-full",
    "disk-full@install",
    f"disk-full@environment@{GREEN}",
    "second-master",
    f"second-master@persist@{GREEN}",
    "second-master@restore",
    "peer-dies",
    "peer-dies@stage",
    "peer-dies@install",
    f"peer-dies@install@{GREEN}",
    f"peer-dies@reboot@{GREEN}",
    f"peer-dies@standby@{GREEN}",
    "peer-dies@unpersist",
    f"peer-dies@unpersist@{GREEN}",
    "peer-dies@unlock",
)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("fault", BY_HAND)
def test_a_report_that_is_followed_brings_everything_back(fault: str, strategy: str) -> None:
    story = a_story(strategy=strategy, faults=[fault])
    stuck = story.go()
    assert stuck.outcome in ("needs_human", "done")
    assert stuck.exit_code == {"needs_human": 4, "done": 0}[stuck.outcome]

    finished = rolled_back_by_hand(story, stuck) if stuck.exit_code else story.back()

    assert finished.outcome == "rolled_back"
    assert differences(story.before, story.now) == []
    assert story.world.leftovers() == ()
    assert_safe(story)


@pytest.mark.parametrize("fault", ["peer-dies@unpersist", f"peer-dies@unpersist@{GREEN}"])
def test_a_run_that_had_only_to_be_closed_is_resumed_after_a_power_cut(fault: str) -> None:
    story = a_story(faults=[fault])
    finished = story.go()

    for _ in range(2):
        if finished.outcome == "needs_human":
            follow(story, finished)
            finished = story.go()

    assert finished.outcome == "done"
    assert but_for_the_system(story.now) == but_for_the_system(story.before)
    assert story.world.leftovers() == ()


@pytest.mark.parametrize("fault", ["gre-down@persist", "ospf-stuck@converge"])
def test_what_a_failed_leg_gave_back_is_given_back_again_by_a_whole_rollback(fault: str) -> None:
    last = {"gre-down@persist": BLUE, "ospf-stuck@converge": BLUE}[fault]
    story = a_story("gre", "idle-first", faults=[f"{fault}@{last}"])
    stuck = story.go()
    assert stuck.outcome == "needs_human"

    finished = rolled_back_by_hand(story, stuck)

    assert finished.outcome == "rolled_back"
    assert differences(story.before, story.now) == []


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("fault", ["reboot-hangs", "install-fails@finish", "disk-full@finish"])
def test_without_boot_environments_half_a_release_is_taken_back_too(
    fault: str, strategy: str
) -> None:
    story = a_story("minor-ufs", strategy, faults=[fault], target=MINOR)
    stuck = story.go()
    assert stuck.outcome == "needs_human"

    finished = rolled_back_by_hand(story, stuck)

    assert finished.outcome == "rolled_back"
    assert differences(story.before, story.now) == []
    assert story.world.leftovers() == ()
    assert_safe(story)


@pytest.mark.parametrize(
    ("fault", "router"),
    [("reboot-hangs", BLUE), ("disk-full", BLUE), ("peer-dies", GREEN)],
)
def test_a_report_names_the_router_and_the_next_command(fault: str, router: str) -> None:
    finished = a_story(faults=[fault]).go()

    assert f"See to {router} (console, power)." in finished.next_move
    assert "`bluegreen rollback R1` goes on" in finished.next_move
    assert len(finished.routers) == 2


def test_a_cable_is_asked_for_where_a_cable_is_missing_and_the_run_is_not_long_about_it() -> None:
    story = a_story(faults=["cable-pulled@reboot"])

    finished = story.go()

    assert finished.next_move == (
        f"{GREEN}: vmx1 has no link or is down, and vhid 2 is INIT for it: see to its cable or "
        "port. Nothing else is touched until then; `bluegreen rollback R1` goes on."
    )
    assert f"{BLUE} serves, and nobody could relieve it." in finished.reason
    assert f"{BLUE} serves vhid" in finished.serving


def test_two_masters_are_frozen_and_the_report_says_why() -> None:
    story = a_story(faults=["second-master@persist"])

    finished = story.go()
    since = story.world.struck[0][0]

    assert (finished.outcome, finished.exit_code) == NEEDS_HUMAN
    assert "both routers are MASTER of vhid 2 (198.51.100.230)" in finished.reason
    assert "Find out why they do not hear each other" in finished.next_move
    assert f"`bluegreen status --pair {BLUE},{GREEN}`" in finished.next_move
    assert [one.router for one in story.sent() if one.at_s > since] == [BLUE]
    assert codes_of(story, f"persist@{BLUE}") == [(GUARD_EXIT,)]  # seen before, refused there


@pytest.mark.parametrize("step", ["drain", "install", "reboot", "standby", "restore"])
def test_what_moves_roles_or_disrupts_is_not_even_sent_to_two_masters(step: str) -> None:
    story = a_story(faults=[f"second-master@{step}"])

    finished = story.go()
    since = story.world.struck[0][0]

    assert (finished.outcome, finished.exit_code) == NEEDS_HUMAN
    late = [command.effect for at_s, _, command in story.commands() if at_s > since]
    assert {Effect.CARP, Effect.DISRUPTIVE}.isdisjoint(late)


def test_a_survivor_of_a_unicast_pair_is_demoted_and_the_report_says_how_to_mend_that() -> None:
    story = a_story(faults=["peer-dies"])
    first = story.go()
    demoted = story.router(BLUE).demotion

    second = story.repaired().back()
    follow(story, second)
    finished = story.back()

    assert first.exit_code == 4
    assert demoted == 240
    assert f"`sysctl {DEMOTION}=-240`" in second.next_move
    assert re.search(f"{BLUE} is demoted by 240", second.next_move)
    assert finished.outcome == "rolled_back"
    assert differences(story.before, story.now) == []


def test_a_clock_that_is_wrong_is_refused_before_anything_is_changed() -> None:
    story = a_story(faults=["clock-skew"])

    finished = story.go()

    assert (finished.outcome, finished.exit_code) == REFUSED
    assert f"{BLUE}: its clock is +3600 s from this machine's" in finished.reason
    assert story.sent() == ()


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("router", [BLUE, GREEN])
def test_a_link_that_goes_before_the_baseline_is_no_part_of_it(router: str, strategy: str) -> None:
    story = a_story(strategy=strategy, faults=[f"link-lost:{router}/vmx1@baseline@pair#2"])

    stopped = story.go()
    finished = story.repaired().back() if stopped.outcome == "needs_human" else stopped

    assert finished.outcome == "rolled_back", finished.reason
    story.repaired()
    assert differences(story.before, story.now) == []
    assert not any(sent.carp for sent in story.sent())


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_role_that_is_lost_before_the_baseline_is_no_part_of_it(strategy: str) -> None:
    """Preflight saw it where its skew has it; taken back to anywhere else, it would not stay."""
    fault = f"peer-never-takes-over@lock@{GREEN}#5"  # it is MASTER of one of two
    story = a_story("active-active", strategy=strategy, faults=[fault])

    finished = story.go()

    assert finished.outcome in ("rolled_back", "refused"), finished.reason
    assert "something holds it back" in finished.reason
    story.repaired()
    assert differences(story.before, story.now) == []
    assert not any(sent.carp for sent in story.sent())


def test_a_router_that_boots_with_the_drained_skew_has_its_old_one_back() -> None:
    fault = f"router-dies:{GREEN}@persist@{GREEN}#14"
    story = a_story(strategy="idle-first", faults=[fault])
    story.go()

    finished = story.repaired().back()

    assert finished.outcome == "rolled_back", finished.reason
    assert differences(story.before, story.now) == []
