"""What routes say, and what they do not say: addresses that are on every link."""

from dataclasses import replace

from facts import BACKUP, BLUE, GREEN, MASTER, VIP, a_router, a_vhid

from bluegreen.model.facts import RouterFacts, Unknown
from bluegreen.model.finding import Severity
from bluegreen.model.network import Route
from bluegreen.policy.routed import mirrors, peer_routes, vips

GATEWAY = "fe80::1"  # a VIP that hosts have as their gateway
LO0 = Route(f"{GATEWAY}%lo0", "link#3", "UHS", "lo0", "inet6")
PEER = "203.0.113.12"


def own(vip: str) -> Route:
    return Route(vip, "link#2", "UHS", "lo0", "inet6" if ":" in vip else "inet")


def linked(name: str, *routes: Route, peer: str | None = None) -> RouterFacts:
    vhid = a_vhid(state=MASTER if name == BLUE else BACKUP, addresses=(VIP, GATEWAY), peer=peer)
    return replace(a_router(name, vhid), routes=routes)


def test_a_link_local_vip_is_not_taken_for_the_address_of_lo0() -> None:
    both = linked(BLUE, own(VIP), LO0), linked(GREEN, LO0)

    assert list(vips(both)) == []


def test_routes_that_cannot_be_read_are_unknown_in_every_look() -> None:
    blind = replace(linked(BLUE, peer=PEER), routes=Unknown("netstat: not found"))
    out = Route("default", "192.0.2.1", "UGS", "vmx0", "inet")
    both = blind, linked(GREEN, out)

    for found in (list(vips(both)), list(peer_routes(both)), list(mirrors(both))):
        assert {f.severity for f in found if "router-001" in f.says} == {Severity.UNKNOWN}


def test_a_peer_on_a_network_of_one_s_own_is_on_the_wire() -> None:
    wire = Route("203.0.113.0/24", "link#2", "U", "vmx1", "inet")
    far = Route("default", "203.0.113.254", "UGS", "vmx1", "inet")
    both = linked(BLUE, wire, far, peer=PEER), linked(GREEN)

    assert list(peer_routes(both)) == []


def test_a_peer_that_only_the_default_route_leads_to_is_told_with_both_commands() -> None:
    far = Route("default", "51.210.99.254", "UGS", "vmx1", "inet")
    both = linked(BLUE, far, peer=PEER), linked(GREEN)

    [finding] = peer_routes(both)

    assert "through 51.210.99.254" in finding.says
    assert [fix.type for fix in finding.fix] == [
        f"route add -host {PEER} -interface vmx1",
        f'route_peer_vhid2="-host {PEER} -interface vmx1"',
    ]


def test_a_default_route_of_either_family_is_a_way_out() -> None:
    both = tuple(
        linked(name, Route("default", "2001:db8::ff", "UGS", "vmx0", "inet6"))
        for name in (BLUE, GREEN)
    )

    assert list(mirrors((both[0], both[1]))) == []
