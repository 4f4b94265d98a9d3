"""FRR's JSON from values, as each release prints it: what the emulated routers answer.

Sources: ospfd/ospf_vty.c and zebra/zebra_vty.c at the tags frr-7.0 to frr-10.5.0, compared key by
key, read 2026-11-30; outputs of a FRR 8.3 and a FRR 10.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import zip_longest

from bluegreen.model.routing import Neighbor, OspfInterface, OspfRoute
from bluegreen.routing.documents import Json

# Timers are not in a Neighbor; these are a long-standing adjacency's with a 40 s dead interval.
_UP_MS, _UP = 509026, "8m29s"
_DEAD_MS, _DEAD = 32912, "32.912s"
_STATE_MAX = 15  # characters: ospfd prints state and role into char msgbuf[16]

Release = tuple[int, int]  # 8, 5
NEWEST: Release = (10, 3)
_FIRST, _LAST = (0, 0), (99, 0)
_OSPF_DISTANCE = 110
_MAIN_TABLE = 254


def render_neighbors_json(
    neighbors: Sequence[Neighbor], local: Mapping[str, str], release: Release = NEWEST
) -> str:
    """Return ``show ip ospf neighbor json``.

    Args:
        neighbors: Those with the same router id end up in one list, as in FRR.
        local: The router's own address on each interface; FRR's ``ifaceName``
            is ``gre0:10.0.0.1``. An interface that is not named stays bare.
        release: Whose keys; see _NEIGHBOR.
    """
    listed: dict[str, list[Json]] = {}
    for each in neighbors:
        key = "neighbor" if each.router_id == "-" else each.router_id
        listed.setdefault(key, []).append(_neighbor(each, local, release))
    return _pretty({"neighbors": dict(listed)}, escape=not (8, 3) <= release < (9, 0))


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


def render_interfaces_json(interfaces: Sequence[OspfInterface], release: Release = NEWEST) -> str:
    """Return ``show ip ospf interface json``, as far as it is known of each.

    7.0 printed 1000 divided by the seconds; 9.1 to 10.1 say everything a second time, below the
    address. An interface that is down has ``ifDown``, and neither area nor cost.
    """
    listed: dict[str, Json] = {}
    for each in interfaces:
        about = _interface(each, release)
        below: dict[str, Json] = (
            {"interfaceIp": {each.router_id or "": dict(about)}}
            if (9, 1) <= release < (10, 2)
            else {}
        )
        head: dict[str, Json] = {"ifUp": True} if each.up else {"ifDown": False}
        enabled: dict[str, Json] = {"ospfEnabled": each.area is not None}
        listed[each.name] = {
            **head,
            "mtuBytes": each.mtu,
            **(enabled if each.up else {"ospfRunning": False}),
            **(below | about if each.up and each.area is not None else {}),
        }
    return _pretty({"interfaces": listed}, escape=True)


def _interface(each: OspfInterface, release: Release) -> dict[str, Json]:
    timers: dict[str, Json] = (
        {"timerMsecs": 100, "timerDeadMsecs": 25}
        if release < (7, 1)
        else {"timerMsecs": 10000, "timerDeadSecs": 40}
    )
    return {
        "area": each.area,
        "routerId": each.router_id,
        "networkType": each.network_type,
        "cost": each.cost,
        "state": each.state,
        **timers,
        "nbrCount": each.neighbors,
        "nbrAdjacentCount": each.adjacent,
    }


def render_routes_json(routes: Sequence[OspfRoute], release: Release = NEWEST) -> str:
    """Return ``show ip route ospf json``, a list for each prefix.

    A route that is not installed is not selected either, as where a connected
    one wins.
    """
    listed: dict[str, list[Json]] = {}
    for each in routes:
        listed.setdefault(each.prefix, []).append(_route(each, release))
    return _pretty(dict(listed), escape=False)


def state_of(each: Neighbor, release: Release) -> str:
    """Return state and role; on a point-to-point link there is none, which ospfd says since 8.2."""
    role = each.role or ("-" if release >= (8, 2) else "DROther")
    return f"{each.state}/{role}"[:_STATE_MAX]


# A key, what it holds, the first release that prints it, and the first that does not.
_NEIGHBOR: tuple[tuple[str, str, Release, Release], ...] = (
    ("priority", "priority", _FIRST, (9, 0)),
    ("state", "state", _FIRST, (9, 0)),
    ("nbrPriority", "priority", (8, 3), (9, 0)),
    ("nbrState", "state", (8, 3), _LAST),
    ("nbrPriority", "priority", (9, 0), _LAST),
    ("converged", "converged", (8, 2), _LAST),
    ("role", "role", (8, 2), _LAST),
    ("upTimeInMsec", "up_ms", (8, 2), _LAST),
    ("deadTimeMsecs", "dead_ms", _FIRST, (9, 0)),
    ("routerDeadIntervalTimerDueMsec", "dead_ms", (8, 3), _LAST),
    ("upTime", "up", (8, 2), _LAST),
    ("deadTime", "dead", (8, 2), _LAST),
    ("address", "address", _FIRST, (9, 0)),
    ("ifaceAddress", "address", (8, 3), _LAST),
    ("ifaceName", "interface", _FIRST, _LAST),
    ("retransmitCounter", "none", _FIRST, (9, 0)),
    ("linkStateRetransmissionListCounter", "none", (8, 3), _LAST),
    ("requestCounter", "none", _FIRST, (9, 0)),
    ("linkStateRequestListCounter", "none", (8, 3), _LAST),
    ("dbSummaryCounter", "none", _FIRST, (9, 0)),
    ("databaseSummaryListCounter", "none", (8, 3), _LAST),
)


def _neighbor(each: Neighbor, local: Mapping[str, str], release: Release) -> Json:
    name = each.interface or ""
    values: dict[str, Json] = {
        "priority": each.priority,
        "state": state_of(each, release),
        "converged": each.state,
        "role": each.role or "DROther",
        "up_ms": _UP_MS,
        "dead_ms": _DEAD_MS,
        "up": _UP,
        "dead": _DEAD,
        "address": each.address,
        "interface": f"{name}:{local[name]}" if name in local else name,
        "none": 0,
    }
    return {
        key: values[holds] for key, holds, since, before in _NEIGHBOR if since <= release < before
    }


def _route(each: OspfRoute, release: Release) -> Json:
    """Return a route; what the kernel has is marked so since 7.1, only at its hops before."""
    hops = max(len(each.next_hops), len(each.interfaces))
    rows: tuple[tuple[str, Json, Release, bool], ...] = (
        ("prefix", each.prefix, _FIRST, True),
        ("prefixLen", int(each.prefix.rpartition("/")[2]), (8, 1), True),
        ("protocol", "ospf", _FIRST, True),
        ("vrfId", 0, (7, 2), True),
        ("vrfName", "default", (7, 3), True),
        ("selected", True, _FIRST, each.installed),
        ("destSelected", True, (7, 1), each.installed),
        ("distance", _OSPF_DISTANCE, _FIRST, True),
        ("metric", 20, _FIRST, True),
        ("installed", True, (7, 1), each.installed),
        ("table", _MAIN_TABLE, (7, 2), True),
        ("internalStatus", 16 if each.installed else 0, _FIRST, True),
        ("internalFlags", 8 if each.installed else 0, _FIRST, True),
        ("internalNextHopNum", hops, (7, 2), True),
        ("internalNextHopActiveNum", hops, (7, 2), True),
        ("uptime", "00:08:29", _FIRST, True),
    )
    return {
        **{key: value for key, value, since, so in rows if so and since <= release},
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
