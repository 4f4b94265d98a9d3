"""Have OSPF lead nobody through a router that is about to go down, and give its costs back."""

from dataclasses import dataclass

from bluegreen.model.facts import PairFacts
from bluegreen.model.roles import seen
from bluegreen.model.verdict import YES, Verdict
from bluegreen.policy.ospf_cost import avoiding, invited, inviting, last_resort, led_through
from bluegreen.policy.setting import Setting
from bluegreen.world import Order, Quiet


@dataclass(frozen=True, slots=True)
class CostOut(Quiet):
    """Be the last resort of every neighbour: a reboot then takes no way that anybody uses.

    A neighbour notices a router that is gone only when its dead interval is over.
    """

    setting: Setting
    router: str
    deadline_s: float = 60.0
    name = "cost-out"

    @property
    def goal(self) -> str:
        return f"OSPF leads nobody through {self.router}"

    def ready(self, pair: PairFacts) -> Verdict:
        return seen(pair)

    def done(self, pair: PairFacts) -> Verdict:
        if not pair.seen(self.router):
            return seen(pair)
        if self.setting.ospf is False or not led_through(pair, self.router):
            return YES
        return last_resort(pair, self.router, self.setting)

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        return avoiding(pair, self.router, self.setting)

    def undo(self, pair: PairFacts, before: PairFacts) -> tuple[Order, ...]:
        return inviting(pair, self.router, self.setting)

    def undone(self, pair: PairFacts, before: PairFacts) -> Verdict:
        return invited(pair, self.router)


@dataclass(frozen=True, slots=True)
class CostIn(Quiet):
    """Cost what it cost before, also where the daemon has not been started anew since."""

    setting: Setting
    router: str
    deadline_s: float = 90.0
    name = "cost-in"

    @property
    def goal(self) -> str:
        return f"{self.router} costs its OSPF neighbours what it did before"

    def ready(self, pair: PairFacts) -> Verdict:
        return seen(pair)

    def done(self, pair: PairFacts) -> Verdict:
        return invited(pair, self.router)

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        return inviting(pair, self.router, self.setting)
