"""Boot the new system, and prove that it booted."""

from dataclasses import dataclass

from bluegreen.model.facts import PairFacts
from bluegreen.model.roles import idle
from bluegreen.model.verdict import Verdict, all_of, holds, no
from bluegreen.policy.boot import FORWARD, new_boot, reboot_orders
from bluegreen.policy.setting import Setting
from bluegreen.world import Order, Quiet


@dataclass(frozen=True, slots=True)
class Reboot(Quiet):
    """A new boot is proven by a mark that none survives and by the boot time, never by a ping."""

    setting: Setting
    router: str
    deadline_s: float = 900.0  # slow is not dead: some firmware checks memory for minutes
    name = "reboot"

    @property
    def goal(self) -> str:
        return f"{self.router} runs a new boot of the environment that was upgraded"

    def ready(self, pair: PairFacts) -> Verdict:
        return idle(pair, self.router)

    def done(self, pair: PairFacts) -> Verdict:
        facts = pair.seen(self.router)
        was = pair.before.seen(self.router) if pair.before else None
        if not facts or not was:
            return no(f"{self.router}: does not answer yet")
        return all_of(
            [
                new_boot(facts, self.setting, FORWARD),
                holds(
                    facts.environment_now() == was.environment_now(),
                    f"{self.router}: booted {facts.environment_now()}, "
                    f"wanted {was.environment_now()}",
                ),
            ]
        )

    def failure(self, pair: PairFacts) -> str | None:
        facts = pair.seen(self.router)
        was = pair.before.seen(self.router) if pair.before else None
        if not facts or not was or not new_boot(facts, self.setting, FORWARD):
            return None
        verdict = self.done(pair)
        return None if verdict else str(verdict)

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        facts = pair.seen(self.router)
        return reboot_orders(facts, self.setting, FORWARD) if facts else ()
