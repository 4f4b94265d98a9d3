"""Ethernet frames that a MASTER sends from its virtual MAC, octet by octet; nothing is sent here.

An advertisement to the group leaves from the virtual MAC, so that a switch
learns by the first one where the VIPs are (carp_output, sys/netinet/ip_carp.c).
"""

import struct
from ipaddress import IPv4Address, IPv6Address

from bluegreen.carp.packet import GROUP, GROUP6, PROTOCOL, TTL, checksum

DSCP_OCTET = 0xE0
"""Type of service or traffic class: net.inet.carp.dscp is 56, and fills the upper six bits."""

_ETHERTYPE4, _ETHERTYPE_ARP, _ETHERTYPE6 = 0x0800, 0x0806, 0x86DD
_BROADCAST = b"\xff" * 6
_DONT_FRAGMENT = 0x4000
_ICMP6, _NEIGHBOR_ADVERTISEMENT, _OVERRIDE = 58, 136, 0x20000000
_TARGET_LINK_LAYER, _UNITS = 2, 1  # the option of 8 octets, RFC 4861 section 4.6.1
_ALL_NODES = IPv6Address("ff02::1")

_ETHERNET = struct.Struct("!6s6sH")
_IP4 = struct.Struct("!BBHHHBBH4s4s")
_IP6 = struct.Struct("!IHBB16s16s")
_ARP = struct.Struct("!HHBBH6s4s6s4s")


def virtual_mac(vhid: int) -> bytes:
    """Return the MAC address that a vhid's MASTER answers with (RFC 5798 section 7.3)."""
    return bytes((0x00, 0x00, 0x5E, 0x00, 0x01, vhid))


def advertisement4(vhid: int, source: IPv4Address, carp: bytes) -> bytes:
    """Return an advertisement to 224.0.0.18: don't fragment, and thus with the identifier 0."""
    unsummed = (0x45, DSCP_OCTET, 20 + len(carp), 0, _DONT_FRAGMENT, TTL, PROTOCOL)
    ends = (source.packed, GROUP.packed)
    summed = checksum(_IP4.pack(*unsummed, 0, *ends))
    group_mac = b"\x01\x00\x5e" + GROUP.packed[1:]
    return _framed(group_mac, vhid, _ETHERTYPE4) + _IP4.pack(*unsummed, summed, *ends) + carp


def advertisement6(vhid: int, source: IPv6Address, carp: bytes) -> bytes:
    """Return an advertisement to ff02::12."""
    ip = _ip6(source, GROUP6, PROTOCOL, len(carp), DSCP_OCTET)
    return _framed6(GROUP6, vhid) + ip + carp


def announcement4(vhid: int, vip: IPv4Address) -> bytes:
    """Return a gratuitous ARP: a request for the VIP by the VIP (arp_announce_ifaddr)."""
    mac = virtual_mac(vhid)
    arp = _ARP.pack(1, _ETHERTYPE4, 6, 4, 1, mac, vip.packed, bytes(6), vip.packed)
    return _framed(_BROADCAST, vhid, _ETHERTYPE_ARP) + arp


def announcement6(vhid: int, vip: IPv6Address) -> bytes:
    """Return an unsolicited neighbour advertisement that overrides what is known (RFC 4861)."""
    option = bytes((_TARGET_LINK_LAYER, _UNITS)) + virtual_mac(vhid)
    rest = struct.pack("!I", _OVERRIDE) + vip.packed + option
    length = 4 + len(rest)
    ends = vip.packed + _ALL_NODES.packed
    pseudo = ends + struct.pack("!II", length, _ICMP6)
    summed = checksum(pseudo + struct.pack("!BBH", _NEIGHBOR_ADVERTISEMENT, 0, 0) + rest)
    icmp = struct.pack("!BBH", _NEIGHBOR_ADVERTISEMENT, 0, summed) + rest
    return _framed6(_ALL_NODES, vhid) + _ip6(vip, _ALL_NODES, _ICMP6, length, 0) + icmp


def _ip6(
    source: IPv6Address, destination: IPv6Address, following: int, length: int, class_: int
) -> bytes:
    first = 6 << 28 | class_ << 20
    return _IP6.pack(first, length, following, TTL, source.packed, destination.packed)


def _framed(to: bytes, vhid: int, ethertype: int) -> bytes:
    return _ETHERNET.pack(to, virtual_mac(vhid), ethertype)


def _framed6(group: IPv6Address, vhid: int) -> bytes:
    return _framed(b"\x33\x33" + group.packed[-4:], vhid, _ETHERTYPE6)
