"""The last look before a command is sent. It refuses rather than trusts."""

from dataclasses import dataclass

from bluegreen.model.command import Effect
from bluegreen.model.facts import PairFacts, RouterFacts
from bluegreen.model.roles import dual, idle
from bluegreen.model.system import JobState
from bluegreen.model.verdict import Verdict, all_of, holds, no
from bluegreen.world import Order

FRESH_S = 2.0
SETTLED_S = 2.0  # ifconfig writes back the state it read: never while an election runs


@dataclass(frozen=True, slots=True)
class Moment:
    """When a decision is made, against what was seen when."""

    now_s: float
    settled_s: float  # since when all observations show the same roles
    run: str


def fresh(pair: PairFacts, now_s: float) -> bool:
    """The observation *began* at most two seconds ago, on both routers."""
    return all(now_s - router.began_s <= FRESH_S for router in pair)


def settled(order: Order, moment: Moment) -> bool:
    """No role has changed for two seconds, where that matters."""
    return not _has(order, Effect.CARP) or moment.now_s - moment.settled_s >= SETTLED_S


def permit(order: Order, pair: PairFacts, moment: Moment) -> Verdict:
    """Return yes, or no with every rule that the order breaks."""
    if all(command.effect is Effect.READ for command in order.commands):
        return all_of([])
    facts = pair.seen(order.router)
    if not facts:
        return no(f"{order.router} could not be observed")
    return all_of(
        [
            holds(fresh(pair, moment.now_s), "what was seen is older than 2 s"),
            *(no(f"{group} is MASTER on both routers: frozen") for group in dual(pair)),
            _ours(order, facts, moment.run),
            holds(settled(order, moment), "a role changed less than 2 s ago"),
            *([_alone(order, pair)] if _has(order, Effect.DISRUPTIVE) else []),
        ]
    )


def _has(order: Order, effect: Effect) -> bool:
    return any(command.effect is effect for command in order.commands)


def _ours(order: Order, facts: RouterFacts, run: str) -> Verdict:
    """Everything but taking the lock itself needs it, here and on the router."""
    if facts.hidden:
        return no(f"{facts.name}: who holds it cannot be read: {facts.hidden.unknown}")
    if facts.lock is None:
        only_config = all(c.effect in (Effect.READ, Effect.CONFIG) for c in order.commands)
        return holds(only_config and order.guard is None, f"{facts.name} is not locked by this run")
    return all_of(
        [
            holds(facts.lock.run == run, f"{facts.name} is held by run {facts.lock.run}"),
            holds(
                order.guard is not None and order.guard.lock is not None,
                "the order carries no guard of its own",
            ),
        ]
    )


def _alone(order: Order, pair: PairFacts) -> Verdict:
    """Disruptive commands go to an idle router, and never to both routers at once."""
    peer = pair.seen(pair.peer_name(order.router))
    busy = peer is not None and any(
        job.state is JobState.RUNNING and not job.name.startswith("stage") for job in peer.jobs
    )
    guard = order.guard
    return all_of(
        [
            idle(pair, order.router),
            holds(not busy, f"{peer.name if peer else 'its peer'} is being worked on"),
            holds(
                guard is not None and guard.masters == 0,
                "a disruptive order must have the router check that it is idle",
            ),
        ]
    )
