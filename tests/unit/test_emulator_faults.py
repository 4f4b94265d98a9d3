"""Every fault of an emulated router does what its name says, and ends when it is taken off."""

import pytest
from emulated import EPOCH_S, VIP, Router, a_master

from bluegreen.carp.values import Advertisement
from bluegreen.freebsd.ifconfig import parse_ifconfig
from bluegreen.model.network import CarpState

NEIGHBORS = ("vtysh", "-c", "show ip ospf neighbor json")


def state(router: Router) -> CarpState:
    return router.machine.carp.state("vmx1", 2)


def an_advert(router: Router, advskew: int) -> Advertisement:
    ours = router.machine.carp.by_key["vmx1", 2]
    return Advertisement("vmx1", 2, 1, advskew, "inet", "router-002", ours.digest)


def test_a_boot_that_hangs_never_ends() -> None:
    router = Router()
    router.machine.faults.boot_hangs = True
    router.run("shutdown", "-r", "now")

    router.wait(3600)

    assert not router.machine.reachable
    assert router.machine.next_due() is None


def test_the_wrong_environment_may_boot() -> None:
    router = Router()
    router.run("bectl", "create", "new")
    router.run("bectl", "activate", "new")
    router.machine.faults.boots_wrong_environment = True
    router.run("shutdown", "-r", "now")

    router.wait(10)

    rows = router.run("bectl", "list", "-H").stdout.splitlines()
    assert [row.split("\t")[:2] for row in rows] == [["default", "N"], ["new", "R"]]


def test_a_stuck_neighbour_stays_exstart_until_the_fault_is_gone() -> None:
    router = Router()
    router.machine.faults.ospf_stuck = True
    router.wait(60)
    stuck = router.run(*NEIGHBORS).stdout

    router.machine.faults.ospf_stuck = False
    router.wait(0)

    assert r'"nbrState":"ExStart\/-"' in stuck
    assert "172.27.27.0/27" in router.run("netstat", "-rn").stdout
    assert r'"nbrState":"Full\/-"' in router.run(*NEIGHBORS).stdout


def test_a_tunnel_that_is_down_takes_neighbour_and_route_with_it() -> None:
    master = a_master()
    before = master.run("netstat", "-rn").stdout

    master.machine.faults.gre_down = True

    gre = parse_ifconfig(master.run("ifconfig", "gre0").stdout)[0]
    assert (gre.is_up, "RUNNING" in gre.flags) == (False, False)
    assert "172.27.27.0/27" in before
    assert "172.27.27.0/27" not in master.run("netstat", "-rn").stdout
    assert "10.0.0.33" not in master.run(*NEIGHBORS).stdout


def test_a_deaf_router_serves_beside_its_peer() -> None:
    router = Router()
    router.machine.faults.deaf = True

    for _ in range(5):
        router.hear(an_advert(router, 0))
        router.wait(1)

    assert state(router) is CarpState.MASTER


def test_a_forced_master_serves_whatever_it_hears() -> None:
    router = Router()
    router.machine.faults.forced_master = True
    router.wait(0)
    forced = state(router)

    router.hear(an_advert(router, 0))

    assert (forced, state(router)) == (CarpState.MASTER, CarpState.MASTER)
    assert router.machine.serves(VIP)


@pytest.mark.parametrize("advskew", [0, 240])
def test_a_stuck_backup_neither_preempts_nor_times_out(advskew: int) -> None:
    router = Router()
    router.machine.faults.carp_stuck_backup = True

    router.hear(an_advert(router, advskew))
    router.wait(30)

    assert state(router) is CarpState.BACKUP
    assert router.sent == []
    assert [c.transition.new for c in router.machine.transitions] == [CarpState.BACKUP]


def test_a_stuck_backup_that_is_healed_takes_over() -> None:
    router = Router()
    router.machine.faults.carp_stuck_backup = True
    router.wait(10)
    router.machine.faults.carp_stuck_backup = False

    router.wait(4)

    assert state(router) is CarpState.MASTER


def test_a_dead_router_is_silent_and_boots_when_the_power_is_back() -> None:
    master = a_master()
    master.machine.faults.dead = True
    master.wait(10)
    dead = (master.machine.reachable, master.machine.serves(VIP), master.sent)

    master.machine.faults.dead = False
    master.wait(11)

    assert dead == (False, False, [])
    assert master.machine.reachable
    assert state(master) is CarpState.BACKUP


def test_a_clock_may_be_wrong_and_the_boot_time_with_it() -> None:
    router = Router()

    router.machine.faults.clock_offset_s = 120.0

    assert router.run("date", "+%s").stdout == f"{EPOCH_S + 120:.0f}\n"
    booted = router.run("sysctl", "-n", "kern.boottime").stdout
    assert booted.startswith(f"{{ sec = {EPOCH_S - 86400 + 120:.0f}, usec = 0 }}")


def test_a_full_disk_keeps_no_new_environment() -> None:
    router = Router()
    router.machine.faults.disk_full = True

    output = router.run("bectl", "create", "new")

    assert not output.ok
    assert "No space left on device" in output.stderr
    assert len(router.run("bectl", "list", "-H").stdout.splitlines()) == 1


def test_turning_a_switch_makes_the_router_due_at_once() -> None:
    router = Router()
    router.wait(1)

    router.machine.faults.forced_master = True

    assert router.machine.next_due() == router.now
