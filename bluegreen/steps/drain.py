"""Have a router yield every VIP to its peer, and stay able to relieve it."""

from dataclasses import dataclass

from bluegreen.model.facts import PairFacts
from bluegreen.model.network import CarpState
from bluegreen.model.roles import floating_at, seen, serves_all
from bluegreen.model.verdict import Verdict, all_of, holds, no
from bluegreen.policy import advbase
from bluegreen.policy.boot import advbase_orders, drain_orders, order
from bluegreen.policy.floating import follow, followed
from bluegreen.policy.setting import Setting
from bluegreen.policy.skews import (
    as_listed,
    changes,
    fit,
    flushed,
    hold_all,
    original,
    with_room,
    yielding,
)
from bluegreen.policy.takeover import peer_would_take_over, rests_on
from bluegreen.world import Order, Quiet


@dataclass(frozen=True, slots=True)
class Drain(Quiet):
    """Raise the advskew of every vhid, advertise at once, see that the peer took over."""

    setting: Setting
    router: str
    deadline_s: float = 30.0
    name = "drain"

    @property
    def goal(self) -> str:
        return f"{self.router} serves nothing, its peer serves every VIP"

    def ready(self, pair: PairFacts) -> Verdict:
        if advbase.applies(pair, self.setting):
            return advbase.possible(pair)
        roomy = self._roomy(pair)
        return all_of(
            [
                seen(pair),
                fit(yielding(roomy, self.router)),
                peer_would_take_over(roomy, self.router),
            ]
        )

    def done(self, pair: PairFacts) -> Verdict:
        facts, before = pair.seen(self.router), pair.before
        was = before.seen(self.router) if before else None
        if not facts:
            return seen(pair)
        stays = (
            advbase.as_before(pair, before)
            if before and advbase.applies(pair, self.setting)
            else _stays_down(pair, self.router)
        )
        return all_of(
            [
                serves_all(pair, pair.peer_name(self.router)),
                stays,
                as_listed(facts, was) if was else no("no baseline was recorded"),
            ]
        )

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        """Raise ours; where that cannot go any higher, give the peer its old skew first."""
        if pair.before and advbase.applies(pair, self.setting):
            return advbase_orders(pair, pair.before, self.router, self.setting)
        return drain_orders(pair, pair.before, self.router, self.setting)

    def _roomy(self, pair: PairFacts) -> PairFacts:
        return with_room(pair, pair.before, self.router) if pair.before else pair

    def undo(self, pair: PairFacts, before: PairFacts) -> tuple[Order, ...]:
        """Give the skews back; the roles follow by themselves, so it is gated like a switch."""
        facts = pair.seen(self.router)
        if not facts:
            return ()
        commands = changes(original(pair, before, self.router))
        if not commands and advbase.applies(pair, self.setting):
            given = advbase_orders(pair, before, pair.peer_name(self.router), self.setting)
        else:
            flush = flushed(commands) if facts.masters() else commands
            given = order(facts, self.setting, *flush)
        return given or follow(pair, self.setting)

    def layers_back(self, pair: PairFacts, before: PairFacts) -> tuple[tuple[str, Verdict], ...]:
        """The floating address comes back after the role, and takes longer."""
        if self.setting.ipfo is None or not rests_on(pair, before, self.router):
            return ()
        back = serves_all(pair, self.router)
        return (("carp", back), ("ipfo", all_of([back, floating_at(pair, self.router)])))

    def undone(self, pair: PairFacts, before: PairFacts) -> Verdict:
        facts, was = pair.seen(self.router), before.seen(self.router)
        if not facts or not was:
            return seen(pair)
        by_advbase = advbase.applies(pair, self.setting)
        back = pair.groups() if by_advbase else rests_on(pair, before, self.router)
        return all_of(
            [
                hold_all(original(pair, before, self.router)),
                advbase.as_before(pair, before),
                as_listed(facts, was),
                followed(pair, self.setting),
                *(
                    holds(
                        pair.masters_of(group) == (self.router,),
                        f"{self.router} has not taken {group} back",
                    )
                    for group in back
                ),
            ]
        )


def _stays_down(pair: PairFacts, name: str) -> Verdict:
    """It would not take anything back by itself."""
    mine, peer = pair.seen(name), pair.seen(pair.peer_name(name))
    if not mine or not peer:
        return seen(pair)
    return all_of(
        holds(
            theirs is not None and mine.effective(v) > peer.effective(theirs),
            f"{name} would take vhid {v} back: its skew is not above its peer's",
        )
        for v in mine.vhids
        if v.carp.state is CarpState.BACKUP
        for theirs in [peer.vhid(v.group)]
    )
