"""Explore: rehearse what could happen at every moment of a run, and runs with several faults."""

import os
import shlex
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from bluegreen.cli.options import Common
from bluegreen.cli.output import Stopper, say, tell
from bluegreen.cli.rehearsal import Rehearsal, Stage
from bluegreen.cli.request import Request
from bluegreen.report.explored import Explored, Failing, explored_json, render_explored
from bluegreen.sim.branches import Branches
from bluegreen.sim.dice import Table, scenario, table_of
from bluegreen.sim.explorer import Explorer, Found, Result, Trunk, play_many, played
from bluegreen.sim.explorer import StoppedExploring as Stopped
from bluegreen.sim.faults import parse_fault
from bluegreen.sim.scenario import Act, Controller, Ending, Scenario
from bluegreen.sim.shrink import shrunk
from bluegreen.sim.world import SimWorld

INTERRUPTED = 130
TOLD_EVERY_S = 10.0  # how often people hear how far it is
SHOWN_MAX = 20  # scenarios that broke something, in the JSON document


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be explored."""

    command: tuple[str, ...]  # what was typed, without what makes it an exploration
    exhaustive: bool = True
    runs: int = 0  # with several faults each
    seed: int = 0
    budget_s: float | None = None  # stop then; None: when all is done
    to_the_end: bool = False  # live through each scenario, also where another stood the same


class Exploration:
    """One pair, one playbook: everything that is tried on them."""

    def __init__(self, stage: Stage, request: Request, wish: Wish) -> None:
        self._stage = stage
        self._request = request
        self._wish = wish
        self._began_s = time.monotonic()
        self._told_s = self._began_s
        self.found = Found()

    def made(self, played: Scenario) -> tuple[SimWorld, Controller]:
        """Return a pair and the program that is to work on it, both as new."""
        world = self._stage.world(played.seed, played.faults)
        return world, Rehearsal(world, self._request)

    def trunks(self) -> tuple[Trunk, ...]:
        """Return the run itself, the rollback behind it, and, of an upgrade, one that fails."""
        seed = self._wish.seed
        whole = (
            Trunk("the run", Scenario(seed=seed)),
            Trunk("its rollback", Scenario(acts=(Act.ROLLBACK,), seed=seed), back=True),
        )
        if not any(planned.step.name == "install" for planned in self._request.plan.steps):
            return whole
        failing = Scenario((parse_fault("install-fails"),), seed=seed)
        return (*whole, Trunk("a leg that fails", failing, blows=False))

    def explore(self, asked_to_stop: Stopper) -> bool:
        """Return whether all was tried that was to be tried."""
        branches = Branches(os.cpu_count() or 1, self.found.hear)

        def stop() -> bool:
            self._tell()
            return asked_to_stop() or self._is_over()

        try:
            if self._wish.exhaustive:
                joins = not self._wish.to_the_end
                explorer = Explorer(self.made, branches, self.found, stop, joins)
                for trunk in self.trunks():
                    explorer.explore(trunk)
            if self._wish.runs:
                seeds = range(self._wish.seed, self._wish.seed + self._wish.runs)
                play_many(self.made, self.several(seeds, stop), self.wanted(), branches)
                branches.wait()
        except Stopped:
            return False
        finally:
            branches.end()
        return not asked_to_stop()

    def wanted(self) -> Ending:
        return played(self.made, Scenario())

    def shrink(self, result: Result) -> Scenario:
        """Return the least that breaks what a result has broken."""
        wanted = self.wanted()
        broken = {violation.broken for violation in result.violations}

        def still(simpler: Scenario) -> bool:
            end = played(self.made, simpler, wanted)
            return bool(broken & {violation.broken for violation in end.violations})

        return shrunk(result.scenario, still)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began_s

    def several(self, seeds: Iterable[int], stop: Callable[[], bool]) -> Iterator[Scenario]:
        """Yield the run with several faults that each seed makes."""
        table = self._table()
        for seed in seeds:
            if stop():
                raise Stopped
            yield scenario(table, seed)

    def _table(self) -> Table:
        steps = [planned.id for planned in self._request.plan.steps]
        return table_of(steps, self._stage.world(0).machines)

    def _is_over(self) -> bool:
        return self._wish.budget_s is not None and self.seconds >= self._wish.budget_s

    def _tell(self) -> None:
        now_s = time.monotonic()
        if now_s - self._told_s >= TOLD_EVERY_S:
            self._told_s = now_s
            count, bad = self.found.scenarios.total(), len(self.found.bad)
            tell(f"{self.seconds:.0f} s: {count} scenarios, {bad} broke an invariant")


def explore(common: Common, stage: Stage, request: Request, wish: Wish) -> int:
    """Explore, print what was found, and return 1 where any invariant was broken."""
    exploration = Exploration(stage, request, wish)
    with Stopper() as stopper:
        whole = exploration.explore(stopper)
        found = exploration.found
        seconds = exploration.seconds
        first = None
        if found.bad:
            worst = min(found.bad, key=lambda result: len(result.scenario.faults))
            tell(f"{_failing(wish, worst).command}\n  {worst.violations[0]}")
            tell("looking for the least that does it")
            least = exploration.shrink(worst)
            first = _failing(wish, replace(worst, scenario=least))
    explored = Explored(
        pair=request.pair.name,
        playbook=request.playbook.name,
        seed=wish.seed,
        seconds=seconds,
        scenarios=dict(found.scenarios),
        joined=found.joined,
        outcomes=dict(found.outcomes),
        violations=dict(found.broken),
        whole=whole,
        first=first,
        failing=tuple(_failing(wish, result) for result in found.bad[:SHOWN_MAX]),
    )
    say((explored_json if common.json else render_explored)(explored))
    if found.bad:
        return 1
    return INTERRUPTED if stopper.asked else 0


def _failing(wish: Wish, result: Result) -> Failing:
    words = ("bluegreen", "rehearse", *wish.command, *result.scenario.words())
    violations = tuple(map(str, result.violations))
    return Failing(shlex.join(words), result.kind, result.outcome, violations)
