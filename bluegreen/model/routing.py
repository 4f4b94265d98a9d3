"""What a routing daemon says."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

REHEARSED_VERSIONS: Mapping[str, str] = {
    "frr": "10.3",
    "quagga": "1.2.4",
    "bird": "2.15.1",
    "openospfd": "4.6",
}
"""The daemons that can be rehearsed, each in the version that it has where nobody says one."""
CHANGES_COSTS = frozenset({"frr", "quagga"})  # of links, in the running daemon alone
_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+)*")


@dataclass(frozen=True, slots=True)
class Neighbor:
    """One OSPF neighbour."""

    router_id: str
    address: str | None
    interface: str | None  # without FRR's ":local address"
    state: str  # without the role: Full, Loading, Exchange, ExStart, 2-Way, Init, Attempt, Down
    full: bool
    role: str | None = None  # DR, Backup, BDR, DROther, PtP; None where a dash is printed
    priority: int | None = None


@dataclass(frozen=True, slots=True)
class OspfRoute:
    """A prefix that OSPF knows, and whether it made it into the FIB."""

    prefix: str
    next_hops: tuple[str, ...]  # one a path, in the order printed; none where directly connected
    interfaces: tuple[str, ...]  # one a path, in the order printed
    installed: bool


@dataclass(frozen=True, slots=True)
class OspfInterface:
    """OSPF on one address of an interface; None: not printed, as OSPF does not run there."""

    name: str
    up: bool
    area: str | None = None  # 0.0.0.10, without "[NSSA]"
    router_id: str | None = None
    network_type: str | None = None  # POINTOPOINT, BROADCAST
    state: str | None = None  # Point-To-Point, DR, Backup, DROther, Waiting
    cost: int | None = None
    hello_s: float | None = None
    dead_s: float | None = None
    mtu: int | None = None  # bytes
    neighbors: int | None = None
    adjacent: int | None = None
    unnumbered: bool = False


@dataclass(frozen=True, slots=True)
class OspfCost:
    """A cost that somebody configured: of an interface, or of one address on it."""

    interface: str
    cost: int
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Ospf:
    """A router's OSPF at one moment."""

    daemon: str  # frr, quagga, bird, openospfd
    router_id: str | None
    neighbors: tuple[Neighbor, ...]
    routes: tuple[OspfRoute, ...] = ()
    interfaces: tuple[OspfInterface, ...] = ()  # of FRR and Quagga


class _Package(Protocol):
    """A package by name and version (pkg-query(8))."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...


def daemon_version(daemon: str, packages: Iterable[_Package]) -> str:
    """Return the version of a daemon by its package: frr9-9.1.3_2, bird2-2.15.1, quagga-1.2.4_5."""
    named = (p for p in packages if re.fullmatch(rf"{daemon}[0-9]*", p.name))
    found = (match[0] for package in named if (match := _VERSION.match(package.version)))
    return next(found, REHEARSED_VERSIONS[daemon])


def daemon_package(daemon: str, version: str) -> str:
    """Return the package that FreeBSD's ports make of a daemon."""
    major = version.partition(".")[0]
    numbered = daemon == "frr" or (daemon == "bird" and major != "1")
    return f"{daemon}{major if numbered else ''}-{version}"
