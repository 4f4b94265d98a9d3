"""The doors of a simulated world: what arrives, what comes back, what was answered."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from bluegreen.emulator.spec import LO0, InterfaceSpec, MachineSpec, VhidSpec
from bluegreen.errors import OutcomeUnknownError, UnreachableError
from bluegreen.freebsd.shell import read_answer, render
from bluegreen.model.command import Command, Effect, Guard, Output, Script
from bluegreen.model.pair import FloatingAddress
from bluegreen.sim.faults import parse_fault
from bluegreen.sim.provider import HOOK_S
from bluegreen.sim.world import EVERYTHING, SimWorld, View

VIP = "198.51.100.1"
BLUE, GREEN = "router-001", "router-002"
LOCK = "/var/log/bluegreen/lock"
FLOATING = FloatingAddress("ovh", "ns1.example", VIP)


def a_world(*faults: str, outside: View = EVERYTHING) -> SimWorld:
    def router(name: str, host: int, advskew: int) -> MachineSpec:
        own = InterfaceSpec("vmx0", (f"192.0.2.{host}/24",), ether=f"00:50:56:00:00:{host}")
        vhid = VhidSpec("vmx0", 1, (f"{VIP}/32",), advskew=advskew)
        return MachineSpec(
            name=name, interfaces=(own, LO0), vhids=(vhid,), ssh_server=f"192.0.2.{host}"
        )

    specs = (router(BLUE, 11, 0), router(GREEN, 12, 100))
    return SimWorld(specs, faults=tuple(map(parse_fault, faults)), outside=outside)


def a_script(*lines: str, effect: Effect = Effect.CONFIG, guard: Guard | None = None) -> Script:
    commands = tuple(Command(tuple(line.split()), 5.0, effect) for line in lines)
    return Script(commands, guard, keep_going=effect is Effect.READ)


DRAIN = a_script(
    "ifconfig vmx0 vhid 1 advskew 220", "sysctl net.inet.carp.demotion=0", effect=Effect.CARP
)


def test_an_exec_costs_its_way_there_and_back_and_a_little_for_each_command() -> None:
    world = a_world()
    doors = world.doors()

    doors.transports[BLUE].run(a_script("date +%s", "hostname", effect=Effect.READ))

    assert doors.clock.now_s() == pytest.approx(0.020 + 2 * 0.002 + 0.020)
    assert world.traffic.execs == 1
    assert world.traffic.commands[Effect.READ] == 2
    ((at, router, _),) = world.traffic.wire
    assert (round(at, 6), router) == (0.020, BLUE)


def test_a_script_ends_with_its_first_failure_unless_it_keeps_going() -> None:
    transport = a_world().doors().transports[BLUE]

    stopped = transport.run(a_script("mkdir /tmp/a", "mkdir /tmp/a", "mkdir /tmp/b"))
    went_on = transport.run(a_script("cat /nowhere", "hostname", effect=Effect.READ))

    assert [output.code for output in stopped] == [0, 1]
    assert [output.code for output in went_on] == [1, 0]


def test_a_router_that_boots_is_unreachable() -> None:
    doors = a_world().doors()
    doors.transports[GREEN].run(a_script("shutdown -r now", effect=Effect.DISRUPTIVE))

    with pytest.raises(UnreachableError, match="no answer from sshd"):
        doors.transports[GREEN].run(a_script("hostname", effect=Effect.READ))


def test_what_a_router_does_not_get_to_is_in_doubt() -> None:
    transport = a_world().doors().transports[GREEN]

    with pytest.raises(OutcomeUnknownError, match="after 1 of 2 commands"):
        transport.run(a_script("shutdown -r now", "mkdir /tmp/a"))


@pytest.mark.parametrize(
    "guard",
    [
        Guard(masters=1, backups=0),
        Guard(masters=0, backups=1),
        Guard(backups=1),
        Guard(lock=(LOCK, "r1"), marker="/etc/rc.conf"),
        Guard(masters=1, lock=(LOCK, "r2")),
        Guard(lock=("/nowhere", "r1"), marker="/nowhere"),
    ],
)
def test_a_guard_says_what_it_says_in_a_real_shell(guard: Guard, tmp_path: Path) -> None:
    world = a_world()
    machine = world.machines[0]
    for line in ("mkdir -p /var/log/bluegreen", f"tee {LOCK}"):
        machine.run(tuple(line.split()), "run=r1\nowner=me\n", world.now_s)
    script = a_script("true", guard=guard)

    simulated = world.doors().transports[BLUE].run(script)

    real = _in_a_real_shell(script, world, tmp_path)
    assert [(o.code, o.stdout) for o in simulated] == [(o.code, o.stdout) for o in real]
    assert _guard_line(simulated[0].stderr) == _guard_line(real[0].stderr)


def _guard_line(stderr: str) -> list[str]:
    return [line for line in stderr.splitlines() if line.startswith("guard: ")]


def _in_a_real_shell(script: Script, world: SimWorld, tmp_path: Path) -> tuple[Output, ...]:
    """Run the text that goes to a router where ifconfig and the files are as on the machine."""
    machine = world.machines[0]
    shown = machine.run(("ifconfig", "-a"), "", world.now_s).stdout
    (tmp_path / "shown").write_text(shown)
    ifconfig = tmp_path / "ifconfig"
    ifconfig.write_text(f"#!/bin/sh\nexec cat {tmp_path}/shown\n")
    ifconfig.chmod(0o755)
    (tmp_path / "lock").write_text("run=r1\nowner=me\n")
    (tmp_path / "there").write_text("")
    text = render(script, "nonce0123456789")
    for on_the_router, here in ((LOCK, "lock"), ("/etc/rc.conf", "there")):
        text = text.replace(f"cat {on_the_router}", f"cat {tmp_path}/{here}")
    answer = subprocess.run(
        ("/bin/sh", "-s", "--", ""),
        input=text,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
    )
    return read_answer(script, "nonce0123456789", answer.stdout, answer.stderr)


def test_the_same_state_gives_the_very_same_text() -> None:
    transport = a_world().doors().transports[BLUE]
    question = a_script("ifconfig -a", effect=Effect.READ)

    assert transport.run(question)[0].stdout is transport.run(question)[0].stdout


def test_a_change_lost_on_its_way_was_never_made() -> None:
    world = a_world("connection-lost-before@drain")
    transport = world.doors().transports[BLUE]
    world.watch("step_started", "drain@router-001")

    with pytest.raises(OutcomeUnknownError):
        transport.run(DRAIN)
    with pytest.raises(UnreachableError):
        transport.run(a_script("hostname", effect=Effect.READ))

    world.network.advance(world.now_s + 8.0)
    assert transport.run(a_script("hostname", effect=Effect.READ))[0].ok
    assert world.masters(VIP) == (BLUE,)


@pytest.mark.parametrize(
    ("fault", "is_back"), [("answer-lost", True), ("connection-lost-after@drain", False)]
)
def test_a_change_whose_answer_is_lost_was_made(fault: str, is_back: bool) -> None:
    world = a_world(fault)
    transport = world.doors().transports[BLUE]
    world.watch("step_started", "drain@router-001")

    with pytest.raises(OutcomeUnknownError):
        transport.run(DRAIN)

    assert world.masters(VIP) == (GREEN,)
    question = a_script("hostname", effect=Effect.READ)
    if is_back:
        assert transport.run(question)[0].ok
    else:
        with pytest.raises(UnreachableError):
            transport.run(question)


def test_a_question_is_never_met_by_what_lies_in_wait_for_a_change() -> None:
    world = a_world("answer-lost")
    world.watch("step_started", "drain@router-001")

    outputs = world.doors().transports[BLUE].run(a_script("hostname", effect=Effect.READ))

    assert outputs[0].ok


def test_the_probe_counts_what_nobody_answered() -> None:
    world = a_world()
    doors = world.doors()
    assert doors.probe is not None
    doors.probe.start()

    world.network.advance(5.0)
    world.network.power_off(0)
    world.network.advance(20.0)

    (outage,) = doors.probe.outages()
    (dark,) = world.network.record.unserved(VIP, world.now_s)
    assert outage.sent == 2001
    assert outage.lost == pytest.approx(dark.seconds / 0.010, abs=1)
    assert outage.longest_gap_ms == pytest.approx(10.0 * (outage.lost + 1))
    assert outage.answering is True


def test_the_probe_of_a_quiet_pair_loses_nothing() -> None:
    world = a_world()
    doors = world.doors()
    assert doors.probe is not None
    assert doors.probe.outages()[0].answering is None
    doors.probe.start()

    doors.transports[BLUE].run(DRAIN)
    doors.clock.sleep(60.0)
    doors.probe.stop()
    doors.clock.sleep(60.0)

    (outage,) = doors.probe.outages()
    assert (outage.vip, outage.lost, outage.longest_gap_ms) == (VIP, 0, 10.0)
    assert outage.sent == 6005


def test_a_vip_that_nobody_serves_does_not_answer() -> None:
    world = a_world()
    doors = world.doors()
    assert doors.probe is not None
    doors.probe.start()

    world.network.advance(1.0)
    world.network.power_off(0)
    world.network.advance(2.0)

    assert doors.probe.outages()[0].answering is False


def test_a_script_on_the_routers_has_the_address_follow_carp_after_a_while() -> None:
    world = a_world(outside=View(ipfo=FLOATING))
    doors = world.doors()
    assert doors.provider is not None
    assert world.ovh is not None
    macs = world.ovh.macs
    assert doors.provider.binding(macs).router == BLUE

    doors.transports[BLUE].run(DRAIN)
    early = doors.provider.binding(macs)
    doors.clock.sleep(HOOK_S)
    late = doors.provider.binding(macs)

    assert (early.router, late.router) == (BLUE, GREEN)


def test_an_address_that_is_to_be_moved_stays_where_it_is_until_somebody_asks() -> None:
    world = a_world(outside=View(ipfo=replace(FLOATING, mode="move")))
    doors = world.doors()
    assert doors.provider is not None
    assert world.ovh is not None

    doors.transports[BLUE].run(DRAIN)
    doors.clock.sleep(600.0)

    assert doors.provider.binding(world.ovh.macs).router == BLUE


def test_nobody_answers_at_a_master_that_the_provider_sends_nothing_to() -> None:
    world = a_world(outside=View(ipfo=replace(FLOATING, mode="move")))
    doors = world.doors()
    assert doors.probe is not None
    doors.probe.start()
    doors.clock.sleep(1.0)

    doors.transports[BLUE].run(DRAIN)
    doors.clock.sleep(60.0)

    (outage,) = doors.probe.outages()
    assert world.masters(VIP) == (GREEN,)
    assert outage.answering is False
    assert outage.longest_gap_ms > 59_000
