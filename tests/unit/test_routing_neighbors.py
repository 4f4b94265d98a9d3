"""Neighbours, as every OSPF daemon that runs on FreeBSD lists them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.errors import ParseError
from bluegreen.model.routing import Neighbor
from bluegreen.routing import bird, openospfd
from bluegreen.routing.ospf import parse_neighbors

FIXTURES = Path(__file__).parents[1] / "fixtures" / "routing"
HEADER = "Neighbor ID Pri State Up Time Dead Time Address Interface RXmtL RqstL DBsmL\n"
ONE = (
    '{"neighbors":{"192.0.2.7":[{"nbrState":"Full\\/-","nbrPriority":1,'
    '"ifaceAddress":"10.255.0.2","ifaceName":"gre0:10.255.0.1"}]}}'
)
SEVEN = Neighbor("192.0.2.7", "10.255.0.2", "gre0", "Full", full=True, role=None, priority=1)

Row = tuple[str, str | None, str | None, str, str | None, int | None]


def fixture(name: str) -> str:
    return (FIXTURES / f"{name}.txt").read_text()


def rows(text: str) -> list[Row]:
    return [
        (each.router_id, each.address, each.interface, each.state, each.role, each.priority)
        for each in parse_neighbors(text)
    ]


LISTINGS: dict[str, list[Row]] = {
    "frr-10-neighbor": [
        ("192.0.2.7", "10.255.0.2", "gre0", "Full", None, 1),
        ("192.0.2.8", "10.255.1.2", "gre1", "ExStart", None, 1),
        ("192.0.2.9", "198.51.100.9", "vmx0", "2-Way", "DROther", 1),
        ("192.0.2.10", "198.51.100.10", "vmx0", "Exchange", "DROther", 1),
    ],
    "frr-10-neighbor-all": [
        ("192.0.2.7", "10.255.0.2", "gre0", "Full", None, 1),
        ("-", "198.51.100.40", "vmx0", "Down", None, 0),
        ("192.0.2.30", "203.0.113.30", "vlan7", "Init", "DROther", 1),
    ],
    "frr-10-neighbor-detail": [
        ("192.0.2.7", "10.255.0.2", "gre0", "Full", None, 1),
        ("192.0.2.9", "198.51.100.9", "vmx0", "Loading", "Backup", 5),
    ],
    "ospf6-neighbor": [
        ("192.0.2.7", None, "gre0", "Full", "PtP", 1),
        ("192.0.2.9", None, "vmx0", "2-Way", "DROther", 7),
        ("192.0.2.11", None, "vmx1", "Init", None, None),
        ("192.0.2.12", "fe80::3", "gre3", "Exchange", None, 1),
    ],
    "bird-1-neighbors": [
        ("192.0.2.7", "10.255.0.2", "gre0", "Full", "PtP", 1),
        ("192.0.2.9", "198.51.100.9", "vmx0", "2-Way", "DROther", 1),
        ("192.0.2.10", "198.51.100.10", "vmx0", "Exchange", "BDR", 1),
    ],
    "bird-2-socket": [
        ("192.0.2.7", "10.255.0.2", "gre0", "Full", "PtP", 1),
        ("192.0.2.9", "fe80::9", "vmx0", "ExStart", "DR", 3),
    ],
    "openospfd-neighbor": [
        ("192.0.2.7", "10.255.0.2", "gre0", "Full", "PtP", 1),
        ("192.0.2.9", "198.51.100.9", "vmx0", "2-Way", "DROther", 1),
        ("192.0.2.10", "198.51.100.10", "vmx0", "ExStart", "Backup", 1),
        ("192.0.2.11", "198.51.100.11", "vmx0", "Exchange", "DR", 0),
    ],
    "openospfd-neighbor-detail": [("192.0.2.7", "10.255.0.2", "gre0", "Full", None, 1)],
}


@pytest.mark.parametrize("name", LISTINGS)
def test_every_daemon_s_listing_is_read_with_all_its_fields(name: str) -> None:
    assert rows(fixture(name)) == LISTINGS[name]


@pytest.mark.parametrize("name", LISTINGS)
def test_blanks_line_ends_and_terminal_colours_change_nothing(name: str) -> None:
    pasted = "\r\n".join(" ".join(line.split()) for line in fixture(name).split("\n"))

    assert rows(f"\x1b[32m\n\n{pasted}\n\n") == LISTINGS[name]


@pytest.mark.parametrize("name", LISTINGS)
def test_what_python_printed_of_bytes_or_text_is_read_like_the_text(name: str) -> None:
    text = fixture(name)

    assert rows(repr(text)) == rows(repr(text.encode())) == LISTINGS[name]


@pytest.mark.parametrize("name", LISTINGS)
def test_only_full_is_full(name: str) -> None:
    assert all(each.full == (each.state == "Full") for each in parse_neighbors(fixture(name)))


@pytest.mark.parametrize(
    "text",
    [
        (
            '{"neighbors":{"192.0.2.7":[{"priority":1,"state":"Full\\/-","deadTimeMsecs":36543,'
            '"address":"10.255.0.2","ifaceName":"gre0:10.255.0.1"}]}}'
        ),
        (
            '{"192.0.2.7":{"priority":1,"state":"Full\\/-","deadTimeMsecs":36543,'
            '"address":"10.255.0.2","ifaceName":"gre0:10.255.0.1"}}'
        ),
        ONE,
        f'{{"default":{{"vrfName":"default","vrfId":0,{ONE[1:-1]}}}}}',
        f"% Can't open configuration file /etc/frr/vtysh.conf due to 'Permission denied'.\n{ONE}",
        f"router-001# show ip ospf neighbor json\r\n{ONE}\r\nrouter-001# ",
        f"router-001# show ip ospf neighbor json {ONE}",
        f"{ONE}\n{ONE}\n{{\n}}\n",
        (
            '{"192.0.2.7":[{"ifaceAddress":"10.255.0.2","areaId":"0.0.0.0","ifaceName":"gre0",'
            '"nbrPriority":1,"nbrState":"Full\\/-","role":"DROther","stateChangeCounter":6}]}'
        ),
    ],
)
def test_every_generation_of_frr_s_keys_gives_the_same_neighbour(text: str) -> None:
    assert parse_neighbors(text) == (SEVEN,)


def test_ospf6_in_json_is_read_as_list_and_as_detail() -> None:
    as_list = '[{"neighborId":"192.0.2.7","priority":1,"state":"Twoway","interfaceName":"gre0"}]'
    detail = '{"192.0.2.7%gre0":{"interface":"gre0","neighborState":"Twoway"}}'

    assert rows(as_list) == [("192.0.2.7", None, "gre0", "2-Way", None, 1)]
    assert rows(detail) == [("192.0.2.7", None, "gre0", "2-Way", None, None)]


def test_an_nbma_neighbour_never_heard_has_no_router_id() -> None:
    text = (
        '{"neighbor":[{"nbrState":"Attempt/DROther","nbrPriority":0,"ifaceAddress":"10.0.0.9",'
        '"ifaceName":"vmx0:10.0.0.1"}],"10.0.0.8":{"nbrNbmaPriority":0,"nbrNbmaDown":true,'
        '"nbrNbmaIfaceName":"vmx0:10.0.0.1"}}'
    )

    assert rows(text) == [
        ("-", "10.0.0.9", "vmx0", "Attempt", "DROther", 0),
        ("-", "10.0.0.8", "vmx0", "Down", None, 0),
    ]


@pytest.mark.parametrize(
    "nobody",
    [
        HEADER,
        f"\nrouter-001# show ip ospf neighbor\n\n{HEADER}\nrouter-001# \n",
        "{}",
        "{\n}\n",
        "[]",
        '{"neighbors":{}}',
        '{"neighbors":[]}',
        '{"default":{"vrfName":"default","vrfId":0,"neighbors":{}}}',
        '{"default":{"vrfName":"default","vrfId":0}}',
        "BIRD 2.15 ready.\nospf1:\nRouter ID Pri State DTime Interface Router IP\n",
        "BIRD 2.15 ready.\nospf1: is not up\n",
        "ID              Pri State        DeadTime Address         Iface     Uptime\n",
    ],
)
def test_a_listing_with_nobody_in_it_is_an_answer(nobody: str) -> None:
    assert parse_neighbors(nobody) == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        (" \n\n", "it is empty"),
        ("ospfd is not running\n", "it says 'ospfd is not running'"),
        ("Exiting: failed to connect to any daemons.\n", "it says 'Exiting: failed to connect"),
        ("% Unknown command: show ip ospf nei\n", "it says '% Unknown command"),
        ("BIRD 2.15 ready.\nThere is no OSPF protocol running\n", "it says 'There is no OSPF"),
        ('{"interfaces":{}}', "it looks like `show ip ospf interface json`"),
        ('{"routerId":"192.0.2.1"}', "it looks like `show ip ospf json`"),
        ('{"weather":"fine"}', "JSON of another command, with 'weather'"),
        ('{"192.0.2.7":{"remoteAs":65000,"bgpState":"Established"}}', "`show bgp json`"),
        ("gre0: flags=8051<UP,POINTOPOINT,RUNNING> mtu 1476\n", "it looks like `ifconfig`"),
        ("Router ID: 192.0.2.1\nUptime: 1d02h03m\n", "it begins with 'Router ID: 192.0.2.1'"),
        (ONE[:-1], "JSON cut off at line 1"),
        (ONE[:40], "JSON cut off at line 1"),
        ("{", "JSON cut off at line 1"),
        (f"{ONE[1:]}", "JSON without its beginning"),
        (f"{ONE}}}", "JSON without its beginning or end"),
        ('{"neighbors":{"192.0.2.7":[{"nbrPriority":1}]}}', "no router id or no state"),
        ('{"neighbors":[{"neighborId":"192.0.2.7","state":"OPERATIONAL"}]}', "is no OSPF state"),
        ('{"a":' * 40 + "1" + "}" * 40, "nested more than 32 deep"),
        ('{"a":' * 9000 + "1" + "}" * 9000, "JSON that no routing daemon prints"),
        (f"{HEADER}192.0.2.7 1 Full/- 4s 35s 10.255.0.2 gre0:10.255.0.1 0 0\n", "cut off"),
        (f"{HEADER}192.0.2.7 1 Full/\n", "cut off"),
        (f"{HEADER}192.0.2.7\n", "cut off"),
        (f"{HEADER}<IP> 1 Full/-\n", "cut off"),
        (f"{HEADER}192.0.2.7 1 Fuel/- 4s 35s 10.255.0.2 gre0:10.255.0.1 0 0 0\n", "unknown"),
        (f"{HEADER}192.0.2.7 1 Full/- 4s 35s gre0 10.255.0.2 0 0 0\n", "'gre0' is no address"),
        (" Neighbor 192.0.2.7, interface address 10.255.0.2\n    In the area 0.0.0.0", "cut off"),
    ],
)
def test_what_is_no_whole_listing_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(ParseError) as refusal:
        parse_neighbors(text)

    assert reason in refusal.value.what


def test_a_row_without_its_header_is_read_where_no_other_table_has_such_rows() -> None:
    row = "192.0.2.7 1 Full/- 31.1s 10.255.0.2 gre0:10.255.0.1 0 0 0"

    assert parse_neighbors(row) == (SEVEN,)


def test_the_same_neighbour_twice_is_one_and_in_two_states_is_two() -> None:
    row = "192.0.2.7 1 {} 31.1s 10.255.0.2 gre0:10.255.0.1 0 0 0\n"

    text = HEADER + row.format("Full/-") + row.format("Full/-") + row.format("Init/-")

    assert [each.state for each in parse_neighbors(text)] == ["Full", "Init"]


def test_an_interface_s_alias_is_part_of_its_name() -> None:
    row = "192.0.2.7 1 Full/- 31.1s 10.255.0.2 {} 0 0 0\n"

    text = HEADER + row.format("eth0:1:10.0.0.1") + row.format("eth0:1") + row.format("VLINK0")

    assert [each.interface for each in parse_neighbors(text)] == ["eth0:1", "VLINK0"]


def test_bird_and_openospfd_give_one_picture_each() -> None:
    a_bird = bird.parse_ospf(fixture("bird-2-socket"), "1011-Router ID is 192.0.2.1\n0013 \n")
    an_openospfd = openospfd.parse_ospf(fixture("openospfd-neighbor"), fixture("openospfd-summary"))

    assert (a_bird.daemon, a_bird.router_id, len(a_bird.neighbors)) == ("bird", "192.0.2.1", 2)
    assert (an_openospfd.daemon, an_openospfd.router_id) == ("openospfd", "192.0.2.1")
    assert [each.full for each in an_openospfd.neighbors] == [True, False, False, False]


def test_another_daemon_s_listing_is_not_taken_for_bird_s_or_openospfd_s() -> None:
    with pytest.raises(ParseError, match="neighbours of BIRD: it looks like `show ip ospf neigh"):
        bird.parse_ospf(HEADER, "")
    with pytest.raises(ParseError, match="neighbours of OpenOSPFD: it looks like `show ip ospf "):
        openospfd.parse_ospf(HEADER, "")


@given(st.text() | st.text(alphabet='{}[]":,01 \n.-/Ful<>#OspfNeighborID'))
def test_any_text_at_all_is_read_or_refused(text: str) -> None:
    try:
        neighbors = parse_neighbors(text)
    except ParseError:
        return
    assert all(each.full == (each.state == "Full") for each in neighbors)
