"""What a series of probes says, at times that the test hands in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.model.outage import Outage
from bluegreen.probe.tally import Tally, timeout_s

VIP = "198.51.100.230"


def seen(tally: Tally, now_s: float) -> Outage:
    return tally.whole(now_s).outage(VIP, 0.0)


def asked_and_answered(tally: Tally, times_s: tuple[float, ...], after_s: float = 0.001) -> None:
    for at_s in times_s:
        tally.answer(tally.send(at_s), at_s + after_s)


@pytest.mark.parametrize(
    ("every_s", "limit_s"),
    [(0.001, 0.2), (0.05, 0.2), (0.1, 0.3), (0.2, 0.6), (1.0, 1.0), (60.0, 1.0)],
)
def test_a_probe_waits_three_periods_within_bounds(every_s: float, limit_s: float) -> None:
    assert timeout_s(every_s) == pytest.approx(limit_s)


def test_nothing_was_probed_yet() -> None:
    outage = seen(Tally(0.1), 10.0)

    assert (outage.vip, outage.sent, outage.lost) == (VIP, 0, 0)
    assert outage.longest_gap_ms == 0.0
    assert outage.answering is None


def test_a_first_probe_under_way_says_nothing_yet() -> None:
    tally = Tally(0.1)
    tally.send(10.0)

    outage = seen(tally, 10.05)

    assert (outage.sent, outage.lost, outage.answering) == (1, 0, None)


def test_without_a_loss_the_longest_gap_is_the_period() -> None:
    tally = Tally(0.1)
    asked_and_answered(tally, (10.0, 10.1, 10.2))

    outage = seen(tally, 10.25)

    assert (outage.sent, outage.lost, outage.answering) == (3, 0, True)
    assert outage.longest_gap_ms == pytest.approx(100.0)


def test_a_lost_probe_makes_the_gap_two_periods_and_is_counted_once() -> None:
    tally = Tally(0.1)
    asked_and_answered(tally, (10.0,))
    lost = tally.send(10.1)
    asked_and_answered(tally, (10.2, 10.3))

    assert tally.expire(10.399) == ()
    assert tally.expire(10.4) == (lost,)
    assert tally.expire(10.5) == ()

    outage = seen(tally, 10.41)
    assert (outage.sent, outage.lost, outage.answering) == (4, 1, True)
    assert outage.longest_gap_ms == pytest.approx(200.0)


def test_a_silence_that_still_lasts_is_part_of_the_gap() -> None:
    tally = Tally(0.1)
    asked_and_answered(tally, (10.0,))
    for at_s in (10.1, 10.2, 10.3, 10.4):
        tally.send(at_s)
    tally.expire(10.45)

    outage = seen(tally, 10.45)

    assert (outage.sent, outage.lost, outage.answering) == (5, 1, False)
    assert outage.longest_gap_ms == pytest.approx(449.0)


def test_answering_again_is_seen_with_the_first_answer() -> None:
    tally = Tally(0.1)
    tally.send(10.0)
    tally.expire(10.3)
    assert seen(tally, 10.3).answering is False

    asked_and_answered(tally, (10.4,))

    outage = seen(tally, 10.45)
    assert outage.answering is True
    assert outage.longest_gap_ms == pytest.approx(401.0)


def test_a_target_that_never_answered_is_silent_since_the_first_question() -> None:
    tally = Tally(0.1)
    tally.send(10.0)
    tally.send(10.1)
    tally.expire(11.0)

    outage = seen(tally, 11.0)

    assert (outage.sent, outage.lost, outage.answering) == (2, 2, False)
    assert outage.longest_gap_ms == pytest.approx(1000.0)


def test_an_answer_after_its_time_changes_nothing() -> None:
    tally = Tally(0.1)
    number = tally.send(10.0)
    tally.expire(10.3)
    before = seen(tally, 10.35)

    tally.answer(number, 10.35)

    assert seen(tally, 10.35) == before


def test_an_answer_counts_once_however_often_it_comes() -> None:
    tally = Tally(0.1)
    number = tally.send(10.0)
    tally.answer(number, 10.001)

    tally.answer(number, 19.0)

    assert seen(tally, 10.002).longest_gap_ms == pytest.approx(1.0)


def test_a_prober_that_was_held_up_has_seen_no_outage() -> None:
    tally = Tally(0.1)
    asked_and_answered(tally, (10.0, 70.0))

    outage = seen(tally, 70.01)

    assert outage.longest_gap_ms == pytest.approx(101.0)
    assert outage.answering is True


def test_an_old_answer_is_not_fresh() -> None:
    tally = Tally(0.1)
    asked_and_answered(tally, (10.0,))

    assert seen(tally, 10.4).answering is True
    assert seen(tally, 10.402).answering is False


def test_an_early_loss_that_is_known_late_does_not_outweigh_a_newer_answer() -> None:
    tally = Tally(0.1)
    first = tally.send(10.0)
    asked_and_answered(tally, (10.1,))

    assert tally.expire(10.3) == (first,)

    assert seen(tally, 10.3).answering is True


def test_the_next_expiry_is_that_of_the_oldest_probe() -> None:
    tally = Tally(0.1)
    assert tally.next_expiry_s() is None
    first = tally.send(10.0)
    tally.send(10.1)
    assert tally.next_expiry_s() == pytest.approx(10.3)

    tally.answer(first, 10.15)

    assert tally.next_expiry_s() == pytest.approx(10.4)


@given(st.lists(st.sampled_from(["send", "answer", "wait"]), max_size=60))
def test_every_probe_is_answered_lost_or_under_way_and_never_two_of_them(acts: list[str]) -> None:
    tally = Tally(0.1)
    now_s, answered, under_way, lost = 0.0, 0, list[int](), 0
    for act in acts:
        now_s += 0.07
        if act == "send":
            under_way.append(tally.send(now_s))
        elif act == "answer" and under_way:
            tally.answer(under_way.pop(), now_s)
            answered += 1
        gone = tally.expire(now_s)
        lost += len(gone)
        under_way = [number for number in under_way if number not in gone]

    outage = seen(tally, now_s)

    assert outage.sent == answered + outage.lost + len(under_way)
    assert outage.lost == lost
    assert 0.0 <= outage.longest_gap_ms <= 1000 * now_s


def test_a_lap_counts_from_the_lap_before_and_the_whole_from_the_start() -> None:
    tally = Tally(0.1)
    asked_and_answered(tally, (10.0, 10.1))
    first = tally.lap(10.15)
    asked_and_answered(tally, (10.2,))
    tally.send(10.3)
    tally.expire(10.61)
    second = tally.lap(10.65)

    assert (first.sent, first.lost) == (2, 0)
    assert (second.sent, second.lost) == (2, 1)
    assert (tally.whole(10.65).sent, tally.whole(10.65).lost) == (4, 1)
    assert second.longest_s == pytest.approx(0.449)


def test_a_silence_over_the_end_of_a_lap_is_in_both_with_one_beginning() -> None:
    tally = Tally(0.1)
    asked_and_answered(tally, (10.0,))
    for at_s in (10.1, 10.2, 10.3, 10.4):
        tally.send(at_s)
    first = tally.lap(10.45)
    asked_and_answered(tally, (10.5,))
    second = tally.lap(10.51)

    (lasting,), (ended,) = first.silences, second.silences
    assert (lasting.lasts, ended.lasts) == (True, False)
    assert lasting.began_s == ended.began_s == pytest.approx(10.001)
    assert ended.ended_s == pytest.approx(10.501)


def test_a_silence_of_three_periods_is_not_worth_its_times() -> None:
    tally = Tally(0.1)
    asked_and_answered(tally, (10.0, 10.3))

    assert tally.lap(10.31).silences == ()


def test_a_silence_ends_where_its_answer_arrived_not_where_it_was_read() -> None:
    tally = Tally(0.001)
    tally.answer(tally.send(10.0), 10.0002)
    number = tally.send(10.001)

    tally.answer(number, 10.0012)  # read at 10.5, by a thread that was held up

    assert tally.whole(10.0012).longest_s == pytest.approx(0.001)


def test_what_became_of_a_probe_is_known_once_it_is_answered_or_given_up() -> None:
    tally = Tally(0.1)
    assert tally.known_until_s(10.0) == 10.0
    first = tally.send(10.0)
    second = tally.send(10.1)
    tally.answer(second, 10.11)
    assert tally.known_until_s(10.2) == 10.0

    tally.answer(first, 10.21)

    assert tally.known_until_s(10.22) == 10.22
