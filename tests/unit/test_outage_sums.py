"""Stretches of a probe added up, and silences that were told of twice."""

from bluegreen.model.outage import GAPS_MAX, Gap, Outage, added, kept, summed

VIP = "198.51.100.230"


def test_two_stretches_add_up_and_the_longest_gap_is_the_longer_one() -> None:
    first = Outage(VIP, 100, 3, 40.0, True, broke=1, unseen_ms=5.0)
    then = Outage(VIP, 50, 1, 20.0, False, broke=2, unseen_ms=7.0)

    assert added(first, then) == Outage(VIP, 150, 4, 40.0, False, broke=3, unseen_ms=12.0)


def test_a_silence_that_was_told_while_it_lasted_and_when_it_ended_is_one() -> None:
    lasting = Gap(10.0, 10.5, lasts=True)
    ended = Gap(10.0, 12.0, during="drain@router-001", layer="carp")

    assert kept([lasting, ended]) == (ended,)


def test_two_silences_apart_stay_two_in_the_order_of_time() -> None:
    assert kept([Gap(20.0, 21.0), Gap(10.0, 10.5)]) == (Gap(10.0, 10.5), Gap(20.0, 21.0))


def test_of_many_silences_the_longest_are_kept() -> None:
    gaps = [Gap(10.0 * n, 10.0 * n + 0.001 * n) for n in range(1, GAPS_MAX + 11)]

    left = kept(gaps)

    assert len(left) == GAPS_MAX
    assert left[0].began_s == 110.0


def test_the_same_address_probed_in_two_ways_is_two_outages() -> None:
    here, there = Outage(VIP, 1, 0, 1.0, kind="icmp"), Outage(VIP, 2, 1, 9.0, via="bastion")

    assert summed([(here, there), (here,)]) == (added(here, here), there)
