"""A simulated pair at rest, drained, cut apart: what its wire and its time do."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bluegreen.emulator.spec import LO0, InterfaceSpec, MachineSpec, VhidSpec
from bluegreen.freebsd.commands import advertise_now
from bluegreen.model.command import Command, Effect, Script
from bluegreen.sim.network import ARP_S, LATENCY_S
from bluegreen.sim.start import Start
from bluegreen.sim.world import SimWorld

VIP = "198.51.100.1"
BLUE, GREEN = "router-001", "router-002"


def a_router(
    name: str, host: int, advskew: int, peer: int | None = None, interface: str = "vmx0"
) -> MachineSpec:
    named = f"192.0.2.{peer}" if peer else None
    own = InterfaceSpec(interface, (f"192.0.2.{host}/24",), ether=f"00:50:56:00:00:{host}")
    return MachineSpec(
        name=name,
        interfaces=(own, LO0),
        vhids=(VhidSpec(interface, 1, (f"{VIP}/32",), advskew=advskew, peer=named),),
        ssh_server=f"192.0.2.{host}",
    )


def a_pair(
    blue: int = 0, green: int = 100, *, unicast: bool = False
) -> tuple[MachineSpec, MachineSpec]:
    return (
        a_router(BLUE, 11, blue, 12 if unicast else None),
        a_router(GREEN, 12, green, 11 if unicast else None),
    )


def set_skew(advskew: int, *peer: str, interface: str = "vmx0") -> Script:
    words = ("ifconfig", interface, "vhid", "1", "advskew", str(advskew), *peer)
    return Script((Command(words, 5.0, Effect.CARP), advertise_now()))


def test_a_pair_begins_settled_with_the_lower_skew_as_master() -> None:
    world = SimWorld(a_pair())

    assert world.now_s == 0.0
    assert world.masters(VIP) == (BLUE,)
    assert world.violations() == ()
    assert world.doors().clock.now().isoformat() == "2026-01-01T00:00:00+00:00"


def test_whoever_is_said_to_be_master_is_master_where_nobody_preempts() -> None:
    blue, green = a_pair()
    patient = (replace(blue, preempt=False), replace(green, preempt=False))

    world = SimWorld(patient, start=Start(frozenset({(GREEN, "vmx0", 1)})))

    assert world.masters(VIP) == (GREEN,)


def test_half_an_hour_of_steady_carp_is_leapt_over() -> None:
    world = SimWorld(a_pair(unicast=True))
    clock, before = world.doors().clock, world.network.events

    clock.sleep(1800.0)

    assert clock.now_s() == 1800.0
    assert world.network.events - before < 10  # 3600 would be lived through one by one
    assert world.masters(VIP) == (BLUE,)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 99),
    skews=st.sampled_from([(0, 100), (100, 0), (50, 50), (200, 20)]),
    unicast=st.booleans(),
    sleeps=st.lists(st.floats(0.001, 200.0), min_size=1, max_size=4),
    drained=st.booleans(),
)
def test_leaping_is_the_same_as_living_through(
    seed: int, skews: tuple[int, int], unicast: bool, sleeps: list[float], drained: bool
) -> None:
    leaping = SimWorld(a_pair(*skews, unicast=unicast), seed)
    living = SimWorld(a_pair(*skews, unicast=unicast), seed)

    for seconds in sleeps:
        until = leaping.now_s + seconds
        leaping.network.advance(until)
        while living.now_s < until:
            living.network.advance(min(until, living.now_s + 1.7))
        if drained:
            for world in (leaping, living):
                peer = ("peer", "192.0.2.12") if unicast else ()
                world.doors().transports[BLUE].run(set_skew(220, *peer))

    for one, other in zip(leaping.machines, living.machines, strict=True):
        assert one.carp.vhids() == other.carp.vhids()
        assert one.carp.next_due() == other.carp.next_due()
    assert leaping.masters(VIP) == living.masters(VIP)
    assert leaping.network.record.served[VIP].changes == living.network.record.served[VIP].changes


@pytest.mark.parametrize("unicast", [False, True])
def test_a_drained_master_is_relieved_at_once_and_nobody_goes_unserved(unicast: bool) -> None:
    world = SimWorld(a_pair(unicast=unicast))
    peer = ("peer", "192.0.2.12") if unicast else ()

    world.doors().transports[BLUE].run(set_skew(220, *peer))

    changes = world.network.record.served[VIP].changes
    assert [servers for _, servers in changes] == [(BLUE,), (BLUE, GREEN), (GREEN,)]
    assert changes[2][0] - changes[1][0] == pytest.approx(LATENCY_S)
    assert world.violations() == ()


def test_the_same_wire_may_be_plugged_into_differently_named_interfaces() -> None:
    world = SimWorld((a_router(BLUE, 11, 0), a_router(GREEN, 12, 100, interface="igb1")))

    world.doors().transports[BLUE].run(set_skew(220))

    assert world.masters(VIP) == (GREEN,)


def test_a_peer_that_is_not_named_again_ends_in_two_masters() -> None:
    world = SimWorld(a_pair(unicast=True))
    doors = world.doors()

    doors.transports[BLUE].run(set_skew(220))  # 14.x falls back to multicast
    doors.clock.sleep(10.0)

    assert world.masters(VIP) == (BLUE, GREEN)
    assert [v.broken for v in world.violations()] == ["two-masters"]


def test_a_dead_master_is_missed_for_the_patience_of_its_peer() -> None:
    world = SimWorld(a_pair())

    world.network.power_off(0)
    world.network.advance(10.0)

    (dark,) = world.network.record.unserved(VIP, world.now_s)
    assert dark.since == 0.0
    assert 2.3 < dark.seconds < 3.4  # 3 * advbase + 100/256 s since the last advertisement
    assert world.masters(VIP) == (GREEN,)


def test_who_cannot_reach_a_unicast_peer_demotes_itself_and_is_preempted_by_it() -> None:
    world = SimWorld(a_pair(unicast=True))
    blue, green = world.machines

    world.network.power_off(1)
    world.network.advance(ARP_S - 1.0)
    assert blue.carp.demotion == 0
    world.network.advance(ARP_S + 5.0)
    assert blue.carp.demotion == 240

    green.faults.dead = False
    world.network.wake(1)
    world.network.advance(world.now_s + 120.0)
    assert world.masters(VIP) == (GREEN,)
    assert blue.carp.demotion == 240  # a BACKUP sends nothing, so it never recovers
    said = blue.run(("dmesg",), "", world.now_s).stdout
    assert "carp: demoted by 240 to 240 (send error 64 on vmx0)" in said


def test_who_sends_well_again_takes_its_demotion_back() -> None:
    slow = a_router(GREEN, 12, 240, 11)
    world = SimWorld((a_router(BLUE, 11, 0, 12), slow))

    world.network.power_off(1)
    world.network.advance(ARP_S + 5.0)
    world.machines[1].faults.dead = False
    world.network.wake(1)
    world.network.advance(world.now_s + 120.0)

    assert world.masters(VIP) == (BLUE,)
    assert world.machines[0].carp.demotion == 0


def test_a_cut_wire_makes_two_masters_until_it_is_mended() -> None:
    world = SimWorld(a_pair())

    world.network.cut = True
    world.network.advance(10.0)
    assert world.masters(VIP) == (BLUE, GREEN)

    world.repair()
    assert world.masters(VIP) == (BLUE,)


def test_what_takes_a_master_out_of_service_is_noticed_whatever_it_is_called() -> None:
    world = SimWorld(a_pair())
    harmless = Command(("shutdown", "-r", "now"), 5.0, Effect.READ)

    world.doors().transports[BLUE].run(Script((harmless,)))
    world.network.advance(100.0)

    broken = [violation.broken for violation in world.violations()]
    assert broken == ["unserved", "disruptive-not-idle"]


def test_two_routers_that_boot_at_once_are_both_down() -> None:
    world = SimWorld(a_pair())
    doors, down = world.doors(), Script((Command(("shutdown", "-r", "now"), 5.0, Effect.READ),))

    doors.transports[GREEN].run(down)
    doors.transports[BLUE].run(down)
    doors.clock.sleep(100.0)

    (both_down,) = [v for v in world.violations() if v.broken == "both-down"]
    assert both_down.span.seconds == pytest.approx(60.0, abs=0.2)


def test_a_seed_shifts_when_advertisements_fall_and_nothing_else() -> None:
    one, same, other = (SimWorld(a_pair(), seed) for seed in (1, 1, 2))

    assert one.machines[0].carp.next_due() == same.machines[0].carp.next_due()
    assert one.machines[0].carp.next_due() != other.machines[0].carp.next_due()
    assert one.snapshot() == other.snapshot()
