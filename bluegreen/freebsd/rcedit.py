"""Edits of sourced files as sed(1) expressions, and the same edits in memory.

Each expression addresses one line by its number and one match on it by its count, so that
`vhid 2` is never taken for `vhid 23`, and every other octet of the line stays as it is.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bluegreen.errors import RefusedError
from bluegreen.freebsd.rcvhids import Occurrence, occurrences
from bluegreen.freebsd.rcwords import Word
from bluegreen.model.system import RcFile

_EXPRESSION = re.compile(r"([0-9]+)s/([a-z]+[ \t]+[0-9]+)/([a-z0-9 \t]+)/([0-9]*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class RcEdit:
    """One file, and the scripts for ``sed -e`` that change it, in their order."""

    path: str
    expressions: tuple[str, ...]


def persist_edits(
    files: Sequence[RcFile], skew: Mapping[tuple[str, int], int]
) -> tuple[RcEdit, ...]:
    """Return the edits after which a boot gives each (interface, vhid) the wanted advskew.

    Raises:
        ParseError: a file cannot be read.
        RefusedError: a vhid is in no file, or stands there in a way that cannot be edited.
    """
    found = occurrences(tuple(files))
    wanted = {(rc_name(name), vhid): value for (name, vhid), value in skew.items()}
    there = {(rc_name(o.row.interface), o.row.vhid) for o in found}
    missing = sorted(f"vhid {v} on {n}" for n, v in skew if (rc_name(n), v) not in there)
    if missing:
        raise RefusedError(f"{', '.join(missing)}: in no file that a boot reads")
    edits: dict[str, list[tuple[int, int, str]]] = {}
    for occurrence in found:
        value = wanted.get((rc_name(occurrence.row.interface), occurrence.row.vhid))
        if value is not None and (occurrence.advskew is None or value != occurrence.row.advskew):
            edits.setdefault(occurrence.row.path, []).append(_edit(files, occurrence, value))
    return tuple(RcEdit(path, _ordered(places)) for path, places in edits.items())


def apply_edit(text: str, expressions: Iterable[str]) -> str:
    """Return the text as sed(1) would leave it, for the expressions made here and no others."""
    lines = text.split("\n")
    for expression in expressions:
        match = _EXPRESSION.fullmatch(expression)
        if match is None:
            raise ValueError(f"not an expression of persist_edits: {expression!r}")
        index, nth = int(match[1]) - 1, int(match[4] or 1)
        if index < len(lines):
            lines[index] = _replaced(lines[index], match[2], match[3], nth)
    return "\n".join(lines)


def rc_name(interface: str) -> str:
    """Return an interface's name as network.subr (get_if_var) puts it into a variable."""
    return re.sub(r"[./+-]", "_", interface)


def _ordered(places: list[tuple[int, int, str]]) -> tuple[str, ...]:
    """Return the expressions from right to left, so that none moves what another counts."""
    rightmost = sorted(places, key=lambda place: (place[0], -place[1]))
    return tuple(expression for _, _, expression in rightmost)


def _edit(files: Sequence[RcFile], occurrence: Occurrence, value: int) -> tuple[int, int, str]:
    row = occurrence.row
    if row.vrrp:
        raise RefusedError(f"vhid {row.vhid} on {row.interface} speaks VRRP: it has no advskew")
    keyword, number = occurrence.advskew or occurrence.vhid
    line = next(file for file in files if file.path == row.path).lines[keyword.line - 1]
    found = _literal(line, keyword, number)
    if found is None:
        where = f"{row.path}, line {keyword.line}"
        raise RefusedError(f"{where}: {keyword.text} and its number cannot be edited as one")
    count = line.count(found, 0, keyword.start) + 1
    if occurrence.advskew:
        replacement = found[: -len(number.text)] + str(value)
    else:
        replacement = f"{found} advskew {value}"
    nth = str(count) if count > 1 else ""
    return keyword.line, keyword.start, f"{keyword.line}s/{found}/{replacement}/{nth}"


def _literal(line: str, keyword: Word, number: Word) -> str | None:
    """Return keyword and number as the line spells them, or None where that is more."""
    if keyword.line != number.line or keyword.end is None or number.end is None:
        return None
    found = line[keyword.start : number.end]
    return found if re.fullmatch(r"[a-z]+[ \t]+[0-9]+", found) else None


def _replaced(line: str, found: str, replacement: str, nth: int) -> str:
    at = -len(found)
    for _ in range(nth):
        at = line.find(found, at + len(found))
        if at < 0:
            return line
    return line[:at] + replacement + line[at + len(found) :]
