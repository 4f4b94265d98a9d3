"""Faults strike where they are told to, once; what a human mends is whole again."""

from collections.abc import Callable

import pytest

from bluegreen.emulator.spec import (
    LO0,
    InterfaceSpec,
    MachineSpec,
    NeighborSpec,
    OspfSpec,
    VhidSpec,
)
from bluegreen.errors import OutcomeUnknownError, UnreachableError, UsageError
from bluegreen.model.command import Command, Effect, Script
from bluegreen.model.pair import FloatingAddress
from bluegreen.model.playbook import KNOWN_STEPS
from bluegreen.sim.faults import FAULTS, OF_IPSEC, OF_TUNNELS, Fault, parse_fault
from bluegreen.sim.life import Killed
from bluegreen.sim.strikes import STRIKES
from bluegreen.sim.world import SimWorld, View

VIP = "198.51.100.1"
BLUE, GREEN = "router-001", "router-002"


def a_router(name: str, host: int, advskew: int) -> MachineSpec:
    neighbor = NeighborSpec("10.255.0.1", "10.0.0.2", "vmx0", follows_vhid=1)
    return MachineSpec(
        name=name,
        interfaces=(InterfaceSpec("vmx0", (f"192.0.2.{host}/24",), ether="00:50:56:00:00:01"), LO0),
        vhids=(VhidSpec("vmx0", 1, (f"{VIP}/32",), advskew=advskew),),
        ospf=OspfSpec(f"10.255.255.{host}", (neighbor,)),
        ssh_server=f"192.0.2.{host}",
    )


def a_world(*faults: Fault | str) -> SimWorld:
    known = [parse_fault(fault) if isinstance(fault, str) else fault for fault in faults]
    specs = (a_router(BLUE, 11, 0), a_router(GREEN, 12, 100))
    return SimWorld(
        specs, faults=known, outside=View(ipfo=FloatingAddress("ovh", "ns1.example", VIP))
    )


def a_script(*lines: str, effect: Effect = Effect.CONFIG) -> Script:
    return Script(tuple(Command(tuple(line.split()), 5.0, effect) for line in lines))


DRAIN = a_script(
    "ifconfig vmx0 vhid 1 advskew 220", "sysctl net.inet.carp.demotion=0", effect=Effect.CARP
)
REBOOT = a_script("shutdown -r now", effect=Effect.DISRUPTIVE)
HOSTNAME = a_script("hostname", effect=Effect.READ)


def test_a_fault_strikes_at_its_own_step_unless_another_is_named() -> None:
    assert parse_fault("reboot-hangs") == Fault("reboot-hangs", "reboot")
    assert parse_fault("reboot-hangs@finish") == Fault("reboot-hangs", "finish")
    assert parse_fault("answer-lost@drain@router-002") == Fault("answer-lost", "drain", GREEN)
    assert str(parse_fault("answer-lost@drain@router-002")) == "answer-lost@drain@router-002"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("reboot-hang", "did you mean `reboot-hangs`?"),
        ("xyz", "known: connection-lost-before"),
        ("disk-full@", "name or name@router"),
        ("disk-full@stage@", "name or name@router"),
    ],
)
def test_a_fault_that_is_misspelled_is_refused_with_the_nearest_name(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said.replace("?", r"\?")):
        parse_fault(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("router-dies:router-3@drain", "no router `router-3`; did you mean `router-00"),
        ("link-lost:router-001/vmx9@drain", "router-001 has no vhid on `vmx9`"),
    ],
)
def test_a_fault_that_would_strike_nothing_is_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        a_world(text)


def test_every_fault_says_what_it_is_and_strikes_at_a_step_there_is() -> None:
    assert set(STRIKES) == {*FAULTS, *OF_TUNNELS, *OF_IPSEC}
    for kind in FAULTS.values():
        assert kind.doc.endswith(".")
        assert kind.step is None or kind.step in KNOWN_STEPS


def test_a_fault_waits_for_its_router_and_strikes_once() -> None:
    world = a_world("disk-full@drain@router-002")

    world.watch("step_started", "drain@router-001")
    assert world.never_struck() == (parse_fault("disk-full@drain@router-002"),)
    world.watch("step_started", "drain@router-002")
    world.watch("step_started", "drain@router-002")

    assert [(str(fault), router) for _, fault, router in world.struck] == [
        ("disk-full@drain@router-002", GREEN)
    ]
    assert world.machines[1].faults.disk_full
    assert not world.machines[0].faults.disk_full


def test_what_lies_in_wait_is_gone_when_its_step_is() -> None:
    world = a_world("answer-lost")

    world.watch("step_started", "drain@router-001")
    world.watch("step_done", "drain@router-001")

    assert world.doors().transports[BLUE].run(DRAIN)[0].ok


def test_a_router_that_never_takes_over_stays_backup() -> None:
    world = a_world("peer-never-takes-over")
    doors = world.doors()
    world.watch("step_started", "drain@router-001")

    doors.transports[BLUE].run(DRAIN)
    doors.clock.sleep(10.0)
    assert world.masters(VIP) == (BLUE,)

    world.repair()
    assert world.masters(VIP) == (GREEN,)


def test_ospf_that_is_stuck_stays_exstart_until_it_is_mended() -> None:
    world = a_world("ospf-stuck")
    doors = world.doors()
    question = Script((Command(("vtysh", "-c", "show ip ospf neighbor"), 5.0, Effect.READ),))
    world.watch("step_started", "drain@router-001")

    doors.transports[BLUE].run(DRAIN)
    doors.clock.sleep(60.0)
    assert "ExStart" in doors.transports[GREEN].run(question)[0].stdout

    world.repair()
    assert "Full" in doors.transports[GREEN].run(question)[0].stdout


def test_two_masters_are_excused_only_by_the_fault_that_makes_them() -> None:
    excused, not_excused = a_world("second-master"), a_world()
    excused.watch("step_started", "drain@router-001")
    not_excused.network.cut = True

    for world in (excused, not_excused):
        world.network.advance(20.0)
        assert world.masters(VIP) == (BLUE, GREEN)

    assert excused.violations() == ()
    assert [violation.broken for violation in not_excused.violations()] == ["two-masters"]


def test_the_peer_dies_right_before_a_change_and_not_before() -> None:
    world = a_world("peer-dies")
    transport = world.doors().transports[BLUE]
    world.watch("step_started", "drain@router-001")

    transport.run(HOSTNAME)
    assert world.machines[1].reachable
    transport.run(DRAIN)

    assert not world.machines[1].reachable
    assert world.masters(VIP) == (BLUE,)


def test_a_router_that_hangs_in_its_boot_is_back_after_a_repair() -> None:
    world = a_world("reboot-hangs")
    doors = world.doors()
    world.watch("step_started", "reboot@router-002")

    doors.transports[GREEN].run(REBOOT)
    doors.clock.sleep(3600.0)
    with pytest.raises(UnreachableError):
        doors.transports[GREEN].run(HOSTNAME)

    world.repair()
    assert doors.transports[GREEN].run(HOSTNAME)[0].stdout == "router-002.example.net\n"


def test_a_skewed_clock_is_skewed_from_the_start() -> None:
    world = a_world("clock-skew")

    said = world.doors().transports[BLUE].run(a_script("date +%s", effect=Effect.READ))

    assert int(said[0].stdout) - world.doors().clock.now().timestamp() == pytest.approx(3600, abs=1)


def test_a_killed_controller_has_made_its_change_and_touches_nothing_more() -> None:
    world = a_world("controller-killed")
    doors, check = world.doors(), world.life.check
    world.watch("step_started", "drain@router-001")
    doors.transports[BLUE].run(HOSTNAME)

    with pytest.raises(Killed):
        doors.transports[BLUE].run(DRAIN)

    assert world.masters(VIP) == (GREEN,)
    assert doors.probe is not None
    assert doors.provider is not None
    provider = doors.provider
    closed: list[Callable[[], object]] = [
        lambda: doors.transports[GREEN].run(HOSTNAME),
        lambda: doors.clock.sleep(1.0),
        doors.clock.now,
        doors.clock.now_s,
        doors.probe.stop,
        doors.probe.outages,
        lambda: provider.binding({BLUE: "00:50:56:00:00:01"}),
        check,
        world.alive,
    ]
    for touch in closed:
        with pytest.raises(Killed):
            touch()


def test_the_next_incarnation_finds_the_same_routers() -> None:
    world = a_world()
    world.kill_after(2)
    dead = world.doors()
    with pytest.raises(Killed):
        dead.transports[BLUE].run(DRAIN)

    doors = world.reincarnate()

    assert doors.transports[GREEN].run(HOSTNAME)[0].ok
    assert world.masters(VIP) == (GREEN,)
    assert world.touches == 2
    with pytest.raises(Killed):
        dead.clock.now_s()


@pytest.mark.parametrize(("touch", "master"), [(1, BLUE), (2, GREEN)])
def test_a_touch_is_before_a_change_or_after_it(touch: int, master: str) -> None:
    world = a_world()
    world.kill_after(touch)

    with pytest.raises(Killed):
        world.doors().transports[BLUE].run(DRAIN)

    assert world.masters(VIP) == (master,)


def test_a_lost_answer_that_is_answered_twice_is_two_changes_on_the_wire() -> None:
    world = a_world("answer-lost")
    transport = world.doors().transports[BLUE]
    world.watch("step_started", "drain@router-001")

    with pytest.raises(OutcomeUnknownError):
        transport.run(DRAIN)
    transport.run(DRAIN)

    assert [script for _, _, script in world.traffic.wire] == [DRAIN, DRAIN]


def test_a_snapshot_sees_every_byte_and_mode_and_leftovers_every_file_of_ours() -> None:
    world = a_world()
    before = world.snapshot()
    transport = world.doors().transports[BLUE]

    transport.run(a_script("mkdir -p /var/log/bluegreen", "tee /var/log/bluegreen/lock"))
    assert world.snapshot() == before
    assert world.leftovers() == ("router-001: /var/log/bluegreen/lock",)

    transport.run(a_script("rm -rf /var/log/bluegreen", "chmod 0640 /etc/rc.conf.d/netif/carp"))
    assert world.leftovers() == ()
    assert world.snapshot() != before
