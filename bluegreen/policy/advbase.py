"""The way round a peer that does not preempt: an interval so long that it gives the MASTER up.

A BACKUP with net.inet.carp.preempt=0 ignores a slower MASTER, but not one whose
interval exceeds three times its own advbase ("master will time out", carp_input_c,
ip_carp.c). The old advbase is given back as soon as the role has moved. A router
that preempts itself yields by its skew as well: else it would come back then.
"""

from collections.abc import Collection

from bluegreen.carp.predict import advbase_way
from bluegreen.freebsd.commands import advertise_now, set_advbase
from bluegreen.model.command import Command
from bluegreen.model.facts import Group, PairFacts
from bluegreen.model.network import CarpState
from bluegreen.model.verdict import Verdict, all_of, holds
from bluegreen.policy.skews import changes, yielding


def relief(pair: PairFacts, name: str, groups: Collection[Group]) -> tuple[Command, ...]:
    """Have a router yield what it serves of some groups."""
    mine, peer = pair.seen(name), pair.seen(pair.peer_name(name))
    if not mine or not peer:
        return ()
    raised = []
    for v in mine.masters():
        theirs = peer.vhid(v.group)
        way = advbase_way(theirs.carp.advbase) if theirs and v.group in groups else None
        if way is not None and v.carp.advbase < way:
            raised.append(set_advbase(v, way))
    slower: tuple[Command, ...] = ()
    if mine.carp and mine.carp.preempt:
        slower = changes(w for w in yielding(pair, name) if w.vhid.group in groups)
    return (*slower, *raised, advertise_now()) if raised or slower else ()


def tidy(pair: PairFacts, before: PairFacts, name: str) -> tuple[Command, ...]:
    """Give the old advbase back where the role is gone."""
    mine, was = pair.seen(name), before.seen(name)
    if not mine or not was:
        return ()
    return tuple(
        set_advbase(v, old.carp.advbase)
        for v in mine.vhids
        if v.carp.state is CarpState.BACKUP
        and (old := was.vhid(v.group))
        and v.carp.advbase != old.carp.advbase
    )


def given_up(pair: PairFacts, before: PairFacts, name: str) -> tuple[Command, ...]:
    """Give the old advbase back to a MASTER that never let go; it must say so at once."""
    mine, was = pair.seen(name), before.seen(name)
    if not mine or not was:
        return ()
    back = tuple(
        set_advbase(v, old.carp.advbase)
        for v in mine.masters()
        if (old := was.vhid(v.group)) and v.carp.advbase != old.carp.advbase
    )
    return (*back, advertise_now()) if back else ()


def as_before(pair: PairFacts, before: PairFacts) -> Verdict:
    """Every vhid has the advbase it had."""
    return all_of(
        holds(
            old is not None and v.carp.advbase == old.carp.advbase,
            f"{router.name}: vhid {v} has advbase {v.carp.advbase}",
        )
        for router in pair.both() or ()
        for was in [before.seen(router.name)]
        for v in router.vhids
        for old in [was.vhid(v.group) if was else None]
    )
