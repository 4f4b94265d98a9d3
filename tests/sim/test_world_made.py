"""Worlds made from an inventory's words, or from what a real pair was seen to be."""

from dataclasses import replace

import pytest

from bluegreen.emulator.spec import Durations
from bluegreen.errors import UsageError
from bluegreen.freebsd.paths import Paths
from bluegreen.model.facts import PairFacts, RouterFacts, Unknown, Unseen
from bluegreen.model.inventory import parse_inventory
from bluegreen.model.pair import Pair
from bluegreen.model.system import RcFile
from bluegreen.observation import FreeBsd
from bluegreen.sim.build import specs_from_rehearsal, start_of_rehearsal
from bluegreen.sim.twin import specs_from_facts, start_of_facts
from bluegreen.sim.world import SimWorld

A, B = "router-001", "router-002"
HEAD = """
routers:
  router-001: {address: 198.18.0.11}
  router-002: {address: edge-2.example.net}
pairs:
  edge:
    routers: [router-001, router-002]
    prefer: router-002
"""
RICH = (
    HEAD
    + """
    rehearsal:
      version: 14.2-RELEASE-p1
      reboot: 30s
      neighbors: 2
      vhids:
        - {vhid: 2, interface: vmx1, vip: 198.51.100.230/32, unicast: true}
        - {vhid: 3, interface: vmx0, vips: [172.27.27.1/27, "2001:db8:1::1/64"]}
      tunnels:
        - name: gre0
          local: 198.51.100.230
          remote: 203.0.113.30
          inner: 172.27.27.252
          inner_remote: 172.27.27.33
"""
)


def pair_of(text: str) -> Pair:
    return parse_inventory(text, "hosts.yaml").pair("edge")


def rehearsed(pair: Pair) -> SimWorld:
    return SimWorld(specs_from_rehearsal(pair), start=start_of_rehearsal(pair))


def observed(world: SimWorld, daemon: str = "frr") -> PairFacts:
    """Return what the real parsers make of a world's answers."""
    dialect = FreeBsd({machine.name: Paths() for machine in world.machines}, daemon)
    doors = world.doors()
    seen = []
    for name, transport in doors.transports.items():
        outputs = transport.run(dialect.questions(name))
        seen.append(dialect.read(name, outputs, 0.0, 0.0, transport.address))
    return PairFacts(seen[0], seen[1])


def both(facts: PairFacts) -> tuple[RouterFacts, RouterFacts]:
    found = facts.both()
    assert found is not None
    return found


def test_a_pair_of_which_nothing_is_said_is_one_vhid_on_example_addresses() -> None:
    world = rehearsed(pair_of(HEAD))

    first, second = both(observed(world))

    assert [str(v) for v in first.masters()] == []
    assert [str(v) for v in second.masters()] == ["1@vmx0"]
    assert [v.carp.advskew for v in (*first.vhids, *second.vhids)] == [100, 0]
    assert first.interfaces[0].inet[0].address == "198.18.0.11"
    assert second.interfaces[0].inet[0].address == "192.0.2.12"
    assert first.ospf is None
    assert first.environment_now() == "default"
    assert first.versions.userland == "14.2-RELEASE-p1"
    assert world.machines[0].spec.offered == "14.2-RELEASE-p2"


def test_everything_that_a_rehearsal_says_is_there() -> None:
    pair = pair_of(RICH)

    world = rehearsed(pair)
    world.network.advance(60.0)
    first, second = both(observed(world))

    public = second.vhids[0].carp
    assert (public.vhid, public.peer, public.addresses) == (2, "198.18.0.11", ("198.51.100.230",))
    assert [(str(v), v.carp.state.value) for v in second.vhids] == [
        ("2@vmx1", "MASTER"),
        ("3@vmx0", "MASTER"),
    ]
    tunnel = next(i for i in second.interfaces if i.name == "gre0")
    assert tunnel.tunnel is not None
    assert (tunnel.tunnel.local, tunnel.mtu) == ("198.51.100.230", 1476)
    assert world.machines[0].spec.durations == Durations(boot=30.0)
    assert not isinstance(second.ospf, Unknown | None)
    assert [n.full for n in second.ospf.neighbors] == [True, True]
    assert not isinstance(first.ospf, Unknown | None)
    assert [n.router_id for n in first.ospf.neighbors] == [
        "10.255.1.1"
    ]  # the tunnel follows vhid 2


def test_a_router_of_which_nothing_is_staged_is_on_the_target_already() -> None:
    pair = pair_of(HEAD + "    rehearsal: {nothing_staged: [router-001]}\n")

    first, second = specs_from_rehearsal(pair)

    assert (first.userland, first.offered) == ("14.2-RELEASE-p2", None)
    assert (second.userland, second.offered) == ("14.2-RELEASE-p1", "14.2-RELEASE-p2")


def test_another_release_is_reached_by_upgrade_and_not_by_fetch() -> None:
    pair = pair_of(HEAD + "    rehearsal: {target: 14.3-RELEASE-p1}\n")

    first, _ = specs_from_rehearsal(pair)

    assert (first.offered, first.releases) == (None, ("14.3-RELEASE-p1",))


@pytest.mark.parametrize("text", [HEAD, RICH])
def test_a_twin_is_observed_as_its_original_was(text: str) -> None:
    original = rehearsed(pair_of(text))
    original.network.advance(60.0)
    facts = observed(original)

    twin = SimWorld(specs_from_facts(facts), start=start_of_facts(facts))

    for was, now in zip(both(facts), both(observed(twin)), strict=True):
        assert timeless(now) == timeless(was)


def timeless(facts: RouterFacts) -> RouterFacts:
    """Leave out what time changes, and the digests of files with passwords in them."""
    files = () if isinstance(facts.rc, Unknown) else facts.rc
    rc = tuple(RcFile(file.path, file.lines) for file in files)
    boot = replace(facts.boot, time_s=0.0)
    return replace(facts, clock_s=0.0, boot=boot, rc=rc)


def test_a_twin_runs_with_the_skews_of_the_moment_and_boots_with_those_of_its_files() -> None:
    original = rehearsed(pair_of(HEAD))
    for line in ("ifconfig vmx0 vhid 1 advskew 200",):
        original.machines[0].run(tuple(line.split()), "", original.now_s)
    facts = observed(original)

    twin = SimWorld(specs_from_facts(facts), start=start_of_facts(facts))
    assert twin.snapshot()[0].vhids[0].advskew == 200

    twin.machines[0].run(("shutdown", "-r", "now"), "", twin.now_s)
    twin.network.touched(0)
    twin.network.advance(120.0)
    assert twin.snapshot()[0].vhids[0].advskew == 100


def test_a_twin_keeps_a_demotion_and_who_was_master_in_spite_of_it() -> None:
    original = rehearsed(pair_of(HEAD))
    original.machines[0].run(("sysctl", "net.inet.carp.demotion=240"), "", original.now_s)
    facts = observed(original)

    twin = SimWorld(specs_from_facts(facts), start=start_of_facts(facts))

    assert twin.snapshot()[0].demotion == 240
    assert twin.masters("198.51.100.1") == (B,)


def test_a_twin_without_readable_files_gets_files_of_its_own() -> None:
    original = rehearsed(pair_of(HEAD))
    first, second = both(observed(original))
    facts = PairFacts(replace(first, rc=Unknown("find failed")), second)

    twin = SimWorld(specs_from_facts(facts), start=start_of_facts(facts))

    assert [v.vhid for v in twin.snapshot()[0].vhids] == [1]


def test_there_is_no_twin_of_a_router_that_was_not_seen() -> None:
    first, _ = both(observed(rehearsed(pair_of(HEAD))))

    with pytest.raises(UsageError, match="no twin without facts of router-002"):
        specs_from_facts(PairFacts(first, Unseen(B, "no answer", 0.0)))
