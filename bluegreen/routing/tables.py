"""Neighbours in tables: a header names the columns; a line has all of them or is refused."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bluegreen.errors import ParseError
from bluegreen.model.routing import Neighbor
from bluegreen.routing.text import is_prompt, refusal, squeezed
from bluegreen.routing.words import bare_interface, is_address, is_state, neighbor


@dataclass(frozen=True, slots=True)
class Layout:
    """One table of one daemon; both patterns see lines with single blanks."""

    header: re.Pattern[str]
    row: re.Pattern[str]  # groups: id, state, and where printed role, address, interface, priority
    stands_alone: bool = False  # its rows are like no other's, so they are known without header


@dataclass(frozen=True, slots=True)
class Listing:
    """What was read; ``seen`` tells a table without rows from no table."""

    neighbors: tuple[Neighbor, ...]
    seen: bool


def read_tables(lines: Iterable[str], layouts: Sequence[Layout]) -> Listing:
    """Return the neighbours of every table, or refuse: a half-read line is no line."""
    found: list[Neighbor] = []
    current: Layout | None = None
    seen = False
    for line in map(squeezed, lines):
        header = next((each for each in layouts if each.header.match(line)), None)
        if header is not None:
            current, seen = header, True
        elif (row := _row(line, current, layouts)) is not None:
            found.append(row)
        elif is_prompt(line):
            current = None
        elif _claims(line, inside=current is not None):
            raise refusal(line, "a neighbour's line that is cut off or has unknown columns")
    return Listing(tuple(found), seen or bool(found))


def _row(line: str, current: Layout | None, layouts: Sequence[Layout]) -> Neighbor | None:
    """Return the neighbour of a line, None where it is not one of this table."""
    allowed = (current,) if current else tuple(each for each in layouts if each.stands_alone)
    for layout in allowed:
        found = layout.row.fullmatch(line)
        if found and is_state(found["state"]):
            return _neighbor(found.groupdict(), line)
    return None


def _neighbor(words: dict[str, str | None], line: str) -> Neighbor:
    address = words.get("address")
    if address is not None and not is_address(address) and ":" not in address:
        raise refusal(line, f"{address!r} is no address")
    interface = words.get("interface")
    priority = words.get("priority")
    try:
        return neighbor(
            words.get("id") or "-",
            words.get("state") or "",
            words.get("role"),
            address,
            bare_interface(interface) if interface else None,
            int(priority) if priority else None,
        )
    except ParseError as error:
        raise refusal(line, error.what) from error


def _claims(line: str, *, inside: bool) -> bool:
    """Return whether a line can only be a neighbour's, whole or not."""
    words = line.split(" ")
    numbered = len(words) > 1 and words[1].isdigit()
    if inside and (is_address(words[0]) or (words[0] == "-" and numbered)):
        return True
    return numbered and len(words) > 2 and "/" in words[2] and is_state(words[2])
