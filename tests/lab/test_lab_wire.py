"""What is on the wire, octet by octet, and what tcpdump reads in it."""

import struct
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from carp_net import BLUE, CLIENT, GREEN, OWN, OWN6, VIP, VIP6, Net, a_router, a_vhid, wait_until

from bluegreen.carp.packet import Secret, decode, encode, is_signed
from bluegreen.emulator.spec import EXAMPLE_KEY

pytestmark = pytest.mark.xdist_group("packets")

CARP = "proto 112 or ip6 proto 112"


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    with Net(tmp_path) as made:
        yield made


class Tcpdump:
    """Reads at a host until the end of the test."""

    def __init__(self, net: Net, stack: ExitStack, *words: str, host: str = CLIENT) -> None:
        self.file = net.directory / "captured"
        self._log = net.directory / "tcpdump.log"
        all_words = ("tcpdump", "-i", "vmx1", "-U", "-w", str(self.file), *words)
        stack.enter_context(net.process(host, *all_words, log=self._log))
        wait_until(lambda: "listening on" in self._log.read_text(), "tcpdump listens")

    @property
    def frames(self) -> list[bytes]:
        """Return what was captured, without the headers of the file (pcap-savefile(5))."""
        octets, at, found = self.file.read_bytes(), 24, []
        while at + 16 <= len(octets):
            (length,) = struct.unpack_from("=I", octets, at + 8)
            if at + 16 + length <= len(octets):
                found.append(octets[at + 16 : at + 16 + length])
            at += 16 + length
        return found

    def wait_for(self, count: int) -> list[bytes]:
        wait_until(lambda: len(self.frames) >= count, f"{count} frames")
        return self.frames

    def read(self, net: Net) -> str:
        return net.run(CLIENT, "tcpdump", "-nve", "-T", "carp", "-r", str(self.file))


def test_a_new_master_advertises_in_both_families_and_then_announces(net: Net) -> None:
    with ExitStack() as stack:
        seen = Tcpdump(net, stack, f"ether src 00:00:5e:00:01:02 and ({CARP} or arp or icmp6)")

        stack.enter_context(net.router(a_router(BLUE, a_vhid(2, VIP, VIP6), advskew=7), 2))

        first, second, third, fourth = seen.wait_for(4)[:4]
        assert first[:40].hex(" ", 2) == (
            "0100 5e00 0012 0000 5e00 0102 0800 "
            "45e0 0038 0000 4000 ff70 d857 c000 020b e000 0012 "
            "2102 0707 0001"
        )
        assert second[:22].hex(" ", 2) == "3333 0000 0012 0000 5e00 0102 86dd 6e00 0000 0024 70ff"
        assert second[22:24].hex() == "fe80"
        assert second[38:60].hex(" ", 2) == (
            "ff02 0000 0000 0000 0000 0000 0000 0012 2102 0707 0001"
        )
        secret = Secret(EXAMPLE_KEY.encode(), (VIP, VIP6))
        packets = [decode(first[34:]), decode(second[54:])]
        assert [is_signed(packet, secret) for packet in packets] == [True, True]
        assert packets[1].counter == packets[0].counter + 1
        assert third.hex(" ", 2) == (
            "ffff ffff ffff 0000 5e00 0102 0806 0001 0800 0604 0001 "
            "0000 5e00 0102 c000 02e6 0000 0000 0000 c000 02e6"
        )
        assert fourth.hex(" ", 2) == (
            "3333 0000 0001 0000 5e00 0102 86dd 6000 0000 0020 3aff "
            "2001 0db8 0000 0000 0000 0000 0000 0230 ff02 0000 0000 0000 0000 0000 0000 0001 "
            "8800 97cb 2000 0000 2001 0db8 0000 0000 0000 0000 0000 0230 0201 0000 5e00 0102"
        )


def test_tcpdump_reads_every_vhid_in_both_families(net: Net) -> None:
    vhids = tuple(a_vhid(n, f"192.0.2.{228 + n}", f"2001:db8::{228 + n}") for n in (2, 3))

    with ExitStack() as stack:
        seen = Tcpdump(net, stack, CARP)
        stack.enter_context(net.router(a_router(BLUE, *vhids, advskew=7), 2, 3))
        seen.wait_for(4)
        read = seen.read(net)

    for number in (2, 3):
        said = f"CARPv2-advertise 36: vhid={number} advbase=1 advskew=7 authlen=7"
        assert f"{OWN[BLUE]} > 224.0.0.18: {said}" in read
        assert f"00:00:5e:00:01:{number:02x} > 33:33:00:00:00:12" in read
        assert f" > ff02::12: {said}" in read
    assert "tos 0xe0, ttl 255, id 0, offset 0, flags [DF], proto VRRP (112)" in read
    assert "class 0xe0, hlim 255, next-header VRRP (112)" in read
    assert "bad" not in read


def test_tcpdump_reads_what_goes_to_a_unicast_peer(net: Net) -> None:
    vhid = replace(a_vhid(2, VIP, VIP6), peer=OWN[GREEN], peer6=OWN6[GREEN])

    with ExitStack() as stack:
        seen = Tcpdump(net, stack, CARP, host=GREEN)
        stack.enter_context(net.router(a_router(BLUE, vhid, advskew=7), 2))
        seen.wait_for(2)
        read = seen.read(net)

    said = "CARPv2-advertise 36: vhid=2 advbase=1 advskew=7 authlen=7"
    assert f"{OWN[BLUE]} > {OWN[GREEN]}: {said}" in read
    assert f"{OWN6[BLUE]} > {OWN6[GREEN]}: {said}" in read
    assert "tos 0xe0, ttl 255" in read
    assert "flags [DF]" in read
    assert "class 0xe0, hlim 255" in read


def test_the_octets_of_ucarp_are_those_that_we_would_have_sent(net: Net) -> None:
    words = ["ucarp", "-i", "vmx1", "-s", OWN[GREEN], "-v", "2", "-p", EXAMPLE_KEY, "-a", VIP]
    words += ["-k", "50", "-b", "1", "-P", "-u", "/bin/true", "-d", "/bin/true"]

    with ExitStack() as stack:
        seen = Tcpdump(net, stack, CARP)
        stack.enter_context(net.process(GREEN, *words, log=net.directory / "ucarp.log"))
        frames = seen.wait_for(2)

    secret = Secret(EXAMPLE_KEY.encode(), (VIP,))
    for frame in frames:
        assert (frame[14], frame[22], frame[23]) == (0x45, 255, 112)
        assert frame[26:34] == bytes((192, 0, 2, 12, 224, 0, 0, 18))
        packet = decode(frame[34:])
        assert (packet.vhid, packet.advbase, packet.advskew) == (2, 1, 50)
        assert encode(packet, secret) == frame[34:]
