"""What a pair that was left switched on purpose comes back to."""

from collections.abc import Mapping

from bluegreen.model.facts import Group, PairFacts, RouterFacts
from bluegreen.model.roles import seen
from bluegreen.model.verdict import Verdict, all_of, holds
from bluegreen.policy.skews import Wanted, original
from bluegreen.policy.ways import odd


def held(facts: RouterFacts) -> tuple[Wanted, ...]:
    """Return the skews that a hold says to come back to."""
    kept = {(i, v): skew for i, v, skew in facts.hold.skews} if facts.hold else {}
    return tuple(
        Wanted(v, kept[v.interface, v.carp.vhid])
        for v in facts.vhids
        if (v.interface, v.carp.vhid) in kept
    )


def given_back(pair: PairFacts, before: PairFacts, name: str) -> tuple[Wanted, ...]:
    """Return the skews of a router that nothing holds: the held ones, else what it had."""
    facts, was = pair.seen(name), before.seen(name)
    if not facts or not was:
        return ()
    kept = {w.vhid.group: w.advskew for w in held(was)}
    return tuple(
        Wanted(w.vhid, kept.get(w.vhid.group, w.advskew)) for w in original(pair, before, name)
    )


def as_held(pair: PairFacts) -> PairFacts:
    """Return the pair as its holds say it was: with those skews."""
    for facts in pair.both() or ():
        skews = {w.vhid.group: w.advskew for w in held(facts) if w.advskew is not None}
        pair = pair.with_router(facts.with_skews(skews))
    return pair


def served_before(pair: PairFacts) -> Mapping[Group, str]:
    """Return who is to serve what no skew brings back, as it was written down."""
    return {
        v.group: facts.name
        for facts in pair.both() or ()
        if facts.hold
        for v in facts.vhids
        if (v.interface, v.carp.vhid) in facts.hold.served
    }


def lost(pair: PairFacts, before: PairFacts, name: str) -> tuple[tuple[str, int], ...]:
    """Return what a router served at the start, serves no more, and no skew brings back."""
    was = before.seen(name)
    return tuple(
        (v.interface, v.carp.vhid)
        for v in (was.masters() if was else ())
        if odd(before, v.group) and pair.masters_of(v.group) != (name,)
    )


def follows(pair: PairFacts, rest: PairFacts, served: Mapping[Group, str]) -> Verdict:
    """Each group is served by whose skew is faster, or by who is written down."""
    both = pair.both()
    if not both:
        return seen(pair)
    first, second = both
    return all_of(
        holds(
            pair.masters_of(v.group) == (_server(first, second, v.group, served),),
            f"{v.group}: the role has not followed the skew",
        )
        for v in first.vhids
        if second.vhid(v.group) and (v.group in served or not odd(rest, v.group))
    )


def _server(
    first: RouterFacts, second: RouterFacts, group: Group, served: Mapping[Group, str]
) -> str:
    if group in served:
        return served[group]
    here, there = first.vhid(group), second.vhid(group)
    assert here is not None
    assert there is not None
    quicker = (here.carp.advbase, first.effective(here)) < (
        there.carp.advbase,
        second.effective(there),
    )
    return (first if quicker else second).name
