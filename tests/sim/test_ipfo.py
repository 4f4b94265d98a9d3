"""A floating address that a run has to move: every task state, every error, every crash."""

from dataclasses import replace

import pytest
from judged import disruptions, masters_at
from pairs import BLUE, GREEN, NEW, a_strategy
from runs import Story, a_story

from bluegreen.cli.look import look, observer_of
from bluegreen.emulator.ovh_http import Mishap
from bluegreen.ipfo.calls import OVH
from bluegreen.model.events import Answered, CommandSent, RunFinished
from bluegreen.sim.faults import AT_OVH

ADDRESS = "198.51.100.230"
DONE, REFUSED, ROLLED_BACK, NEEDS_HUMAN = (
    ("done", 0),
    ("refused", 3),
    ("rolled_back", 1),
    ("needs_human", 4),
)
ENDS = {
    "ipfo-key-expired": NEEDS_HUMAN,
    "ipfo-key-not-validated": REFUSED,
    "ipfo-key-reads-only": REFUSED,
    "ipfo-answer-lost": DONE,
    "ipfo-request-lost": DONE,
    "ipfo-error-before": DONE,
    "ipfo-error-after": DONE,
    "ipfo-too-many": DONE,
    "ipfo-too-many-changes": DONE,
    "ipfo-unavailable": DONE,
    "ipfo-conflict": DONE,
    "ipfo-forbidden": ROLLED_BACK,
    "ipfo-missing": ROLLED_BACK,
    "ipfo-task-customer-error": ROLLED_BACK,
    "ipfo-task-ovh-error": ROLLED_BACK,
    "ipfo-task-cancelled": ROLLED_BACK,
    "ipfo-task-stays-init": NEEDS_HUMAN,
    "ipfo-task-stays-todo": NEEDS_HUMAN,
    "ipfo-task-stays-doing": NEEDS_HUMAN,
    "ipfo-late": DONE,
    "ipfo-foreign-task": REFUSED,
    "ipfo-last-address": REFUSED,
    "ipfo-elsewhere": REFUSED,
    "ipfo-parked": REFUSED,
}
"""How an upgrade ends whose first switch meets it, or that begins with it."""


def bound(story: Story) -> str | None:
    """Return the router that the provider sends the address to now."""
    assert story.world.ovh is not None
    return story.world.ovh.bound(story.world.now_s)[-1][1]


def bound_at(story: Story, at_s: float) -> str | None:
    assert story.world.ovh is not None
    changes = story.world.ovh.bound(story.world.now_s)
    return [router for at, router in changes if at <= at_s][-1]


def requests(story: Story) -> list[str]:
    """Return what was asked of OVH that changes something, in order."""
    return [
        command.removeprefix("ovh ").partition(" /")[0]
        for event in story.events
        if isinstance(event, CommandSent) and event.router == OVH
        for command in event.commands
    ]


def of(finished: RunFinished) -> tuple[str, int]:
    return finished.outcome, finished.exit_code


def assert_safe(story: Story) -> None:
    """Nothing was done to a router that CARP or the provider sent anything to."""
    assert story.world.violations() == ()
    assert story.unjournalled == []
    for one in disruptions(story):
        assert masters_at(story, one.router, one.at_s) == 0
        assert bound_at(story, one.at_s) != one.router


def test_every_trouble_that_has_a_name_has_an_end() -> None:
    assert set(ENDS) == set(AT_OVH)


@pytest.mark.parametrize("trouble", AT_OVH)
def test_a_trouble_at_the_provider_ends_as_it_must(trouble: str) -> None:
    story = a_story("ipfo-move", faults=[trouble])

    finished = story.go()

    assert of(finished) == ENDS[trouble]
    assert_safe(story)
    if ENDS[trouble] in (DONE, ROLLED_BACK):
        assert bound(story) == BLUE
        assert story.world.masters(ADDRESS) == (BLUE,)
        assert story.world.leftovers() == ()


@pytest.mark.parametrize("trouble", [name for name, end in ENDS.items() if end == NEEDS_HUMAN])
def test_what_a_human_must_mend_is_named_with_the_next_command(trouble: str) -> None:
    story = a_story("ipfo-move", faults=[trouble])

    finished = story.go()

    assert f"`bluegreen ipfo show --pair {BLUE},{GREEN}`" in finished.next_move
    assert "`bluegreen rollback R1` goes on" in finished.next_move
    assert any(line.startswith((ADDRESS, "floating address")) for line in finished.routers)
    assert of(story.repaired().back()) == ("rolled_back", 0)
    assert bound(story) == BLUE
    assert story.world.leftovers() == ()
    assert_safe(story)


@pytest.mark.parametrize("strategy", ["active-first", "idle-first"])
@pytest.mark.parametrize("kind", ["ipfo", "ipfo-move", "ipfo-two-servers", "ipfo-carp"])
def test_a_floating_address_follows_the_role_whoever_moves_it(kind: str, strategy: str) -> None:
    story = a_story(kind, strategy)

    finished = story.go()

    assert of(finished) == DONE
    assert [router.versions.userland for router in story.now] == [NEW, NEW]
    assert_safe(story)
    if kind != "ipfo-carp":
        assert bound(story) == BLUE


def test_between_two_macs_of_a_server_it_is_taken_off_before_it_is_put_on() -> None:
    story = a_story("ipfo-move")

    story.go()

    assert requests(story) == ["DELETE", "POST"] * 2


def test_between_two_servers_it_is_one_request() -> None:
    story = a_story("ipfo-two-servers")

    story.go()

    assert requests(story) == ["POST", "POST"]


@pytest.mark.parametrize("kind", ["ipfo", "ipfo-carp"])
def test_what_something_else_moves_is_only_looked_at(kind: str) -> None:
    story = a_story(kind)

    story.go()

    assert requests(story) == []


def test_the_address_is_asked_for_once_carp_says_master_at_the_peer() -> None:
    story = a_story("ipfo-move")

    story.go()

    drained = next(e for e in story.events if e.event == "step_done" and e.step == f"drain@{BLUE}")
    asked = [e for e in story.events if isinstance(e, CommandSent) and e.router == OVH]
    assert [e.step for e in asked] == [f"converge@{GREEN}"] * 2 + [f"converge@{BLUE}"] * 2
    assert asked[0].at > drained.at


def test_idle_first_that_stays_switched_moves_it_once() -> None:
    story = a_story("ipfo-move", "idle-first")
    story.request = replace(story.request, stay_switched=True)

    finished = story.go()

    assert of(finished) == DONE
    assert requests(story) == ["DELETE", "POST"]
    assert (bound(story), story.world.masters(ADDRESS)) == (GREEN, (GREEN,))


def test_what_the_provider_takes_does_not_count_as_an_outage_of_the_routers() -> None:
    story = a_story("ipfo-move", orders=replace(a_story("ipfo-move").orders, outage_budget_ms=500))

    finished = story.go()

    assert of(finished) == DONE
    (outage,) = finished.outages
    assert {gap.layer for gap in outage.gaps or ()} == {"ipfo"}
    assert outage.longest_gap_ms > 30_000


def test_a_finished_run_is_taken_back_and_the_address_with_it() -> None:
    story = a_story("ipfo-move", "idle-first")
    story.request = replace(story.request, stay_switched=True)
    story.go()

    finished = story.back()

    assert of(finished) == ("rolled_back", 0)
    assert (bound(story), story.world.masters(ADDRESS)) == (BLUE, (BLUE,))
    assert_safe(story)


def crash_points(kind: str) -> list[int]:
    """Return the touches of the world from the first request to OVH to the last."""
    story = a_story(kind, a_strategy("failover"))
    story.request = replace(story.request, command="failover")
    story.go()
    return list(range(1, story.world.touches + 1))


@pytest.mark.parametrize("kind", ["ipfo-move", "ipfo-two-servers"])
def test_a_crash_anywhere_in_a_switch_and_a_resume_end_as_if_nothing_had_happened(
    kind: str,
) -> None:
    for touch in crash_points(kind):
        story = a_story(kind, a_strategy("failover"))
        story.request = replace(story.request, command="failover")
        story.world.kill_after(touch)

        finished = story.go()

        assert of(finished) == DONE, touch
        assert (bound(story), story.kills) == (GREEN, 1), touch
        assert_safe(story)


def test_a_run_that_died_between_off_and_on_goes_on_with_on() -> None:
    story = a_story("ipfo-move", a_strategy("failover"))
    story.request = replace(story.request, command="failover")
    killed = killed_after_the_first_request(story)

    finished = killed.go()

    assert of(finished) == DONE
    assert requests(killed) == ["DELETE", "POST"]
    assert bound(killed) == GREEN


def test_a_run_that_died_between_off_and_on_is_taken_back_by_putting_it_on_again() -> None:
    story = a_story("ipfo-move", a_strategy("failover"))
    story.request = replace(story.request, command="failover")
    killed = killed_after_the_first_request(story)

    finished = killed.back()

    assert of(finished) == ("rolled_back", 0)
    assert requests(killed) == ["DELETE", "POST"]
    assert bound(killed) == BLUE


def killed_after_the_first_request(story: Story) -> Story:
    """Let the controller die once OVH has accepted to take the address off, and for a minute."""
    watch = story.world.watch

    def watched(event: str, step: str) -> None:
        watch(event, step)
        last = story.events[-1]
        if isinstance(last, Answered) and last.router == OVH and not story.kills:
            story.world.life.end()

    story.world.watch = watched  # type: ignore[method-assign]
    assert story.one_life() is None
    story.world.watch = watch  # type: ignore[method-assign]
    story.world.network.advance(story.world.now_s + 60.0)
    assert requests(story) == ["DELETE"]
    assert bound(story) is None
    return story


@pytest.mark.parametrize("what", ["POST", "DELETE"])
def test_a_request_whose_answer_is_lost_is_made_once(what: str) -> None:
    story = a_story("ipfo-move", a_strategy("failover"))
    story.request = replace(story.request, command="failover")
    assert story.world.ovh is not None
    story.world.ovh.api.mishaps.append(Mishap(what, "*", effective=True))

    finished = story.go()

    assert of(finished) == DONE
    assert requests(story) == ["DELETE", "POST"]
    assert any(isinstance(e, Answered) and e.in_doubt for e in story.events)


def test_the_journal_says_which_task_came_of_a_request() -> None:
    story = a_story("ipfo-move", a_strategy("failover"))
    story.request = replace(story.request, command="failover")

    story.go()

    answers = [e for e in story.events if isinstance(e, Answered) and e.router == OVH]
    assert [e.said.partition(" is ")[0] for e in answers] == [
        "task 1000 (virtualMacDelete)",
        "task 1001 (virtualMacAdd)",
    ]


def test_the_address_alone_is_moved_to_who_serves() -> None:
    story = a_story("ipfo-move", a_strategy("follow"))
    story.request = replace(story.request, command="ipfo")
    assert story.world.ovh is not None
    macs = story.world.ovh.macs
    story.world.ovh.api.account.follow("ns1.example", macs[GREEN], ADDRESS, 0.0)

    finished = story.go()

    assert of(finished) == DONE
    assert requests(story) == ["DELETE", "POST"]
    assert bound(story) == BLUE
    assert [e.step for e in story.events if isinstance(e, CommandSent) and e.effect == "carp"] == []


def test_looking_again_and_again_costs_the_provider_little() -> None:
    story = a_story("ipfo-move")
    assert story.world.ovh is not None
    asked = story.world.ovh.api.requests
    observer = observer_of(story.request.pair, story.doors)
    look(story.request.pair, story.doors, observer)
    first = len(asked)

    for _ in range(30):
        story.doors.clock.sleep(2.0)
        look(story.request.pair, story.doors, observer)

    assert first > 6
    assert len(asked) - first <= 30


def test_the_last_address_of_a_mac_is_never_taken_off() -> None:
    story = a_story("ipfo-move", a_strategy("follow"), faults=["ipfo-last-address"])
    story.request = replace(story.request, command="ipfo")

    finished = story.go()

    assert of(finished) == REFUSED
    assert "the only address of" in finished.reason
    assert requests(story) == []
