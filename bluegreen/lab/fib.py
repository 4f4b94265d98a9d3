"""What this namespace's kernel routes, as FreeBSD's netstat -rn tells it. Pure."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv6Address

from bluegreen.emulator.netstat import Counted, own_routes, render_counters, render_tables
from bluegreen.lab.rtnetlink import Hop, KernelRoute, Link, Local
from bluegreen.model.network import Inet, Route

LOOPBACK, LOOPBACK_HERE = "lo0", "lo"
_KERNEL, _BOOT, _STATIC = 2, 3, 4  # RTPROT_*, linux/rtnetlink.h
_FAMILIES = {2: "inet", 10: "inet6"}  # AF_INET, AF_INET6
_LENGTHS = {"inet": 32, "inet6": 128}
_UNKNOWN_MTU = 1500  # octets; /proc/net/dev has none
_LEARNED = "1"  # RTF_PROTO1: a routing daemon's (netstat(1))


def netstat(
    links: tuple[Link, ...], addresses: tuple[Local, ...], routes: tuple[KernelRoute, ...]
) -> str:
    """Return the text of ``netstat -rn``."""
    names = _names(links)
    up = {link.index for link in links if link.is_up}
    own = [
        route
        for local in addresses
        if local.index in up and local.index in names
        for route in own_routes(_inet(local, names), *names[local.index])
    ]
    others = [
        row
        for route in routes
        if route.protocol != _KERNEL and route.family in _FAMILIES
        for row in _rows(route, names)
    ]
    return render_tables(tuple(dict.fromkeys((*own, *others))))


def counters(text: str) -> str:
    """Return the text of ``netstat -ibnW``; what a link without a carrier loses is refused.

    Args:
        text: Of /proc/net/dev (proc(5)): eight columns of what came in, eight of what went out.
    """
    rows = (line.partition(":") for line in text.splitlines() if ":" in line)
    counted = ((name.strip(), [int(word) for word in rest.split()]) for name, _, rest in rows)
    return render_counters(
        Counted(
            LOOPBACK if name == LOOPBACK_HERE else name,
            mtu=_UNKNOWN_MTU,
            address=name,
            packets_in=values[1],
            packets_out=values[9],
            errors_out=values[10] + values[11],
        )
        for name, values in counted
    )


def _names(links: tuple[Link, ...]) -> Mapping[int, tuple[str, str]]:
    """Return each index's interface and link, by FreeBSD's names: a macvlan is its parent."""
    by_index = {link.index: link for link in links}
    found = {}
    for link in links:
        shown = by_index.get(link.parent or 0, link)
        name = LOOPBACK if shown.name == LOOPBACK_HERE else shown.name
        found[link.index] = (name, f"link#{shown.index}")
    return found


def _inet(local: Local, names: Mapping[int, tuple[str, str]]) -> Inet:
    is_link_local = isinstance(local.address, IPv6Address) and local.address.is_link_local
    return Inet(
        str(local.address),
        local.prefixlen,
        destination=None if local.far is None else str(local.far),
        zone=names[local.index][0] if is_link_local else None,
    )


def _rows(route: KernelRoute, names: Mapping[int, tuple[str, str]]) -> Iterator[Route]:
    family = _FAMILIES[route.family]
    for hop in route.hops:
        if hop.index in names:
            name, link = names[hop.index]
            flags = _flags(route, hop, is_host=route.prefixlen == _LENGTHS[family])
            yield Route(_destination(route, family), _gateway(hop, name, link), flags, name, family)


def _destination(route: KernelRoute, family: str) -> str:
    if route.destination is None:
        return "default"
    is_host = route.prefixlen == _LENGTHS[family]
    return str(route.destination) if is_host else f"{route.destination}/{route.prefixlen}"


def _gateway(hop: Hop, name: str, link: str) -> str:
    if hop.gateway is None:
        return link
    is_link_local = isinstance(hop.gateway, IPv6Address) and hop.gateway.is_link_local
    return f"{hop.gateway}%{name}" if is_link_local else str(hop.gateway)


def _flags(route: KernelRoute, hop: Hop, *, is_host: bool) -> str:
    """S: by hand (ip(8) without a protocol says boot); 1: by a routing daemon."""
    by_hand = route.protocol in (_BOOT, _STATIC)
    gateway, host = "G" if hop.gateway is not None else "", "H" if is_host else ""
    return f"U{gateway}{host}{'S' if by_hand else _LEARNED}"
