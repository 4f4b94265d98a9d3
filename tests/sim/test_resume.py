"""A program that is killed anywhere and started again ends as if it had never been."""

import pytest
from judged import disruptions, masters_at
from pairs import BLUE, GREEN, STRATEGIES
from runs import Story, a_story

from bluegreen.model.events import RunFinished
from bluegreen.sim.world import SimWorld

EVERY = 9  # of WHOLE parts: early, late, and between a change and its answer
WHOLE = 100  # parts of a run
TOUCHES = range(3, WHOLE, EVERY)
FAILING = {"active-first": f"install-fails@install@{GREEN}", "idle-first": "gre-down"}


@pytest.fixture(scope="module")
def whole() -> dict[str, tuple[RunFinished, SimWorld, int]]:
    """Return how uninterrupted runs end, by strategy, and by `strategy failing`."""
    ends = {}
    for strategy in STRATEGIES:
        for name, faults in ((strategy, ()), (f"{strategy} failing", (FAILING[strategy],))):
            story = a_story("gre", strategy, faults=faults)
            ends[name] = (story.go(), story.world, story.world.touches)
    return ends


def assert_nothing_was_done_twice(story: Story) -> None:
    assert story.unjournalled == []
    assert [masters_at(story, one.router, one.at_s) for one in disruptions(story)] == [0] * len(
        disruptions(story)
    )
    assert {str(c) for _, _, c in story.commands() if "carp.demotion" in str(c)} <= {
        "sysctl net.inet.carp.demotion=0"
    }
    assert story.world.violations() == ()
    assert story.world.leftovers() == ()


def at(part: int, touches: int) -> int:
    """Return the touch that is this far into a run."""
    return max(1, part * touches // WHOLE)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("part", TOUCHES)
def test_a_killed_run_ends_as_an_uninterrupted_one(
    part: int, strategy: str, whole: dict[str, tuple[RunFinished, SimWorld, int]]
) -> None:
    finished, world, touches = whole[strategy]
    story = a_story("gre", strategy)
    story.world.kill_after(at(part, touches))

    ended = story.go()

    assert story.kills == 1
    assert ended.outcome == finished.outcome == "done"
    assert story.now == world.snapshot()
    for router in (BLUE, GREEN):
        assert story.count(router, "shutdown -r now") == 1
        assert story.count(router, "jobs/install-1/status") == 1
        assert story.count(router, "jobs/stage/status") == 1
    assert_nothing_was_done_twice(story)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("part", TOUCHES)
def test_a_failing_run_that_is_killed_is_taken_back_as_if_it_had_not_been(
    part: int, strategy: str, whole: dict[str, tuple[RunFinished, SimWorld, int]]
) -> None:
    finished, world, touches = whole[f"{strategy} failing"]
    story = a_story("gre", strategy, faults=[FAILING[strategy]])
    story.world.kill_after(at(part, touches))

    ended = story.go()

    assert story.kills == 1
    assert ended.outcome == finished.outcome == "rolled_back"
    assert story.now == world.snapshot()
    assert_nothing_was_done_twice(story)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("touch", [2, 7, 21, 55])
def test_a_rollback_that_is_killed_goes_on_where_it_was(touch: int, strategy: str) -> None:
    story = a_story("gre", strategy)
    story.go()
    story.world.kill_after(touch)

    ended = story.back()

    assert story.kills == 1
    assert ended.outcome == "rolled_back"
    assert story.now == story.before
    assert_nothing_was_done_twice(story)


@pytest.mark.parametrize("every", [17, 29, 43])
def test_a_program_that_is_killed_again_and_again_gets_there(every: int) -> None:
    story = a_story()

    lives = 0
    while True:
        story.world.kill_after(every)
        kills = story.kills
        finished = story.one_life()
        lives += 1
        if finished is not None:
            break
        assert story.kills == kills + 1
        assert lives < 200

    assert finished.outcome == "done"
    assert lives > 3
    for router in (BLUE, GREEN):
        assert story.count(router, "shutdown -r now") == 1
    assert_nothing_was_done_twice(story)


def test_a_resume_says_so_in_the_journal_and_repeats_no_step() -> None:
    story = a_story(faults=["controller-killed@install"])

    story.go()

    events = [event.event for event in story.events]
    done = story.steps()
    assert events.count("run_started") == 1
    assert events.count("run_resumed") == 1
    assert len(done) == len(set(done))


def test_a_killed_program_leaves_a_command_in_doubt_and_looks_before_it_acts() -> None:
    story = a_story(faults=["controller-killed@drain"])

    story.go()

    killed = next(i for i, e in enumerate(story.events) if e.event == "run_resumed")
    before, behind = story.events[killed - 1], story.events[killed + 1 :]
    drains = [e for e in story.events if e.event == "command" and e.step == f"drain@{BLUE}"]
    assert before.event == "command"
    assert len(drains) == 1
    assert next(e.step for e in behind if e.event == "step_done") == f"drain@{BLUE}"
