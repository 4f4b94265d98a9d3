"""Playbooks of a user's own: a soak, a pause, a check of theirs."""

import pytest
from judged import but_for_the_system, differences
from pairs import BLUE, GREEN, NEW, a_playbook
from runs import Story, a_story

from bluegreen.engine.runner import Orders

OPENING = """
name: mine
opening:
  - {step: preflight}
  - {step: lock, on: both}
  - {step: baseline}
"""
SWITCH = """
middle:
  - {step: drain, on: blue}
  - {step: converge, on: green}
"""
BACK = """
  - {step: drain, on: green}
  - {step: converge, on: blue}
closing:
  - {step: restore}
  - {step: postflight}
  - {step: unlock, on: both}
"""
CHECK = "step: check, on: green, command: sysctl -n net.inet.carp.demotion"


def of_mine(*steps: str, kind: str = "edge") -> Story:
    """Return a run that switches, does some steps more, and switches back."""
    between = "".join(f"  - {step}\n" for step in steps)
    playbook = a_playbook(f"{OPENING}{SWITCH}{between}{BACK.lstrip(chr(10))}")
    return a_story(kind, playbook)


def took_s(story: Story, step: str) -> float:
    return next(e.took_s for e in story.events if e.event == "step_done" and e.step == step)


def test_a_soak_goes_on_for_as_long_as_it_is_told() -> None:
    story = of_mine("{step: soak, for: 5m}")

    finished = story.go()

    assert finished.outcome == "done"
    assert 300 <= took_s(story, "soak@pair") <= 315
    assert differences(story.before, story.now) == []


def test_a_soak_fails_where_what_it_watches_is_broken() -> None:
    story = of_mine("{step: soak, for: 2m}", kind="gre")
    story.stop_at = "soak@pair"
    story.go()
    story.stop_at, story.stop.now = None, False
    story.machine(GREEN).faults.gre_down = True
    story.world.network.wake(1)

    finished = story.go()

    assert (finished.outcome, finished.exit_code) == ("rolled_back", 1)
    assert finished.reason.startswith(f"soak@pair: {GREEN}: tunnel to 203.0.113.30")
    assert differences(story.before, story.now) == []


def test_a_pause_stops_and_the_run_goes_on_when_it_is_resumed() -> None:
    story = of_mine("{step: pause, message: look at the graphs}")

    paused = story.go()
    serving = story.world.masters("198.51.100.230")
    finished = story.go()

    assert (paused.outcome, paused.exit_code) == ("interrupted", 130)
    assert "look at the graphs" in paused.reason
    assert "`bluegreen resume R1` goes on" in paused.next_move
    assert serving == (GREEN,)
    assert finished.outcome == "done"
    assert differences(story.before, story.now) == []


def test_a_paused_run_can_be_taken_back_instead() -> None:
    story = of_mine("{step: pause, message: look at the graphs}")
    story.go()

    finished = story.back()

    assert finished.outcome == "rolled_back"
    assert differences(story.before, story.now) == []
    assert story.world.leftovers() == ()


def test_a_drained_router_that_waits_for_people_still_relieves_its_peer() -> None:
    story = of_mine("{step: pause, message: wait}")
    story.go()

    story.world.network.power_off(1)
    story.world.network.advance(story.world.now_s + 10.0)

    assert story.world.masters("198.51.100.230") == (BLUE,)


def test_a_check_that_holds_lets_the_run_go_on() -> None:
    story = of_mine(f"{{{CHECK}, expect: '^0$'}}")

    finished = story.go()

    assert finished.outcome == "done"
    assert f"check@{GREEN}" in story.steps()


def test_a_check_that_does_not_hold_takes_the_run_back() -> None:
    story = of_mine(f"{{{CHECK}, expect: '^1$', deadline: 20s}}")

    finished = story.go()

    assert (finished.outcome, finished.exit_code) == ("rolled_back", 1)
    assert f"check@{GREEN}" in finished.reason
    assert differences(story.before, story.now) == []
    assert story.world.leftovers() == ()
    assert story.world.violations() == ()


@pytest.mark.parametrize(
    "step", ["stage", f"converge@{GREEN}", f"install@{BLUE}", f"prove@{BLUE}", "restore", "unlock"]
)
def test_a_run_stops_after_the_step_that_was_named_and_goes_on_from_there(step: str) -> None:
    story = a_story(orders=Orders(pause_after=step))

    paused = story.go()
    last = story.steps()[-1]
    story.orders = Orders()
    finished = story.go()

    assert (paused.outcome, paused.exit_code) == ("interrupted", 130)
    assert step in (last, last.partition("@")[0])
    assert finished.outcome == "done"
    assert [router.versions.userland for router in story.now] == [NEW, NEW]
    assert but_for_the_system(story.now) == but_for_the_system(story.before)
    assert story.world.violations() == ()


@pytest.mark.parametrize(
    "step", [f"drain@{BLUE}", f"install@{BLUE}", f"reboot@{GREEN}", "restore@pair"]
)
def test_a_signal_stops_a_run_where_it_can_be_resumed(step: str) -> None:
    story = a_story()
    story.stop_at = step

    stopped = story.go()
    story.stop_at, story.stop.now = None, False
    finished = story.go()

    assert (stopped.outcome, stopped.exit_code) == ("interrupted", 130)
    assert finished.outcome == "done"
    assert but_for_the_system(story.now) == but_for_the_system(story.before)
    assert story.world.violations() == ()
