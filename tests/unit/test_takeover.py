"""Will the peer take over? Asked of the CARP model before anything is sent."""

from dataclasses import replace

import pytest
from facts import BACKUP, BLUE, GREEN, MASTER, a_pair, a_router, a_vhid, switched, unseen
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.model.facts import Group, RouterFacts
from bluegreen.policy.takeover import held_back, peer_would_take_over, rests_on


def green_with(advskew: int = 100, *, demotion: int = 0, preempt: bool = True) -> RouterFacts:
    return a_router(
        GREEN, a_vhid(state=BACKUP, advskew=advskew), demotion=demotion, preempt=preempt
    )


def test_a_peer_that_preempts_takes_over() -> None:
    assert peer_would_take_over(a_pair(), BLUE)


def test_without_preempt_it_does_not_and_we_say_what_to_change() -> None:
    verdict = peer_would_take_over(a_pair(green=green_with(preempt=False)), BLUE)

    assert verdict.reasons == (
        (
            "router-002: net.inet.carp.preempt is 0, so it ignores a slower MASTER "
            "until that one falls silent"
        ),
    )


def test_the_way_back_needs_the_other_one_to_preempt() -> None:
    pair = a_pair(blue=a_router(BLUE, preempt=False))

    assert peer_would_take_over(pair, BLUE)
    assert peer_would_take_over(pair, BLUE, and_back=True).reasons == (
        (
            "router-001: net.inet.carp.preempt is 0, so it ignores a slower MASTER "
            "until that one falls silent"
        ),
    )


def test_a_peer_that_takes_no_part_in_carp_does_not() -> None:
    pair = a_pair(green=replace(a_router(GREEN, allow=False)))

    assert "net.inet.carp.allow is 0" in str(peer_would_take_over(pair, BLUE))


@pytest.mark.parametrize("demotion", [140, 240])
def test_a_demoted_peer_leaves_no_room(demotion: int) -> None:
    verdict = peer_would_take_over(a_pair(green=green_with(demotion=demotion)), BLUE)

    assert verdict.reasons == (
        (
            "vhid 2@vmx1: router-002 advertises an effective skew of 240 (advskew 100, "
            f"demotion {demotion}): no drain value fits between it and 240"
        ),
    )


@given(skew=st.integers(0, 254), demotion=st.integers(-50, 300))
def test_a_yes_is_only_given_to_a_peer_that_is_faster_or_can_be_made_so(
    skew: int, demotion: int
) -> None:
    verdict = peer_would_take_over(a_pair(green=green_with(skew, demotion=demotion)), BLUE)

    fast = max(0, min(240, skew + demotion)) + 20 < 240
    assert bool(verdict) == (fast or demotion <= 0)


@pytest.mark.parametrize("green", [199, 215, 240, 254])
def test_a_slow_peer_is_made_faster_and_so_is_the_way_back(green: int) -> None:
    assert peer_would_take_over(a_pair(green=green_with(green)), BLUE, and_back=True)


def test_one_vhid_that_the_peer_lacks_is_named() -> None:
    blue = a_router(BLUE, a_vhid(2), a_vhid(3, addresses=("192.0.2.254",)))

    verdict = peer_would_take_over(a_pair(blue), BLUE)

    assert verdict.reasons == ("router-002 has no vhid 3 (192.0.2.254)",)


def test_what_was_not_observed_takes_nothing_over() -> None:
    assert peer_would_take_over(a_pair(green=unseen()), BLUE).reasons == (
        "router-001 and its peer must both be observed",
    )
    bare = a_pair(green=replace(a_router(GREEN), carp=None))
    assert peer_would_take_over(bare, BLUE).reasons == ("carp(4) is not loaded on both routers",)


def test_a_role_comes_back_to_who_was_faster_than_its_peer_is_now() -> None:
    before = a_pair()
    group = Group(2, ("198.51.100.230",))

    assert rests_on(switched(), before, BLUE) == (group,)
    assert rests_on(a_pair(), before, GREEN) == ()


def test_an_advbase_weighs_more_than_any_skew() -> None:
    before = a_pair(a_router(BLUE, a_vhid(2, MASTER, 0, advbase=2)))
    now = a_pair(green=a_router(GREEN, a_vhid(2, MASTER, 200)))

    assert rests_on(now, before, BLUE) == ()


def test_a_backup_that_would_relieve_its_master_and_does_not_is_held_back() -> None:
    green = a_router(GREEN, a_vhid(state=BACKUP, advskew=100))
    blue = a_router(BLUE, a_vhid(advskew=150))

    assert held_back(a_pair()).reasons == ()
    (reason,) = held_back(a_pair(blue, green)).reasons
    assert reason.startswith("router-002 is BACKUP of vhid 2 (198.51.100.230)")
    assert "would be MASTER (100, router-001 has 150)" in reason


def test_a_backup_that_does_not_preempt_or_is_demoted_is_one_by_right() -> None:
    blue = a_router(BLUE, a_vhid(advskew=150))
    patient = a_router(GREEN, a_vhid(state=BACKUP, advskew=100), preempt=False)
    demoted = a_router(GREEN, a_vhid(state=BACKUP, advskew=100), demotion=240)

    assert held_back(a_pair(blue, patient))
    assert held_back(a_pair(blue, demoted))
