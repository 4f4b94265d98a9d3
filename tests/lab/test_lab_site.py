"""A whole site on real packets: bare routers become a pair, and the pair is upgraded."""

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import MakeLab
from routers import until
from running import BOTH_LEGS, Moment, Product, deeds, shapes, upgraded

from bluegreen.lab.inventory import probed
from bluegreen.lab.lab import Lab, lab_of
from bluegreen.lab.site import INNER, Options

pytest_plugins = ("product",)
pytestmark = pytest.mark.xdist_group("site")

FIRST, SECOND = "router-001", "router-002"
IDS = {FIRST: "192.0.2.11", SECOND: "192.0.2.12"}
FAR_ENDS = ("remote", "remote-2", "remote-3")
FAR_IDS = ["192.0.2.30", "192.0.2.31", "192.0.2.32"]
BARE = Options(bare=True, remotes=3, boot_s=3.0, bug166462=True)
HEARD_S = 20.0  # dead interval, and some


@dataclass(frozen=True, slots=True)
class Made:
    """A site that was provisioned."""

    lab: Lab
    product: Product

    def serves(self, name: str) -> bool:
        return self.lab.machine_state(name).masters == (2, 3)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """Return a site that the tests of this module share, each leaving it as it was."""
    with lab_of(BARE, f"s{os.getpid()}") as lab:
        assert [lab.machine_state(name).roles for name in IDS] == [(), ()]
        product = Product(lab.inventory, tmp_path_factory.mktemp("site") / "machine")
        made = product.run("provision", "--pair", "lab", "--yes", "--json")
        assert (made.code, made.finished.outcome) == (0, "done"), made.err
        yield Made(lab, product)
        product.close()


def test_bare_routers_become_a_pair_whose_far_ends_know_the_way(site: Made) -> None:
    again = site.product.run("provision", "--pair", "lab", "--yes")
    checked = site.product.run("check", "--pair", "lab")

    assert (again.code, "nothing to do" in again.out) == (0, True), again.err
    assert checked.code == 0, checked.out
    assert (site.serves(FIRST), site.serves(SECOND)) == (True, False)
    assert until(lambda: full_neighbors(site.lab, FIRST) == FAR_IDS, limit_s=HEARD_S)
    assert full_neighbors(site.lab, SECOND) == []
    assert all(follows(site.lab, far_end, FIRST) for far_end in FAR_ENDS)
    assert tunnels_up(site.lab, FIRST) == ["gre0", "gre1", "gre2"]
    assert tunnels_up(site.lab, SECOND) == []
    assert [site.lab.machine_state(name).unknown for name in IDS] == [(), ()]


def test_one_wrong_value_is_found_and_mended(site: Made) -> None:
    before = shapes(site.lab)
    wrong = "ifconfig vmx1 vhid 2 advskew 150 peer 198.51.100.11 peer6 2001:db8:51::11"
    run_on(site.lab, SECOND, wrong)
    assert shapes(site.lab) != before

    mended = site.product.run("provision", "--pair", "lab", "--yes", "--json")

    assert (mended.code, mended.finished.outcome) == (0, "done"), mended.err
    sent = [c for event in mended.events if event.event == "command" for c in event.commands]
    assert [c for c in sent if "vhid" in c] == [wrong.replace("150", "100")]
    assert shapes(site.lab) == before


def test_an_upgrade_of_the_site_loses_nothing_inside_and_its_far_ends_relearn_the_way(
    site: Made,
) -> None:
    before = shapes(site.lab)
    upgrade = site.product.start("upgrade", "--pair", "lab", "--yes", "--json")

    for master in (SECOND, FIRST):
        upgrade.reach(Moment("step_done", f"converge@{master}"))
        for far_end in FAR_ENDS:
            assert until(lambda e=far_end, m=master: follows(site.lab, e, m), limit_s=HEARD_S)
    ended = upgrade.end()

    assert (ended.code, ended.finished.outcome) == (0, "done"), ended.err
    assert {o.vip: o.lost for o in ended.finished.outages} == dict.fromkeys(probed(BARE), 0)
    assert all(outage.sent > 1000 for outage in ended.finished.outages)
    layers = {e.layer for e in ended.events if e.event == "observed" and e.layer}
    assert layers >= {"carp", "tunnels", "ospf", "routes", "remotes", "probe"}
    assert shapes(site.lab) == upgraded(before)
    assert deeds(site.lab) == BOTH_LEGS
    assert full_neighbors(site.lab, FIRST) == FAR_IDS
    assert (tunnels_up(site.lab, FIRST), tunnels_up(site.lab, SECOND)) == (
        ["gre0", "gre1", "gre2"],
        [],
    )


def test_the_bug_shows_where_a_backup_s_tunnel_is_up_and_not_where_devd_has_it_down(
    site: Made,
) -> None:
    handled = site.product.run("check", "--gre", "--pair", "lab")
    run_on(site.lab, SECOND, "ifconfig gre0 up")
    shown = site.product.run("check", "--gre", "--pair", "lab")
    run_on(site.lab, SECOND, "ifconfig gre0 down")

    assert handled.code == 0, handled.out
    assert shown.code == 3, shown.out
    assert "router-002 sends into gre0 from a VIP that its peer serves" in shown.out
    assert "FreeBSD bug 166462" in shown.out


def test_roles_that_flap_leave_every_tunnel_where_the_address_is(site: Made) -> None:
    for _ in range(4):
        run_on(site.lab, FIRST, "sysctl net.inet.carp.demotion=240")
        assert until(lambda: site.serves(SECOND), limit_s=HEARD_S)
        run_on(site.lab, FIRST, "sysctl net.inet.carp.demotion=-240")
        assert until(lambda: site.serves(FIRST), limit_s=HEARD_S)

    rested = until(
        lambda: (
            tunnels_up(site.lab, FIRST) == ["gre0", "gre1", "gre2"]
            and tunnels_up(site.lab, SECOND) == []
        ),
        limit_s=HEARD_S,
    )

    assert rested
    assert until(lambda: full_neighbors(site.lab, FIRST) == FAR_IDS, limit_s=HEARD_S)


def test_a_pair_that_is_taken_back_leaves_bare_routers(make_lab: MakeLab, tmp_path: Path) -> None:
    lab = make_lab(Options(bare=True, boot_s=3.0))
    product = Product(lab.inventory, tmp_path / "machine")
    before = shapes(lab)
    made = product.run("provision", "--pair", "lab", "--yes", "--json")
    assert made.code == 0, made.err

    back = product.run("rollback", made.finished.run)

    assert back.code == 0, back.out + back.err
    assert shapes(lab) == before
    assert [devices(lab, name) for name in IDS] == [[], []]
    assert [ospf_runs(lab, name) for name in IDS] == [False, False]
    product.close()


# -- what is so ----------------------------------------------------------------------


def run_on(lab: Lab, name: str, words: str) -> str:
    said = subprocess.run(lab.ssh(name, words), capture_output=True, text=True, check=True)
    return said.stdout


def full_neighbors(lab: Lab, name: str) -> list[str]:
    """Return whom a router's OSPF is Full with, as FRR tells it."""
    said = json.loads(run_on(lab, name, "vtysh -c 'show ip ospf neighbor json'"))
    return sorted(
        router
        for router, seen in said["neighbors"].items()
        if any(one["nbrState"].startswith("Full") for one in seen)
    )


def ospf_runs(lab: Lab, name: str) -> bool:
    words = lab.ssh(name, "vtysh -c 'show ip ospf json'")
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def follows(lab: Lab, far_end: str, master: str) -> bool:
    """Whether a far end knows the way to the inside, from the router that serves and no other."""
    words = lab.inside(far_end, ["ip", "-j", "route", "show", INNER])
    routes = json.loads(subprocess.run(words, capture_output=True, check=True).stdout)
    through = [(route["dev"], route["protocol"]) for route in routes]
    return full_neighbors(lab, far_end) == [IDS[master]] and through == [("gre0", "ospf")]


def devices(lab: Lab, name: str, *words: str) -> list[str]:
    """Return the tunnels that this machine's kernel has there."""
    inside = lab.inside(name, ("ip", "-j", "link", "show", *words))
    links = json.loads(subprocess.run(inside, capture_output=True, check=True).stdout)
    return sorted(link["ifname"] for link in links if link.get("ifname", "").startswith("gre"))


def tunnels_up(lab: Lab, name: str) -> list[str]:
    return devices(lab, name, "up")
