"""What a routing daemon says."""

from dataclasses import dataclass


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
