"""The network of the lab: two routers, what stands on either side of them, and their addresses.

Documentation addresses only (RFC 5737, RFC 3849). Pure: nothing is made here.

    client ── lan ── router-001 ── wan ── upstream ── far ── remote
                └─── router-002 ────┘
"""

from dataclasses import dataclass, replace
from typing import Literal

from bluegreen.emulator.spec import LO0, Durations, InterfaceSpec, MachineSpec, VhidSpec
from bluegreen.model.network import Tunnel

Endpoints = Literal["vip", "real", "none"]
Carriage = Literal["mixed", "unicast", "multicast"]

ROUTERS = ("router-001", "router-002")
HUB, UPSTREAM, CLIENT, REMOTE = "hub", "upstream", "client", "remote"
BRIDGES = ("mgmt", "wan", "lan", "far")
WATCH = "192.0.2.254"  # where whoever manages the routers comes from
WAN_VIPS = ("198.51.100.230/32", "2001:db8:51::230/128")
LAN_VIPS = ("172.27.27.1/27", "2001:db8:27::1/64")
INNER, INNER6 = "172.27.27.0/27", "2001:db8:27::/64"
BEHIND = "172.30.0.1"  # what the remote end has to offer
THROUGH = "203.0.113.1"  # beyond the routers: the answer comes back through the VIP of the WAN
VHIDS_MAX = 8
OSPF_CONVERGES_S = 8.0

_MTU_GRE = 1476


@dataclass(frozen=True, slots=True)
class Options:
    """What a lab may be told; every other thing is fixed."""

    routers: tuple[str, str] = ROUTERS
    vhids: int = 2  # 1 to 8; one: the LAN's alone, and no tunnel can end at the VIP of the WAN
    skews: tuple[int, int] = (0, 100)  # 1/256 s
    carriage: Carriage = "mixed"  # unicast on the WAN as at OVH, multicast on the LAN
    active_active: bool = False  # every other vhid is MASTER on the second router
    tunnel: Endpoints = "vip"
    bug166462: bool = False  # a BACKUP keeps encapsulating with the VIP as source
    boot_s: float = 8.0  # from shutdown(8) until sshd answers
    install_s: float = 2.0
    every_ms: int = 0  # between two probes of a target; 0: 1, or what two cores can do
    kernel: str = "14.2-RELEASE-p1"
    offered: str = "14.2-RELEASE-p2"


@dataclass(frozen=True, slots=True)
class Cable:
    """One interface, and the bridge that its other end is plugged into."""

    interface: str
    bridge: str
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """One machine: a network namespace, and whether a router is emulated in it."""

    name: str
    cables: tuple[Cable, ...]
    routes: tuple[str, ...] = ()  # words of ip-route(8)
    loopback: tuple[str, ...] = ()
    spec: MachineSpec | None = None

    @property
    def address(self) -> str:
        """Return where its sshd is reached, without prefix."""
        return self.cables[0].addresses[0].partition("/")[0]


@dataclass(frozen=True, slots=True)
class Site:
    """The whole network."""

    options: Options
    places: tuple[Place, ...]

    def place(self, name: str) -> Place:
        return next(place for place in self.places if place.name == name)


def make_site(options: Options) -> Site:
    """Return the network that these options ask for.

    Raises:
        ValueError: they cannot be had together; the words are for whoever chose them.
    """
    if not 1 <= options.vhids <= VHIDS_MAX:
        raise ValueError(f"{options.vhids} vhids: not within 1 to {VHIDS_MAX}")
    if options.vhids == 1 and options.tunnel == "vip":
        raise ValueError("with one vhid, the LAN's, there is no VIP for a tunnel to end at")
    if options.skews[0] == options.skews[1]:
        raise ValueError("equal skews give no router the role for certain")
    routers = tuple(_router(options, index) for index in (0, 1))
    return Site(options, (*routers, _upstream(options), _client(), _remote(options)))


# -- the routers -------------------------------------------------------------


def _router(options: Options, index: int) -> Place:
    number = 11 + index
    cables = (
        Cable("vmx0", "mgmt", (f"192.0.2.{number}/24",)),
        Cable("vmx1", "wan", (f"198.51.100.{number}/24", f"2001:db8:51::{number}/64")),
        Cable("vmx2", "lan", (f"172.27.27.{2 + index}/27", f"2001:db8:27::{2 + index}/64")),
    )
    tunnels = _tunnels(options, index)
    spec = MachineSpec(
        name=options.routers[index],
        interfaces=(*(_ethernet(c, index) for c in cables), *tunnels, LO0),
        vhids=_vhids(options, index),
        kernel=options.kernel,
        running=options.kernel,
        userland=options.kernel,
        offered=options.offered,
        durations=_durations(options),
        ssh_client=WATCH,
        ssh_server=f"192.0.2.{number}",
    )
    routes = ("default via 198.51.100.1", "default via 2001:db8:51::1")
    return Place(options.routers[index], cables, routes, spec=spec)


def _ethernet(cable: Cable, index: int) -> InterfaceSpec:
    ether = f"00:50:56:00:{index + 1:02x}:{int(cable.interface[-1]):02x}"
    return InterfaceSpec(cable.interface, cable.addresses, ether=ether)


def _vhids(options: Options, index: int) -> tuple[VhidSpec, ...]:
    """Return vhid 2 on the WAN, 3 on the LAN, and as many more on the LAN as are asked for."""
    more = range(options.vhids - 2)
    vhids = [VhidSpec("vmx1", 2, WAN_VIPS)] if options.vhids > 1 else []
    vhids += [VhidSpec("vmx2", 3, LAN_VIPS)]
    vhids += [VhidSpec("vmx2", 4 + n, (f"172.27.27.{21 + n}/32",)) for n in more]
    return tuple(
        replace(
            _spoken_to(vhid, index) if _is_unicast(options, vhid) else vhid,
            advskew=options.skews[_rank(options, vhid.vhid, index)],
        )
        for vhid in vhids
    )


def _is_unicast(options: Options, vhid: VhidSpec) -> bool:
    if options.carriage == "mixed":
        return vhid.interface == "vmx1"
    return options.carriage == "unicast"


def _spoken_to(vhid: VhidSpec, index: int) -> VhidSpec:
    """Return a vhid that names its peer, in each family that it has addresses of."""
    peer, peer6 = (
        (f"198.51.100.{12 - index}", f"2001:db8:51::{12 - index}")
        if vhid.interface == "vmx1"
        else (f"172.27.27.{3 - index}", f"2001:db8:27::{3 - index}")
    )
    dual = any(":" in address for address in vhid.addresses)
    return replace(vhid, peer=peer, peer6=peer6 if dual else None)


def _rank(options: Options, vhid: int, index: int) -> int:
    """Return 0 where a router is to be MASTER at rest, else 1."""
    return index ^ (vhid % 2 if options.active_active else 0)


def _tunnels(options: Options, index: int) -> tuple[InterfaceSpec, ...]:
    if options.tunnel == "none":
        return ()
    if options.tunnel == "vip":
        return (_gre("gre0", "10.255.0.1", "10.255.0.2", ("198.51.100.230", "203.0.113.30")),)
    inner = 1 + index
    outer = (f"198.51.100.{11 + index}", "203.0.113.30")
    return (_gre("gre0", f"10.255.{inner}.1", f"10.255.{inner}.2", outer),)


def _gre(name: str, near: str, far: str, outer: tuple[str, str]) -> InterfaceSpec:
    return InterfaceSpec(
        name,
        (f"{near}/32",),
        mtu=_MTU_GRE,
        destination=far,
        groups=("gre",),
        tunnel=Tunnel("inet", *outer),
    )


def _durations(options: Options) -> Durations:
    return Durations(
        fetch=1.0,
        upgrade=2.0,
        install=options.install_s,
        rollback=1.0,
        boot=options.boot_s,
        ospf_converge=OSPF_CONVERGES_S,
        other=0.5,
    )


# -- what stands around them -------------------------------------------------


def _upstream(options: Options) -> Place:
    cables = (
        Cable("wan0", "wan", ("198.51.100.1/24", "2001:db8:51::1/64")),
        Cable("far0", "far", (f"{THROUGH}/24",)),
    )
    via, via6 = (
        ("198.51.100.230", "2001:db8:51::230")
        if options.vhids > 1
        else ("198.51.100.11", "2001:db8:51::11")
    )
    inner = (f"{INNER} via {via}", f"{INNER6} via {via6}")
    return Place(UPSTREAM, cables, inner)


def _client() -> Place:
    cables = (
        Cable("mgmt0", "mgmt", ("192.0.2.40/24",)),
        Cable("lan0", "lan", ("172.27.27.10/27", "2001:db8:27::10/64")),
    )
    return Place(CLIENT, cables, ("default via 172.27.27.1", "default via 2001:db8:27::1"))


def _remote(options: Options) -> Place:
    """Return the far end of the tunnels: an emulated router too, without a vhid."""
    cables = (
        Cable("vmx0", "mgmt", ("192.0.2.30/24",)),
        Cable("vmx1", "far", ("203.0.113.30/24",)),
    )
    spec = MachineSpec(
        name=REMOTE,
        interfaces=(*(_ethernet(c, 2) for c in cables), *_remote_tunnels(options), LO0),
        vhids=(),
        durations=_durations(options),
        ssh_client=WATCH,
        ssh_server="192.0.2.30",
    )
    return Place(REMOTE, cables, ("default via 203.0.113.1",), (f"{BEHIND}/32",), spec)


def _remote_tunnels(options: Options) -> tuple[InterfaceSpec, ...]:
    if options.tunnel == "none":
        return ()
    if options.tunnel == "vip":
        return (_gre("gre0", "10.255.0.2", "10.255.0.1", ("203.0.113.30", "198.51.100.230")),)
    return tuple(
        _gre(f"gre{i}", f"10.255.{i + 1}.2", f"10.255.{i + 1}.1",
             ("203.0.113.30", f"198.51.100.{11 + i}"))
        for i in (0, 1)
    )  # fmt: skip
