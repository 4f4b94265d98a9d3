"""The pair that an inventory's ``rehearsal`` block describes, as machines can be made from it."""

from ipaddress import ip_address

from bluegreen.emulator.spec import (
    LO0,
    Durations,
    InterfaceSpec,
    IpsecPeer,
    IpsecSpec,
    MachineSpec,
    NeighborSpec,
    OspfSpec,
    VhidSpec,
)
from bluegreen.model.network import Tunnel
from bluegreen.model.pair import Pair, RehearsedTunnel, RehearsedVhid
from bluegreen.model.routing import daemon_package
from bluegreen.sim.start import Specs, Start, bare, reach, way_out

FIRST_HOST = 11  # the last octet of the first router's own addresses
EXAMPLE_PEER = "203.0.113.99"  # TEST-NET-3
GRE_MTU = 1476  # gre(4)'s default: 1500 less the outer header and its own


def specs_from_rehearsal(pair: Pair) -> Specs:
    """Return both routers; what the inventory does not say is an example network (RFC 5737)."""
    return _spec(pair, 0), _spec(pair, 1)


def start_of_rehearsal(pair: Pair) -> Start:
    """Return who is MASTER of what when the rehearsal begins."""
    return Start(frozenset((v.master, v.interface, v.vhid) for v in pair.rehearsal.vhids))


def _spec(pair: Pair, router: int) -> MachineSpec:
    rehearsal, name = pair.rehearsal, pair.names[router]
    interfaces = _interfaces(pair, router)
    peers = _interfaces(pair, 1 - router)
    version = rehearsal.target if name in rehearsal.nothing_staged else rehearsal.version
    offered, releases = reach(version, rehearsal.target)
    ospf = _ospf(pair, router)
    return MachineSpec(
        name=name,
        interfaces=(*interfaces, *map(_tunnel, rehearsal.tunnels), LO0),
        vhids=tuple(_vhid(v, router, peers) for v in rehearsal.vhids),
        preempt=rehearsal.preempt,
        kernel=version,
        running=version,
        userland=version,
        offered=offered,
        releases=releases,
        root=rehearsal.root,
        routes=(way_out(interfaces[0].name, interfaces[0].addresses[0]),),
        ospf=ospf,
        ipsec=_ipsec(pair),
        packages=(*_daemons(ospf), "pkg-1.21.3"),
        ssh_server=bare(interfaces[0].addresses[0]),
        durations=Durations(boot=rehearsal.reboot_s),
    )


def _interfaces(pair: Pair, router: int) -> tuple[InterfaceSpec, ...]:
    """Return the interfaces with vhids; the first one has the address that SSH goes to."""
    names = tuple(dict.fromkeys(v.interface for v in pair.rehearsal.vhids)) or ("vmx0",)
    return tuple(
        InterfaceSpec(
            name,
            _own_addresses(pair, router, name, index),
            ether=f"00:50:56:00:{index:02x}:{FIRST_HOST + router:02x}",
        )
        for index, name in enumerate(names)
    )


def _own_addresses(pair: Pair, router: int, interface: str, index: int) -> tuple[str, ...]:
    host = FIRST_HOST + router
    own = [f"10.99.{index}.{host}/24" if index else _management(pair, router)]
    vips = [vip for v in pair.rehearsal.vhids if v.interface == interface for vip in v.vips]
    if any(":" in vip for vip in vips) and ":" not in own[0]:
        own.append(f"2001:db8:0:{index:x}::{host}/64")
    if any(":" not in vip for vip in vips) and ":" in own[0]:
        own.append(f"10.99.{index}.{host}/24")
    return tuple(own)


def _management(pair: Pair, router: int) -> str:
    """Return the address that the inventory reaches a router at, or one of TEST-NET-1."""
    try:
        address = ip_address(pair.routers[router].address)
    except ValueError:
        return f"192.0.2.{FIRST_HOST + router}/24"
    return f"{address}/{24 if address.version == 4 else 64}"


def _vhid(rehearsed: RehearsedVhid, router: int, peers: tuple[InterfaceSpec, ...]) -> VhidSpec:
    other = next(interface for interface in peers if interface.name == rehearsed.interface)
    named = rehearsed.unicast
    inet = [bare(a) for a in other.addresses if ":" not in a] if named else []
    inet6 = [bare(a) for a in other.addresses if ":" in a] if named else []
    return VhidSpec(
        interface=rehearsed.interface,
        vhid=rehearsed.vhid,
        addresses=rehearsed.vips,
        advskew=rehearsed.advskew[router],
        advbase=rehearsed.advbase,
        peer=inet[0] if inet and any(":" not in vip for vip in rehearsed.vips) else None,
        peer6=inet6[0] if inet6 and any(":" in vip for vip in rehearsed.vips) else None,
    )


def _tunnel(tunnel: RehearsedTunnel) -> InterfaceSpec:
    family = "inet6" if ":" in tunnel.local else "inet"
    prefixlen = 128 if ":" in tunnel.inner else 32
    return InterfaceSpec(
        tunnel.name,
        (f"{tunnel.inner}/{prefixlen}",),
        mtu=GRE_MTU,
        destination=tunnel.inner_remote,
        groups=("gre",),
        tunnel=Tunnel(family, tunnel.local, tunnel.remote),
    )


def _ospf(pair: Pair, router: int) -> OspfSpec | None:
    """Return a daemon with a neighbour behind each tunnel, then as many as wished on the LAN."""
    rehearsal = pair.rehearsal
    behind = [
        NeighborSpec(
            router_id=f"10.255.0.{index + 1}",
            address=tunnel.inner_remote,
            interface=tunnel.name,
            prefixes=(f"10.{100 + index}.0.0/16",),
            follows_vhid=_vhid_of(pair, tunnel.local),
        )
        for index, tunnel in enumerate(rehearsal.tunnels)
    ]
    beside = [
        NeighborSpec(
            router_id=f"10.255.1.{index + 1}",
            address=f"192.0.2.{100 + index}",
            interface=_interfaces(pair, router)[0].name,
            prefixes=(f"10.{200 + index % 50}.0.0/16",),
        )
        for index in range(rehearsal.neighbors - len(behind))
    ]
    neighbors = (*behind, *beside)
    if not neighbors:
        return None
    router_id = f"10.255.255.{FIRST_HOST + router}"
    daemon, version = rehearsal.daemon, rehearsal.daemon_version
    return OspfSpec(router_id, neighbors, daemon=daemon, version=version)


def _daemons(ospf: OspfSpec | None) -> tuple[str, ...]:
    """Return the package that the router speaks OSPF with."""
    return (daemon_package(ospf.daemon, ospf.version),) if ospf else ()


def _ipsec(pair: Pair) -> IpsecSpec | None:
    """Return SAs with each far end of a tunnel, in transport mode, and with each wished peer."""
    wish = pair.ipsec
    if wish is None or not wish.watched:
        return None
    ends = [(tunnel.local, tunnel.remote) for tunnel in pair.rehearsal.tunnels]
    first = next((bare(vip) for v in pair.rehearsal.vhids for vip in v.vips), None)
    known = {remote for _, remote in ends}
    ends += [(first, peer) for peer in wish.peers if first and peer not in known]
    ends = ends or [(first, EXAMPLE_PEER)] if first else ends
    peers = tuple(
        IpsecPeer(local, remote, follows_vhid=_vhid_of(pair, local)) for local, remote in ends
    )
    return IpsecSpec(peers, wish.daemon or "strongswan")


def _vhid_of(pair: Pair, address: str) -> int | None:
    """Return the vhid that an address belongs to: what uses it follows its MASTER."""
    return next(
        (v.vhid for v in pair.rehearsal.vhids if address in map(bare, v.vips)),
        None,
    )
