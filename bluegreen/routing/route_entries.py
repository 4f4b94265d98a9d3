"""OSPF's routes over several lines: zebra's ``show ip route PREFIX``, ospfd's own table."""

import re
from collections.abc import Sequence

from bluegreen.model.routing import OspfRoute
from bluegreen.routing.route_text import Routes
from bluegreen.routing.text import paragraphs, refusal

# vty_show_ip_route_detail, FRR zebra/zebra_vty.c at fbfc8222da, read 2026-11-22
_ENTRY = re.compile(r"\s*Routing entry for (\S+/[0-9]{1,3})\b.*")
_KNOWN = re.compile(r'\s*Known via "(\w+)(?:\[[0-9]+\])?"(.*)')
_HOP = re.compile(
    r"\s*(?P<star>\*?)\s*(?:(?P<hop>[0-9a-fA-F]+[.:][0-9a-fA-F.:]+)(?:\s+\([^)]*\))?"
    r"(?:, via (?P<via>[^\s,]+))?|directly connected, (?P<direct>[^\s,]+)|unreachable\b)"
    r"(?:[\s,].*)?"
)

# show_ip_ospf_route_network and _external, FRR ospfd/ospf_vty.c, same day
_OSPFD_TABLE = re.compile(r"=+ OSPF (network|router|external) routing table =+")
_OSPFD_ROUTE = re.compile(r"\s*[ND] (?:\S{1,2}\s+)?\s*(\S+/[0-9]{1,2})\s+(?:\[|Discard).*")
_OSPFD_HOP = re.compile(r"\s+(?:via ([^\s,]+), |directly attached to )(\S+)\s*")


def read_entries(lines: Sequence[str]) -> Routes:
    """Return the routes of ``Routing entry for`` paragraphs that are known via OSPF."""
    blocks = paragraphs(lines, _ENTRY)
    return Routes(tuple(route for block in blocks for route in _entry(block)), bool(blocks))


def read_ospfd_table(lines: Sequence[str]) -> Routes:
    """Return ospfd's own routes; it does not know the FIB, so none counts as installed."""
    routes: list[OspfRoute] = []
    kind = None
    route: OspfRoute | None = None
    for line in lines:
        if table := _OSPFD_TABLE.match(line.strip()):
            kind, route = table[1], None
        elif kind in {"network", "external"} and (found := _OSPFD_ROUTE.fullmatch(line)):
            route = OspfRoute(found[1], (), (), installed=False)
            routes.append(route)
        elif route and (hop := _OSPFD_HOP.fullmatch(line)):
            hops = (*route.next_hops, hop[1]) if hop[1] else route.next_hops
            route = OspfRoute(route.prefix, hops, (*route.interfaces, hop[2]), installed=False)
            routes[-1] = route
    return Routes(tuple(routes), kind is not None)


def _entry(lines: Sequence[str]) -> tuple[OspfRoute, ...]:
    """Return the route of a paragraph; none where another protocol knows it."""
    prefix = _ENTRY.fullmatch(lines[0])
    known = next((found for line in lines if (found := _KNOWN.fullmatch(line))), None)
    if prefix is None or known is None:
        raise refusal(lines[0], "a routing entry that is cut off")
    if known[1] not in {"ospf", "ospf6"}:
        return ()
    hops = [found for line in lines[1:] if (found := _HOP.fullmatch(line))]
    if not hops:
        raise refusal(lines[0], "a routing entry without a path")
    installed = ", best" in known[2] and any(hop["star"] for hop in hops)
    return (
        OspfRoute(
            prefix[1],
            tuple(hop["hop"] for hop in hops if hop["hop"]),
            tuple(hop["via"] or hop["direct"] for hop in hops if hop["via"] or hop["direct"]),
            installed,
        ),
    )
