"""Where a run's time goes: between which events it passed, and whose it is."""

from datetime import UTC, datetime, timedelta

from benchmarks.breakdown import by_name, own_work_s, render, steps
from bluegreen.emulator.spec import Durations
from bluegreen.model.events import Answered, CommandSent, Event, StepDone, StepStarted

WORK = Durations(fetch=1.0, install=2.0, boot=4.0)


def a_step(name: str, router: str, began_s: float, *, own_s: float) -> tuple[Event, ...]:
    """Return a step that looks for 0.5 s, sends for 0.25 s, and is done 0.25 s after its work."""
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=began_s)
    run, step = "R", f"{name}@{router}"

    def at(seconds: float) -> datetime:
        return start + timedelta(seconds=seconds)

    return (
        StepStarted(at=at(0), run=run, step=step),
        CommandSent(at=at(0.5), run=run, step=step, number=1, effect="job", commands=("true",)),
        Answered(at=at(0.75), run=run, step=step, number=1, codes=(0,)),
        StepDone(at=at(1 + own_s), run=run, step=step),
    )


def test_what_the_routers_need_is_two_legs_and_one_download() -> None:
    assert own_work_s(WORK) == 13.0


def test_a_steps_time_is_told_apart_by_what_was_waited_for() -> None:
    events = a_step("install", "router-001", 0, own_s=2.0)

    (found,) = steps(events, WORK)

    assert (found.step, found.wall_s, found.own_s, found.ours_s) == (
        "install@router-001",
        3.0,
        2.0,
        1.0,
    )
    assert (found.before_s, found.sending_s, found.after_s) == (0.5, 0.25, 2.25)


def test_a_step_of_both_routers_is_one_line_and_what_costs_us_most_comes_first() -> None:
    events = (
        *a_step("install", "router-001", 0, own_s=2.0),
        *a_step("drain", "router-002", 10, own_s=0.0),
        *a_step("install", "router-002", 20, own_s=2.0),
    )

    drain, install = sorted(by_name(steps(events, WORK)), key=lambda s: s.step)

    assert (install.count, install.own_s) == (2, 4.0)
    assert drain.wall_s == 8.0  # the pause before it counts for it
    assert render((drain, install)).splitlines()[-1].startswith("| all | 3 | 23.00 | 4.00 | 19.00")


def test_what_lay_there_already_was_no_work_of_the_routers() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    done = StepDone(at=at, run="R", step="stage@router-001", router="router-001", already=True)

    (found,) = steps((done,), WORK)

    assert found.own_s == 0.0
