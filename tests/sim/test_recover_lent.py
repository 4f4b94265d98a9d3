"""What a run had lent on a router is given back by whoever finishes it or undoes it elsewhere."""

from collections.abc import Callable

import pytest
from judged import but_for_the_system
from pairs import BLUE, GREEN
from recovered import elsewhere, recovered
from runs import Story
from test_odd_pairs import ODD
from test_recover import assert_safe
from test_unicast import factor_of, slow_to_boot
from uneven_pairs import an_uneven_story

from bluegreen.model.events import CommandSent
from bluegreen.policy.lending import PREEMPT, SENDERR


def killed_behind(story: Story, words: str) -> Story:
    """Kill a run for good right behind the answer to a command with these words."""
    story.world.watch = _killing(story, words)
    assert story.one_life() is None
    return elsewhere(story)


def _killing(story: Story, words: str) -> Callable[[str, str], None]:
    plain = story.world.watch

    def watch(event: str, step: str) -> None:
        plain(event, step)
        sent = story.events[-2] if event == "answered" else None
        if isinstance(sent, CommandSent) and any(words in command for command in sent.commands):
            story.world.watch = plain
            story.world.kill_after(1)

    return watch


@pytest.mark.parametrize("way", ["finish", "undo"])
def test_a_factor_that_was_lent_while_a_peer_boots_is_given_back_elsewhere(way: str) -> None:
    story = an_uneven_story(slow_to_boot, blue=slow_to_boot)
    other = killed_behind(story, f"{SENDERR}=0")
    assert 0 in [factor_of(other, name) for name in (BLUE, GREEN)]

    finished = recovered(other, way)

    assert finished is not None
    assert finished.outcome == {"finish": "done", "undo": "rolled_back"}[way], finished.reason
    assert [factor_of(other, name) for name in (BLUE, GREEN)] == [240, 240]
    assert but_for_the_system(other.now) == but_for_the_system(other.before)
    assert other.world.leftovers() == ()
    assert_safe(other)


@pytest.mark.parametrize("way", ["finish", "undo"])
@pytest.mark.parametrize("strategy", ["active-first", "failover"])
def test_preempt_that_was_lent_for_a_switch_is_given_back_elsewhere(
    way: str, strategy: str
) -> None:
    odd = ODD["preempt"].story(strategy)
    other = killed_behind(odd, f"{PREEMPT}=1")
    assert [r.preempt for r in other.now].count(True) == 1

    finished = recovered(other, way)

    assert finished is not None
    assert finished.outcome == {"finish": "done", "undo": "rolled_back"}[way], finished.reason
    assert [r.preempt for r in other.now] == [False, False]
    assert_safe(other)
