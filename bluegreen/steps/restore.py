"""Give every skew back, the MASTER's first, so that no restoration moves a role by accident."""

from dataclasses import dataclass

from bluegreen.freebsd.commands import drop_hold, hold_skews
from bluegreen.model.facts import PairFacts, RouterFacts
from bluegreen.model.roles import same_roles, seen
from bluegreen.model.verdict import Verdict, all_of, holds, no
from bluegreen.policy.floating import follow, followed, followed_layers, gave_up
from bluegreen.policy.holding import as_held, follows, given_back, lost, served_before
from bluegreen.policy.layers import Layers
from bluegreen.policy.lending import SENDERR, as_before
from bluegreen.policy.orders import by_service, order
from bluegreen.policy.setting import Setting
from bluegreen.policy.skews import Wanted, hold_all, original, parked
from bluegreen.policy.switching import (
    home_orders,
    park_orders,
    skew_orders,
    tidied,
    tidy_orders,
    yield_orders,
)
from bluegreen.policy.ways import explained
from bluegreen.world import Order, Quiet


@dataclass(frozen=True, slots=True)
class Restore(Quiet):
    """Skews and roles as at the start."""

    setting: Setting
    router: str = "pair"
    deadline_s: float = 180.0
    name = "restore"

    @property
    def goal(self) -> str:
        return "both routers have the skews and the roles that they had at the start"

    def ready(self, pair: PairFacts) -> Verdict:
        return seen(pair)

    def done(self, pair: PairFacts) -> Verdict:
        if not pair.before:
            return no("no baseline was recorded")
        before = pair.before
        return all_of(
            [
                seen(pair),
                *(hold_all(original(pair, before, name)) for name in pair.names),
                tidied(pair, before),
                as_before(pair, before, SENDERR),
                same_roles(pair, before),
                followed(pair, self.setting),
            ]
        )

    def layers(self, pair: PairFacts) -> Layers:
        before = pair.before
        return followed_layers(pair, self.setting, same_roles(pair, before)) if before else ()

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        if not pair.before:
            return ()
        given = home_orders(pair, pair.before, self.setting)
        return given or follow(pair, self.setting)

    def failure(self, pair: PairFacts) -> str | None:
        return gave_up(pair, self.setting)

    def undo(self, pair: PairFacts, before: PairFacts) -> tuple[Order, ...]:
        """Park both again, the BACKUP first: nothing moves, and both may be drained."""

        def wish(facts: RouterFacts) -> tuple[Wanted, ...]:
            return parked(pair, before, facts.name)

        return park_orders(pair, wish, self.setting)

    def undone(self, pair: PairFacts, before: PairFacts) -> Verdict:
        return all_of([seen(pair), *(hold_all(parked(pair, before, n)) for n in pair.names)])


@dataclass(frozen=True, slots=True)
class KeepSwitched(Quiet):
    """Stay switched on purpose, and write down on the router what to come back to."""

    setting: Setting
    router: str
    deadline_s: float = 30.0
    name = "hold"

    @property
    def goal(self) -> str:
        return f"{self.router} keeps its drained skew; what to come back to lies on it"

    def ready(self, pair: PairFacts) -> Verdict:
        return seen(pair)

    def done(self, pair: PairFacts) -> Verdict:
        facts = pair.seen(self.router)
        if not facts or not pair.before:
            return seen(pair)
        return holds(
            not self._differs(pair) or facts.hold is not None, f"{self.router}: no hold is written"
        )

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        facts = pair.seen(self.router)
        was = pair.before.seen(self.router) if pair.before else None
        if not facts or not was or not self._differs(pair):
            return ()
        kept = {(v.interface, v.carp.vhid): v.carp.advskew for v in was.vhids}
        served = lost(pair, pair.before, self.router) if pair.before else ()
        return order(
            facts,
            self.setting,
            hold_skews(self.setting.paths_of(self.router), self.setting.run, kept, served),
        )

    def undo(self, pair: PairFacts, before: PairFacts) -> tuple[Order, ...]:
        facts = pair.seen(self.router)
        if not facts or not facts.hold:
            return ()
        return order(facts, self.setting, drop_hold(self.setting.paths_of(self.router)))

    def undone(self, pair: PairFacts, before: PairFacts) -> Verdict:
        facts = pair.seen(self.router)
        return holds(facts is not None and facts.hold is None, f"{self.router}: hold is there")

    def _differs(self, pair: PairFacts) -> bool:
        before = pair.before
        if before is None:
            return False
        skews = hold_all(original(pair, before, self.router))
        return not skews or bool(lost(pair, before, self.router))


@dataclass(frozen=True, slots=True)
class Release(Quiet):
    """Give the held skews back, and with them the roles."""

    setting: Setting
    router: str = "pair"
    deadline_s: float = 180.0
    name = "release"

    @property
    def goal(self) -> str:
        return "the held skews are given back and nothing is held any more"

    def ready(self, pair: PairFacts) -> Verdict:
        return seen(pair)

    def done(self, pair: PairFacts) -> Verdict:
        before = pair.before
        if not before:
            return no("no baseline was recorded")
        return all_of(
            [
                seen(pair),
                *(holds(r.hold is None, f"{r.name} is still held") for r in pair.both() or ()),
                *(hold_all(given_back(pair, before, name)) for name in pair.names),
                tidied(pair, before),
                self._home(pair, before),
                followed(pair, self.setting),
            ]
        )

    def layers(self, pair: PairFacts) -> Layers:
        before = pair.before
        if not before:
            return ()
        skews = all_of(hold_all(given_back(pair, before, name)) for name in pair.names)
        home = all_of([seen(pair), skews, self._home(pair, before)])
        return followed_layers(pair, self.setting, home)

    def layers_back(self, pair: PairFacts, before: PairFacts) -> Layers:
        return followed_layers(pair, self.setting, same_roles(pair, before))

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        """Roles that no skew brings back first, then the skews, at last the notes of it."""
        before = pair.before
        if not before:
            return ()
        served = served_before(before)
        for group, name in served.items():
            if pair.masters_of(group) == (pair.peer_name(name),):
                groups = [g for g, n in served.items() if n == name]
                peer = pair.peer_name(name)
                return yield_orders(pair, before, peer, self.setting, groups)

        def wish(facts: RouterFacts) -> tuple[Wanted, ...]:
            return given_back(pair, before, facts.name)

        given = tidy_orders(pair, before, self.setting) or skew_orders(
            pair, wish, self.setting, lambda group: group in served
        )
        dropped = tuple(
            one
            for facts in by_service(pair)
            if facts.hold and self._home(pair, before)
            for one in order(facts, self.setting, drop_hold(self.setting.paths_of(facts.name)))
        )
        return given or dropped or follow(pair, self.setting)

    def failure(self, pair: PairFacts) -> str | None:
        return gave_up(pair, self.setting)

    def note(self, pair: PairFacts) -> str:
        rest = as_held(pair.before or pair)
        return explained(rest, self.setting.green, self.setting)

    def _home(self, pair: PairFacts, before: PairFacts) -> Verdict:
        return follows(pair, as_held(before), served_before(before))

    def undo(self, pair: PairFacts, before: PairFacts) -> tuple[Order, ...]:
        """Hold again what was held: the file first, then roles and skews."""
        for facts in by_service(pair):
            was = before.seen(facts.name)
            if was and was.hold and not facts.hold:
                kept = {(i, v): skew for i, v, skew in was.hold.skews}
                paths = self.setting.paths_of(facts.name)
                again = hold_skews(paths, was.hold.run, kept, was.hold.served)
                return order(facts, self.setting, again)
        return home_orders(pair, before, self.setting) or follow(pair, self.setting)

    def undone(self, pair: PairFacts, before: PairFacts) -> Verdict:
        held_before = [r.name for r in before.both() or () if r.hold]
        return all_of(
            [
                seen(pair),
                *(hold_all(original(pair, before, name)) for name in pair.names),
                *(
                    holds(bool((r := pair.seen(name)) and r.hold), f"{name} is not held again")
                    for name in held_before
                ),
                tidied(pair, before),
                same_roles(pair, before),
                followed(pair, self.setting),
            ]
        )
