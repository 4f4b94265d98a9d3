"""Have the floating address sent to the router that serves."""

from dataclasses import dataclass

from bluegreen.model.facts import PairFacts
from bluegreen.model.roles import seen
from bluegreen.model.verdict import YES, Verdict, all_of, holds
from bluegreen.policy.floating import follow, followed, gave_up, server_of
from bluegreen.policy.setting import Setting
from bluegreen.world import Order, Quiet


@dataclass(frozen=True, slots=True)
class Follow(Quiet):
    """The address goes where CARP says MASTER, and is not taken back: it belongs there."""

    setting: Setting
    router: str
    deadline_s: float = 30.0
    name = "follow"

    @property
    def goal(self) -> str:
        address = self.setting.ipfo.address if self.setting.ipfo else "the floating address"
        return f"{address} is bound to {self.router}, which serves it"

    def ready(self, pair: PairFacts) -> Verdict:
        return all_of([seen(pair), self._serves(pair)])

    def done(self, pair: PairFacts) -> Verdict:
        return all_of([seen(pair), self._serves(pair), followed(pair, self.setting)])

    def layers(self, pair: PairFacts) -> tuple[tuple[str, Verdict], ...]:
        return (("ipfo", followed(pair, self.setting)),)

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        return follow(pair, self.setting) if self._serves(pair) else ()

    def failure(self, pair: PairFacts) -> str | None:
        return gave_up(pair, self.setting)

    def _serves(self, pair: PairFacts) -> Verdict:
        if self.setting.ipfo is None:
            return YES
        serves = server_of(pair, self.setting.ipfo.address)
        return holds(
            serves == self.router,
            f"{self.setting.ipfo.address} is served by {serves or 'neither router alone'}, not by "
            f"{self.router}: the role is moved first (`bluegreen failover`)",
        )
