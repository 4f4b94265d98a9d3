"""Will the peer take over? Asked of the CARP model before anything is sent."""

from dataclasses import replace

from bluegreen.carp.predict import Speaker, drain_value, will_take_over
from bluegreen.model.facts import Group, LocatedVhid, PairFacts, RouterFacts
from bluegreen.model.network import CarpState
from bluegreen.model.verdict import Verdict, all_of, no


def peer_would_take_over(pair: PairFacts, name: str, and_back: bool = False) -> Verdict:
    """Predict a drain of the named router, all its groups, and of its peer afterwards."""
    mine, peer = pair.seen(name), pair.seen(pair.peer_name(name))
    if not mine or not peer:
        return no(f"{name} and its peer must both be observed")
    if not mine.carp or not peer.carp:
        return no("carp(4) is not loaded on both routers")
    return all_of(_takes(mine, peer, v, and_back) for v in mine.vhids)


def _takes(mine: RouterFacts, peer: RouterFacts, v: LocatedVhid, and_back: bool) -> Verdict:
    theirs = peer.vhid(v.group)
    if not theirs:
        return no(f"{peer.name} has no {v.group}")
    first, second = _speaker(mine, v), _speaker(peer, theirs)
    value = drain_value(second.effective)
    if value is None:
        return _no_room(v, second)
    there = will_take_over(_as(first, CarpState.MASTER), _as(second, CarpState.BACKUP), value)
    if not there or not and_back:
        return there
    drained = replace(first, advskew=value, demotion=0)
    back = drain_value(drained.effective)
    if back is None:
        return _no_room(theirs, drained)
    return will_take_over(_as(second, CarpState.MASTER), _as(drained, CarpState.BACKUP), back)


def _no_room(v: LocatedVhid, peer: Speaker) -> Verdict:
    return no(
        f"vhid {v}: {peer.name} advertises an effective skew of {peer.effective} (advskew "
        f"{peer.advskew}, demotion {peer.demotion}): no drain value fits between it and 240"
    )


def _as(speaker: Speaker, state: CarpState) -> Speaker:
    return replace(speaker, state=state)


def _speaker(router: RouterFacts, v: LocatedVhid) -> Speaker:
    carp = router.carp
    return Speaker(
        advbase=v.carp.advbase,
        advskew=v.carp.advskew,
        demotion=carp.demotion if carp else 0,
        preempt=carp.preempt if carp else False,
        allow=carp.allow if carp else False,
        state=v.carp.state,
        name=router.name,
    )


def rests_on(pair: PairFacts, before: PairFacts, name: str) -> tuple[Group, ...]:
    """Return the groups that a router with its old skews would be MASTER of, its peer as now."""
    mine, peer = before.seen(name), pair.seen(pair.peer_name(name))
    if not mine or not peer:
        return ()
    return tuple(
        v.group
        for v in mine.vhids
        if (theirs := peer.vhid(v.group))
        and (v.carp.advbase, mine.effective(v)) < (theirs.carp.advbase, peer.effective(theirs))
    )
