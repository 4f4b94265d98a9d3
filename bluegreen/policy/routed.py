"""What a router's routes say of its VIPs, of its peer, and of its way out while it is idle."""

from collections.abc import Iterator
from ipaddress import ip_address
from itertools import filterfalse

from bluegreen.model.facts import LocatedVhid, RouterFacts, Unknown
from bluegreen.model.finding import Evidence, Finding, Fix, Severity, cannot_tell
from bluegreen.model.finding_names import UntoldName
from bluegreen.model.network import CarpState, Route
from bluegreen.policy.pathways import best_route, is_on_link, shown

ROOT = "ask as an account that may run `netstat -rn`"
Routers = tuple[RouterFacts, ...]
DEFAULTS = ("default", "0.0.0.0/0", "::/0")


def vips(routers: Routers) -> Iterator[Finding]:
    """Yield VIPs that the MASTER does not answer to itself, and those that a BACKUP answers.

    The kernel routes a VIP to lo0 while it is MASTER, and takes the route away when it yields
    (carp_ifa_addroute and carp_ifa_delroute, ip_carp.c).
    """
    for router in routers:
        if isinstance(router.routes, Unknown):
            yield _no_routes("vips", router, "whether it answers its VIPs itself")
            continue
        own = {_host(route): route for route in router.routes if route.interface == "lo0"}
        for v in router.vhids:
            for vip in filterfalse(_is_link_local, v.carp.addresses):
                if v.carp.state is CarpState.MASTER and vip not in own:
                    yield _not_to_itself(router, v, vip)
                if v.carp.state is CarpState.BACKUP and vip in own:
                    yield _kept_to_itself(router, v, vip, own[vip])


def _not_to_itself(router: RouterFacts, v: LocatedVhid, vip: str) -> Finding:
    way = best_route(router, vip)
    seen = shown(way) if way else f"netstat -rn: nothing leads to {vip}"
    return Finding(
        "vip-not-local",
        Severity.WARNING,
        f"{router.name} is MASTER of {vip} and does not reach it itself: what runs there and "
        "speaks to the VIP (a probe, a tunnel's source, a proxy) leaves the router instead",
        (Evidence(router.name, seen),),
        (
            Fix(router.name, "add the route that the kernel should have", _to_lo0(vip)),
            Fix(router.name, f"and see why: `ifconfig {v.interface}`, `route -n get {vip}`"),
        ),
    )


def _kept_to_itself(router: RouterFacts, v: LocatedVhid, vip: str, route: Route) -> Finding:
    family = "-inet6 " if ":" in vip else ""
    return Finding(
        "vip-kept-by-backup",
        Severity.WARNING,
        f"{router.name} is BACKUP of vhid {v} and answers {vip} itself: what it sends to the VIP "
        "never reaches the MASTER",
        (Evidence(router.name, shown(route)),),
        (
            Fix(router.name, "take the route away", f"route delete {family}-host {vip}"),
            Fix(router.name, "and see that no line of rc.conf has the address a second time"),
        ),
    )


def _to_lo0(vip: str) -> str:
    return f"route add {'-inet6 ' if ':' in vip else ''}-host {vip} -interface lo0"


def peer_routes(routers: Routers) -> Iterator[Finding]:
    """Yield unicast peers that are reached through a gateway: the provider's, as a rule."""
    for router in routers:
        for v in router.vhids:
            for word, peer in v.carp.unicast_peers:
                if _is_link_local(peer):
                    continue  # on the wire by what it is
                if isinstance(router.routes, Unknown):
                    yield _no_routes("peer-routes", router, f"the way to {word} {peer}")
                    continue
                way = best_route(router, peer)
                if way is None or not is_on_link(way):
                    yield _through_gateway(router, v, (word, peer), way)


def _through_gateway(
    router: RouterFacts, v: LocatedVhid, named: tuple[str, str], way: Route | None
) -> Finding:
    word, peer = named
    family = "-inet6 " if ":" in peer else ""
    over = f"through {way.gateway}" if way else "by no route at all"
    name = f"peer_vhid{v.carp.vhid}"
    line = f'{name}="{family}-host {peer} -interface {v.interface}"'
    return Finding(
        "peer-through-gateway",
        Severity.WARNING,
        f"{router.name}: vhid {v} reaches {word} {peer} {over}: whoever runs that may drop "
        "protocol 112, and while it is down both routers are MASTER",
        (Evidence(router.name, shown(way) if way else f"netstat -rn: nothing leads to {peer}"),),
        (
            Fix(
                router.name,
                "where both are on one wire, reach it there",
                f"route add {family}-host {peer} -interface {v.interface}",
            ),
            Fix(router.name, f"for a boot: add {name} to static_routes, and", f"route_{line}"),
        ),
    )


def mirrors(routers: Routers) -> Iterator[Finding]:
    """Yield ways out that only the MASTER has: an idle router could fetch no update."""
    vips = frozenset[str]().union(*(router.vips for router in routers))
    for router in routers:
        if isinstance(router.routes, Unknown):
            yield _no_routes("mirrors", router, "its way to the update servers")
            continue
        defaults = [r for r in router.routes if r.destination in DEFAULTS]
        if not defaults:
            yield _no_way_out(router, "it has no default route", "netstat -rn: no default")
        for route in defaults:
            if why := _moves(router, route, vips):
                yield _no_way_out(router, why, shown(route))


def _moves(router: RouterFacts, route: Route, vips: frozenset[str]) -> str | None:
    """Return why a default route is of no use in one of the two roles."""
    tunnel = next((i.tunnel for i in router.interfaces if i.name == route.interface), None)
    if route.gateway in vips:
        return (
            f"its default route leads over {route.gateway}, which is a VIP: as MASTER that is "
            "itself, and as BACKUP it goes out through its peer alone"
        )
    if tunnel and tunnel.local in vips:
        return (
            f"its default route leads through {route.interface}, whose source {tunnel.local} is a "
            "VIP: while it is BACKUP nothing comes back"
        )
    return None


def _no_way_out(router: RouterFacts, why: str, seen: str) -> Finding:
    return Finding(
        "mirrors-unreachable",
        Severity.WARNING,
        f"{router.name}: {why}: it could fetch no update while it is idle",
        (Evidence(router.name, seen),),
        (
            Fix(
                router.name,
                "give it a default route over a gateway that is none of the pair's",
                'defaultrouter="GATEWAY"',
            ),
            Fix(router.name, "see by hand", "nc -z -w 5 update.FreeBSD.org 80"),
        ),
    )


def _no_routes(look: UntoldName, router: RouterFacts, what: str) -> Finding:
    why = router.routes.unknown if isinstance(router.routes, Unknown) else "?"
    return cannot_tell(look, router.name, what, why, ROOT)


def _is_link_local(address: str) -> bool:
    """Whether its routes name a link instead: fe80::1 is on lo0 as well."""
    try:
        return ip_address(address.partition("%")[0]).is_link_local
    except ValueError:
        return False


def _host(route: Route) -> str:
    return route.destination.partition("/")[0].partition("%")[0]
