"""GRE, OSPF and IPsec of a site: who has which tunnel, and what goes over it. Pure."""

from collections.abc import Iterable, Set

from bluegreen.emulator.spec import InterfaceSpec
from bluegreen.lab.charon import CharonSpec, Connection
from bluegreen.lab.frr import FrrInterface, FrrSpec
from bluegreen.lab.gre_config import TunnelConfig
from bluegreen.lab.site import Place, Site

AREA = "0"
COSTS = (10, 20)  # where each router has a tunnel of its own: the first one's is preferred


def tunnels_of(
    interfaces: Iterable[InterfaceSpec],
    downed: Set[str] = frozenset(),
    *,
    bug166462: bool = False,
    mark: int = 0,
) -> tuple[TunnelConfig, ...]:
    """Return what a router's interfaces say of tunnels: those that have all their ends."""
    return tuple(
        TunnelConfig(
            name=interface.name,
            address=interface.inet[0].address,
            destination=interface.destination or "",
            local=interface.tunnel.local,
            remote=interface.tunnel.remote,
            mtu=interface.mtu,
            bug166462=bug166462,
            mark=mark,
            is_up=interface.name not in downed,
        )
        for interface in interfaces
        if interface.tunnel is not None and interface.inet
    )


def ospf_of(site: Site, place: Place) -> FrrSpec | None:
    """Return a router's OSPF from the start; None where it has no tunnel to speak over."""
    tunnels = tunnels_of(place.spec.interfaces) if place.spec else ()
    if not tunnels:
        return None
    inner = FrrInterface("lo" if place.is_far_end else "vmx2", AREA, passive=True)
    own = None if place.is_far_end else COSTS[site.options.routers.index(place.name)]
    spoken = (
        FrrInterface(tunnel.name, AREA, cost=own or COSTS[index], point_to_point=True)
        for index, tunnel in enumerate(tunnels)
    )
    return FrrSpec(place.name, place.address, (*spoken, inner))


def charon_of(site: Site, place: Place) -> CharonSpec | None:
    """Return a router's IPsec; None where its tunnels are not protected."""
    if not site.options.ipsec or place.spec is None:
        return None
    tunnels = tunnels_of(place.spec.interfaces)
    ends = tuple(Connection(tunnel.name, tunnel.local, tunnel.remote) for tunnel in tunnels)
    return CharonSpec(ends, vip=None if place.is_far_end else ends[0].local)
