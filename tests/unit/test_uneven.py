"""Groups that the two routers do not have alike, and what may differ without harm."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from facts import BACKUP, BLUE, GREEN, MASTER, UP, VIP, VIP6, a_pair, a_router, a_setting, a_vhid

from bluegreen.model.facts import PairFacts, RouterFacts
from bluegreen.model.network import CarpVhid, Inet, Interface
from bluegreen.policy.checks import preflight

OTHER = "198.51.100.231"


def said(pair: PairFacts) -> str:
    """Return every reason why the pair is refused, "" where it is fit."""
    return "\n".join(reason for _, v in preflight(pair, a_setting()) for reason in v.reasons)


def green_with(*vhids: CarpVhid) -> RouterFacts:
    return a_router(GREEN, *vhids)


def on(router: RouterFacts, name: str, carp: Iterable[CarpVhid], *own: Inet) -> RouterFacts:
    """Return a router with a further interface."""
    return replace(
        router,
        interfaces=(*router.interfaces, Interface(name, UP, inet=own, carp=tuple(carp))),
    )


def with_vips(router: RouterFacts, *vips: Inet) -> RouterFacts:
    """Return a router whose vmx1 lists its VIPs as ifconfig does."""
    first, second, *rest = router.interfaces
    return replace(router, interfaces=(first, replace(second, inet=(*second.inet, *vips)), *rest))


# -- what may differ -------------------------------------------------------------


def test_interfaces_may_have_other_names() -> None:
    green = green_with()
    first, second = green.interfaces
    renamed = replace(green, interfaces=(first, replace(second, name="igb3")))

    assert said(a_pair(green=renamed)) == ""


def test_addresses_may_stand_in_another_order() -> None:
    both = (VIP, OTHER, VIP6)
    blue = a_router(BLUE, a_vhid(addresses=both))

    green = green_with(a_vhid(state=BACKUP, advskew=100, addresses=both[::-1]))

    assert said(a_pair(blue, green)) == ""


def test_a_number_may_be_used_on_two_wires() -> None:
    lan = a_vhid(2, MASTER, addresses=("192.0.2.254",))
    blue = on(a_router(BLUE), "vmx2", [lan], Inet("10.0.0.11", 24))
    green = on(
        a_router(GREEN), "vmx2", [replace(lan, state=BACKUP, advskew=100)], Inet("10.0.0.12", 24)
    )

    assert said(a_pair(blue, green)) == ""


def test_a_prefix_length_may_differ_where_the_routers_are_connected_anyway() -> None:
    blue = with_vips(a_router(BLUE), Inet("203.0.113.1", 24, vhid=2))
    green = with_vips(a_router(GREEN), Inet("203.0.113.1", 32, vhid=2))

    assert said(a_pair(blue, green)) == ""


# -- what may not ----------------------------------------------------------------


def test_a_vhid_on_one_router_only_is_named_with_what_the_other_one_has() -> None:
    blue = a_router(BLUE, a_vhid(), a_vhid(9, addresses=("192.0.2.9",)))

    assert said(a_pair(blue)) == (
        "router-001: vhid 9 (192.0.2.9) on vmx1 is not on its peer: router-002 has 2@vmx1; "
        "add it there, or remove it here"
    )


def test_a_vhid_without_an_address_is_a_ghost() -> None:
    blue = a_router(BLUE, a_vhid(), a_vhid(9, MASTER, addresses=()))

    assert "router-001: vhid 9@vmx1 has no address: a mistyped ifconfig makes one" in said(
        a_pair(blue)
    )


def test_another_list_of_addresses_shows_both_and_what_is_missing_where() -> None:
    shared = a_vhid(5, BACKUP, 100, addresses=("192.0.2.5",))
    blue = a_router(BLUE, a_vhid(addresses=(VIP, OTHER)), replace(shared, state=MASTER, advskew=0))
    green = green_with(a_vhid(state=MASTER, advskew=100, addresses=(VIP, VIP6)), shared)

    assert (
        f"vhid 2 does not have the same addresses: router-001 has {VIP}, {OTHER} on vmx1, "
        f"router-002 has {VIP}, {VIP6} on vmx1 (router-002 lacks {OTHER}; router-001 lacks "
        f"{VIP6}). The list is part of what both sign (HMAC)"
    ) in said(a_pair(blue, green))


def test_another_list_is_named_too_where_it_was_the_only_group() -> None:
    green = green_with(a_vhid(state=MASTER, advskew=100, addresses=(VIP, OTHER)))

    assert "the routers share no vhid" in said(a_pair(green=green))
    assert f"router-001 lacks {OTHER}" in said(a_pair(green=green))


def test_a_prefix_length_that_changes_a_route_is_refused() -> None:
    blue = with_vips(a_router(BLUE), Inet(VIP, 24, vhid=2))
    green = with_vips(a_router(GREEN), Inet(VIP, 32, vhid=2))

    assert f"{VIP} is a /24 on router-001 and a /32 on router-002" in said(a_pair(blue, green))


def test_another_advbase_shows_both_and_the_command() -> None:
    green = green_with(a_vhid(state=BACKUP, advskew=0, advbase=2))

    assert "vhid 2@vmx1 has advbase 1 on router-001 and 2 on router-002" in said(
        a_pair(green=green)
    )
    assert "`ifconfig vmx1 vhid 2 advbase 1` on router-002" in said(a_pair(green=green))


def test_the_same_group_twice_on_one_router_is_refused() -> None:
    blue = on(a_router(BLUE), "vmx2", [a_vhid(state=BACKUP)])

    assert f"router-001: vhid 2 ({VIP}) is on vmx1 and on vmx2" in said(a_pair(blue))


def test_a_number_twice_on_one_wire_is_refused() -> None:
    """Both would have the MAC 00:00:5e:00:01:02."""
    lan = a_vhid(2, MASTER, addresses=("203.0.113.254",))
    blue = on(a_router(BLUE), "vmx2", [lan], Inet("203.0.113.21", 24))

    assert (
        "router-001: vhid 2 is on vmx1 and on vmx2, both in 203.0.113.0/24: two groups with one "
        "virtual MAC on one wire"
    ) in said(a_pair(blue))


@pytest.mark.parametrize(
    ("flags", "status", "shown"),
    [
        (("BROADCAST",), "no carrier", "not UP, not RUNNING, status: no carrier"),
        (UP, "no carrier", "status: no carrier"),
        (("UP",), None, "not RUNNING"),
    ],
)
def test_vhids_on_an_interface_that_is_down_are_refused(
    flags: tuple[str, ...], status: str | None, shown: str
) -> None:
    green = green_with()
    first, second = green.interfaces
    down = replace(green, interfaces=(first, replace(second, flags=flags, status=status)))

    assert f"router-002: vmx1 is down ({shown}) and carries vhid 2" in said(a_pair(green=down))


# -- whom they speak to ------------------------------------------------------------


def speaking(blue: tuple[str | None, ...], green: tuple[str | None, ...]) -> PairFacts:
    """Return a pair with the peers (peer, peer6) that each router names."""
    dual = (VIP, VIP6)
    routers = (
        a_router(BLUE, a_vhid(peer=blue[0], peer6=blue[1], addresses=dual)),
        a_router(
            GREEN,
            a_vhid(state=BACKUP, advskew=100, peer=green[0], peer6=green[1], addresses=dual),
        ),
    )
    own = ("2001:db8:1::11", "2001:db8:1::12")
    return a_pair(
        *(
            replace(
                router,
                interfaces=tuple(
                    replace(i, inet6=(Inet(address, 64),)) if i.name == "vmx1" else i
                    for i in router.interfaces
                ),
            )
            for router, address in zip(routers, own, strict=True)
        )
    )


A4, B4, A6, B6 = "203.0.113.11", "203.0.113.12", "2001:db8:1::11", "2001:db8:1::12"


@pytest.mark.parametrize(
    ("blue", "green"),
    [
        ((None, None), (None, None)),
        (("224.0.0.18", "ff02::12"), (None, "ff02::12")),
        ((B4, B6), (A4, A6)),
        ((B4, None), (A4, "ff02::12")),  # one family of a pair may stay with multicast
    ],
)
def test_two_routers_that_speak_to_each_other_alike_are_fit(
    blue: tuple[str | None, ...], green: tuple[str | None, ...]
) -> None:
    assert said(speaking(blue, green)) == ""


def test_unicast_on_one_side_only_is_refused() -> None:
    assert said(speaking((B4, None), (None, None))) == (
        f"vhid 2: router-001 sends IPv4 to peer {B4}, router-002 to everybody (224.0.0.18): they "
        "do not hear each other; name a peer on router-002 too, or on neither"
    )


def test_a_peer6_that_one_side_lacks_is_refused() -> None:
    assert said(speaking((B4, B6), (A4, None))) == (
        f"vhid 2: router-001 sends IPv6 to peer6 {B6}, router-002 to everybody (ff02::12): they "
        "do not hear each other; name a peer6 on router-002 too, or on neither"
    )


def test_a_router_that_names_itself_is_refused() -> None:
    assert f"router-001: vhid 2@vmx1 names peer {A4}, which is its own address" in said(
        speaking((A4, None), (A4, None))
    )


def test_two_masters_that_agree_in_all_that_shows_are_told_what_is_left() -> None:
    pair = a_pair(green=green_with(a_vhid(state=MASTER, advskew=100)))

    assert "their passwords (`pass`) differ, or advertisements do not get through" in said(pair)
    assert "`netstat -s -p carp`" in said(pair)


def test_two_masters_with_one_family_unicast_are_told_so() -> None:
    pair = speaking((B4, None), (A4, None))
    first, second = pair.both() or ()
    split = a_pair(first, with_state(second))

    assert "one family has a unicast peer and the other none" in said(split)


def with_state(router: RouterFacts) -> RouterFacts:
    return replace(
        router,
        interfaces=tuple(
            replace(i, carp=tuple(replace(c, state=MASTER) for c in i.carp))
            for i in router.interfaces
        ),
    )
