"""Routers that could not be looked at: what came back instead, and what to type."""

from collections.abc import Iterator, Mapping

from bluegreen.errors import UnreachableError
from bluegreen.model.facts import PairFacts, Unseen
from bluegreen.model.finding import HERE, Evidence, Finding, Fix, Severity

NOTHING: Mapping[str, str] = {}


def unreached(pair: PairFacts, by_hand: Mapping[str, str] = NOTHING) -> Iterator[Finding]:
    """Yield each router that was not seen.

    Args:
        pair: As it was seen.
        by_hand: By router, the command by which a person reaches it, where that is known.
    """
    for router in pair.unseen():
        yield Finding(
            "reachable",
            Severity.CRITICAL,
            f"{router.name}: could not be observed: {router.reason}",
            (Evidence(router.name, router.reason),),
            tuple(_ways(router, by_hand.get(router.name, ""))),
        )


def _ways(router: Unseen, command: str) -> Iterator[Fix]:
    """Yield what to do; where its key or its answer is the matter, the error knows it best."""
    if router.kind in ("", UnreachableError.__name__):
        yield Fix(HERE, "see whether it runs, and lets you in by hand", command)
    if router.next_move not in ("", UnreachableError.advice):
        yield Fix(HERE, router.next_move)
