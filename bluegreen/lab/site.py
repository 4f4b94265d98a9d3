"""The network of the lab: its routers, what stands on either side of them, and their addresses.

Documentation addresses only (RFC 5737, RFC 3849). Pure: nothing is made here.

    client ── lan ── router-001 ── wan ── upstream ── far ── remote, remote-2, remote-3
                ├─── router-002 ────┤
                └── (router-003) ───┘   a spare, where one is asked for
"""

from dataclasses import dataclass, replace
from typing import Literal

from bluegreen.emulator.rcfiles import rc_files
from bluegreen.emulator.spec import LO0, Durations, InterfaceSpec, MachineSpec, VhidSpec
from bluegreen.lab.bare import stripped
from bluegreen.lab.charon import MTU, ROUTES, RULES
from bluegreen.model.network import Tunnel

Endpoints = Literal["vip", "real", "none"]
Carriage = Literal["mixed", "unicast", "multicast"]

ROUTERS = ("router-001", "router-002")
SPARE = "router-003"
HUB, UPSTREAM, CLIENT, REMOTE = "hub", "upstream", "client", "remote"
REMOTES_MAX = 3
BRIDGES = ("mgmt", "wan", "lan", "far")
WATCH = "192.0.2.254"  # where whoever manages the routers comes from
WAN_VIPS = ("198.51.100.230/32", "2001:db8:51::230/128")
LAN_VIPS = ("172.27.27.1/27", "2001:db8:27::1/64")
INNER, INNER6 = "172.27.27.0/27", "2001:db8:27::/64"
BEHIND = "172.30.0.1"  # what the first far end has to offer; the others have the next ones
THROUGH = "203.0.113.1"  # beyond the routers: the answer comes back through the VIP of the WAN
VHIDS_MAX = 8
OSPF_CONVERGES_S = 8.0

_STRONGSWAN_RC = "/etc/rc.conf.d/strongswan"

_MTU_GRE, _HEADERS = 1476, 24  # octets; outer IP header and GRE's


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
    ipsec: bool = False  # strongSwan encrypts what the tunnels of the VIP send
    remotes: int = 1  # 1 to 3 far ends
    bare: bool = False  # the routers have their own addresses and nothing else
    spare: bool = False  # a third bare router, which is none of the pair
    ipfo: bool = False  # OVH's API, and a hook on bare routers that has it send the address there
    boot_s: float = 8.0  # from shutdown(8) until sshd answers
    install_s: float = 2.0
    every_ms: int = 0  # between two probes of a target; 0: 1, or what two cores can do
    kernel: str = "14.2-RELEASE-p1"
    offered: str = "14.2-RELEASE-p2"

    @property
    def all_routers(self) -> tuple[str, ...]:
        """Return the pair, and the spare where there is one."""
        return (*self.routers, SPARE) if self.spare else self.routers

    @property
    def finished(self) -> "Options":
        """Return a lab that is what this one's bare routers are to become."""
        return replace(self, bare=False, spare=False, ipfo=False)


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
    rules: tuple[str, ...] = ()  # words of ip-rule(8)

    @property
    def is_far_end(self) -> bool:
        """Whether it is an emulated router where tunnels end, and none of the pair."""
        return self.spec is not None and any(cable.bridge == "far" for cable in self.cables)

    @property
    def address(self) -> str:
        """Return where its sshd is reached, without prefix."""
        return self.cables[0].addresses[0].partition("/")[0]


@dataclass(frozen=True, slots=True)
class Site:
    """The whole network."""

    options: Options
    places: tuple[Place, ...]

    @property
    def far_ends(self) -> tuple[Place, ...]:
        return tuple(place for place in self.places if place.is_far_end)

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
    if not 1 <= options.remotes <= REMOTES_MAX:
        raise ValueError(f"{options.remotes} far ends: not within 1 to {REMOTES_MAX}")
    if options.bare and options.tunnel == "real":
        raise ValueError("`provision` gives both routers the same tunnels, which end at a VIP")
    if options.ipsec and (options.tunnel != "vip" or options.bare):
        raise ValueError("IPsec is for tunnels that end at the VIP, and `provision` sets up none")
    if options.ipsec and options.bug166462:
        raise ValueError("with IPsec a BACKUP would need keys of its own to show bug 166462")
    if options.ipfo and not (options.bare and options.vhids > 1):
        raise ValueError(
            "the hook is called by what `provision` writes, for the VIP of the WAN: it takes "
            "--bare, and two vhids"
        )
    if options.spare and not (options.bare and options.carriage == "multicast"):
        raise ValueError(
            "a spare joins bare routers, and hears nobody where they speak unicast: it takes "
            "--bare --carp multicast"
        )
    routers = tuple(_router(options, index) for index in (0, 1))
    far_ends = tuple(_far_end(options, index) for index in range(options.remotes))
    spare = (_spare(options),) if options.spare else ()
    return Site(options, (*routers, _upstream(options), _client(), *far_ends, *spare))


# -- the routers -------------------------------------------------------------


def _router(options: Options, index: int) -> Place:
    plain = _plain(options, options.routers[index], index, index)
    assert plain.spec is not None
    interfaces = (*plain.spec.interfaces[:-1], *_tunnels(options, index), LO0)
    spec = replace(plain.spec, interfaces=interfaces, vhids=_vhids(options, index))
    spec = stripped(spec, frr=_speaks_ospf(options)) if options.bare else spec
    return _protected(options, replace(plain, spec=spec))


def _speaks_ospf(options: Options) -> bool:
    return options.tunnel != "none"


def _spare(options: Options) -> Place:
    """Return a third router as it comes out of the box; its MACs are behind the far ends'."""
    plain = _plain(options, SPARE, len(ROUTERS), len(ROUTERS) + REMOTES_MAX)
    assert plain.spec is not None
    return replace(plain, spec=stripped(plain.spec, frr=_speaks_ospf(options)))


def _plain(options: Options, name: str, index: int, ether: int) -> Place:
    """Return a router that has its own addresses, and no vhid and no tunnel."""
    number = 11 + index
    cables = (
        Cable("vmx0", "mgmt", (f"192.0.2.{number}/24",)),
        Cable("vmx1", "wan", (f"198.51.100.{number}/24", f"2001:db8:51::{number}/64")),
        Cable("vmx2", "lan", (f"172.27.27.{2 + index}/27", f"2001:db8:27::{2 + index}/64")),
    )
    spec = MachineSpec(
        name=name,
        interfaces=(*(_ethernet(c, ether) for c in cables), LO0),
        vhids=(),
        kernel=options.kernel,
        running=options.kernel,
        userland=options.kernel,
        offered=options.offered,
        durations=_durations(options),
        ssh_client=WATCH,
        ssh_server=f"192.0.2.{number}",
    )
    routes = ("default via 198.51.100.1", "default via 2001:db8:51::1")
    return Place(name, cables, routes, spec=spec)


def _protected(options: Options, place: Place) -> Place:
    """Return a place that sends nothing through a tunnel in the clear, if that is wanted."""
    if not options.ipsec or place.spec is None:
        return place
    files = {**rc_files(place.spec), _STRONGSWAN_RC: ('strongswan_enable="YES"\n', 0o644)}
    spec = replace(place.spec, files=files)
    return replace(place, spec=spec, routes=(*place.routes, *ROUTES), rules=RULES)


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
    """Return a router's tunnels, one to each far end."""
    ends = (_ends(options, index, remote) for remote in range(options.remotes))
    if options.tunnel == "none":
        return ()
    return tuple(
        _gre(f"gre{remote}", (e.near, e.far), (e.near_outer, e.far_outer), _mtu(options))
        for remote, e in enumerate(ends)
    )


@dataclass(frozen=True, slots=True)
class _Ends:
    """The addresses of one tunnel, seen from the routers."""

    near: str
    far: str
    near_outer: str
    far_outer: str


def _ends(options: Options, router: int, remote: int) -> _Ends:
    net = f"10.255.{1 + router if options.tunnel == 'real' else 0}"
    own = f"198.51.100.{11 + router}"
    outer = own if options.tunnel == "real" else WAN_VIPS[0].partition("/")[0]
    first = 4 * remote
    return _Ends(f"{net}.{first + 1}", f"{net}.{first + 2}", outer, _far_address(remote))


def _far_address(remote: int) -> str:
    return f"203.0.113.{30 + remote}"


def _mtu(options: Options) -> int:
    return MTU - _HEADERS if options.ipsec else _MTU_GRE


def _gre(name: str, inner: tuple[str, str], outer: tuple[str, str], mtu: int) -> InterfaceSpec:
    return InterfaceSpec(
        name,
        (f"{inner[0]}/32",),
        mtu=mtu,
        destination=inner[1],
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


def _far_end(options: Options, index: int) -> Place:
    """Return a far end of the tunnels: an emulated router too, without a vhid."""
    name = f"{REMOTE}-{1 + index}" if index else REMOTE
    managed, behind = f"192.0.2.{30 + index}", f"172.30.0.{1 + index}"
    cables = (
        Cable("vmx0", "mgmt", (f"{managed}/24",)),
        Cable("vmx1", "far", (f"{_far_address(index)}/24",)),
    )
    tunnels = _far_tunnels(options, index)
    spec = MachineSpec(
        name=name,
        interfaces=(*(_ethernet(c, 2 + index) for c in cables), *tunnels, LO0),
        vhids=(),
        durations=_durations(options),
        ssh_client=WATCH,
        ssh_server=managed,
    )
    routes = (f"default via {THROUGH}",)
    return _protected(options, Place(name, cables, routes, (f"{behind}/32",), spec))


def _far_tunnels(options: Options, index: int) -> tuple[InterfaceSpec, ...]:
    """Return one to the VIP, or one to each router."""
    if options.tunnel == "none":
        return ()
    routers = (0, 1) if options.tunnel == "real" else (0,)
    ends = (_ends(options, router, index) for router in routers)
    return tuple(
        _gre(f"gre{number}", (e.far, e.near), (e.far_outer, e.near_outer), _mtu(options))
        for number, e in enumerate(ends)
    )
