"""GRE and OSPF of a site: who has which tunnel, and what is told over it. Pure."""

from bluegreen.lab.frr import FrrInterface, FrrSpec
from bluegreen.lab.gre_config import TunnelConfig
from bluegreen.lab.site import REMOTE, Place, Site

AREA = "0"
COSTS = (10, 20)  # where each router has a tunnel of its own: the first one's is preferred


def tunnels_of(site: Site, place: Place) -> tuple[TunnelConfig, ...]:
    """Return the tunnels of a router, as its interfaces say."""
    if place.spec is None:
        return ()
    return tuple(
        TunnelConfig(
            name=interface.name,
            address=interface.inet[0].address,
            destination=interface.destination or "",
            local=interface.tunnel.local,
            remote=interface.tunnel.remote,
            mtu=interface.mtu,
            bug166462=site.options.bug166462 and place.name != REMOTE,
        )
        for interface in place.spec.interfaces
        if interface.tunnel is not None
    )


def ospf_of(site: Site, place: Place) -> FrrSpec | None:
    """Return a router's OSPF; None where it has no tunnel to speak over."""
    tunnels = tunnels_of(site, place)
    if not tunnels:
        return None
    is_remote = place.name == REMOTE
    inner = FrrInterface("lo" if is_remote else "vmx2", AREA, passive=True)
    own = 0 if is_remote else site.options.routers.index(place.name)
    spoken = (
        FrrInterface(tunnel.name, AREA, cost=COSTS[own + index], point_to_point=True)
        for index, tunnel in enumerate(tunnels)
    )
    return FrrSpec(place.name, place.address, (*spoken, inner))
