"""What the kernel of a router must be told, so that it is what its files say."""

from collections.abc import Iterator
from dataclasses import dataclass

from bluegreen.errors import BluegreenError
from bluegreen.freebsd.rcedit import rc_name
from bluegreen.freebsd.rcvhids import RcVhid, occurrences
from bluegreen.freebsd.sitecommands import apply_vhid, drop_address, set_vhid
from bluegreen.model.command import Command
from bluegreen.model.facts import PairFacts, RouterFacts, Unknown
from bluegreen.model.network import CarpState, CarpVhid, Inet
from bluegreen.model.verdict import Verdict, all_of, holds, no
from bluegreen.policy.rows import Row, interface_of, rows_of
from bluegreen.policy.setting import Setting

MULTICAST = (("peer", "224.0.0.18"), ("peer6", "ff02::12"))


@dataclass(frozen=True, slots=True)
class Wish:
    """One vhid of one router: how it is to be, and how it is."""

    rows: tuple[Row, ...]
    running: CarpVhid | None
    addresses: tuple[Inet, ...]  # that carry the vhid now

    @property
    def interface(self) -> str:
        return self.rows[0].interface

    @property
    def vhid(self) -> int:
        return self.rows[0].vhid

    @property
    def is_master(self) -> bool:
        return self.running is not None and self.running.state is CarpState.MASTER

    def missing(self) -> tuple[Row, ...]:
        there = {inet.address for inet in self.addresses}
        return tuple(row for row in self.rows if row.bare not in there)

    def misfit(self) -> tuple[Row, ...]:
        """Return the rows whose address is there with another prefix length."""
        there = {inet.address: inet.prefixlen for inet in self.addresses}
        return tuple(r for r in self.rows if there.get(r.bare, r.prefixlen) != r.prefixlen)

    def surplus(self) -> tuple[str, ...]:
        wanted = {row.bare for row in self.rows}
        return tuple(i.address for i in self.addresses if i.address not in wanted)

    def peers_differ(self) -> bool:
        return self.running is not None and dict(self.running.unicast_peers) != dict(self.peers())

    def timing_differs(self) -> bool:
        row, now = self.rows[0], self.running
        return now is not None and (now.advbase, now.advskew) != (row.advbase, row.advskew)

    def peers(self) -> tuple[tuple[str, str], ...]:
        row = self.rows[0]
        return tuple((k, v) for k, v in (("peer", row.peer), ("peer6", row.peer6)) if v)


def wishes(pair: PairFacts, name: str, setting: Setting) -> tuple[Wish, ...]:
    """Return every vhid of the design as one router has it."""
    facts = pair.seen(name)
    if facts is None:
        return ()
    by_key: dict[tuple[str, int], list[Row]] = {}
    for row in rows_of(pair, name, setting):
        by_key.setdefault((row.interface, row.vhid), []).append(row)
    return tuple(_wish(facts, tuple(rows)) for rows in by_key.values())


def _wish(facts: RouterFacts, rows: tuple[Row, ...]) -> Wish:
    interface = interface_of(facts, rows[0].interface)
    number = rows[0].vhid
    if interface is None:
        return Wish(rows, None, ())
    running = next((c for c in interface.carp if c.vhid == number), None)
    carrying = (i for i in (*interface.inet, *interface.inet6) if i.vhid == number)
    return Wish(rows, running, tuple(carrying))


def vhid_commands(pair: PairFacts, name: str, setting: Setting) -> tuple[Command, ...]:
    """Return what makes the vhids of a router what they are to be; () where all are."""
    facts = pair.seen(name)
    if facts is None:
        return ()
    places = _places(facts)
    return tuple(c for wish in wishes(pair, name, setting) for c in _commands(wish, places))


def _commands(wish: Wish, places: dict[tuple[str, int, str], RcVhid]) -> Iterator[Command]:
    for row in wish.misfit():
        yield drop_address(row.interface, row.bare)
    for row in (*wish.misfit(), *wish.missing()):
        place = places.get((rc_name(row.interface), row.vhid, row.bare))
        if place is not None:
            yield apply_vhid(place.path, place.variable, row.interface)
    if wish.running and (wish.peers_differ() or wish.timing_differs()):
        yield set_vhid(wish.interface, wish.vhid, _words(wish))


def _words(wish: Wish) -> tuple[str, ...]:
    """Name both peers wherever one is not multicast, or is to become so."""
    row, running = wish.rows[0], wish.running
    assert running is not None
    words: list[str] = []
    if running.advbase != row.advbase:
        words += ["advbase", str(row.advbase)]
    if running.advskew != row.advskew:
        words += ["advskew", str(row.advskew)]
    wanted = {**dict(MULTICAST), **dict(wish.peers())}
    if wish.peers() or running.unicast_peers:
        words += [word for pair in wanted.items() for word in pair]
    return tuple(words)


def _places(facts: RouterFacts) -> dict[tuple[str, int, str], RcVhid]:
    if isinstance(facts.rc, Unknown):
        return {}
    try:
        found = occurrences(facts.rc)
    except BluegreenError:
        return {}
    return {
        (rc_name(o.row.interface), o.row.vhid, address): o.row
        for o in found
        for address in o.row.addresses
    }


def as_wanted(pair: PairFacts, name: str, setting: Setting) -> Verdict:
    """Every vhid of a router runs as its files say, and not only on paper."""
    facts = pair.seen(name)
    if facts is None:
        return no(f"{name}: could not be observed")
    return all_of(_as_wanted(name, wish) for wish in wishes(pair, name, setting))


def _as_wanted(name: str, wish: Wish) -> Verdict:
    about = f"{name}: vhid {wish.vhid}@{wish.interface}"
    if wish.running is None:
        return no(f"{about} is not there")
    lacking = ", ".join(r.address for r in (*wish.missing(), *wish.misfit()))
    row = wish.rows[0]
    return all_of(
        [
            holds(not lacking, f"{about} has no {lacking}"),
            holds(not wish.surplus(), f"{about} has {', '.join(wish.surplus())} as well"),
            holds(
                not wish.timing_differs(),
                f"{about} has advbase {wish.running.advbase} advskew {wish.running.advskew}, "
                f"wanted {row.advbase} and {row.advskew}",
            ),
            holds(not wish.peers_differ(), f"{about} has other peers than {wish.peers()}"),
            holds(wish.running.state is not CarpState.INIT, f"{about} is INIT"),
        ]
    )


def undo_vhids(
    pair: PairFacts, before: PairFacts, name: str, setting: Setting
) -> tuple[Command, ...]:
    """Remove what was not there, and give back what was."""
    facts, was = pair.seen(name), before.seen(name)
    if facts is None or was is None:
        return ()
    return tuple(
        command
        for now, then in zip(
            wishes(pair, name, setting), wishes(before, name, setting), strict=True
        )
        for command in _undone(now, then)
    )


def _undone(now: Wish, then: Wish) -> Iterator[Command]:
    had = {inet.address for inet in then.addresses}
    for inet in now.addresses:
        if inet.address not in had:
            yield drop_address(now.interface, inet.address)
    if now.running and then.running and _set(now.running) != _set(then.running):
        old = {**dict(MULTICAST), **dict(then.running.unicast_peers)}
        peers = then.running.unicast_peers or now.running.unicast_peers
        words = ("advbase", str(then.running.advbase), "advskew", str(then.running.advskew))
        named = tuple(word for pair in old.items() for word in pair) if peers else ()
        yield set_vhid(now.interface, now.vhid, (*words, *named))


def _set(carp: CarpVhid) -> tuple[int, int, tuple[tuple[str, str], ...]]:
    return carp.advbase, carp.advskew, carp.unicast_peers


def vhids_undone(pair: PairFacts, before: PairFacts, name: str, setting: Setting) -> Verdict:
    both = zip(wishes(pair, name, setting), wishes(before, name, setting), strict=True)
    return all_of(
        holds(
            (now.running is None) is (then.running is None)
            and {i.address for i in now.addresses} == {i.address for i in then.addresses}
            and not (now.running and then.running and _set(now.running) != _set(then.running)),
            f"{name}: vhid {now.vhid}@{now.interface} is not as it was",
        )
        for now, then in both
    )
