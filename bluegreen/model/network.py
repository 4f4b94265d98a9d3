"""What ifconfig(8) and netstat(1) show of a router's network."""

from dataclasses import dataclass
from enum import StrEnum


class CarpState(StrEnum):
    INIT = "INIT"
    BACKUP = "BACKUP"
    MASTER = "MASTER"


MULTICAST_PEERS = frozenset({"224.0.0.18", "ff02::12"})


@dataclass(frozen=True, slots=True)
class CarpVhid:
    """One vhid on one interface, as ifconfig prints it."""

    vhid: int
    state: CarpState
    advbase: int  # s
    advskew: int  # 1/256 s, as configured, never as demoted
    peer: str | None = None  # as printed since 14.0; 224.0.0.18 is the multicast default
    peer6: str | None = None
    addresses: tuple[str, ...] = ()  # both families, without prefix, in ifconfig's order

    @property
    def unicast_peers(self) -> tuple[tuple[str, str], ...]:
        """Return ("peer", address) and ("peer6", address) where they are not multicast."""
        named = (("peer", self.peer), ("peer6", self.peer6))
        return tuple((k, v) for k, v in named if v and v not in MULTICAST_PEERS)


@dataclass(frozen=True, slots=True)
class VrrpGroup:
    """A vhid that speaks VRRPv3 (FreeBSD 15): read, and refused by preflight."""

    vrid: int
    state: CarpState
    prio: int
    interval: int  # cs


@dataclass(frozen=True, slots=True)
class Inet:
    """One address of an interface, of either family."""

    address: str  # without zone or prefix
    prefixlen: int
    vhid: int | None = None
    destination: str | None = None  # far end of a point-to-point link
    broadcast: str | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Tunnel:
    """Outer addresses of a gre, gif or ipsec interface."""

    family: str  # inet or inet6
    local: str
    remote: str


@dataclass(frozen=True, slots=True)
class Counters:
    """What an interface has sent and received since it was made, in packets."""

    interface: str
    packets_in: int
    packets_out: int
    errors_out: int


@dataclass(frozen=True, slots=True)
class TunnelPath:
    """What came back of a small and a whole packet that were sent through a tunnel."""

    name: str
    outer: str  # far end, as the Internet knows it
    target: str  # far end, inside
    mtu: int  # octets: how long the whole packet was
    small: bool
    whole: bool
    detail: str = ""  # why the whole one did not come back, where somebody said so


@dataclass(frozen=True, slots=True)
class Pfsync:
    syncdev: str | None
    syncpeer: str | None
    syncok: bool | None
    version: int | None = None
    maxupd: int | None = None
    defer: bool | None = None


@dataclass(frozen=True, slots=True)
class Vlan:
    tag: int
    parent: str | None


@dataclass(frozen=True, slots=True)
class LaggPort:
    name: str
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface; ``name`` is None where a paste holds only some lines of it."""

    name: str | None
    flags: tuple[str, ...] = ()
    mtu: int | None = None
    ether: str | None = None
    description: str | None = None
    inet: tuple[Inet, ...] = ()
    inet6: tuple[Inet, ...] = ()
    carp: tuple[CarpVhid, ...] = ()
    vrrp: tuple[VrrpGroup, ...] = ()
    tunnel: Tunnel | None = None
    pfsync: Pfsync | None = None
    vlan: Vlan | None = None
    laggports: tuple[LaggPort, ...] = ()
    groups: tuple[str, ...] = ()
    status: str | None = None

    @property
    def is_up(self) -> bool:
        """UP and RUNNING, and the link not known to be lost."""
        return {"UP", "RUNNING"} <= set(self.flags) and self.status not in (
            "no carrier",
            "inactive",
        )


@dataclass(frozen=True, slots=True)
class Route:
    """One line of ``netstat -rn``: what the FIB holds."""

    destination: str  # as printed: default, 192.0.2.0/24, host address
    gateway: str
    flags: str
    interface: str
    family: str  # inet or inet6
    expire: str | None = None
