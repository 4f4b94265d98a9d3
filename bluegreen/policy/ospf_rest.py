"""OSPF of a pair at rest: who sticks, who is rightly down, whose default leads to the BACKUP."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bluegreen.model.facts import PairFacts, RouterFacts
from bluegreen.model.finding import Evidence, Finding, Fix, Severity
from bluegreen.model.finding_names import FindingName
from bluegreen.model.routing import Ospf
from bluegreen.policy.adjacency import full_of, ids_of, interface_of, standing, why_not
from bluegreen.policy.learned import DEFAULT, gateways_to, own_addresses, through

STUCK = ("Attempt", "Init", "ExStart", "Exchange")  # states that nobody stays in who is well
_SEE: Mapping[FindingName, tuple[str, str]] = {
    "ospf-mtu": ("see its MTU, then that of the far end", "ifconfig {}"),
    "ospf-one-way": ("see on both ends whether hellos go and come", "tcpdump -ni {} proto ospf"),
    "ospf-silent": ("see whether hellos go and come", "tcpdump -ni {} proto ospf"),
}


def at_rest(pair: PairFacts) -> tuple[Finding, ...]:
    """Return what is to be said of OSPF where nothing is under way."""
    found = (
        *(one for router in pair.observed() for one in _stuck(router, _peer_of(pair, router))),
        *rightly_down(pair),
        *(one for backup, master in _roles(pair) for one in _defaults(pair, backup, master)),
    )
    return tuple(dict.fromkeys(found))


def _peer_of(pair: PairFacts, router: RouterFacts) -> RouterFacts:
    """Return the other router; where it was not seen there is none to compare with but itself."""
    return pair.seen(pair.peer_name(router.name)) or router


def rightly_down(pair: PairFacts) -> tuple[Finding, ...]:
    """Return, of a router that serves nothing, which neighbours of the MASTER it need not have.

    Those behind a tunnel that ends at a VIP come with the role. One that nothing ties to it, and
    that is not Full all the same, is not Full after a switch either, unless that mends it.
    """
    return tuple(one for backup, master in _roles(pair) for one in _down_on(backup, master))


def _roles(pair: PairFacts) -> Iterator[tuple[RouterFacts, RouterFacts]]:
    """Yield a router that serves nothing, with its peer that serves."""
    both = pair.both()
    for backup, master in (both, both[::-1]) if both else ():
        if not backup.masters() and master.masters():
            yield backup, master


def _down_on(backup: RouterFacts, master: RouterFacts) -> Iterator[Finding]:
    if not isinstance(backup.ospf, Ospf) or not isinstance(master.ospf, Ospf):
        return
    ids = full_of(master.ospf) - ids_of(backup.ospf, master.ospf) - standing(backup.ospf)
    vips = master.vips
    for router_id in sorted(ids):
        here = [n for n in backup.ospf.neighbors if n.router_id == router_id]
        interface = interface_of(backup, master, router_id, here)
        ends_at = interface.tunnel.local if interface and interface.tunnel else ""
        if interface and ends_at in vips:
            yield _with_the_role(backup, router_id, interface.name, f"it ends at {ends_at}, a VIP")
        elif interface and not interface.is_up:
            yield _with_the_role(backup, router_id, interface.name, "its interface is down")
        else:
            where = interface.name if interface else None
            yield _to_be_seen(why_not(backup, master, router_id), backup, where)


def _with_the_role(backup: RouterFacts, router_id: str, interface: str | None, why: str) -> Finding:
    return Finding(
        "ospf-with-the-role",
        Severity.NOTE,
        f"{backup.name}: OSPF neighbour {router_id} on {interface} is rightly not Full on a "
        f"BACKUP: {why}",
        (Evidence(backup.name, f"{interface}: {why}"),),
        (Fix(backup.name, "nothing is to be done: it comes with the role of MASTER"),),
    )


def _stuck(mine: RouterFacts, other: RouterFacts) -> Iterator[Finding]:
    if not isinstance(mine.ospf, Ospf):
        return
    for neighbor in mine.ospf.neighbors:
        if neighbor.state in STUCK and neighbor.router_id not in standing(mine.ospf):
            found = why_not(mine, other, neighbor.router_id)
            yield _to_be_seen(found, mine, neighbor.interface)


def _to_be_seen(found: Finding, router: RouterFacts, interface: str | None) -> Finding:
    """Return it as a warning, with what to look at: it works now, with the others."""
    do, type_ = _SEE.get(found.name, _SEE["ospf-silent"])
    fix = Fix(router.name, do, type_.format(interface) if interface else "")
    return replace(found, severity=Severity.WARNING, fix=(fix,))


def _defaults(pair: PairFacts, backup: RouterFacts, master: RouterFacts) -> Iterator[Finding]:
    """Yield whose default leads to a router that serves nothing: it still announces one."""
    its = own_addresses(backup) - own_addresses(master)
    tables = ((master.name, master.routes), *((r.name, r.routes) for r in pair.outside.remotes))
    for who, routes in tables:
        gateways = gateways_to(routes, DEFAULT)
        if gateways and gateways <= its:
            yield replace(through(who, DEFAULT, gateways, backup), severity=Severity.WARNING)
