"""How each line of ifconfig(8) reads, by its first word.

Source: sbin/ifconfig/{ifconfig,af_inet,af_inet6,carp,ifgre,iflagg,ifpfsync,ifvlan}.c of
FreeBSD 10 to 15, and real outputs of those releases; read 2026-11-22.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from bluegreen.freebsd.ifconfig_block import Block
from bluegreen.freebsd.text import refusal
from bluegreen.model.network import CarpState, Inet, LaggPort, Tunnel, Vlan, VrrpGroup

_INET = re.compile(
    r"\s*inet ([\d.]+)(?:/(\d{1,3}))?(?: --> (\S+))?(?: +netmask (0x[0-9a-f]{1,8}|[\d.]+))?"
    r"(?: +broadcast ([\d.]+))?(?: +vhid (\d{1,3}))?$",
    re.ASCII,
)
_INET6 = re.compile(
    r"\s*inet6 ([0-9a-fA-F:.]+)(?:%([^\s/]+))?(?:/(\d{1,3}))?(?: --> ([^\s%]+)(?:%\S+)?)?"
    r"(?: +prefixlen (\d{1,3}))?(?: +(?!vhi|scop|pltim|vltim|prefixl)[a-z_]{6,})*"
    r"(?: +scopeid 0x[0-9a-f]+)?(?: +pltime \w+ +vltime \w+)?(?: +vhid (\d{1,3}))?$",
    re.ASCII,
)
_ABRIDGED = re.compile(
    r"\s*inet6? ([0-9a-fA-F:.]+) (?:\S+ )*(?:\.\.\.|…) vhid (\d{1,3})$", re.ASCII
)
_KEY = re.compile(r' +key ".*"(?=$|, peer)')
_CARP = re.compile(
    r"\s*carp: (INIT|BACKUP|MASTER) vhid (\d{1,3}) advbase (\d{1,3}) advskew (\d{1,3})"
    r"(?:, peer (\S+))?(?:,? peer6 (\S+))?$",
    re.ASCII,
)
_VRRP = re.compile(
    r"\s*vrrp: (INIT|BACKUP|MASTER) vrid (\d{1,3}) prio (\d{1,3}) interval (\d{1,4})"
    r"(?:, peer \S+)?(?:,? peer6 \S+)?$",
    re.ASCII,
)
_PEER = re.compile(r"\s*(?:peer (\S+))?(?:\s*peer6 (\S+))?$")
_ETHER = re.compile(r"\s*ether ([0-9A-Za-z*]{2}(?::[0-9A-Za-z*]{2}){5})$")
_TUNNEL = re.compile(r"\s*tunnel (inet6?) (\S+) --> (\S+)$")
_VLAN = re.compile(r"\s*vlan: (\d{1,4})(?: \w+: \S+)* parent interface: (\S+)$", re.ASCII)
_LAGGPORT = re.compile(r"\s*laggport: (\S+) flags=[0-9a-f]+<([A-Z_,]*)>(?:\s|$)")
_SYNC = re.compile(r"(?:\s*pfsync:)?\s*\w+: \S+(?:\s+\w+: \S+)*$")
_SYNC_PAIR = re.compile(r"(\w+): (\S+)")
_SYNC_VALUE = {
    "syncok": re.compile(r"[01]"),
    "defer": re.compile(r"on|off"),
    "maxupd": re.compile(r"[0-9]{1,9}"),
    "version": re.compile(r"[0-9]{1,9}"),
}


_STATE = {state.value: state for state in CarpState}


@lru_cache(maxsize=4096)
def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=256)
def prefixlen_of(netmask: str) -> int | None:
    """Return the length of a netmask, hex or dotted, or None where it has holes."""
    try:
        bits = int(netmask, 16) if netmask.startswith("0x") else int(ipaddress.IPv4Address(netmask))
    except ValueError:
        return None
    length = bits.bit_count()
    return length if bits == (1 << 32) - (1 << (32 - length)) else None


def _read_inet(block: Block, line: str, number: int) -> None:
    match = _INET.match(line)
    if match is None:
        _read_abridged(block, line, number)
        return
    address, plen, destination, netmask, broadcast, vhid = match.groups()
    prefixlen = int(plen) if plen else prefixlen_of(netmask) if netmask else None
    if prefixlen is None or prefixlen > 32 or not _is_address(address):
        raise refusal(number, line, "address or netmask cannot be read")
    if (destination and not _is_address(destination)) or (broadcast and not _is_address(broadcast)):
        raise refusal(number, line, "far end or broadcast address cannot be read")
    number_of = _vip(block, vhid, address, number, line)
    block.inet.append(Inet(address, prefixlen, number_of, destination, broadcast))


def _read_inet6(block: Block, line: str, number: int) -> None:
    match = _INET6.match(line)
    if match is None:
        _read_abridged(block, line, number)
        return
    address, zone, plen, destination, prefix, vhid = match.groups()
    length = plen or prefix
    if length is None or int(length) > 128 or not _is_address(address):
        raise refusal(number, line, "address or prefixlen cannot be read")
    if destination and not _is_address(destination):
        raise refusal(number, line, "far end cannot be read")
    number_of = _vip(block, vhid, address, number, line)
    block.inet6.append(Inet(address, int(length), number_of, destination, None, zone))


def _read_abridged(block: Block, line: str, number: int) -> None:
    """Take the VIP of ``inet 192.0.2.1 ... vhid 5``: its prefix is not known, so no Inet."""
    match = _ABRIDGED.match(line)
    if match is None or not _is_address(match[1]):
        raise refusal(number, line, "address line not understood")
    _vip(block, match[2], match[1], number, line)


def _vip(block: Block, vhid: str | None, address: str, number: int, line: str) -> int | None:
    if vhid is None:
        return None
    if not 1 <= int(vhid) <= 255:
        raise refusal(number, line, "a vhid is 1 to 255")
    block.vips.append((int(vhid), address))
    return int(vhid)


def _read_carp(block: Block, line: str, number: int) -> None:
    match = _CARP.match(_KEY.sub("", line) if " key " in line else line)
    if match is None:
        raise refusal(number, line, "carp line not understood")
    state, vhid_text, advbase_text, advskew_text, peer, peer6 = match.groups()
    vhid, advbase, advskew = int(vhid_text), int(advbase_text), int(advskew_text)
    if not 1 <= vhid <= 255 or advbase > 255 or advskew > 254:
        raise refusal(number, line, "vhid is 1 to 255, advbase to 255, advskew to 254")
    _check_peers(peer, peer6, number, line)
    block.carp.append((vhid, _STATE[state], advbase, advskew, peer, peer6))
    block.awaits_peer = "carp"


def _read_vrrp(block: Block, line: str, number: int) -> None:
    match = _VRRP.match(_KEY.sub("", line) if " key " in line else line)
    if match is None:
        raise refusal(number, line, "vrrp line not understood")
    state, *numbers = match.groups()
    vrid, prio, interval = map(int, numbers)
    if not 1 <= vrid <= 255 or prio > 255:
        raise refusal(number, line, "vrid is 1 to 255, prio to 255")
    block.vrrp.append(VrrpGroup(vrid, _STATE[state], prio, interval))
    block.awaits_peer = "vrrp"


def _check_peers(peer: str | None, peer6: str | None, number: int, line: str) -> None:
    if (peer and (":" in peer or not _is_address(peer))) or (
        peer6 and (":" not in peer6 or not _is_address(peer6))
    ):
        raise refusal(number, line, "a peer that is no address of its family")


def read_peer(block: Block, line: str, number: int, *, of: str) -> None:
    """Read the second line that a vhid has since FreeBSD 14."""
    match = _PEER.match(line)
    if match is None or not of:
        reason = "peer line not understood" if of else "peer line without its carp line"
        raise refusal(number, line, reason)
    _check_peers(match[1], match[2], number, line)
    if of == "carp":
        vhid, state, advbase, advskew, peer, peer6 = block.carp[-1]
        if (peer and match[1]) or (peer6 and match[2]):
            raise refusal(number, line, "a second peer for the same vhid")
        block.carp[-1] = (vhid, state, advbase, advskew, peer or match[1], peer6 or match[2])
    block.awaits_peer = of


def _read_ether(block: Block, line: str, number: int) -> None:
    ether = _group(_ETHER, line, number, "ether line not understood")[0]
    block.ether = ether if block.first("ether", number, line) else None


def _read_tunnel(block: Block, line: str, number: int) -> None:
    """Keep both ends as text: people mask public addresses."""
    family, local, remote = _group(_TUNNEL, line, number, "tunnel line not understood")
    one = block.first("tunnel", number, line)
    block.tunnel = Tunnel(family, local, remote) if one else None


def _read_vlan(block: Block, line: str, number: int) -> None:
    tag, parent = _group(_VLAN, line, number, "vlan line not understood")
    one = block.first("vlan", number, line)
    block.vlan = Vlan(int(tag), None if parent == "<none>" else parent) if one else None


def _read_laggport(block: Block, line: str, number: int) -> None:
    name, flags = _group(_LAGGPORT, line, number, "laggport line not understood")
    block.laggports.append(LaggPort(name, names_of(flags)))


def _read_sync(block: Block, line: str, number: int) -> None:
    if _SYNC.match(line) is None:
        raise refusal(number, line, "pfsync line not understood")
    for key, value in _SYNC_PAIR.findall(line.replace("pfsync:", "", 1)):
        shape = _SYNC_VALUE.get(key)
        if shape and not shape.fullmatch(value):
            raise refusal(number, line, f"{key} is not a value of pfsync")
        block.first(f"pfsync {key}", number, line)
        block.sync[key] = value


def _read_description(block: Block, line: str, number: int) -> None:
    one = block.first("description", number, line)
    block.description = line.split(":", 1)[1].strip() if one else None


def _read_groups(block: Block, line: str, number: int) -> None:
    one = block.first("groups", number, line)
    block.groups = tuple(line.split()[1:]) if one else ()


def _read_status(block: Block, line: str, number: int) -> None:
    status = line.split(":", 1)[1].strip()
    if not status:
        raise refusal(number, line, "status line not understood")
    block.status = status if block.first("status", number, line) else None


def _skip(block: Block, line: str, number: int) -> None:
    """Pass over a line that says nothing we need."""


def _group(pattern: re.Pattern[str], line: str, number: int, reason: str) -> tuple[str, ...]:
    match = pattern.match(line)
    if match is None:
        raise refusal(number, line, reason)
    return match.groups()


@lru_cache(maxsize=256)
def names_of(flags: str) -> tuple[str, ...]:
    """Return the names between ``<`` and ``>``."""
    return tuple(flags.split(",")) if flags else ()


READERS: Mapping[str, Callable[[Block, str, int], None]] = {
    "inet": _read_inet,
    "inet6": _read_inet6,
    "carp:": _read_carp,
    "vrrp:": _read_vrrp,
    "ether": _read_ether,
    "tunnel": _read_tunnel,
    "vlan:": _read_vlan,
    "laggport:": _read_laggport,
    "pfsync:": _read_sync,
    "syncdev:": _read_sync,
    "syncpeer:": _read_sync,
    "syncok:": _read_sync,
    "description:": _read_description,
    "groups:": _read_groups,
    "status:": _read_status,
    "media:": _skip,
    "nd6": _skip,
    "hwaddr": _skip,
    "fib:": _skip,
    "member:": _skip,
    "id": _skip,
    "root": _skip,
    "laggproto": _skip,
}
