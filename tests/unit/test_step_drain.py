"""Drain: a router yields every VIP to its peer, and stays able to relieve it."""

from dataclasses import replace

from facts import (
    BACKUP,
    BLUE,
    GREEN,
    MASTER,
    RUN,
    STATE,
    VIP,
    a_pair,
    a_router,
    a_setting,
    a_vhid,
    switched,
    unseen,
)
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.model.command import Guard
from bluegreen.model.facts import PairFacts
from bluegreen.model.pair import FloatingAddress
from bluegreen.policy.setting import Setting
from bluegreen.policy.skews import hold_all, original, yielding
from bluegreen.steps.drain import Drain
from bluegreen.steps.standby import Standby
from bluegreen.world import Order

DRAIN = Drain(a_setting(), BLUE)
LOCK = (f"{STATE}/lock", RUN)


def texts(orders: tuple[Order, ...]) -> list[str]:
    return [f"{order.router}: {command}" for order in orders for command in order.commands]


def at_rest() -> PairFacts:
    return a_pair(before=a_pair())


def test_the_skew_is_raised_and_advertised_at_once_in_one_exec() -> None:
    (order,) = DRAIN.commands(at_rest())

    assert texts((order,)) == [
        "router-001: ifconfig vmx1 vhid 2 advskew 200",
        "router-001: sysctl net.inet.carp.demotion=0",
    ]


def test_the_router_itself_checks_its_roles_and_our_lock_first() -> None:
    (order,) = DRAIN.commands(at_rest())

    assert order.guard == Guard(masters=1, backups=0, lock=LOCK)


def test_a_unicast_peer_is_named_again() -> None:
    blue = a_router(BLUE, a_vhid(peer="203.0.113.12", peer6="2001:db8::12"))

    (order,) = DRAIN.commands(a_pair(blue, before=a_pair(blue)))

    assert order.commands[0].argv[-4:] == ("peer", "203.0.113.12", "peer6", "2001:db8::12")


def test_every_vhid_is_raised_before_anything_is_advertised() -> None:
    lan = ("192.0.2.254",)
    blue = a_router(BLUE, a_vhid(2), a_vhid(3, addresses=lan))
    green = a_router(GREEN, a_vhid(2, BACKUP, 100), a_vhid(3, BACKUP, 190, addresses=lan))

    assert texts(DRAIN.commands(a_pair(blue, green, before=a_pair(blue, green)))) == [
        "router-001: ifconfig vmx1 vhid 2 advskew 200",
        "router-001: ifconfig vmx1 vhid 3 advskew 210",
        "router-001: sysctl net.inet.carp.demotion=0",
    ]


def test_a_value_that_is_set_is_not_written_again() -> None:
    blue = a_router(BLUE, a_vhid(state=MASTER, advskew=200))

    assert DRAIN.commands(a_pair(blue, before=a_pair())) == ()


def test_it_is_done_only_when_both_routers_say_so() -> None:
    assert DRAIN.done(switched())
    assert DRAIN.done(at_rest()).reasons[:2] == (
        f"router-002 is BACKUP of vhid 2 ({VIP})",
        f"router-001 is MASTER of vhid 2 ({VIP})",
    )


def test_a_router_that_would_take_over_again_is_not_drained() -> None:
    blue = a_router(BLUE, a_vhid(state=BACKUP, advskew=0))

    assert DRAIN.done(switched().with_router(blue)).reasons == (
        "router-001 would take vhid 2@vmx1 back: its skew is not above its peer's",
    )


def test_a_ghost_vhid_is_not_done() -> None:
    """A wrong interface makes ifconfig allocate a vhid, and exit 0."""
    blue = a_router(BLUE, a_vhid(state=BACKUP, advskew=200), a_vhid(7, addresses=()))

    assert not DRAIN.done(switched().with_router(blue))


def test_without_a_baseline_nothing_is_done() -> None:
    assert "no baseline was recorded" in DRAIN.done(replace(switched(), before=None)).reasons


def test_a_peer_that_does_not_preempt_is_named() -> None:
    pair = a_pair(green=a_router(GREEN, preempt=False), before=a_pair())

    assert "router-002: net.inet.carp.preempt is 0" in DRAIN.ready(pair).reasons[0]


def test_nothing_is_ready_beside_a_router_that_was_not_observed() -> None:
    assert not DRAIN.ready(a_pair(green=unseen(), before=a_pair()))
    assert DRAIN.commands(a_pair(green=unseen(), before=a_pair())) == ()


def test_where_no_skew_fits_the_peer_is_given_its_old_one_first() -> None:
    before = a_pair()
    tight = switched().with_router(a_router(GREEN, a_vhid(2, MASTER, 230)))
    drain_blue = a_pair(
        a_router(BLUE, a_vhid(2, MASTER, 200)),
        a_router(GREEN, a_vhid(2, BACKUP, 230)),
        before=before,
    )

    assert tight.groups() == drain_blue.groups()
    assert texts(DRAIN.commands(drain_blue)) == ["router-002: ifconfig vmx1 vhid 2 advskew 100"]
    assert DRAIN.ready(drain_blue)


def test_undo_gives_the_old_skew_back_to_a_backup_quietly() -> None:
    before = a_pair()

    assert texts(DRAIN.undo(switched(before), before)) == [
        "router-001: ifconfig vmx1 vhid 2 advskew 0"
    ]


def test_undo_advertises_where_the_router_never_let_go() -> None:
    before = a_pair()
    raised = a_pair(a_router(BLUE, a_vhid(2, MASTER, 200)))

    assert texts(DRAIN.undo(raised, before)) == [
        "router-001: ifconfig vmx1 vhid 2 advskew 0",
        "router-001: sysctl net.inet.carp.demotion=0",
    ]


def test_it_is_undone_only_when_the_role_is_back() -> None:
    before = a_pair()
    given_back = switched(before).with_router(a_router(BLUE, a_vhid(2, BACKUP, 0)))

    assert DRAIN.undone(before, before)
    assert DRAIN.undone(given_back, before).reasons == (
        f"router-001 has not taken vhid 2 ({VIP}) back",
    )


def test_a_floating_address_is_waited_for_where_there_is_one_and_the_role_is_owed() -> None:
    drained, rest = at_rest(), at_rest()
    floats = replace(a_setting(), ipfo=FloatingAddress("ovh", "ns1.example", "198.51.100.230"))

    def waited_for(setting: Setting, router: str) -> list[str]:
        return [name for name, _ in Drain(setting, router).layers_back(drained, rest)]

    assert waited_for(a_setting(), BLUE) == []
    assert waited_for(floats, BLUE) == ["carp", "ipfo"]
    assert waited_for(floats, GREEN) == []  # it served nothing at the start


@given(blue=st.integers(0, 254), green=st.integers(0, 254))
def test_undo_after_any_drain_restores_every_skew(blue: int, green: int) -> None:
    before = a_pair(a_router(BLUE, a_vhid(advskew=blue)), a_router(GREEN, a_vhid(2, BACKUP, green)))
    facts = before.seen(BLUE)
    assert facts is not None
    raised = {w.vhid.group: w.advskew for w in yielding(before, BLUE) if w.advskew is not None}
    drained = before.with_router(facts.with_skews(raised))

    orders = DRAIN.undo(drained, before)

    written = [order.commands[0].argv[5] for order in orders]
    assert written == ([] if hold_all(original(drained, before, BLUE)) else [str(blue)])


def test_a_proven_router_is_brought_from_240_to_where_it_relieves_its_peer() -> None:
    blue = a_router(BLUE, a_vhid(2, BACKUP, 240))
    pair = switched().with_router(blue)

    assert texts(Standby(a_setting(), BLUE).commands(pair)) == [
        "router-001: ifconfig vmx1 vhid 2 advskew 200"
    ]
    assert Standby(a_setting(), BLUE).done(pair).reasons == (
        "vhid 2@vmx1: advskew is 240, wanted 200",
    )
    assert Standby(a_setting(), BLUE).done(switched())


def test_a_standby_that_is_demoted_relieves_nobody() -> None:
    blue = a_router(BLUE, a_vhid(2, BACKUP, 200), demotion=240)

    assert "router-001: net.inet.carp.demotion is 240" in (
        Standby(a_setting(), BLUE).done(switched().with_router(blue)).reasons
    )
