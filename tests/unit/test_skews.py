"""Which skew moves a role, which keeps it, and which gives it back."""

from dataclasses import replace

from facts import (
    BACKUP,
    BLUE,
    GREEN,
    MASTER,
    a_pair,
    a_router,
    a_vhid,
    seen,
    switched,
    unseen,
)
from hypothesis import assume, given
from hypothesis import strategies as st

from bluegreen.model.facts import PairFacts
from bluegreen.policy.skews import (
    as_listed,
    changes,
    fit,
    flushed,
    guard,
    hold_all,
    original,
    parked,
    resting,
    with_room,
    yielding,
)

MARGIN = 20  # 1/256 s, DESIGN 3
skews = st.integers(0, 254)
demotions = st.sampled_from([0, 0, 0, 20, 120, 240, -20])


def skewed(blue: int, green: int, demotion: int = 0) -> PairFacts:
    """Return blue MASTER, green BACKUP and demoted."""
    return a_pair(
        a_router(BLUE, a_vhid(advskew=blue)),
        a_router(GREEN, a_vhid(state=BACKUP, advskew=green), demotion=demotion),
    )


def drained(pair: PairFacts, name: str) -> PairFacts:
    """Return the pair after a router was given the skews at which it yields."""
    facts = seen(pair, name)
    values = {w.vhid.group: w.advskew for w in yielding(pair, name) if w.advskew is not None}
    return pair.with_router(facts.with_skews(values))


@given(blue=skews, green=skews, demotion=demotions)
def test_a_drained_router_is_slower_than_its_peer_by_the_margin_and_below_240(
    blue: int, green: int, demotion: int
) -> None:
    pair = skewed(blue, green, demotion)
    peer_effective = max(0, min(240, green + demotion))

    (wanted,) = yielding(pair, BLUE)

    if peer_effective + MARGIN >= 240:
        assert wanted.advskew is None
    else:
        assert wanted.advskew is not None
        assert peer_effective + MARGIN <= wanted.advskew < 240
        assert wanted.advskew >= 200


def test_a_router_yields_to_an_ordinary_peer_at_200() -> None:
    assert [w.advskew for w in yielding(skewed(0, 100), BLUE)] == [200]


def test_a_router_yields_to_a_slow_peer_by_the_margin() -> None:
    assert [w.advskew for w in yielding(skewed(0, 195), BLUE)] == [215]
    assert [w.advskew for w in yielding(skewed(0, 219), BLUE)] == [239]


def test_no_skew_yields_to_a_peer_at_220_and_we_say_so() -> None:
    wanted = yielding(skewed(0, 220), BLUE)

    assert [w.advskew for w in wanted] == [None]
    assert fit(wanted).reasons == (
        "vhid 2@vmx1: no skew below 240 is slower than the peer's by 20",
    )
    assert changes(wanted) == ()


def test_a_demoted_peer_counts_as_what_it_advertises() -> None:
    assert [w.advskew for w in yielding(skewed(0, 100, demotion=115), BLUE)] == [235]


@given(blue=skews, green=st.integers(0, 219))
def test_draining_twice_changes_nothing_the_second_time(blue: int, green: int) -> None:
    once = drained(skewed(blue, green), BLUE)

    assert changes(yielding(once, BLUE)) == ()


@given(blue=skews, green=skews, demotion=demotions)
def test_undo_after_any_drain_gives_every_skew_back(blue: int, green: int, demotion: int) -> None:
    before = skewed(blue, green, demotion)
    pair = drained(before, BLUE)

    back = original(pair, before, BLUE)

    assert [w.advskew for w in back] == [blue]
    assert hold_all(original(before, before, BLUE))


def test_undo_sends_the_old_skew_and_nothing_where_it_is_set() -> None:
    before = skewed(7, 100)
    pair = drained(before, BLUE)

    sent = changes(original(pair, before, BLUE))

    assert [str(c) for c in sent] == ["ifconfig vmx1 vhid 2 advskew 7"]
    assert changes(original(before, before, BLUE)) == ()


def test_each_vhid_is_judged_by_itself() -> None:
    lan = ("192.0.2.254",)
    blue = a_router(BLUE, a_vhid(2, MASTER, 0), a_vhid(3, MASTER, 0, addresses=lan))
    green = a_router(GREEN, a_vhid(2, BACKUP, 100), a_vhid(3, BACKUP, 210, addresses=lan))

    wanted = yielding(a_pair(blue, green), BLUE)

    assert [(w.vhid.carp.vhid, w.advskew) for w in wanted] == [(2, 200), (3, 230)]


def test_advertising_comes_last_and_only_after_a_change() -> None:
    sent = changes(yielding(skewed(0, 100), BLUE))

    assert [str(c) for c in flushed(sent)] == [
        "ifconfig vmx1 vhid 2 advskew 200",
        "sysctl net.inet.carp.demotion=0",
    ]
    assert flushed(()) == ()


def test_a_backup_rests_at_its_old_skew_where_that_yields() -> None:
    before = a_pair()
    pair = before.with_router(a_router(GREEN, a_vhid(state=BACKUP, advskew=240)))

    assert [w.advskew for w in resting(pair, before, GREEN)] == [100]


def test_a_backup_whose_old_skew_would_take_over_rests_at_the_drain_value() -> None:
    before = a_pair()
    blue = a_router(BLUE, a_vhid(state=BACKUP, advskew=240))
    pair = switched().with_router(blue)

    assert [w.advskew for w in resting(pair, before, BLUE)] == [200]


def test_a_master_is_not_put_to_rest() -> None:
    assert resting(a_pair(), a_pair(), BLUE) == ()


@given(blue=st.integers(0, 199), green=st.integers(0, 199))
def test_parked_routers_stay_as_they_are_and_can_be_moved(blue: int, green: int) -> None:
    before = skewed(blue, green)
    assume(blue < green)

    (first,), (second,) = (parked(before, before, name) for name in (BLUE, GREEN))

    assert first.advskew is not None
    assert second.advskew is not None
    assert first.advskew < 240
    assert second.advskew < 240
    assert second.advskew >= blue + MARGIN


@given(blue=st.integers(0, 239), green=st.integers(0, 240))
def test_parking_moves_nobody_however_slow_the_peer_is(blue: int, green: int) -> None:
    before = skewed(blue, green)
    assume(blue < green)

    (first,), (second,) = (parked(before, before, name) for name in (BLUE, GREEN))

    assert first.advskew is not None
    assert second.advskew is not None
    assert first.advskew + MARGIN <= second.advskew < 240


def test_room_is_made_by_the_peers_old_skew_where_no_value_fits() -> None:
    before = skewed(0, 100)
    tight = skewed(200, 220)

    roomy = with_room(tight, before, BLUE)

    assert [w.advskew for w in yielding(roomy, BLUE)] == [200]
    assert with_room(before, before, BLUE) == before


def test_who_was_not_observed_is_given_nothing() -> None:
    pair = a_pair(green=unseen())

    assert yielding(pair, BLUE) == ()
    assert original(pair, a_pair(), GREEN) == ()
    assert resting(pair, a_pair(), BLUE) == ()


def test_skews_and_states_may_change_but_no_vhid_and_no_peer() -> None:
    was = a_router(BLUE, a_vhid(peer="192.0.2.12"))
    drained_since = a_router(BLUE, a_vhid(state=BACKUP, advskew=200, peer="192.0.2.12"))
    multicast = a_router(BLUE, a_vhid(peer="224.0.0.18"))
    ghost = a_router(BLUE, a_vhid(peer="192.0.2.12"), a_vhid(9, addresses=()))

    assert as_listed(drained_since, was)
    assert as_listed(multicast, was).reasons == (
        (
            "router-001: vhids or peers changed: was vhid 2@vmx1 peer 192.0.2.12, "
            "is vhid 2@vmx1 peer 224.0.0.18"
        ),
    )
    assert as_listed(ghost, was).reasons == (
        "router-001: vhids or peers changed: was none, is vhid 9@vmx1",
    )


def test_the_guard_is_what_the_router_was_seen_to_be() -> None:
    facts = replace(a_router(BLUE), name=BLUE)

    held = guard(facts, ("/var/log/bluegreen/lock", "run-1"))

    assert (held.masters, held.backups) == (1, 0)
    assert held.lock == ("/var/log/bluegreen/lock", "run-1")
    assert held.marker is None
