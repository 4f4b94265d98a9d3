"""The main job on real packets: what a client saw, and what became of the routers."""

import json
import subprocess
from collections.abc import Callable

from conftest import MakeLab
from pinger import Pinger, lost
from running import BOTH_LEGS, Hire, Moment, deeds, run_of, shapes, upgraded

from bluegreen.lab.inventory import probed
from bluegreen.lab.lab import Lab
from bluegreen.lab.site import REMOTE, Options

pytest_plugins = ("product",)

FIRST, SECOND = "router-001", "router-002"
Ping = Callable[[Lab], Pinger]


def test_an_upgrade_loses_nothing_and_leaves_all_but_the_version_as_it_was(
    make_lab: MakeLab, hire: Hire, ping: Ping
) -> None:
    lab = make_lab(Options(boot_s=3.0))
    before, product, pinger = shapes(lab), hire(lab.inventory), ping(lab)

    ended = product.run("upgrade", "--pair", f"{FIRST},{SECOND}", "--yes", "--json")

    assert (ended.code, ended.finished.outcome) == (0, "done"), ended.err
    assert lost(pinger.counted()) == dict.fromkeys(probed(lab.options), 0)
    assert {o.vip: o.lost for o in ended.finished.outages} == dict.fromkeys(probed(lab.options), 0)
    assert all(outage.sent > 1000 for outage in ended.finished.outages)
    assert shapes(lab) == upgraded(before)
    assert deeds(lab) == BOTH_LEGS
    assert full_neighbors(lab, FIRST) == ["192.0.2.30"]
    assert full_neighbors(lab, REMOTE) == ["192.0.2.11"]


def test_a_run_that_is_killed_goes_on_where_the_packets_never_stopped(
    make_lab: MakeLab, hire: Hire, ping: Ping
) -> None:
    lab = make_lab(Options(boot_s=3.0))
    before, product, pinger = shapes(lab), hire(lab.inventory), ping(lab)
    upgrade = product.start("upgrade", "--pair", "lab", "--yes", "--json")
    upgrade.reach(Moment("command", f"drain@{FIRST}"))
    killed = upgrade.kill()
    resume = product.start("resume", "--json")
    resume.reach(Moment("answered", f"reboot@{FIRST}"))
    assert resume.kill().code == -9

    resumed = product.run("resume", "--json")

    assert (resumed.code, resumed.finished.outcome) == (0, "done"), resumed.err
    assert resumed.finished.run == run_of(killed.events)
    assert lost(pinger.counted()) == dict.fromkeys(probed(lab.options), 0)
    assert shapes(lab) == upgraded(before)
    assert deeds(lab) == BOTH_LEGS


def test_each_router_is_relieved_of_what_it_serves_where_both_serve(
    make_lab: MakeLab, hire: Hire, ping: Ping
) -> None:
    lab = make_lab(Options(boot_s=3.0, active_active=True, tunnel="none"))
    assert lab.machine_state(FIRST).masters == (2,)
    assert lab.machine_state(SECOND).masters == (3,)
    before, product, pinger = shapes(lab), hire(lab.inventory), ping(lab)

    ended = product.run("upgrade", "--pair", "lab", "--yes", "--json")

    assert (ended.code, ended.finished.outcome) == (0, "done"), ended.err
    assert lost(pinger.counted()) == dict.fromkeys(probed(lab.options), 0)
    assert shapes(lab) == upgraded(before)
    assert deeds(lab) == BOTH_LEGS


def test_eight_vhids_move_together(make_lab: MakeLab, hire: Hire, ping: Ping) -> None:
    lab = make_lab(Options(vhids=8, carriage="unicast", tunnel="none"))
    product, pinger = hire(lab.inventory), ping(lab)

    ended = product.run("failover", "--pair", "lab", "--yes", "--json")

    assert (ended.code, ended.finished.outcome) == (0, "done"), ended.err
    assert lost(pinger.counted()) == dict.fromkeys(probed(lab.options), 0)
    assert lab.machine_state(FIRST).masters == ()
    assert lab.machine_state(SECOND).masters == (2, 3, 4, 5, 6, 7, 8, 9)


def full_neighbors(lab: Lab, name: str) -> list[str]:
    """Return whom a router's OSPF is Full with, as FRR tells it."""
    said = subprocess.run(
        lab.ssh(name, "vtysh -c 'show ip ospf neighbor json'"),
        capture_output=True,
        text=True,
        check=True,
    )
    neighbors = json.loads(said.stdout)["neighbors"]
    return [
        router
        for router, seen in neighbors.items()
        if any(one["nbrState"].startswith("Full") for one in seen)
    ]
