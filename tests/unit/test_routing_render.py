"""What the emulated routers answer is what the parsers read."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.model.routing import Neighbor, OspfInterface, OspfRoute
from bluegreen.routing import bird, openospfd, quagga, render_bird, render_openospfd, render_quagga
from bluegreen.routing.frr import parse_ospf_json, parse_ospf_routes, parse_router_id
from bluegreen.routing.interfaces import parse_ospf_interfaces
from bluegreen.routing.ospf import parse_neighbors
from bluegreen.routing.render import (
    Release,
    render_interfaces_json,
    render_neighbors_json,
    render_process_json,
    render_routes_json,
)

LOCAL = {"gre0": "10.255.0.1", "gre1": "10.255.1.1", "vmx0": "198.51.100.2"}
STATES = ["Full", "Loading", "Exchange", "ExStart", "2-Way", "Init", "Attempt"]

addresses = st.ip_addresses(v=4).map(str)
interfaces = st.sampled_from([*LOCAL, "vlan7"])
neighbors = st.builds(
    lambda router_id, address, interface, state, role, priority: Neighbor(
        router_id, address, interface, state, state == "Full", role, priority
    ),
    addresses | st.just("-"),
    addresses,
    interfaces,
    st.sampled_from(STATES),
    st.sampled_from([None, "DR", "Backup", "DROther"]),
    st.integers(0, 255),
)
routes = st.builds(
    OspfRoute,
    st.ip_addresses(v=4).map(lambda address: f"{address}/32"),
    st.lists(addresses, max_size=3).map(tuple),
    st.lists(interfaces, max_size=3).map(tuple),
    st.booleans(),
)


@given(st.lists(neighbors, unique_by=lambda each: each.router_id))
def test_neighbours_come_back_as_they_were(given_neighbors: list[Neighbor]) -> None:
    rendered = render_neighbors_json(given_neighbors, LOCAL)

    assert list(parse_neighbors(rendered)) == given_neighbors


@given(st.lists(neighbors, unique=True))
def test_neighbours_with_the_same_router_id_come_back_too(given_neighbors: list[Neighbor]) -> None:
    rendered = render_neighbors_json(given_neighbors, LOCAL)

    assert set(parse_neighbors(rendered)) == set(given_neighbors)


@given(st.lists(routes, unique_by=lambda each: each.prefix))
def test_routes_come_back_as_they_were(given_routes: list[OspfRoute]) -> None:
    assert list(parse_ospf_routes(render_routes_json(given_routes))) == given_routes


@given(addresses)
def test_a_router_id_comes_back_as_it_was(router_id: str) -> None:
    assert parse_router_id(render_process_json(router_id)) == router_id


def test_neighbours_have_the_keys_of_frr_10_in_its_order() -> None:
    seven = Neighbor("192.0.2.7", "10.255.0.2", "gre0", "Exchange", False, "DROther", 1)

    rendered = render_neighbors_json([seven], LOCAL)

    assert json.loads(rendered)["neighbors"]["192.0.2.7"] == [
        {
            "nbrState": "Exchange/DROthe",  # ospfd has 15 characters for it
            "nbrPriority": 1,
            "converged": "Exchange",
            "role": "DROther",
            "upTimeInMsec": 509026,
            "routerDeadIntervalTimerDueMsec": 32912,
            "upTime": "8m29s",
            "deadTime": "32.912s",
            "ifaceAddress": "10.255.0.2",
            "ifaceName": "gre0:10.255.0.1",
            "linkStateRetransmissionListCounter": 0,
            "linkStateRequestListCounter": 0,
            "databaseSummaryListCounter": 0,
        }
    ]
    assert '"nbrState":"Exchange\\/DROthe",\n' in rendered


def test_a_route_that_is_not_installed_is_not_selected_either() -> None:
    waiting = OspfRoute("172.27.27.0/27", ("10.255.0.2",), ("gre0",), installed=False)

    (entry,) = json.loads(render_routes_json([waiting]))["172.27.27.0/27"]

    assert "selected" not in entry
    assert "installed" not in entry
    assert entry["nexthops"] == [
        {
            "flags": 1,
            "ip": "10.255.0.2",
            "afi": "ipv4",
            "interfaceName": "gre0",
            "active": True,
            "weight": 1,
        }
    ]


def test_a_router_alone_is_rendered_as_one_and_read_as_one() -> None:
    alone = parse_ospf_json(
        render_neighbors_json([], {}), render_process_json("192.0.2.1"), render_routes_json([])
    )

    assert (alone.router_id, alone.neighbors, alone.routes) == ("192.0.2.1", (), ())


RELEASES: list[Release] = [(7, 0), (7, 1), (7, 5), (8, 1), (8, 2), (8, 5), (9, 0), (9, 1), (10, 1)]
BIRDS = ["1.6.8", "2.0.8", "2.15.1", "3.0.0", "2"]
GRE = OspfInterface(
    "gre0",
    True,
    area="0.0.0.1",
    router_id="192.0.2.1",
    network_type="POINTOPOINT",
    state="Point-To-Point",
    cost=65535,
    hello_s=10.0,
    dead_s=40.0,
    mtu=1476,
    neighbors=1,
    adjacent=0,
)
OFF = OspfInterface("vmx0", False, mtu=1500)
FULL = Neighbor("192.0.2.7", "10.255.0.2", "gre0", "Full", True, None, 1)
STUCK = Neighbor("192.0.2.8", "10.255.1.2", "gre1", "ExStart", False, None, 1)
ROUTES = (
    OspfRoute("172.27.27.0/27", ("10.255.0.2",), ("gre0",), True),
    OspfRoute("0.0.0.0/0", ("10.255.0.2", "10.255.1.2"), ("gre0", "gre1"), True),
    OspfRoute("10.9.0.0/16", (), ("vmx0",), False),
)


@pytest.mark.parametrize("release", RELEASES)
def test_each_release_of_frr_is_read_as_the_same(release: Release) -> None:
    role = None if release >= (8, 2) else "DROther"
    neighbors = parse_neighbors(render_neighbors_json([FULL, STUCK], LOCAL, release))

    assert neighbors == (replace(FULL, role=role), replace(STUCK, role=role))
    assert parse_ospf_routes(render_routes_json(ROUTES, release)) == ROUTES
    assert parse_ospf_interfaces(render_interfaces_json([GRE, OFF], release)) == (GRE, OFF)


def test_quagga_is_read_as_the_same() -> None:
    neighbors = render_quagga.render_neighbors([FULL, STUCK], LOCAL)

    said = quagga.parse_ospf(
        neighbors,
        render_quagga.render_process("192.0.2.1"),
        render_quagga.render_routes(ROUTES),
        render_quagga.render_interfaces([GRE, OFF], LOCAL),
    )

    assert (said.daemon, said.router_id, said.routes) == ("quagga", "192.0.2.1", ROUTES)
    assert said.neighbors == (replace(FULL, role="DROther"), replace(STUCK, role="DROther"))
    assert said.interfaces == (GRE, OFF)


@pytest.mark.parametrize("version", BIRDS)
def test_each_bird_is_read_as_the_same(version: str) -> None:
    said = bird.parse_ospf(
        render_bird.render_neighbors([FULL, STUCK], version),
        render_bird.render_status("192.0.2.1", "router-001", version),
        render_bird.render_routes(ROUTES, version),
    )

    assert (said.daemon, said.router_id, said.routes) == ("bird", "192.0.2.1", ROUTES)
    assert said.neighbors == (replace(FULL, role="PtP"), replace(STUCK, role="PtP"))


@pytest.mark.parametrize("version", BIRDS)
def test_a_bird_without_neighbours_and_routes_has_none(version: str) -> None:
    said = bird.parse_ospf(
        render_bird.render_neighbors([], version),
        render_bird.render_status("192.0.2.1", "router-001", version),
        render_bird.render_routes([], version),
    )

    assert (said.neighbors, said.routes) == ((), ())


def test_openospfd_is_read_as_the_same() -> None:
    said = openospfd.parse_ospf(
        render_openospfd.render_neighbors([FULL, STUCK]),
        render_openospfd.render_summary("192.0.2.1"),
    )

    assert (said.daemon, said.router_id) == ("openospfd", "192.0.2.1")
    assert said.neighbors == (replace(FULL, role="PtP"), replace(STUCK, role="PtP"))
