"""Read the counters of `netstat -s -p carp` and `-p pfsync`, and pf's number of states.

Source: carp_stats in usr.bin/netstat/inet.c and pfsync_stats in usr.bin/netstat/pf.c, FreeBSD 11
to 15; print_status in sbin/pfctl/pfctl_parser.c. What is counted when: carp_input and
carp_input_c, sys/netinet/ip_carp.c. Read 2026-11-30.
"""

import re
from collections.abc import Mapping

from bluegreen.errors import ParseError
from bluegreen.model.exam import CarpCounters, PfsyncCounters

CARP: Mapping[str, str] = {
    "received": r"packets? received \(IPv4\)",
    "received6": r"packets? received \(IPv6\)",
    "bad_ttl": r"packets? discarded for wrong TTL",
    "short_header": r"packets? shorter than header",
    "bad_checksum": r"discarded for bad checksums?",
    "bad_version": r"discarded packets? with a bad version",
    "too_short": r"discarded because packet too short",
    "bad_auth": r"discarded for bad authentication",
    "bad_vhid": r"discarded for bad vhid",
    "bad_addresses": r"discarded because of a bad address list",
    "sent": r"packets? sent \(IPv4\)",
    "sent6": r"packets? sent \(IPv6\)",
}
PFSYNC: Mapping[str, str] = {
    "received": r"packets? received \(IPv[46]\)",
    "sent": r"packets? sent \(IPv[46]\)",
    "bad_version": r"packets? discarded for bad version",
    "bad_auth": r"packets? discarded for bad HMAC",
    "send_errors": r"send errors?",
}
_COUNT = re.compile(r"\s+/?(\d{1,20}) (\S.*)")  # one line of pfsync's has a stray slash
_STATES = re.compile(r"^ +current entries +(\d{1,10})\b", re.MULTILINE)


def parse_carp_counters(text: str) -> CarpCounters:
    """Return every counter.

    Raises:
        ParseError: one of them is not there.
    """
    return CarpCounters(**_counted("carp", text, CARP))


def parse_pfsync_counters(text: str) -> PfsyncCounters:
    """Return the counters that tell whether states come across; both families together.

    Raises:
        ParseError: one of them is not there.
    """
    return PfsyncCounters(**_counted("pfsync", text, PFSYNC))


def parse_states(text: str) -> int:
    """Return how many states pf(4) has, from ``pfctl -si``.

    Raises:
        ParseError: it is not said.
    """
    match = _STATES.search(text)
    if match is None:
        raise ParseError("pfctl -si: no line `current entries`")
    return int(match[1])


def _counted(protocol: str, text: str, wanted: Mapping[str, str]) -> dict[str, int]:
    header, *lines = text.splitlines() or [""]
    if header.strip() != f"{protocol}:":
        raise ParseError(f"netstat -s -p {protocol}: it printed {header.strip()[:60]!r}")
    rows = [match for line in lines if (match := _COUNT.fullmatch(line.rstrip()))]
    counted: dict[str, int] = {}
    for name, words in wanted.items():
        found = [int(row[1]) for row in rows if re.fullmatch(words, row[2])]
        if not found:
            raise ParseError(f"netstat -s -p {protocol}: nothing says {words!r}")
        counted[name] = sum(found)
    return counted
