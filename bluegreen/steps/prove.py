"""Trust a router only after it has shown what it runs and that it is well."""

from dataclasses import dataclass

from bluegreen.model.facts import PairFacts, RouterFacts, Unknown
from bluegreen.model.release import parse_release
from bluegreen.model.site import SiteFacts
from bluegreen.model.system import Update
from bluegreen.model.verdict import YES, Verdict, all_of, holds, no
from bluegreen.policy.adjacency import standby_adjacencies
from bluegreen.policy.ipsec import ipsec_ready
from bluegreen.policy.jobs import outcome
from bluegreen.policy.layers import standby_as
from bluegreen.policy.patience import proof_s
from bluegreen.policy.services import handler_ready
from bluegreen.policy.setting import Setting
from bluegreen.world import Quiet


@dataclass(frozen=True, slots=True)
class Prove(Quiet):
    """Version of kernel and userland, boot environment, and health as a BACKUP."""

    setting: Setting
    router: str
    deadline_s: float = 180.0
    name = "prove"

    @property
    def goal(self) -> str:
        return f"{self.router} runs the new system and is a healthy BACKUP"

    def ready(self, pair: PairFacts) -> Verdict:
        return holds(pair.seen(self.router) is not None, f"{self.router}: could not be observed")

    def done(self, pair: PairFacts) -> Verdict:
        facts = pair.seen(self.router)
        was = pair.before.seen(self.router) if pair.before else None
        if not facts or not was:
            return no(f"{self.router}: could not be observed")
        staged = outcome(facts.job("stage"))
        return all_of(
            [
                _version(facts, staged),
                holds(
                    facts.environment_now() == was.environment_now(),
                    f"{self.router}: runs {facts.environment_now()}",
                ),
                holds(
                    len(facts.backups()) == len(facts.vhids) == len(was.vhids),
                    f"{self.router}: {len(facts.backups())} of {len(was.vhids)} vhids are BACKUP",
                ),
                _packages(facts, was),
                standby_as(facts, was, self._peer_was(pair)),
                standby_adjacencies(pair, self.router, self.setting),
                ipsec_ready(facts, was, self.setting),
                self._devd(facts, was),
                _hears(facts, pair.elapsed_s),
            ]
        )

    def _peer_was(self, pair: PairFacts) -> RouterFacts | None:
        return pair.before.seen(pair.peer_name(self.router)) if pair.before else None

    def _devd(self, facts: RouterFacts, was: RouterFacts) -> Verdict:
        """Ask devd's handler, where it is ours and was there before."""
        design = self.setting.design
        there = isinstance(was.site, SiteFacts) and was.site.handler is not None
        return handler_ready(facts, design) if design and there else YES


def _hears(facts: RouterFacts, seen_for_s: float) -> Verdict:
    """Be BACKUP for longer than one that hears nobody stays so."""
    wait_s = proof_s(facts)
    return holds(
        seen_for_s > wait_s,
        f"{facts.name}: whether it hears its peer shows after {wait_s:.1f} s",
    )


def _version(facts: RouterFacts, staged: Update | None) -> Verdict:
    """A patch may leave the kernel alone: p5 / p5 / p6 is normal (freebsd-version(1))."""
    versions = facts.versions
    if not staged or not staged.target or not versions.kernel or not versions.userland:
        return no(f"{facts.name}: version or target cannot be read")
    target, kernel = parse_release(staged.target), parse_release(versions.kernel)
    userland = parse_release(versions.userland)
    return all_of(
        [
            holds(
                versions.kernel == versions.running,
                f"{facts.name}: kernel {versions.kernel} is installed, "
                f"{versions.running} is running",
            ),
            holds(userland == target, f"{facts.name}: userland is {userland}, wanted {target}"),
            holds(
                kernel.base == target.base and kernel <= target,
                f"{facts.name}: kernel is {kernel}, wanted {target}",
            ),
        ]
    )


def _packages(facts: RouterFacts, was: RouterFacts) -> Verdict:
    if isinstance(was.packages, Unknown):
        return YES  # there was nothing to compare with
    if isinstance(facts.packages, Unknown):
        return no(f"{facts.name}: packages cannot be read: {facts.packages.unknown}")
    missing = {p.name for p in was.packages} - {p.name for p in facts.packages}
    return all_of(no(f"{facts.name}: package {name} is gone") for name in sorted(missing))
