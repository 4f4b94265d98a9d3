"""What a routing daemon says."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Neighbor:
    """One OSPF neighbour."""

    router_id: str
    address: str | None
    interface: str | None  # without FRR's ":local address"
    state: str  # as printed, without the role: Full, ExStart, 2-Way
    full: bool
    role: str | None = None  # DR, Backup, DROther, PtP or None
    priority: int | None = None


@dataclass(frozen=True, slots=True)
class OspfRoute:
    """A prefix that OSPF knows, and whether it made it into the FIB."""

    prefix: str
    next_hops: tuple[str, ...]
    interfaces: tuple[str, ...]
    installed: bool


@dataclass(frozen=True, slots=True)
class Ospf:
    """A router's OSPF at one moment."""

    daemon: str  # frr, quagga, bird, openospfd
    router_id: str | None
    neighbors: tuple[Neighbor, ...]
    routes: tuple[OspfRoute, ...] = ()
