"""OSPF's routes, router ids and interfaces, as FRR and Quagga print them."""

from pathlib import Path

import pytest

from bluegreen.errors import ParseError
from bluegreen.model.routing import OspfInterface, OspfRoute
from bluegreen.routing import frr, quagga
from bluegreen.routing.frr import parse_ospf_routes, parse_router_id
from bluegreen.routing.interfaces import parse_ospf_interfaces

FIXTURES = Path(__file__).parents[1] / "fixtures" / "routing"


def fixture(name: str) -> str:
    return (FIXTURES / f"{name}.txt").read_text()


ROUTES: dict[str, list[OspfRoute]] = {
    "frr-route": [
        OspfRoute("10.255.0.0/30", (), ("gre0",), installed=False),
        OspfRoute("172.27.27.0/27", ("10.255.0.2", "10.255.1.2"), ("gre0", "gre1"), installed=True),
        OspfRoute("172.27.28.0/27", ("10.255.0.2",), ("gre0",), installed=False),
        OspfRoute("172.27.29.0/27", ("10.255.0.2",), ("gre0",), installed=False),
        OspfRoute("172.27.30.0/27", ("10.255.1.2",), ("gre1",), installed=False),
        OspfRoute("172.27.31.0/27", ("10.255.0.2",), ("gre0",), installed=True),
    ],
    "frr-route-entry": [
        OspfRoute("172.27.27.0/27", ("10.255.0.2", "10.255.1.2"), ("gre0", "gre1"), installed=True),
        OspfRoute("172.27.30.0/27", ("10.255.1.2",), ("gre1",), installed=False),
    ],
    "frr-ospf-route": [
        OspfRoute("10.255.0.0/30", (), ("gre0",), installed=False),
        OspfRoute(
            "172.27.27.0/27", ("10.255.0.2", "10.255.1.2"), ("gre0", "gre1"), installed=False
        ),
        OspfRoute("0.0.0.0/0", ("10.255.0.2",), ("gre0",), installed=False),
    ],
}


@pytest.mark.parametrize("name", ROUTES)
def test_every_table_s_routes_of_ospf_are_read_with_their_paths(name: str) -> None:
    assert list(parse_ospf_routes(fixture(name))) == ROUTES[name]


@pytest.mark.parametrize("name", ["frr-route", "frr-route-entry"])
def test_a_paste_with_single_blanks_reads_the_same(name: str) -> None:
    pasted = "\n".join(" ".join(line.split()) for line in fixture(name).split("\n"))

    assert list(parse_ospf_routes(pasted)) == ROUTES[name]


@pytest.mark.parametrize(
    ("flags", "installed"),
    [
        ('"selected":true,"installed":true,"internalStatus":16', True),
        ('"selected":true,"destSelected":true,"internalStatus":0', False),
        ('"selected":true,"internalStatus":0,"table":254', False),
        ('"selected":true,"internalStatus":0', True),  # FRR 7.0: only its hops tell
        ('"selected":true,"queued":true,"internalStatus":8', False),
        ('"installed":true,"internalStatus":16', False),
        ('"selected":true', True),
        ('"distance":110', False),
    ],
)
def test_a_route_in_json_is_installed_where_zebra_chose_it_and_the_kernel_has_it(
    flags: str, installed: bool
) -> None:
    text = (
        f'{{"172.27.27.0/27":[{{"prefix":"172.27.27.0/27","protocol":"ospf",{flags},'
        '"nexthops":[{"fib":true,"ip":"10.255.0.2","interfaceName":"gre0"}]},'
        '{"prefix":"172.27.27.0/27","protocol":"static","selected":true,"installed":true}]}'
    )

    assert parse_ospf_routes(text) == (
        OspfRoute("172.27.27.0/27", ("10.255.0.2",), ("gre0",), installed),
    )


@pytest.mark.parametrize(
    "text", ["", "\n", "{}", "{\n}\n", "K>* 0.0.0.0/0 [0/0] via 10.0.0.1, em0"]
)
def test_no_route_of_ospf_is_an_answer(text: str) -> None:
    assert parse_ospf_routes(text) == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("zebra is not running\n", "it says 'zebra is not running'"),
        ("O>* 172.27.27.0/27 [110/20] via 10.255.0.2, gr", "cut off"),
        ("O>* 172.27.27.0/27", "cut off"),
        ("O>* 172.27", "cut off"),
        ("O   172.27.27.0", "cut off"),
        ("Routing entry for 172.27.27.0/27\n", "cut off"),
        ('Routing entry for 172.27.27.0/27\n  Known via "ospf", distance 110, best\n', "a path"),
        ('{"172.27.27.0/27":[{"prefix":"172.27', "JSON cut off"),
        ('{"neighbors":{}}', "with 'neighbors'"),
    ],
)
def test_what_is_no_whole_table_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(ParseError) as refusal:
        parse_ospf_routes(text)

    assert reason in refusal.value.what


@pytest.mark.parametrize(
    ("text", "router_id"),
    [
        (" OSPF Routing Process, Router ID: 192.0.2.1\n", "192.0.2.1"),
        (" OSPFv3 Routing Process (0) with Router-ID 192.0.2.1\n", "192.0.2.1"),
        ("BIRD 2.15 ready.\nBIRD 2.15\nRouter ID is 192.0.2.1\n", "192.0.2.1"),
        ("Router ID: 192.0.2.1\nUptime: 01w2d03h\n", "192.0.2.1"),
        ('{"routerId":"192.0.2.1"}', "192.0.2.1"),
        ('{"red":{"routerId":"192.0.2.9"},"default":{"routerId":"192.0.2.1"}}', "192.0.2.1"),
        ('{"red":{"routerId":"192.0.2.9"}}', "192.0.2.9"),
        ("{}", None),
        ("% OSPF is not enabled in vrf default\n", None),
        ("Router ID Pri State DTime Interface Router IP\n192.0.2.7 1 Full/PtP", None),
    ],
)
def test_a_router_id_is_read_wherever_a_daemon_prints_it(text: str, router_id: str | None) -> None:
    assert parse_router_id(text) == router_id


def test_frr_is_read_from_three_answers_in_json() -> None:
    neighbors = '{"192.0.2.7":[{"nbrState":"Full/-","ifaceAddress":"10.255.0.2"}]}'

    ospf = frr.parse_ospf_json(neighbors, '{"routerId":"192.0.2.1"}', "{}")

    assert (ospf.daemon, ospf.router_id, ospf.routes) == ("frr", "192.0.2.1", ())
    assert [each.full for each in ospf.neighbors] == [True]


def test_frr_without_a_configured_process_has_no_router_id() -> None:
    assert frr.parse_ospf_json("{}", "", "{}").router_id is None


def test_a_daemon_that_is_not_running_is_not_a_daemon_without_neighbours() -> None:
    with pytest.raises(ParseError, match=r"`show ip ospf neighbor json` answered without JSON"):
        frr.parse_ospf_json("ospfd is not running\n", "", "{}")


def test_quagga_is_read_from_three_answers_in_text() -> None:
    ospf = quagga.parse_ospf(
        fixture("frr-10-neighbor"), " OSPF Routing Process, Router ID: 192.0.2.1\n", ""
    )

    assert (ospf.daemon, ospf.router_id, ospf.routes) == ("quagga", "192.0.2.1", ())
    assert [each.full for each in ospf.neighbors] == [True, False, False, False]


def test_interfaces_are_read_with_fast_hellos_and_without_ospf() -> None:
    interfaces = parse_ospf_interfaces(fixture("frr-interface"))

    assert interfaces == (
        OspfInterface(
            name="gre0",
            up=True,
            area="0.0.0.10",
            router_id="192.0.2.1",
            network_type="POINTOPOINT",
            state="Point-To-Point",
            cost=10,
            hello_s=0.25,
            dead_s=1.0,
            mtu=1476,
            neighbors=1,
            adjacent=1,
        ),
        OspfInterface("vmx0", up=True, mtu=1500),
        OspfInterface("gre1", up=False, mtu=1476),
    )


@pytest.mark.parametrize(
    ("timers", "hello_s", "dead_s"),
    [
        ('"timerMsecs":10000,"timerDeadSecs":40', 10.0, 40.0),
        ('"timerMsecs":250,"timerDeadSecs":1', 0.25, 1.0),
        ('"timerMsecs":100,"timerDeadMsecs":25', 10.0, 40.0),  # 1000 / s, until 2019
        ('"timerMsecs":500,"timerDeadMsecs":125', 2.0, 8.0),
        ('"timerMsecs":250,"timerDeadMsecs":1000', 0.25, 1.0),
        ('"timerMsecs":1000,"timerDeadMsecs":0', 1.0, None),
        ('"cost":10', None, None),
    ],
)
def test_timers_are_seconds_whatever_the_version_of_frr_meant(
    timers: str, hello_s: float, dead_s: float | None
) -> None:
    text = f'{{"interfaces":{{"gre0":{{"ifUp":true,"ospfEnabled":true,{timers}}}}}}}'

    (interface,) = parse_ospf_interfaces(text)

    assert (interface.hello_s, interface.dead_s) == (hello_s, dead_s)


def test_an_interface_s_addresses_in_json_are_interfaces_of_their_own() -> None:
    text = (
        '{"gre0":{"ifUp":true,"mtuBytes":1476,"interfaceIp":{"10.255.0.1":{"area":"0.0.0.2",'
        '"cost":10},"10.255.1.1":{"area":"0.0.0.1 [NSSA]","cost":20}}},"vmx0":{"ifDown":false}}'
    )

    assert parse_ospf_interfaces(text) == (
        OspfInterface("gre0", up=True, area="0.0.0.2", cost=10, mtu=1476),
        OspfInterface("gre0", up=True, area="0.0.0.1", cost=20, mtu=1476),
        OspfInterface("vmx0", up=False),
    )


def test_no_interface_in_json_is_an_answer() -> None:
    assert parse_ospf_interfaces('{"interfaces":{}}') == parse_ospf_interfaces("{}") == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        ("gre0 is up\n", "it begins with 'gre0 is up'"),
        ("gre0 is up\n  ifindex 7, MTU 1476 bytes, BW 0 Mbit <UP>\n", "cut off"),
        (fixture("frr-interface").partition("  Neighbor Count")[0], "cut off"),
        (fixture("frr-route"), "it looks like `show ip route`"),
        (fixture("frr-10-neighbor"), "it looks like `show ip ospf neighbor`"),
    ],
)
def test_what_is_no_whole_interface_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(ParseError) as refusal:
        parse_ospf_interfaces(text)

    assert reason in refusal.value.what


@pytest.mark.parametrize("protocol", ["[]", "{}", "null", "7"])
def test_a_route_of_a_protocol_that_is_no_name_is_none_of_ospf_s(protocol: str) -> None:
    text = f'{{"10.0.0.0/8": [{{"prefix": "10.0.0.0/8", "protocol": {protocol}}}]}}'

    assert parse_ospf_routes(text) == ()
