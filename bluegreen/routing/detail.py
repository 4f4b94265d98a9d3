"""Neighbours in paragraphs: ``detail`` of FRR, Quagga, ospf6d and OpenOSPFD."""

import re
from collections.abc import Sequence

from bluegreen.model.routing import Neighbor
from bluegreen.routing.text import paragraphs, refusal
from bluegreen.routing.words import bare_interface, neighbor

# Sources, read 2026-11-22: show_ip_ospf_neighbor_detail_sub, FRR ospfd/ospf_vty.c at fbfc8222da;
# ospf6_neighbor_show_detail, FRR ospf6d/ospf6_neighbor.c; show_neighbor, OpenBSD
# usr.sbin/ospfctl/output.c.
_FIRST = re.compile(
    r"\s*Neighbor (?P<id>\S+?),\s+interface address (?P<address>\S+)\s*"
    r"|\s*Neighbor (?P<id6>[0-9.]+)%(?P<interface6>\S+)\s*"
)
_INTERFACE = re.compile(r"(?:via interface|Area \S+, interface) (\S+)")
_STATE = re.compile(r"\bState (?:is )?([\w-]+(?:/[\w-]+)?)")
_ROLE = re.compile(r"\bRole is ([\w-]+)")
_PRIORITY = re.compile(r"[Pp]riority (?:is )?([0-9]{1,3})\b")
_LINK_LOCAL = re.compile(r"Link-local address: (\S+)")


def read_details(lines: Sequence[str]) -> tuple[Neighbor, ...]:
    """Return a neighbour for each paragraph, or refuse one without interface or state."""
    return tuple(
        _paragraph(first, "\n".join(block[1:]))
        for block in paragraphs(lines, _FIRST)
        if (first := _FIRST.fullmatch(block[0]))
    )


def _paragraph(first: re.Match[str], rest: str) -> Neighbor:
    interface = first["interface6"] or _group(_INTERFACE, rest)
    state = _group(_STATE, rest)
    priority = _group(_PRIORITY, rest)
    if interface is None or state is None or priority is None:
        raise refusal(first[0], "the paragraph of a neighbour is cut off")
    return neighbor(
        first["id"] or first["id6"],
        state,
        _group(_ROLE, rest),
        first["address"] or _group(_LINK_LOCAL, rest),
        bare_interface(interface),
        int(priority),
    )


def _group(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return found[1] if found else None
