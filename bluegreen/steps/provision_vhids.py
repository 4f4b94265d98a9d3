"""Give a router its vhids, or mend those it has, without moving a role."""

from dataclasses import dataclass

from bluegreen.model.facts import PairFacts
from bluegreen.model.network import CarpState
from bluegreen.model.roles import seen
from bluegreen.model.verdict import Verdict, all_of, holds, no
from bluegreen.policy.moves import obstacles
from bluegreen.policy.orders import order
from bluegreen.policy.runtime import as_wanted, undo_vhids, vhid_commands, vhids_undone, wishes
from bluegreen.policy.setting import Setting
from bluegreen.world import Order, Quiet


@dataclass(frozen=True, slots=True)
class Vhids(Quiet):
    """As a boot would, by the lines that a boot reads; what runs is changed in place."""

    setting: Setting
    router: str
    deadline_s: float = 60.0
    name = "vhids"

    @property
    def goal(self) -> str:
        return f"{self.router} has its vhids, each MASTER or BACKUP of a MASTER"

    def ready(self, pair: PairFacts) -> Verdict:
        return all_of([seen(pair), *(no(why) for why in obstacles(pair, self.setting))])

    def done(self, pair: PairFacts) -> Verdict:
        return all_of([as_wanted(pair, self.router, self.setting), self._served(pair)])

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        facts = pair.seen(self.router)
        if facts is None:
            return ()
        return order(facts, self.setting, *vhid_commands(pair, self.router, self.setting))

    def undo(self, pair: PairFacts, before: PairFacts) -> tuple[Order, ...]:
        facts = pair.seen(self.router)
        if facts is None:
            return ()
        return order(facts, self.setting, *undo_vhids(pair, before, self.router, self.setting))

    def undone(self, pair: PairFacts, before: PairFacts) -> Verdict:
        return vhids_undone(pair, before, self.router, self.setting)

    def _served(self, pair: PairFacts) -> Verdict:
        """Go on only when somebody serves: who joins then hears a MASTER."""
        other = wishes(pair, pair.peer_name(self.router), self.setting)
        mine = wishes(pair, self.router, self.setting)
        return all_of(
            holds(
                CarpState.MASTER
                in {w.running.state for w in (here, there) if w.running is not None},
                f"vhid {here.vhid}@{here.interface} has no MASTER yet",
            )
            for here, there in zip(mine, other, strict=True)
        )
