"""Keep the old system under a name of its own before anything is installed."""

from dataclasses import dataclass

from bluegreen.freebsd.commands import create_environment, destroy_environment
from bluegreen.model.facts import PairFacts, RouterFacts, Unknown
from bluegreen.model.verdict import Verdict, all_of, holds, no
from bluegreen.policy.boot import at_home, home_or_unseen, revert_orders, strayed
from bluegreen.policy.orders import order
from bluegreen.policy.setting import Setting
from bluegreen.world import Order, Quiet


@dataclass(frozen=True, slots=True)
class MakeEnvironment(Quiet):
    """The way back: a boot environment, where the root is ZFS."""

    setting: Setting
    router: str
    deadline_s: float = 120.0
    name = "environment"

    @property
    def goal(self) -> str:
        return f"{self.router} keeps its old system as {self.setting.environment} (where ZFS)"

    def ready(self, pair: PairFacts) -> Verdict:
        facts = pair.seen(self.router)
        if not facts:
            return no(f"{self.router}: could not be observed")
        if isinstance(facts.environments, Unknown):
            return no(f"{self.router}: boot environments: {facts.environments.unknown}")
        return at_home(pair, self.router)

    def done(self, pair: PairFacts) -> Verdict:
        facts = pair.seen(self.router)
        if not facts or isinstance(facts.environments, Unknown):
            return self.ready(pair)
        there = not facts.environments or self._kept(facts)
        return holds(there, f"{self.router}: {self.setting.environment} is not there")

    def failure(self, pair: PairFacts) -> str | None:
        return strayed(pair, self.router)

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        facts = pair.seen(self.router)
        if not facts:
            return ()
        return order(facts, self.setting, create_environment(self.setting.environment))

    def undo(self, pair: PairFacts, before: PairFacts) -> tuple[Order, ...]:
        """A router that booted elsewhere by itself, with nothing installed, goes home first."""
        facts = pair.seen(self.router)
        if not facts:
            return ()
        if not home_or_unseen(pair.with_before(before), self.router):
            return revert_orders(pair, before, self.router, self.setting)
        if not self._kept(facts):
            return ()
        return order(facts, self.setting, destroy_environment(self.setting.environment))

    def undone(self, pair: PairFacts, before: PairFacts) -> Verdict:
        facts = pair.seen(self.router)
        if not facts:
            return no(f"{self.router}: could not be observed")
        gone = holds(not self._kept(facts), f"{self.setting.environment} is still there")
        return all_of([gone, home_or_unseen(pair.with_before(before), self.router)])

    def _kept(self, facts: RouterFacts) -> bool:
        if isinstance(facts.environments, Unknown):
            return False
        return any(e.name == self.setting.environment for e in facts.environments)
