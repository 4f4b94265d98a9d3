"""Record what is, and at the end compare."""

from dataclasses import dataclass, replace

from bluegreen.model.facts import PairFacts, RouterFacts
from bluegreen.model.roles import dual, same_roles, seen, serves_all, well
from bluegreen.model.verdict import YES, Verdict, all_of, no
from bluegreen.policy.adjacency import standby_adjacencies
from bluegreen.policy.checks import blue_serves
from bluegreen.policy.floating import follow, followed
from bluegreen.policy.ipsec import ipsec_ready
from bluegreen.policy.layers import Layers, converged, standby_as
from bluegreen.policy.recording import record_orders, recorded
from bluegreen.policy.setting import Setting
from bluegreen.policy.skews import as_listed, hold_all, original
from bluegreen.policy.switching import drained_orders, home_orders, settled
from bluegreen.policy.takeover import held_back
from bluegreen.policy.tunnel_path import asked, came_back, sent_through
from bluegreen.world import Order, Quiet


@dataclass(frozen=True, slots=True)
class Baseline(Quiet):
    """The specification of the run: what the MASTER has now, each new MASTER must have."""

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
        return all_of([self._sound(pair), asked(pair, self.setting.blue), *written])

    def _sound(self, pair: PairFacts) -> Verdict:
        """What is pinned is what everything is judged by: nothing that broke since preflight."""
        return all_of(
            [
                seen(pair),
                blue_serves(pair, self.setting),
                *(no(f"{group} is MASTER on both routers") for group in dual(pair)),
                *(no(f"{g} has no MASTER") for g in pair.groups() if not pair.masters_of(g)),
                held_back(pair),
                *(well(router) for router in pair.both() or ()),
            ]
        )

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        """What is pinned is written down where it outlives this machine."""
        blue = pair.seen(self.setting.blue)
        if not blue or not self._sound(pair):
            return ()
        if not asked(pair, blue.name):
            return sent_through(blue)
        return tuple(
            order
            for name in pair.names
            if not recorded(pair, name, self.setting)
            for order in record_orders(pair, self.pinned(pair), name, self.setting)
        )

    def pinned(self, pair: PairFacts) -> PairFacts:
        """What came through the MASTER's tunnels is to come through the next one's."""
        paths = came_back(pair, self.setting.blue)
        return replace(pair, outside=replace(pair.outside, paths=paths))

    def undone(self, pair: PairFacts, before: PairFacts) -> Verdict:
        """Everything is taken back: the roles must have followed, before anything is let go."""
        both = pair.both()
        return all_of(
            [
                seen(pair),
                same_roles(pair, before),
                *(well(r) for r in both or ()),
                settled(pair, before),
                YES if self.setting.following else followed(pair, self.setting),
            ]
        )

    def undo(self, pair: PairFacts, before: PairFacts) -> tuple[Order, ...]:
        """A router that lost its power meanwhile may have booted with 240, or its peer have taken
        over by itself, so that no step of ours has moved the role; and roles that came back by
        themselves have left the floating address behind."""
        home = home_orders(pair, before, self.setting)
        if home or self.setting.following or not same_roles(pair, before):
            return home
        return follow(pair, self.setting)


@dataclass(frozen=True, slots=True)
class Postflight(Quiet):
    """Everything that was there is there, by role."""

    setting: Setting
    switched: bool = False  # the roles stay exchanged on purpose
    router: str = "pair"
    deadline_s: float = 120.0
    name = "postflight"

    @property
    def goal(self) -> str:
        return "everything that was there before the run is there"

    def ready(self, pair: PairFacts) -> Verdict:
        return seen(pair)

    def layers(self, pair: PairFacts) -> Layers:
        both, was = pair.both(), pair.before.both() if pair.before else None
        if not both or not was or not pair.before:
            return (("reachable", no("both routers and the baseline are needed")),)
        most = max(both, key=lambda router: len(router.masters()))
        alone = len(most.masters()) == len(most.vhids)
        follows = converged(pair, most.name, self.setting) if alone else ()
        return (
            *follows,
            ("roles", self._roles(pair, pair.before)),
            ("vhids", all_of(as_listed(r, w) for r, w in zip(both, was, strict=True))),
            ("skews", Verdict() if self.switched else self._skews(pair, pair.before)),
            *(
                (f"health of {r.name}", self._health(pair, r, w, p))
                for r, w, p in zip(both, was, reversed(was), strict=True)
                if r.masters() == () or not alone
            ),
        )

    def _health(
        self, pair: PairFacts, now: RouterFacts, was: RouterFacts, peer_was: RouterFacts
    ) -> Verdict:
        return all_of(
            [
                standby_as(now, was, peer_was),
                ipsec_ready(now, was, self.setting),
                standby_adjacencies(pair, now.name, self.setting),
            ]
        )

    def _roles(self, pair: PairFacts, before: PairFacts) -> Verdict:
        """As at the start; or green serves, where that is what the run was for."""
        if not self.switched:
            return same_roles(pair, before)
        return Verdict() if self.setting.releasing else serves_all(pair, self.setting.green)

    def _skews(self, pair: PairFacts, before: PairFacts) -> Verdict:
        return all_of(hold_all(original(pair, before, name)) for name in pair.names)

    def done(self, pair: PairFacts) -> Verdict:
        return all_of(verdict for _, verdict in self.layers(pair))

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        """A router that lost its power meanwhile booted with 240, where its configuration was not
        put back yet; or with its old skew, and took back what it had yielded."""
        if not pair.before:
            return ()
        return self._roles_again(pair, pair.before) or follow(pair, self.setting)

    def _roles_again(self, pair: PairFacts, before: PairFacts) -> tuple[Order, ...]:
        if self.setting.releasing:
            return ()
        if self.switched:
            return drained_orders(pair, before, self.setting.blue, self.setting)
        return home_orders(pair, before, self.setting)
