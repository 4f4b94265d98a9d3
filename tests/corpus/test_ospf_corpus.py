"""Outputs of real OSPF daemons, value by value."""

import re
from pathlib import Path

import pytest

from bluegreen.errors import ParseError
from bluegreen.model.routing import Neighbor, OspfInterface, OspfRoute
from bluegreen.routing import bird, frr, quagga, render_bird, render_quagga
from bluegreen.routing.frr import parse_ospf_routes, parse_router_id
from bluegreen.routing.interfaces import parse_ospf_interfaces
from bluegreen.routing.ospf import parse_neighbors
from bluegreen.routing.render import render_neighbors_json
from bluegreen.routing.text import squeezed

Row = tuple[str, str | None, str, str | None, int]  # router id, address, interface, role, priority

FULL: dict[str, list[Row]] = {
    "ospf-01-frr-text-uptime-netns": [
        ("10.0.255.3", "10.0.3.1", "r1-eth1", "DR", 1),
        ("10.0.255.2", "10.0.3.3", "r1-eth1", "Backup", 1),
    ],
    "ospf-03-frr-text-detail-8.3": [
        ("8.8.8.8", "20.1.1.194", "ens192", "DR", 1),
        ("30.1.1.100", "30.1.1.100", "ens224", "DR", 1),
    ],
    "ospf-04-frr-json-legacy-keys-pre8.3": [
        ("192.10.120.2", "192.10.120.2", "VLINK0", "DROther", 1),
    ],
    "ospf-05-frr-json-both-keys-8.3-8.5": [("10.0.255.2", "10.0.3.2", "r1-eth1", None, 1)],
    "ospf-06-frr-json-new-keys-epoch-10": [("6.0.0.9", "6.0.0.9", "swp1", None, 1)],
    "ospf-07-frr-json-new-keys-proxmox-10": [
        ("172.16.6.1", "172.16.6.1", "ens19", None, 1),
        ("172.16.6.1", "172.16.7.1", "ens21", None, 1),
        ("172.16.6.3", "172.16.6.3", "ens20", None, 1),
    ],
    "ospf-11-frr-json-vrf-all-8.4.3": [("<IP>", "<IP>", "bond15.4093", None, 1)],
    "ospf-12-frr-ospf6-text": [("1.1.1.1", None, "ens192", "DR", 1)],
    "ospf-13-quagga-vyatta-text": [
        ("127.0.0.2", "10.0.2.2", "eth2", "Backup", 1),
        ("127.0.0.3", "10.0.0.2", "eth3", "Backup", 1),
    ],
    "ospf-14-quagga-centos-text-and-route": [
        ("127.0.0.2", "192.168.12.2", "eth1", "Backup", 1),
        ("127.0.0.3", "192.168.31.1", "eth2", "Backup", 1),
    ],
    "ospf-15-frr-text-sonic-7.x": [
        ("192.168.0.1", "192.168.0.1", "Ethernet0", "DROther", 1),
        ("192.168.0.3", "192.168.0.3", "Ethernet4", "DROther", 1),
    ],
    "ospf-16-frr-text-tun-gre-dmvpn": [
        ("1.1.1.2", "10.10.10.2", "gre1", "DR", 254),
        ("1.1.1.1", "10.10.10.1", "gre1", "DR", 255),
        ("1.1.1.3", "10.10.10.3", "gre1", "DROther", 0),
    ],
    "ospf-18-frr-text-exabgp-5nbrs": [
        ("172.30.250.101", "172.30.250.101", "enp6s0", "DROther", 1),
        ("172.30.250.102", "172.30.250.102", "enp6s0", "DROther", 1),
        ("172.30.250.103", "172.30.250.103", "enp6s0", "DROther", 1),
        ("172.30.250.104", "172.30.250.104", "enp6s0", "DROther", 1),
        ("172.30.250.105", "172.30.250.105", "enp6s0", "Backup", 1),
    ],
    "ospf-20-frr-text-via-ssh-ptp": [("203.0.113.251", "198.51.100.1", "eth1", None, 1)],
    "ospf-23-linux-ipip-interface-bfd": [("10.191.0.1", "10.191.0.105", "tun0", None, 1)],
    "ospf-24-bird2-neighbors-underlay": [
        ("30.0.2.0", "fe80::5254:33ff:fe00:3c", "eth1", "BDR", 1),
        ("2.0.2.0", "fe80::5254:33ff:fe00:3", "eth2", "DR", 1),
        ("1.0.1.1", "fe80::f0e1:69ff:fe12:2fb6", "veth0", "PtP", 1),
        ("1.0.1.24", "fe80::cc93:9ff:fe79:9672", "veth1", "PtP", 1),
    ],
    "ospf-26-bird2-neighbors-wg": [("10.86.87.1", "10.86.87.1", "wg0", "PtP", 1)],
    "ospf-27-bird2-socket-raw": [("172.20.30.1", "172.20.30.1", "veth2internal", "PtP", 1)],
    "ospf-36-frr-json-status-infix": [
        ("10.1.2.1", "10.1.2.1", "e3.8", None, 1),
        ("10.1.3.1", "10.1.3.1", "e4.8", None, 1),
        ("192.168.100.1", "10.1.1.100", "e6", "DR", 1),
    ],
    "ospf-39-frr-json-ospf6-neighbor-topotest": [("2.2.2.2", None, "eth-rt2", "PtP", 1)],
}

NO_NEIGHBORS = {
    "ospf-08-frr-json-interface-proxmox-10": "show ip ospf interface json",
    "ospf-09-frr-json-interface-8-10": "show ip ospf interface json",
    "ospf-22-freebsd-gre-show-ip-ospf-interface": "show ip ospf interface",
    "ospf-28-bird-show-ospf": "show ospf (BIRD)",
    "ospf-30-freebsd-frr-route-bsdrp": "show ip route",
    "ospf-31-vti-ipsec-route-inactive": "show ip route",
    "ospf-32-frr-show-ip-ospf-text": "show ip ospf",
    "ospf-34-frr-json-ospf-route-infix": "show ip ospf route json",
    "ospf-35-frr-json-ip-route-infix": "show ip route json",
    "ospf-37-frr-json-interface-vrf-all-exporter": "show ip ospf interface json",
    "ospf-40-frr-text-interface-ref": "show ip ospf interface",
    "ospf-42-frr-json-route-bfd-ref": "show ip route json",
}


def read(corpus: Path, name: str) -> str:
    return (corpus / "ospf" / f"{name}.txt").read_text()


def full(row: Row) -> Neighbor:
    router_id, address, interface, role, priority = row
    return Neighbor(router_id, address, interface, "Full", full=True, role=role, priority=priority)


def test_every_recorded_output_has_its_values_here(corpus: Path) -> None:
    recorded = {path.stem for path in (corpus / "ospf").glob("*.txt")}

    assert recorded == {*FULL, *NO_NEIGHBORS}


@pytest.mark.parametrize("name", FULL)
def test_every_neighbour_is_read_with_all_its_fields(corpus: Path, name: str) -> None:
    neighbors = parse_neighbors(read(corpus, name))

    assert list(neighbors) == [full(row) for row in FULL[name]]


@pytest.mark.parametrize("name", NO_NEIGHBORS)
def test_another_output_is_refused_by_its_name(corpus: Path, name: str) -> None:
    with pytest.raises(ParseError) as refusal:
        parse_neighbors(read(corpus, name))

    assert refusal.value.what.endswith(f"it looks like `{NO_NEIGHBORS[name]}`")


@pytest.mark.parametrize("name", FULL)
def test_an_output_cut_off_anywhere_never_shows_a_neighbour_that_was_not_there(
    corpus: Path, name: str
) -> None:
    text = read(corpus, name)
    whole = {(row[0], True) for row in FULL[name]}

    for end in range(0, len(text), 7):
        try:
            part = parse_neighbors(text[:end])
        except ParseError:
            continue
        assert {(each.router_id, each.full) for each in part} <= whole


def test_what_frr_10_prints_is_rendered_byte_for_byte_but_for_its_timers(corpus: Path) -> None:
    recorded = read(corpus, "ospf-07-frr-json-new-keys-proxmox-10").partition("\n")[2]
    local = {"ens19": "172.16.6.2", "ens20": "172.16.6.2", "ens21": "172.16.7.2"}

    rendered = render_neighbors_json(parse_neighbors(recorded), local)

    assert without_timers(rendered) == without_timers(recorded)


@pytest.mark.parametrize(
    ("name", "release"),
    [
        ("ospf-04-frr-json-legacy-keys-pre8.3", (7, 5)),
        ("ospf-05-frr-json-both-keys-8.3-8.5", (8, 5)),
        ("ospf-07-frr-json-new-keys-proxmox-10", (10, 3)),
    ],
)
def test_each_release_of_frr_is_rendered_with_its_keys_in_its_order(
    corpus: Path, name: str, release: tuple[int, int]
) -> None:
    recorded = read(corpus, name)
    first = parse_neighbors(recorded)[:1]

    rendered = render_neighbors_json(first, {}, release)

    keys = re.findall(r'"(\w+)":(?![\[{])', rendered)
    assert keys == re.findall(r'"(\w+)":(?![\[{])', recorded)[: len(keys)]
    assert len(keys) >= 8


def test_quaggas_rows_are_rendered_byte_for_byte_but_for_their_timers(corpus: Path) -> None:
    recorded = read(corpus, "ospf-14-quagga-centos-text-and-route")
    local = {"eth1": "192.168.12.1", "eth2": "192.168.31.2"}
    neighbors = parse_neighbors(recorded)
    routes = [r for r in parse_ospf_routes(recorded) if r.prefix == "192.168.22.0/24"]

    table = render_quagga.render_neighbors(neighbors, local)
    learned = render_quagga.render_routes(routes)

    lines = [re.sub(r"[0-9.]+s |[0-9:]{8}$", "T", line) for line in recorded.splitlines()]
    rows = [*table.splitlines()[2:], learned.splitlines()[-1]]
    assert len(rows) == 3
    assert {re.sub(r"[0-9.]+s |[0-9:]{8}$", "T", row) for row in rows} <= set(lines)


@pytest.mark.parametrize(
    ("name", "version"),
    [("ospf-26-bird2-neighbors-wg", "2.0.7"), ("ospf-24-bird2-neighbors-underlay", "2.0.8")],
)
def test_birds_lines_are_rendered_word_for_word_but_for_their_timers(
    corpus: Path, name: str, version: str
) -> None:
    recorded = [squeezed(line) for line in read(corpus, name).splitlines()[1:]]
    neighbors = [n for n in parse_neighbors(read(corpus, name)) if n.role == "PtP"]

    rendered = render_bird.render_neighbors(neighbors, version).splitlines()

    told = [squeezed(line).replace(" 32.912 ", " T ") for line in rendered]
    wanted = [re.sub(r" [0-9]+\.[0-9]{3} ", " T ", line) for line in recorded]
    assert told[0] == wanted[0]
    assert set(told[2:]) <= set(wanted)
    assert len(told) == 3 + len(neighbors)


def without_timers(text: str) -> str:
    return re.sub(r'("(?:up|dead|router)\w*[Tt]ime\w*":)[^,]*', r"\1T", text)


ROUTES: dict[str, list[tuple[str, tuple[str, ...], tuple[str, ...], bool]]] = {
    "ospf-14-quagga-centos-text-and-route": [
        ("10.0.2.0/24", ("192.168.12.2",), ("eth1",), False),
        ("192.168.12.0/30", (), ("eth1",), False),
        ("192.168.22.0/24", ("192.168.12.2",), ("eth1",), True),
        ("192.168.23.0/30", ("192.168.12.2",), ("eth1",), True),
    ],
    "ospf-30-freebsd-frr-route-bsdrp": [
        ("192.168.1.0/24", ("10.0.0.13",), ("em2",), True),
        ("192.168.1.0/24", ("10.0.0.5",), ("em0",), True),
    ],
    "ospf-31-vti-ipsec-route-inactive": [
        ("0.0.0.0/0", ("192.168.86.5",), ("vti-vti0",), False),
        ("10.60.18.234/32", ("192.168.86.5",), ("vti-vti0",), False),
        ("10.250.50.0/30", ("192.168.86.5",), ("vti-vti0",), True),
        ("172.27.0.0/25", ("192.168.86.5",), ("vti-vti0",), True),
        ("172.27.25.0/24", ("192.168.86.5",), ("vti-vti0",), False),
    ],
    "ospf-34-frr-json-ospf-route-infix": [
        ("0.0.0.0/0", ("10.1.1.100",), ("e6",), False),
        ("10.1.1.0/24", (), ("e6",), False),
        ("10.1.2.0/24", ("10.1.1.100", "10.1.2.1"), ("e6", "e3.8"), False),
        ("10.1.3.0/24", ("10.1.1.100", "10.1.3.1"), ("e6", "e4.8"), False),
    ],
    "ospf-35-frr-json-ip-route-infix": [
        ("0.0.0.0/0", ("10.1.1.100",), ("e6",), True),
        ("10.1.1.0/24", (), ("e6",), False),
        ("10.1.2.0/24", ("10.1.1.100", "10.1.2.1"), ("e6", "e3.8"), True),
        ("10.1.3.0/24", ("10.1.1.100", "10.1.3.1"), ("e6", "e4.8"), True),
    ],
    "ospf-42-frr-json-route-bfd-ref": [
        ("2.2.2.2/32", ("10.0.1.2",), ("eth-rt2",), True),
        ("3.3.3.3/32", ("10.0.2.2",), ("eth-rt3",), True),
        ("4.4.4.4/32", ("10.0.2.2",), ("eth-rt3",), True),
        ("5.5.5.5/32", ("10.0.1.2",), ("eth-rt2",), True),
        ("2.2.2.2/32", ("10.0.2.2",), ("eth-rt3",), True),
        ("5.5.5.5/32", ("10.0.2.2",), ("eth-rt3",), True),
    ],
}


@pytest.mark.parametrize("name", ROUTES)
def test_every_route_of_ospf_says_whether_the_fib_has_it(corpus: Path, name: str) -> None:
    routes = parse_ospf_routes(read(corpus, name))

    assert list(routes) == [
        OspfRoute(prefix, hops, interfaces, installed)
        for prefix, hops, interfaces, installed in ROUTES[name]
    ]


@pytest.mark.parametrize(
    ("name", "router_id"),
    [
        ("ospf-32-frr-show-ip-ospf-text", "0.2.0.2"),
        ("ospf-36-frr-json-status-infix", "10.1.1.1"),
        ("ospf-22-freebsd-gre-show-ip-ospf-interface", "10.10.1.1"),
        ("ospf-24-bird2-neighbors-underlay", None),
        ("ospf-28-bird-show-ospf", None),
    ],
)
def test_the_router_id_is_found_where_it_is_printed(
    corpus: Path, name: str, router_id: str | None
) -> None:
    assert parse_router_id(read(corpus, name)) == router_id


# name, area's last number, router id, type, state, cost, hello and dead interval in s, mtu,
# neighbours, adjacent, unnumbered
Facts = tuple[str, int, str, str, str, int, float, float, int, int, int, bool]

BROADCAST = "BROADCAST", "DR"
TUNNEL = "POINTOPOINT", "Point-To-Point"

INTERFACES: dict[str, list[Facts]] = {
    "ospf-08-frr-json-interface-proxmox-10": [
        ("dummy_test", 0, "172.16.6.2", *BROADCAST, 10, 10, 40, 1500, 0, 0, True),
        ("ens19", 0, "172.16.6.2", *TUNNEL, 10, 10, 40, 1500, 1, 1, True),
    ],
    "ospf-09-frr-json-interface-8-10": [
        ("enp3s0", 0, "100.100.100.100", *TUNNEL, 1000, 10, 40, 1500, 0, 0, False),
    ],
    "ospf-22-freebsd-gre-show-ip-ospf-interface": [
        ("tok1", 0, "10.10.1.1", *TUNNEL, 10, 10, 40, 1330, 1, 1, True),
    ],
    "ospf-23-linux-ipip-interface-bfd": [
        ("tun0", 10, "10.190.0.2", *TUNNEL, 500, 2, 10, 1480, 1, 1, False),
    ],
    "ospf-36-frr-json-status-infix": [
        ("e3.8", 1, "10.1.1.1", *TUNNEL, 1, 10, 40, 1500, 1, 1, True),
        ("e4.8", 1, "10.1.1.1", *TUNNEL, 1, 10, 40, 1500, 1, 1, True),
        ("e6", 1, "10.1.1.1", "BROADCAST", "Backup", 1, 10, 40, 1500, 1, 1, False),
    ],
    "ospf-37-frr-json-interface-vrf-all-exporter": [
        ("swp1", 0, "192.168.255.1", *BROADCAST, 1, 10, 40, 1500, 0, 0, False),
        ("swp2", 0, "192.168.255.1", *BROADCAST, 1, 10, 40, 1500, 1, 1, False),
        ("swp3", 0, "192.168.255.1", *BROADCAST, 1, 10, 40, 1500, 0, 0, False),
        ("swp4", 0, "192.168.255.1", *BROADCAST, 1, 10, 40, 1500, 1, 1, False),
        ("peerlink.4094", 75, "10.200.1.222", *BROADCAST, 50, 10, 40, 9000, 0, 0, False),
    ],
    "ospf-40-frr-text-interface-ref": [
        ("r1-eth0", 0, "192.168.0.1", *BROADCAST, 10, 1, 5, 1500, 0, 0, False),
        ("r1-eth3", 0, "192.168.0.1", *BROADCAST, 10, 1, 5, 1500, 0, 0, False),
    ],
}


def an_interface(facts: Facts) -> OspfInterface:
    return OspfInterface(facts[0], True, f"0.0.0.{facts[1]}", *facts[2:])


@pytest.mark.parametrize("name", INTERFACES)
def test_every_interface_is_read_with_all_its_fields(corpus: Path, name: str) -> None:
    interfaces = parse_ospf_interfaces(read(corpus, name))

    assert list(interfaces) == [an_interface(facts) for facts in INTERFACES[name]]


def test_three_answers_of_frr_are_one_picture(corpus: Path) -> None:
    ospf = frr.parse_ospf_json(
        read(corpus, "ospf-07-frr-json-new-keys-proxmox-10"),
        read(corpus, "ospf-36-frr-json-status-infix"),
        read(corpus, "ospf-35-frr-json-ip-route-infix"),
    )

    assert (ospf.daemon, ospf.router_id) == ("frr", "10.1.1.1")
    assert [each.address for each in ospf.neighbors] == ["172.16.6.1", "172.16.7.1", "172.16.6.3"]
    assert [each.prefix for each in ospf.routes if not each.installed] == ["10.1.1.0/24"]


def test_three_answers_of_quagga_are_one_picture(corpus: Path) -> None:
    both = read(corpus, "ospf-14-quagga-centos-text-and-route")

    ospf = quagga.parse_ospf(both, read(corpus, "ospf-32-frr-show-ip-ospf-text"), both)

    assert (ospf.daemon, ospf.router_id) == ("quagga", "0.2.0.2")
    assert [each.router_id for each in ospf.neighbors] == ["127.0.0.2", "127.0.0.3"]
    assert [each.prefix for each in ospf.routes if each.installed] == [
        "192.168.22.0/24",
        "192.168.23.0/30",
    ]


def test_the_answers_of_bird_are_one_picture(corpus: Path) -> None:
    ospf = bird.parse_ospf(
        read(corpus, "ospf-26-bird2-neighbors-wg"), "BIRD 2.0.7\nRouter ID is 10.86.87.2\n"
    )

    assert (ospf.daemon, ospf.router_id) == ("bird", "10.86.87.2")
    assert ospf.neighbors == (full(("10.86.87.1", "10.86.87.1", "wg0", "PtP", 1)),)
