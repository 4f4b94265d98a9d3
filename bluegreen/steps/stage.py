"""Download the new system while nothing changes, on both routers, and see that they agree."""

from dataclasses import dataclass

from bluegreen.freebsd.commands import fetch_update, fetch_upgrade
from bluegreen.model.command import Effect
from bluegreen.model.events import PAIR
from bluegreen.model.facts import PairFacts
from bluegreen.model.release import parse_release
from bluegreen.model.system import JobState, Update, UpdateOutcome
from bluegreen.model.verdict import Verdict, all_of, holds, no
from bluegreen.policy.jobs import Task, ended_badly, launch, outcome
from bluegreen.policy.orders import order
from bluegreen.policy.setting import Setting
from bluegreen.world import Order, Quiet

GOOD = (UpdateOutcome.STAGED, UpdateOutcome.NOTHING_TO_DO)
JOB = "stage"


def staged(pair: PairFacts, router: str) -> Update | None:
    facts = pair.seen(router)
    return outcome(facts.job(JOB)) if facts else None


def nothing_to_install(pair: PairFacts, router: str) -> bool:
    """The router, or each of the pair, is on its target already: the leg is skipped."""
    updates = [staged(pair, name) for name in (pair.names if router == PAIR else (router,))]
    return all(u is not None and u.outcome is UpdateOutcome.NOTHING_TO_DO for u in updates)


def target_of(pair: PairFacts, router: str) -> str | None:
    """Return the release that a router will be on: what it staged, or what it is on."""
    update, facts = staged(pair, router), pair.seen(router)
    if update and update.outcome is UpdateOutcome.STAGED:
        return update.target
    return facts.versions.userland if facts and update else None


def _argv(target: str | None, running: str | None) -> tuple[str, ...]:
    """A patch level of the same release is fetched; another release is an upgrade."""
    if target is None or (running and parse_release(target).base == parse_release(running).base):
        return fetch_update()
    return fetch_upgrade(parse_release(target).base, running)


@dataclass(frozen=True, slots=True)
class Stage(Quiet):
    """A download; nobody notices."""

    setting: Setting
    router: str
    deadline_s: float = 6 * 3600.0  # an upgrade has been seen to take five hours
    name = "stage"

    @property
    def goal(self) -> str:
        wanted = self.setting.target or "the newest patch level"
        return f"{self.router} has {wanted} downloaded, nothing installed"

    def ready(self, pair: PairFacts) -> Verdict:
        return holds(pair.seen(self.router) is not None, f"{self.router}: could not be observed")

    def done(self, pair: PairFacts) -> Verdict:
        update = staged(pair, self.router)
        return holds(
            update is not None and update.outcome in GOOD, f"{self.router}: the download is running"
        )

    def failure(self, pair: PairFacts) -> str | None:
        facts = pair.seen(self.router)
        return ended_badly(self.router, facts.job(JOB), GOOD) if facts else None

    def undone(self, pair: PairFacts, before: PairFacts) -> Verdict:
        """A download that outlives its run would meet the next one's in the same directory."""
        facts = pair.seen(self.router)
        job = facts.job(JOB) if facts else None
        return all_of(
            [
                holds(facts is not None, f"{self.router}: could not be observed"),
                holds(
                    job is None or job.state is not JobState.RUNNING,
                    f"{self.router}: the download is still running",
                ),
            ]
        )

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        facts = pair.seen(self.router)
        if not facts:
            return ()
        argv = _argv(self.setting.target, facts.versions.userland)
        paths = self.setting.paths_of(self.router)
        task = Task(JOB, argv, Effect.JOB, answer_yes="upgrade" in argv)
        start = launch(facts, paths, self.setting.run, task)
        return order(facts, self.setting, *start)


@dataclass(frozen=True, slots=True)
class Agree(Quiet):
    """Both routers will be on the same release."""

    setting: Setting
    router: str = "pair"
    deadline_s: float = 20.0
    name = "agree"

    @property
    def goal(self) -> str:
        return "both routers staged the same target, or are on it"

    def ready(self, pair: PairFacts) -> Verdict:
        return self.done(pair)

    def done(self, pair: PairFacts) -> Verdict:
        first, second = (target_of(pair, name) for name in self.setting.routers)
        names = self.setting.routers
        if not first or not second:
            return no("what was staged cannot be read on both routers")
        wanted = self.setting.target
        return all_of(
            [
                holds(
                    first == second,
                    f"{names[0]} would be on {first}, {names[1]} on {second}",
                ),
                *(
                    holds(_meets(target, wanted), f"{name} staged {target}, not {wanted}")
                    for name, target in zip(names, (first, second), strict=True)
                ),
            ]
        )

    def failure(self, pair: PairFacts) -> str | None:
        known = all(staged(pair, name) for name in self.setting.routers)
        verdict = self.done(pair)
        return str(verdict) if known and not verdict else None


def _meets(target: str, wanted: str | None) -> bool:
    if wanted is None:
        return True
    got, want = parse_release(target), parse_release(wanted)
    return got.base == want.base and want.patch in {0, got.patch}
