"""BIRD's text from values: what an emulated router with BIRD answers.

Sources: proto/ospf/neighbor.c (ospf_sh_neigh_info), proto/ospf/ospf.c (ospf_sh_neigh,
ospf_get_route_info), nest/rt-table.c and rt-show.c (rt_show_rte), nest/cmds.c (cmd_show_status) at
v1.6.8, v2.0.8, v2.15.1 and v3.0.0, read 2026-11-30.
"""

from collections.abc import Sequence
from itertools import zip_longest

from bluegreen.model.routing import Neighbor, OspfRoute

PROTOCOL = "ospf1"  # a protocol without a name of its own
_IS_2 = (2, 0)
_PREFERENCE = 150


def render_neighbors(neighbors: Sequence[Neighbor], version: str) -> str:
    """Return ``show ospf neighbors``."""
    new = release_of(version) >= _IS_2
    titles = ("Router ID", "Pri", "     State", "DTime", "Interface", "Router IP")
    last = titles[5] if new else f"{titles[5]:<12}"
    head = f"{titles[0]:<12}\t{titles[1]:>3}\t{titles[2]:<15}\t{titles[3]:<5}\t{titles[4]:<10} "
    rows = (
        f"{n.router_id:<{12 if new else 1}}\t{n.priority or 0:3d}\t{n.state}/PtP  \t"
        f"{'32.912' if new else '00:32'}\t{n.interface or '':<10} {n.address}\n"
        for n in neighbors
    )
    return f"{_ready(version)}{PROTOCOL}:\n{head}{last}\n{''.join(rows)}"


def render_status(router_id: str, hostname: str, version: str) -> str:
    """Return ``show status``."""
    named = f"Hostname is {hostname}\n" if release_of(version) >= _IS_2 else ""
    return (
        f"{_ready(version)}BIRD {version}\nRouter ID is {router_id}\n{named}"
        "Current server time is 2026-01-01 12:00:00\nLast reboot on 2026-01-01 11:51:31\n"
        "Last reconfiguration on 2026-01-01 11:51:31\nDaemon is up and running\n"
    )


def render_routes(routes: Sequence[OspfRoute], version: str) -> str:
    """Return ``show route``; one that is not installed is not the preferred one either."""
    lines = _routes_2(routes) if release_of(version) >= _IS_2 else _routes_1(routes)
    return _ready(version) + "".join(f"{line}\n" for line in lines)


def release_of(version: str) -> tuple[int, int]:
    """Return (2, 0) for 2.0.8, and (2, 0) for 2."""
    major, _, rest = version.partition(".")
    minor = rest.partition(".")[0]
    return int(major), int(minor) if minor.isdigit() else 0


def _ready(version: str) -> str:
    return f"BIRD {version} ready.\n"


def _info(each: OspfRoute, when: str) -> str:
    mark = " *" if each.installed else ""
    return f"[{PROTOCOL} {when}]{mark} I ({_PREFERENCE}/20) [10.255.0.1]"


def _routes_2(routes: Sequence[OspfRoute]) -> list[str]:
    lines = ["Table master4:"] if routes else []
    for each in routes:
        lines.append(f"{each.prefix:<20} unicast {_info(each, '11:51:40.123')}")
        weight = " weight 1" if len(each.next_hops) > 1 else ""
        for hop, interface in zip_longest(each.next_hops, each.interfaces):
            via = f"via {hop} on {interface}" if hop else f"dev {interface}"
            lines.append(f"\t{via}{weight}")
    return lines


def _routes_1(routes: Sequence[OspfRoute]) -> list[str]:
    lines = []
    for each in routes:
        paths = [
            f"via {hop} on {interface}" if hop else f"dev {interface}"
            for hop, interface in zip_longest(each.next_hops, each.interfaces)
        ]
        one = paths[0] if len(paths) == 1 else "multipath"
        lines.append(f"{each.prefix:<18} {one} {_info(each, '11:51:40')}")
        lines += [f"\t{path} weight 1" for path in paths] if len(paths) > 1 else []
    return lines
