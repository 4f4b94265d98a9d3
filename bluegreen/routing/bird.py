"""BIRD 1, 2 and 3: ``birdc show ospf neighbors``, ``show status`` and ``show route``."""

import re
from functools import lru_cache

from bluegreen.errors import ParseError
from bluegreen.model.routing import Neighbor, Ospf
from bluegreen.routing.bird_routes import parse_routes
from bluegreen.routing.documents import take_apart
from bluegreen.routing.guess import looks_like
from bluegreen.routing.router_id import parse_router_id
from bluegreen.routing.tables import Layout, Listing, read_tables

# ospf_sh_neigh, BIRD proto/ospf/ospf.c and neighbor.c at 639423360, read 2026-11-22: one such
# table a protocol instance, tabs between most columns. DTime is 35.701 (s) in BIRD 2, 00:35 in 1.
LAYOUT = Layout(
    header=re.compile(r"Router ID Pri State DTime Interface Router IP", re.I),
    row=re.compile(
        r"(?P<id>\S+) (?P<priority>[0-9]{1,3}) (?P<state>[^\s/]+/\S+) \S+"
        r" (?P<interface>\S+) (?P<address>\S+)"
    ),
)
_NOT_UP = re.compile(r"\s*\S+: is not up\s*")  # an instance without neighbours


def is_bird_without_neighbors(line: str) -> bool:
    """Return whether an instance says that it is down: it has no neighbours, for certain."""
    return bool(_NOT_UP.fullmatch(line))


@lru_cache(maxsize=64)
def parse_ospf(neighbors: str, process: str, routes: str = "") -> Ospf:
    """Return BIRD's OSPF from its answers.

    Args:
        neighbors: ``show ospf neighbors``.
        process: ``show status``.
        routes: ``show route``, of OSPF or of all; nothing where nobody asked.
    """
    return Ospf("bird", parse_router_id(process), _neighbors(neighbors), parse_routes(routes))


def _neighbors(text: str) -> tuple[Neighbor, ...]:
    page = take_apart(text)
    listing: Listing = read_tables(page.lines, (LAYOUT,))
    if not listing.seen and not any(is_bird_without_neighbors(line) for line in page.lines):
        raise ParseError(f"no OSPF neighbours of BIRD: {looks_like(page)}")
    return tuple(dict.fromkeys(listing.neighbors))
