"""OpenOSPFD: ``ospfctl show neighbor`` and ``ospfctl show summary``."""

import re
from functools import lru_cache

from bluegreen.errors import ParseError
from bluegreen.model.routing import Neighbor, Ospf
from bluegreen.routing.detail import read_details
from bluegreen.routing.documents import take_apart
from bluegreen.routing.guess import looks_like
from bluegreen.routing.router_id import parse_router_id
from bluegreen.routing.tables import Layout, read_tables

_ROW = r"(?P<id>\S+) (?P<priority>[0-9]{1,3}) (?P<state>[^\s/]+/\S+) \S+"

# show_neighbor, OpenBSD usr.sbin/ospfctl/output.c at 87862bd30e5f, read 2026-11-22:
# "%-15s %-3s %-12s %-8s %-15s %-9s %s"; until 2005 the last columns were Address, Interface.
LAYOUT = Layout(
    header=re.compile(r"ID Pri State DeadTime Address (?:Iface|Interface)\b", re.I),
    row=re.compile(rf"{_ROW} (?P<address>\S+) (?P<interface>\S+)(?: \S+)?"),
)
# ospf6ctl prints no address.
LAYOUT6 = Layout(
    header=re.compile(r"ID Pri State DeadTime (?:Iface|Interface)\b", re.I),
    row=re.compile(rf"{_ROW} (?P<interface>\S+)(?: \S+)?"),
)
LAYOUTS = (LAYOUT, LAYOUT6)


@lru_cache(maxsize=64)
def parse_ospf(neighbors: str, summary: str) -> Ospf:
    """Return OpenOSPFD's OSPF from ``ospfctl show neighbor`` and ``ospfctl show summary``."""
    return Ospf("openospfd", parse_router_id(summary), _neighbors(neighbors))


def _neighbors(text: str) -> tuple[Neighbor, ...]:
    page = take_apart(text)
    listing = read_tables(page.lines, LAYOUTS)
    found = (*listing.neighbors, *read_details(page.lines))
    if not listing.seen and not found:
        raise ParseError(f"no OSPF neighbours of OpenOSPFD: {looks_like(page)}")
    return tuple(dict.fromkeys(found))
