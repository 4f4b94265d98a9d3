"""Have a router yield every VIP to its peer, and stay able to relieve it."""

from dataclasses import dataclass

from bluegreen.model.facts import PairFacts
from bluegreen.model.network import CarpState
from bluegreen.model.roles import floating_at, seen, serves_all
from bluegreen.model.verdict import YES, Verdict, all_of, holds, no
from bluegreen.policy.floating import follow, followed
from bluegreen.policy.setting import Setting
from bluegreen.policy.skews import as_listed
from bluegreen.policy.switching import (
    drained_orders,
    owed,
    take_back_orders,
    taken_back,
    tidied,
)
from bluegreen.policy.takeover import peer_would_take_over
from bluegreen.policy.ways import explained
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
        return all_of([seen(pair), peer_would_take_over(pair, self.router, self.setting)])

    def done(self, pair: PairFacts) -> Verdict:
        facts, before = pair.seen(self.router), pair.before
        was = before.seen(self.router) if before else None
        if not facts:
            return seen(pair)
        if not before or not was:
            return no("no baseline was recorded")
        return all_of(
            [
                serves_all(pair, pair.peer_name(self.router)),
                tidied(pair, before),
                _stays_down(pair, self.router),
                as_listed(facts, was),
            ]
        )

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        """Move what is served; then give back what moved it and is no skew."""
        if not pair.before:
            return ()
        return drained_orders(pair, pair.before, self.router, self.setting)

    def note(self, pair: PairFacts) -> str:
        """Say which way is taken, and why, where it is not the ordinary one."""
        rest = pair.before or pair
        return explained(rest, pair.peer_name(self.router), self.setting)

    def undo(self, pair: PairFacts, before: PairFacts) -> tuple[Order, ...]:
        """Give the skews back; the roles follow by themselves, so it is gated like a switch."""
        given = take_back_orders(pair, before, self.router, self.setting)
        return given or follow(pair, self.setting)

    def layers_back(self, pair: PairFacts, before: PairFacts) -> tuple[tuple[str, Verdict], ...]:
        """The floating address comes back after the role, and takes longer."""
        if self.setting.ipfo is None or not owed(pair, before, self.router):
            return ()
        back = serves_all(pair, self.router)
        return (("carp", back), ("ipfo", all_of([back, floating_at(pair, self.router)])))

    def undone(self, pair: PairFacts, before: PairFacts) -> Verdict:
        facts, was = pair.seen(self.router), before.seen(self.router)
        if not facts or not was:
            return seen(pair)
        return all_of(
            [
                taken_back(pair, before, self.router),
                as_listed(facts, was),
                followed(pair, self.setting),
            ]
        )


def _stays_down(pair: PairFacts, name: str) -> Verdict:
    """It would not take anything back by itself; without preempt it takes nothing."""
    mine, peer = pair.seen(name), pair.seen(pair.peer_name(name))
    if not mine or not peer:
        return seen(pair)
    if mine.carp and not mine.carp.preempt:
        return YES
    return all_of(
        holds(
            theirs is not None and mine.effective(v) > peer.effective(theirs),
            f"{name} would take vhid {v} back: its skew is not above its peer's",
        )
        for v in mine.vhids
        if v.carp.state is CarpState.BACKUP
        for theirs in [peer.vhid(v.group)]
    )
