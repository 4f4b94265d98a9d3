"""Two of our routers on one bridge: who has the VIP, and what a client notices."""

import json
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from carp_net import (
    BLUE,
    CLIENT,
    GREEN,
    OWN,
    OWN6,
    VIP,
    VIP6,
    Net,
    a_pair,
    a_router,
    a_vhid,
    wait_until,
)

from bluegreen.emulator.spec import VhidSpec
from bluegreen.model.network import CarpState

pytestmark = pytest.mark.xdist_group("packets")

BOTH = a_vhid(2, VIP, VIP6)
NOWHERE = "192.0.2.77"
FAR, FAR6 = "203.0.113.5", "2001:db8:5::5"


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    with Net(tmp_path) as made:
        yield made


def pinging(net: Net, address: str, count: int) -> subprocess.Popen[str]:
    """Ping from the client every millisecond."""
    words = ("fping", "-q", "-c", str(count), "-p", "1", "-i", "1", "-t", "500", address)
    return subprocess.Popen(net.words(CLIENT, *words), stderr=subprocess.PIPE, text=True)


def lost(pings: subprocess.Popen[str]) -> int:
    """Wait for its end; fping tells on standard error how many it sent and how many came back."""
    _, said = pings.communicate(timeout=30)
    counted = re.search(r"= (\d+)/(\d+)/", said)
    assert counted, said
    return int(counted[1]) - int(counted[2])


def answers(net: Net, address: str) -> bool:
    words = net.words(CLIENT, "fping", "-c", "1", "-t", "300", address)
    return subprocess.run(words, check=False, capture_output=True).returncode == 0


def neighbor(net: Net, address: str) -> str:
    """Return the MAC address that the client knows for an address."""
    listed = net.run(CLIENT, "ip", "-j", "neigh", "show", address)
    return str(json.loads(listed)[0]["lladdr"])


def test_the_way_to_a_vip_never_leads_onto_the_link_of_its_virtual_mac(net: Net) -> None:
    """There a MASTER-to-be would ask for its own address, and drop what waits for the answer."""
    with a_pair(net, BOTH) as (blue, _green):
        blue.wait_for(2)

        listed = net.run(BLUE, "ip", "-j", "-6", "route", "show", "dev", "vmx1.c2")

        assert VIP6 not in [route["dst"] for route in json.loads(listed)]
        assert answers(net, VIP6)


def test_who_connects_and_asks_nothing_holds_up_no_router(net: Net) -> None:
    with a_pair(net, BOTH) as (blue, green), ExitStack() as stack:
        for _ in range(20):
            silent = stack.enter_context(socket.socket(socket.AF_UNIX))
            silent.connect(blue.station.programs)

        blue.drain()

        green.wait_for(2)
        blue.wait_for()


def test_a_planned_switch_loses_no_packet_at_1_khz(net: Net) -> None:
    with a_pair(net, BOTH) as (blue, green):
        pings = pinging(net, VIP, 1500)
        pings6 = pinging(net, VIP6, 1500)

        blue.drain()

        green.wait_for(2)
        blue.wait_for()
        assert (lost(pings), lost(pings6)) == (0, 0)
        assert green.look().changes[-1].new is CarpState.MASTER
        assert "carp: 2@vmx1: BACKUP -> MASTER (preempting a slower master)" in green.messages
        assert green.events[-1] == "!system=CARP subsystem=2@vmx1 type=MASTER"
        assert blue.events[-1] == "!system=CARP subsystem=2@vmx1 type=BACKUP"


def test_a_vip_is_on_the_master_alone_and_answers_with_the_virtual_mac(net: Net) -> None:
    vips = frozenset({VIP, VIP6})

    with a_pair(net, BOTH) as (blue, green):
        assert answers(net, VIP)
        assert answers(net, VIP6)
        assert net.addresses(BLUE) & vips == vips
        assert net.addresses(GREEN) & vips == frozenset()

        blue.drain()
        green.wait_for(2)
        blue.wait_for()

        wait_until(lambda: net.addresses(BLUE) & vips == frozenset(), "its VIPs are gone")
        assert net.addresses(GREEN) & vips == vips
        for vip in vips:
            net.run(CLIENT, "ip", "neigh", "flush", "to", vip)
            assert answers(net, vip)
            assert neighbor(net, vip) == "00:00:5e:00:01:02"


def test_eight_vhids_move_together(net: Net) -> None:
    numbers = tuple(range(2, 10))
    vhids = tuple(a_vhid(n, f"192.0.2.{228 + n}", f"2001:db8::{228 + n}") for n in numbers)

    with a_pair(net, *vhids) as (blue, green):
        pings = [pinging(net, f"192.0.2.{228 + n}", 1500) for n in (2, 9)]

        blue.drain()

        green.wait_for(*numbers)
        blue.wait_for()
        assert [lost(p) for p in pings] == [0, 0]
        moved = net.addresses(GREEN)
        assert {f"192.0.2.{228 + n}" for n in numbers} <= moved
        assert {f"2001:db8::{228 + n}" for n in numbers} <= moved


def test_a_pulled_cable_hands_the_vip_to_the_peer_and_a_plugged_one_takes_it_back(net: Net) -> None:
    with a_pair(net) as (blue, green):
        net.cable(BLUE, "down")

        green.wait_for(2)
        blue.wait_for()
        assert blue.look().roles[0].state is CarpState.INIT
        assert blue.look().demotion == 240
        assert VIP not in net.addresses(BLUE)
        assert answers(net, VIP)

        net.cable(BLUE, "up")

        blue.wait_for(2)
        green.wait_for()
        assert blue.look().demotion == 0
        assert answers(net, VIP)


def test_ifconfig_down_takes_the_real_interface_down(net: Net) -> None:
    with a_pair(net, BOTH) as (blue, green):
        assert answers(net, OWN6[BLUE])

        blue.run("ifconfig", "vmx1", "down")

        green.wait_for(2)
        assert not answers(net, OWN[BLUE])
        assert answers(net, VIP)

        blue.run("ifconfig", "vmx1", "up")

        blue.wait_for(2)
        assert answers(net, OWN[BLUE])
        wait_until(lambda: answers(net, OWN6[BLUE]), "its IPv6 address is back")


def test_a_reboot_vanishes_without_a_farewell_and_comes_back(net: Net) -> None:
    with a_pair(net, BOTH) as (blue, green):
        blue.run("shutdown", "-r", "now")

        wait_until(lambda: not answers(net, OWN[BLUE]), "its interfaces are down")
        wait_until(lambda: "(master timed out)" in green.messages, "its peer has taken over")
        wait_until(lambda: answers(net, OWN[BLUE]), "it is back")
        blue.wait_for(2)
        assert answers(net, VIP6)


def test_a_peer_that_no_longer_preempts_waits_until_the_drained_master_steps_down(net: Net) -> None:
    with a_pair(net) as (blue, green):
        green.run("sysctl", "net.inet.carp.preempt=0")
        blue.drain()

        blue.run("ifconfig", "vmx1", "vhid", "2", "state", "backup")

        green.wait_for(2)
        assert "BACKUP -> MASTER (master timed out)" in green.messages
        assert "preempting" not in green.messages
        assert "MASTER -> BACKUP (user requested via ifconfig)" in blue.messages


def test_both_have_the_vip_while_a_frozen_peer_is_master_too(net: Net) -> None:
    with a_pair(net) as (blue, green):
        green.set_fault("forced_master", value=True)

        wait_until(lambda: green.look().masters == (2,), "it is forced")
        wait_until(lambda: VIP in net.addresses(GREEN), "its VIP is there")
        assert blue.look().masters == (2,)
        assert VIP in net.addresses(BLUE)

        green.set_fault("forced_master", value=False)

        green.wait_for()
        wait_until(lambda: VIP not in net.addresses(GREEN), "its VIP is gone")
        assert blue.look().masters == (2,)


def test_a_unicast_pair_switches_and_sends_nothing_to_the_group(net: Net) -> None:
    def towards(name: str) -> VhidSpec:
        return replace(BOTH, peer=OWN[name], peer6=OWN6[name])

    words = net.words(CLIENT, "tcpdump", "-ni", "vmx1", "-c", "1", "proto 112 or ip6 proto 112")
    with a_pair(net, towards(GREEN), green=(towards(BLUE),)) as (blue, green):
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as heard:
            pings = pinging(net, VIP, 1500)

            blue.drain()

            green.wait_for(2)
            blue.wait_for()
            assert lost(pings) == 0
            assert heard.poll() is None
            heard.terminate()
        assert (blue.look().demotion, green.look().demotion) == (0, 0)


def test_a_unicast_peer_that_nobody_answers_for_demotes_until_it_is_there(net: Net) -> None:
    alone = replace(a_vhid(), peer=NOWHERE)

    with net.router(a_router(BLUE, alone), 2) as blue:
        wait_until(lambda: blue.look().demotion == 240, "three sends have failed")
        assert "(send error 64 on vmx1)" in blue.messages

        net.run(CLIENT, "ip", "addr", "add", f"{NOWHERE}/24", "dev", "vmx1")

        wait_until(lambda: blue.look().demotion == 0, "three sends have worked")


def test_who_is_not_master_forwards_nothing_that_is_sent_to_the_virtual_mac(net: Net) -> None:
    for version, vip, far in (("-4", VIP, FAR), ("-6", VIP6, FAR6)):
        net.run(GREEN, "ip", "addr", "add", far, "dev", "lo")
        net.run(CLIENT, "ip", version, "route", "add", far, "via", vip)
        mac = ("lladdr", "00:00:5e:00:01:02", "nud", "permanent")
        net.run(CLIENT, "ip", "neigh", "add", vip, "dev", "vmx1", *mac)
    with net.router(a_router(BLUE, BOTH), 2) as blue:
        net.run(BLUE, "ip", "route", "add", FAR, "via", OWN[GREEN])
        net.run(BLUE, "ip", "-6", "route", "add", FAR6, "via", OWN6[GREEN])
        assert answers(net, FAR)
        assert answers(net, FAR6)

        blue.run("sysctl", "net.inet.carp.allow=0")

        assert not answers(net, FAR)
        assert not answers(net, FAR6)
        assert answers(net, OWN[BLUE])
