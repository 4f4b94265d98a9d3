"""Others are at work on a pair: nothing is begun, and what is said to take it back does."""

import re
import shlex

import pytest
from judged import at_console, but_for_the_system
from pairs import GREEN, PAIRS
from recovered import look
from runs import Story, a_story

from bluegreen.model.facts import RouterFacts
from bluegreen.policy.maintenance import maintained

SETTLE_S = 20.0
TYPED = re.compile(r"`((?:ifconfig|sysctl) [^`]+)` on (router-\d+)")
HANDS = {
    "pfSense's maintenance mode": ("ifconfig vmx0 vhid 3 advskew 254", "advskew 254"),
    "a skew left at 240": ("ifconfig vmx0 vhid 3 advskew 240", "advskew 240"),
    "OPNsense's maintenance mode": ("sysctl net.inet.carp.demotion=240", "demotion is 240"),
    "a demotion left by hand": ("sysctl net.inet.carp.demotion=20", "demotion is 20"),
    "send errors taken off twice": ("sysctl net.inet.carp.demotion=-240", "demotion is -240"),
    "CARP switched off": ("sysctl net.inet.carp.allow=0", "net.inet.carp.allow is 0"),
    "an interface taken down": ("ifconfig vmx0 down", "vmx0 was taken down"),
}


def typed(story: Story, router: str, words: str) -> None:
    assert at_console(story, router, *shlex.split(words)).ok, words
    story.world.network.advance(story.world.now_s + SETTLE_S)


@pytest.mark.parametrize("kind", PAIRS)
def test_a_pair_that_nobody_works_on_is_told_from_one_that_somebody_does(kind: str) -> None:
    facts = look(a_story(kind))

    for router in facts:
        assert isinstance(router, RouterFacts)
        assert maintained(router).reasons == ()


@pytest.mark.parametrize("hand", HANDS)
def test_what_others_left_is_refused_and_its_fix_as_it_stands_lets_the_run_begin(
    hand: str,
) -> None:
    words, said = HANDS[hand]
    story = a_story()
    typed(story, GREEN, words)

    refused = story.go()
    fixes = dict.fromkeys(TYPED.findall(refused.reason))

    assert (refused.outcome, refused.exit_code) == ("refused", 3)
    assert said in refused.reason
    assert {router for _, router in fixes} == {GREEN}
    for fix, router in fixes:
        typed(story, router, fix)
    assert but_for_the_system(story.now) == but_for_the_system(story.before)
    assert story.go().outcome == "done"
