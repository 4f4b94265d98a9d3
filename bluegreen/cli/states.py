"""How many states each router has, for a plan: one question a router, where pfsync is on both."""

from collections.abc import Mapping

from bluegreen.cli.look import asked
from bluegreen.freebsd.exam import has_pfsync, read_states, states_script
from bluegreen.model.facts import PairFacts, Unknown
from bluegreen.world import World


def states_seen(world: World, facts: PairFacts) -> Mapping[str, int | Unknown]:
    """Return how many states each router has, by its name; {}: nothing keeps them alike."""
    both = facts.both()
    if not both or not all(map(has_pfsync, both)):
        return {}
    answers = asked(world, {router.name: states_script() for router in both})
    return {
        name: said if isinstance(said, Unknown) else read_states(*said)
        for name, said in answers.items()
    }
