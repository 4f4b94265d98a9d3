"""What OSPF has taught the FIB, here and at the far ends: there, and not by way of the BACKUP."""

import ipaddress
from collections.abc import Iterable

from bluegreen.model.facts import PairFacts, RemoteFacts, RouterFacts, Unknown
from bluegreen.model.finding import Evidence, Finding, Fix, Severity
from bluegreen.model.network import Interface, Route
from bluegreen.model.verdict import Verdict, all_of, found, holds, no
from bluegreen.policy.setting import Setting

DEFAULT = "default"


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


def past_backup(pair: PairFacts, now: RouterFacts, was: RouterFacts) -> Verdict:
    """What the MASTER reached by itself the new one does not reach through the BACKUP.

    That router is about to go down, and its own way there may be dead already.
    """
    backup = pair.seen(pair.peer_name(now.name))
    before = pair.before.seen(pair.before.peer_name(was.name)) if pair.before else None
    if not backup or not before:
        return no(f"{now.name}: whether it leads through the BACKUP cannot be told")
    its = own_addresses(backup) - own_addresses(now)
    its_before = own_addresses(before) - own_addresses(was)
    return found(
        through(now.name, destination, gateways, backup)
        for destination in dict.fromkeys((*(r.destination for r in learned(was)), DEFAULT))
        if (gateways := gateways_to(now.routes, destination)) and gateways <= its
        if not gateways_to(was.routes, destination) & its_before
    )


def remotes_have(pair: PairFacts, setting: Setting, master: str) -> Verdict:
    """Each far end has its route, and neither that nor its default leads to the BACKUP.

    A tunnel that ends at a VIP is dead on a BACKUP. One that ends at the router's own address
    lives there, too: that nobody takes it is asked before the router goes down (`cost-out`).
    """
    facts = {remote.name: remote for remote in pair.outside.remotes}
    verdicts = []
    for wanted in setting.remotes:
        remote = facts.get(wanted.remote)
        if remote is None or isinstance(remote.routes, Unknown):
            verdicts.append(no(f"{wanted.remote}: its routes cannot be read"))
            continue
        there = {route.destination for route in remote.routes}
        verdicts += [
            holds(wanted.prefix in there, f"{wanted.remote}: no route to {wanted.prefix}"),
            _not_to_backup(pair, master, remote, wanted.prefix),
        ]
    return all_of(verdicts)


def _not_to_backup(pair: PairFacts, master: str, remote: RemoteFacts, prefix: str) -> Verdict:
    now, backup = pair.seen(master), pair.seen(pair.peer_name(master))
    if not now or not backup:
        return no(f"{remote.name}: whose tunnels its routes take cannot be told")
    dead = _inner_of_vips(backup) - tunnel_addresses(now)
    return found(
        through(remote.name, destination, gateways, backup)
        for destination in dict.fromkeys((prefix, DEFAULT))
        if (gateways := gateways_to(remote.routes, destination)) and gateways <= dead
    )


def through(who: str, destination: str, gateways: set[str], backup: RouterFacts) -> Finding:
    """Return that somebody's route leads to the BACKUP, the default by its own name."""
    via = f"{backup.name} ({', '.join(sorted(gateways))}), which is BACKUP"
    seen = (Evidence(who, f"netstat -rn: {destination} {' '.join(sorted(gateways))}"),)
    if destination != DEFAULT:
        says = f"{who}: {destination} still leads to {via}"
        return Finding("ospf-through-backup", Severity.CRITICAL, says, seen)
    return Finding(
        "ospf-default-of-backup",
        Severity.CRITICAL,
        f"{who}: its default still leads to {via}",
        seen,
        (Fix(backup.name, "where it announces one, without `always`: it ends with its own"),),
    )


def gateways_to(routes: tuple[Route, ...] | Unknown, destination: str) -> set[str]:
    if isinstance(routes, Unknown):
        return set()
    return {route.gateway for route in routes if route.destination == destination}


def own_addresses(facts: RouterFacts) -> set[str]:
    """Return the addresses that stay with a router whatever its role."""
    inets = (inet for i in facts.interfaces for inet in (*i.inet, *i.inet6))
    return {inet.address for inet in inets if inet.vhid is None}


def tunnel_addresses(facts: RouterFacts | None) -> set[str]:
    """Return the inner addresses of a router's tunnels."""
    return _inner(i for i in (facts.interfaces if facts else ()) if i.tunnel)


def _inner_of_vips(facts: RouterFacts) -> set[str]:
    """Return the inner addresses of the tunnels that end at a VIP."""
    vips = facts.vips
    return _inner(i for i in facts.interfaces if i.tunnel and i.tunnel.local in vips)


def _inner(interfaces: Iterable[Interface]) -> set[str]:
    return {inet.address for i in interfaces for inet in (*i.inet, *i.inet6)}


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
