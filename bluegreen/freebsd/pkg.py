"""Read what pkg(8) says is installed, and what it would change."""

import re
from collections.abc import Iterator
from functools import lru_cache

from bluegreen.errors import ParseError
from bluegreen.freebsd.pasted import is_aside, pasted_lines, quoted
from bluegreen.model.packages import PackageAction, PackageChange
from bluegreen.model.system import Package

_NAME = r"[A-Za-z0-9_][\w.+~-]*?"
_VERSION = r"(?=[\w.+]*\d)\w[\w.+~]*(?:,\d+)?"
_NAMED = rf"(?P<name>{_NAME})-(?P<version>{_VERSION})"
_INSTALLED = (
    re.compile(rf"{_NAMED}\s+[<=>?!*](?:\s+.*)?"),  # pkg version -v
    re.compile(rf"{_NAMED}(?:\s\s+|\t)\S.*"),  # pkg info
    re.compile(rf"(?=\S{{30}}|\S*[._]){_NAMED}\s\S.*"),  # where a name fills its column
    re.compile(_NAMED),  # pkg info -q, pkg query %n-%v
)
_SPACED = re.compile(rf"(?P<name>{_NAME})\s+(?P<version>{_VERSION})")
_UNREADABLE = re.compile(r"pkg(?:-static)?: \S|[\w.+~-]+-\d\S*(?:\s|$)|[\w.+~-]*-$")

_SECTION = re.compile(r"(?:New|Installed) packages to be ([A-Z]+):")
_ACTIONS = {
    "INSTALLED": PackageAction.INSTALL,
    "UPGRADED": PackageAction.UPGRADE,
    "DOWNGRADED": PackageAction.DOWNGRADE,
    "REINSTALLED": PackageAction.REINSTALL,
    "REMOVED": PackageAction.REMOVE,
}
_CHANGE = re.compile(
    rf"(?P<name>{_NAME})(?::\s+|-)(?:(?P<old>{_VERSION}) -> )?(?P<new>{_VERSION})"
    r"(?:\s+\[(?P<repository>[^\]]+)\])?(?:\s+[(#].*)?"
)
_PLAN_ENDS = re.compile(
    r"Number of packages|The (?:operation|process) will|Proceed with|\[\d+/\d+\]"
)
_RESEMBLES_CHANGE = re.compile(r"(?!pkg\S*: [A-Z])[\w.+~-]+: \S|.* -> ")
_NO_CHANGE = re.compile(r"Your packages are up to date", re.IGNORECASE)

_OWNED = re.compile(r"\S*/uname was installed by package (\S+)")
_NOT_OWNED = re.compile(r"\S*/uname was not (?:found in the database|installed by a package)")


@lru_cache(maxsize=64)
def parse_packages(text: str) -> tuple[Package, ...]:
    """Return what is installed, from ``pkg info`` (-q), ``pkg query`` or ``pkg version -v``.

    A version is what stands after the last hyphen, with revision and epoch: names hold
    digits and hyphens themselves. ``pkg query '%n %v'`` is read where every line has it.
    """
    lines = [line.strip() for line in pasted_lines(text) if not is_aside(line)]
    spaced = [_SPACED.fullmatch(line) for line in lines]
    rows = spaced if spaced and all(spaced) else [_row(line) for line in lines]
    versions: dict[str, str] = {}
    for match in filter(None, rows):
        if versions.setdefault(match["name"], match["version"]) != match["version"]:
            raise ParseError(f"two versions of one package: {quoted(match.group())}")
    if not versions:
        raise ParseError("no list of installed packages in this text")
    return tuple(Package(name, version) for name, version in versions.items())


def _row(line: str) -> re.Match[str] | None:
    for pattern in _INSTALLED:
        if match := pattern.fullmatch(line):
            return match
    if _UNREADABLE.match(line):
        raise ParseError(f"a package that cannot be read: {quoted(line)}")
    return None


@lru_cache(maxsize=64)
def parse_package_plan(text: str) -> tuple[PackageChange, ...]:
    """Return what ``pkg upgrade`` would do, nothing if it says that all is up to date.

    A line with an arrow is an upgrade (or a downgrade) even where lines were cut and it
    stands below the heading of the new packages.
    """
    changes = tuple(dict.fromkeys(_changes(pasted_lines(text))))
    if not changes and not _NO_CHANGE.search(text):
        raise ParseError("no plan of pkg in this text: no packages to be installed or upgraded")
    return changes


def _changes(lines: tuple[str, ...]) -> Iterator[PackageChange]:
    action: PackageAction | None = None
    for line in map(str.strip, lines):
        if section := _SECTION.match(line):
            action = _ACTIONS.get(section[1])
            if action is None:
                raise ParseError(f"an action of pkg that is not known: {quoted(line)}")
        elif _PLAN_ENDS.match(line):
            action = None
        elif action and (match := _CHANGE.fullmatch(line)):
            yield _change(match, action)
        elif action and _RESEMBLES_CHANGE.match(line):
            raise ParseError(f"a change of a package that cannot be read: {quoted(line)}")


def _change(match: re.Match[str], action: PackageAction) -> PackageChange:
    old, new = match["old"], match["new"]
    moves = action in (PackageAction.UPGRADE, PackageAction.DOWNGRADE)
    if old is None and moves:
        raise ParseError(f"an upgrade that names one version only: {quoted(match.group())}")
    if old is not None and not moves:
        action = PackageAction.UPGRADE
    if action is PackageAction.REMOVE:
        return PackageChange(match["name"], new, None, match["repository"], action)
    if action is PackageAction.REINSTALL:
        old = new
    return PackageChange(match["name"], old, new, match["repository"], action)


@lru_cache(maxsize=64)
def uname_owner(text: str) -> str | None:
    """Return the package that owns /usr/bin/uname: with one, the base system is packages.

    Source:
        check_pkgbase() in usr.sbin/freebsd-update/freebsd-update.sh asks the same, and
        goes by the exit status of ``pkg which``. Read 2026-11-22.
    """
    found = {match[1] for match in _OWNED.finditer(text)}
    missing = _NOT_OWNED.search(text) is not None
    if len(found) + missing != 1:
        said = "several answers" if found else "no answer"
        raise ParseError(f"{said} of `pkg which /usr/bin/uname` in this text")
    return found.pop() if found else None
