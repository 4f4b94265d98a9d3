"""Who must be an OSPF neighbour of whom, who rightly is none, and what keeps one from Full."""

from collections.abc import Iterator, Mapping

from bluegreen.model.facts import PairFacts, RouterFacts, Unknown
from bluegreen.model.finding import Evidence, Finding, Fix, Severity
from bluegreen.model.finding_names import FindingName
from bluegreen.model.network import Interface
from bluegreen.model.routing import Neighbor, Ospf
from bluegreen.model.verdict import YES, Verdict, all_of, found, holds, no
from bluegreen.policy.setting import Setting

_NARROW = "the two ends differ in their MTU, or long packets are lost"
MEANS: Mapping[str, str] = {  # RFC 2328, sections 10.1 and 10.6
    "Down": "nothing is heard of it any more",
    "Attempt": "nothing is heard of it",
    "Init": "it is heard and does not hear us: one-way",
    "2-Way": "both hear each other, and neither is DR or BDR",
    "ExStart": _NARROW,
    "Exchange": _NARROW,
}
_NAMES: Mapping[str, FindingName] = {
    "Down": "ospf-silent",
    "Attempt": "ospf-silent",
    "Init": "ospf-one-way",
    "ExStart": "ospf-mtu",
    "Exchange": "ospf-mtu",
}
_SILENT = "nothing is heard of it: nothing arrives, or area, timers or key differ"


def adjacencies_as(now: RouterFacts, was: RouterFacts, setting: Setting) -> Verdict:
    """Each neighbour that was Full stands again, but for the two routers themselves."""
    if setting.ospf is False or was.ospf is None:
        return YES
    if isinstance(was.ospf, Unknown):
        return no(f"OSPF was unknown at the start: {was.ospf.unknown}")
    if now.ospf is None or isinstance(now.ospf, Unknown):
        return no(f"{now.name}: OSPF cannot be read: {_unread(now.ospf)}")
    full = full_of(now.ospf)
    missing = sorted(full_of(was.ospf) - ids_of(now.ospf, was.ospf) - standing(now.ospf))
    return all_of(
        [
            found(shared_id(now, was)),
            found(why_not(now, was, router_id) for router_id in missing),
            holds(
                len(full) >= setting.min_neighbors,
                f"{now.name}: {len(full)} neighbours are Full, wanted {setting.min_neighbors}",
            ),
        ]
    )


def standby_adjacencies(pair: PairFacts, name: str, setting: Setting) -> Verdict:
    """A BACKUP has the neighbours that a BACKUP had; those that come with the role are rightly
    down."""
    now, was = pair.seen(name), pair.before.seen(name) if pair.before else None
    if setting.ospf is False or not now or not was or not isinstance(was.ospf, Ospf):
        return YES
    if not isinstance(now.ospf, Ospf):
        return no(f"{name}: OSPF cannot be read: {_unread(now.ospf)}")
    missing = sorted(_of_a_backup(pair, was) - ids_of(now.ospf, was.ospf) - standing(now.ospf))
    return found(why_not(now, was, router_id) for router_id in missing)


def _of_a_backup(pair: PairFacts, was: RouterFacts) -> set[str]:
    """Return who was Full with a router when it did not serve; of one that did, whom its peer,
    which did not, had as well. A tunnel that ends at a VIP is no BACKUP's to speak through."""
    behind = {i.name for i in was.interfaces if i.tunnel and i.tunnel.local in was.vips}
    known = was.ospf.neighbors if isinstance(was.ospf, Ospf) else ()
    mine = {n.router_id for n in known if n.full and n.interface not in behind}
    if not was.masters():
        return mine
    other = pair.before.seen(pair.before.peer_name(was.name)) if pair.before else None
    return mine & full_of(other.ospf if other else None)


def full_of(ospf: Ospf | Unknown | None) -> set[str]:
    return {n.router_id for n in ospf.neighbors if n.full} if isinstance(ospf, Ospf) else set()


def standing(ospf: Ospf) -> set[str]:
    """Return who is as near as it gets: Full; or 2-Way, where both are neither DR nor BDR on a
    network whose DR is Full (RFC 2328, section 10.4)."""
    with_dr = {n.interface for n in ospf.neighbors if n.full and n.role == "DR"}
    return {
        n.router_id
        for n in ospf.neighbors
        if n.full or (n.state == "2-Way" and n.role == "DROther" and n.interface in with_dr)
    }


def shared_ids(routers: tuple[RouterFacts, ...]) -> tuple[Finding, ...]:
    """Return the same of routers at rest; an id that both have is told once."""
    first, last = routers[0], routers[-1]
    mine = shared_id(first, last)
    return mine if _id(first) == _id(last) else (*mine, *shared_id(last, first))


def _id(router: RouterFacts) -> str | None:
    return router.ospf.router_id if isinstance(router.ospf, Ospf) else None


def shared_id(now: RouterFacts, was: RouterFacts) -> tuple[Finding, ...]:
    """Return that a router-id is a VIP, or the other router's: neighbours take the two for one."""
    mine, vips = _id(now), now.vips | was.vips
    its = _id(was) if was.name != now.name else None
    if mine is None or (mine not in vips and mine != its):
        return ()
    what = "is a VIP: after a switch both routers would have it" if mine in vips else ""
    return (
        Finding(
            "ospf-router-id",
            Severity.CRITICAL,
            f"{now.name}: its OSPF router-id {mine} {what or f'is that of {was.name} as well'}",
            (Evidence(now.name, f"router-id {mine}"),),
            (Fix(now.name, "give each router a router-id of its own that is no VIP"),),
        ),
    )


def why_not(now: RouterFacts, was: RouterFacts, router_id: str) -> Finding:
    """Return what keeps a neighbour that ``was`` had from being Full on ``now``, as far as seen."""
    ospf = now.ospf if isinstance(now.ospf, Ospf) else Ospf("", None, ())
    here = [n for n in ospf.neighbors if n.router_id == router_id]
    interface = interface_of(now, was, router_id, here)
    where = f" on {interface.name}" if interface else ""
    states = ", ".join(dict.fromkeys(n.state for n in here)) or "not there"
    means = [*dict.fromkeys(MEANS[n.state] for n in here if n.state in MEANS)]
    state = here[0].state if here else "Down"
    if interface and not interface.is_up:
        means = [f"{interface.name} is down here"]
    elif not here:
        means = [_SILENT]
    says = f"{now.name}: OSPF neighbour {router_id}{where} is {states}"
    return Finding(
        _NAMES.get(state, "ospf-adjacency"),
        Severity.CRITICAL,
        ": ".join([says, *means, *_other_mtu(state, interface, was)]),
        (Evidence(now.name, f"{router_id}{where}: {states}"),),
    )


def interface_of(
    now: RouterFacts, was: RouterFacts, router_id: str, here: list[Neighbor]
) -> Interface | None:
    """Return where a neighbour is spoken to here; a tunnel is known by its far end."""
    names = {n.interface for n in here}
    if names - {None}:
        return next((i for i in now.interfaces if i.name in names), None)
    before = was.ospf.neighbors if isinstance(was.ospf, Ospf) else ()
    there = next((n.interface for n in before if n.router_id == router_id), None)
    its = next((i for i in was.interfaces if i.name == there), None)
    if its and its.tunnel:
        ends = (i for i in now.interfaces if i.tunnel)
        return next((i for i in ends if i.tunnel and i.tunnel.remote == its.tunnel.remote), None)
    return next((i for i in now.interfaces if i.name == there), None) if its else None


def _other_mtu(state: str, interface: Interface | None, was: RouterFacts) -> Iterator[str]:
    """Yield the two MTUs where they say it all: this router's, and the one that worked."""
    if state not in ("ExStart", "Exchange") or not interface or not interface.tunnel:
        return
    for its in was.interfaces:
        same = its.tunnel and its.tunnel.remote == interface.tunnel.remote
        if same and its.mtu != interface.mtu:
            yield f"{interface.name} has MTU {interface.mtu}, {its.name} of {was.name} {its.mtu}"


def ids_of(*of: Ospf) -> set[str]:
    """Return the router-ids of the two themselves, who need not be neighbours."""
    return {ospf.router_id for ospf in of if ospf.router_id}


def _unread(ospf: Ospf | Unknown | None) -> str:
    return ospf.unknown if isinstance(ospf, Unknown) else "no daemon answers"
