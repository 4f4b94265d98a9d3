"""Rollback from wherever a run stands: both routers as they were before it."""

import signal

import pytest
from routers import FIRST, SECOND
from running import (
    Deeds,
    Hire,
    Moment,
    Product,
    StartPair,
    deeds,
    half_done,
    shapes,
    upgraded,
)

from bluegreen.lab.loopback import LoopbackPair

pytest_plugins = ("pair", "product")


def taken_back(product: Product) -> None:
    """Ask for a rollback, which succeeds."""
    rollback = product.run("rollback", "--json")
    assert (rollback.code, rollback.finished.outcome) == (0, "rolled_back")
    assert rollback.finished.serving == f"{FIRST} serves vhid 2, 3"


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (f"lock@{FIRST}", Deeds((0, 0), (0, 0), (0, 0))),
        (f"converge@{SECOND}", Deeds((1, 1), (0, 0), (0, 0))),
        ("install", Deeds((1, 1), (1, 0), (1, 0))),
        (f"converge@{FIRST}", Deeds((1, 1), (1, 0), (2, 0))),
    ],
)
def test_a_run_that_pauses_is_taken_back_to_the_last_byte(
    start_pair: StartPair, hire: Hire, step: str, expected: Deeds
) -> None:
    pair = start_pair(half_done())
    before, product = shapes(pair), hire(pair.inventory)
    paused = product.upgrade("--pause-after", step).end()
    assert (paused.code, paused.finished.outcome) == (130, "interrupted")
    assert f"paused after {step}" in paused.finished.reason

    taken_back(product)

    assert shapes(pair) == before
    assert deeds(pair) == expected


def test_a_finished_upgrade_of_both_is_taken_back_each_router_while_it_is_idle(
    product: Product, ssh_pair: LoopbackPair
) -> None:
    before = shapes(ssh_pair)
    assert product.upgrade().end().code == 0
    assert shapes(ssh_pair) == upgraded(before)

    taken_back(product)

    assert shapes(ssh_pair) == before
    assert deeds(ssh_pair) == Deeds((1, 1), (1, 1), (2, 2))
    again, resume = product.run("rollback"), product.run("resume")
    assert (again.code, again.out.endswith("nothing is left to do\n")) == (0, True)
    assert (resume.code, "no run is open" in resume.err) == (2, True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_at_a_safe_point_from_where_all_is_taken_back(
    start_pair: StartPair, hire: Hire, number: signal.Signals
) -> None:
    pair = start_pair(half_done())
    before, product = shapes(pair), hire(pair.inventory)
    upgrade = product.upgrade()
    upgrade.reach(Moment("answered", f"stage@{FIRST}"))

    upgrade.signal(number)
    stopped = upgrade.end()

    assert (stopped.code, stopped.finished.outcome) == (130, "interrupted")
    assert stopped.finished.reason == "stopped by a signal"
    assert "stopping at the next safe point; once more stops at once" in stopped.err
    assert f"`bluegreen resume {stopped.finished.run} -i " in stopped.finished.next_move
    taken_back(product)
    assert shapes(pair) == before


def test_a_second_signal_stops_at_once_also_where_a_router_hangs_and_the_run_is_resumed(
    start_pair: StartPair, hire: Hire
) -> None:
    pair = start_pair(half_done())
    before, product = shapes(pair), hire(pair.inventory)
    upgrade = product.upgrade()
    upgrade.reach(Moment("answered", f"install@{FIRST}"))

    with pair.suspended(FIRST):
        upgrade.signal(signal.SIGINT)
        assert upgrade.says("once more stops at once")
        upgrade.signal(signal.SIGINT)
        stopped = upgrade.end()

    assert stopped.code == 130
    assert "stopped at once; a run that was under way can be resumed" in stopped.err
    assert stopped.events[-1].event != "run_finished"
    assert "Traceback" not in stopped.err
    assert product.run("resume").code == 0
    assert shapes(pair) == upgraded(before)
    assert deeds(pair) == Deeds((1, 1), (1, 0), (1, 0))
