"""Pairs whose tunnels are protected: the SAs follow the VIP, or the run says which did not."""

import pytest
from judged import differences
from pairs import GREEN
from runs import Story, a_story

from bluegreen.cli.execute import dialect_of
from bluegreen.emulator.setkey import EXAMPLE_KEYS
from bluegreen.engine.observer import Observer
from bluegreen.model.codec import write_facts
from bluegreen.model.events import CommandSent, Observed
from bluegreen.sim.faults import OF_IPSEC, OF_TUNNELS

PROTECTED = ("ipsec", "ipsec-by-hand")
SAID = {
    "ipsec-unanswered": f"{GREEN}: the SA with 203.0.113.30 (esp, from 198.51.100.230) is larval",
    "ipsec-one-way": f"{GREEN}: one-way IPsec: an SA comes in from 203.0.113.30",
    "ipsec-daemon-dead": f"{GREEN}: strongSwan does not answer: connecting to 'default' URI failed",
}


def layers_of(story: Story, step: str) -> list[str]:
    return [
        e.layer or ""
        for e in story.events
        if isinstance(e, Observed) and e.what == "layer" and e.step == step
    ]


@pytest.mark.parametrize("kind", PROTECTED)
def test_an_upgrade_waits_for_the_associations_of_each_new_master(kind: str) -> None:
    story = a_story(kind)

    finished = story.go()

    assert (finished.outcome, finished.exit_code) == ("done", 0)
    assert story.world.violations() == ()
    assert "ipsec" in layers_of(story, f"converge@{GREEN}")


def test_the_associations_are_there_before_the_adjacency_that_they_protect() -> None:
    story = a_story("ipsec")

    story.go()

    layers = layers_of(story, f"converge@{GREEN}")
    assert layers.index("ipsec") < layers.index("ospf")


def test_every_fault_of_ipsec_has_its_sentence() -> None:
    assert set(SAID) == set(OF_IPSEC)


@pytest.mark.parametrize("fault", OF_IPSEC)
def test_a_fault_of_ipsec_is_found_by_name_and_taken_back(fault: str) -> None:
    story = a_story("ipsec", faults=[fault])

    finished = story.go()

    assert (finished.outcome, finished.exit_code) == ("rolled_back", 1)
    assert SAID[fault] in finished.reason
    assert story.world.violations() == ()
    assert differences(story.before, story.now) == []


@pytest.mark.parametrize("fault", OF_IPSEC)
def test_it_is_no_concern_of_a_pair_without_ipsec(fault: str) -> None:
    assert a_story("gre", faults=[fault]).go().outcome == "done"


@pytest.mark.parametrize("kind", PROTECTED)
def test_no_key_of_an_association_is_in_facts_or_journal(kind: str) -> None:
    story = a_story(kind)

    facts = Observer(story.doors, dialect_of(story.request.pair)).look()
    story.go()

    told = write_facts(facts) + "".join(event.model_dump_json() for event in story.events)
    assert not [word for key in EXAMPLE_KEYS for word in key.split() if word in told]


def test_a_pair_without_ipsec_is_asked_nothing_more() -> None:
    story = a_story("gre")

    asked = dialect_of(story.request.pair).questions(GREEN)

    assert not [c for c in asked.commands if "setkey" in str(c) or "swanctl" in str(c)]


STUCK = {
    "tunnel-narrow": ("MTU mismatch", "is ExStart"),
    "tunnel-one-way": ("it is one-way, or nobody is there", "is Init"),
}


def test_every_fault_of_a_tunnel_has_its_sentence() -> None:
    assert set(STUCK) == set(OF_TUNNELS)


@pytest.mark.parametrize("kind", ["gre", "ipsec"])
@pytest.mark.parametrize("fault", OF_TUNNELS)
def test_a_fault_of_a_tunnel_is_found_by_name_and_taken_back(fault: str, kind: str) -> None:
    story = a_story(kind, faults=[fault])

    finished = story.go()

    assert (finished.outcome, finished.exit_code) == ("rolled_back", 1)
    assert [words for words in STUCK[fault] if words not in finished.reason] == []
    assert differences(story.before, story.now) == []


@pytest.mark.parametrize("fault", OF_TUNNELS)
def test_it_is_no_concern_of_a_pair_without_tunnels(fault: str) -> None:
    assert a_story("edge", faults=[fault]).go().outcome == "done"


def pings(story: Story) -> list[str]:
    return [
        e.step or ""
        for e in story.events
        if isinstance(e, CommandSent) and any("ping -n -D" in c for c in e.commands)
    ]


def test_packets_are_sent_through_tunnels_at_the_baseline_and_at_each_gate_once() -> None:
    story = a_story("gre")

    story.go()

    gates = [p.id for p in story.request.plan.steps if p.step.name == "converge"]
    assert pings(story) == ["baseline@pair", *gates]
    assert pings(a_story("edge")) == []
