"""Quagga: the same questions as to FRR, answered in text, for it knows no JSON."""

from functools import lru_cache

from bluegreen.model.routing import Ospf
from bluegreen.routing.interfaces import parse_ospf_interfaces
from bluegreen.routing.ospf import parse_neighbors
from bluegreen.routing.router_id import parse_router_id
from bluegreen.routing.routes import parse_ospf_routes


@lru_cache(maxsize=64)
def parse_ospf(neighbors: str, process: str, routes: str, interfaces: str = "") -> Ospf:
    """Return Quagga's OSPF from its answers in text.

    Args:
        neighbors: ``show ip ospf neighbor``.
        process: ``show ip ospf``.
        routes: ``show ip route ospf``.
        interfaces: ``show ip ospf interface``; nothing where nobody asked.
    """
    return Ospf(
        "quagga",
        parse_router_id(process),
        parse_neighbors(neighbors),
        parse_ospf_routes(routes),
        parse_ospf_interfaces(interfaces) if interfaces.strip() else (),
    )
