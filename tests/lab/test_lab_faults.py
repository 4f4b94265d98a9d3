"""What breaks in the middle of a run on real packets, and what the run makes of it."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from conftest import MakeLab
from pinger import Pinger, lost
from routers import until
from running import BOTH_LEGS, Hire, Moment, deeds, shapes, upgraded

from bluegreen.lab.control import PowerCycle, SetFault
from bluegreen.lab.lab import Lab
from bluegreen.lab.site import Options

pytest_plugins = ("product",)

FIRST, SECOND = "router-001", "router-002"


def test_a_reboot_without_a_switch_loses_what_carp_s_patience_costs(
    make_lab: MakeLab, ping: Callable[[Lab], Pinger]
) -> None:
    """Nobody serves for 3 * advbase + advskew / 256 s after the last advertisement (carp(4))."""
    lab = make_lab(Options(boot_s=6.0, tunnel="none"))
    before, pinger = shapes(lab), ping(lab)

    said = subprocess.run(lab.ssh(FIRST, "shutdown -r now"), capture_output=True, check=False)

    assert said.returncode == 0
    assert until(lambda: lab.machine_state(SECOND).masters == (2, 3), limit_s=10)
    assert until(lambda: lab.machine_state(FIRST).masters == (2, 3), limit_s=30)
    assert until(lambda: lab.machine_state(SECOND).masters == (), limit_s=10)
    assert shapes(lab) == before
    assert all(1000 < count < 6000 for count in lost(pinger.counted()).values())


def test_a_run_whose_line_is_cut_in_the_middle_of_an_install_finds_the_job_again(
    make_lab: MakeLab, hire: Hire
) -> None:
    lab = make_lab(Options(boot_s=3.0, install_s=8.0, tunnel="none"))
    before, product = shapes(lab), hire(lab.inventory)
    upgrade = product.start("upgrade", "--pair", "lab", "--yes", "--json")
    upgrade.reach(Moment("answered", f"install@{FIRST}"))

    with ssh_blocked(lab, FIRST):
        assert upgrade.says("could not be observed")
    ended = upgrade.end()

    assert (ended.code, ended.finished.outcome) == (0, "done"), ended.err
    assert shapes(lab) == upgraded(before)
    assert deeds(lab) == BOTH_LEGS


def test_a_run_stops_where_the_master_loses_its_cable_and_says_who_serves(
    make_lab: MakeLab, hire: Hire
) -> None:
    lab = make_lab(Options(boot_s=3.0, install_s=8.0, tunnel="none"))
    product = hire(lab.inventory)
    upgrade = product.start("upgrade", "--pair", "lab", "--yes", "--json")
    upgrade.reach(Moment("answered", f"install@{FIRST}"))

    lab.plug(SECOND, "vmx1", in_=False)
    try:
        assert until(lambda: 2 in lab.machine_state(FIRST).masters, limit_s=10)
        ended = upgrade.end()
    finally:
        lab.plug(SECOND, "vmx1", in_=True)

    assert ended.code in (1, 4), ended.err
    assert "serves vhid 2" in product.run("status", "--pair", "lab").out
    assert deeds(lab).reboots == (0, 0)
    (dark,) = deeds(lab).wrong
    assert dark.startswith("nobody served 2@vmx1")  # as long as carp(4) is patient


def test_a_run_freezes_where_both_routers_are_master(make_lab: MakeLab, hire: Hire) -> None:
    lab = make_lab(Options(boot_s=3.0, install_s=8.0, tunnel="none"))
    product = hire(lab.inventory)
    upgrade = product.start("upgrade", "--pair", "lab", "--yes", "--json")
    upgrade.reach(Moment("answered", f"install@{FIRST}"))
    sent_before = len(lab.machine_state(FIRST).executed)

    lab.tell(FIRST, SetFault("forced_master", True))
    ended = upgrade.end()

    assert ended.finished.outcome == "needs_human", ended.err
    assert ended.code == 4
    assert "both" in (ended.finished.reason or "")
    changing = [e.argv for e in lab.machine_state(FIRST).executed[sent_before:] if e.is_disruptive]
    assert changing == []


def test_a_router_whose_power_fails_comes_back_as_its_files_say(make_lab: MakeLab) -> None:
    lab = make_lab(Options(boot_s=6.0, tunnel="none"))
    before = shapes(lab)

    lab.tell(FIRST, PowerCycle())

    assert until(lambda: lab.machine_state(SECOND).masters == (2, 3), limit_s=10)
    assert until(lambda: lab.machine_state(FIRST).masters == (2, 3), limit_s=30)
    assert until(lambda: lab.machine_state(SECOND).masters == (), limit_s=10)
    assert shapes(lab) == before


@contextmanager
def ssh_blocked(lab: Lab, name: str) -> Iterator[None]:
    """Drop all of SSH at a router, which itself goes on."""
    rules = (
        "table inet cut {\n chain in {\n"
        "  type filter hook input priority 0\n  tcp dport 22 drop\n }\n}\n"
    )
    subprocess.run(lab.inside(name, ["nft", "-f", "-"]), input=rules, text=True, check=True)
    try:
        yield
    finally:
        subprocess.run(lab.inside(name, ["nft", "delete table inet cut"]), check=True)
