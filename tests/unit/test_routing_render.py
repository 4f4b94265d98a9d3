"""What the emulated routers answer is what the parsers read."""

import json

from hypothesis import given
from hypothesis import strategies as st

from bluegreen.model.routing import Neighbor, OspfRoute
from bluegreen.routing.frr import parse_ospf_json, parse_ospf_routes, parse_router_id
from bluegreen.routing.ospf import parse_neighbors
from bluegreen.routing.render import (
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
