"""How many states each router has, for a plan: one question a router, where pfsync is on both."""

from collections.abc import Callable, Mapping

from bluegreen.engine.together import together
from bluegreen.errors import BluegreenError
from bluegreen.freebsd.exam import has_pfsync, read_states, states_script
from bluegreen.model.command import legible
from bluegreen.model.facts import PairFacts, Unknown
from bluegreen.world import Transport, World


def states_seen(world: World, facts: PairFacts) -> Mapping[str, int | Unknown]:
    """Return how many states each router has, by its name; {}: nothing keeps them alike."""
    both = facts.both()
    if not both or not all(map(has_pfsync, both)):
        return {}

    def asking(transport: Transport) -> Callable[[], int | Unknown]:
        def ask() -> int | Unknown:
            try:
                (output,) = legible(transport.run(states_script()))
            except BluegreenError as error:
                return Unknown(error.what)
            return read_states(output)

        return ask

    asked = {router.name: asking(world.transports[router.name]) for router in both}
    return together(asked, parallel=world.parallel)
