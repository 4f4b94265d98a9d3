"""Read what strongSwan says of its associations: ``swanctl --list-sas``, on FreeBSD and Linux.

Source: ike_sa() and child_sas() in src/swanctl/commands/list_sas.c, strongSwan, read 2026-11-30.
It prints identities, algorithms and SPIs; no key.
"""

import re
from collections.abc import Iterator

from bluegreen.errors import ParseError
from bluegreen.freebsd.pasted import is_aside, quoted
from bluegreen.freebsd.text import lines_of
from bluegreen.model.ipsec import ChildSa, IkeSa

_IKE = re.compile(
    r"(?P<name>\S.*): #\d+, (?P<state>[A-Z_]+), IKEv(?P<version>\d), \S+_i\*? \S+_r.*"
)
_HOST = re.compile(r"  (?P<side>local|remote)\s+'.*' @ (?P<host>[^\s\[]+)\[\S+\].*")
_SINCE = re.compile(r"  established (\d+)s ago.*")
_CHILD = re.compile(
    r"  (?P<name>\S.*): #\d+, reqid \S+, (?P<state>[A-Z_]+), "
    r"(?P<mode>[A-Z_]+)(?:-in-UDP)?, \S*:.*"
)
_INSTALLED = re.compile(
    r"    installed (?P<age>\d+)s ago(?:, rekeying in (?P<rekey>-?\d+)s)?"
    r"(?:, expires in (?P<life>-?\d+)s)?.*"
)
_SPI = re.compile(r"    (?P<way>in |out) (?P<spi>[0-9a-f]+)[/ ,].*")
_SELECTOR = re.compile(r"    (?P<side>local|remote)\s+(?P<what>.*)")


def parse_sas(text: str) -> tuple[IkeSa, ...]:
    """Return every IKE_SA with its CHILD_SAs; none where nothing is printed.

    Raises:
        ParseError: it is something else, or an IKE_SA without its hosts.
    """
    lines = [line for line in lines_of(text) if line.strip()]
    blocks = list(_blocks(lines, _IKE))
    odd = next((line for line in lines if not is_aside(line)), None)
    if odd and (not blocks or not _IKE.fullmatch(odd)):
        raise ParseError(f"swanctl --list-sas: {quoted(odd)} is no IKE_SA")
    return tuple(map(_ike, blocks))


def _blocks(lines: list[str], head: re.Pattern[str]) -> Iterator[list[str]]:
    block: list[str] = []
    for line in lines:
        if head.fullmatch(line):
            if block:
                yield block
            block = []
        if block or head.fullmatch(line):
            block.append(line)
    if block:
        yield block


def _ike(block: list[str]) -> IkeSa:
    head = _IKE.fullmatch(block[0])
    hosts = {match["side"]: match["host"] for line in block if (match := _HOST.fullmatch(line))}
    if head is None or set(hosts) != {"local", "remote"}:
        raise ParseError(f"swanctl --list-sas: {quoted(block[0])} is cut short")
    since = next((match for line in block if (match := _SINCE.fullmatch(line))), None)
    return IkeSa(
        name=head["name"],
        state=head["state"],
        version=int(head["version"]),
        local=_known(hosts["local"]),
        remote=_known(hosts["remote"]),
        age_s=int(since[1]) if since else None,
        children=tuple(map(_child, _blocks(block[1:], _CHILD))),
    )


def _known(host: str) -> str | None:
    return None if host in ("%any", "%any6", "(null)") else host


def _child(block: list[str]) -> ChildSa:
    head = _CHILD.fullmatch(block[0])
    assert head is not None
    times = next((match for line in block if (match := _INSTALLED.fullmatch(line))), None)
    spis = {m["way"].strip(): m["spi"] for line in block if (m := _SPI.fullmatch(line))}
    ends = {m["side"]: m["what"] for line in block if (m := _SELECTOR.fullmatch(line))}
    return ChildSa(
        name=head["name"],
        state=head["state"],
        mode=head["mode"],
        spi_in=spis.get("in"),
        spi_out=spis.get("out"),
        age_s=_seconds(times, "age"),
        rekey_s=_seconds(times, "rekey"),
        life_s=_seconds(times, "life"),
        local=ends.get("local", ""),
        remote=ends.get("remote", ""),
    )


def _seconds(times: re.Match[str] | None, name: str) -> int | None:
    return int(times[name]) if times and times[name] is not None else None
