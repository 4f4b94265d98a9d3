"""Links, addresses and routes of this network namespace, as the kernel tells them.

One question and its answer take some 0.1 ms.
"""

import errno
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from bluegreen.lab import netlink
from bluegreen.lab.netlink import Attributes, attributes_of

LINK_EVENTS, ADDRESS_EVENTS, ROUTE_EVENTS = 0x1, 0x10 | 0x100, 0x40 | 0x400

_ANSWER_S = 1.0
_CHUNK = 1 << 16  # octets
_BURST_MAX = 64  # messages taken at a time

_OUT, _GATEWAY, _MULTIPATH, _TABLE, _VIA = 4, 5, 9, 15, 18  # RTA_*, linux/rtnetlink.h
_HOP = struct.Struct("=HBBi")
_MAIN, _UNICAST = 254, 1

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Link:
    """One interface; a macvlan has a parent."""

    index: int
    name: str
    is_up: bool  # set up, with or without a carrier
    has_carrier: bool  # a cable is plugged; none while it is not up
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


def changed_links(watcher: socket.socket) -> Iterator[Link]:
    """Yield each link that has changed, as it was then; none that is gone."""
    for _ in range(_BURST_MAX):
        try:
            octets = watcher.recv(_CHUNK)
        except OSError:  # nothing more; or too much at once, and more will follow
            return
        for kind, body in netlink.messages(octets):
            if kind == netlink.NEW_LINK:
                yield _link(*_parts(body, netlink.LINK))


def links() -> tuple[Link, ...]:
    found = (_parts(body, netlink.LINK) for body in _all(netlink.GET_LINK, netlink.LINK))
    return tuple(_link(fields, attributes) for fields, attributes in found)


def addresses() -> tuple[Local, ...]:
    found = (_parts(body, netlink.ADDRESS) for body in _all(netlink.GET_ADDRESS, netlink.ADDRESS))
    return tuple(
        _local(fields, attributes) for fields, attributes in found if attributes.keys() & {1, 2}
    )


def routes() -> tuple[KernelRoute, ...]:
    found = (_parts(body, netlink.ROUTE) for body in _all(netlink.GET_ROUTE, netlink.ROUTE))
    return tuple(
        _route(fields, attributes)
        for fields, attributes in found
        if _table(fields, attributes) == _MAIN and fields[7] == _UNICAST
    )


def _link(fields: tuple[int, ...], attributes: Attributes) -> Link:
    """A veth has an IFLA_LINK too, which is its other end and maybe another namespace's."""
    kind = attributes_of(attributes.get(netlink.LINK_INFO, b"")).get(netlink.INFO_KIND, b"")
    parent = attributes.get(netlink.LINK_PARENT) if kind.rstrip(b"\0") == b"macvlan" else None
    return Link(
        index=fields[2],
        name=attributes[netlink.LINK_NAME].rstrip(b"\0").decode(),
        is_up=bool(fields[3] & netlink.UP),
        has_carrier=bool(fields[3] & netlink.LOWER_UP),
        parent=None if parent is None else int.from_bytes(parent, "little"),
    )


def _local(fields: tuple[int, ...], attributes: Attributes) -> Local:
    """IFA_LOCAL is our own address; IPv6 has IFA_ADDRESS alone unless there is a far end."""
    own = attributes.get(netlink.ADDRESS_LOCAL, attributes.get(netlink.ADDRESS_FAR, b""))
    far = attributes.get(netlink.ADDRESS_FAR, own)
    return Local(
        index=fields[4],
        address=ip_address(own),
        prefixlen=fields[1],
        far=None if far == own else ip_address(far),
    )


def _table(fields: tuple[int, ...], attributes: Attributes) -> int:
    return int.from_bytes(attributes[_TABLE], "little") if _TABLE in attributes else fields[4]


def _route(fields: tuple[int, ...], attributes: Attributes) -> KernelRoute:
    to = attributes.get(netlink.ROUTE_TO)
    several = attributes.get(_MULTIPATH)
    return KernelRoute(
        family=fields[0],
        destination=None if to is None else ip_address(to),
        prefixlen=fields[1],
        protocol=fields[5],
        hops=(_hop(attributes),) if several is None else tuple(_hops(several)),
    )


def _hop(attributes: Attributes, index: int = 0) -> Hop:
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
        yield _hop(attributes_of(octets[at + _HOP.size : at + length]), index)
        at += netlink.aligned(max(length, _HOP.size))


def _all(kind: int, head: struct.Struct) -> Iterator[bytes]:
    """Yield the body of each message of a dump."""
    question = netlink.request(kind, netlink.DUMP, bytes(head.size))
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, netlink.ROUTE_FAMILY) as door:
        door.settimeout(_ANSWER_S)
        door.sendto(question, (0, 0))
        while True:
            for answered, body in netlink.messages(door.recv(_CHUNK)):
                if answered == netlink.DONE:
                    return
                yield body


def _parts(body: bytes, head: struct.Struct) -> tuple[tuple[int, ...], Attributes]:
    return head.unpack_from(body), attributes_of(body[head.size :])
