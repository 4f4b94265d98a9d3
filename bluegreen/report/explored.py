"""What an exploration found, for people and for programs."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

VIOLATIONS_MAX = 5  # of one scenario, for people


@dataclass(frozen=True, slots=True)
class Failing:
    """A scenario that broke an invariant."""

    command: str  # that plays it again
    kind: str
    outcome: str
    violations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explored:
    """All that was tried, and what came of it."""

    pair: str
    playbook: str
    seed: int
    seconds: float
    scenarios: Mapping[str, int]  # by kind
    joined: int  # scenarios that went the way of another one from where both stood the same
    outcomes: Mapping[str, int]
    violations: Mapping[str, int]  # invariant: scenarios that broke it
    whole: bool  # False: it was stopped before all was tried
    first: Failing | None
    failing: tuple[Failing, ...]


def explored_json(explored: Explored) -> str:
    return json.dumps(asdict(explored), indent=2)


def render_explored(explored: Explored) -> str:
    return "\n".join(_lines(explored))


def _lines(explored: Explored) -> Iterator[str]:
    yield f"{explored.playbook} on {explored.pair}, seed {explored.seed}"
    for kind, count in explored.scenarios.items():
        yield f"  {count:>7}  {kind}"
    total = sum(explored.scenarios.values())
    ends = ", ".join(f"{count} {outcome}" for outcome, count in explored.outcomes.items())
    yield f"  {total:>7}  scenarios: {ends}"
    if explored.joined:
        yield f"  {explored.joined:>7}  of them joined another one where both stood the same"
    for broken, count in explored.violations.items():
        yield f"  {count:>7}  BROKE {broken}"
    if not explored.violations:
        yield "        0  broke an invariant"
    stopped = "" if explored.whole else "; stopped before all was tried"
    yield f"{explored.seconds:.1f} s{stopped}"
    if explored.first:
        yield "the least that breaks one:"
        yield f"  {explored.first.command}"
        for violation in explored.first.violations[:VIOLATIONS_MAX]:
            yield f"    {violation}"
