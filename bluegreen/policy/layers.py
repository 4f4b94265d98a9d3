"""What must follow the VIP: the new MASTER must have what the MASTER had before."""

import ipaddress
from collections.abc import Iterable

from bluegreen.model.facts import PairFacts, RouterFacts, Unknown
from bluegreen.model.network import Interface, Route
from bluegreen.model.roles import answered, floating_at, serves_all, well
from bluegreen.model.routing import Ospf
from bluegreen.model.verdict import YES, Verdict, all_of, holds, no
from bluegreen.policy.ipsec import ipsec_as, watched
from bluegreen.policy.setting import Setting

Layers = tuple[tuple[str, Verdict], ...]


def converged(pair: PairFacts, master: str, setting: Setting) -> Layers:
    """Return a verdict a layer, in the order in which they follow each other."""
    now = pair.seen(master)
    was = _master_before(pair)
    if not now or not was:
        return (("carp", no(f"{master} could not be observed")),)
    layers = (
        ("carp", True, all_of([serves_all(pair, master), well(now)])),
        ("ipfo", pair.outside.floating is not None, floating_at(pair, master)),
        ("ipsec", watched(setting), ipsec_as(now, was, setting)),
        ("tunnels", bool(tunnels_up(was)), tunnels_as(now, was)),
        ("ospf", was.ospf is not None, adjacencies_as(now, was, setting)),
        ("routes", bool(learned(was)), routes_as(now, was)),
        ("remotes", bool(setting.remotes), remotes_have(pair, setting)),
        ("probe", bool(pair.outside.answers), all_of(answered(pair))),
    )
    return tuple((name, verdict) for name, there, verdict in layers if there or not verdict)


def _master_before(pair: PairFacts) -> RouterFacts | None:
    """Return the router that served most at the start; None: no baseline."""
    if not pair.before or not (both := pair.before.both()):
        return None
    return max(both, key=lambda router: len(router.masters()))


def tunnels_up(facts: RouterFacts) -> dict[str, Interface]:
    """Return the tunnels that are up, by their far end."""
    return {i.tunnel.remote: i for i in facts.interfaces if i.tunnel and i.is_up}


def tunnels_as(
    now: RouterFacts, was: RouterFacts, excused: frozenset[str] = frozenset()
) -> Verdict:
    here = tunnels_up(now)
    return all_of(
        holds(remote in here, f"{now.name}: tunnel to {remote} ({there.name} before) is not up")
        for remote, there in tunnels_up(was).items()
        if remote not in excused
    )


def adjacencies_as(now: RouterFacts, was: RouterFacts, setting: Setting) -> Verdict:
    """Each neighbour that was Full is Full, but for the two routers themselves."""
    if setting.ospf is False or was.ospf is None:
        return YES
    if isinstance(was.ospf, Unknown):
        return no(f"OSPF was unknown at the start: {was.ospf.unknown}")
    if now.ospf is None or isinstance(now.ospf, Unknown):
        reason = now.ospf.unknown if now.ospf else "no daemon answers"
        return no(f"{now.name}: OSPF cannot be read: {reason}")
    wanted = _full(was.ospf) - {now.ospf.router_id or "", was.ospf.router_id or ""}
    missing = sorted(wanted - _full(now.ospf))
    return all_of(
        [
            *(no(f"{now.name}: OSPF neighbour {m} is {_state(now.ospf, m)}") for m in missing),
            holds(
                len(_full(now.ospf)) >= setting.min_neighbors,
                f"{now.name}: {len(_full(now.ospf))} neighbours are Full, "
                f"wanted {setting.min_neighbors}",
            ),
        ]
    )


def _full(ospf: Ospf) -> set[str]:
    return {n.router_id for n in ospf.neighbors if n.full}


def _state(ospf: Ospf, router_id: str) -> str:
    states = [n.state for n in ospf.neighbors if n.router_id == router_id]
    means = dict.fromkeys(_MEANS[state] for state in states if state in _MEANS)
    return ": ".join([", ".join(states) or "not there", *means])


_NARROW = "the two ends differ in their MTU, or long packets are lost"
_MEANS = {  # RFC 2328, sections 10.1 and 10.6
    "Init": "it is heard and does not hear us: one-way",
    "Attempt": "nothing is heard of it",
    "ExStart": _NARROW,
    "Exchange": _NARROW,
}


def learned(facts: RouterFacts) -> tuple[Route, ...]:
    """Return the routes that a daemon put into the FIB (flag 1, PROTO1, netstat(1))."""
    if isinstance(facts.routes, Unknown):
        return ()
    return tuple(route for route in facts.routes if "1" in route.flags and "G" in route.flags)


def routes_as(now: RouterFacts, was: RouterFacts) -> Verdict:
    """Each learned destination is reachable: learned again, or on a link of its own."""
    if isinstance(now.routes, Unknown):
        return no(f"{now.name}: routes cannot be read: {now.routes.unknown}")
    here = {route.destination for route in now.routes}
    here |= set(own_networks(now.interfaces))
    return all_of(
        holds(route.destination in here, f"{now.name}: no route to {route.destination}")
        for route in learned(was)
    )


def own_networks(interfaces: Iterable[Interface]) -> tuple[str, ...]:
    """Return the networks that a router is connected to, as netstat prints them."""
    return tuple(
        str(ipaddress.ip_interface(f"{inet.address}/{inet.prefixlen}").network)
        for interface in interfaces
        for inet in (*interface.inet, *interface.inet6)
        if _is_address(inet.address)
    )


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def remotes_have(pair: PairFacts, setting: Setting) -> Verdict:
    facts = {remote.name: remote for remote in pair.outside.remotes}
    verdicts = []
    for wanted in setting.remotes:
        remote = facts.get(wanted.remote)
        if remote is None or isinstance(remote.routes, Unknown):
            verdicts.append(no(f"{wanted.remote}: its routes cannot be read"))
        else:
            there = {route.destination for route in remote.routes}
            verdicts.append(
                holds(wanted.prefix in there, f"{wanted.remote}: no route to {wanted.prefix}")
            )
    return all_of(verdicts)


def standby_as(now: RouterFacts, was: RouterFacts, peer_was: RouterFacts | None = None) -> Verdict:
    """A router that does not serve has at least what it had, or its peer when *that* did not serve.

    A tunnel that is sent from a VIP may be down on a BACKUP on purpose: a handler of devd(8) takes
    it down with the role.
    """
    excused = _down_on_purpose(was, peer_was) if peer_was else frozenset()
    return all_of(
        [
            well(now),
            tunnels_as(now, was, excused),
            *(
                holds(
                    any(i.name == interface.name and i.is_up for i in now.interfaces),
                    f"{now.name}: {interface.name} is not up",
                )
                for interface in was.interfaces
                if interface.is_up and interface.name
                if not (interface.tunnel and interface.tunnel.remote in excused)
            ),
            *(
                holds(
                    interface.pfsync.syncok is not False,
                    f"{now.name}: pfsync is not in sync (syncok: 0)",
                )
                for interface in now.interfaces
                if interface.pfsync and "UP" in interface.flags
            ),
        ]
    )


def _down_on_purpose(was: RouterFacts, peer_was: RouterFacts) -> frozenset[str]:
    """Return the far ends of tunnels on a VIP that were up here with the role, and not beside."""
    vips = {address for vhid in was.vhids for address in vhid.carp.addresses}
    served = {
        remote
        for remote, interface in (tunnels_up(was) if was.masters() else {}).items()
        if interface.tunnel and interface.tunnel.local in vips
    }
    return frozenset(served - tunnels_up(peer_was).keys())
