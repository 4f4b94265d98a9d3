"""Give every skew back, the MASTER's first, so that no restoration moves a role by accident."""

from dataclasses import dataclass

from bluegreen.freebsd.commands import drop_hold, hold_skews
from bluegreen.model.facts import PairFacts, RouterFacts
from bluegreen.model.roles import same_roles, seen
from bluegreen.model.verdict import Verdict, all_of, holds, no
from bluegreen.policy import advbase
from bluegreen.policy.boot import by_service, order, restore_orders, skew_orders
from bluegreen.policy.floating import follow, followed, followed_layers, gave_up
from bluegreen.policy.layers import Layers
from bluegreen.policy.setting import Setting
from bluegreen.policy.skews import Wanted, changes, hold_all, original, parked
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
                advbase.as_before(pair, before),
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
        given = restore_orders(pair, pair.before, self.setting)
        return given or follow(pair, self.setting)

    def failure(self, pair: PairFacts) -> str | None:
        return gave_up(pair, self.setting)

    def undo(self, pair: PairFacts, before: PairFacts) -> tuple[Order, ...]:
        """Park both again, the BACKUP first: nothing moves, and both may be drained."""
        for facts in reversed(by_service(pair)):
            commands = changes(parked(pair, before, facts.name))
            if commands:
                return order(facts, self.setting, *commands)
        return ()

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
        return order(
            facts,
            self.setting,
            hold_skews(self.setting.paths_of(self.router), self.setting.run, kept),
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
        return pair.before is not None and not hold_all(original(pair, pair.before, self.router))


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
        both = pair.both()
        return all_of(
            [
                seen(pair),
                *(holds(r.hold is None, f"{r.name} is still held") for r in both or ()),
                *(hold_all(held(r)) for r in both or ()),
                _follows(pair),
                followed(pair, self.setting),
            ]
        )

    def layers(self, pair: PairFacts) -> Layers:
        both = pair.both() or ()
        skews = all_of(hold_all(held(router)) for router in both if router.hold)
        return followed_layers(pair, self.setting, all_of([seen(pair), skews, _follows(pair)]))

    def layers_back(self, pair: PairFacts, before: PairFacts) -> Layers:
        return followed_layers(pair, self.setting, same_roles(pair, before))

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        given = skew_orders(pair, held, self.setting)
        dropped = tuple(
            one
            for facts in by_service(pair)
            if facts.hold and _follows(pair)
            for one in order(facts, self.setting, drop_hold(self.setting.paths_of(facts.name)))
        )
        return given or dropped or follow(pair, self.setting)

    def failure(self, pair: PairFacts) -> str | None:
        return gave_up(pair, self.setting)

    def undo(self, pair: PairFacts, before: PairFacts) -> tuple[Order, ...]:
        """Hold again what was held: the file first, then the skews, who serves first."""
        for facts in by_service(pair):
            was = before.seen(facts.name)
            if was and was.hold and not facts.hold:
                kept = {(i, v): skew for i, v, skew in was.hold.skews}
                paths = self.setting.paths_of(facts.name)
                return order(facts, self.setting, hold_skews(paths, was.hold.run, kept))
        given = skew_orders(pair, lambda facts: original(pair, before, facts.name), self.setting)
        return given or follow(pair, self.setting)

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
                same_roles(pair, before),
                followed(pair, self.setting),
            ]
        )


def _follows(pair: PairFacts) -> Verdict:
    """Each group is served by the router whose advertisements come faster."""
    both = pair.both()
    if not both:
        return seen(pair)
    first, second = both
    return all_of(
        holds(
            pair.masters_of(v.group) == ((first if quicker else second).name,),
            f"{v.group}: the role has not followed the skew",
        )
        for v in first.vhids
        for theirs in [second.vhid(v.group)]
        if theirs
        for quicker in [
            (v.carp.advbase, first.effective(v)) < (theirs.carp.advbase, second.effective(theirs))
        ]
    )


def held(facts: RouterFacts) -> tuple[Wanted, ...]:
    """Return the skews that a hold says to come back to."""
    kept = {(i, v): skew for i, v, skew in facts.hold.skews} if facts.hold else {}
    return tuple(
        Wanted(v, kept[v.interface, v.carp.vhid])
        for v in facts.vhids
        if (v.interface, v.carp.vhid) in kept
    )
