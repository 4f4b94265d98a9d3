"""What a text looks like that was not what was asked for: only ever said, never acted upon."""

import re

from bluegreen.routing.documents import Page, walk

_SHOWN_MAX = 100  # characters
_ERROR = re.compile(
    r"(?im)^[^\S\n]*(%.*|.*\b(?:is not running|failed to connect|unable to connect|not found"
    r"|permission denied|no such file|connection refused|unknown command|syntax error"
    r"|is not enabled|no such interface)\b.*|there (?:is no|are multiple) .*|exiting: .*)$"
)
_TORN = re.compile(r"(?m)^[^\S\n]*(?:[\]}][\]},\s]*|\"\w+\"\s*:.*)$")
_TEXTS: tuple[tuple[str, str], ...] = (
    (
        r"Internet Address \S+,.*Area|interface is UNNUMBERED|, Network Type \w+, Cost:",
        "show ip ospf interface",
    ),
    (
        r"(?m)^Interface \S+, line protocol is|^Interface +Address +State +HelloTimer",
        "ospfctl show interface",
    ),
    (r"(?m)^[^\S\n]*Interface \S+ \(\S+\)\s*\n\s*Type:", "show ospf interface (BIRD)"),
    (r"OSPF network routing table", "show ip ospf route"),
    (
        r"Routing entry for |Codes: K -|(?m:^)[A-Z][ >*a-z]*\S+/\d+ (?:\[\d+/\d+\]|is directly)",
        "show ip route",
    ),
    (r"(?m)^\S+\s+(?:unicast|via \S+ on|blackhole)\b.*\[\S+ \S+", "show route (BIRD)"),
    (r"OSPF(?:v3)? Routing Process", "show ip ospf"),
    (r"RFC1583 compatibility: \w+", "show ospf (BIRD)"),
    (r"RFC1583 compatibility flag is", "ospfctl show summary"),
    (r"(?m)^Router ID is", "show status (BIRD)"),
    (r"Link States|Link ID +ADV Router|LS age:", "show ip ospf database"),
    (r"BGP router identifier|Neighbor\s+V\s+AS\b", "show bgp summary"),
    (r"(?m)^[^\S\n]*name\s+proto\s+table\s+state", "show protocols (BIRD)"),
    (r"(?m)^\S+: flags=", "ifconfig"),
    (r"(?i)Neighbor ID\s+Pri\b|Neighbor \S+, interface address", "show ip ospf neighbor"),
    (r"(?i)Router ID\s+Pri\b", "show ospf neighbors (BIRD)"),
    (r"(?i)\bID\s+Pri\s+State\s+DeadTime", "ospfctl show neighbor"),
)
_KEYS: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"routeType"}), "show ip ospf route json"),
    (frozenset({"nexthops", "protocol"}), "show ip route json"),
    (
        frozenset({"interfaces", "ifFlags", "networkType", "ospfEnabled"}),
        "show ip ospf interface json",
    ),
    (frozenset({"nbrState", "nbrPriority", "deadTimeMsecs"}), "show ip ospf neighbor json"),
    (frozenset({"neighborId"}), "show ipv6 ospf6 neighbor json"),
    (frozenset({"remoteAs", "bgpState"}), "show bgp json"),
    (frozenset({"spfLastDurationMsecs", "attachedAreaCounter", "routerId"}), "show ip ospf json"),
)


def looks_like(page: Page) -> str:
    """Return a half-sentence: what the page seems to be."""
    if page.is_blank:
        return "it is empty"
    if command := _command_of_keys(page) or _command_of_text(page):
        return f"it looks like `{command}`"
    if error := _ERROR.search(page.text):
        return f"it says {error[1].strip()[:_SHOWN_MAX]!r}"
    if page.documents:
        return f"it is JSON of another command, with {_top_keys(page)}"
    if _TORN.search(page.text):
        return "it looks like JSON without its beginning"
    return f"it begins with {_first_words(page)!r}"


def _command_of_keys(page: Page) -> str | None:
    """Return the command that prints such keys, the most telling ones first."""
    for document in page.documents:
        names = {name for _, thing in walk(document) for name in thing}
        for keys, command in _KEYS:
            if not keys.isdisjoint(names):
                return command
    return None


def _command_of_text(page: Page) -> str | None:
    return next((command for pattern, command in _TEXTS if re.search(pattern, page.text)), None)


def _first_words(page: Page) -> str:
    """Return the beginning of the first line that is no comment."""
    lines = (line.strip() for line in page.lines if line.strip(" #") and line[0] != "#")
    return next(lines, "a comment")[:_SHOWN_MAX]


def _top_keys(page: Page) -> str:
    """Return the outermost names of the first document, as far as a message has room."""
    keys = next((list(thing) for _, thing in walk(page.documents[0])), [])
    return ", ".join(map(repr, keys))[:_SHOWN_MAX] or "no names"
