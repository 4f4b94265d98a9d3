"""What real OpenSSH, a real shell and real time do to the same emulated routers."""

import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest
from conftest import read
from routers import FIRST, SECOND, Doors, pair_specs, until

from bluegreen.cli.files import load_inventory
from bluegreen.errors import OutcomeUnknownError, UnreachableError
from bluegreen.freebsd.commands import (
    advertise_now,
    create_environment,
    fetch_update,
    install_update,
    mark_boot,
    reboot,
    set_advskew,
    start_job,
)
from bluegreen.freebsd.locking import take_lock
from bluegreen.freebsd.paths import MARKER, Paths
from bluegreen.lab.loopback import LoopbackPair
from bluegreen.lab.report import RouterReport
from bluegreen.model.command import Command, Effect, Guard, Output, Script
from bluegreen.model.facts import Boot, RouterFacts
from bluegreen.model.network import CarpState
from bluegreen.model.routing import Ospf
from bluegreen.model.system import JobState, Lock, Versions
from bluegreen.observation import FreeBsd
from bluegreen.sim.world import SimWorld
from bluegreen.world import Transport

pytest_plugins = ("pair",)

PATHS = Paths()
LOCK = Lock(run="20261122-a", owner="operator", host="bastion", since="2026-11-22T16:00:00+00:00")
FREEBSD = FreeBsd({FIRST: PATHS, SECOND: PATHS})


def observe(door: Transport) -> RouterFacts:
    outputs = door.run(FREEBSD.questions(door.name))
    return FREEBSD.read(door.name, outputs, 0.0, 0.0, door.address)


def without_times(facts: RouterFacts) -> RouterFacts:
    """Leave out what time and the way to the router alone make different."""
    return replace(facts, clock_s=0.0, boot=Boot(0.0, facts.boot.marker), ssh=None, management=None)


def in_order(door: Transport, *commands: Command, guard: Guard | None = None) -> tuple[Output, ...]:
    return door.run(Script(commands, guard))


def became_master_s(report: RouterReport) -> list[float]:
    return [change.at_s for change in report.changes if change.new is CarpState.MASTER]


# -- the same as the simulator --------------------------------------------------


def test_an_observation_over_ssh_equals_the_simulated_one(
    calm_doors: Doors, calm_pair: LoopbackPair
) -> None:
    simulated = SimWorld(pair_specs()).doors().transports

    seen = {name: observe(door) for name, door in calm_doors.items()}

    for name in (FIRST, SECOND):
        assert without_times(seen[name]) == without_times(observe(simulated[name]))
        assert calm_pair.machine_state(name).unknown == ()
    states = {n: [str(v) for v in facts.masters()] for n, facts in seen.items()}
    assert states == {FIRST: ["3@vmx0", "2@vmx1"], SECOND: []}


def test_a_router_says_where_the_connection_really_comes_from(calm_doors: Doors) -> None:
    facts = observe(calm_doors[FIRST])

    assert facts.ssh is not None
    assert (facts.ssh.client, facts.ssh.server) == ("127.0.0.1", "127.0.0.1")
    assert facts.management == "127.0.0.1"


def test_the_inventory_reaches_both_routers(calm_pair: LoopbackPair) -> None:
    pair = load_inventory(calm_pair.inventory).pair("edge")

    assert pair.names == (FIRST, SECOND)
    assert [(r.address, r.port) for r in pair.routers] == [
        ("127.0.0.1", router.port) for router in calm_pair.routers
    ]
    assert {r.known_hosts for r in pair.routers} == {str(calm_pair.routers[0].known_hosts)}


GUARDS = (
    Guard(masters=2, backups=0),
    Guard(masters=0, backups=2),
    Guard(backups=0),
    Guard(lock=(PATHS.lock, LOCK.run)),
    Guard(lock=(PATHS.lock, "another")),
    Guard(marker=MARKER),
    Guard(masters=0, backups=2, lock=(PATHS.lock, LOCK.run), marker=MARKER),
)


def test_the_shell_s_guard_and_the_simulated_one_say_the_same(doors: Doors) -> None:
    simulated = SimWorld(pair_specs()).doors().transports
    changes = ((), take_lock(PATHS, LOCK), mark_boot(PATHS, "20261122-a", "note", marked=False))

    for changed in changes:
        for name in (FIRST, SECOND):
            if changed:
                assert in_order(doors[name], *changed) == in_order(simulated[name], *changed)
            for guard in GUARDS:
                asked = Script((Command(("hostname",), 5, Effect.CONFIG),), guard)
                assert doors[name].run(asked) == simulated[name].run(asked), (name, guard)
    (refused,) = in_order(doors[FIRST], create_environment("x"), guard=GUARDS[-1])
    assert refused.code == 75
    assert refused.stderr == "guard: vhids MASTER and BACKUP: 2 0, wanted 0 2\n"


# -- programs --------------------------------------------------------------------


def test_pipelines_use_real_filters_on_emulated_answers(calm_doors: Doors) -> None:
    counted = read("sh", "-c", "ifconfig -a | grep -c 'carp: MASTER'; uname -s | tr a-z A-Z")

    (output,) = calm_doors[FIRST].run(counted)

    assert output == Output("2\nFREEBSD\n")


def test_what_the_emulator_does_not_know_is_not_found_and_noted(
    doors: Doors, ssh_pair: LoopbackPair
) -> None:
    (output,) = doors[FIRST].run(read("ls", "/"))

    assert output == Output("", "sh: ls: not found\n", 127)
    assert ssh_pair.machine_state(FIRST).unknown == (("ls", "/"),)


def test_every_byte_reaches_a_router_s_file_and_comes_back(calm_doors: Doors) -> None:
    door = calm_doors[FIRST]
    text = "caf\u00e9 \udcff 'quoted' \"$HOME\" \\ \n\n" + "x" * 300_000
    written = Command(("tee", "/home/bytes"), 5, Effect.CONFIG, text)

    told, _ = in_order(door, written, Command(("sh", "-n", "/etc/rc.conf"), 5, Effect.READ))
    (kept,) = door.run(read("cat", "/home/bytes"))

    assert (told.stdout, kept.stdout) == (text, text)


# -- a switch --------------------------------------------------------------------


def drain(door: Transport, facts: RouterFacts) -> tuple[Output, ...]:
    raised = [set_advskew(vhid, 200) for vhid in facts.vhids]
    return in_order(door, *raised, advertise_now(), guard=Guard(masters=2, backups=0))


def test_a_drain_moves_every_vhid_to_the_peer_s_process(
    doors: Doors, ssh_pair: LoopbackPair
) -> None:
    outputs = drain(doors[FIRST], observe(doors[FIRST]))

    assert [output.code for output in outputs] == [0, 0, 0]
    assert until(lambda: ssh_pair.machine_state(SECOND).masters == (2, 3), limit_s=1.0)
    assert until(lambda: ssh_pair.machine_state(FIRST).masters == (), limit_s=1.0)
    flushed = ssh_pair.machine_state(FIRST).executed[-1]
    taken_s = became_master_s(ssh_pair.machine_state(SECOND))
    assert flushed.argv == ("sysctl", "net.inet.carp.demotion=0")
    assert flushed.masters == ("2@vmx1", "3@vmx0")
    assert len(taken_s) == 2
    assert 0.0 < max(taken_s) - flushed.at_s < 1.0
    ospf = observe(doors[FIRST]).ospf
    assert isinstance(ospf, Ospf)
    assert [neighbor.router_id for neighbor in ospf.neighbors] == ["10.255.1.1"]


def test_a_fault_keeps_the_peer_from_taking_over(doors: Doors, ssh_pair: LoopbackPair) -> None:
    ssh_pair.set_fault(SECOND, "carp_stuck_backup", True)

    drain(doors[FIRST], observe(doors[FIRST]))

    assert not until(lambda: ssh_pair.machine_state(SECOND).masters != (), limit_s=0.5)
    assert ssh_pair.machine_state(FIRST).masters == (2, 3)


# -- losses ----------------------------------------------------------------------


def test_a_reboot_cuts_connections_and_keeps_what_lies_outside_the_environment(
    doors: Doors, ssh_pair: LoopbackPair
) -> None:
    door = doors[SECOND]
    before = observe(door)
    in_order(
        door,
        *take_lock(PATHS, LOCK),
        *mark_boot(PATHS, "here", "note", marked=False),
        create_environment("before"),
    )
    began_s = monotonic()

    with pytest.raises(OutcomeUnknownError):
        in_order(door, reboot(), Command(("sleep", "20"), 30, Effect.READ))
    lost_s = monotonic() - began_s
    with pytest.raises(UnreachableError, match=r"refused|closed the connection"):
        observe(door)

    assert lost_s < 1.0
    assert until(lambda: ssh_pair.machine_state(SECOND).reachable, limit_s=5.0)
    assert until(lambda: answers(door), limit_s=2.0)
    after = observe(door)
    assert after.boot.time_s > before.boot.time_s + 1
    assert (after.boot.marker, after.lock) == (None, LOCK)
    assert ssh_pair.machine_state(SECOND).environments == ("default", "before")
    assert ssh_pair.machine_state(SECOND).leftovers == (PATHS.boot, PATHS.lock)
    assert ssh_pair.machine_state(SECOND).not_idle == ()
    assert ssh_pair.machine_state(FIRST).masters == (2, 3)


def answers(door: Transport) -> bool:
    try:
        return door.run(read("hostname"))[0].ok
    except UnreachableError:
        return False


def ended_well(door: Transport, name: str) -> bool:
    job = observe(door).job(name)
    return job is not None and (job.state, job.code) == (JobState.ENDED, 0)


def test_a_detached_job_survives_the_loss_of_the_connection(
    doors: Doors, ssh_pair: LoopbackPair
) -> None:
    door = doors[SECOND]
    in_order(door, *start_job(PATHS, "fetch", "run", fetch_update(), Effect.JOB))
    assert [job.state for job in observe(door).jobs] == [JobState.RUNNING]

    ssh_pair.cut_off(SECOND)

    assert until(lambda: answers(door), limit_s=2.0)
    assert until(lambda: ended_well(door, "fetch"), limit_s=3.0)
    in_order(door, *start_job(PATHS, "install", "run", install_update(), Effect.DISRUPTIVE))
    assert until(lambda: ended_well(door, "install"), limit_s=3.0)
    assert observe(door).versions == Versions(
        kernel="14.2-RELEASE-p2", running="14.2-RELEASE-p1", userland="14.2-RELEASE-p2"
    )


def test_what_disrupts_a_router_that_is_not_idle_is_counted(
    doors: Doors, ssh_pair: LoopbackPair
) -> None:
    in_order(doors[FIRST], reboot())

    report = ssh_pair.machine_state(FIRST)
    assert [(e.argv, e.masters) for e in report.not_idle] == [
        (("shutdown", "-r", "now"), ("2@vmx1", "3@vmx0"))
    ]


def test_a_router_that_hangs_in_its_boot_comes_back_when_its_power_is_cycled(
    doors: Doors, ssh_pair: LoopbackPair
) -> None:
    ssh_pair.set_fault(SECOND, "boot_hangs", True)
    in_order(doors[SECOND], reboot())
    assert not until(lambda: ssh_pair.machine_state(SECOND).reachable, limit_s=1.0)

    ssh_pair.power_cycle(SECOND)

    assert until(lambda: answers(doors[SECOND]), limit_s=5.0)


# -- its end ---------------------------------------------------------------------

_OWNER = """
import sys, time
from pathlib import Path
from bluegreen.emulator.spec import MachineSpec
from bluegreen.lab.loopback import LoopbackPair
specs = MachineSpec("router-001"), MachineSpec("router-002")
with LoopbackPair(specs, Path(sys.argv[1])) as pair:
    print(pair.sockets, *(router.port for router in pair.routers), flush=True)
    time.sleep(60)
"""


def test_nothing_is_left_when_its_owner_is_killed(tmp_path: Path) -> None:
    words = [sys.executable, "-c", _OWNER, str(tmp_path / "pair")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        sockets, *words = owner.stdout.readline().split()
        ports = [int(word) for word in words]
        assert [listens(port) for port in ports] == [True, True]

        os.kill(owner.pid, signal.SIGKILL)

    assert until(lambda: not any(map(listens, ports)), limit_s=5.0)
    assert until(lambda: not Path(sockets).exists(), limit_s=5.0)


def listens(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0
