"""Will the peer take over? Asked of the CARP model before anything is sent."""

from dataclasses import replace

from bluegreen.carp.predict import Speaker, advbase_way, drain_value, will_take_over
from bluegreen.model.facts import Group, LocatedVhid, PairFacts, RouterFacts
from bluegreen.model.finding import Evidence
from bluegreen.model.network import CarpState
from bluegreen.model.verdict import YES, Verdict, all_of, no, shown_by
from bluegreen.policy.serving import shown
from bluegreen.policy.setting import Setting
from bluegreen.policy.skews import ROOM
from bluegreen.policy.ways import ADVBASE, ADVSKEW, PREEMPT, no_way, way_to


def peer_would_take_over(
    pair: PairFacts, name: str, setting: Setting | None = None, and_back: bool = False
) -> Verdict:
    """Predict a drain of the named router, all its groups, and of its peer afterwards.

    Without a setting by advskew alone; else in the way that fits the pair at rest.
    """
    mine, peer = pair.seen(name), pair.seen(pair.peer_name(name))
    if not mine or not peer:
        return no(f"{name} and its peer must both be observed")
    if not mine.carp or not peer.carp:
        return no("carp(4) is not loaded on both routers")
    there, back = ADVSKEW, ADVSKEW
    if setting:
        rest = pair.before or pair
        ways = way_to(rest, peer.name, setting), way_to(rest, name, setting)
        lacking = [
            no_way(rest, taker, setting)
            for way, taker in zip(ways, (peer.name, name), strict=True)
            if way is None and (taker != name or and_back)
        ]
        if lacking:
            return all_of(lacking)
        there, back = (way.name if way else ADVSKEW for way in ways)
    return all_of(_takes(mine, peer, v, (there, back if and_back else None)) for v in mine.vhids)


def _takes(
    mine: RouterFacts, peer: RouterFacts, v: LocatedVhid, ways: tuple[str, str | None]
) -> Verdict:
    theirs = peer.vhid(v.group)
    if not theirs:
        return no(f"{peer.name} has no {v.group}")
    there, back = ways
    verdict, first, second = _switched(v, _speaker(mine, v), _speaker(peer, theirs), there)
    if not verdict or back is None:
        return verdict
    return _switched(theirs, second, replace(first, demotion=0), back)[0]


def _switched(
    v: LocatedVhid, giver: Speaker, taker: Speaker, way: str
) -> tuple[Verdict, Speaker, Speaker]:
    """Return whether the taker takes over, and what both are like afterwards."""
    if drain_value(taker.effective) is None and taker.demotion <= 0:
        taker = replace(taker, advskew=ROOM, demotion=0)
    value = drain_value(taker.effective)
    master, backup = replace(giver, state=CarpState.MASTER), replace(taker, state=CarpState.BACKUP)
    if way == ADVBASE:
        base = advbase_way(taker.advbase)
        raised = replace(master, advbase=base or giver.advbase)
        verdict = will_take_over(raised, backup, giver.advskew)
        drained = replace(giver, advskew=value) if giver.preempt and value else giver
        stays = YES if value is not None or not giver.preempt else _no_room(v, taker)
        return all_of([verdict, stays]), drained, taker
    if value is None:
        return _no_room(v, taker), giver, taker
    backup = replace(backup, preempt=backup.preempt or way == PREEMPT)
    return will_take_over(master, backup, value), replace(giver, advskew=value), taker


def _no_room(v: LocatedVhid, peer: Speaker) -> Verdict:
    return no(
        f"vhid {v}: {peer.name} advertises an effective skew of {peer.effective} (advskew "
        f"{peer.advskew}, demotion {peer.demotion}): no drain value fits between it and 240"
    )


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


def held_back(pair: PairFacts) -> Verdict:
    """Every BACKUP is one by its skew: who would relieve its MASTER, and does not, is not well."""
    both = pair.both()
    if not both:
        return YES
    ways = (both, (both[1], both[0]))
    return all_of(_as_the_skews_say(*way, v) for way in ways for v in way[0].masters())


def _as_the_skews_say(master: RouterFacts, backup: RouterFacts, v: LocatedVhid) -> Verdict:
    theirs = backup.vhid(v.group)
    if theirs is None:
        return YES
    serves, waits = _speaker(master, v), _speaker(backup, theirs)
    if not will_take_over(serves, waits, serves.advskew):
        return YES
    return shown_by(
        no(
            f"{backup.name} is BACKUP of {v.group}, and by its effective skew would be MASTER "
            f"({waits.effective}, {master.name} has {serves.effective}): it does not hear "
            f"{master.name}, or something holds it back"
        ),
        Evidence(backup.name, shown(theirs)),
        Evidence(master.name, shown(v)),
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
