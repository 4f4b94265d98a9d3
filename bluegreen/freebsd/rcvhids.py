"""The vhids that a boot would set up, each with the place that says so.

Source: rc.subr load_rc_config, network.subr ifalias_up and ifconfig_getargs, FreeBSD 10 to 15,
and configurations of real routers; read 2026-11-22.
"""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from bluegreen.freebsd.rcwords import Assignment, Word, ifconfig_assignments, refused
from bluegreen.model.system import RcFile

_VARIABLE = re.compile(r"ifconfig_(.+?)(?:_(?:alias[0-9]+|aliases|ipv6|ipv6_alias[0-9]+))?$")
_SAYS_NO_ADDRESS = re.compile(r"_(?:descr|name)$")
_SERVICE = re.compile(r"/rc\.conf\.d/(?P<service>[^/]+)(?:/(?P<file>[^/]+))?$")
_RANGE = re.compile(r"(.*[.:])([0-9a-fA-F]+)-([0-9a-fA-F]+)$")
_RANKS = ("/defaults/", "/rc.conf", "/rc.conf.local")
_SKIP_ONE = frozenset(
    (
        "state",
        "netmask",
        "broadcast",
        "prefixlen",
        "mtu",
        "metric",
        "media",
        "mediaopt",
        "vlan",
        "vlandev",
        "description",
        "descr",
        "group",
        "name",
        "fib",
        "tunnelfib",
        "scopeid",
        "pltime",
        "vltime",
        "link",
        "lladdr",
        "ether",
        "vlanpcp",
    )
)  # each with one word behind it
_LIMITS = {"vhid": (1, 255), "advskew": (0, 254), "advbase": (1, 255)}
_VRRP = ("carpver", "vrrpprio", "vrrpinterval")


@dataclass(frozen=True, slots=True)
class RcVhid:
    """One vhid as a file says it."""

    path: str
    line: int  # from 1, of the word `vhid`
    variable: str
    interface: str  # as the variable spells it: vtnet5_1 is vtnet5.1 or vtnet5_1
    vhid: int
    advskew: int = 0  # 1/256 s; 0 where none is written
    advbase: int | None = None  # s
    peer: str | None = None
    peer6: str | None = None
    addresses: tuple[str, ...] = ()  # without prefix
    vrrp: bool = False


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A vhid, and the words an edit has to hit."""

    row: RcVhid
    vhid: tuple[Word, Word]  # keyword and number
    advskew: tuple[Word, Word] | None


@dataclass(slots=True)
class _Row:
    vhid: tuple[Word, Word] | None = None
    advskew: tuple[Word, Word] | None = None
    advbase: int | None = None
    peer: str | None = None
    peer6: str | None = None
    addresses: list[str] = field(default_factory=list)
    vrrp: bool = False
    family: bool = False
    unread: Word | None = None


@lru_cache(maxsize=256)
def occurrences(files: tuple[RcFile, ...]) -> tuple[Occurrence, ...]:
    """Return every vhid in the order rc.subr reads files; an overridden variable is gone.

    Raises:
        ParseError: a number is no number, or what a boot would do depends on more than the text.
    """
    standing: dict[str, Assignment] = {}
    for file in sorted(filter(_is_sourced, files), key=_order):
        for assignment in ifconfig_assignments(file):
            if any(assignment.name in word.text for word in assignment.words):
                raise refused(file, assignment.line, "a variable that extends itself")
            standing.pop(assignment.name, None)  # the later one stands at the later place
            standing[assignment.name] = assignment
    return tuple(found for a in standing.values() for found in _vhids_of(a))


def _is_sourced(file: RcFile) -> bool:
    """Return whether rc.d/netif sources a file: its shell glob leaves out dot files."""
    match = _SERVICE.search(file.path)
    if match is None:
        return "/rc.conf.d/" not in file.path
    name = match["file"]
    return match["service"] in ("netif", "network") and not (name and name.startswith("."))


def _order(file: RcFile) -> tuple[int, str]:
    for rank, tail in enumerate(_RANKS):
        if file.path.endswith(tail) or (tail.endswith("/") and tail in file.path):
            return rank, ""
    if "/rc.conf.d/" not in file.path:
        return 1, ""
    service = 1 if "/rc.conf.d/netif" in file.path else 0
    return 10 + service + (2 if file.path.startswith("/usr/local/") else 0), file.path


def _vhids_of(assignment: Assignment) -> Iterator[Occurrence]:
    match = _VARIABLE.match(assignment.name)
    if match is None or _SAYS_NO_ADDRESS.search(assignment.name):
        return
    for row in _rows(assignment):
        if row.vhid is None:
            continue
        if assignment.conditional:
            raise refused(assignment.file, row.vhid[0].line, "a vhid that depends on a condition")
        if row.unread is not None:
            reason = f"{row.unread.text!r} stands where a value is wanted"
            raise refused(assignment.file, row.unread.line, reason)
        skew = row.advskew
        found = RcVhid(
            path=assignment.file.path,
            line=row.vhid[0].line,
            variable=assignment.name,
            interface=match[1],
            vhid=int(row.vhid[1].text),
            advskew=int(skew[1].text) if skew else 0,
            advbase=row.advbase,
            peer=row.peer,
            peer6=row.peer6,
            addresses=tuple(row.addresses),
            vrrp=row.vrrp,
        )
        yield Occurrence(found, row.vhid, skew)


def _rows(assignment: Assignment) -> list[_Row]:
    """Return a row a vhid; an address family begins another entry of `_aliases`."""
    rows = [_Row()]
    words = iter(assignment.words)
    for word in words:
        row, keyword = rows[-1], word.text
        if keyword in ("inet", "inet6"):
            if row.family or row.addresses:
                rows.append(row := _Row())
            row.family = True
        elif keyword in _LIMITS:
            if keyword == "vhid" and row.vhid is not None:
                rows.append(row := _Row())
            _take_number(assignment, row, word, next(words, None))
        elif keyword in ("peer", "peer6"):
            _take_peer(assignment, row, word, next(words, None))
        elif keyword in _VRRP:
            value = next(words, None)
            row.vrrp |= keyword != "carpver" or (value is not None and value.text == "3")
        elif keyword == "pass":
            _skip_password(words)
        elif keyword in _SKIP_ONE:
            next(words, None)
        else:
            _take_address(row, word)
    return rows


def _skip_password(words: Iterator[Word]) -> None:
    """Pass over a password, which may be quoted within the value."""
    first = next(words, None)
    if first is None or first.text[0] not in "\"'":
        return
    quote, word = first.text[0], first
    while len(word.text) < 2 or not word.text.endswith(quote):
        following = next(words, None)
        if following is None:
            return
        word = following


def _take_number(assignment: Assignment, row: _Row, keyword: Word, number: Word | None) -> None:
    name, (low, high) = keyword.text, _LIMITS[keyword.text]
    if number is None or not re.fullmatch(r"[0-9]{1,3}", number.text):
        shown = number.text if number else "nothing"
        where = number.line if number else keyword.line
        raise refused(assignment.file, where, f"{name} wants a number, not {shown!r}")
    if not low <= int(number.text) <= high:
        raise refused(assignment.file, number.line, f"{name} is {low} to {high}")
    if name == "vhid":
        row.vhid = (keyword, number)
        return
    if row.vhid is None:
        raise refused(assignment.file, keyword.line, f"{name} before its vhid: ifconfig refuses it")
    if (name == "advskew" and row.advskew) or (name == "advbase" and row.advbase is not None):
        raise refused(assignment.file, keyword.line, f"{name} twice for the same vhid")
    if name == "advskew":
        row.advskew = (keyword, number)
    else:
        row.advbase = int(number.text)


def _take_peer(assignment: Assignment, row: _Row, keyword: Word, peer: Word | None) -> None:
    """Take an address only: ifconfig turns anything else into 255.255.255.255 silently."""
    version = 6 if keyword.text == "peer6" else 4
    if row.vhid is None or peer is None or _version(peer.text) != version:
        where = peer.line if peer else keyword.line
        raise refused(assignment.file, where, f"{keyword.text} wants an address behind its vhid")
    if version == 6:
        row.peer6 = peer.text
    else:
        row.peer = peer.text


def _version(text: str) -> int | None:
    try:
        return ipaddress.ip_address(text).version
    except ValueError:
        return None


def _take_address(row: _Row, word: Word) -> None:
    bare = word.text.split("/", 1)[0].split("%", 1)[0]
    expanded = (bare,) if _version(bare) else _range(bare)
    row.addresses.extend(expanded)
    if not expanded and re.search(r"[$`{}<]|[0-9]\.|::|^[0-9]", word.text):
        row.unread = row.unread or word


def _range(text: str) -> tuple[str, ...]:
    """Return the addresses of ``192.0.2.3-5`` (network.subr, ifalias_expand_addr)."""
    match = _RANGE.match(text)
    if match is None or _version(match[1] + match[2]) is None:
        return ()
    base = 16 if ":" in match[1] else 10
    try:
        low, high = int(match[2], base), int(match[3], base)
    except ValueError:
        return ()
    names = [match[1] + (f"{n:x}" if base == 16 else str(n)) for n in range(low, high + 1)[:256]]
    return tuple(name for name in names if _version(name))
