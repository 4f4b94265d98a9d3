"""OSPF's routes in FRR's JSON: zebra's table, and ospfd's own."""

from collections.abc import Iterator

from bluegreen.model.routing import OspfRoute
from bluegreen.routing.documents import Json, Object, is_bare, objects, string, walk

_OURS = frozenset({"ospf", "ospf6"})
# "installed" is what the kernel confirmed, printed since FRR 7.1 beside "destSelected"; "table" is
# always there since 7.2 (zebra/zebra_vty.c at frr-7.0, 7.1 and 7.2, read 2026-11-30). Where one of
# them is printed, the absence of "installed" says that the route is not in the FIB; before, only
# the hops tell.
_SAYS_INSTALLED = frozenset({"installed", "destSelected", "queued", "failed", "table"})


def routes_of(document: Json) -> tuple[OspfRoute, ...] | None:
    """Return OSPF's routes of a document, None where it is no table of routes."""
    known = is_bare(document)
    found: list[OspfRoute] = []
    for key, thing in walk(document):
        if "protocol" in thing and ("prefix" in thing or "/" in key):
            known = True
            if string(thing, "protocol") in _OURS:
                found.append(
                    _route(string(thing, "prefix") or key, thing, installed=_is_installed(thing))
                )
        elif "routeType" in thing:
            known = True
            if "/" in key:  # else a router: R
                found.append(_route(key, thing, installed=False))
    return tuple(found) if known else None


def _route(prefix: str, thing: Object, *, installed: bool) -> OspfRoute:
    hops = objects(thing.get("nexthops"))
    return OspfRoute(
        prefix,
        tuple(_words(hops, "ip")),
        tuple(_words(hops, "interfaceName", "via", "directlyAttachedTo")),
        installed,
    )


def _words(hops: tuple[Object, ...], *keys: str) -> Iterator[str]:
    """Yield the key's value of each hop; ospfd prints a blank for no gateway."""
    for hop in hops:
        if word := (string(hop, *keys) or "").strip():
            yield word


def _is_installed(thing: Object) -> bool:
    """Return whether zebra chose the route and the kernel has it."""
    if thing.get("selected") is not True:
        return False
    if _SAYS_INSTALLED.isdisjoint(thing):
        return any(hop.get("fib") is True for hop in objects(thing.get("nexthops")))
    return thing.get("installed") is True
