"""Pairs that advskew alone does not move: upgraded, switched and taken back all the same."""

from dataclasses import dataclass, replace

import pytest
from judged import but_for_the_system, differences, lost_probes, rolled_back_by_hand
from pairs import BLUE, GREEN, NEW, STRATEGIES, a_strategy
from runs import Story, another
from uneven_pairs import Change, an_uneven_story, as_is, both, patient, skewed

from bluegreen.sim.start import Start

SERVES = Start(frozenset({(BLUE, "vmx1", 2), (BLUE, "vmx0", 3)}))
VIP = "198.51.100.230"


@dataclass(frozen=True, slots=True)
class Odd:
    """How a pair differs from an ordinary one, and what is allowed to move it."""

    blue: Change = as_is
    green: Change = as_is
    allow: tuple[str, ...] = ()
    kind: str = "edge"
    start: Start | None = SERVES

    def story(self, strategy: str = "active-first", *faults: str) -> Story:
        command = "failover" if strategy == "failover" else "upgrade"
        return an_uneven_story(
            self.green,
            blue=self.blue,
            kind=self.kind,
            strategy=strategy,
            start=self.start,
            allow=self.allow,
            command=command,
            faults=faults,
        )


ODD = {
    "advbase": Odd(patient, patient, ("advbase",)),
    "preempt": Odd(patient, patient, ("preempt",)),
    "both ways": Odd(patient, patient, ("preempt", "advbase")),
    "the MASTER is the slower one": Odd(both(patient, skewed(150)), patient, ("preempt",)),
    "the MASTER is the slower one, advbase": Odd(both(patient, skewed(150)), patient, ("advbase",)),
    "only blue preempts, advbase": Odd(as_is, patient, ("advbase",)),
    "only blue preempts, preempt": Odd(as_is, patient, ("preempt",)),
    "only green preempts, advbase": Odd(patient, as_is, ("advbase",)),
    "only green preempts, preempt": Odd(patient, as_is, ("preempt",)),
    "equal": Odd(skewed(100), skewed(100)),
    "equal at 0": Odd(skewed(0), skewed(0)),
    "equal, patient": Odd(both(skewed(100), patient), both(skewed(100), patient), ("preempt",)),
    "100 and 254": Odd(skewed(100), skewed(254)),
    "239 and 240": Odd(skewed(239), skewed(240)),
    "254 and 254": Odd(skewed(254), skewed(254)),
    "239 and 240, patient": Odd(
        both(skewed(239), patient), both(skewed(240), patient), ("preempt",)
    ),
    "active/active, patient": Odd(
        patient,
        patient,
        ("advbase",),
        "active-active",
        Start(frozenset({(BLUE, "vmx1", 1), (GREEN, "vmx1", 2)})),
    ),
    "active/active, equal": Odd(
        skewed(100),
        skewed(100),
        (),
        "active-active",
        Start(frozenset({(BLUE, "vmx1", 1), (GREEN, "vmx1", 2)})),
    ),
}


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("what", ODD)
def test_it_is_upgraded_and_everything_is_as_it_was(what: str, strategy: str) -> None:
    story = ODD[what].story(strategy)

    finished = story.go()

    assert finished.outcome == "done", finished.reason
    assert [router.versions.userland for router in story.now] == [NEW, NEW]
    assert but_for_the_system(story.now) == but_for_the_system(story.before)
    assert story.world.violations() == ()
    assert lost_probes(finished) == 0
    assert story.world.leftovers() == ()


@pytest.mark.parametrize("what", ODD)
def test_it_is_taken_back_on_request(what: str) -> None:
    story = ODD[what].story()
    story.go()

    finished = rolled_back_by_hand(story, story.back())

    assert finished.outcome == "rolled_back", finished.reason
    assert differences(story.before, story.now) == []
    assert story.world.violations() == ()
    assert story.world.leftovers() == ()


@pytest.mark.parametrize("fault", ["install-fails", "reboot-hangs@reboot@router-002"])
@pytest.mark.parametrize("what", ODD)
def test_a_leg_that_fails_is_taken_back(what: str, fault: str) -> None:
    story = ODD[what].story("active-first", fault)

    finished = story.go()

    if finished.outcome == "needs_human":
        finished = rolled_back_by_hand(story, story.repaired().back())
    assert finished.outcome == "rolled_back", finished.reason
    assert story.world.violations() == ()
    if "install" in fault:
        assert differences(story.before, story.now) == []


@pytest.mark.parametrize("what", ODD)
def test_a_failover_and_its_restore(what: str) -> None:
    story = ODD[what].story("failover")
    there = story.go()
    assert there.outcome == "done", there.reason
    assert story.world.violations() == ()
    request = replace(
        story.request, command="restore", playbook=a_strategy("restore"), blue=GREEN, run="R2"
    )
    back = another(story, request)

    finished = back.go()

    assert finished.outcome == "done", finished.reason
    assert differences(story.before, back.now) == []
    assert back.world.violations() == ()
    assert back.world.leftovers() == ()


@pytest.mark.parametrize("what", [what for what in ODD if "active/active" not in what])
def test_a_peer_that_does_not_do_as_predicted_is_not_waited_for(what: str) -> None:
    story = ODD[what].story("active-first", "peer-never-takes-over")

    finished = story.go()

    assert (finished.outcome, finished.exit_code) == ("rolled_back", 1)
    assert differences(story.before, story.now) == []
