"""The hook that a lab's routers have, against the emulated API: curl, real signatures, HTTP."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import bluegreen.lab
from bluegreen.emulator.ovh import OvhApi
from bluegreen.emulator.ovh_account import Account, Pace, Vmac
from bluegreen.emulator.ovh_http import Mishap
from bluegreen.providers.serve import serving

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")

HOOK = Path(bluegreen.lab.__file__).with_name("ipfo-hook.sh")
ADDRESS, SERVICE = "198.51.100.230", "ns1.example"
MINE, OTHER = "00:50:56:00:02:01", "00:50:56:00:01:01"
NOW = Pace(0.0, 0.0, 0.0)
PROGRAMS = {  # as FreeBSD has them
    "sha1": "sha1sum | cut -d' ' -f1",
    "logger": 'shift 4; echo "$*" >>"$HOME/log"',
    "hostname": "echo router-002",
}


@dataclass(frozen=True, slots=True)
class Router:
    """A router with the hook, and the account at OVH."""

    home: Path
    api: OvhApi

    def hook(self, *words: str) -> int:
        env = {
            "HOME": str(self.home),
            "PATH": f"{self.home}:{os.environ['PATH']}",
            "IPFO_HOOK_CONF": str(self.home / "conf"),
        }
        return subprocess.run(["sh", str(HOOK), *words], env=env, check=False).returncode

    def observes(self) -> int:
        return self.hook("observe", "2@vmx1")

    def binds(self) -> int:
        return self.hook("bind", "2@vmx1")

    def changes(self) -> list[str]:
        return [method for _, method, _ in self.api.requests if method != "GET"]


MakeRouter = Callable[[dict[str, Vmac]], Router]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[MakeRouter]:
    for name, body in PROGRAMS.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    api = OvhApi(Account({SERVICE: {}}, {ADDRESS: SERVICE}, NOW))
    with serving(api) as endpoint:
        conf = f"ENDPOINT={endpoint} APPLICATION=lab-application SECRET=lab-secret\n"
        conf += f"CONSUMER=lab-consumer SERVICE={SERVICE} ADDRESS={ADDRESS}\n"
        (tmp_path / "conf").write_text(f"{conf}MINE={MINE} OTHERS={OTHER}\n")

        def with_macs(macs: dict[str, Vmac]) -> Router:
            api.account.servers[SERVICE].update(macs)
            return Router(tmp_path, api)

        yield with_macs


def macs(mine: tuple[str, ...], other: tuple[str, ...]) -> dict[str, Vmac]:
    return {
        mac: Vmac("vmware", dict.fromkeys(("203.0.113.240", *addresses), "x"))
        for mac, addresses in ((MINE, mine), (OTHER, other))
    }


def test_an_address_that_the_other_router_has_is_here_after_two_requests(make: MakeRouter) -> None:
    router = make(macs((), (ADDRESS,)))
    assert router.observes() == 1

    asked = [router.binds(), router.binds()]

    assert (asked, router.changes()) == ([1, 0], ["DELETE", "POST"])
    assert router.observes() == 0


def test_an_address_that_is_here_is_asked_for_no_more(make: MakeRouter) -> None:
    router = make(macs((ADDRESS,), ()))

    assert (router.observes(), router.binds(), router.changes()) == (0, 0, [])


def test_an_address_that_is_nowhere_takes_one_request(make: MakeRouter) -> None:
    router = make(macs((), ()))

    assert (router.binds(), router.changes(), router.observes()) == (0, ["POST"], 0)


def test_the_last_address_of_a_virtual_mac_stays_where_it_is(make: MakeRouter) -> None:
    router = make({MINE: Vmac("vmware", {}), OTHER: Vmac("vmware", {ADDRESS: "x"})})

    assert (router.binds(), router.changes()) == (1, [])
    assert "which OVH would delete with it" in (router.home / "log").read_text()


@pytest.mark.parametrize("status", [403, 500])
def test_where_ovh_does_not_tell_nothing_is_known_and_nothing_asked(
    make: MakeRouter, status: int
) -> None:
    router = make(macs((), (ADDRESS,)))
    router.api.mishaps.append(Mishap("GET", "*virtualAddress*", status, left=4))

    assert (router.observes(), router.binds(), router.changes()) == (2, 1, [])
