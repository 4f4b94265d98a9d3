"""A machine that is gone, and another one that has nothing but the routers to go by."""

from dataclasses import replace

from runs import Story, a_story

from bluegreen.cli.execute import dialect_of
from bluegreen.cli.pinned import Hand
from bluegreen.cli.rebuilding import Case, rebuild
from bluegreen.cli.recovering import carry_on, remains_of
from bluegreen.engine.observer import Observer
from bluegreen.engine.recovery import Remains
from bluegreen.model.events import RunFinished
from bluegreen.model.facts import PairFacts

WAIT_S = 30.0
JOB_S = 3600.0  # no job of a simulated router takes longer


def killed(kind: str, strategy: str, touch: int, faults: tuple[str, ...] = ()) -> Story:
    """Return a run whose machine is gone for good at its n-th touch of the world."""
    story = a_run(kind, strategy, faults)
    story.world.kill_after(touch)
    assert story.one_life() is None
    return elsewhere(story)


def a_run(kind: str, strategy: str, faults: tuple[str, ...] = ()) -> Story:
    story = a_story(kind, strategy, faults=faults)
    if strategy == "failover":
        story.request = replace(story.request, command="failover")
    return story


def elsewhere(story: Story) -> Story:
    """Return the same routers as another machine has them: without the journal."""
    other = Story(replace(story.request, owner="other", host="elsewhere"), story.world)
    other.begin_anew()
    other.before = story.before
    return other


def look(story: Story) -> PairFacts:
    pair = story.request.pair
    return Observer(story.doors, dialect_of(pair), pair.ipfo).look()


def found(story: Story) -> Remains | None:
    """Look until both routers answer: with one alone nothing is changed."""
    facts = look(story)
    while facts.unseen():
        story.world.network.advance(story.world.now_s + WAIT_S)
        facts = look(story)
    return remains_of(story.request.pair, story.doors, facts)


def hand(story: Story) -> Hand:
    at = story.doors.clock.now().isoformat(timespec="seconds")
    return Hand("other", "elsewhere", at)


def case_of(story: Story) -> Case:
    remains = found(story)
    assert remains is not None
    return rebuild(remains, story.request.pair, hand(story))


def carried_on(story: Story, case: Case, way: str) -> RunFinished:
    """Finish or undo it here."""
    story.request = case.request
    return carry_on(story.prepared(), case, hand(story), way)


def recovered(story: Story, way: str) -> RunFinished | None:
    """Finish or undo what is left; None: nothing is, or only locks, which cannot be finished."""
    remains = found(story)
    if remains is None or (way == "finish" and remains.record is None):
        return None
    case = rebuild(remains, story.request.pair, hand(story))
    finished = carried_on(story, case, way)
    story.world.network.advance(story.world.now_s + JOB_S)  # a download that was begun ends
    return finished
