"""Which way a router's packets take, as its own table says."""

import ipaddress

from bluegreen.model.facts import RouterFacts, Unknown
from bluegreen.model.network import Route

EVERYWHERE = {4: "0.0.0.0/0", 6: "::/0"}


def best_route(router: RouterFacts, target: str) -> Route | None:
    """Return the route of the longest prefix that holds an address; None: none, or not known."""
    if isinstance(router.routes, Unknown):
        return None
    try:
        address = ipaddress.ip_address(target)
    except ValueError:
        return None
    family = "inet" if address.version == 4 else "inet6"
    best: tuple[int, Route] | None = None
    for route in router.routes:
        network = _network(route, address.version)
        fits = route.family == family and network is not None and address in network
        if network and fits and (best is None or network.prefixlen > best[0]):
            best = (network.prefixlen, route)
    return best[1] if best else None


def is_on_link(route: Route) -> bool:
    """Whether what it leads to is on the wire itself: no gateway forwards it (flag G)."""
    return "G" not in route.flags


def shown(route: Route) -> str:
    """Return a line of the table, its blanks closed up."""
    columns = (route.destination, route.gateway, route.flags, route.interface)
    return f"netstat -rn: {' '.join(columns)}"


def _network(route: Route, version: int) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    text = EVERYWHERE[version] if route.destination == "default" else route.destination
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    return network if network.version == version else None
