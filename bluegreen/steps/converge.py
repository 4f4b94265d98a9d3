"""See that all that follows a VIP has followed it."""

from dataclasses import dataclass

from bluegreen.model.facts import PairFacts
from bluegreen.model.roles import seen
from bluegreen.model.verdict import Verdict, all_of
from bluegreen.policy.floating import follow, gave_up
from bluegreen.policy.layers import Layers, converged
from bluegreen.policy.setting import Setting
from bluegreen.world import Order, Quiet


@dataclass(frozen=True, slots=True)
class Converge(Quiet):
    """CARP, floating address, tunnels, OSPF, routes, far ends, probe: each with its own time.

    The floating address is asked for where it does not come by itself. Nothing of that is taken
    back here: it follows the role again when that is.
    """

    setting: Setting
    router: str  # the one that serves now
    deadline_s: float = 120.0
    name = "converge"

    @property
    def goal(self) -> str:
        return f"{self.router} has all that the MASTER had: tunnels, adjacencies, routes, answers"

    def ready(self, pair: PairFacts) -> Verdict:
        return seen(pair)

    def layers(self, pair: PairFacts) -> Layers:
        return converged(pair, self.router, self.setting)

    def done(self, pair: PairFacts) -> Verdict:
        return all_of(
            Verdict(tuple(f"{layer}: {reason}" for reason in verdict.reasons))
            for layer, verdict in self.layers(pair)
        )

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        return follow(pair, self.setting)

    def failure(self, pair: PairFacts) -> str | None:
        return gave_up(pair, self.setting)
