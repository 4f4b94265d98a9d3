"""Waiting is on the world's clock, and ends on any clock."""

from datetime import UTC, datetime
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.engine.waiting import wait_until


class VirtualClock:
    """Time passes only by sleeping; or not at all."""

    def __init__(self, *, stands_still: bool = False) -> None:
        self.passed_s = 0.0
        self.naps: list[float] = []
        self._rate = 0.0 if stands_still else 1.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.passed_s, UTC)

    def now_s(self) -> float:
        return self.passed_s

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.passed_s += seconds * self._rate


def test_what_holds_already_costs_no_time() -> None:
    clock = VirtualClock()

    assert wait_until(clock, lambda: True, limit_s=10.0)
    assert clock.naps == []


def test_it_ends_soon_after_what_was_waited_for() -> None:
    clock = VirtualClock()

    assert wait_until(clock, lambda: clock.now_s() >= 5.0, limit_s=60.0)
    assert 5.0 <= clock.now_s() <= 6.0  # a fifth of what has passed


def test_a_virtual_clock_expires() -> None:
    clock = VirtualClock()

    assert not wait_until(clock, lambda: False, limit_s=900.0)
    assert 900.0 <= clock.now_s() <= 910.0


def test_a_clock_that_stands_still_ends_too() -> None:
    asked = 0

    def never() -> bool:
        nonlocal asked
        asked += 1
        return False

    assert not wait_until(VirtualClock(stands_still=True), never, limit_s=10.0)
    assert asked == 1100  # 1000 and ten a second


@pytest.mark.parametrize(
    ("passed_s", "least_s", "most_s"),
    [(0.0, 0.1, 0.1), (5.0, 0.8, 1.0), (60.0, 3.0, 3.0), (800.0, 7.8, 8.0), (5000.0, 10.0, 10.0)],
)
def test_it_asks_often_at_first_every_3_s_for_minutes_and_patiently_for_hours(
    passed_s: float, least_s: float, most_s: float
) -> None:
    clock = VirtualClock()

    wait_until(clock, lambda: clock.now_s() > passed_s, limit_s=inf)

    assert least_s <= clock.naps[-1] <= most_s


def test_a_boot_of_a_minute_is_seen_within_three_seconds() -> None:
    clock = VirtualClock()

    wait_until(clock, lambda: clock.now_s() >= 60.0, limit_s=900.0)

    assert clock.now_s() <= 63.0
    assert len(clock.naps) < 50


def test_a_wait_without_a_limit_ends_when_it_holds() -> None:
    clock = VirtualClock()

    assert wait_until(clock, lambda: clock.now_s() > 86_400.0, limit_s=inf)


def test_jitter_spreads_the_questions() -> None:
    clock = VirtualClock()

    wait_until(clock, lambda: len(clock.naps) > 0, limit_s=10.0, jitter=lambda: 0.2)

    assert clock.naps == pytest.approx([0.12])


@given(limit_s=st.floats(0.0, 3600.0), jitter=st.floats(0.0, 0.2))
def test_no_wait_outlasts_its_limit_by_more_than_one_pause(limit_s: float, jitter: float) -> None:
    clock = VirtualClock()

    assert not wait_until(clock, lambda: False, limit_s=limit_s, jitter=lambda: jitter)
    assert clock.now_s() <= limit_s + 12.0


def test_an_error_is_not_swallowed() -> None:
    def broken() -> bool:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        wait_until(VirtualClock(), broken, limit_s=10.0)
