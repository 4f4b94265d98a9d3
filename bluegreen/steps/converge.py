"""See that all that follows a VIP has followed it."""

from dataclasses import dataclass

from bluegreen.model.facts import PairFacts
from bluegreen.model.roles import seen
from bluegreen.model.verdict import Verdict, all_of
from bluegreen.policy.floating import follow, gave_up
from bluegreen.policy.layers import Layers, converged
from bluegreen.policy.setting import Setting
from bluegreen.policy.tunnel_path import paths_as, sent_through
from bluegreen.world import Order, Quiet

CARRYING = ("carp", "ipfo", "ipsec", "tunnels")  # layers that a packet through a tunnel needs


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
        """A tunnel that is up is one through which packets pass that did before."""
        return tuple(
            (name, all_of([verdict, paths_as(pair, self.router)]) if name == "tunnels" else verdict)
            for name, verdict in converged(pair, self.router, self.setting)
        )

    def done(self, pair: PairFacts) -> Verdict:
        return all_of(
            Verdict(tuple(f"{layer}: {reason}" for reason in verdict.reasons))
            for layer, verdict in self.layers(pair)
        )

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        return follow(pair, self.setting) or self._through(pair)

    def _through(self, pair: PairFacts) -> tuple[Order, ...]:
        """Ask through the tunnels once they can be expected to carry, and until they do."""
        facts = pair.seen(self.router)
        before = converged(pair, self.router, self.setting)
        there = all(verdict for name, verdict in before if name in CARRYING)
        if not facts or not there or paths_as(pair, self.router):
            return ()
        return sent_through(facts)

    def failure(self, pair: PairFacts) -> str | None:
        return gave_up(pair, self.setting)
