"""A third router with the pair's vhids: while one of the pair serves, it never does."""

import pytest
from pairs import BLUE, GREEN, NEW, blue_of
from runs import Story

from bluegreen.cli.files import load_playbook, strategies
from bluegreen.cli.provision_request import SPARE
from bluegreen.cli.request import Request
from bluegreen.cli.worlds import rehearsed_world
from bluegreen.model.inventory import parse_inventory
from bluegreen.sim.faults import parse_fault
from bluegreen.sim.spare import Spare
from bluegreen.sim.strangers import QUIET, Segment

SKEWS = [(0, 100), (100, 0), (0, 1), (10, 180), (0, 198), (0, 200), (150, 218)]


def beside_a_spare(
    skews: tuple[int, int], advskew: int, strategy: str = "active-first", *faults: str
) -> tuple[Story, Spare]:
    """Return an upgrade of a multicast pair, and the third router on its wires."""
    given = f"advskew: {{{BLUE}: {skews[0]}, {GREEN}: {skews[1]}}}"
    pair = parse_inventory(
        f"""
routers:
  {BLUE}: {{address: 192.0.2.11}}
  {GREEN}: {{address: 192.0.2.12}}
pairs:
  edge:
    routers: [{BLUE}, {GREEN}]
    rehearsal:
      vhids:
        - {{vhid: 2, interface: vmx1, vip: 198.51.100.230/32, {given}}}
        - {{vhid: 3, interface: vmx0, vips: [192.0.2.1/24, "2001:db8::1/64"], {given}}}
""",
        "hosts.yaml",
    ).pair("edge")
    request = Request("upgrade", pair, load_playbook(strategy), blue_of(pair), "R1")
    world = rehearsed_world(pair, 0, [parse_fault(text) for text in faults])
    spare = Spare((c for c, _ in world.machines[0].carp.vhids()), advskew, world.now_s)
    world.network.join(Segment(spare=spare))
    return Story(request, world), spare


@pytest.mark.parametrize("strategy", [s for s in strategies() if "first" in s])
@pytest.mark.parametrize("skews", SKEWS)
def test_no_switch_of_an_upgrade_hands_a_role_to_the_spare(
    strategy: str, skews: tuple[int, int]
) -> None:
    story, spare = beside_a_spare(skews, SPARE, strategy)

    finished = story.go()

    assert finished.outcome == "done", finished.reason
    assert [router.versions.running for router in story.now] == [NEW, NEW]
    assert spare.served == []
    assert story.world.violations() == ()


@pytest.mark.parametrize(
    "fault", [f"install-fails@install@{GREEN}", "wrong-environment", "peer-never-takes-over"]
)
def test_nor_does_what_is_taken_back(fault: str) -> None:
    story, spare = beside_a_spare((0, 100), SPARE, "active-first", fault)
    before = story.now

    finished = story.go()

    assert finished.outcome == "rolled_back", finished.reason
    assert [r.vhids for r in story.now] == [r.vhids for r in before]
    assert spare.served == []


def test_a_spare_that_is_as_fast_as_a_drained_router_takes_part_in_a_switch() -> None:
    story, spare = beside_a_spare((0, 100), 200)

    story.go()

    assert spare.served


def test_the_spare_serves_while_both_are_down_and_yields_to_the_first_that_is_back() -> None:
    story, spare = beside_a_spare((0, 100), SPARE)
    network = story.world.network

    for router in (0, 1):
        network.power_off(router)
    network.advance(network.now + 10.0)
    assert {effect.vhid for _, effect in spare.served} == {2, 3}
    network.repair(1)
    network.advance(network.now + 120.0)

    assert {state.value for _, state in spare.carp.vhids()} == {"BACKUP"}
    assert {v.state.value for v in story.router(GREEN).vhids} == {"MASTER"}


@pytest.mark.parametrize("fault", ["router-reboots", "peer-dies", "cable-pulled", "second-master"])
def test_what_breaks_ends_as_it_does_without_a_spare(fault: str) -> None:
    story, spare = beside_a_spare((0, 100), SPARE, "active-first", fault)
    alone, _ = beside_a_spare((0, 100), SPARE, "active-first", fault)
    alone.world.network.join(QUIET)

    ended, other = story.go(), alone.go()

    assert (ended.outcome, ended.exit_code) == (other.outcome, other.exit_code)
    assert bool(spare.served) is (fault == "cable-pulled")
