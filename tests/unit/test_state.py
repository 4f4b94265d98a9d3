"""Where a run stands is folded from its events, and stored nowhere."""

from facts import RUN
from hypothesis import given
from hypothesis import strategies as st
from stories import (
    A_STORY,
    answered,
    at,
    baseline,
    finished,
    resumed,
    rollback,
    run_started,
    sent,
    step_done,
    step_failed,
    step_skipped,
    step_started,
    undo_done,
)

from bluegreen.model.events import EVENT, Event
from bluegreen.model.state import RunState, fold

STEPS = st.sampled_from(["lock@router-001", "drain@router-001", "install@router-001"])
events: st.SearchStrategy[Event] = st.one_of(
    st.just(run_started()),
    st.just(resumed()),
    st.builds(step_started, STEPS),
    st.builds(sent, st.integers(1, 9), st.sampled_from(["read", "carp", "disruptive"])),
    st.builds(answered, st.integers(1, 9), in_doubt=st.booleans()),
    st.builds(baseline, st.sampled_from(["{}", "[]"])),
    st.builds(step_done, STEPS),
    st.builds(step_skipped, STEPS),
    st.builds(step_failed, STEPS),
    st.builds(rollback, STEPS, STEPS, whole=st.booleans()),
    st.builds(undo_done, STEPS),
    st.just(finished()),
)


@given(story=st.lists(events, max_size=20), cut=st.integers(0, 20))
def test_a_resumed_run_is_the_same_run(story: list[Event], cut: int) -> None:
    assert fold(story[cut:], fold(story[:cut])) == fold(story)


@given(story=st.lists(events, max_size=20))
def test_a_story_that_was_written_down_is_the_same_story(story: list[Event]) -> None:
    read = [EVENT.validate_json(e.model_dump_json(exclude_none=True)) for e in story]

    assert fold(read) == fold(story)


def test_nothing_has_happened_in_no_events() -> None:
    assert fold([]) == RunState()


def test_a_run_that_died_while_draining_is_in_doubt_about_its_second_command() -> None:
    state = fold(A_STORY)

    assert state.started is not None
    assert state.started.run == RUN
    assert state.done == ("lock@router-001",)
    assert state.current == "drain@router-001"
    assert state.current_since == at(2)
    assert state.in_doubt == 2
    assert state.numbers == 2
    assert state.changed
    assert state.baseline == "{}"
    assert state.finished is None


def test_an_answer_ends_the_doubt_and_a_lost_one_does_not() -> None:
    assert fold([*A_STORY, answered(2)]).in_doubt is None
    assert fold([*A_STORY, answered(2, in_doubt=True)]).in_doubt == 2


def test_a_step_that_is_done_is_done_in_its_order() -> None:
    state = fold([*A_STORY, step_done("drain@router-001")])

    assert state.done == ("lock@router-001", "drain@router-001")
    assert (state.current, state.in_doubt) == (None, None)


def test_reading_changes_nothing() -> None:
    assert not fold([run_started(), sent(1, "read")]).changed
    assert fold([run_started(), sent(1, "config"), sent(2, "read")]).changed


def test_a_skipped_step_is_neither_done_nor_current() -> None:
    state = fold([run_started(), step_skipped("install@router-002")])

    assert (state.skipped, state.done) == (("install@router-002",), ())


def test_a_failed_step_stays_current_as_it_may_have_acted() -> None:
    state = fold([*A_STORY, step_failed("drain@router-001", "no takeover")])

    assert state.current == "drain@router-001"
    assert state.reason == "no takeover"


def test_a_rollback_takes_back_one_step_after_the_other() -> None:
    story = [*A_STORY, rollback("drain@router-001", "lock@router-001")]

    assert fold(story).undoing == ("drain@router-001", "lock@router-001")

    half = fold([*story, undo_done("drain@router-001")])
    assert half.undoing == ("lock@router-001",)
    assert half.done == ("lock@router-001",)
    assert half.current is None

    whole = fold([*story, undo_done("drain@router-001"), undo_done("lock@router-001")])
    assert whole.undoing == ()
    assert whole.undone == ("drain@router-001", "lock@router-001")
    assert whole.done == ()


def test_a_run_that_is_not_rolled_back_has_nothing_left_to_undo_by_none() -> None:
    assert fold(A_STORY).undoing is None


def test_a_finished_run_that_is_resumed_is_not_finished() -> None:
    assert fold([*A_STORY, finished()]).finished == finished()
    assert fold([*A_STORY, finished(), resumed()]).finished is None
    assert fold([*A_STORY, finished(), rollback("lock@router-001")]).finished is None


def test_a_run_forgets_nothing_when_it_is_resumed() -> None:
    before, after = fold(A_STORY), fold([*A_STORY, resumed()])

    assert (after.done, after.in_doubt, after.baseline) == (
        before.done,
        before.in_doubt,
        before.baseline,
    )
