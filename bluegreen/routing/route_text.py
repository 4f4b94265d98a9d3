"""OSPF's routes in zebra's text, as FRR and Quagga print it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from bluegreen.model.routing import OspfRoute
from bluegreen.routing.text import is_prompt, refusal

# vty_show_ip_route, FRR zebra/zebra_vty.c at fbfc8222da, read 2026-11-22: code, ">" selected,
# "*" in the FIB (else r, q, t, o, d or a blank), prefix, path, age. Quagga prints the same.
_ENTRY = re.compile(
    r"\s{0,3}(?P<code>[A-Z])(?:\[[0-9]+\])?(?P<flags>(?:>[*a-z]?|\s[*a-z])?)\s+"
    r"(?P<prefix>[0-9a-fA-F.:]+/[0-9]{1,3})(?:\s+(?P<path>.*))?"
)
_MORE = re.compile(r"\s*(?P<flags>[*a-z]{0,2})\s*\b(?P<path>(?:via|is directly|unreachable) .*)")
_MEASURES = re.compile(r"(?:\[[0-9]+/[0-9]+\]\s+)?(?:\([0-9]+\)\s+)?")
_AGE = r"[0-9X]{1,2}(?::[0-9X]{2}){2}|(?:[0-9]+[ywdhm]){2,3}|never"
_PATH = re.compile(
    rf"(?:via\s+(?P<hop>[^\s,]+)|is\s+directly\s+connected|unreachable)"
    rf"(?:\s+\([^)]*\))?(?:,\s+(?P<interface>(?!weight\s|{_AGE})[^\s,]+))?"
    rf"(?P<rest>[\s,].*)?,\s+(?:{_AGE})"
)
_IS_PATH = re.compile(r"\bvia |directly connected|unreachable|\[[0-9]+/[0-9]+\]")
_BEGUN = re.compile(r"O(?:\[[0-9]+\])?(?:>\S?\s*[0-9:]*.*|\s+[0-9][0-9a-fA-F.:/]*)")
_LEGEND = re.compile(r"Codes: K - ")


@dataclass(frozen=True, slots=True)
class Routes:
    """What was read; ``seen`` tells a table without OSPF from no table."""

    routes: tuple[OspfRoute, ...]
    seen: bool


@dataclass(slots=True)
class _Reading:
    """Routes so far; the last one may still get paths."""

    done: list[OspfRoute] = field(default_factory=list)
    selected: bool = False
    open: bool = False
    seen: bool = False


def read_table(lines: Iterable[str]) -> Routes:
    """Return the routes with code O, or refuse a line of OSPF that is not whole."""
    reading = _Reading()
    for line in lines:
        if entry := _ENTRY.fullmatch(line):
            _begin(reading, entry, line)
        elif (more := _MORE.fullmatch(line)) and reading.open:
            _add_path(reading, more["flags"], more["path"], line)
        elif _LEGEND.search(line):
            reading.seen = True
        elif _BEGUN.fullmatch(line.strip()):
            raise refusal(line, "a route of OSPF that is cut off")
        elif is_prompt(line):
            reading.open = False
    return Routes(tuple(reading.done), reading.seen)


def _begin(reading: _Reading, entry: re.Match[str], line: str) -> None:
    reading.open = entry["code"] == "O"
    if not reading.open:
        reading.seen = reading.seen or bool(_IS_PATH.search(entry["path"] or ""))
        return
    reading.seen = True
    path = _MEASURES.sub("", entry["path"] or "", count=1)
    reading.selected = ">" in entry["flags"]
    reading.done.append(OspfRoute(entry["prefix"], (), (), installed=False))
    _add_path(reading, entry["flags"], path, line)


def _add_path(reading: _Reading, flags: str, path: str, line: str) -> None:
    """Add a path to the last route; a backup path ("b") carries nothing yet."""
    if "b" in flags:
        return
    found = _PATH.fullmatch(path.strip())
    if found is None:
        raise refusal(line, "a route of OSPF that is cut off or has an unknown path")
    route = reading.done[-1]
    hop, interface = found["hop"], found["interface"]
    reading.done[-1] = replace(
        route,
        next_hops=(*route.next_hops, hop) if hop else route.next_hops,
        interfaces=(*route.interfaces, interface) if interface else route.interfaces,
        installed=route.installed or (reading.selected and "*" in flags),
    )
