"""Unicast pairs: the peer is down for a while, and whoever serves does not demote itself."""

from dataclasses import replace

import pytest
from judged import but_for_the_system, differences
from pairs import BLUE, GREEN, STRATEGIES, a_pair, a_strategy
from runs import Story, a_story
from uneven_pairs import Change, an_uneven_story

from bluegreen.cli.request import Request
from bluegreen.cli.worlds import rehearsed_world
from bluegreen.emulator.spec import MachineSpec
from bluegreen.policy.lending import SENDERR
from bluegreen.sim.faults import parse_fault

LENT = f"run=R1\n{SENDERR}=240\n"


def slow_to_boot(spec: MachineSpec) -> MachineSpec:
    """Have a boot take ten minutes: long after the peer's address no longer resolves."""
    return replace(spec, durations=replace(spec.durations, boot=600.0))


def rated(factor: int) -> Change:
    return lambda spec: replace(spec, senderr_demotion_factor=factor)


def demotions(story: Story) -> list[str]:
    """Return every line of a kernel that says what demoted its router."""
    return [
        line for machine in story.world.machines for line in machine.log if "demoted by" in line
    ]


def note_of(story: Story, router: str) -> str | None:
    node = story.machine(router).files.find("/var/log/bluegreen/lent")
    return node.text if node else None


def factor_of(story: Story, router: str) -> int:
    return story.machine(router).carp.sysctls.senderr_demotion_factor


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_nobody_is_demoted_while_a_peer_boots_for_ten_minutes(strategy: str) -> None:
    story = an_uneven_story(slow_to_boot, blue=slow_to_boot, strategy=strategy)

    finished = story.go()

    assert finished.outcome == "done", finished.reason
    assert any("send error 64" in line for line in demotions(story))
    assert not any(
        "demoted by 240" in line or "demoted by -240" in line for line in demotions(story)
    )
    assert but_for_the_system(story.now) == but_for_the_system(story.before)
    assert story.world.leftovers() == ()
    assert story.world.violations() == ()


def test_the_sends_have_worked_before_the_factor_is_given_back() -> None:
    story = an_uneven_story(slow_to_boot, blue=slow_to_boot)

    story.go()
    story.world.network.advance(story.world.now_s + 60.0)

    assert [machine.carp.demotion for machine in story.world.machines] == [0, 0]
    assert [factor_of(story, name) for name in (BLUE, GREEN)] == [240, 240]


@pytest.mark.parametrize("kind", ["one-vhid", "active-active"])
def test_a_pair_that_speaks_to_everybody_needs_none_of_it(kind: str) -> None:
    story = a_story(kind)

    story.go()

    assert story.count(BLUE, SENDERR) == story.count(GREEN, SENDERR) == 0


def test_a_factor_of_0_needs_none_of_it_either() -> None:
    story = an_uneven_story(rated(0), blue=rated(0))

    finished = story.go()

    assert finished.outcome == "done"
    assert story.count(BLUE, SENDERR) == story.count(GREEN, SENDERR) == 0


def test_a_factor_of_its_own_comes_back() -> None:
    story = an_uneven_story(rated(100), blue=rated(7))

    finished = story.go()

    assert finished.outcome == "done"
    assert [factor_of(story, name) for name in (BLUE, GREEN)] == [7, 100]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_an_upgrade_is_taken_back_without_anybody_at_a_console(strategy: str) -> None:
    story = an_uneven_story(slow_to_boot, blue=slow_to_boot, strategy=strategy)
    story.go()

    finished = story.back()

    assert finished.outcome == "rolled_back", finished.reason
    assert differences(story.before, story.now) == []
    assert not any("demoted by 240" in line for line in demotions(story))
    assert story.world.violations() == ()


@pytest.mark.parametrize("fault", ["install-fails", "reboot-hangs", "wrong-environment"])
def test_a_leg_that_fails_leaves_no_factor_changed(fault: str) -> None:
    story = a_story(faults=[fault])

    finished = story.go()
    if finished.outcome == "needs_human":
        finished = story.repaired().back()

    assert finished.outcome == "rolled_back", finished.reason
    assert differences(story.before, story.now) == []
    assert [note_of(story, name) for name in (BLUE, GREEN)] == [None, None]


def test_where_a_router_hangs_its_peer_serves_undemoted_and_says_what_was_lent() -> None:
    story = a_story(faults=["reboot-hangs"])

    finished = story.go()
    story.world.network.advance(story.world.now_s + 300.0)

    assert finished.outcome == "needs_human"
    assert story.world.masters("198.51.100.230") == (GREEN,)
    assert story.machine(GREEN).carp.demotion == 0
    assert note_of(story, GREEN) == LENT


POINTS = ("persist", "environment", "install", "reboot", "prove", "standby")


def killed_at(step: str, touch: int, kind: str = "edge") -> Story:
    """Return a run whose program is killed at the n-th touch of a step."""
    fault = replace(parse_fault(f"controller-killed@{step}@{BLUE}"), nth=touch)
    request = Request("upgrade", a_pair(kind), a_strategy("active-first"), BLUE, "R1")
    return Story(request, rehearsed_world(a_pair(kind), 0, [fault]))


@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize("touch", [1, 2, 4, 7])
@pytest.mark.parametrize("step", POINTS)
def test_a_run_that_dies_with_the_factor_changed_is_finished_or_undone(
    step: str, touch: int, back: bool
) -> None:
    story = killed_at(step, touch)
    story.one_life()

    finished = story.back() if back else story.go()

    assert finished.outcome == ("rolled_back" if back else "done"), finished.reason
    assert story.world.violations() == ()
    if back:
        assert differences(story.before, story.now) == []
    else:
        assert but_for_the_system(story.now) == but_for_the_system(story.before)
    assert [note_of(story, name) for name in (BLUE, GREEN)] == [None, None]
    assert [factor_of(story, name) for name in (BLUE, GREEN)] == [240, 240]


def test_a_router_that_never_served_is_not_lent_what_only_sending_gives_back() -> None:
    story = a_story(faults=[f"peer-never-takes-over@persist@{BLUE}"])
    story.go()

    finished = story.repaired().back()

    assert finished.outcome == "rolled_back", finished.reason
    assert differences(story.before, story.now) == []
    assert [note_of(story, name) for name in (BLUE, GREEN)] == [None, None]


def test_a_router_that_serves_no_more_has_its_factor_back_while_its_peer_never_left() -> None:
    story = killed_at("environment", 1)
    story.one_life()
    assert note_of(story, GREEN) == LENT
    for interface, vhid, peer in (("vmx1", "2", ("peer", "192.0.2.11")), ("vmx0", "3", ())):
        slow = ("vhid", vhid, "advskew", "220", *peer)
        assert story.world.at_console(GREEN, "ifconfig", interface, *slow).ok
    story.world.network.advance(story.world.now_s + 10.0)
    assert story.world.masters("198.51.100.230") == (BLUE,)

    finished = story.back()

    assert finished.outcome == "rolled_back", finished.reason
    assert [factor_of(story, name) for name in (BLUE, GREEN)] == [240, 240]
    assert [note_of(story, name) for name in (BLUE, GREEN)] == [None, None]


def test_a_router_that_serves_only_some_has_its_factor_back_once_those_sends_have_worked() -> None:
    """What it is BACKUP of it will not send, however long anybody waits."""
    story = killed_at("environment", 1, "unicast")
    story.one_life()
    assert note_of(story, GREEN) == LENT
    slow = ("vhid", "5", "advskew", "220", "peer", "192.0.2.11")
    assert story.world.at_console(GREEN, "ifconfig", "vmx0", *slow).ok
    story.world.network.advance(story.world.now_s + 10.0)
    assert story.world.masters("192.0.2.1") == (BLUE,)
    assert story.world.masters("198.51.100.230") == (GREEN,)

    finished = story.back()

    assert finished.outcome == "rolled_back", finished.reason
    assert [factor_of(story, name) for name in (BLUE, GREEN)] == [240, 240]
    assert [note_of(story, name) for name in (BLUE, GREEN)] == [None, None]


def test_a_router_that_is_demoted_already_is_lent_nothing() -> None:
    """Three good sends take off what the factor is then: it must be what was put on."""
    story = a_story(strategy="idle-first", faults=[f"router-dies:{GREEN}@standby@{GREEN}#28"])
    stopped = story.go()
    assert stopped.outcome == "needs_human"
    assert story.machine(BLUE).carp.demotion == 240

    finished = story.repaired().back()

    assert finished.outcome == "rolled_back", finished.reason
    assert differences(story.before, story.now) == []


def test_the_plan_says_what_is_lent_and_why() -> None:
    story = a_story()

    story.go()

    notes = [e.detail for e in story.events if e.event == "observed" and e.what == "way"]
    assert notes[0].startswith(f"{GREEN} sends to {BLUE} alone: while that is down its sends fail")
