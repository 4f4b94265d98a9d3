"""OSPF's routes as BIRD has them: ``birdc show route`` of BIRD 1, 2 and 3."""

import re
from dataclasses import replace
from functools import lru_cache

from bluegreen.model.routing import OspfRoute
from bluegreen.routing.documents import take_apart
from bluegreen.routing.text import refusal, squeezed

# rt_show_rte, BIRD nest/rt-table.c at v1.6.8, rt-show.c at v2.15.1 and v3.0.0; ospf_get_route_info,
# proto/ospf/ospf.c; read 2026-11-30. BIRD 1 has the one path in the same line, BIRD 2 a line for
# each. "*": the preferred route of its network, "!": the kernel has not taken it. A second route
# to the same network stands below it, without prefix.
_HEAD = re.compile(
    r"(?:(?P<prefix>[0-9a-fA-F.:]+/[0-9]{1,3}) )?(?P<to>[a-z]\w*(?: \S+ on \S+| \S+)?)"
    r" \[\S+ [^\]]+\](?P<mark> [*!])?(?P<info>.*)"
)
_PATH = re.compile(r"(?:via (?P<hop>\S+) on (?P<on>\S+)|dev (?P<dev>\S+))(?: .*)?")
_IS_OSPF = re.compile(r" (?:I|IA|E1|E2) \([0-9]+/[0-9]+(?:/[0-9]+)?\)")
_AROUND = re.compile(r"BIRD \S+ ready\.|Access restricted|Table \S+:|")


@lru_cache(maxsize=64)
def parse_routes(text: str) -> tuple[OspfRoute, ...]:
    """Return OSPF's routes, or refuse a line that is neither a route nor a path.

    One that BIRD prefers and the kernel has not refused counts as installed; what the FIB really
    holds is netstat(1)'s to say.
    """
    found: list[OspfRoute] = []
    prefix, open_ = "", False
    for line in map(squeezed, take_apart(text).lines):
        if (path := _PATH.fullmatch(line)) and "[" not in line:
            if open_:
                found[-1] = _with_path(found[-1], path)
        elif head := _HEAD.fullmatch(line):
            prefix, open_ = head["prefix"] or prefix, bool(_IS_OSPF.match(head["info"]))
            if open_:
                found.append(_route(prefix, head))
        elif not _AROUND.fullmatch(line):
            raise refusal(line, "no route of BIRD")
    return tuple(dict.fromkeys(found))


def _route(prefix: str, head: re.Match[str]) -> OspfRoute:
    route = OspfRoute(prefix, (), (), installed=head["mark"] == " *")
    path = _PATH.fullmatch(head["to"])
    return _with_path(route, path) if path else route


def _with_path(route: OspfRoute, path: re.Match[str]) -> OspfRoute:
    hops = (*route.next_hops, path["hop"]) if path["hop"] else route.next_hops
    return replace(route, next_hops=hops, interfaces=(*route.interfaces, path["on"] or path["dev"]))
