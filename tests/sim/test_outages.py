"""What a whole run says of its outages, switch by switch, and what it does about them."""

from dataclasses import dataclass, replace

import pytest
from pairs import BLUE, GREEN
from runs import Story, a_story

from bluegreen.engine.runner import Orders
from bluegreen.errors import UnreachableError
from bluegreen.model.events import Event, Observed, VipOutage
from bluegreen.world import Outage

FIRST, SECOND = f"converge@{GREEN}", f"converge@{BLUE}"
BUDGET_MS = 1000.0
STRICT = Orders(outage_budget_ms=BUDGET_MS)


@dataclass(slots=True)
class Interrupted(Story):
    """A story in which nobody answers from outside for a while, when a step starts."""

    silent_at: str = ""
    seconds: float = 0.0

    def _watch(self, event: Event) -> None:
        Story._watch(self, event)
        if event.event == "step_started" and event.step == self.silent_at:
            self.silent_at = ""
            network = self.world.network
            began = network.now
            network.advance(began + self.seconds)
            for served in network.record.served.values():
                before = [(at, who) for at, who in served.changes if at < began]
                served.changes = [*before, (began, ()), (network.now, served.value)]


def silent(step: str, seconds: float, orders: Orders = STRICT) -> Interrupted:
    story = a_story("edge", orders=orders)
    return Interrupted(story.request, story.world, orders, silent_at=step, seconds=seconds)


def laps(story: Story) -> list[tuple[str | None, VipOutage]]:
    """Return what the journal says of the first VIP, each with the step it ends with."""
    return [
        (event.step, event.outages[0])
        for event in story.events
        if isinstance(event, Observed) and event.outages
    ]


def test_each_switch_has_figures_of_its_own_and_they_add_up() -> None:
    story = a_story("edge")

    finished = story.go()

    told = laps(story)
    switches = [(step, o.lost, o.longest_gap_ms) for step, o in told if step in (FIRST, SECOND)]
    assert switches == [(FIRST, 0, 10.0), (SECOND, 0, 10.0)]
    assert sum(outage.sent for _, outage in told) == finished.outages[0].sent
    assert finished.outages[0].lost == 0


def test_a_silence_is_told_with_its_time_its_step_and_its_layer() -> None:
    story = silent(f"drain@{BLUE}", 0.5, Orders())

    finished = story.go()

    (gap,) = dict(laps(story))[FIRST].gaps or ()
    assert (round(gap.ms), gap.during, gap.layer) == (510, f"drain@{BLUE}", "carp")
    assert finished.outages[0].gaps == (gap,)
    assert dict(laps(story))[SECOND].gaps is None


def test_a_silence_while_all_holds_is_not_put_down_to_the_pair() -> None:
    story = silent(f"reboot@{BLUE}", 0.5, Orders())

    finished = story.go()

    (gap,) = finished.outages[0].gaps or ()
    assert (gap.during, gap.layer) == (f"reboot@{BLUE}", "path beyond the pair")


def test_a_first_switch_over_its_budget_is_taken_back() -> None:
    story = silent(f"drain@{BLUE}", 1.5)

    finished = story.go()

    assert (finished.outcome, finished.exit_code) == ("rolled_back", 1)
    vip = finished.outages[0].vip
    assert finished.reason == (
        f"{FIRST}: {vip}: 1510 ms without an answer during drain@{BLUE} (carp), budget 1000 ms"
    )
    assert story.now == story.before
    assert story.world.leftovers() == ()


def test_a_first_switch_over_its_budget_stops_where_the_playbook_says_so() -> None:
    orders = Orders(outage_budget_ms=BUDGET_MS, over_budget="stop")
    story = silent(f"drain@{BLUE}", 1.5, orders)

    stopped = story.go()

    assert (stopped.outcome, stopped.exit_code) == ("interrupted", 130)
    assert "1510 ms without an answer" in stopped.reason
    assert stopped.serving.startswith(f"{GREEN} serves")
    assert not any(event.step == f"persist@{BLUE}" for event in story.events)
    resumed = story.go()
    assert (resumed.outcome, resumed.outages[0].longest_gap_ms) == ("done", 1510.0)


@pytest.mark.parametrize("step", [f"reboot@{BLUE}", f"prove@{BLUE}"])
def test_what_is_lost_between_the_switches_stops_the_second_one(step: str) -> None:
    story = silent(step, 1.2)

    finished = story.go()

    assert finished.outcome == "rolled_back"
    assert finished.reason.startswith(f"drain@{GREEN}: ")
    assert f"1210 ms without an answer during {step}" in finished.reason
    assert not any(event.step == SECOND for event in story.events)


def test_a_second_switch_is_not_judged_by_the_outage_of_the_first() -> None:
    story = silent(f"drain@{BLUE}", 0.9)

    assert story.go().outcome == "done"


def test_a_budget_that_is_kept_changes_nothing() -> None:
    assert a_story("edge", orders=STRICT).go().outcome == "done"


@pytest.mark.parametrize("touch", [1, 5, 9])
def test_a_run_that_was_stopped_and_killed_adds_up_over_its_parts(touch: int) -> None:
    story = silent(f"drain@{BLUE}", 0.5, Orders(pause_after=FIRST))
    paused = story.go()
    story.orders = Orders()
    story.world.kill_after(touch)

    finished = story.go()

    assert (paused.outcome, finished.outcome, story.kills) == ("interrupted", "done", 1)
    assert finished.outages[0].lost == paused.outages[0].lost == 50
    assert finished.outages[0].sent > paused.outages[0].sent
    assert sum(outage.sent for _, outage in laps(story)) == finished.outages[0].sent


# -- nobody probes any more ----------------------------------------------------------------------


class Gone:
    """A host that probed, and cannot be reached."""

    def start(self) -> None:
        raise UnreachableError("no answer from sshd", "probe-host")

    def outages(self) -> tuple[Outage, ...]:
        return ()

    lap = outages

    def stop(self) -> None:
        pass


def test_a_run_that_has_changed_something_goes_on_where_nobody_can_probe_and_says_so() -> None:
    story = a_story("edge", orders=Orders(pause_after=f"drain@{BLUE}"))
    story.go()
    story.orders, story.doors = Orders(), replace(story.doors, probe=Gone())

    story.back()

    told = [e.detail for e in story.events if isinstance(e, Observed) and e.what == "probe"]
    assert told == ["nothing is probed: probe-host: no answer from sshd"]
    assert story.now == story.before


def test_a_run_that_has_changed_nothing_begins_nothing_unprobed() -> None:
    story = a_story("edge")
    story.doors = replace(story.doors, probe=Gone())

    finished = story.go()

    assert (finished.outcome, story.sent()) == ("refused", ())
    assert "probe-host" in finished.reason
