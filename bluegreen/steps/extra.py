"""What an engineer adds to a playbook of their own: a soak, a pause, a check."""

import re
from dataclasses import dataclass

from bluegreen.model.command import Command, Effect
from bluegreen.model.facts import PairFacts
from bluegreen.model.roles import seen
from bluegreen.model.verdict import YES, Verdict, all_of, holds
from bluegreen.policy.layers import Layers, converged
from bluegreen.policy.setting import Setting
from bluegreen.world import Order, Quiet

BROKEN_S = 30.0  # a moment's silence is no outage, and a soak is there to notice one


@dataclass(frozen=True, slots=True)
class Soak(Quiet):
    """Go on watching before anything else is touched."""

    setting: Setting
    for_s: float
    router: str = "pair"
    deadline_s: float = 0.0
    name = "soak"

    @property
    def goal(self) -> str:
        return f"everything held for {self.for_s:.0f} s"

    def ready(self, pair: PairFacts) -> Verdict:
        return seen(pair)

    def layers(self, pair: PairFacts) -> Layers:
        both = pair.both()
        if not both:
            return (("reachable", seen(pair)),)
        alone = [r.name for r in both if r.vhids and len(r.masters()) == len(r.vhids)]
        if len(alone) == 1:
            return converged(pair, alone[0], self.setting)
        served = all_of(
            holds(len(pair.masters_of(g)) == 1, f"{g} has {len(pair.masters_of(g))} MASTERs")
            for g in pair.groups()
        )
        return (("carp", all_of([holds(bool(pair.groups()), "no vhid is shared"), served])),)

    def done(self, pair: PairFacts) -> Verdict:
        passed = holds(pair.elapsed_s >= self.for_s, f"{pair.elapsed_s:.0f} s have passed")
        return all_of([*(verdict for _, verdict in self.layers(pair)), passed])

    def failure(self, pair: PairFacts) -> str | None:
        """A soak is over as soon as what is watched has been broken for half a minute."""
        if pair.broken_s <= BROKEN_S:
            return None
        return str(all_of(verdict for _, verdict in self.layers(pair))) or None


@dataclass(frozen=True, slots=True)
class Pause(Quiet):
    """Stop here until somebody resumes the run; the runner does the stopping."""

    setting: Setting
    message: str
    router: str = "pair"
    deadline_s: float = 10.0
    name = "pause"

    @property
    def goal(self) -> str:
        return f"somebody has looked: {self.message}"

    def ready(self, pair: PairFacts) -> Verdict:
        return YES

    def done(self, pair: PairFacts) -> Verdict:
        return YES


@dataclass(frozen=True, slots=True)
class Check(Quiet):
    """A command of the engineer's own, read-only by their word, repeated until it holds."""

    setting: Setting
    router: str
    command: tuple[str, ...]
    expect: str | None = None
    deadline_s: float = 60.0
    name = "check"

    @property
    def goal(self) -> str:
        wanted = f"prints {self.expect!r}" if self.expect else "exits with 0"
        return f"`{' '.join(self.command)}` {wanted} on {self.router}"

    def ready(self, pair: PairFacts) -> Verdict:
        return holds(pair.seen(self.router) is not None, f"{self.router}: could not be observed")

    def done(self, pair: PairFacts) -> Verdict:
        if not pair.said:
            return Verdict(("it was not run yet",))
        last = pair.said[-1]
        found = self.expect is None or re.search(self.expect, last.stdout) is not None
        return all_of(
            [
                holds(last.ok, f"exit status {last.code}: {(last.stderr or last.stdout).strip()}"),
                holds(found, f"{self.expect!r} is not in what it printed"),
            ]
        )

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        return (Order(self.router, (Command(self.command, 30.0, Effect.READ),)),)
