"""Read the routes that netstat(1) shows."""

import re
from collections.abc import Iterator
from functools import lru_cache

from bluegreen.errors import ParseError
from bluegreen.freebsd.pasted import pasted_lines, quoted
from bluegreen.freebsd.text import is_prompt
from bluegreen.model.network import Route

_CALL = re.compile(r"(?:.*[#$%>❯]\s*|.*\s)?netstat\s+-\S*r.*")
_FAMILIES = {"Internet": "inet", "Internet6": "inet6"}
_SECTION = re.compile(r"(?P<family>[A-Z][\w.]*|Protocol Family \d+):")
_ASKED = re.compile(r"-f\s*(inet6?)\b|\s-\w*([46])")
_HEADER = re.compile(r"Destination\s+Gateway\s+Flags\s+(?P<columns>\S.*)")
_FOREIGN = {
    "Genmask": "Linux's netstat",
    "Kernel IP": "Linux's netstat",
    "Iface": "another system's netstat",
    " dev ": "Linux's `ip route`",
}
_NUMERIC = {"Refs", "Use", "Mtu", "Nhop#"}
_ADDRESS = r"(?:default|(?=\S*[\d:])[\da-fA-F.:]+(?:%[\w.]+)?(?:/\d+|&0x[\da-f]+)?)"
_NUMBER = re.compile(r"(?=\S*[\d:])[\da-fA-F.:]+(?:[%/&]|$)")
_RESEMBLES = re.compile(r"default\s|[\da-fA-F]*:[\da-fA-F:]|\d+[./]\d|\d+\s+\S+\s+U")
_NOTE = r"(?:\s+(?:#|<|\(|←|--).*)?"


@lru_cache(maxsize=256)
def parse_routes(text: str) -> tuple[Route, ...]:
    """Return the routes of ``netstat -rn``, both families in the order in which they stand.

    Columns are found by the header, as releases and -W differ: Refs and Use up to
    FreeBSD 9, Nhop#, Mtu and Metric with -W. What somebody wrote behind a line is skipped.

    Raises:
        ParseError: There is no table of FreeBSD, a line of it cannot be read, its family
            is not said, or a family has two tables that differ.

    Source:
        pr_rthdr() and p_rtentry_sysctl() in usr.bin/netstat/route.c, FreeBSD 15,
        read 2026-11-22.
    """
    lines = tuple(line.strip() for line in pasted_lines(text))
    tables = list(dict.fromkeys(_routes(family, rows) for family, rows in _tables(lines) if rows))
    if not tables:
        raise _refusal("\n".join(lines))
    families = [table[0].family for table in tables]
    if len(set(families)) < len(families):
        raise ParseError("two tables of one family that differ: give one of them")
    return tuple(route for table in tables for route in table)


def _tables(lines: tuple[str, ...]) -> Iterator[tuple[str | None, list[re.Match[str]]]]:
    """Yield the family that is named, if any, and the rows below each header."""
    family: str | None = None
    row: re.Pattern[str] | None = None
    rows: list[re.Match[str]] = []
    for line in lines:
        header = _HEADER.fullmatch(line)
        if row and (match := row.fullmatch(line)):
            rows.append(match)
        elif header or is_prompt(line) or _SECTION.fullmatch(line) or _CALL.fullmatch(line):
            yield family, rows
            family, rows = _named_family(line, family), []
            row = _row_pattern(header["columns"]) if header else None
        elif row and _RESEMBLES.match(line):
            raise ParseError(f"a route that cannot be read: {quoted(line)}")
    yield family, rows


def _named_family(line: str, before: str | None) -> str | None:
    """Return the family that a heading or a typed call names; else what was known before."""
    if section := _SECTION.fullmatch(line):
        return _FAMILIES.get(section["family"], section["family"])
    if not _CALL.fullmatch(line):
        return before
    asked = _ASKED.search(line)
    return None if asked is None else (asked[1] or {"4": "inet", "6": "inet6"}[asked[2]])


def _row_pattern(columns: str) -> re.Pattern[str]:
    names = columns.split()
    if "Netif" not in names:
        raise _refusal(columns)
    before = sum(name in _NUMERIC for name in names[: names.index("Netif")])
    at_least = before - ("Mtu" in names)  # it is left blank where a route has none
    metric = r"\s+\d+" if "Metric" in names else ""
    expire = r"(?:\s+(?P<expire>\d+|!))?(?:\s+=>)?" if "Expire" in names else r"(?P<expire>(?!))?"
    return re.compile(
        rf"(?P<destination>{_ADDRESS}|[A-Za-z][\w.-]*(?=\s+\S+\s+U))\s+(?P<gateway>\S+)"
        rf"\s+(?P<flags>(?=[a-z\d]*[A-Z])[A-Za-z\d]+)(?:\s+\d+){{{at_least},{before}}}"
        rf"\s+(?P<interface>[A-Za-z_][\w.:-]*|---){metric}{expire}{_NOTE}"
    )


def _routes(named: str | None, rows: list[re.Match[str]]) -> tuple[Route, ...]:
    family = _family(named, {row["destination"] for row in rows})
    return tuple(
        Route(
            destination=row["destination"],
            gateway=row["gateway"],
            flags=row["flags"],
            interface=row["interface"],
            family=family,
            expire=row["expire"],
        )
        for row in rows
    )


def _family(named: str | None, destinations: set[str]) -> str:
    """Return the family that is named or shown; gateways show none: they may be MACs."""
    if named not in (None, *_FAMILIES.values()):
        raise ParseError(f"routes of a family that is not read: {named}")
    shown = {"inet6" if ":" in name else "inet" for name in destinations if _NUMBER.match(name)}
    known = sorted(shown | {named} if named else shown)
    if len(known) != 1:
        raise ParseError(f"the family of these routes is not clear: {known or 'not said'}")
    return known[0]


def _refusal(text: str) -> ParseError:
    for mark, origin in _FOREIGN.items():
        if mark in text:
            return ParseError(f"this is the output of {origin}: wanted is FreeBSD's `netstat -rn`")
    return ParseError("no output of `netstat -rn` in this text")
