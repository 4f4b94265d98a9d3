"""Runs that stand the same are one run from there: what is told apart, and what is not missed."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from pairs import a_pair, a_strategy, blue_of
from planted import Planted, explored

from bluegreen.cli.rehearsal import Rehearsal
from bluegreen.cli.request import Request
from bluegreen.cli.worlds import rehearsed_world
from bluegreen.engine.runner import Runner
from bluegreen.sim.explorer import CRASH_RESUME, Explorer, Found, Result, Trunk
from bluegreen.sim.faults import parse_fault
from bluegreen.sim.record import Blow
from bluegreen.sim.scenario import Controller, Scenario, Session
from bluegreen.sim.standing import standing
from bluegreen.sim.world import SimWorld

HERE = "drain@router-001"


def stage(scenario: Scenario, strategy: str = "failover") -> tuple[SimWorld, Controller]:
    pair = a_pair("edge")
    command = "failover" if strategy == "failover" else "upgrade"
    request = Request(command, pair, a_strategy(strategy), blue_of(pair), "R1")
    world = rehearsed_world(pair, scenario.seed, scenario.faults)
    return world, Rehearsal(world, request)


def stands(
    fault: str = "",
    change: Callable[[SimWorld], object] = lambda _: None,
    step: str = HERE,
    strategy: str = "failover",
) -> int | None:
    """Return where a run stands as a step begins, with something changed right before."""
    scenario = Scenario((parse_fault(fault),) if fault else ())
    world, controller = stage(scenario, strategy)
    session = Session(world, controller, list(scenario.acts))
    found: list[int | None] = []

    def began(name: str) -> None:
        if name == step:
            change(world)
            found.append(standing(session, name))

    world.on_step = began
    session.play()
    return found[-1]


def console(*argv: str) -> Callable[[SimWorld], object]:
    return lambda world: world.at_console("router-002", *argv)


def later(world: SimWorld) -> None:
    for machine in world.machines:
        for vhid in machine.carp.by_key.values():
            vhid.due = None if vhid.due is None else vhid.due + 0.3


def test_a_run_stands_where_it_stood() -> None:
    assert stands() == stands()
    assert stands() is not None


def test_where_an_advertisement_falls_is_not_told_apart() -> None:
    assert stands(change=later) == stands()


def test_one_that_was_killed_long_before_stands_as_one_that_never_was() -> None:
    late = {"step": "cost-in@router-001", "strategy": "active-first"}

    assert stands("controller-killed@persist@router-001#3", **late) == stands(**late)


def test_one_that_was_killed_right_before_does_not_yet() -> None:
    after = {"step": "persist@router-001", "strategy": "active-first"}

    assert stands("controller-killed@drain@router-001#3", **after) != stands(**after)


@pytest.mark.parametrize(
    "change",
    [
        console("sysctl", "net.inet.carp.preempt=0"),
        console("sysctl", "net.inet.carp.demotion=3"),
        console("ifconfig", "vmx1", "vhid", "2", "advskew", "77"),
        console("rm", "/etc/sysctl.conf"),
        console("mkdir", "/etc/new"),
        console("bectl", "create", "mine"),
        console("shutdown", "-r", "now"),
        lambda world: world.machines[0].set_link("vmx0", up=False, now=world.now_s),
        lambda world: setattr(world.machines[1].faults, "install_fails", True),
        lambda world: setattr(world.network, "cut", True),
    ],
)
def test_what_a_program_could_find_otherwise_is_told_apart(
    change: Callable[[SimWorld], object],
) -> None:
    assert stands(change=change) != stands()


def test_a_run_that_is_still_to_be_struck_is_compared_with_none() -> None:
    assert stands("ospf-stuck@hold") is None


def test_a_run_whose_service_was_harmed_is_compared_with_none() -> None:
    def harmed(world: SimWorld) -> None:
        world.network.record.hit(Blow.LINK, "router-002", world.now_s)

    assert stands(change=harmed) is None


@dataclass
class Listed(Found):
    """Keeps what became of each scenario."""

    results: dict[tuple[str, Scenario], tuple[str, int]] = field(default_factory=dict)

    def add(self, result: Result) -> None:
        self.results[result.kind, result.scenario] = (result.outcome, len(result.violations))
        super().add(result)


def listed(trunk: Trunk, joins: bool) -> Listed:
    found = Listed()
    Explorer(stage, None, found, lambda: False, joins).explore(trunk)
    return found


def test_every_scenario_that_joins_another_ends_as_if_it_were_lived_through() -> None:
    trunk = Trunk("the run", Scenario(), at=frozenset({"drain", "hold"}), blows=False)

    joined, whole = listed(trunk, joins=True), listed(trunk, joins=False)

    assert joined.results == whole.results
    assert whole.joined == 0
    assert joined.joined > len(joined.results) / 2


class Forgetful(Runner):
    """Does not read what the pair was like before from its journal, once it is started anew."""

    def _remember(self) -> None:
        """Know nothing."""


def test_what_a_program_has_forgotten_is_found_long_after_others_have_joined() -> None:
    crashes = Trunk("the run", Scenario(), at=frozenset({"stage"}), blows=False)

    found = explored(crashes, Planted(runner=Forgetful))

    assert found.joined > 0
    assert CRASH_RESUME in {result.kind for result in found.bad}
