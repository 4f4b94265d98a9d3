"""Let a proven router back its peer up."""

from dataclasses import dataclass

from bluegreen.model.facts import PairFacts, RouterFacts
from bluegreen.model.roles import seen, serves_all, well
from bluegreen.model.verdict import YES, Verdict, all_of, holds
from bluegreen.policy.drained import is_drained, unmarking
from bluegreen.policy.lending import PREEMPT, given_back, reclaim
from bluegreen.policy.orders import order
from bluegreen.policy.patience import proof_s
from bluegreen.policy.setting import Setting
from bluegreen.policy.shield import sends, shield_orders, shielded, unshield_orders, unshielded
from bluegreen.policy.skews import Wanted, changes, fit, hold_all, resting, yielding
from bluegreen.world import Order, Quiet


@dataclass(frozen=True, slots=True)
class Standby(Quiet):
    """From 240, where it relieves nobody, to a skew at which it relieves a peer that is demoted."""

    setting: Setting
    router: str
    deadline_s: float = 180.0
    name = "standby"

    @property
    def goal(self) -> str:
        return f"{self.router} yields to its peer, and would relieve it"

    def ready(self, pair: PairFacts) -> Verdict:
        return all_of([seen(pair), fit(self._wanted(pair))])

    def done(self, pair: PairFacts) -> Verdict:
        facts = pair.seen(self.router)
        if not facts:
            return seen(pair)
        return all_of(
            [
                serves_all(pair, pair.peer_name(self.router)),
                hold_all(self._wanted(pair)),
                self._as_it_ran(pair),
                self._peer_counts(pair, facts),
                well(facts),
                holds(
                    not is_drained(facts, self.setting),
                    f"{self.router}: devd's handler is still told to wait",
                ),
            ]
        )

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        facts = pair.seen(self.router)
        if not facts:
            return ()
        was = pair.before.seen(self.router) if pair.before else None
        ran = reclaim(facts, was, self.setting, PREEMPT) if was else ()
        unmark = unmarking(facts, self.setting)
        given = order(facts, self.setting, *ran, *changes(self._wanted(pair)), *unmark)
        if given or pair.before is None:
            return given
        peer = pair.peer_name(self.router)
        return unshield_orders(pair, pair.before, peer, self.setting, proof_s(facts))

    def undo(self, pair: PairFacts, before: PairFacts) -> tuple[Order, ...]:
        """The router will go down once more, to its old system: a peer that serves must not mind.

        One that does not could not show that its sends work again, and would keep what it was lent.
        """
        peer = pair.seen(pair.peer_name(self.router))
        if not peer or not sends(peer):
            return ()
        return shield_orders(pair, before, peer.name, self.setting)

    def undone(self, pair: PairFacts, before: PairFacts) -> Verdict:
        peer = pair.seen(pair.peer_name(self.router))
        if not peer:
            return seen(pair)
        return shielded(pair, before, peer.name) if sends(peer) else YES

    def _peer_counts(self, pair: PairFacts, facts: RouterFacts) -> Verdict:
        """`prove` has seen its peer's advertisements arrive for as long as its proof takes."""
        if pair.before is None:
            return YES
        return unshielded(pair, pair.before, pair.peer_name(self.router), proof_s(facts))

    def _as_it_ran(self, pair: PairFacts) -> Verdict:
        """A boot sets preempt from /etc/sysctl.conf, which need not say what was set by hand."""
        facts, was = pair.seen(self.router), pair.before.seen(self.router) if pair.before else None
        return given_back(facts, was, PREEMPT) if facts and was else YES

    def _wanted(self, pair: PairFacts) -> tuple[Wanted, ...]:
        if pair.before is None:
            return yielding(pair, self.router)
        return resting(pair, pair.before, self.router)
