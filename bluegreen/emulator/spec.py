"""What makes a router, frozen: everything has a default, so that a test names what it is about."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_interface

from bluegreen.model.network import Inet, LaggPort, Pfsync, Route, Tunnel, Vlan

EXAMPLE_KEY = "correct-horse"


@dataclass(frozen=True, slots=True)
class InterfaceSpec:
    """One interface and the addresses that are its own, without those of a vhid."""

    name: str
    addresses: tuple[str, ...] = ()  # both families, with prefix: 192.0.2.11/24
    ether: str | None = None
    mtu: int = 1500
    destination: str | None = None  # far end of a point-to-point link
    groups: tuple[str, ...] = ()
    description: str | None = None
    tunnel: Tunnel | None = None
    vlan: Vlan | None = None
    laggports: tuple[LaggPort, ...] = ()
    pfsync: Pfsync | None = None

    @property
    def inet(self) -> tuple[Inet, ...]:
        return tuple(_inet(a, self.destination) for a in self.addresses if ":" not in a)

    @property
    def inet6(self) -> tuple[Inet, ...]:
        return tuple(_inet(a, None) for a in self.addresses if ":" in a)


@dataclass(frozen=True, slots=True)
class VhidSpec:
    """One vhid as rc.conf configures it."""

    interface: str
    vhid: int
    addresses: tuple[str, ...]  # both families, with prefix: 198.51.100.230/32
    advskew: int = 0  # 1/256 s
    advbase: int = 1  # s
    password: str = EXAMPLE_KEY
    peer: str | None = None
    peer6: str | None = None


@dataclass(frozen=True, slots=True)
class NeighborSpec:
    """An OSPF neighbour, and what is learned from it."""

    router_id: str
    address: str
    interface: str
    prefixes: tuple[str, ...] = ()
    follows_vhid: int | None = None  # Full only while that vhid is MASTER here; None: always
    stays: str | None = None  # the state that it never leaves; None: it becomes Full


@dataclass(frozen=True, slots=True)
class OspfSpec:
    """A routing daemon's OSPF."""

    router_id: str
    neighbors: tuple[NeighborSpec, ...] = ()
    passive: tuple[str, ...] = ()  # interfaces whose network is told, where nobody is spoken to
    costs: tuple[tuple[str, int], ...] = ()  # configured, by interface
    daemon: str = "frr"  # frr, quagga, bird or openospfd
    version: str = "10.3"
    spoken: tuple[str, ...] = ()  # interfaces with hellos, beside those with neighbours


@dataclass(frozen=True, slots=True)
class IpsecPeer:
    """A far end with which SAs are negotiated, or which has keys by hand."""

    local: str
    remote: str
    mode: str = "transport"  # or tunnel
    follows_vhid: int | None = None  # only while that vhid is MASTER here; None: always


@dataclass(frozen=True, slots=True)
class IpsecSpec:
    """The kernel's IPsec, and who negotiates its keys."""

    peers: tuple[IpsecPeer, ...] = ()
    daemon: str = "strongswan"  # or kernel: keys by hand, on every router of them


@dataclass(frozen=True, slots=True)
class Durations:
    """How long things take, s."""

    fetch: float = 20.0
    upgrade: float = 300.0
    install: float = 60.0
    rollback: float = 30.0
    boot: float = 60.0  # from shutdown(8) until sshd answers
    ospf_converge: float = 6.0
    ipsec_negotiate: float = 1.5  # IKE_SA and CHILD_SA
    pfsync_bulk: float = 3.0  # after a boot, where there is a pfsync(4)
    other: float = 5.0  # any other job


LO0 = InterfaceSpec("lo0", ("127.0.0.1/8", "::1/128"), mtu=16384, groups=("lo",))
VMX0 = InterfaceSpec("vmx0", ("192.0.2.11/24",), ether="00:50:56:00:00:11")
DATASETS = ("home", "tmp", "var/audit", "var/crash", "var/log", "var/mail", "var/tmp")
"""Datasets of their own in the installer's layout: no boot environment reverts them."""


@dataclass(frozen=True, slots=True)
class MachineSpec:
    """One FreeBSD router."""

    name: str = "router-001"
    interfaces: tuple[InterfaceSpec, ...] = (VMX0, LO0)
    vhids: tuple[VhidSpec, ...] = (VhidSpec("vmx0", 1, ("198.51.100.1/32",)),)
    preempt: bool = True
    log_level: int = 1  # net.inet.carp.log
    ifdown_demotion_factor: int = 240
    senderr_demotion_factor: int = 240
    carp_loaded: bool = True
    bug166462: bool = False  # a BACKUP goes on encapsulating with a VIP as source
    peers_default_to_multicast: bool = True  # 14.x: a peer that is not repeated is forgotten
    kernel: str = "14.2-RELEASE-p1"  # installed
    running: str = "14.2-RELEASE-p1"
    userland: str = "14.2-RELEASE-p1"
    offered: str | None = "14.2-RELEASE-p2"  # what fetch would stage; None: nothing to do
    releases: tuple[str, ...] = ()  # what upgrade -r can reach, with patch level
    kernel_in_patch: bool = True  # False: a patch level that leaves the kernel alone
    end_of_life: bool = False  # past it: fetch stages, and fails
    securelevel: int = -1
    pkgbase: bool = False
    root: str = "zfs"  # or ufs
    environments: tuple[str, ...] = ("default",)
    active: str = "default"  # booted now and next
    datasets: tuple[str, ...] = DATASETS
    files: Mapping[str, tuple[str, int]] = field(default_factory=dict)  # path: text, mode
    secrets: tuple[str, ...] = ()  # words in those files that must never be told
    routes: tuple[Route, ...] = ()  # static ones
    ospf: OspfSpec | None = None
    ipsec: IpsecSpec | None = None
    packages: tuple[str, ...] = ("pkg-1.21.3",)  # name-version
    forwards: bool = False  # net.inet.ip.forwarding, whatever the files say
    forwards6: bool = False
    services: tuple[str, ...] = ("sshd", "devd", "cron", "pf")  # that run
    lacks_own_route: tuple[str, ...] = ()  # VIPs that it does not route to itself as MASTER
    keeps_own_route: tuple[str, ...] = ()  # VIPs that it routes to itself whatever its role
    states: int = 0  # of pf(4)
    pfsync_deaf: bool = False
    pfsync_counters: tuple[tuple[str, int], ...] = ()  # that differ from those of one that works
    denied: tuple[tuple[str, ...], ...] = ()  # how commands begin that its account may not run
    reaches_out: bool = True  # whether a connection to a mirror is answered
    ssh_client: str = "192.0.2.1"
    ssh_server: str = "192.0.2.11"
    durations: Durations = Durations()

    @property
    def hostname(self) -> str:
        return f"{self.name}.example.net"


@lru_cache(maxsize=1024)
def _inet(text: str, destination: str | None) -> Inet:
    """Return an address with what the kernel makes of it: a broadcast address, or a far end."""
    parsed = ip_interface(text)
    plain = parsed.version == 4 and destination is None and not parsed.ip.is_loopback
    broadcast = str(parsed.network.broadcast_address) if plain else None
    return Inet(str(parsed.ip), parsed.network.prefixlen, None, destination, broadcast)
