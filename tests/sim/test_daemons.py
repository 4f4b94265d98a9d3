"""Pairs that speak OSPF with each daemon and release: upgraded whole, switched, taken back."""

from dataclasses import replace

import pytest
from judged import at_console, but_for_the_system, differences, lost_probes
from pairs import BLUE, GREEN, STRATEGIES, a_strategy
from runs import Story

from bluegreen.cli.execute import dialect_of
from bluegreen.cli.planning import plan_on_twin
from bluegreen.cli.request import Request
from bluegreen.cli.worlds import rehearsed_world, twin_world
from bluegreen.engine.observer import Observer
from bluegreen.engine.runner import Orders
from bluegreen.model.facts import PairFacts, RouterFacts, Unknown
from bluegreen.model.inventory import parse_inventory
from bluegreen.model.pair import Pair
from bluegreen.model.routing import Ospf
from bluegreen.sim.faults import parse_fault

DAEMONS = (
    ("frr", "7.0"),
    ("frr", "7.5.1"),
    ("frr", "8.2.2"),
    ("frr", "8.5.4"),
    ("frr", "9.1.3"),
    ("frr", "10.3"),
    ("quagga", "1.2.4"),
    ("bird", "1.6.8"),
    ("bird", "2.15.1"),
    ("openospfd", "4.6"),
)
COSTS = ("frr", "quagga")  # what links cost can be changed while they run
INVENTORY = f"""
routers:
  {BLUE}: {{address: 192.0.2.11}}
  {GREEN}: {{address: 192.0.2.12}}
pairs:
  edge:
    routers: [{BLUE}, {GREEN}]
    ospf: {{daemon: DAEMON, min_neighbors: 2}}
    rehearsal:
      ospf: {{version: "VERSION"}}
      vhids: [{{vhid: 2, interface: vmx1, vip: 198.51.100.230/32, unicast: true}}]
      tunnels:
        - {{name: gre0, local: 198.51.100.230, remote: 203.0.113.30,
           inner: 172.27.27.252, inner_remote: 172.27.27.33}}
"""
every_daemon = pytest.mark.parametrize(("daemon", "version"), DAEMONS)


def a_pair(daemon: str, version: str) -> Pair:
    text = INVENTORY.replace("DAEMON", daemon).replace("VERSION", version)
    return parse_inventory(text, "hosts.yaml").pair("edge")


def a_story(daemon: str, version: str, strategy: str = "active-first", *faults: str) -> Story:
    pair = a_pair(daemon, version)
    command = "failover" if strategy == "failover" else "upgrade"
    request = Request(command, pair, a_strategy(strategy), BLUE, "R1")
    return Story(request, rehearsed_world(pair, 0, [parse_fault(text) for text in faults]))


def seen(story: Story, pair: Pair | None = None) -> PairFacts:
    """Return what one look says, by the real questions and parsers."""
    return Observer(story.world.doors(), dialect_of(pair or story.request.pair)).look()


def ospf_of(facts: PairFacts, router: str) -> Ospf:
    found = facts.seen(router)
    assert found is not None
    assert isinstance(found.ospf, Ospf), found.ospf
    return found.ospf


def layers(story: Story, step: str) -> set[str]:
    """Return the layers that were seen to hold in a step."""
    return {e.layer for e in story.events if e.event == "observed" and e.step == step and e.layer}


@every_daemon
def test_each_says_who_is_full_where_and_what_was_learned(daemon: str, version: str) -> None:
    story = a_story(daemon, version)

    blue, green = (ospf_of(seen(story), name) for name in (BLUE, GREEN))

    assert (blue.daemon, blue.router_id) == (daemon, "10.255.255.11")
    assert [(n.router_id, n.address, n.interface, n.full) for n in blue.neighbors] == [
        ("10.255.0.1", "172.27.27.33", "gre0", True),
        ("10.255.1.1", "192.0.2.100", "vmx1", True),
    ]
    assert [n.router_id for n in green.neighbors] == ["10.255.1.1"]  # the tunnel ends at the VIP
    if daemon != "openospfd":
        assert [(r.prefix, r.next_hops, r.interfaces, r.installed) for r in blue.routes] == [
            ("10.100.0.0/16", ("172.27.27.33",), ("gre0",), True),
            ("10.200.0.0/16", ("192.0.2.100",), ("vmx1",), True),
        ]
    costs = {i.name: i.cost for i in blue.interfaces}
    assert costs == ({"gre0": 10, "vmx1": 10} if daemon in COSTS else {})


@every_daemon
def test_a_twin_of_it_speaks_as_it_does(daemon: str, version: str) -> None:
    story = a_story(daemon, version)
    facts = seen(story)

    twin = twin_world(story.request.pair, facts, None)

    again = Observer(twin.doors(), dialect_of(story.request.pair)).look()
    specs = [machine.spec.ospf for machine in twin.machines]
    assert [spec.version for spec in specs if spec] == [version, version]
    for name in (BLUE, GREEN):
        assert ospf_of(again, name) == ospf_of(facts, name)


@pytest.mark.parametrize("strategy", STRATEGIES)
@every_daemon
def test_a_whole_upgrade_sees_each_adjacency_come_back_after_each_switch(
    daemon: str, version: str, strategy: str
) -> None:
    story = a_story(daemon, version, strategy)

    finished = story.go()

    assert finished.outcome == "done", finished.reason
    assert but_for_the_system(story.now) == but_for_the_system(story.before)
    assert lost_probes(finished) == 0
    assert story.world.violations() == ()
    assert story.world.leftovers() == ()
    for step in (f"converge@{GREEN}", f"converge@{BLUE}"):
        assert {"tunnels", "ospf", "routes"} <= layers(story, step)


@every_daemon
def test_a_failover_sees_it_too(daemon: str, version: str) -> None:
    story = a_story(daemon, version, "failover")

    finished = story.go()

    assert finished.outcome == "done", finished.reason
    assert story.world.masters("198.51.100.230") == (GREEN,)
    assert {"tunnels", "ospf", "routes"} <= layers(story, f"converge@{GREEN}")


@every_daemon
def test_what_was_upgraded_is_taken_back_whole(daemon: str, version: str) -> None:
    story = a_story(daemon, version)
    assert story.go().outcome == "done"

    finished = story.back()

    assert finished.outcome == "rolled_back", finished.reason
    assert differences(story.before, story.now) == []


@pytest.mark.parametrize("strategy", [*STRATEGIES, "failover"])
@every_daemon
def test_an_adjacency_that_does_not_come_back_is_found_and_the_roles_are_given_back(
    daemon: str, version: str, strategy: str
) -> None:
    story = a_story(daemon, version, strategy, "ospf-stuck@drain")

    finished = story.go()

    assert (finished.outcome, finished.exit_code) == ("rolled_back", 1)
    assert (
        "ospf: router-002: OSPF neighbour 10.255.0.1 on gre0 is ExStart: the two ends differ in "
        "their MTU, or long packets are lost" in (finished.reason or "")
    )
    assert story.world.masters("198.51.100.230") == (BLUE,)
    assert lost_probes(finished) == 0


@every_daemon
def test_a_one_way_tunnel_is_told_from_a_narrow_one(daemon: str, version: str) -> None:
    story = a_story(daemon, version, "failover", "tunnel-one-way@drain")

    finished = story.go()

    assert (finished.outcome, finished.exit_code) == ("rolled_back", 1)
    assert (
        "ospf: router-002: OSPF neighbour 10.255.0.1 on gre0 is Init: it is heard and does not "
        "hear us: one-way" in (finished.reason or "")
    )


@pytest.mark.parametrize(("daemon", "version"), [d for d in DAEMONS if d[0] in COSTS])
def test_a_daemon_that_is_started_anew_while_its_links_cost_the_most_ends_as_it_was(
    daemon: str, version: str
) -> None:
    story = a_story(daemon, version)
    story.orders = Orders(pause_after=f"cost-out@{BLUE}")
    assert story.go().outcome == "interrupted"
    costs = {i.cost for i in ospf_of(seen(story), BLUE).interfaces}

    at_console(story, BLUE, "service", daemon, "restart")
    story.orders = Orders()
    finished = story.go()

    assert costs == {65535}
    assert finished.outcome == "done", finished.reason
    assert {i.cost for i in ospf_of(seen(story), BLUE).interfaces} == {10}
    assert story.world.leftovers() == ()


@every_daemon
def test_a_router_whose_neighbours_do_not_come_back_after_its_boot_is_not_proven(
    daemon: str, version: str
) -> None:
    """Before any traffic is given to it: the gate behind the switch would be too late."""
    story = a_story(daemon, version, "active-first", f"ospf-stuck@reboot@{BLUE}")

    finished = story.go()

    assert (finished.outcome, finished.exit_code) == ("rolled_back", 1)
    assert (finished.reason or "").startswith(
        f"prove@{BLUE}: {BLUE}: OSPF neighbour 10.255.1.1 on vmx1 is ExStart"
    )
    assert f"drain@{GREEN}" not in story.steps("step_started")
    assert lost_probes(finished) == 0


@every_daemon
def test_what_links_cost_is_raised_for_a_reboot_where_the_daemon_can_and_comes_back(
    daemon: str, version: str
) -> None:
    story = a_story(daemon, version)

    assert story.go().outcome == "done"

    expected = 1 if daemon in COSTS else 0
    for router in (BLUE, GREEN):
        assert story.count(router, "ip ospf cost 65535") == expected
        costs = {i.cost for i in ospf_of(seen(story), router).interfaces}
        assert costs == ({10} if daemon in COSTS else set())


def test_a_daemon_that_is_not_named_is_found() -> None:
    unnamed = {}
    for daemon, version in (("frr", "8.5.4"), ("bird", "2.15.1"), ("openospfd", "4.6")):
        story = a_story(daemon, version)
        facts = seen(story, replace(story.request.pair, ospf=None))
        unnamed[daemon] = ospf_of(facts, BLUE).daemon

    assert unnamed == {daemon: daemon for daemon in unnamed}


def test_quagga_that_is_not_named_says_what_to_write() -> None:
    story = a_story("quagga", "1.2.4")

    blue = seen(story, replace(story.request.pair, ospf=None)).seen(BLUE)

    assert isinstance(blue, RouterFacts)
    assert blue.ospf == Unknown(
        "frr: % Unknown command.; this vtysh knows no JSON, as Quagga's does not: "
        "write `ospf: {daemon: quagga}`"
    )


@every_daemon
def test_a_plan_on_its_twin_is_what_is_sent(daemon: str, version: str) -> None:
    story = a_story(daemon, version)
    plan = plan_on_twin(story.request, seen(story))

    story.go()

    sent = {
        (e.step, command) for e in story.events if e.event == "command" for command in e.commands
    }
    for line in plan.lines:
        if line.id.startswith("cost-"):
            assert {(line.id, c.replace("RUN", "R1")) for c in line.commands} <= sent
