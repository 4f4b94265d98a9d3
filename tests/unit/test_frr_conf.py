"""How the lab runs FRR, what is read of it, and the kernel's routes as FreeBSD tells them."""

from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from socket import AF_INET6

from facts import BLUE, GREEN, VIP, a_pair, a_router, a_setting

from bluegreen.freebsd.netstat import parse_routes
from bluegreen.lab.fib import netstat
from bluegreen.lab.frr import CONF, FREEBSD_CONF, FrrInterface, FrrSpec, frr_conf, frr_files
from bluegreen.lab.rtnetlink import Hop, KernelRoute, Link, Local
from bluegreen.model.network import Route
from bluegreen.model.routing import Neighbor, Ospf, OspfRoute
from bluegreen.policy.checks import preflight
from bluegreen.routing.frr import parse_ospf_json

FIXTURES = Path(__file__).parents[1] / "fixtures" / "routing"

LO, VMX1, GRE0, MACVLAN = (
    Link(1, "lo", is_up=True, has_carrier=True, parent=None),
    Link(2, "vmx1", is_up=True, has_carrier=True, parent=None),
    Link(3, "gre0", is_up=True, has_carrier=True, parent=None),
    Link(4, "vmx1.c2", is_up=True, has_carrier=True, parent=2),
)
LINKS = (LO, VMX1, GRE0, MACVLAN)
STATIC, OSPF = 4, 188


def local(index: int, address: str, prefixlen: int, far: str | None = None) -> Local:
    return Local(index, ip_address(address), prefixlen, ip_address(far) if far else None)


def route(
    to: str | None, prefixlen: int, protocol: int, *hops: Hop, family: int = 2
) -> KernelRoute:
    return KernelRoute(family, ip_address(to) if to else None, prefixlen, protocol, hops)


def via(index: int, gateway: str) -> Hop:
    return Hop(index, ip_address(gateway))


# -- frr.conf ------------------------------------------------------------------


def test_a_tunnel_is_point_to_point_and_an_inner_network_is_told_but_not_spoken_on() -> None:
    tunnel = FrrInterface("gre0", cost=5, point_to_point=True)

    text = frr_conf(FrrSpec("a", "10.0.0.1", (tunnel, FrrInterface("vmx2", passive=True))))

    assert text.startswith(
        "hostname a\n"
        "interface gre0\n"
        " ip ospf area 0\n"
        " ip ospf network point-to-point\n"
        " ip ospf hello-interval 1\n"
        " ip ospf dead-interval 4\n"
        " ip ospf retransmit-interval 1\n"
        " ip ospf cost 5\n"
        "exit\n"
        "interface vmx2\n"
        " ip ospf area 0\n"
        " ip ospf passive\n"
        "exit\n"
        "router ospf\n"
        " ospf router-id 10.0.0.1\n"
    )


def test_without_a_router_id_none_is_configured() -> None:
    assert "router-id" not in frr_conf(FrrSpec("a", None))


def test_networks_and_redistribution_are_said_to_ospf() -> None:
    spec = FrrSpec("a", None, networks=(("10.0.0.0/8", "0"),), redistribute=("connected",))

    assert " network 10.0.0.0/8 area 0\n redistribute connected\nexit\n" in frr_conf(spec)


def test_the_configuration_of_the_emulated_router_holds_where_it_has_one() -> None:
    spec = FrrSpec("a", "10.0.0.1")

    own = frr_files(spec, {FREEBSD_CONF: "router ospf\n"})

    assert own[CONF] == "router ospf\n"
    assert frr_files(spec, {})[CONF] == frr_conf(spec)


# -- what is read of FRR 8.4 -----------------------------------------------------


def spoken() -> Ospf:
    """Return an ospfd 8.4 on GRE, started without router-id while the VIP was there."""
    names = ("neighbors", "process", "routes")
    return parse_ospf_json(*((FIXTURES / f"frr-8.4-gre-{n}.json").read_text() for n in names))


def test_neighbours_and_routes_of_frr_8_4_over_gre_are_read() -> None:
    read = spoken()

    assert read.neighbors == (
        Neighbor("10.255.255.30", "10.255.0.2", "gre0", "Full", full=True, role=None, priority=1),
    )
    assert read.routes == (
        OspfRoute("172.27.27.0/27", (), ("vmx2",), installed=False),
        OspfRoute("172.30.0.1/32", ("10.255.0.2",), ("gre0",), installed=True),
    )


def test_preflight_refuses_the_vip_that_ospfd_took_as_its_router_id() -> None:
    blue = replace(a_router(BLUE), ospf=spoken())
    pair = a_pair(blue, replace(a_router(GREEN), ospf=Ospf("frr", "192.0.2.12", ())))

    verdict = dict(preflight(pair, a_setting()))["ospf"]

    (reason,) = verdict.reasons
    assert reason.startswith(f"{BLUE}: its OSPF router-id {VIP} is a VIP: ")
    assert reason.endswith("; give each router a router-id of its own that is no VIP")


# -- the kernel's routes ---------------------------------------------------------


def test_networks_of_its_own_are_on_their_link_and_own_addresses_on_lo0() -> None:
    addresses = (
        local(1, "127.0.0.1", 8),
        local(2, "198.51.100.11", 24),
        local(3, "10.255.0.1", 32, "10.255.0.2"),
    )

    assert parse_routes(netstat(LINKS, addresses, ())) == (
        Route("127.0.0.1", "link#1", "UH", "lo0", "inet"),
        Route("198.51.100.0/24", "link#2", "U", "vmx1", "inet"),
        Route("198.51.100.11", "link#2", "UHS", "lo0", "inet"),
        Route("10.255.0.2", "link#3", "UH", "gre0", "inet"),
        Route("10.255.0.1", "link#3", "UHS", "lo0", "inet"),
    )


def test_a_macvlan_is_shown_as_its_parent() -> None:
    addresses = (local(4, VIP, 32),)
    routes = (route("203.0.113.0", 24, STATIC, via(4, "198.51.100.1")),)

    assert parse_routes(netstat(LINKS, addresses, routes)) == (
        Route(VIP, "link#2", "UHS", "lo0", "inet"),
        Route("203.0.113.0/24", "198.51.100.1", "UGS", "vmx1", "inet"),
    )


def test_the_network_of_a_vip_beside_an_own_address_is_told_once() -> None:
    addresses = (local(2, "198.51.100.11", 24), local(4, VIP, 24))

    told = [r.destination for r in parse_routes(netstat(LINKS, addresses, ()))]

    assert told == ["198.51.100.0/24", "198.51.100.11", VIP]


def test_flags_tell_what_was_set_by_hand_from_what_was_learned() -> None:
    routes = (
        route(None, 0, STATIC, via(2, "198.51.100.1")),
        route("192.0.2.1", 32, STATIC, Hop(2, None)),
        route("172.27.27.0", 27, OSPF, via(3, "10.255.0.2")),
        route("172.30.0.1", 32, OSPF, via(3, "10.255.0.2")),
    )

    assert parse_routes(netstat(LINKS, (), routes)) == (
        Route("default", "198.51.100.1", "UGS", "vmx1", "inet"),
        Route("192.0.2.1", "link#2", "UHS", "vmx1", "inet"),
        Route("172.27.27.0/27", "10.255.0.2", "UG1", "gre0", "inet"),
        Route("172.30.0.1", "10.255.0.2", "UGH1", "gre0", "inet"),
    )


def test_each_next_hop_of_a_route_has_its_line() -> None:
    both = (via(2, "198.51.100.1"), via(3, "10.255.0.2"))

    rows = parse_routes(netstat(LINKS, (), (route("172.27.27.0", 27, OSPF, *both),)))

    assert [(row.gateway, row.interface) for row in rows] == [
        ("198.51.100.1", "vmx1"),
        ("10.255.0.2", "gre0"),
    ]


def test_link_local_addresses_name_their_link() -> None:
    addresses = (local(2, "2001:db8:51::11", 64), local(2, "fe80::1", 64))
    routes = (route(None, 0, STATIC, via(2, "fe80::2"), family=AF_INET6),)

    assert parse_routes(netstat(LINKS, addresses, routes)) == (
        Route("2001:db8:51::/64", "link#2", "U", "vmx1", "inet6"),
        Route("2001:db8:51::11", "link#2", "UHS", "lo0", "inet6"),
        Route("fe80::%vmx1/64", "link#2", "U", "vmx1", "inet6"),
        Route("fe80::1%lo0", "link#2", "UHS", "lo0", "inet6"),
        Route("default", "fe80::2%vmx1", "UGS", "vmx1", "inet6"),
    )


def test_an_interface_that_is_down_has_no_routes_of_its_own() -> None:
    down = replace(VMX1, is_up=False)

    text = netstat((LO, down), (local(1, "127.0.0.1", 8), local(2, "198.51.100.11", 24)), ())

    assert [row.destination for row in parse_routes(text)] == ["127.0.0.1"]
