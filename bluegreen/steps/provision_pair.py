"""Look before a pair is provisioned, record what it was, and see that it became what was meant."""

from dataclasses import dataclass

from bluegreen.model.facts import PairFacts
from bluegreen.model.network import CarpState
from bluegreen.model.roles import dual, seen
from bluegreen.model.verdict import Verdict, all_of, holds, no
from bluegreen.policy.layers import Layers
from bluegreen.policy.provisionable import provisionable, provisioned_routers
from bluegreen.policy.recording import record_orders, recorded
from bluegreen.policy.runtime import as_wanted, wishes
from bluegreen.policy.services import frr_runs, handler_ready, tunnels_follow, tunnels_there
from bluegreen.policy.setting import Setting
from bluegreen.world import Order, Quiet


@dataclass(frozen=True, slots=True)
class Provisionable(Quiet):
    """Every check by its name, and every reason at once."""

    setting: Setting
    router: str = "pair"
    deadline_s: float = 4.0
    name = "provisionable"

    @property
    def goal(self) -> str:
        return "both routers can become what the inventory says, and no role moves for it"

    def ready(self, pair: PairFacts) -> Verdict:
        return Verdict()

    def layers(self, pair: PairFacts) -> Layers:
        return provisionable(pair, self.setting)

    def done(self, pair: PairFacts) -> Verdict:
        return all_of(verdict for _, verdict in self.layers(pair))


@dataclass(frozen=True, slots=True)
class Survey(Quiet):
    """What both routers are before anything is changed: what taking back leads to."""

    setting: Setting
    router: str = "pair"
    deadline_s: float = 30.0
    name = "baseline"

    @property
    def goal(self) -> str:
        return "what both routers have now is recorded, here and on each of them"

    def ready(self, pair: PairFacts) -> Verdict:
        return seen(pair)

    def done(self, pair: PairFacts) -> Verdict:
        written = (recorded(pair, name, self.setting) for name in pair.names)
        return all_of([self._sound(pair), *written])

    def _sound(self, pair: PairFacts) -> Verdict:
        """Nobody needs to serve anything yet."""
        return all_of(
            [seen(pair), *(no(f"{group} is MASTER on both routers") for group in dual(pair))]
        )

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        """What is pinned is written down where it outlives this machine."""
        if not self._sound(pair):
            return ()
        return tuple(
            order
            for name in pair.names
            if not recorded(pair, name, self.setting)
            for order in record_orders(pair, pair, name, self.setting)
        )

    def undone(self, pair: PairFacts, before: PairFacts) -> Verdict:
        return seen(pair)


@dataclass(frozen=True, slots=True)
class Provisioned(Quiet):
    """One router serves each VIP, and whoever did before still does."""

    setting: Setting
    router: str = "pair"
    deadline_s: float = 60.0
    name = "provisioned"

    @property
    def goal(self) -> str:
        return "the pair is what the inventory says, and one router serves each VIP"

    def ready(self, pair: PairFacts) -> Verdict:
        return seen(pair)

    def layers(self, pair: PairFacts) -> Layers:
        both, design = pair.both(), self.setting.design
        if not both or design is None:
            return (("reachable", seen(pair)),)
        changed = [r for r in both if r.name in provisioned_routers(self.setting)]
        return (
            ("vhids", all_of(as_wanted(pair, r.name, self.setting) for r in changed)),
            ("roles", self._roles(pair)),
            ("tunnels", all_of(tunnels_there(r, design) for r in changed)),
            ("devd", all_of(handler_ready(r, design) for r in changed)),
            ("follows", all_of(tunnels_follow(r, design) for r in changed)),
            ("frr", all_of(frr_runs(pair, r, self.setting) for r in changed)),
        )

    def done(self, pair: PairFacts) -> Verdict:
        return all_of(verdict for _, verdict in self.layers(pair))

    def _roles(self, pair: PairFacts) -> Verdict:
        masters = _masters(pair, self.setting)
        before = _masters(pair.before, self.setting) if pair.before else {}
        had = [(vhid, who, masters.get(vhid, ())) for vhid, who in before.items() if who]
        return all_of(
            [
                *(
                    holds(len(who) == 1, f"vhid {vhid}: MASTER is {_named(who)}")
                    for vhid, who in masters.items()
                ),
                *(
                    holds(now == who, f"vhid {vhid}: MASTER is {_named(now)}, was {_named(who)}")
                    for vhid, who, now in had
                ),
            ]
        )


def _named(routers: tuple[str, ...]) -> str:
    return " and ".join(routers) or "nobody"


def _masters(pair: PairFacts, setting: Setting) -> dict[str, tuple[str, ...]]:
    """Return who is MASTER of each vhid of the design, by its number and place in the design."""
    serving: dict[str, tuple[str, ...]] = {}
    for name in pair.names:
        for index, wish in enumerate(wishes(pair, name, setting)):
            is_master = wish.running is not None and wish.running.state is CarpState.MASTER
            key = f"{wish.vhid} ({index + 1})"
            serving[key] = (*serving.get(key, ()), *((name,) if is_master else ()))
    return serving
