"""The least that still breaks an invariant."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from bluegreen.sim.scenario import Scenario

TRIES_MAX = 40  # each is a whole run, or several


def shrunk(scenario: Scenario, still: Callable[[Scenario], bool]) -> Scenario:
    """Leave out whatever can be left out, one thing after the other, until nothing can.

    Args:
        scenario: Breaks an invariant.
        still: Plays another one, and says whether it breaks the same one.
    """
    tries = 0
    while True:
        for simpler in _simpler(scenario):
            tries += 1
            if tries > TRIES_MAX:
                return scenario
            if still(simpler):
                scenario = simpler
                break
        else:
            return scenario


def _simpler(scenario: Scenario) -> Iterator[Scenario]:
    """Yield what is one thing less, the greatest step first."""
    faults, acts = scenario.faults, scenario.acts
    for index in range(len(faults)):
        yield replace(scenario, faults=faults[:index] + faults[index + 1 :])
    for index in range(len(acts)):
        yield replace(scenario, acts=acts[:index] + acts[index + 1 :])
    if scenario.seed:
        yield replace(scenario, seed=0)
    for index, fault in enumerate(faults):
        for less in (None, 1, (fault.nth or 0) // 2):
            if fault.nth and (less is None or 0 < less < fault.nth):
                smaller = replace(fault, nth=less)
                yield replace(scenario, faults=(*faults[:index], smaller, *faults[index + 1 :]))
