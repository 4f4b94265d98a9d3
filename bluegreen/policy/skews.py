"""Which advskew moves, keeps or gives back a role, a vhid at a time."""

from collections.abc import Iterable
from dataclasses import dataclass

from bluegreen.carp.predict import DRAIN_MARGIN as MARGIN
from bluegreen.carp.predict import DRAIN_MIN as FLOOR
from bluegreen.carp.predict import drain_value
from bluegreen.freebsd.commands import advertise_now, set_advskew
from bluegreen.model.command import Command, Guard
from bluegreen.model.facts import LocatedVhid, PairFacts, RouterFacts
from bluegreen.model.network import CarpState
from bluegreen.model.verdict import Verdict, all_of, holds, no

CEILING = 240  # CARP_MAXSKEW: at 240 both tie and nobody moves
PERSISTENT = 240  # what a router boots with before it is proven


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

    The old one where that yields to the peer, else the drain value; what is
    MASTER now is left as it is.
    """
    mine, peer, was = pair.seen(name), pair.seen(pair.peer_name(name)), before.seen(name)
    if not mine or not peer or not was:
        return ()
    wanted = []
    for drained in yielding(pair, name):
        if drained.vhid.carp.state is CarpState.MASTER:
            continue
        own, theirs = was.vhid(drained.vhid.group), peer.vhid(drained.vhid.group)
        yields = own and theirs and was.effective(own) > peer.effective(theirs)
        wanted.append(Wanted(drained.vhid, own.carp.advskew) if own and yields else drained)
    return tuple(wanted)


def with_room(pair: PairFacts, before: PairFacts, name: str) -> PairFacts:
    """Return the pair as if its peer had its old skews wherever no drain value fits now."""
    peer, was = pair.seen(pair.peer_name(name)), before.seen(pair.peer_name(name))
    tight = {w.vhid.group for w in yielding(pair, name) if w.advskew is None}
    if not peer or not was or not tight:
        return pair
    skews = {v.group: v.carp.advskew for v in was.vhids if v.group in tight}
    return pair.with_router(peer.with_skews(skews))


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
            wanted.append(Wanted(v, drain_value(peer_was.effective(theirs))))
        elif own and theirs:
            first = drain_value(was.effective(own))
            wanted.append(Wanted(v, None if first is None else drain_value(first)))
    return tuple(wanted)


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
