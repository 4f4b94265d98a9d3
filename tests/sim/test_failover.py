"""A planned switch alone, what it leaves behind, and the way back."""

from dataclasses import replace
from itertools import pairwise

import pytest
from judged import but_for_the_system, differences, disruptions, lost_probes
from pairs import BLUE, GREEN, NEW, a_strategy
from runs import Story, a_story, another

from bluegreen.engine.runner import Orders
from bluegreen.model.events import Observed

VIPS = ("198.51.100.230", "192.0.2.1", "2001:db8::1")


def failed_over(kind: str = "edge") -> Story:
    story = a_story(kind, a_strategy("failover"))
    story.request = replace(story.request, command="failover")
    return story


def restoring(story: Story) -> Story:
    """Return the run that ends a hold: green serves, so it is its blue."""
    request = replace(
        story.request, command="restore", playbook=a_strategy("restore"), blue=GREEN, run="R2"
    )
    return another(story, replace(request, stay_switched=False))


def an_upgrade_after(story: Story) -> Story:
    request = replace(
        story.request, command="upgrade", playbook=a_strategy("active-first"), run="R3"
    )
    return another(story, replace(request, blue=GREEN, stay_switched=False))


def hold_of(story: Story, router: str) -> str | None:
    node = story.machine(router).files.find("/var/log/bluegreen/hold")
    return node.text if node else None


@pytest.mark.parametrize("kind", ["edge", "gre", "ipfo"])
def test_a_failover_moves_everything_and_nobody_outside_notices(kind: str) -> None:
    story = failed_over(kind)

    finished = story.go()

    vips = VIPS if kind == "edge" else VIPS[:1]
    assert (finished.outcome, finished.exit_code) == ("done", 0)
    assert [story.world.masters(vip) for vip in vips] == [(GREEN,)] * len(vips)
    assert lost_probes(finished) == 0
    assert story.world.violations() == ()
    assert disruptions(story) == ()


def test_who_serves_is_journalled_at_first_and_then_when_it_is_somebody_else() -> None:
    story = failed_over("gre")

    story.go()

    told = [e.serving for e in story.events if isinstance(e, Observed) and e.what == "roles"]
    assert (told[0], told[-1]) == ("router-001 serves vhid 2", "router-002 serves vhid 2")
    assert all(now != before for before, now in pairwise(told))


def test_a_hold_says_what_to_come_back_to_and_lies_where_skews_were_changed() -> None:
    story = failed_over()

    finished = story.go()

    assert hold_of(story, BLUE) == "run=R1\nvmx0 3 0\nvmx1 2 0\n"
    assert hold_of(story, GREEN) is None
    assert story.world.leftovers() == (f"{BLUE}: /var/log/bluegreen/hold",)
    assert finished.kept == (f"{BLUE}: hold of run R1",)
    assert [v.advskew for v in story.router(BLUE).vhids] == [200, 200]
    assert [v.advskew for v in story.router(GREEN).vhids] == [100, 100]


def test_a_failover_changes_no_file_that_a_boot_reads() -> None:
    story = failed_over()

    story.go()

    assert [router.config for router in story.now] == [router.config for router in story.before]


def test_a_held_router_still_relieves_its_peer() -> None:
    story = failed_over()
    story.go()

    story.world.network.power_off(1)
    story.world.network.advance(story.world.now_s + 10.0)

    assert [story.world.masters(vip) for vip in VIPS] == [(BLUE,)] * 3


@pytest.mark.parametrize("kind", ["edge", "gre", "ipfo"])
def test_restore_gives_everything_back(kind: str) -> None:
    story = failed_over(kind)
    story.go()
    back = restoring(story)

    finished = back.go()

    assert finished.outcome == "done"
    assert differences(story.before, back.now) == []
    assert lost_probes(finished) == 0
    assert back.world.violations() == ()
    assert back.world.leftovers() == ()


@pytest.mark.parametrize("kind", ["edge", "gre", "ipfo"])
def test_a_restore_that_is_taken_back_holds_again_what_it_gave_back(kind: str) -> None:
    story = failed_over(kind)
    story.go()
    held, said = story.now, hold_of(story, BLUE)
    back = restoring(story)
    back.orders = Orders(pause_after="release@pair")
    assert back.go().outcome == "interrupted"
    assert hold_of(story, BLUE) is None

    finished = back.back()

    assert finished.outcome == "rolled_back"
    assert differences(held, back.now) == []
    assert hold_of(story, BLUE) == said
    assert lost_probes(finished) == 0
    assert back.world.violations() == ()


def test_an_upgrade_refuses_while_a_router_is_held() -> None:
    story = failed_over()
    story.go()
    held = story.now
    upgrade = an_upgrade_after(story)
    sent = len(upgrade.sent())

    finished = upgrade.go()

    assert (finished.outcome, finished.exit_code) == ("refused", 3)
    assert f"{BLUE} is held switched since run R1" in finished.reason
    assert "`bluegreen restore` first" in finished.reason
    assert len(upgrade.sent()) == sent
    assert upgrade.now == held


def test_after_a_restore_an_upgrade_runs_again() -> None:
    story = failed_over()
    story.go()
    restoring(story).go()
    upgrade = another(
        story,
        replace(story.request, command="upgrade", playbook=a_strategy("active-first"), run="R3"),
    )

    finished = upgrade.go()

    assert finished.outcome == "done"
    assert [router.versions.userland for router in upgrade.now] == [NEW, NEW]


@pytest.mark.parametrize("fault", ["peer-never-takes-over", "answer-lost", "controller-killed"])
def test_a_failover_that_fails_is_taken_back_and_one_that_is_disturbed_is_not(fault: str) -> None:
    story = a_story("edge", a_strategy("failover"), faults=[fault])
    story.request = replace(story.request, command="failover")

    finished = story.go()

    if fault == "peer-never-takes-over":
        assert (finished.outcome, finished.exit_code) == ("rolled_back", 1)
        assert differences(story.before, story.now) == []
    else:
        assert finished.outcome == "done"
        assert story.world.masters(VIPS[0]) == (GREEN,)
    assert story.world.violations() == ()


def test_a_failover_is_rolled_back_on_request() -> None:
    story = failed_over()
    story.go()

    finished = story.back()

    assert finished.outcome == "rolled_back"
    assert differences(story.before, story.now) == []
    assert story.world.leftovers() == ()


@pytest.mark.parametrize("strategy", ["active-first", "idle-first"])
def test_an_upgrade_may_leave_green_serving_with_its_way_back_written_down(strategy: str) -> None:
    story = a_story("edge", strategy)
    story.request = replace(story.request, stay_switched=True)

    finished = story.go()

    assert finished.outcome == "done"
    assert [router.versions.userland for router in story.now] == [NEW, NEW]
    assert [story.world.masters(vip) for vip in VIPS] == [(GREEN,)] * 3
    assert hold_of(story, BLUE) == "run=R1\nvmx0 3 0\nvmx1 2 0\n"
    assert lost_probes(finished) == 0
    assert story.world.violations() == ()


@pytest.mark.parametrize("strategy", ["active-first", "idle-first"])
def test_after_staying_switched_a_restore_brings_the_roles_back(strategy: str) -> None:
    story = a_story("edge", strategy)
    story.request = replace(story.request, stay_switched=True)
    story.go()
    back = restoring(story)

    finished = back.go()

    assert finished.outcome == "done"
    assert but_for_the_system(back.now) == but_for_the_system(story.before)
    assert back.world.leftovers() == ()
    assert lost_probes(finished) == 0
