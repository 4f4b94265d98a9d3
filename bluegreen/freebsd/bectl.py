"""Read the boot environments that bectl(8) lists."""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from bluegreen.errors import ParseError
from bluegreen.freebsd.pasted import is_aside, pasted_lines, quoted
from bluegreen.freebsd.text import is_operand
from bluegreen.model.system import Environment

_HEADER = re.compile(r"BE(?:/Dataset/Snapshot)?\s+Active\s+Mountpoint\s+Space\s+Created\b.*")
_CALL = re.compile(r"(?:.*[#$%>❯]\s*|)(?:\S*/)?bectl(?:\s+-r\s*\S+)?\s+list\b.*")
_SIZE = r"(?:\d+(?:\.\d+)?[BKMGTPEZ]?|-)"
_DATE = r"\d{4}-\d\d-\d\d \d\d:\d\d"
_ROW = re.compile(
    rf"(?P<name>\S.*?)\s+(?P<flags>-|(?=[NRT])N?R?T?)\s+(?P<mountpoint>-|/.*?)"
    rf"\s+(?P<space>{_SIZE})\s+(?P<created>{_DATE})(?:\s+(?:#|<|\().*)?"
)
_RESEMBLES = re.compile(rf".*(?:\s{_SIZE}\s+{_DATE}|\t.*\t.*\t)|\S+\s+[NRT-]{{1,4}}\s+[-/]")
_NO_ZFS = re.compile(r'libbe_init\(".*?"\) failed')
_MESSAGE = re.compile(
    r"boot environment |bootenv |emporary activation|bectl (?!list\b)|bectl list:", re.IGNORECASE
)


@lru_cache(maxsize=256)
def parse_environments(text: str) -> tuple[Environment, ...]:
    """Return the boot environments of ``bectl list``, with any of -a, -s, -D and -H.

    With -a or -s the line of a boot environment is its name alone; flags, space and
    date are then those of its root dataset.

    Raises:
        ParseError: There is no list, or a line of it cannot be read, or there are two
            lists that differ.

    Source:
        print_info() and print_headers() in sbin/bectl/bectl_list.c, freebsd-src
        0809f0780e26, read 2026-11-22.
    """
    lines = pasted_lines(textwrap.dedent(text))
    lists = tuple(dict.fromkeys(filter(None, map(_environments, _outputs(lines)))))
    if not lists:
        raise _refusal(lines)
    if len(lists) > 1:
        raise ParseError(f"{len(lists)} lists of boot environments that differ: give one of them")
    return lists[0]


def _outputs(lines: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield what stands below each call and each header."""
    output: list[str] = []
    for line in lines:
        if _HEADER.fullmatch(line.strip()) or _CALL.fullmatch(line.strip()):
            yield tuple(output)
            output = []
        else:
            output.append(line.strip())
    yield tuple(output)


def _environments(output: tuple[str, ...]) -> tuple[Environment, ...]:
    found: list[Environment] = []
    for heading, rows in _groups(output):
        plain = [row for row in rows if "/" not in row.name and "@" not in row.name]
        below = [replace(row, name=heading) for row in rows if row.name.endswith(f"/{heading}")]
        if len(plain) < len(rows) and len(below) != 1:
            raise ParseError(f"no root dataset below the boot environment {quoted(heading)}")
        found += below or plain
    names = [environment.name for environment in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ParseError(f"listed twice, so one list is mixed with another: {sorted(twice)}")
    return tuple(found)


def _groups(output: tuple[str, ...]) -> Iterator[tuple[str, list[Environment]]]:
    """Yield the rows below each line that is none: with -a, the name of an environment."""
    heading = ""
    rows: list[Environment] = []
    for line in output:
        if row := _ROW.fullmatch(line):
            rows.append(_environment(row))
        elif _RESEMBLES.match(line):
            raise ParseError(f"a boot environment that cannot be read: {quoted(line)}")
        elif not is_aside(line):
            yield heading, rows
            heading, rows = line, []
    yield heading, rows


def _environment(row: re.Match[str]) -> Environment:
    if not is_operand(row["name"]):
        raise ParseError(f"a boot environment whose name is an option to bectl: {quoted(row[0])}")
    return Environment(
        name=row["name"],
        now="N" in row["flags"],
        next="R" in row["flags"],
        once="T" in row["flags"],
        mountpoint=None if row["mountpoint"] == "-" else row["mountpoint"],
        space=row["space"],
        created=row["created"],
    )


def _refusal(lines: tuple[str, ...]) -> ParseError:
    if _NO_ZFS.search("\n".join(lines)):
        return ParseError(
            "no ZFS root, so there are no boot environments: bectl says libbe_init failed"
        )
    said = [line for line in lines if _MESSAGE.search(line)]
    if said:
        return ParseError(f"no list of boot environments: bectl was asked else: {quoted(said[-1])}")
    return ParseError("no list of boot environments in this text")
