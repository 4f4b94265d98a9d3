"""FRR: neighbours, process and routes of one router, as its vtysh prints them in JSON."""

from functools import lru_cache

from bluegreen.errors import ParseError
from bluegreen.model.routing import Ospf
from bluegreen.routing.documents import take_apart
from bluegreen.routing.guess import looks_like
from bluegreen.routing.interfaces import parse_ospf_interfaces
from bluegreen.routing.ospf import parse_neighbors
from bluegreen.routing.router_id import parse_router_id
from bluegreen.routing.routes import parse_ospf_routes

__all__ = ["parse_ospf_json", "parse_ospf_routes", "parse_router_id"]


@lru_cache(maxsize=64)
def parse_ospf_json(neighbors: str, process: str, routes: str, interfaces: str = "") -> Ospf:
    """Return FRR's OSPF from its answers in JSON.

    Args:
        neighbors: ``show ip ospf neighbor json``.
        process: ``show ip ospf json``; nothing where no OSPF is configured.
        routes: ``show ip route ospf json``.
        interfaces: ``show ip ospf interface json``; nothing where nobody asked.
    """
    if process.strip():
        _refuse_text(process, "show ip ospf json")
    _refuse_text(neighbors, "show ip ospf neighbor json")
    _refuse_text(routes, "show ip route ospf json")
    return Ospf(
        "frr",
        parse_router_id(process),
        parse_neighbors(neighbors),
        parse_ospf_routes(routes),
        parse_ospf_interfaces(interfaces) if interfaces.strip() else (),
    )


def _refuse_text(text: str, command: str) -> None:
    """Refuse an answer without JSON: a daemon that is not running answers in prose."""
    page = take_apart(text)
    if not page.documents:
        raise ParseError(f"`{command}` answered without JSON: {looks_like(page)}")
