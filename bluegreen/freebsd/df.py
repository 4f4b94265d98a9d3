"""Read the free space that df(1) shows."""

import re
from collections.abc import Iterator
from functools import lru_cache

from bluegreen.errors import ParseError
from bluegreen.freebsd.pasted import is_aside, pasted_lines, quoted
from bluegreen.model.storage import Space

_HEADER = re.compile(r"Filesystem(?P<type>\s+Type)?\s+(?P<unit>\S+)\s+Used\s+Avail\s+Capacity\b.*")
_UNITS_KIB = {"1024-blocks": 1, "1K-blocks": 1, "1M-blocks": 1024, "1G-blocks": 1024 * 1024}
_ROW = re.compile(
    r"(?P<filesystem>\S.*?)\s+\d+\s+-?\d+\s+(?P<available>-?[0-9]{1,18})\s+(?:\d+%|-)"
    r"(?:\s+\d+\s+\d+\s+(?:\d+%|-))?\s+(?P<mountpoint>/.*?)(?:\s+#.*)?"
)
_NUMBERS = re.compile(r"-?\d+\s+-?\d+\s+-?\d+\s+(?:\d+%|-)\s")
_NAME = re.compile(r"\S+/\S+")
_RESEMBLES = re.compile(r"df: |.*(?:\d%|\d\s+\d)")


@lru_cache(maxsize=256)
def parse_df(text: str) -> tuple[Space, ...]:
    """Return the file systems of ``df -k``, in KiB; refuse other units and cut lines.

    A file system may be shown more than once: df prints one line a path it was asked for.

    Source:
        prtstat() in bin/df/df.c, FreeBSD 14: 1024-blocks is the header of -k, 512-blocks
        the one without. The columns of -i (inodes) and -T (type) are tolerated.
    """
    found: list[Space] = []
    header: re.Match[str] | None = None
    for line in _whole_lines(pasted_lines(text)):
        if begins := _HEADER.fullmatch(line):
            header = begins
            _factor(begins)
        elif header and (row := _ROW.fullmatch(line)) and not _NUMBERS.match(line):
            found.append(_space(row, header))
        elif line.startswith("df: ") or (header and _RESEMBLES.match(line)):
            raise ParseError(f"a file system that cannot be read: {quoted(line)}")
    if not found:
        raise ParseError("no output of `df -k` in this text")
    return tuple(found)


def _whole_lines(lines: tuple[str, ...]) -> Iterator[str]:
    """Yield the lines; a long device name stands alone, its numbers on the next one."""
    name = ""
    inside = False
    for line in (line.strip() for line in lines if not is_aside(line)):
        inside = inside or _HEADER.fullmatch(line) is not None
        if name and not _NUMBERS.match(line):
            raise ParseError(f"a file system without its numbers: {quoted(name)}")
        if inside and _NAME.fullmatch(line):
            name = line
        else:
            yield f"{name} {line}".strip()
            name = ""
    if name:
        raise ParseError(f"a file system without its numbers: {quoted(name)}")


def _space(row: re.Match[str], header: re.Match[str]) -> Space:
    name = row["filesystem"].rsplit(None, 1)[0] if header["type"] else row["filesystem"]
    return Space(name, int(row["available"]) * _factor(header), row["mountpoint"])


def _factor(header: re.Match[str]) -> int:
    factor = _UNITS_KIB.get(header["unit"])
    if factor is None:
        unit = header["unit"]
        raise ParseError(f"df counts in {unit!r}: wanted is `df -k`, which counts in 1024-blocks")
    return factor
