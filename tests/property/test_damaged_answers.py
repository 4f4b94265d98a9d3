"""One answer of one look is not what the router said: nothing is done that rests on it."""

from budget import examples
from hypothesis import event, given, note
from hypothesis import strategies as st
from judged import rolled_back_by_hand
from liars import DAMAGES, Lie, lying
from runs import Story, a_story
from verdicts import wrong_with

from bluegreen.freebsd.batch import questions
from bluegreen.freebsd.paths import Paths
from bluegreen.model.events import RunFinished
from bluegreen.observation import FOUND

FACTS = tuple(questions(Paths(), FOUND))
KINDS = ("edge", "gre", "active-active", "ufs")
STRATEGIES = ("active-first", "idle-first")
ROUTERS = ("router-001", "router-002")
LOOKS = 80  # about as many as a run has


def wrong(story: Story, finished: RunFinished, lie: Lie) -> list[str]:
    """A mark of a boot that no look ever shows is nothing to remove; the next boot ends it."""
    hidden = lie.fact == "marker"
    return [w for w in wrong_with(story, finished) if not (hidden and w.endswith("/marker"))]


@examples(60)
@given(
    kind=st.sampled_from(KINDS),
    strategy=st.sampled_from(STRATEGIES),
    lie=st.builds(
        Lie,
        router=st.sampled_from(ROUTERS),
        fact=st.sampled_from(FACTS),
        damage=st.sampled_from(sorted(DAMAGES)),
        part=st.floats(0.0, 1.0),
        nth=st.integers(1, LOOKS),
        times=st.sampled_from((1, 1, 2, 10, 1000)),
    ),
)
def test_a_run_does_not_act_on_a_damaged_answer(kind: str, strategy: str, lie: Lie) -> None:
    story = a_story(kind, strategy)
    honest = story.doors
    story.doors = lying(honest, lie)

    finished = story.go()

    event(finished.outcome)
    note(f"{finished.outcome}: {finished.reason} -> {finished.next_move}")
    assert wrong(story, finished, lie) == []
    if finished.outcome == "needs_human":
        story.doors = honest
        finished = rolled_back_by_hand(story, story.back())
        assert finished.outcome in ("done", "rolled_back"), finished.reason
        assert wrong(story, finished, lie) == []
