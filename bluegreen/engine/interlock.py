"""The last look before a command is sent. It refuses rather than trusts."""

from dataclasses import dataclass

from bluegreen.model.command import Effect
from bluegreen.model.facts import Floating, PairFacts, RouterFacts
from bluegreen.model.holding import is_mine, may_be_taken
from bluegreen.model.roles import dual, idle, seen, well
from bluegreen.model.system import JobState, Lock
from bluegreen.model.verdict import YES, Verdict, all_of, holds, no
from bluegreen.policy.floating import server_of
from bluegreen.world import Order

FRESH_S = 2.0
PROVIDER_FRESH_S = 10.0  # an API call moves a floating address within tens of seconds, not sooner
SETTLED_S = 2.0  # ifconfig writes back the state it read: never while an election runs


@dataclass(frozen=True, slots=True)
class Moment:
    """When a decision is made, against what was seen when."""

    now_s: float
    settled_s: float  # since when all observations show the same roles
    holder: Lock  # this run, as it stands in the routers' locks
    breaks: str | None = None  # the run whose lock the operator has us take


def fresh(pair: PairFacts, now_s: float) -> bool:
    """The observation *began* at most two seconds ago, on both routers."""
    return all(now_s - router.began_s <= FRESH_S for router in pair)


def current(order: Order, pair: PairFacts, now_s: float) -> bool:
    """What the order rests on is fresh: the routers, and the provider where it matters."""
    floating = pair.outside.floating
    matters = _has(order, Effect.DISRUPTIVE) or _has(order, Effect.PROVIDER)
    if matters and isinstance(floating, Floating) and now_s - floating.began_s > PROVIDER_FRESH_S:
        return False
    return fresh(pair, now_s)


def settled(order: Order, moment: Moment) -> bool:
    """No role has changed for two seconds, where that matters."""
    matters = _has(order, Effect.CARP) or _has(order, Effect.PROVIDER)
    return not matters or moment.now_s - moment.settled_s >= SETTLED_S


def permit(order: Order, pair: PairFacts, moment: Moment) -> Verdict:
    """Return yes, or no with every rule that the order breaks."""
    if all(command.effect is Effect.READ for command in order.commands):
        return all_of([])
    always = [
        holds(current(order, pair, moment.now_s), "what was seen is older than 2 s"),
        *(no(f"{group} is MASTER on both routers: frozen") for group in dual(pair)),
        holds(settled(order, moment), "a role changed less than 2 s ago"),
    ]
    if _has(order, Effect.PROVIDER):
        return all_of([*always, seen(pair), _follows(pair), *_both_ours(pair, moment.holder)])
    facts = pair.seen(order.router)
    if not facts:
        return no(f"{order.router} could not be observed")
    return all_of(
        [
            *always,
            _ours(order, facts, moment),
            *([_alone(order, pair)] if _has(order, Effect.DISRUPTIVE) else []),
        ]
    )


def _follows(pair: PairFacts) -> Verdict:
    """A floating address is moved to a MASTER that is sound, and nowhere else."""
    floating = pair.outside.floating
    if not isinstance(floating, Floating):
        return no("the provider cannot be asked where the floating address is")
    name = server_of(pair, floating.address)
    master = pair.seen(name) if name else None
    if not master:
        return no(f"{floating.address} is served by neither router alone")
    return all_of(
        [
            well(master),
            holds(floating.settled, f"{floating.address}: {floating.detail}"),
            holds(floating.router != name, f"{floating.address} is at {name} already"),
        ]
    )


def _both_ours(pair: PairFacts, holder: Lock) -> list[Verdict]:
    return [
        holds(is_mine(router.lock, holder), f"{router.name} is not locked by this run")
        for router in pair.both() or ()
    ]


def _has(order: Order, effect: Effect) -> bool:
    return any(command.effect is effect for command in order.commands)


def _ours(order: Order, facts: RouterFacts, moment: Moment) -> Verdict:
    """Everything but taking the lock itself needs it, here and on the router."""
    if facts.hidden:
        return no(f"{facts.name}: who holds it cannot be read: {facts.hidden.unknown}")
    taking = order.guard is None and all(
        command.effect in (Effect.READ, Effect.CONFIG) for command in order.commands
    )
    if facts.lock is None:
        return holds(taking, f"{facts.name} is not locked by this run")
    if taking and may_be_taken(facts.lock, moment.holder, moment.breaks):
        return YES
    return all_of(
        [
            holds(
                is_mine(facts.lock, moment.holder), f"{facts.name} is held by run {facts.lock.run}"
            ),
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
