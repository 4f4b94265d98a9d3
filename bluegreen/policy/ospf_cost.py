"""Whether OSPF leads others through a router, and what keeps them from it."""

from bluegreen.freebsd.ospf_costs import (
    COST_MAX,
    forget_costs,
    give_costs_back,
    raise_costs,
    save_costs,
)
from bluegreen.model.facts import PairFacts, RouterFacts
from bluegreen.model.routing import Ospf, OspfInterface
from bluegreen.model.verdict import Verdict, all_of, holds, no
from bluegreen.policy.learned import DEFAULT, gateways_to, tunnel_addresses
from bluegreen.policy.orders import order
from bluegreen.policy.setting import Setting
from bluegreen.world import Order

DAEMON_S = 30.0  # how long a daemon that does not answer is waited for; its costs end with it


def led_through(pair: PairFacts, name: str) -> bool:
    """Whether OSPF could lead anybody through a router: it has a Full neighbour beyond its peer.

    A tunnel that ends at a VIP has none on the router that does not serve. Only the costs of FRR
    and Quagga can be changed without their configuration: the others name no interfaces here.
    """
    ospf, peer = _ospf(pair.seen(name)), _ospf(pair.seen(pair.peer_name(name)))
    if ospf is None or not _running(ospf):
        return False
    its = peer.router_id if peer else None
    return any(n.full and n.router_id != its for n in ospf.neighbors)


def last_resort(pair: PairFacts, name: str, setting: Setting) -> Verdict:
    """Every way through a router costs the most there is, and no far end takes it."""
    facts = pair.seen(name)
    ospf = _ospf(facts)
    if facts is None or ospf is None:
        return no(f"{name}: OSPF cannot be read")
    return all_of(
        [
            holds(facts.costs is not None, f"{name}: what its links cost is not written down"),
            *(
                holds(i.cost == COST_MAX, f"{name}: {i.name} costs {i.cost}, not {COST_MAX}")
                for i in _running(ospf)
            ),
            *_ways(pair, name, setting),
        ]
    )


def avoiding(pair: PairFacts, name: str, setting: Setting) -> tuple[Order, ...]:
    """Write the costs down, then raise them."""
    facts = pair.seen(name)
    ospf = _ospf(facts)
    if facts is None or ospf is None:
        return ()
    if facts.costs is None:
        return order(facts, setting, save_costs(setting.paths_of(name)))
    low = tuple(dict.fromkeys(i.name for i in _running(ospf) if i.cost != COST_MAX))
    return order(facts, setting, *([raise_costs(low, facts.costs)] if low else []))


def inviting(pair: PairFacts, name: str, setting: Setting) -> tuple[Order, ...]:
    """Give the costs back; where no daemon runs there are none, and the note of them goes."""
    facts = pair.seen(name)
    if facts is None or facts.costs is None:
        return ()
    paths, ospf = setting.paths_of(name), _ospf(facts)
    if ospf is None:
        gone = pair.elapsed_s >= DAEMON_S
        return order(facts, setting, *([forget_costs(paths)] if gone else []))
    raised = tuple(dict.fromkeys(i.name for i in ospf.interfaces if i.cost == COST_MAX))
    return order(facts, setting, *give_costs_back(raised, facts.costs, paths))


def invited(pair: PairFacts, name: str) -> Verdict:
    facts = pair.seen(name)
    if facts is None:
        return no(f"{name} could not be observed")
    return holds(facts.costs is None, f"{name}: its OSPF costs have not been given back")


def _ospf(facts: RouterFacts | None) -> Ospf | None:
    ospf = facts.ospf if facts else None
    return ospf if isinstance(ospf, Ospf) else None


def _running(ospf: Ospf) -> tuple[OspfInterface, ...]:
    return tuple(i for i in ospf.interfaces if i.up and i.area is not None)


def _ways(pair: PairFacts, name: str, setting: Setting) -> list[Verdict]:
    """Judge by the far ends: their way must not lead to a tunnel that only this router has."""
    peer = pair.seen(pair.peer_name(name))
    only = tunnel_addresses(pair.seen(name)) - tunnel_addresses(peer)
    wanted = {route.remote: route.prefix for route in setting.remotes}
    return [
        no(_still(remote.name, destination, f"{name} ({gateway})"))
        for remote in pair.outside.remotes
        if remote.name in wanted
        for destination in dict.fromkeys((wanted[remote.name], DEFAULT))
        for gateway in sorted(gateways_to(remote.routes, destination) & only)
    ]


def _still(remote: str, destination: str, via: str) -> str:
    """Whether the routes of a far end can be read at all is asked by `converge`."""
    if destination != DEFAULT:
        return f"{remote} still reaches {destination} through {via}"
    return (
        f"{remote} still has its default through {via}, which announces one that costs do not "
        "move: `default-information originate`"
    )
