"""Install what was staged on a router that serves nothing."""

from dataclasses import dataclass

from bluegreen.model.facts import PairFacts
from bluegreen.model.roles import idle
from bluegreen.model.system import UpdateOutcome
from bluegreen.model.verdict import Verdict, all_of, holds, no
from bluegreen.policy.boot import (
    INSTALL,
    JOBS_MAX,
    at_home,
    install_orders,
    last_install,
    revert_orders,
    reverted,
    strayed,
)
from bluegreen.policy.jobs import ended_badly
from bluegreen.policy.setting import Setting
from bluegreen.world import Order, Quiet

FIRST = (UpdateOutcome.INSTALLED, UpdateOutcome.REBOOT_THEN_INSTALL)
MORE = (UpdateOutcome.REBOOT_THEN_INSTALL, UpdateOutcome.REBUILD_THEN_INSTALL)
LATER = (*FIRST, UpdateOutcome.REBUILD_THEN_INSTALL, UpdateOutcome.NOTHING_TO_DO)
LAST = (UpdateOutcome.INSTALLED, UpdateOutcome.NOTHING_TO_DO)


@dataclass(frozen=True, slots=True)
class Install(Quiet):
    """The first install; its undo is the whole way back to the old system."""

    setting: Setting
    router: str
    deadline_s: float = 2 * 3600.0
    name = "install"

    @property
    def goal(self) -> str:
        return f"{self.router} has the new system on disk; it still runs the old one"

    def ready(self, pair: PairFacts) -> Verdict:
        return all_of([idle(pair, self.router), at_home(pair, self.router)])

    def done(self, pair: PairFacts) -> Verdict:
        facts = pair.seen(self.router)
        _, outcome = last_install(facts) if facts else (0, None)
        return holds(outcome in FIRST, f"{self.router}: the install is running")

    def failure(self, pair: PairFacts) -> str | None:
        facts = pair.seen(self.router)
        if not facts:
            return None
        ended = ended_badly(self.router, facts.job(INSTALL.format(1)), FIRST)
        return strayed(pair, self.router) or ended

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        facts = pair.seen(self.router)
        return install_orders(facts, self.setting, 1) if facts else ()

    def undo(self, pair: PairFacts, before: PairFacts) -> tuple[Order, ...]:
        return revert_orders(pair, before, self.router, self.setting)

    def undone(self, pair: PairFacts, before: PairFacts) -> Verdict:
        return reverted(pair, before, self.router, self.setting)


@dataclass(frozen=True, slots=True)
class Finish(Quiet):
    """Install again until nothing is left: kernel first, world after the reboot."""

    setting: Setting
    router: str
    deadline_s: float = 2 * 3600.0
    name = "finish"

    @property
    def goal(self) -> str:
        return f"{self.router} has nothing left to install"

    def ready(self, pair: PairFacts) -> Verdict:
        return all_of([idle(pair, self.router), at_home(pair, self.router)])

    def done(self, pair: PairFacts) -> Verdict:
        facts = pair.seen(self.router)
        if not facts:
            return no(f"{self.router}: could not be observed")
        _, outcome = last_install(facts)
        return holds(outcome in LAST, f"{self.router}: the install is running")

    def failure(self, pair: PairFacts) -> str | None:
        facts = pair.seen(self.router)
        if not facts:
            return None
        number, outcome = last_install(facts)
        if number >= JOBS_MAX and outcome in MORE:
            return f"{self.router}: freebsd-update wants more than {JOBS_MAX} installs"
        ended = ended_badly(self.router, facts.job(INSTALL.format(number)), LATER)
        return strayed(pair, self.router) or ended

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        facts = pair.seen(self.router)
        if not facts:
            return ()
        number, outcome = last_install(facts)
        if outcome not in MORE or number >= JOBS_MAX:
            return ()
        return install_orders(facts, self.setting, number + 1)
