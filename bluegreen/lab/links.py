"""What ip(8) is told to build a site; pure."""

from collections.abc import Iterator

from bluegreen.lab.site import BRIDGES, HUB, WATCH, Place, Site

SYSCTLS = {
    "net.ipv4.ip_forward": "1",
    "net.ipv6.conf.all.forwarding": "1",
    "net.ipv6.conf.all.accept_dad": "0",
    "net.ipv6.conf.default.accept_dad": "0",
    "net.ipv6.conf.all.accept_ra": "0",
    "net.ipv6.conf.default.accept_ra": "0",
    "net.ipv6.conf.all.keep_addr_on_down": "1",
    "net.ipv6.conf.default.keep_addr_on_down": "1",
    "net.ipv4.conf.all.rp_filter": "0",
    "net.ipv4.conf.default.rp_filter": "0",
    "net.ipv4.ping_group_range": "0 2147483647",
}
"""Set in each namespace of a machine, before it has an interface."""


def hub_commands(site: Site, prefix: str) -> Iterator[str]:
    """Yield what is done in the hub: bridges, and a port of one for each cable.

    Args:
        site: The network.
        prefix: What the names of its namespaces begin with.
    """
    yield "link set lo up"
    for bridge in BRIDGES:
        yield f"link add {bridge} type bridge mcast_snooping 0 stp_state 0 forward_delay 0"
        yield f"link set {bridge} up"
    yield f"address add {WATCH}/24 dev mgmt"
    for place in site.places:
        for cable in place.cables:
            port = port_of(site, place, cable.interface)
            peer = f"{cable.interface} netns {prefix}{place.name}"
            yield f"link add {port} type veth peer name {peer}"
            yield f"link set {port} master {cable.bridge} up"


def place_commands(place: Place) -> Iterator[str]:
    """Yield what is done in a machine's own namespace."""
    yield "link set lo up"
    for address in place.loopback:
        yield f"address add {address} dev lo"
    for cable in place.cables:
        yield from (f"address add {a} dev {cable.interface}{_nodad(a)}" for a in cable.addresses)
        if place.spec is not None:
            ether = next(i.ether for i in place.spec.interfaces if i.name == cable.interface)
            yield f"link set {cable.interface} address {ether}"
        yield f"link set {cable.interface} up"
    yield from (f"rule add {rule}" for rule in place.rules)
    yield from route_commands(place)


def route_commands(place: Place) -> Iterator[str]:
    """Yield what gives a machine its static routes, also after its links were down."""
    yield from (f"route replace {route}" for route in place.routes)


def port_of(site: Site, place: Place, interface: str) -> str:
    """Return the name that the other end of a cable has in the hub; to pull it: set it down."""
    return f"{HUB[0]}{site.places.index(place)}-{interface}"


def _nodad(address: str) -> str:
    return " nodad" if ":" in address else ""
