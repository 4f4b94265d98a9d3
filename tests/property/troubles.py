"""A pair that nobody has drawn, and what strikes it: the explorer's runs on any network."""

from networks import SETTLED_S, Network, look_at
from pairs import a_strategy

from bluegreen.cli.rehearsal import Rehearsal
from bluegreen.cli.request import Request, choose_blue
from bluegreen.sim.dice import Table, table_of
from bluegreen.sim.explorer import Stage
from bluegreen.sim.scenario import Controller, Scenario
from bluegreen.sim.world import SimWorld


def stage_of(network: Network, command: str = "upgrade") -> tuple[Stage, Table]:
    """Return what plays a scenario on a pair, and what there is that faults can strike."""
    rested = _rested(network, Scenario())
    blue = choose_blue(network.pair, look_at(rested, network.pair))
    playbook = a_strategy(network.strategy if command == "upgrade" else command)
    request = Request(command, network.pair, playbook, blue, "R1")

    def made(scenario: Scenario) -> tuple[SimWorld, Controller]:
        world = _rested(network, scenario)
        return world, Rehearsal(world, request)

    return made, table_of([planned.id for planned in request.plan.steps], rested.machines)


def _rested(network: Network, scenario: Scenario) -> SimWorld:
    """What was left over moves roles, and nobody of ours did it: let that happen first."""
    world = network.world(scenario.faults)
    world.network.advance(SETTLED_S)
    return world
