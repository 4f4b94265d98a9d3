"""FRR's JSON from values: what the emulated routers answer, read back by the real parsers."""

import json
from collections.abc import Mapping, Sequence
from itertools import zip_longest

from bluegreen.model.routing import Neighbor, OspfInterface, OspfRoute
from bluegreen.routing.documents import Json

# Timers are not in a Neighbor; these are a long-standing adjacency's with a 40 s dead interval.
_UP_MS, _UP = 509026, "8m29s"
_DEAD_MS, _DEAD = 32912, "32.912s"
_STATE_MAX = 15  # characters: ospfd prints state and role into char msgbuf[16]
_OSPF_DISTANCE = 110
_MAIN_TABLE = 254


def render_neighbors_json(neighbors: Sequence[Neighbor], local: Mapping[str, str]) -> str:
    """Return ``show ip ospf neighbor json`` as FRR 10 prints it.

    Args:
        neighbors: Those with the same router id end up in one list, as in FRR.
        local: The router's own address on each interface; FRR's ``ifaceName``
            is ``gre0:10.0.0.1``. An interface that is not named stays bare.

    Source:
        show_ip_ospf_neighbour_brief, FRR ospfd/ospf_vty.c at fbfc8222da, and the
        output of a FRR 10 (read 2026-11-22).
    """
    listed: dict[str, list[Json]] = {}
    for each in neighbors:
        key = "neighbor" if each.router_id == "-" else each.router_id
        listed.setdefault(key, []).append(_neighbor(each, local))
    return _pretty({"neighbors": dict(listed)}, escape=True)


def render_process_json(router_id: str) -> str:
    """Return the part of ``show ip ospf json`` that holds for any router."""
    return _pretty(
        {
            "routerId": router_id,
            "tosRoutesOnly": True,
            "rfc2328Conform": True,
            "refreshTimerMsecs": 10000,
            "maximumPaths": 256,
            "preference": _OSPF_DISTANCE,
        },
        escape=True,
    )


def render_interfaces_json(interfaces: Sequence[OspfInterface]) -> str:
    """Return ``show ip ospf interface json`` in FRR 10's shape, as far as it is known of each.

    Source: show_ip_ospf_interface_sub, FRR ospfd/ospf_vty.c, with e24ff4c275 (2024-06-11).
    """
    listed: dict[str, Json] = {
        each.name: {
            "ifUp": each.up,
            "mtuBytes": each.mtu,
            "ospfEnabled": each.area is not None,
            "area": each.area,
            "routerId": each.router_id,
            "networkType": each.network_type,
            "cost": each.cost,
            "state": each.state,
            "timerMsecs": 10000,
            "timerDeadSecs": 40,
            "nbrCount": each.neighbors,
            "nbrAdjacentCount": each.adjacent,
        }
        for each in interfaces
    }
    return _pretty({"interfaces": listed}, escape=True)


def render_routes_json(routes: Sequence[OspfRoute]) -> str:
    """Return ``show ip route ospf json`` in FRR's shape, a list for each prefix.

    A route that is not installed is not selected either, as where a connected
    one wins.
    """
    listed: dict[str, list[Json]] = {}
    for each in routes:
        listed.setdefault(each.prefix, []).append(_route(each))
    return _pretty(dict(listed), escape=False)


def _neighbor(each: Neighbor, local: Mapping[str, str]) -> Json:
    name = each.interface or ""
    return {
        "nbrState": f"{each.state}/{each.role or '-'}"[:_STATE_MAX],
        "nbrPriority": each.priority,
        "converged": each.state,
        "role": each.role or "DROther",
        "upTimeInMsec": _UP_MS,
        "routerDeadIntervalTimerDueMsec": _DEAD_MS,
        "upTime": _UP,
        "deadTime": _DEAD,
        "ifaceAddress": each.address,
        "ifaceName": f"{name}:{local[name]}" if name in local else name,
        "linkStateRetransmissionListCounter": 0,
        "linkStateRequestListCounter": 0,
        "databaseSummaryListCounter": 0,
    }


def _route(each: OspfRoute) -> Json:
    taken: dict[str, Json] = {"selected": True, "destSelected": True} if each.installed else {}
    in_fib: dict[str, Json] = {"installed": True} if each.installed else {}
    return {
        "prefix": each.prefix,
        "prefixLen": int(each.prefix.rpartition("/")[2]),
        "protocol": "ospf",
        "vrfId": 0,
        "vrfName": "default",
        **taken,
        "distance": _OSPF_DISTANCE,
        "metric": 20,
        **in_fib,
        "table": _MAIN_TABLE,
        "internalStatus": 16 if each.installed else 0,
        "internalFlags": 8 if each.installed else 0,
        "internalNextHopNum": max(len(each.next_hops), len(each.interfaces)),
        "internalNextHopActiveNum": max(len(each.next_hops), len(each.interfaces)),
        "uptime": "00:08:29",
        "nexthops": [
            _hop(ip, interface, installed=each.installed)
            for ip, interface in zip_longest(each.next_hops, each.interfaces)
        ],
    }


def _hop(ip: str | None, interface: str | None, *, installed: bool) -> Json:
    hop: dict[str, Json] = {"flags": 3 if installed else 1}
    if installed:
        hop["fib"] = True
    if ip is None:
        hop["directlyConnected"] = True
    else:
        hop |= {"ip": ip, "afi": "ipv6" if ":" in ip else "ipv4"}
    if interface is not None:
        hop["interfaceName"] = interface
    return {**hop, "active": True, "weight": 1}


def _pretty(value: Json, *, escape: bool) -> str:
    """Return JSON as json-c prints it: two blanks a level, none after a colon, at times \\/."""
    text = json.dumps(value, indent=2, separators=(",", ":"), ensure_ascii=False)
    return (text.replace("/", "\\/") if escape else text) + "\n"
