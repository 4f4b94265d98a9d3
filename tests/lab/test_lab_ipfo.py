"""A hook of devd's moves an address at OVH's API, by events of real CARP; bluegreen looks on."""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import run

import pytest
from routers import until
from running import Product

from bluegreen.ipfo.calls import OVH
from bluegreen.lab.inventory import probed
from bluegreen.lab.lab import Lab, lab_of
from bluegreen.lab.namespaces import processes
from bluegreen.lab.ovh import ADDRESS
from bluegreen.lab.site import ROUTERS, Options
from bluegreen.providers.emulated import PACE

pytest_plugins = ("product",)
pytestmark = pytest.mark.xdist_group("site")

FIRST, SECOND = ROUTERS
OPTIONS = Options(bare=True, ipfo=True, tunnel="none", boot_s=3.0)
NOBODY = dict.fromkeys(probed(OPTIONS), 0)
ROLES_S = 20.0
HOOK_S = 120.0  # two requests, ten seconds behind each; and again where the other's last comes late
LEAVES = f"ipfo-hook: {ADDRESS} leaves "  # the first of two requests was accepted
ARRIVES = f"ipfo-hook: {ADDRESS} goes to "  # the second


@dataclass(frozen=True, slots=True)
class Floating:
    """A pair, and an address that a hook on its routers binds to the virtual MAC of one."""

    lab: Lab
    product: Product

    def bound(self) -> str:
        """Return where the address is, as `ipfo show` has read it."""
        said = self.product.run("ipfo", "show", "--pair", "lab").out
        found = re.search(r"^bound to +(\S+)", said, re.MULTILINE)
        assert found, said
        return found[1]

    def serves(self, name: str) -> bool:
        return self.lab.machine_state(name).masters == (2, 3)

    def said(self, name: str, words: str) -> int:
        return (self.lab.directory / name / "node.log").read_text().count(words)

    def comes_home(self) -> bool:
        """Wait until the first one has the address, and nothing of the other's is under way."""
        return (
            until(lambda: self.serves(FIRST) and not self.asks(SECOND), limit_s=HOOK_S)
            and until(lambda: self.bound() == FIRST, limit_s=HOOK_S)
            and not until(lambda: self.bound() != FIRST, limit_s=2 * PACE.whole_s)
        )

    def asks(self, name: str) -> bool:
        """Whether a handler of devd's is at work on a router."""
        pids = processes(self.lab.machine(name).namespace)
        return any(b"carp-event" in _words(pid) for pid in pids)


def _words(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floating]:
    """Return a site that the tests of this module share; the last one leaves it switched."""
    with lab_of(OPTIONS, f"o{os.getpid()}") as lab:
        product = Product(lab.inventory, tmp_path_factory.mktemp("ipfo") / "machine")
        made = product.run("provision", "--pair", "lab", "--yes", "--json")
        assert (made.code, made.finished.outcome) == (0, "done"), made.err
        found = Floating(lab, product)
        assert until(lambda: found.serves(FIRST) and found.bound() == FIRST, limit_s=HOOK_S)
        yield found
        product.close()


def test_roles_that_flap_leave_the_address_at_who_serves(site: Floating) -> None:
    for _ in range(2):
        flap(site, lambda: True)
    assert site.comes_home()
    taken = site.said(SECOND, LEAVES)

    flap(site, lambda: site.said(SECOND, LEAVES) > taken)

    assert site.comes_home()
    assert site.said(SECOND, LEAVES) == taken + 1, "the way there was cut off half way"
    assert site.said(FIRST, ARRIVES) > 0


def test_a_failover_waits_for_the_hook_and_asks_the_provider_to_change_nothing(
    site: Floating,
) -> None:
    assert site.bound() == FIRST

    ended = site.product.run("failover", "--pair", "lab", "--yes", "--json")

    assert (ended.code, ended.finished.outcome) == (0, "done"), ended.err
    assert (site.serves(SECOND), site.bound()) == (True, SECOND)
    assert {o.vip: o.lost for o in ended.finished.outages} == NOBODY
    layers = [e.layer for e in ended.events if e.event == "observed" and e.layer]
    assert layers.index("carp") < layers.index("ipfo")
    assert not [e for e in ended.events if e.event == "command" and e.router == OVH]
    assert [site.lab.machine_state(name).unknown for name in ROUTERS] == [(), ()]


def flap(site: Floating, enough: Callable[[], bool]) -> None:
    """Have the other one serve until it is enough, and the first one again."""
    demote(site.lab, 240)
    assert until(lambda: site.serves(SECOND) and enough(), limit_s=ROLES_S)
    demote(site.lab, -240)
    assert until(lambda: site.serves(FIRST), limit_s=ROLES_S)


def demote(lab: Lab, by: int) -> None:
    run(lab.ssh(FIRST, f"sysctl net.inet.carp.demotion={by}"), capture_output=True, check=True)
