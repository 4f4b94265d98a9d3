"""Make the tunnels of a router, and have its daemons read what was written."""

from dataclasses import dataclass

from bluegreen.freebsd.sitecommands import (
    drop_tunnel,
    follow_now,
    make_tunnel,
    restart_devd,
    restart_frr,
    start_frr,
)
from bluegreen.freebsd.siteedit import note
from bluegreen.model.command import Command
from bluegreen.model.design import Design
from bluegreen.model.facts import PairFacts, RouterFacts
from bluegreen.model.roles import idle
from bluegreen.model.routing import Ospf
from bluegreen.model.verdict import YES, Verdict, all_of, no
from bluegreen.policy.orders import order
from bluegreen.policy.rows import interface_of
from bluegreen.policy.services import (
    RESTARTED,
    frr_runs,
    handler_ready,
    tunnel_differs,
    tunnels_follow,
    tunnels_there,
)
from bluegreen.policy.setting import Setting
from bluegreen.world import Order, Quiet


@dataclass(frozen=True, slots=True)
class Tunnels(Quiet):
    """gre(4) as rc.conf(5) describes it."""

    setting: Setting
    router: str
    deadline_s: float = 60.0
    name = "tunnels"

    @property
    def goal(self) -> str:
        return f"{self.router} has its tunnels"

    def ready(self, pair: PairFacts) -> Verdict:
        return YES

    def done(self, pair: PairFacts) -> Verdict:
        known = _known(pair, self)
        return tunnels_there(*known) if known else _unseen(self)

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        known = _known(pair, self)
        if known is None:
            return ()
        facts, design = known
        return order(
            facts,
            self.setting,
            *(
                command
                for tunnel in design.tunnels
                if tunnel_differs(facts, tunnel)
                for command in make_tunnel(tunnel, interface_of(facts, tunnel.name) is not None)
            ),
        )

    def undo(self, pair: PairFacts, before: PairFacts) -> tuple[Order, ...]:
        facts = pair.seen(self.router)
        if facts is None:
            return ()
        gone = self._extra(pair, before)
        return order(facts, self.setting, *(drop_tunnel(name) for name in gone))

    def undone(self, pair: PairFacts, before: PairFacts) -> Verdict:
        return all_of(no(f"{self.router}: {n} is still there") for n in self._extra(pair, before))

    def _extra(self, pair: PairFacts, before: PairFacts) -> tuple[str, ...]:
        known, was = _known(pair, self), before.seen(self.router)
        if known is None or was is None:
            return ()
        facts, design = known
        return tuple(
            t.name
            for t in design.tunnels
            if interface_of(facts, t.name) and not interface_of(was, t.name)
        )


@dataclass(frozen=True, slots=True)
class Daemons(Quiet):
    """devd(8) and FRR, each asked whether it has what it needs."""

    setting: Setting
    router: str
    deadline_s: float = 120.0
    name = "daemons"

    @property
    def goal(self) -> str:
        return f"{self.router}: devd and FRR have read their configuration"

    def ready(self, pair: PairFacts) -> Verdict:
        return YES

    def done(self, pair: PairFacts) -> Verdict:
        known = _known(pair, self)
        if known is None:
            return _unseen(self)
        facts, design = known
        return all_of(
            [
                handler_ready(facts, design),
                tunnels_follow(facts, design),
                frr_runs(pair, facts, self.setting),
            ]
        )

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        known = _known(pair, self)
        if known is None:
            return ()
        facts, design = known
        commands: list[Command] = []
        if not handler_ready(facts, design):
            commands += [restart_devd(), follow_now()]
        elif not tunnels_follow(facts, design):
            commands.append(follow_now())
        commands += self._frr(pair)
        return order(facts, self.setting, *commands)

    def failure(self, pair: PairFacts) -> str | None:
        """An FRR that runs is restarted only where nothing rests on its adjacencies."""
        facts = pair.seen(self.router)
        if facts is None or frr_runs(pair, facts, self.setting):
            return None
        running = isinstance(facts.ospf, Ospf)
        if running and facts.masters():
            return (
                f"{self.router} serves, and FRR would be restarted: `bluegreen failover` first, "
                "or `service frr restart` there when it suits you"
            )
        return None

    def _frr(self, pair: PairFacts) -> tuple[Command, ...]:
        facts = pair.seen(self.router)
        if facts is None or frr_runs(pair, facts, self.setting):
            return ()
        paths = self.setting.paths_of(self.router)
        done = note(paths, self.setting.run, RESTARTED)
        if not isinstance(facts.ospf, Ospf):
            return (start_frr(), *done)
        return (restart_frr(), *done) if idle(pair, self.router) else ()

    def undo(self, pair: PairFacts, before: PairFacts) -> tuple[Order, ...]:
        """Files come back in a step of their own, and daemons read them there."""
        return ()


def _known(pair: PairFacts, step: Tunnels | Daemons) -> tuple[RouterFacts, Design] | None:
    """Return how the router is and what it is to be, if both are known."""
    facts, design = pair.seen(step.router), step.setting.design
    return None if facts is None or design is None else (facts, design)


def _unseen(step: Tunnels | Daemons) -> Verdict:
    return no(f"{step.router}: could not be observed")
