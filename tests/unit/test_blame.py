"""What a silence is put down to, from the times that a journal holds."""

from datetime import UTC, datetime, timedelta

import pytest

from bluegreen.model.blame import BEYOND, blame, stretches
from bluegreen.model.events import Event, Observed, StepDone, StepFailed, StepStarted
from bluegreen.model.outage import Gap

START = datetime(2026, 1, 1, tzinfo=UTC)
DRAIN, CONVERGE, REBOOT = "drain@router-001", "converge@router-002", "reboot@router-001"


def at(second: float) -> datetime:
    return START + timedelta(seconds=second)


def started(second: float, step: str) -> Event:
    return StepStarted(at=at(second), run="R1", step=step)


def done(second: float, step: str) -> Event:
    return StepDone(at=at(second), run="R1", step=step)


def layer(second: float, name: str) -> Event:
    return Observed(at=at(second), run="R1", step=CONVERGE, what="layer", layer=name)


SWITCH = (
    started(10.0, DRAIN),
    done(10.4, DRAIN),
    started(10.4, CONVERGE),
    layer(10.5, "carp"),
    layer(10.5, "tunnels"),
    layer(14.0, "ospf"),
    layer(14.5, "routes"),
    layer(14.5, "probe"),
    done(14.6, CONVERGE),
    started(20.0, REBOOT),
    done(80.0, REBOOT),
)


def blamed(began: float, ended: float, events: tuple[Event, ...] = SWITCH) -> Gap:
    epoch_s = START.timestamp()
    return blame(Gap(epoch_s + began, epoch_s + ended), stretches(events, {}))


@pytest.mark.parametrize(
    ("began", "ended", "during", "missing"),
    [
        (10.05, 10.09, DRAIN, "carp"),  # over before anybody looked
        (10.05, 10.6, DRAIN, "carp"),
        (10.05, 13.9, CONVERGE, "ospf"),  # most of it, though CARP moved within it
        (10.45, 10.49, CONVERGE, "tunnels"),  # CARP was seen to have moved when the drain ended
        (14.1, 14.4, CONVERGE, "routes"),
        (14.55, 14.59, CONVERGE, BEYOND),
        (14.4, 19.0, CONVERGE, BEYOND),  # it outlasted every layer
        (15.0, 19.0, None, BEYOND),
        (30.0, 31.0, REBOOT, BEYOND),
        (1.0, 2.0, None, BEYOND),
    ],
)
def test_a_silence_belongs_to_the_layer_that_was_missing_longest(
    began: float, ended: float, during: str | None, missing: str
) -> None:
    gap = blamed(began, ended)

    assert (gap.during, gap.layer) == (during, missing)


def test_a_role_that_moves_by_itself_is_to_blame_for_a_silence_around_it() -> None:
    before, after = (
        Observed(at=at(second), run="R1", step=REBOOT, what="roles", serving=serving)
        for second, serving in ((20.1, "router-002 serves vhid 2"), (30.9, "nobody is seen to"))
    )

    gap = blamed(30.0, 30.5, (*SWITCH[:-1], before, after, SWITCH[-1]))

    assert (gap.during, gap.layer) == (REBOOT, "carp")


def test_a_router_that_reboots_has_not_moved_a_role() -> None:
    served = "router-002 serves vhid 2"
    seen = (
        Observed(at=at(second), run="R1", step=REBOOT, what="roles", serving=serving)
        for second, serving in ((20.1, served), (30.9, f"{served}; router-001 could not be seen"))
    )

    gap = blamed(30.0, 30.5, (*SWITCH[:-1], *seen, SWITCH[-1]))

    assert gap.layer == BEYOND


def test_a_layer_that_never_came_is_to_blame_for_what_lasts() -> None:
    events = (*SWITCH[:5], StepFailed(at=at(60.0), run="R1", step=CONVERGE, reason="late"))
    epoch_s = START.timestamp()
    wanted = ("carp", "tunnels", "ospf", "routes", "probe")

    gap = blame(Gap(epoch_s + 10.1, epoch_s + 60.0, lasts=True), stretches(events, {}), wanted)

    assert (gap.during, gap.layer) == (CONVERGE, "ospf")


def test_a_step_counts_as_what_it_is_whatever_the_playbook_calls_it() -> None:
    events = (started(10.0, "yield@router-001"), done(10.4, "yield@router-001"))
    epoch_s = START.timestamp()
    story = stretches(events, {"yield@router-001": "drain"})

    gap = blame(Gap(epoch_s + 10.1, epoch_s + 10.2), story)

    assert (gap.during, gap.layer) == ("yield@router-001", "carp")


def test_of_two_switches_the_one_it_fell_into_counts() -> None:
    second = tuple(
        event.model_copy(update={"at": event.at + timedelta(seconds=100)}) for event in SWITCH
    )

    gap = blamed(110.05, 110.09, (*SWITCH, *second))

    assert (gap.during, gap.layer) == (DRAIN, "carp")


def test_without_a_journal_nothing_moved() -> None:
    gap = blamed(1.0, 2.0, ())

    assert (gap.during, gap.layer) == (None, BEYOND)
