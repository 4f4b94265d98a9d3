"""Links, addresses and routes of this network namespace, as the kernel tells them.

One question and its answer take some 0.1 ms.

Source: rtnetlink(7), netlink(7); linux/rtnetlink.h, linux/if_addr.h, linux/if_link.h.
"""

import errno
import socket
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

LINK_EVENTS, ADDRESS_EVENTS, ROUTE_EVENTS = 0x1, 0x10 | 0x100, 0x40 | 0x400

_NETLINK_ROUTE = 0
_GETLINK, _GETADDR, _GETROUTE = 18, 22, 26
_ERROR, _DONE = 2, 3
_DUMP = 0x301  # NLM_F_REQUEST | NLM_F_DUMP
_HEADER, _ATTRIBUTE = struct.Struct("=IHHII"), struct.Struct("=HH")
_TYPE_MASK = 0x3FFF  # without NLA_F_NESTED and NLA_F_NET_BYTEORDER
_ANSWER_S = 1.0
_CHUNK = 1 << 16  # octets

_LINK, _LINK_NAME, _LINK_PARENT, _LINK_INFO, _INFO_KIND = struct.Struct("=BxHiII"), 3, 5, 18, 1
_ADDRESS, _FAR, _LOCAL = struct.Struct("=BBBBI"), 1, 2
_ROUTE = struct.Struct("=BBBBBBBBI")
_TO, _OUT, _GATEWAY, _MULTIPATH, _TABLE, _VIA = 1, 4, 5, 9, 15, 18
_HOP = struct.Struct("=HBBi")
_MAIN, _UNICAST = 254, 1

Address = IPv4Address | IPv6Address
_Attributes = Mapping[int, bytes]


@dataclass(frozen=True, slots=True)
class Link:
    """One interface; a macvlan has a parent."""

    index: int
    name: str
    is_up: bool  # IFF_UP: set up, with or without a carrier
    parent: int | None


@dataclass(frozen=True, slots=True)
class Local:
    """One address of an interface."""

    index: int
    address: Address
    prefixlen: int
    far: Address | None  # the other end of a point-to-point link


@dataclass(frozen=True, slots=True)
class Hop:
    """Where packets go next."""

    index: int
    gateway: Address | None  # None: the destination is on the link


@dataclass(frozen=True, slots=True)
class KernelRoute:
    """One route to other machines, of the main table."""

    family: int  # AF_INET or AF_INET6
    destination: Address | None  # None: everything
    prefixlen: int
    protocol: int  # who put it there: /etc/iproute2/rt_protos
    hops: tuple[Hop, ...]


def watch(events: int) -> socket.socket:
    """Return a socket that can be read once something has changed."""
    watcher = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
    watcher.bind((0, events))
    return watcher


def changed(watcher: socket.socket) -> bool:
    """Return whether something has changed since it was asked last; too much to tell is a yes."""
    told = False
    while True:
        try:
            watcher.recv(_CHUNK)
        except BlockingIOError:
            return told
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
        told = True


def links() -> tuple[Link, ...]:
    found = (_parts(body, _LINK) for body in _ask(_GETLINK, _LINK.size))
    return tuple(_link(fields, attributes) for fields, attributes in found)


def addresses() -> tuple[Local, ...]:
    found = (_parts(body, _ADDRESS) for body in _ask(_GETADDR, _ADDRESS.size))
    return tuple(
        _local(fields, attributes) for fields, attributes in found if attributes.keys() & {1, 2}
    )


def routes() -> tuple[KernelRoute, ...]:
    found = (_parts(body, _ROUTE) for body in _ask(_GETROUTE, _ROUTE.size))
    return tuple(
        _route(fields, attributes)
        for fields, attributes in found
        if _table(fields, attributes) == _MAIN and fields[7] == _UNICAST
    )


def _link(fields: tuple[int, ...], attributes: _Attributes) -> Link:
    """A veth has an IFLA_LINK too, which is its other end and maybe another namespace's."""
    kind = _attributes(attributes.get(_LINK_INFO, b"")).get(_INFO_KIND, b"")
    parent = attributes.get(_LINK_PARENT) if kind.rstrip(b"\0") == b"macvlan" else None
    return Link(
        index=fields[2],
        name=attributes[_LINK_NAME].rstrip(b"\0").decode(),
        is_up=bool(fields[3] & 1),
        parent=None if parent is None else int.from_bytes(parent, "little"),
    )


def _local(fields: tuple[int, ...], attributes: _Attributes) -> Local:
    """IFA_LOCAL is our own address; IPv6 has IFA_ADDRESS alone unless there is a far end."""
    own = attributes.get(_LOCAL, attributes.get(_FAR, b""))
    far = attributes.get(_FAR, own)
    return Local(
        index=fields[4],
        address=ip_address(own),
        prefixlen=fields[1],
        far=None if far == own else ip_address(far),
    )


def _table(fields: tuple[int, ...], attributes: _Attributes) -> int:
    return int.from_bytes(attributes[_TABLE], "little") if _TABLE in attributes else fields[4]


def _route(fields: tuple[int, ...], attributes: _Attributes) -> KernelRoute:
    to = attributes.get(_TO)
    several = attributes.get(_MULTIPATH)
    return KernelRoute(
        family=fields[0],
        destination=None if to is None else ip_address(to),
        prefixlen=fields[1],
        protocol=fields[5],
        hops=(_hop(attributes),) if several is None else tuple(_hops(several)),
    )


def _hop(attributes: _Attributes, index: int = 0) -> Hop:
    gateway = attributes.get(_GATEWAY)
    via = attributes.get(_VIA)  # a gateway of the other family: 2 octets of it, then the address
    if gateway is None and via is not None:
        gateway = via[2:]
    out = attributes.get(_OUT)
    return Hop(
        index=index if out is None else int.from_bytes(out, "little"),
        gateway=None if gateway is None else ip_address(gateway),
    )


def _hops(octets: bytes) -> Iterator[Hop]:
    at = 0
    while at + _HOP.size <= len(octets):
        length, _, _, index = _HOP.unpack_from(octets, at)
        yield _hop(_attributes(octets[at + _HOP.size : at + length]), index)
        at += _aligned(max(length, _HOP.size))


def _ask(kind: int, length: int) -> Iterator[bytes]:
    """Yield the body of each message of a dump."""
    request = _HEADER.pack(_HEADER.size + length, kind, _DUMP, 1, 0) + bytes(length)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_ROUTE) as door:
        door.settimeout(_ANSWER_S)
        door.sendto(request, (0, 0))
        while True:
            octets, at = door.recv(_CHUNK), 0
            while at + _HEADER.size <= len(octets):
                size, answered, *_ = _HEADER.unpack_from(octets, at)
                body = octets[at + _HEADER.size : at + size]
                if answered == _DONE:
                    return
                if answered == _ERROR:
                    raise OSError(-int.from_bytes(body[:4], "little", signed=True), "rtnetlink")
                yield body
                at += _aligned(max(size, _HEADER.size))


def _parts(body: bytes, head: struct.Struct) -> tuple[tuple[int, ...], _Attributes]:
    return head.unpack_from(body), _attributes(body[head.size :])


def _attributes(octets: bytes) -> _Attributes:
    found, at = {}, 0
    while at + _ATTRIBUTE.size <= len(octets):
        length, kind = _ATTRIBUTE.unpack_from(octets, at)
        found[kind & _TYPE_MASK] = octets[at + _ATTRIBUTE.size : at + length]
        at += _aligned(max(length, _ATTRIBUTE.size))
    return found


def _aligned(length: int) -> int:
    return (length + 3) & ~3
