"""FRR's neighbours in JSON, whatever its version called the keys."""

from collections.abc import Iterator

from bluegreen.errors import ParseError
from bluegreen.model.routing import Neighbor
from bluegreen.routing.documents import (
    DEPTH_MAX,
    Json,
    Object,
    integer,
    is_bare,
    objects,
    string,
    walk,
)
from bluegreen.routing.words import bare_interface, is_state, neighbor

# nbrState since FRR 8.3, state before and in ospf6d, neighborState in ospf6d's detail, converged
# where a test of FRR's own shows a part (ospfd/ospf_vty.c, ospf6d/ospf6_neighbor.c, topotests;
# FRR at fbfc8222da, read 2026-11-22).
_STATE = ("nbrState", "state", "neighborState", "converged")
_STATE_OF_A_NEIGHBOUR = ("nbrState", "neighborState", "converged", "nbrNbmaDown")
_BESIDE_AN_OLD_STATE = ("deadTimeMsecs", "address", "neighborId")


def neighbors_of(document: Json) -> tuple[Neighbor, ...] | None:
    """Return the neighbours of a document, None where it lists no neighbours at all.

    Read: with and without ``neighbors``, under VRFs, one object or a list for
    each router id, and ospf6d's list.
    """
    found = tuple(_found(document, ""))
    if found or is_bare(document) or any(_holds_listing(thing) for _, thing in walk(document)):
        return found
    return None


def _found(value: Json, key: str, depth: int = 0) -> Iterator[Neighbor]:
    """Yield what a value under a key holds, in the order printed."""
    if depth > DEPTH_MAX:
        raise ParseError(f"JSON nested more than {DEPTH_MAX} deep is no routing daemon's")
    for thing in objects(value):
        if _is_neighbor(thing):
            yield _neighbor(key, thing)
            continue
        for name, member in thing.items():
            if name == "neighbors":
                yield from _listed(member)
            else:
                yield from _found(member, name, depth + 1)


def _listed(container: Json) -> Iterator[Neighbor]:
    """Yield each neighbour under ``neighbors``, where nothing else may stand."""
    if isinstance(container, dict):
        for key, member in container.items():
            for thing in objects(member):
                yield _neighbor(key, thing)
    else:
        for thing in objects(container):
            yield _neighbor("", thing)


def _is_neighbor(thing: Object) -> bool:
    if any(key in thing for key in _STATE_OF_A_NEIGHBOUR):
        return True
    return any(key in thing for key in _BESIDE_AN_OLD_STATE) and is_state(
        string(thing, "state") or "",
    )


def _neighbor(key: str, thing: Object) -> Neighbor:
    if thing.get("nbrNbmaDown") is True:
        interface = bare_interface(string(thing, "nbrNbmaIfaceName") or "")
        return neighbor("-", "Down", None, key, interface, integer(thing, "nbrNbmaPriority"))
    router_id = string(thing, "neighborId", "neighborIp") or key or string(thing, "routerId")
    state = string(thing, *_STATE)
    if not router_id or state is None:
        raise ParseError(f"neighbour {router_id or '?'}: the JSON names no router id or no state")
    interface_name = string(thing, "ifaceName", "interfaceName", "iface", "interface")
    return neighbor(
        router_id.partition("%")[0],  # ospf6d's detail: 2.2.2.2%eth0
        state,
        string(thing, "role", "ifState"),
        string(thing, "ifaceAddress", "address", "linkLocalAddress"),
        bare_interface(interface_name) if interface_name else None,
        integer(thing, "nbrPriority", "priority"),
    )


def _holds_listing(thing: Object) -> bool:
    return isinstance(thing.get("neighbors"), dict | list)
