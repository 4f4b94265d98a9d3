"""A FreeBSD release that can be compared."""

import re
from dataclasses import dataclass
from functools import lru_cache, total_ordering

from bluegreen.errors import ParseError

RELEASE = (
    r"[0-9]{1,4}\.[0-9]{1,4}-(?:CURRENT|ALPHA[0-9]{0,4}|PRERELEASE|BETA[0-9]{0,4}|RC[0-9]{0,4}"
    r"|RELEASE|STABLE)(?:-p[0-9]{1,6})?"
)
"""Regular expression of a release as freebsd-version(1) and uname(1) print it."""

_PARTS = re.compile(r"(\d+)\.(\d+)-([A-Z]+)(\d*)(?:-p(\d+))?")

_LIFE = ("CURRENT", "ALPHA", "PRERELEASE", "BETA", "RC", "RELEASE", "STABLE")
"""The branches of one X.Y in the order in which they come to be.

Source: BRANCH in sys/conf/newvers.sh; 14.3-STABLE is what stable/14 calls itself
once releng/14.3 was branched off, so it comes after 14.3-RELEASE. Read 2026-11-22.
"""


@total_ordering
@dataclass(frozen=True, slots=True)
class Release:
    """One release, older < newer; -p0 and no patch level are the same."""

    major: int
    minor: int
    branch: str  # RELEASE, STABLE, RC1
    patch: int = 0

    @property
    def base(self) -> str:
        """The release without its patch level: 14.3-RELEASE."""
        return f"{self.major}.{self.minor}-{self.branch}"

    def __str__(self) -> str:
        return f"{self.base}-p{self.patch}" if self.patch else self.base

    def __lt__(self, other: "Release") -> bool:
        return self._age() < other._age()

    def _age(self) -> tuple[int, int, int, int, int]:
        name = self.branch.rstrip("0123456789")
        build = int(self.branch[len(name) :] or 0)
        return self.major, self.minor, _LIFE.index(name), build, self.patch


@lru_cache(maxsize=256)
def parse_release(text: str) -> Release:
    """Read 14.3-RELEASE-p5, or refuse: an unknown branch cannot be compared."""
    parts = _PARTS.fullmatch(text.strip()) if re.fullmatch(RELEASE, text.strip()) else None
    if parts is None:
        raise ParseError(f"not a FreeBSD release: {text.strip()!r} (wanted: 14.3-RELEASE-p5)")
    major, minor, name, build, patch = parts.groups()
    return Release(int(major), int(minor), f"{name}{build}", int(patch or 0))
