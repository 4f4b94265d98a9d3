"""Which advskew moves, keeps or gives back a role, a vhid at a time."""

from collections.abc import Iterable
from dataclasses import dataclass

from bluegreen.carp.predict import DRAIN_MARGIN as MARGIN
from bluegreen.carp.predict import DRAIN_MIN as FLOOR
from bluegreen.carp.predict import drain_value
from bluegreen.freebsd.commands import advertise_now, set_advskew
from bluegreen.model.command import Command, Guard
from bluegreen.model.facts import Group, LocatedVhid, PairFacts, RouterFacts
from bluegreen.model.network import CarpState
from bluegreen.model.verdict import Verdict, all_of, holds, no

CEILING = 240  # CARP_MAXSKEW: at 240 both tie and nobody moves
PERSISTENT = 240  # what a router boots with before it is proven
ROOM = 180  # what a taker whose own skew leaves none is given: 200 and 220 fit above it
OUT_OF_THE_WAY = 100  # what a MASTER slower than that is given before


@dataclass(frozen=True, slots=True)
class Wanted:
    """The skew that one vhid is to have."""

    vhid: LocatedVhid
    advskew: int | None  # None: no value fits

    @property
    def holds(self) -> bool:
        return self.vhid.carp.advskew == self.advskew


def yielding(pair: PairFacts, name: str) -> tuple[Wanted, ...]:
    """Return for each vhid of a router the skew at which it yields to its peer as it is now."""
    mine, peer = pair.seen(name), pair.seen(pair.peer_name(name))
    if not mine or not peer:
        return ()
    wanted = []
    for v in mine.vhids:
        theirs = peer.vhid(v.group)
        if theirs:
            peer_effective = peer.effective(theirs)
            settled = peer_effective + MARGIN <= v.carp.advskew < CEILING and (
                v.carp.advskew >= FLOOR
            )
            wanted.append(Wanted(v, v.carp.advskew if settled else drain_value(peer_effective)))
    return tuple(wanted)


def resting(pair: PairFacts, before: PairFacts, name: str) -> tuple[Wanted, ...]:
    """Return the skew at which each vhid backs its peer up.

    The old one where that yields to the peer, or takes nothing without preempt, else the
    drain value; what is MASTER now is left as it is.
    """
    mine, peer, was = pair.seen(name), pair.seen(pair.peer_name(name)), before.seen(name)
    if not mine or not peer or not was:
        return ()
    wanted = []
    for drained in yielding(pair, name):
        if drained.vhid.carp.state is CarpState.MASTER:
            continue
        own, theirs = was.vhid(drained.vhid.group), peer.vhid(drained.vhid.group)
        slower = own and theirs and was.effective(own) > peer.effective(theirs)
        yields = slower or not _preempts(mine, was)
        demoted = peer.carp is not None and peer.carp.demotion > 0
        if demoted and drained.advskew is None:
            wanted.append(drained)  # it serves, and will be as fast as it was once that is over
        elif own and yields:
            wanted.append(Wanted(drained.vhid, own.carp.advskew))
        elif drained.advskew is None:  # at the most there is, it takes nothing from anybody
            wanted.append(Wanted(drained.vhid, PERSISTENT))
        else:
            wanted.append(drained)
    return tuple(wanted)


def _preempts(*pictures: RouterFacts) -> bool:
    """Whether a router did or does take over from a slower MASTER; unknown is a yes."""
    return any(facts.carp is None or facts.carp.preempt for facts in pictures)


def with_room(pair: PairFacts, before: PairFacts, name: str) -> PairFacts:
    """Return the pair as if its peer were fast enough wherever no drain value fits now.

    Its old skew where one fits above that, else one that leaves room. A peer that
    is demoted is left alone: see what demoted it.
    """
    peer = pair.seen(pair.peer_name(name))
    tight = {w.vhid.group for w in yielding(pair, name) if w.advskew is None}
    if not peer or not peer.carp or not tight or peer.carp.demotion > 0:
        return pair
    return pair.with_router(peer.with_skews({g: _roomy(peer.name, before, g) for g in tight}))


def _roomy(name: str, before: PairFacts, group: Group) -> int:
    was = before.seen(name)
    old = was.vhid(group) if was else None
    if was and old and drain_value(was.effective(old)) is not None:
        return old.carp.advskew
    return ROOM


def making_room(pair: PairFacts, before: PairFacts, name: str) -> tuple[str, tuple[Wanted, ...]]:
    """Return whose skews to change, and how, so that a drain value fits; nobody moves by it.

    A MASTER that is slower than what the taker gets is made faster first.
    """
    mine, peer = pair.seen(name), with_room(pair, before, name).seen(pair.peer_name(name))
    now = pair.seen(pair.peer_name(name))
    if not mine or not peer or not now:
        return name, ()
    lowered = [(v, old) for v in peer.vhids if (old := now.vhid(v.group)) and v.carp != old.carp]
    first = tuple(
        Wanted(own, OUT_OF_THE_WAY)
        for v, _ in lowered
        if v.carp.advskew == ROOM
        and (own := mine.vhid(v.group))
        and own.carp.state is CarpState.MASTER
        and mine.effective(own) > ROOM
    )
    if first:
        return name, first
    return peer.name, tuple(Wanted(old, v.carp.advskew) for v, old in lowered)


def still(pair: PairFacts, wanted: Wanted, name: str) -> bool:
    """Whether giving a vhid this skew moves no role that would not move anyway."""
    mine, peer = pair.seen(name), pair.seen(pair.peer_name(name))
    theirs = peer.vhid(wanted.vhid.group) if peer else None
    if not mine or not peer or not theirs or wanted.advskew is None:
        return True
    then = mine.with_skews({wanted.vhid.group: wanted.advskew})
    return _moves((mine, peer), wanted.vhid.group) or not _moves((then, peer), wanted.vhid.group)


def _moves(both: tuple[RouterFacts, RouterFacts], group: Group) -> bool:
    """Whether a BACKUP of the group preempts as things are."""
    for backup, master in (both, both[::-1]):
        own, other = backup.vhid(group), master.vhid(group)
        if not own or not other or own.carp.state is CarpState.MASTER:
            continue
        faster = (own.carp.advbase, backup.effective(own)) < (
            other.carp.advbase,
            master.effective(other),
        )
        if faster and backup.carp and backup.carp.preempt:
            return True
    return False


def original(pair: PairFacts, before: PairFacts, name: str) -> tuple[Wanted, ...]:
    """Return for each vhid of a router the skew it had."""
    mine, was = pair.seen(name), before.seen(name)
    if not mine or not was:
        return ()
    return tuple(Wanted(v, found.carp.advskew) for v in mine.vhids if (found := was.vhid(v.group)))


def parked(pair: PairFacts, before: PairFacts, name: str) -> tuple[Wanted, ...]:
    """Return the skews of a run's resting point: whoever is MASTER stays it, and both may move.

    The MASTER parks as if it had been drained first, its peer as if second.
    """
    mine, was = pair.seen(name), before.seen(name)
    peer_was = before.seen(pair.peer_name(name))
    if not mine or not was or not peer_was:
        return ()
    wanted = []
    for v in mine.vhids:
        own, theirs = was.vhid(v.group), peer_was.vhid(v.group)
        if own and theirs and v.carp.state is CarpState.MASTER:
            wanted.append(Wanted(v, _drained_twice(peer_was.effective(theirs))[0]))
        elif own and theirs:
            wanted.append(Wanted(v, _drained_twice(was.effective(own))[1]))
    return tuple(wanted)


def _drained_twice(backup: int) -> tuple[int, int]:
    """Return what a MASTER is drained to beside a BACKUP of this skew, and the BACKUP then.

    Where no second value fits, the lowest two: the BACKUP stays the slower one.
    """
    first = drain_value(backup)
    second = None if first is None else drain_value(first)
    return (FLOOR, FLOOR + MARGIN) if first is None or second is None else (first, second)


def changes(wanted: Iterable[Wanted]) -> tuple[Command, ...]:
    """Return the commands for those that differ; a value already set is not written again."""
    return tuple(
        set_advskew(w.vhid, w.advskew) for w in wanted if w.advskew is not None and not w.holds
    )


def flushed(commands: tuple[Command, ...]) -> tuple[Command, ...]:
    """Advertise last, and only if every change before it succeeded (one script)."""
    return (*commands, advertise_now()) if commands else ()


def hold_all(wanted: Iterable[Wanted]) -> Verdict:
    return all_of(
        holds(
            w.holds,
            f"vhid {w.vhid}: advskew is {w.vhid.carp.advskew}, wanted {w.advskew}",
        )
        for w in wanted
    )


def fit(wanted: Iterable[Wanted]) -> Verdict:
    return all_of(
        holds(
            w.advskew is not None,
            f"vhid {w.vhid}: no skew below {CEILING} is slower than the peer's by {MARGIN}",
        )
        for w in wanted
    )


def as_listed(now: RouterFacts, before: RouterFacts) -> Verdict:
    """The set of vhids, their addresses and peers are as before: nothing was made or lost."""
    then = {(str(v), v.group, v.carp.peer, v.carp.peer6) for v in before.vhids}
    today = {(str(v), v.group, v.carp.peer, v.carp.peer6) for v in now.vhids}
    if then == today:
        return all_of([])
    gone, new = (
        ", ".join(
            sorted(" peer ".join(filter(None, (f"vhid {k}", *peers))) for k, _, *peers in found)
        )
        for found in (then - today, today - then)
    )
    return no(f"{now.name}: vhids or peers changed: was {gone or 'none'}, is {new or 'none'}")


def guard(facts: RouterFacts, lock: tuple[str, str], marker: str | None = None) -> Guard:
    """Return what the router must still find true of itself when the command arrives."""
    return Guard(
        masters=len(facts.masters()), backups=len(facts.backups()), lock=lock, marker=marker
    )
