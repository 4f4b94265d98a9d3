"""The machine that ran it is gone with its journal: another one finishes the run, or undoes it."""

import pytest
from judged import differences, disruptions, masters_at
from pairs import BLUE, GREEN, STRATEGIES
from recovered import a_run, carried_on, case_of, elsewhere, found, killed, recovered
from runs import Story

from bluegreen.model.events import RunFinished, RunRecovered, RunStarted
from bluegreen.sim.life import Killed

EVERY = 7  # of WHOLE parts
WHOLE = 100  # parts of a run
TOUCHES = range(1, WHOLE, EVERY)
RUNS = [(kind, strategy) for strategy in STRATEGIES for kind in ("gre", "active-active")]
RUNS += [("edge", "failover")]


@pytest.fixture(scope="module")
def whole() -> dict[tuple[str, str], Story]:
    """Return runs that nobody killed, by pair and playbook."""
    return {}


def uninterrupted(whole: dict[tuple[str, str], Story], kind: str, strategy: str) -> Story:
    if (kind, strategy) not in whole:
        story = a_run(kind, strategy)
        assert story.go().outcome == "done"
        whole[kind, strategy] = story
    return whole[kind, strategy]


def at(part: int, story: Story) -> int:
    """Return the touch that is this far into a run."""
    return max(1, part * story.world.touches // WHOLE)


def assert_safe(story: Story) -> None:
    assert story.world.violations() == ()
    assert story.unjournalled == []
    sent = disruptions(story)
    assert [masters_at(story, one.router, one.at_s) for one in sent] == [0] * len(sent)


@pytest.mark.parametrize(("kind", "strategy"), RUNS)
@pytest.mark.parametrize("part", TOUCHES)
def test_a_run_that_is_finished_elsewhere_ends_as_an_uninterrupted_one(
    part: int, kind: str, strategy: str, whole: dict[tuple[str, str], Story]
) -> None:
    wanted = uninterrupted(whole, kind, strategy)
    story = killed(kind, strategy, at(part, wanted))

    finished = recovered(story, "finish")

    if finished is not None:
        assert (finished.outcome, finished.exit_code) == ("done", 0)
        assert differences(wanted.now, story.now) == []
        assert story.world.leftovers() == wanted.world.leftovers()
        assert [story.count(r, "shutdown -r now") for r in (BLUE, GREEN)] == [
            wanted.count(r, "shutdown -r now") for r in (BLUE, GREEN)
        ]
    assert_safe(story)


@pytest.mark.parametrize(("kind", "strategy"), RUNS)
@pytest.mark.parametrize("part", TOUCHES)
def test_a_run_that_is_undone_elsewhere_leaves_everything_as_it_was(
    part: int, kind: str, strategy: str, whole: dict[tuple[str, str], Story]
) -> None:
    story = killed(kind, strategy, at(part, uninterrupted(whole, kind, strategy)))

    finished = recovered(story, "undo")

    if finished is not None:
        assert (finished.outcome, finished.exit_code) == ("rolled_back", 0)
        assert differences(story.before, story.now) == []
        assert story.world.leftovers() == ()
    assert_safe(story)


@pytest.mark.parametrize("part", range(2, WHOLE, 12))
def test_a_retreat_that_is_finished_elsewhere_ends_as_an_uninterrupted_one(part: int) -> None:
    faults = (f"install-fails@install@{GREEN}",)
    wanted = a_run("edge", "active-first", faults)
    assert wanted.go().outcome == "rolled_back"
    touches = wanted.world.touches
    retreat = next(i for i, e in enumerate(wanted.events) if e.event == "rollback_started")
    share = retreat / len(wanted.events)
    story = killed(
        "edge", "active-first", int(touches * (share + (1 - share) * part / WHOLE)), faults
    )

    finished = recovered(story, "finish")

    if finished is not None:
        assert finished.outcome == "rolled_back"
        assert differences(wanted.now, story.now) == []
    assert story.world.leftovers() == ()
    assert_safe(story)


def test_a_job_that_runs_is_attached_to_and_not_started_again() -> None:
    story = a_run("edge", "active-first", ("controller-killed@install",))
    assert story.one_life() is None
    other = elsewhere(story)

    finished = recovered(other, "finish")

    assert finished is not None
    assert finished.outcome == "done"
    assert other.count(BLUE, "jobs/install-1/status") == 1


def test_a_recovered_run_has_the_name_and_the_beginning_that_it_had() -> None:
    other = killed("edge", "active-first", 300)

    recovered(other, "finish")

    first, second = other.events[:2]
    assert isinstance(first, RunStarted)
    assert isinstance(second, RunRecovered)
    assert (first.run, first.playbook, first.blue) == ("R1", "active-first", BLUE)
    assert (second.owner, second.host) == ("other", "elsewhere")
    assert isinstance(other.events[-1], RunFinished)


def test_a_recovered_run_that_is_killed_is_resumed_by_its_new_journal() -> None:
    other = killed("edge", "active-first", 300)
    wanted = a_run("edge", "active-first")
    wanted.go()
    case = case_of(other)
    other.world.kill_after(60)
    with pytest.raises(Killed):
        carried_on(other, case, "finish")
    other.begin_anew()

    finished = other.go()

    assert finished.outcome == "done"
    assert differences(wanted.now, other.now) == []
    assert_safe(other)


def test_a_recovered_run_that_is_done_is_taken_back_by_its_new_journal() -> None:
    other = killed("edge", "active-first", 300)
    recovered(other, "finish")

    finished = other.back()

    assert finished.outcome == "rolled_back"
    assert differences(other.before, other.now) == []
    assert other.world.leftovers() == ()


@pytest.mark.parametrize("touch", [20, 60, 150])
def test_a_machine_that_dies_while_it_recovers_is_recovered_from_again(touch: int) -> None:
    other = killed("edge", "active-first", 300)
    case = case_of(other)
    other.world.kill_after(touch)
    with pytest.raises(Killed):
        carried_on(other, case, "undo")
    third = elsewhere(other)

    finished = recovered(third, "undo")

    assert finished is not None
    assert finished.outcome == "rolled_back"
    assert differences(third.before, third.now) == []
    assert third.world.leftovers() == ()
    assert_safe(third)


def test_a_rollback_of_a_finished_run_is_recovered_too() -> None:
    story = a_run("edge", "active-first")
    story.go()
    before = story.before
    story.world.kill_after(120)
    assert story.one_life(back=True) is None
    other = elsewhere(story)

    finished = recovered(other, "finish")

    assert finished is not None
    assert finished.outcome == "rolled_back"
    assert differences(before, other.now) == []
    assert other.world.leftovers() == ()


@pytest.mark.parametrize("strategy", [*STRATEGIES, "failover"])
def test_a_run_that_has_ended_leaves_nothing_to_recover(strategy: str) -> None:
    story = a_run("edge", strategy)
    story.go()

    assert found(elsewhere(story)) is None
