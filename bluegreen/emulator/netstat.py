"""netstat -rn: the routes of both families in the layout of FreeBSD 14; -s: counters."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_network

from bluegreen.emulator.carpcounters import render_carp, render_pfsync
from bluegreen.emulator.system import Call, System, misused, ok
from bluegreen.emulator.tunnelcounters import OCTETS
from bluegreen.freebsd.counters import QUESTION as COUNTERS
from bluegreen.model.command import Output
from bluegreen.model.network import CarpState, Inet, Route

ASKS_ROUTES = (("-rn",), ("-r", "-n"), ("-nr",))
_LEARNED = "UG1"  # 1: PROTO1, put there by a routing daemon (netstat(1))


def run(system: System, call: Call) -> Output:
    match call.words:
        case words if words == COUNTERS[1:]:
            return ok(render_counters(_counted(system)))
        case ("-s", "-p", "carp"):
            return ok(render_carp(system.network.carp_counters) if system.carp_loaded else "")
        case ("-s", "-p", "pfsync"):
            return ok(render_pfsync(_pfsync(system)))
    if call.words not in ASKS_ROUTES:
        return misused("netstat")
    return ok(render_tables((*_own(system), *system.spec.routes, *_learned(system))))


def is_question(argv: tuple[str, ...]) -> bool:
    """Whether an answer stays true as long as the network is what it is: counters do not."""
    return argv != COUNTERS and "-s" not in argv


_COUNTED = ("Ipkts", "Ierrs", "Idrop", "Ibytes", "Opkts", "Oerrs", "Obytes", "Coll")


@dataclass(frozen=True, slots=True)
class Counted:
    """What stands in the link's line of an interface."""

    name: str
    mtu: int
    address: str
    packets_in: int
    packets_out: int
    errors_out: int
    up: bool = True


def render_counters(counted: Iterable[Counted]) -> str:
    """Return ``netstat -ibnW`` as far as links go (intpr(), usr.bin/netstat/if.c)."""
    head = f"{'Name':<8}{'Mtu':>6} {'Network':<13} {'Address':<20}"
    lines = [head + "".join(f"{column:>9}" for column in _COUNTED)]
    lines += [_link_line(number, each) for number, each in enumerate(counted, 1)]
    return "".join(f"{line}\n" for line in lines)


def _link_line(number: int, each: Counted) -> str:
    shown = each.name if each.up else f"{each.name}*"
    octets_in, octets_out = each.packets_in * OCTETS, each.packets_out * OCTETS
    values = (each.packets_in, 0, 0, octets_in, each.packets_out, each.errors_out, octets_out, 0)
    head = f"{shown:<8}{each.mtu:>6} {f'<Link#{number}>':<13} {each.address:<20}"
    return head + "".join(f"{value:>9}" for value in values)


def _counted(system: System) -> Iterator[Counted]:
    counters, now = system.network.counters, system.now
    for each in system.network.interfaces:
        yield Counted(
            each.name,
            each.mtu,
            each.ether or each.name,
            packets_in=0,
            packets_out=counters.sent(each.name, now),
            errors_out=counters.refused(each.name, now),
            up=system.network.is_up(each.name),
        )


def render_tables(routes: Iterable[Route]) -> str:
    """Return the tables of both families; that of IPv6 only where it has a route."""
    listed = tuple(routes)
    inet = [route for route in listed if route.family == "inet"]
    inet6 = [route for route in listed if route.family == "inet6"]
    text = "Routing tables\n\nInternet:\n" + _table(inet, (18, 18))
    return text + "\nInternet6:\n" + _table(inet6, (33, 29)) if inet6 else text


def _table(routes: Iterable[Route], least: tuple[int, int]) -> str:
    rows = [("Destination", "Gateway", "Flags", "Netif", "Expire")]
    rows += [(r.destination, r.gateway, r.flags, r.interface, r.expire or "") for r in routes]
    first, second = (
        max(width, *(len(row[column]) for row in rows)) for column, width in enumerate(least)
    )
    lines = (
        f"{row[0]:<{first}} {row[1]:<{second}} {row[2]:<6} {row[3]:>8} {row[4]}".rstrip()
        for row in rows
    )
    return "".join(f"{line}\n" for line in lines)


def _pfsync(system: System) -> dict[str, int]:
    """Return pfsync's counters: it sends and hears something every second while it works."""
    beats = int(system.now - system.booted_s)
    spec = system.spec
    heard = 0 if spec.pfsync_deaf else beats
    return {"ipackets": heard, "opackets": beats, **dict(spec.pfsync_counters)}


def _own(system: System) -> Iterator[Route]:
    """Yield the networks and addresses of the interfaces, and the VIPs that are served here."""
    for number, interface in enumerate(system.network.interfaces, 1):
        if system.network.is_up(interface.name):
            for inet in (*interface.inet, *interface.inet6):
                yield from own_routes(inet, interface.name, f"link#{number}")
    spec = system.spec
    for config, state in system.network.carp.vhids():
        for address in config.addresses:
            here = state is CarpState.MASTER and address not in spec.lacks_own_route
            if here or address in spec.keeps_own_route:
                yield Route(
                    address, _link(system, config.interface), "UHS", "lo0", _family(address)
                )


def own_routes(inet: Inet, interface: str, link: str) -> Iterator[Route]:
    """Yield what the kernel routes by itself for an address: its network, and itself."""
    family = _family(inet.address)
    if interface == "lo0":
        yield Route(inet.address, link, "UH", "lo0", family)
        return
    if inet.destination:
        yield Route(inet.destination, link, "UH", interface, family)
    elif inet.prefixlen < (32 if family == "inet" else 128):
        network = _network(inet.address, inet.prefixlen)
        yield Route(_zoned(network, inet.zone), link, "U", interface, family)
    own = f"{inet.address}%lo0" if inet.zone else inet.address
    yield Route(own, link, "UHS", "lo0", family)


def _zoned(network: str, zone: str | None) -> str:
    """Name the link of a link-local network: fe80::%vmx0/64."""
    address, slash, length = network.partition("/")
    return f"{address}%{zone}{slash}{length}" if zone else network


@lru_cache(maxsize=1024)
def _network(address: str, prefixlen: int) -> str:
    return str(ip_network(f"{address}/{prefixlen}", strict=False))


def _learned(system: System) -> Iterator[Route]:
    for route in system.network.ospf.routes():
        for gateway, interface in zip(route.next_hops, route.interfaces, strict=True):
            yield Route(route.prefix, gateway, _LEARNED, interface, _family(route.prefix))


def _link(system: System, name: str) -> str:
    names = [interface.name for interface in system.network.interfaces]
    return f"link#{names.index(name) + 1}"


def _family(address: str) -> str:
    return "inet6" if ":" in address else "inet"
