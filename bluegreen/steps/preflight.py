"""Look at everything before anything is changed."""

from dataclasses import dataclass

from bluegreen.model.facts import PairFacts
from bluegreen.model.roles import dual
from bluegreen.model.verdict import Verdict, all_of
from bluegreen.policy.checks import Checks, preflight
from bluegreen.policy.setting import Setting
from bluegreen.policy.upgradable import upgradable
from bluegreen.world import Quiet

SPLIT_S = 1.0  # both are MASTER for milliseconds while a role moves


@dataclass(frozen=True, slots=True)
class Preflight(Quiet):
    """Every check by its name, and every reason at once."""

    setting: Setting
    router: str = "pair"
    deadline_s: float = 4.0  # a moment for what flickers; a refusal should not take long
    name = "preflight"

    @property
    def goal(self) -> str:
        return "both routers are fit for what is planned"

    def ready(self, pair: PairFacts) -> Verdict:
        return Verdict()

    def layers(self, pair: PairFacts) -> Checks:
        more = upgradable(pair, self.setting) if self.setting.upgrades else ()
        return (*preflight(pair, self.setting), *more)

    def failure(self, pair: PairFacts) -> str | None:
        """Two MASTERs are refused with all that may be the cause, before the run freezes."""
        split = dual(pair) and pair.elapsed_s >= SPLIT_S
        return str(self.done(pair)) if split else None

    def done(self, pair: PairFacts) -> Verdict:
        return all_of(verdict for _, verdict in self.layers(pair))
