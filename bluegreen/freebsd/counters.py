"""Read the packet counters of interfaces: ``netstat -ibnW``.

Source: intpr() in usr.bin/netstat/if.c, FreeBSD 14, read 2026-11-30. Columns are found by the
header and counted from the right, since an interface may have no address; a `*` behind a name
says that it is down.
"""

import re

from bluegreen.errors import ParseError
from bluegreen.freebsd.text import lines_of
from bluegreen.model.network import Counters

QUESTION = ("netstat", "-ibnW")
_HEADER = re.compile(r"Name\s+Mtu\s+Network\s+Address\s+(?P<columns>\S.*)")
_WANTED = ("Ipkts", "Opkts", "Oerrs")


def parse_counters(text: str) -> tuple[Counters, ...]:
    """Return the counters of each interface, as its link has them.

    Raises:
        ParseError: it is another table, or a line of it cannot be read.
    """
    lines = lines_of(text)
    header = next((found for line in lines if (found := _HEADER.fullmatch(line.strip()))), None)
    columns = header["columns"].split() if header else []
    if not set(_WANTED) <= set(columns):
        raise ParseError("netstat -ibn: no header with Ipkts, Opkts and Oerrs")
    rows = [line.split() for line in lines if re.match(r"\S+\s+\d+\s+<Link#\d+>", line)]
    if not rows:
        raise ParseError("netstat -ibn: no interface")
    return tuple(_counters(row, columns) for row in rows)


def _counters(row: list[str], columns: list[str]) -> Counters:
    values = dict(zip(columns, row[-len(columns) :], strict=False))
    name = row[0].removesuffix("*")
    numbers = [values[column] for column in _WANTED]
    if len(row) < 3 + len(columns) or not all(number.isdigit() for number in numbers):
        raise ParseError(f"netstat -ibn: the counters of {name} cannot be read")
    return Counters(name, *map(int, numbers))
