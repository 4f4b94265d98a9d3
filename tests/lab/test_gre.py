"""GRE in user space carries real packets between network namespaces."""

import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from gre_net import FAR_INNER, REAL, VIP, GreNet, far_tunnel, gre_net, tunnel, wait_for

from bluegreen.lab.gre_config import write_tunnels


@pytest.fixture
def net(tmp_path: Path) -> Iterator[GreNet]:
    with gre_net(tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    ("key", "has_checksum"), [(None, False), (42, False), (None, True), (0xFFFFFFFF, True)]
)
def test_every_ping_comes_back_with_and_without_key_and_checksum(
    net: GreNet, key: int | None, has_checksum: bool
) -> None:
    net.carry("a", replace(tunnel(REAL["a"]), key=key, has_checksum=has_checksum))
    net.carry("far", replace(far_tunnel(REAL["a"]), key=key, has_checksum=has_checksum))

    said = net.ping("a", "-c", "200", "-i", "0.002", FAR_INNER)

    assert "200 packets transmitted, 200 received" in said


@pytest.mark.parametrize("key", [None, 7])
def test_a_wrong_key_or_none_is_dropped(net: GreNet, key: int | None) -> None:
    net.carry("a", replace(tunnel(REAL["a"]), key=42))
    net.carry("far", replace(far_tunnel(REAL["a"]), key=key))
    capture = net.capture("far", "proto", "47")

    said = net.ping("a", "-c", "3", "-i", "0.01", FAR_INNER)

    assert "3 packets transmitted, 0 received" in said
    assert sum("ICMP echo request" in line for line in capture.lines()) == 3


def test_tcpdump_decodes_what_is_sent(net: GreNet) -> None:
    net.carry("a", replace(tunnel(REAL["a"]), key=42, has_checksum=True))
    net.carry("far", replace(far_tunnel(REAL["a"]), key=42, has_checksum=True))
    inner_is_ipv4 = "ip[22:2] = 0x800"
    capture = net.capture("far", "-vv", "-c", "1", f"proto 47 and {inner_is_ipv4}")

    net.ping("a", "-c", "1", FAR_INNER)

    said = " ".join(capture.lines_to_the_end())
    assert "flags [DF], proto GRE (47)" in said
    assert "ttl 64" in said
    assert "GREv0, Flags [checksum present, key present]" in said
    assert "key=0x2a" in said
    assert "10.255.0.1 > 10.255.0.2: ICMP echo request" in said


def test_the_largest_packet_that_must_not_be_fragmented_passes_and_one_octet_more_does_not(
    net: GreNet,
) -> None:
    net.carry("a", tunnel(REAL["a"]))
    net.carry("far", far_tunnel(REAL["a"]))
    ping = ("ping", "-n", "-c", "1", "-W", "0.5", "-M", "do", "-s")
    headers = 20 + 8

    fits = net.run("a", *ping, str(1476 - headers), FAR_INNER)
    too_long = net.run("a", *ping, str(1477 - headers), FAR_INNER)

    assert "1 received" in fits
    assert "message too long, mtu=1476" in too_long


def test_an_inner_network_of_ipv6_is_carried(net: GreNet) -> None:
    near = replace(tunnel(REAL["a"]), addresses6=("2001:db8:255::1/64",))
    far = replace(far_tunnel(REAL["a"]), addresses6=("2001:db8:255::2/64",))
    net.carry("a", near)
    net.carry("far", far)

    said = net.ping("a", "-c", "20", "-i", "0.01", "2001:db8:255::2")

    assert "20 packets transmitted, 20 received" in said


def test_a_tunnel_that_is_set_down_is_silent_and_carries_again_when_it_is_up(net: GreNet) -> None:
    net.carry("a", tunnel(REAL["a"]))
    net.carry("far", far_tunnel(REAL["a"]))
    capture = net.capture("far", "proto 47 or icmp")

    net.ip("far", "link set gre0 down")
    down = net.ping("a", "-c", "3", "-i", "0.01", FAR_INNER)
    net.ip("far", "link set gre0 up")
    up = net.ping("a", "-c", "3", "-i", "0.01", FAR_INNER)

    assert "3 packets transmitted, 0 received" in down
    assert "3 packets transmitted, 3 received" in up
    seen = capture.lines()
    assert sum("ICMP echo request" in line for line in seen) == 6
    assert not [line for line in seen if "unreachable" in line]


def test_a_tunnel_ends_with_the_process_that_started_it(net: GreNet) -> None:
    write_tunnels((tunnel(REAL["a"]),), net.directory / "gre.json")
    words = [sys.executable, "-m", "bluegreen.lab.gre", str(net.directory / "gre.json")]
    parent = net.start("a", "sh", "-c", f"{shlex.join(words)} & wait")
    wait_for(lambda: "gre0" in net.run("a", "ip", "link"), "the tunnel")

    parent.kill()

    wait_for(lambda: "gre0" not in net.run("a", "ip", "link"), "no tunnel any more")


def test_a_tunnel_on_the_vip_follows_it_from_one_router_to_the_other(net: GreNet) -> None:
    for router in ("a", "b"):
        net.carry(router, tunnel(VIP))
    net.carry("far", far_tunnel(VIP))
    net.ip("a", f"address add {VIP}/32 dev vmx1")
    wait_for(lambda: net.carrier("a"), "the tunnel of a runs")
    before = net.ping("a", "-c", "3", "-i", "0.01", FAR_INNER)

    net.move_vip("a", "b")

    wait_for(lambda: net.carrier("b") and not net.carrier("a"), "the tunnel of b runs alone")
    assert "3 received" in before
    assert "3 received" in net.ping("b", "-c", "3", "-i", "0.01", FAR_INNER)


@pytest.mark.parametrize(("bug166462", "sent"), [(False, 0), (True, 3)])
def test_a_backup_sends_with_the_vip_as_source_only_where_freebsd_bug_166462_is_wanted(
    net: GreNet, bug166462: bool, sent: int
) -> None:
    net.carry("b", replace(tunnel(VIP), bug166462=bug166462))
    net.carry("far", far_tunnel(VIP))
    capture = net.capture("far", f"proto 47 and src {VIP}")

    said = net.ping("b", "-c", "3", "-i", "0.01", FAR_INNER)

    assert "3 received" not in said
    assert sum("ICMP echo request" in line for line in capture.lines()) == sent


def test_a_thousand_pings_a_second_lose_none(net: GreNet) -> None:
    net.carry("a", tunnel(REAL["a"]))
    net.carry("far", far_tunnel(REAL["a"]))

    said = net.run("a", "fping", "-q", "-p", "1", "-i", "1", "-t", "500", "-c", "2000", FAR_INNER)

    assert re.search(r"xmt/rcv/%loss = 2000/2000/0%", said), said
