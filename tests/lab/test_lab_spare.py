"""A third router on real packets: it joins as a spare, and serves only when nobody else does."""

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from routers import until
from running import Ended, Product, deeds, shapes, upgraded

from bluegreen.carp.predict import slowest_drain
from bluegreen.lab.inventory import probed
from bluegreen.lab.lab import Lab, lab_of
from bluegreen.lab.site import HUB, ROUTERS, SPARE, Options
from bluegreen.model.network import CarpState

pytest_plugins = ("product",)
pytestmark = pytest.mark.xdist_group("site")

FIRST, SECOND = ROUTERS
OPTIONS = Options(bare=True, spare=True, carriage="multicast", boot_s=3.0)
JOIN = ("provision", "--pair", "lab", "--join", SPARE)
WIRES = ("vmx1", "vmx2")
NOBODY = dict.fromkeys(probed(OPTIONS), 0)
HEARD_S = 20.0  # a spare's patience, and some
LISTEN_S = 4  # the longest that anybody who serves is silent here, and some
ASKED = 200  # probes


@dataclass(frozen=True, slots=True)
class Joined:
    """A pair that was provisioned, with a spare that has joined it."""

    lab: Lab
    product: Product
    planned: Ended
    joined: Ended
    unmoved: bool  # whether the pair was the same before and after

    def masters(self) -> dict[str, tuple[int, ...]]:
        return {name: self.lab.machine_state(name).masters for name in (*ROUTERS, SPARE)}

    def served(self) -> int:
        """Return how often the spare has become MASTER of something."""
        changes = self.lab.machine_state(SPARE).changes
        return sum(change.new is CarpState.MASTER for change in changes)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Joined]:
    """Return a site that the tests of this module share, each leaving it as it was."""
    with lab_of(OPTIONS, f"j{os.getpid()}") as lab:
        product = Product(lab.inventory, tmp_path_factory.mktemp("spare") / "machine")
        made = product.run("provision", "--pair", "lab", "--yes", "--json")
        assert (made.code, made.finished.outcome) == (0, "done"), made.err
        before = shapes(lab)
        planned = product.run(*JOIN, "--plan")
        assert lab.machine_state(SPARE).roles == (), "a plan changes nothing"
        joined = product.run(*JOIN, "--yes", "--json")
        yield Joined(lab, product, planned, joined, shapes(lab) == before)
        product.close()


def test_a_third_router_joins_as_the_slowest_and_says_nothing(site: Joined) -> None:
    again = site.product.run(*JOIN, "--yes")
    checked = site.product.run("check", "--pair", "lab")

    assert (site.planned.code, site.joined.code) == (0, 0), site.planned.err + site.joined.err
    assert site.unmoved
    assert (again.code, again.out) == (0, f"{SPARE}: as the inventory says; nothing to do\n")
    assert checked.code == 0, checked.out
    roles = site.lab.machine_state(SPARE).roles
    assert [(r.vhid, r.state, r.advskew) for r in roles] == [
        (2, CarpState.BACKUP, 239),
        (3, CarpState.BACKUP, 239),
    ]
    assert [advertised(site.lab, name) for name in (SPARE, FIRST)] == [False, True]
    assert site.lab.machine_state(SPARE).unknown == ()


def test_a_failover_and_the_way_back_stay_within_the_pair(site: Joined) -> None:
    before = site.served()

    switched = site.product.run("failover", "--pair", "lab", "--yes", "--json")
    there = site.masters()
    restored = site.product.run("restore", "--pair", "lab", "--yes", "--json")

    assert there == {FIRST: (), SECOND: (2, 3), SPARE: ()}
    assert site.masters() == {FIRST: (2, 3), SECOND: (), SPARE: ()}
    for ended in (switched, restored):
        assert (ended.code, ended.finished.outcome) == (0, "done"), ended.err
        assert {o.vip: o.lost for o in ended.finished.outages} == NOBODY
    assert site.served() == before


def test_an_upgrade_of_the_pair_loses_nothing_and_never_hands_a_role_to_the_spare(
    site: Joined,
) -> None:
    before, served = shapes(site.lab), site.served()

    ended = site.product.run("upgrade", "--pair", "lab", "--yes", "--json")

    assert (ended.code, ended.finished.outcome) == (0, "done"), ended.err
    assert {o.vip: o.lost for o in ended.finished.outages} == NOBODY
    assert all(outage.sent > 1000 for outage in ended.finished.outages)
    assert site.served() == served
    sent = skews_sent(ended)
    assert len(sent) >= 4
    assert max(sent) == slowest_drain(100)
    assert max(sent) < 239
    assert (shapes(site.lab), deeds(site.lab).wrong) == (upgraded(before), ())


def test_the_spare_serves_while_both_others_are_cut_off_and_yields_when_they_are_back(
    site: Joined,
) -> None:
    for wire in WIRES:
        for name in ROUTERS:
            site.lab.plug(name, wire, in_=False)
    takes_over = until(lambda: site.masters()[SPARE] == (2, 3), limit_s=HEARD_S)
    cut_off, answered = site.masters(), lost(site.lab)
    for wire in WIRES:
        for name in ROUTERS:
            site.lab.plug(name, wire, in_=True)

    assert takes_over
    assert cut_off == {FIRST: (), SECOND: (), SPARE: (2, 3)}
    assert answered == NOBODY
    rests = {FIRST: (2, 3), SECOND: (), SPARE: ()}
    assert until(lambda: site.masters() == rests, limit_s=HEARD_S)
    assert until(lambda: not any(lost(site.lab).values()), limit_s=HEARD_S)


# -- what is so ----------------------------------------------------------------------


def skews_sent(ended: Ended) -> list[int]:
    """Return every advskew that a kernel was told in a run."""
    sent = [c for event in ended.events if event.event == "command" for c in event.commands]
    words = (re.match(r"ifconfig .*\badvskew (\d+)", command) for command in sent)
    return [int(found[1]) for found in words if found]


def advertised(lab: Lab, name: str) -> bool:
    """Whether a router sends CARP on any of its wires: heard where its cables end."""
    ports = (lab.port_of(name, wire) for wire in WIRES)
    heard = (
        subprocess.run(_listening(lab, port), capture_output=True, text=True, check=False)
        for port in ports
    )
    return any(one.stdout.strip() for one in heard)


def _listening(lab: Lab, port: str) -> list[str]:
    words = ("timeout", str(LISTEN_S), "tcpdump", "-nl", "-i", port, "-Q", "in", "-c", "1")
    return ["ip", "netns", "exec", lab.prefix + HUB, *words, "ip proto 112 or ip6 proto 112"]


def lost(lab: Lab) -> dict[str, int]:
    """Return how many of a client's probes each address of the inventory leaves unanswered."""
    words = ("fping", "-c", str(ASKED), "-p", "10", "-q", *probed(OPTIONS))
    said = subprocess.run(lab.inside("client", words), capture_output=True, text=True, check=False)
    counted = re.findall(r"^(\S+)\s*: xmt/rcv/%loss = (\d+)/(\d+)/", said.stderr, re.MULTILINE)
    return {target: int(sent) - int(back) for target, sent, back in counted}
