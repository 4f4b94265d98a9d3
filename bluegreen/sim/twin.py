"""Machines that answer as a real pair did: the twin that a change is rehearsed on."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from bluegreen.emulator.adjacency import COMPUTED_COST
from bluegreen.emulator.rcfiles import SYSCTL_CONF
from bluegreen.emulator.spec import (
    Durations,
    InterfaceSpec,
    IpsecPeer,
    IpsecSpec,
    MachineSpec,
    NeighborSpec,
    OspfSpec,
    VhidSpec,
)
from bluegreen.errors import UsageError
from bluegreen.freebsd.devd import HANDLER
from bluegreen.freebsd.rcconf import parse_rc, rc_name
from bluegreen.model.facts import LocatedVhid, PairFacts, RouterFacts, Unknown
from bluegreen.model.ipsec import Ipsec
from bluegreen.model.network import MULTICAST_PEERS, CarpState, Interface, Route
from bluegreen.model.rehearsal import next_patch_level
from bluegreen.model.routing import REHEARSED_VERSIONS, Neighbor, Ospf, daemon_version
from bluegreen.model.site import SiteFacts
from bluegreen.sim.start import Specs, Start, reach

UNKNOWN_VERSION = "14.2-RELEASE"
AS_USUAL = Durations()
UNKNOWN_ROUTER = "192.0.2.255"

Fact = TypeVar("Fact")


def specs_from_facts(
    facts: PairFacts, target: str | None = None, durations: Durations = AS_USUAL
) -> Specs:
    """Return routers that a fresh observation finds as the recorded one did.

    Args:
        facts: Both routers, recorded; passwords are struck out in them already.
        target: What both can be upgraded to; None: each one's next patch level.
        durations: How long things take, which no observation tells.

    Raises:
        UsageError: a router was not observed.
    """
    first, second = _both(facts)
    return (
        _spec(first, second, target, durations),
        _spec(second, first, target, durations),
    )


def start_of_facts(facts: PairFacts) -> Start:
    """Return who was MASTER of what, who was demoted and what was down."""
    both = _both(facts)
    return Start(
        frozenset((r.name, v.interface, v.carp.vhid) for r in both for v in r.masters()),
        tuple((r.name, r.carp.demotion) for r in both if r.carp),
        tuple(
            (r.name, interface.name)
            for r in both
            for interface in r.interfaces
            if interface.name and "UP" not in interface.flags
        ),
        as_running=all(isinstance(r.site, SiteFacts) for r in both),
    )


def _both(facts: PairFacts) -> tuple[RouterFacts, RouterFacts]:
    both = facts.both()
    if both is None:
        names = " and ".join(router.name for router in facts.unseen())
        raise UsageError(f"no twin without facts of {names}", "twin")
    return both


def _spec(
    mine: RouterFacts, peer: RouterFacts, target: str | None, durations: Durations
) -> MachineSpec:
    userland = mine.versions.userland or UNKNOWN_VERSION
    offered, releases = reach(userland, target or next_patch_level(userland))
    environments = _known(mine.environments, ())
    plain = MachineSpec(
        name=mine.name,
        interfaces=tuple(_interface(i) for i in mine.interfaces if i.name),
        vhids=tuple(_vhid(v, mine) for v in mine.vhids),
        carp_loaded=mine.carp is not None,
        kernel=mine.versions.kernel or userland,
        running=mine.versions.running or userland,
        userland=userland,
        offered=offered,
        releases=releases,
        securelevel=mine.securelevel,
        pkgbase=mine.pkgbase,
        root="zfs" if environments else "ufs",
        environments=tuple(e.name for e in environments) or ("default",),
        active=next((e.name for e in environments if e.now), "default"),
        files=_files(mine),
        routes=tuple(r for r in _known(mine.routes, ()) if _is_static(r, mine)),
        ospf=_ospf(mine, peer),
        ipsec=_ipsec(mine, peer),
        packages=tuple(f"{p.name}-{p.version}" for p in _known(mine.packages, ())),
        durations=durations,
        forwards=isinstance(mine.site, SiteFacts) and bool(mine.site.forwarding),
        forwards6=isinstance(mine.site, SiteFacts) and bool(mine.site.forwarding6),
    )
    if mine.ssh is not None:
        plain = replace(plain, ssh_client=mine.ssh.client, ssh_server=mine.ssh.server)
    if mine.carp is None:
        return plain
    return replace(
        plain,
        preempt=mine.carp.preempt,
        log_level=1 if mine.carp.log is None else mine.carp.log,
        ifdown_demotion_factor=mine.carp.ifdown_demotion_factor,
        senderr_demotion_factor=mine.carp.senderr_demotion_factor,
    )


def _known(fact: Fact | Unknown, otherwise: Fact) -> Fact:
    return otherwise if isinstance(fact, Unknown) else fact


def _interface(interface: Interface) -> InterfaceSpec:
    own = [inet for inet in (*interface.inet, *interface.inet6) if inet.vhid is None]
    return InterfaceSpec(
        name=interface.name or "?",
        addresses=tuple(f"{inet.address}/{inet.prefixlen}" for inet in own),
        ether=interface.ether,
        mtu=interface.mtu or 1500,
        destination=next((inet.destination for inet in own if inet.destination), None),
        groups=interface.groups,
        description=interface.description,
        tunnel=interface.tunnel,
        vlan=interface.vlan,
        laggports=interface.laggports,
        pfsync=interface.pfsync,
    )


def _vhid(vhid: LocatedVhid, mine: RouterFacts) -> VhidSpec:
    """Return a vhid as it runs; its password is not known, and the same on both."""
    return VhidSpec(
        interface=vhid.interface,
        vhid=vhid.carp.vhid,
        addresses=tuple(
            f"{inet.address}/{inet.prefixlen}"
            for interface in mine.interfaces
            if interface.name == vhid.interface
            for inet in (*interface.inet, *interface.inet6)
            if inet.vhid == vhid.carp.vhid
        ),
        advskew=vhid.carp.advskew,
        advbase=vhid.carp.advbase,
        peer=None if vhid.carp.peer in MULTICAST_PEERS else vhid.carp.peer,
        peer6=None if vhid.carp.peer6 in MULTICAST_PEERS else vhid.carp.peer6,
    )


def _files(mine: RouterFacts) -> Mapping[str, tuple[str, int]]:
    """Return the files that rc(8) sources, and what makes preempt last.

    Modes are not observed: what holds a password is taken to be root's alone.
    None at all, so that the emulator writes its own, where they do not say
    which vhids there are: a machine is made from its files.
    """
    files: dict[str, tuple[str, int]] = {}
    for file in _known(mine.rc, ()):
        text = "".join(f"{line}\n" for line in file.lines)
        files[file.path] = (text, 0o600 if " pass " in text else 0o644)
    running = {(rc_name(v.interface), v.carp.vhid) for v in mine.vhids}
    if not running <= _configured(mine) and not isinstance(mine.site, SiteFacts):
        return {}
    if isinstance(mine.site, SiteFacts):
        for file in mine.site.files:
            text = "".join(f"{line}\n" for line in file.lines)
            files[file.path] = (text, 0o755 if file.path == HANDLER else 0o644)
    elif files and mine.carp is not None:
        text = f"net.inet.carp.preempt={int(mine.carp.preempt)}\n"
        files[SYSCTL_CONF] = (text, 0o644)
    return files


def _configured(mine: RouterFacts) -> frozenset[tuple[str, int]]:
    """Return interface, as rc.conf(5) spells it, and vhid of all that rc(8) configures."""
    return frozenset((rc_name(row.interface), row.vhid) for row in parse_rc(_known(mine.rc, ())))


def _is_static(route: Route, mine: RouterFacts) -> bool:
    """Whether a route is neither an interface's own nor learned."""
    own = route.interface.startswith("lo") and route.gateway.startswith("link#")
    return "S" in route.flags and not own and route.destination not in _learned(mine)


def _learned(mine: RouterFacts) -> frozenset[str]:
    if not isinstance(mine.ospf, Ospf):
        return frozenset()
    return frozenset(route.prefix for route in mine.ospf.routes if route.installed)


def _ospf(mine: RouterFacts, peer: RouterFacts) -> OspfSpec | None:
    """Return a daemon with the neighbours of this router, and those that come with the role."""
    if not isinstance(mine.ospf, Ospf) or mine.ospf.daemon not in REHEARSED_VERSIONS:
        return None
    full_here = {n.router_id for n in mine.ospf.neighbors if n.full}
    theirs = peer.ospf if isinstance(peer.ospf, Ospf) else None
    full_there = {n.router_id for n in theirs.neighbors if n.full} if theirs else set()
    own = [n for n in mine.ospf.neighbors if n.full or n.router_id not in full_there]
    come = [n for n in theirs.neighbors if n.router_id in full_there - full_here] if theirs else []
    neighbors = [
        _neighbor(n, mine.ospf, _vhid_of(n, mine, full_there) if n.full else None) for n in own
    ]
    neighbors += [
        _neighbor(n, theirs, _vhid_of(n, peer, full_here)) for n in come if theirs is not None
    ]
    spoken_on = {n.interface for n in neighbors}
    running = [i for i in mine.ospf.interfaces if i.area is not None]
    return OspfSpec(
        mine.ospf.router_id or UNKNOWN_ROUTER,
        tuple(neighbors),
        passive=tuple(dict.fromkeys(i.name for i in running if i.name not in spoken_on)),
        costs=tuple((i.name, i.cost) for i in running if i.cost not in (None, COMPUTED_COST)),
        daemon=mine.ospf.daemon,
        version=daemon_version(mine.ospf.daemon, _known(mine.packages, ())),
    )


def _ipsec(mine: RouterFacts, peer: RouterFacts) -> IpsecSpec | None:
    """Return the SAs that are up here, and those of the peer's that come with a VIP."""
    if not isinstance(mine.ipsec, Ipsec):
        return None
    theirs = _carried(peer) if isinstance(peer.ipsec, Ipsec) else {}
    come = {ends: p for ends, p in theirs.items() if p.follows_vhid is not None}
    by_hand = mine.ipsec.ike is None and mine.ipsec.silent is None
    peers = {**come, **_carried(mine)}
    return IpsecSpec(tuple(peers.values()), "kernel" if by_hand else "strongswan")


def _carried(router: RouterFacts) -> dict[tuple[str, str], IpsecPeer]:
    """Return the far ends with SAs both ways, whatever protects the packets."""
    assert isinstance(router.ipsec, Ipsec)
    vhids = {a: v.carp.vhid for v in router.vhids for a in v.carp.addresses}
    own = {inet.address for i in router.interfaces for inet in (*i.inet, *i.inet6)} | set(vhids)
    ends = {(sa.src, sa.dst) for sa in router.ipsec.sas}
    return {
        (sa.src, sa.dst): IpsecPeer(sa.src, sa.dst, sa.mode, vhids.get(sa.src))
        for sa in router.ipsec.sas
        if sa.src in own and (sa.dst, sa.src) in ends
    }


def _neighbor(neighbor: Neighbor, ospf: Ospf, follows_vhid: int | None) -> NeighborSpec:
    address = neighbor.address or neighbor.router_id
    return NeighborSpec(
        router_id=neighbor.router_id,
        address=address,
        interface=neighbor.interface or "?",
        prefixes=tuple(r.prefix for r in ospf.routes if r.installed and address in r.next_hops),
        follows_vhid=follows_vhid,
    )


def _vhid_of(neighbor: Neighbor, holder: RouterFacts, elsewhere: set[str]) -> int | None:
    """Return the vhid that an adjacency follows; None if the other router has it as well.

    It is the vhid of the tunnel's outer address, else the first one served.
    """
    if neighbor.router_id in elsewhere:
        return None
    tunnels = (i.tunnel for i in holder.interfaces if i.name == neighbor.interface and i.tunnel)
    outer = {tunnel.local for tunnel in tunnels}
    masters = [v.carp for v in holder.vhids if v.carp.state is CarpState.MASTER]
    through = [carp.vhid for carp in masters if outer & set(carp.addresses)]
    return next(iter([*through, *(carp.vhid for carp in masters)]), None)
