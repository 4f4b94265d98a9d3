"""Boot the new system, and prove that it booted."""

from dataclasses import dataclass

from bluegreen.model.facts import PairFacts
from bluegreen.model.roles import idle
from bluegreen.model.verdict import Verdict, all_of, no
from bluegreen.policy.boot import FORWARD, at_home, new_boot, reboot_orders, strayed
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
        if not facts:
            return no(f"{self.router}: does not answer yet")
        return all_of([new_boot(facts, self.setting, FORWARD), at_home(pair, self.router)])

    def failure(self, pair: PairFacts) -> str | None:
        facts = pair.seen(self.router)
        if not facts or not new_boot(facts, self.setting, FORWARD):
            return None
        return strayed(pair, self.router)

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        facts = pair.seen(self.router)
        return reboot_orders(facts, self.setting, FORWARD) if facts else ()
