"""`bluegreen check` where one router, or neither, can be reached."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from ill_makers import SETTLED_S, a_world, at_console, bulk_failed, left, unplugged
from pairs import BLUE, GREEN, a_pair

from bluegreen.cli.checking import Wanted, check_in
from bluegreen.cli.options import Common
from bluegreen.errors import HostKeyError, UnreachableError, UsageError
from bluegreen.model.command import Output, Script
from bluegreen.sim.world import SimWorld
from bluegreen.world import Transport

REFUSED = "192.0.2.12 port 22: connection refused"
ADDRESS = {BLUE: "192.0.2.11", GREEN: "192.0.2.12"}


@dataclass(slots=True)
class Shut:
    """A door that opens to nobody, or no more after so many times."""

    door: Transport
    error: Exception
    opens: int = 0

    @property
    def name(self) -> str:
        return self.door.name

    @property
    def address(self) -> str | None:
        return self.door.address

    def run(self, script: Script) -> tuple[Output, ...]:
        self.opens -= 1
        if self.opens < 0:
            raise self.error
        return self.door.run(script)

    def close(self) -> None:
        self.door.close()


@dataclass(frozen=True, slots=True)
class Told:
    code: int
    findings: Mapping[str, dict[str, object]]
    looks: Mapping[str, list[str]]
    out: str


@dataclass(frozen=True, slots=True)
class Desk:
    place: Path
    screen: pytest.CaptureFixture[str]

    def check(self, world: SimWorld, *errors: Exception, opens: int = 0) -> Told:
        """Check a pair whose routers in question are behind closed doors."""
        code = self.typed(world, *errors, opens=opens)
        document = json.loads(self.screen.readouterr().out)
        return Told(
            code,
            {finding["name"]: finding for finding in document["findings"]},
            {look["name"]: look["findings"] for look in document["looks"]},
            "",
        )

    def read(self, world: SimWorld, *errors: Exception) -> Told:
        code = self.typed(world, *errors, as_json=False)
        return Told(code, {}, {}, self.screen.readouterr().out)

    def typed(
        self, world: SimWorld, *errors: Exception, opens: int = 0, as_json: bool = True
    ) -> int:
        world.network.advance(SETTLED_S)
        doors = world.doors()
        shut = {e.router: Shut(doors.transports[e.router], e, opens) for e in map(_own, errors)}
        behind = replace(doors, transports={**doors.transports, **shut})
        common = Common(None, as_json, self.place, 0, True)
        return check_in(common, Wanted("edge"), a_pair("edge"), behind)


def _own(error: Exception) -> UnreachableError | UsageError:
    assert isinstance(error, UnreachableError | UsageError)
    return error


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def gone(name: str = GREEN) -> UnreachableError:
    return UnreachableError(f"{ADDRESS[name]} port 22: connection refused", name)


def test_a_router_that_is_not_reached_is_a_finding_with_the_error_and_what_to_type(
    desk: Desk,
) -> None:
    told = desk.check(a_world(), gone())

    found = told.findings["reachable"]
    assert (told.code, found["severity"]) == (3, "critical")
    assert found["evidence"] == [{"on": GREEN, "seen": REFUSED}]
    assert "ssh -o BatchMode=yes 192.0.2.12 true" in str(found["fix"])


def test_a_master_that_is_well_is_told_nothing_but_what_its_peer_would_have_to_say(
    desk: Desk,
) -> None:
    told = desk.check(a_world(), gone())

    assert set(told.findings) == {"reachable", "peer-unseen"}
    assert told.findings["peer-unseen"]["severity"] == "unknown"
    assert REFUSED in str(told.findings["peer-unseen"]["evidence"])
    takes_both = {name for name, found in told.looks.items() if "peer-unseen" in found}
    assert takes_both == {
        *("carp", "roles", "peers", "takeover", "segment", "passwords"),
        *("preempt", "states", "versions", "adjacencies"),
    }


def test_every_look_at_a_pair_is_a_look_at_one_router_too(desk: Desk) -> None:
    assert set(desk.check(a_world(), gone()).looks) == set(desk.check(a_world()).looks)


def test_a_backup_whose_master_is_not_reached_is_not_said_to_be_served(desk: Desk) -> None:
    told = desk.check(a_world(), gone(BLUE))

    found = told.findings["master-unseen"]
    assert found["severity"] == "unknown"
    assert "BACKUP vhid 3" in str(found["evidence"])
    assert "tcpdump -eni vmx0 ip proto 112" in str(found["fix"])
    assert set(told.findings) == {"reachable", "peer-unseen", "master-unseen"}


def test_a_router_that_took_over_from_one_that_is_gone_is_seen_to_serve(desk: Desk) -> None:
    world = a_world()
    world.network.power_off(0)

    told = desk.check(world, gone(BLUE))

    assert "master-unseen" not in told.findings


ILLS = {
    "link-down": unplugged,
    "demoted": at_console(GREEN, "sysctl", "net.inet.carp.demotion=20"),
    "hold": left("hold", "run=R0\nvmx1 2 100\n"),
    "leftovers": left("lent", "run=R0\nnet.inet.carp.senderr_demotion_factor=240\n"),
    "pfsync-bulk-failed": bulk_failed,
    "left-skew": at_console(GREEN, "ifconfig", "vmx0", "vhid", "3", "advskew", "254"),
}


@pytest.mark.parametrize("ill", ILLS)
def test_what_is_wrong_with_the_one_that_answers_is_found_all_the_same(
    ill: str, desk: Desk
) -> None:
    world = a_world()
    ILLS[ill](world)

    told = desk.check(world, gone(BLUE))

    assert told.findings[ill]["evidence"]
    assert told.findings[ill]["fix"]


def test_two_that_are_not_reached_are_two_findings_and_nothing_else(desk: Desk) -> None:
    world = a_world()

    told = desk.read(world, gone(BLUE), gone(GREEN))

    assert told.code == 3
    assert told.out.splitlines()[0] == "NO  reachable  reachable"
    assert told.out.count("CRITICAL  reachable") == 2
    assert told.out.splitlines()[-1] == "1 looked at: 2 critical"


def test_a_host_key_that_has_changed_is_not_tried_by_hand(desk: Desk) -> None:
    moved = HostKeyError("the host key of router-002 has changed", GREEN, "Compare it first.")

    told = desk.check(a_world(), moved)

    fixes = told.findings["reachable"]["fix"]
    assert fixes == [{"on": "here", "do": "Compare it first.", "type": ""}]
    assert told.code == 3


def test_a_key_file_that_cannot_be_used_ends_a_check_as_usage(desk: Desk) -> None:
    with pytest.raises(UsageError):
        desk.check(a_world(), UsageError("k: the key has a passphrase", GREEN))


def test_a_router_that_is_lost_between_two_looks_is_told_as_it_is_then(desk: Desk) -> None:
    told = desk.check(a_world(), gone(), opens=2)

    assert set(told.findings) == {"reachable", "peer-unseen"}


def test_people_read_which_lines_could_not_be_judged(desk: Desk) -> None:
    told = desk.read(a_world(), gone())

    assert "??  takeover      peer-unseen" in told.out
    assert "ok  mirrors" in told.out
    assert told.out.count("CANNOT TELL  peer-unseen") == 1
    assert "an upgrade would be refused for reachable" in told.out
