"""What `provision` would do to a pair that serves: which role would move, and what forbids it."""

from collections.abc import Iterator

from bluegreen.errors import BluegreenError
from bluegreen.freebsd.rcvhids import occurrences
from bluegreen.model.facts import PairFacts, RouterFacts, Unknown
from bluegreen.model.network import CarpState
from bluegreen.model.site import SiteFacts
from bluegreen.policy.rows import has_password
from bluegreen.policy.runtime import Wish, wishes
from bluegreen.policy.setting import Setting

SWITCH_FIRST = (
    "switch to its peer first (`bluegreen failover`), provision, then `bluegreen restore`"
)


def obstacles(pair: PairFacts, setting: Setting) -> Iterator[str]:
    """Yield every reason why a pair that serves cannot be changed as it is now."""
    both = pair.both()
    if both is None:
        return
    mine = {r.name: wishes(pair, r.name, setting) for r in both}
    for first, second in zip(mine[both[0].name], mine[both[1].name], strict=True):
        masters = [(r, w) for r, w in zip(both, (first, second), strict=True) if w.is_master]
        if len(masters) == 2:
            yield from _both_serve(both, (first, second), setting)
        elif masters:
            router, wish = masters[0]
            at = 1 if router is both[0] else 0
            other, waiting = both[at], (first, second)[at]
            if _served_before(pair, wish, setting):
                yield from _would_move(router, wish, other, waiting, setting)
            yield from _would_be_deaf(router, wish, other, waiting)
            yield from _other_password(router, wish, other, waiting, setting)


def _touched(name: str, setting: Setting) -> bool:
    """A spare that joins leaves the router that serves as it is."""
    return setting.joins in (None, name)


def _served_before(pair: PairFacts, wish: Wish, setting: Setting) -> bool:
    """Whether anybody served the vhid when the run began: what it made itself may settle."""
    if pair.before is None:
        return True
    return any(
        then.is_master
        for name in pair.names
        for then in wishes(pair.before, name, setting)
        if (then.vhid, {r.bare for r in then.rows}) == (wish.vhid, {r.bare for r in wish.rows})
    )


def _would_move(
    master: RouterFacts, serving: Wish, other: RouterFacts, waiting: Wish, setting: Setting
) -> Iterator[str]:
    about = f"vhid {serving.vhid}"
    if _touched(master.name, setting):
        yield from _unchangeable(master, serving)
    if _rank(other, waiting, setting) < _rank(master, serving, setting):
        skews = " and ".join(
            f"{r.name} advskew {_timing(r, w, setting)[1]}"
            for r, w in ((master, serving), (other, waiting))
        )
        yield (
            f"{about} would move from {master.name}, which serves it, to {other.name} ({skews}): "
            f"have {other.name} serve it first (`bluegreen failover`), or prefer {master.name}"
        )


def _unchangeable(master: RouterFacts, wish: Wish) -> Iterator[str]:
    about = f"{master.name} is MASTER of vhid {wish.vhid}"
    addresses = [row.address for row in wish.missing()] + list(wish.surplus())
    if addresses:
        yield (
            f"{about}: another list of addresses ({', '.join(addresses)}) would make it dark for "
            "3 s and both routers MASTER meanwhile: give the address a vhid of its own"
        )
    if wish.misfit():
        wrong = ", ".join(row.address for row in wish.misfit())
        yield f"{about}, and {wrong} has another prefix length there: {SWITCH_FIRST}"
    if wish.peers_differ():
        yield (
            f"{about} with other peers than wanted: while they change its peer hears nobody: "
            f"{SWITCH_FIRST}"
        )


def _timing(router: RouterFacts, wish: Wish, setting: Setting) -> tuple[int, int]:
    """Return advbase and advskew as they will be."""
    if wish.running and not _touched(router.name, setting):
        return wish.running.advbase, wish.running.advskew
    return wish.rows[0].advbase, wish.rows[0].advskew


def _rank(router: RouterFacts, wish: Wish, setting: Setting) -> tuple[int, int]:
    """Return what decides who serves (DEMOTE_ADVSKEW, ip_carp.c): less is faster."""
    advbase, advskew = _timing(router, wish, setting)
    demotion = router.carp.demotion if router.carp else 0
    return advbase, max(0, min(240, advskew + demotion))


def _would_be_deaf(
    master: RouterFacts, serving: Wish, other: RouterFacts, waiting: Wish
) -> Iterator[str]:
    """A router that does not hear the MASTER is MASTER beside it 3 s later."""
    assert serving.running is not None
    now, wanted = dict(serving.running.unicast_peers), dict(serving.peers())
    changes = waiting.running is None or waiting.peers_differ() or waiting.missing()
    if changes and now != wanted:
        told = ", ".join(now.values()) or "everybody (multicast)"
        needed = ", ".join(wanted.values()) or "everybody (multicast)"
        yield (
            f"vhid {serving.vhid}: {master.name} advertises to {told}, wanted {needed}: "
            f"{other.name} would not hear it, and be MASTER beside it"
        )
    if waiting.running is None and {i.address for i in serving.addresses} != {
        row.bare for row in waiting.rows
    }:
        yield (
            f"vhid {serving.vhid}: {master.name} serves "
            f"{', '.join(i.address for i in serving.addresses)}, and {other.name} would get "
            "another list: each would take the other's advertisements for forged, and both would "
            "be MASTER"
        )


def _other_password(
    master: RouterFacts, serving: Wish, other: RouterFacts, waiting: Wish, setting: Setting
) -> Iterator[str]:
    """A password of a pair that serves is not changed: until both have it, each hears nobody."""
    here, there = knows(master, serving, setting), knows(other, waiting, setting)
    if waiting.running is None and here is not True:
        how = "is not the one in the inventory" if here is False else "stands in no file"
        yield (
            f"vhid {serving.vhid}: its password on {master.name}, which serves, {how}: "
            f"{other.name} would not hear it, and be MASTER beside it"
        )
    elif waiting.running is not None and here is False and there is False:
        yield (
            f"vhid {serving.vhid}: neither router's files have the inventory's password; a pair "
            "that serves cannot change it: correct the inventory, or take one router out first"
        )


def knows(router: RouterFacts, wish: Wish, setting: Setting) -> bool | None:
    """Whether the files of a router have the wanted password for a vhid; None: they have none."""
    if isinstance(router.rc, Unknown) or not isinstance(router.site, SiteFacts):
        return None
    password = setting.passwords.get(wish.vhid)
    if password is None:
        return None
    try:
        places = occurrences(router.rc)
    except BluegreenError:
        return None
    lines = {f.path: f.lines for f in router.rc}
    wanted = {row.bare for row in wish.rows}
    said = [
        has_password(
            router.site,
            o.row.path,
            o.row.line,
            lines[o.row.path][o.row.line - 1],
            password,
        )
        for o in places
        if o.row.vhid == wish.vhid and wanted & set(o.row.addresses)
    ]
    return all(said) if said else None


def _both_serve(
    both: tuple[RouterFacts, RouterFacts], at: tuple[Wish, Wish], setting: Setting
) -> Iterator[str]:
    """Say what differs: nothing is changed while both are MASTER."""
    first, second = at
    why = []
    if {i.address for i in first.addresses} != {i.address for i in second.addresses}:
        why.append("their addresses differ")
    for router, wish in zip(both, at, strict=True):
        if wish.missing() or wish.surplus():
            why.append(f"{router.name} has not the wanted addresses")
        if wish.peers_differ():
            why.append(f"{router.name} has other peers than wanted")
        if knows(router, wish, setting) is False:
            why.append(f"{router.name} has another password in its files")
    reason = "; ".join(why) or "cable, switch or filter: nothing in their settings differs"
    yield (
        f"vhid {first.vhid} is MASTER on both routers: nothing is changed ({reason}). On one of "
        "them: `ifconfig IF vhid N state backup`, mend what differs, then provision again"
    )


def init_here(wish: Wish) -> bool:
    return wish.running is not None and wish.running.state is CarpState.INIT
