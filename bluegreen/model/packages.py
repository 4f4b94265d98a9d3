"""What pkg(8) would do to a router."""

from dataclasses import dataclass
from enum import StrEnum


class PackageAction(StrEnum):
    INSTALL = "install"
    UPGRADE = "upgrade"
    DOWNGRADE = "downgrade"
    REINSTALL = "reinstall"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class PackageChange:
    """One line of a plan; versions are whole, with revision and epoch."""

    name: str
    old: str | None  # None: it is not installed yet
    new: str | None  # None: it will be removed
    repository: str | None
    action: PackageAction
