"""Orders that move roles, and orders that give back what moved them while nobody moves."""

from collections.abc import Callable, Collection

from bluegreen.model.facts import Group, PairFacts, RouterFacts
from bluegreen.model.verdict import Verdict, all_of, holds
from bluegreen.policy import advbase, lending
from bluegreen.policy.orders import by_service, order
from bluegreen.policy.setting import Setting
from bluegreen.policy.shield import unshield_orders
from bluegreen.policy.skews import (
    Wanted,
    changes,
    fit,
    flushed,
    hold_all,
    making_room,
    original,
    still,
    yielding,
)
from bluegreen.policy.takeover import rests_on
from bluegreen.policy.ways import ADVBASE, PREEMPT, odd, shared_out, way_to
from bluegreen.world import Order

Wish = Callable[[RouterFacts], tuple[Wanted, ...]]


# -- towards another MASTER --------------------------------------------------------


def yield_orders(
    pair: PairFacts,
    before: PairFacts,
    name: str,
    setting: Setting,
    groups: Collection[Group] | None = None,
) -> tuple[Order, ...]:
    """Have a router yield groups to its peer (None: all) in the way that fits the pair at rest."""
    facts, taker = pair.seen(name), pair.seen(pair.peer_name(name))
    was = before.seen(pair.peer_name(name))
    wanted = pair.groups() if groups is None else groups
    if not facts or not taker or not was:
        return ()
    way = way_to(before, taker.name, setting)
    if way and way.name == ADVBASE:
        return _by_advbase(pair, before, facts, wanted, setting)
    serves = any(v.group in wanted for v in facts.masters())
    if way and way.name == PREEMPT and serves:
        lent = lending.lend(taker, was, setting, lending.PREEMPT, 1)
    else:  # a boot may have taken a preempt away that no file sets
        lent = lending.reclaim(taker, was, setting, lending.PREEMPT)
    return order(taker, setting, *lent) or drain_orders(pair, before, name, setting, wanted)


def drained_orders(
    pair: PairFacts, before: PairFacts, name: str, setting: Setting
) -> tuple[Order, ...]:
    """Move what a router serves; then give back what moved it and is no skew."""
    facts = pair.seen(name)
    if not facts:
        return ()
    tidy = () if facts.masters() else tidy_orders(pair, before, setting)
    return tidy or yield_orders(pair, before, name, setting)


def _by_advbase(
    pair: PairFacts,
    before: PairFacts,
    facts: RouterFacts,
    groups: Collection[Group],
    setting: Setting,
) -> tuple[Order, ...]:
    """A router that preempts itself must yield by its skew as well, and that needs room."""
    preempts = facts.carp is not None and facts.carp.preempt
    tight = [w for w in yielding(pair, facts.name) if w.vhid.group in groups and w.advskew is None]
    if preempts and tight:
        return _room_orders(pair, before, facts.name, setting)
    return order(facts, setting, *advbase.relief(pair, facts.name, groups))


def drain_orders(
    pair: PairFacts,
    before: PairFacts | None,
    name: str,
    setting: Setting,
    groups: Collection[Group] | None = None,
) -> tuple[Order, ...]:
    """Raise a router's skews; where they cannot go any higher, make room below first."""
    facts = pair.seen(name)
    if not facts:
        return ()
    wanted = [w for w in yielding(pair, name) if groups is None or w.vhid.group in groups]
    if before and not fit(wanted):
        return _room_orders(pair, before, name, setting)
    return order(facts, setting, *flushed(changes(wanted)))


def _room_orders(
    pair: PairFacts, before: PairFacts, name: str, setting: Setting
) -> tuple[Order, ...]:
    who, wanted = making_room(pair, before, name)
    facts = pair.seen(who)
    return order(facts, setting, *changes(wanted)) if facts else ()


# -- back, while nobody moves ------------------------------------------------------


def tidy_orders(pair: PairFacts, before: PairFacts, setting: Setting) -> tuple[Order, ...]:
    """Give back what moved a role and is no skew: advbase, and net.inet.carp.preempt."""
    for facts in by_service(pair):
        was = before.seen(facts.name)
        commands = advbase.tidy(pair, before, facts.name)
        if was:
            commands += lending.reclaim(facts, was, setting, lending.PREEMPT)
        if commands:
            return order(facts, setting, *commands)
    return ()


def tidied(pair: PairFacts, before: PairFacts) -> Verdict:
    return all_of(
        [advbase.as_before(pair, before), lending.as_before(pair, before, lending.PREEMPT)]
    )


def skew_orders(
    pair: PairFacts, wish: Wish, setting: Setting, at_home: Callable[[Group], bool]
) -> tuple[Order, ...]:
    """Set skews, the MASTER's first and flushed, one router a time: () where all are set.

    A skew that would take a role from where it belongs waits until its peer's is set.
    """
    for facts in by_service(pair):
        wanted = (w for w in wish(facts) if not at_home(w.vhid.group) or still(pair, w, facts.name))
        commands = changes(wanted)
        if commands:
            serves = bool(facts.masters())
            return order(facts, setting, *(flushed(commands) if serves else commands))
    return ()


def park_orders(pair: PairFacts, wish: Wish, setting: Setting) -> tuple[Order, ...]:
    """Set skews while nobody moves, the BACKUP's first."""
    for facts in reversed(by_service(pair)):
        commands = changes(w for w in wish(facts) if still(pair, w, facts.name))
        if commands:
            return order(facts, setting, *commands)
    return ()


def home_orders(pair: PairFacts, before: PairFacts, setting: Setting) -> tuple[Order, ...]:
    """Bring roles, then advbase, preempt and every skew back to what they were."""
    for facts in by_service(pair):
        astray = [
            v.group for v in facts.masters() if _belongs_to_peer(pair, before, v.group, facts)
        ]
        if astray:
            return yield_orders(pair, before, facts.name, setting, astray)
    return (
        tidy_orders(pair, before, setting)
        or _settle_orders(pair, before, setting)
        or _count_again(pair, before, setting)
    )


def _settle_orders(pair: PairFacts, before: PairFacts, setting: Setting) -> tuple[Order, ...]:
    """Give every skew back, where that takes no role from where it was."""

    def wish(facts: RouterFacts) -> tuple[Wanted, ...]:
        return original(pair, before, facts.name)

    def at_home(group: Group) -> bool:
        return pair.masters_of(group) == before.masters_of(group)

    return skew_orders(pair, wish, setting, at_home)


def settled(pair: PairFacts, before: PairFacts) -> Verdict:
    """Whether every skew is what it was, where that moves nobody."""
    return all_of(
        hold_all(w for w in original(pair, before, name) if still(pair, w, name))
        for name in pair.names
    )


def _count_again(pair: PairFacts, before: PairFacts, setting: Setting) -> tuple[Order, ...]:
    """Have failed sends count again where a playbook without `standby` has left that."""
    orders = (unshield_orders(pair, before, r.name, setting) for r in by_service(pair))
    return next(filter(None, orders), ())


def _belongs_to_peer(pair: PairFacts, before: PairFacts, group: Group, facts: RouterFacts) -> bool:
    """Whether the peer served it at the start, and no skew that is given back moves it there."""
    peer = pair.peer_name(facts.name)
    return before.masters_of(group) == (peer,) and not _follows(pair, before, group, peer)


def _follows(pair: PairFacts, before: PairFacts, group: Group, name: str) -> bool:
    """Whether a router takes a group over by itself once it has its old skew."""
    was = before.seen(name)
    preempts = was is not None and was.carp is not None and was.carp.preempt
    return not odd(before, group) or (preempts and group in rests_on(pair, before, name))


# -- taking one switch back --------------------------------------------------------


def owed(pair: PairFacts, before: PairFacts, name: str) -> tuple[Group, ...]:
    """Return what a router must serve once its drain is taken back.

    Its old skew brings back what follows skews. Of the rest it gets what it
    served at the start, and where its peer served nothing then, all.
    """
    follows = rests_on(pair, before, name)
    some = shared_out(before)
    return tuple(
        g
        for g in pair.groups()
        if (odd(before, g) and (not some or before.masters_of(g) == (name,)))
        or (g in follows and not (odd(before, g) and some))
    )


def take_back_orders(
    pair: PairFacts, before: PairFacts, name: str, setting: Setting
) -> tuple[Order, ...]:
    """Undo a drain: give the skews back, and move by force what does not follow them."""
    facts, peer = pair.seen(name), pair.peer_name(name)
    if not facts:
        return ()
    missing = [
        g
        for g in owed(pair, before, name)
        if pair.masters_of(g) != (name,) and not _follows(pair, before, g, name)
    ]
    if missing:
        return yield_orders(pair, before, peer, setting, missing)
    given_up = advbase.given_up(pair, before, name)
    if given_up:
        return order(facts, setting, *given_up)

    def wish(router: RouterFacts) -> tuple[Wanted, ...]:
        return original(pair, before, name) if router.name == name else _raised(pair, before, name)

    def at_home(group: Group) -> bool:
        return group in owed(pair, before, name) and pair.masters_of(group) == (name,)

    return tidy_orders(pair, before, setting) or skew_orders(pair, wish, setting, at_home)


def _raised(pair: PairFacts, before: PairFacts, name: str) -> tuple[Wanted, ...]:
    """Return the old skews of the peer's that were changed to move a role back."""
    return tuple(
        w
        for w in original(pair, before, pair.peer_name(name))
        if odd(before, w.vhid.group) and pair.masters_of(w.vhid.group) == (name,)
    )


def taken_back(pair: PairFacts, before: PairFacts, name: str) -> Verdict:
    """Whether a router serves what it is owed, and has its skews where that moves nobody."""
    peer = pair.peer_name(name)
    mine = [w for w in original(pair, before, name) if still(pair, w, name)]
    theirs = [w for w in _raised(pair, before, name) if still(pair, w, peer)]
    return all_of(
        [
            *(
                holds(
                    w.holds, f"vhid {w.vhid}: advskew is {w.vhid.carp.advskew}, wanted {w.advskew}"
                )
                for w in (*mine, *theirs)
            ),
            tidied(pair, before),
            *(
                holds(pair.masters_of(group) == (name,), f"{name} has not taken {group} back")
                for group in owed(pair, before, name)
            ),
        ]
    )
