"""The way round a peer that does not preempt: an interval so long that it gives the MASTER up.

A BACKUP with net.inet.carp.preempt=0 ignores a slower MASTER, but not one whose
interval exceeds three times its own advbase ("master will time out", carp_input_c,
ip_carp.c). The old advbase is given back as soon as the role has moved: nothing
preempts there, so nothing moves back.
"""

from bluegreen.carp.predict import advbase_way
from bluegreen.freebsd.commands import advertise_now, set_advbase
from bluegreen.model.command import Command
from bluegreen.model.facts import PairFacts
from bluegreen.model.network import CarpState
from bluegreen.model.verdict import Verdict, all_of, holds, no
from bluegreen.policy.setting import Setting

WAY = "advbase"


def applies(pair: PairFacts, setting: Setting) -> bool:
    """The playbook allows this way, and neither router preempts."""
    both = pair.both()
    return (
        WAY in setting.ways
        and both is not None
        and not any(router.carp and router.carp.preempt for router in both)
    )


def possible(pair: PairFacts) -> Verdict:
    """Both take part, one serves everything, and there is an advbase that is long enough."""
    both = pair.both()
    if not both:
        return no("both routers must be observed")
    return all_of(
        [
            *(
                holds(bool(r.carp and r.carp.allow), f"{r.name} takes no part in CARP")
                for r in both
            ),
            holds(
                not all(r.masters() for r in both),
                "each router serves something, and neither preempts: not supported",
            ),
            *(
                holds(
                    advbase_way(v.carp.advbase) is not None,
                    f"{r.name}: no advbase exceeds vhid {v}",
                )
                for r in both
                for v in r.vhids
            ),
        ]
    )


def relief(pair: PairFacts, name: str) -> tuple[Command, ...]:
    """Have a router yield what it serves."""
    mine, peer = pair.seen(name), pair.seen(pair.peer_name(name))
    if not mine or not peer:
        return ()
    raised = []
    for v in mine.masters():
        theirs = peer.vhid(v.group)
        way = advbase_way(theirs.carp.advbase) if theirs else None
        if way is not None and v.carp.advbase < way:
            raised.append(set_advbase(v, way))
    return (*raised, advertise_now()) if raised else ()


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
