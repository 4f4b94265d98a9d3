"""Which runs have left something on a pair."""

from bluegreen.freebsd.paths import Paths
from bluegreen.model.facts import PairFacts, RouterFacts
from bluegreen.model.pair import Pair
from bluegreen.policy.leftovers import leftovers


def left_over(pair: Pair, facts: PairFacts) -> tuple[str, ...]:
    """Return the runs that have left something on a router, beyond what is kept on purpose."""
    paths = {router.name: Paths(router.state_dir) for router in pair.routers}
    left = (leftovers(r, paths[r.name]) for r in facts if isinstance(r, RouterFacts))
    return tuple(sorted({run for one in left for run in one.runs}))
