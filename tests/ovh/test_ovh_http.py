"""OVH's own client, with real signatures, against the emulated API over HTTP on loopback."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bluegreen.emulator.ovh import OvhApi
from bluegreen.emulator.ovh_account import Account, Pace, Vmac
from bluegreen.emulator.ovh_http import Mishap
from bluegreen.errors import BluegreenError, OutcomeUnknownError, UnreachableError
from bluegreen.ipfo import calls
from bluegreen.ipfo.door import APPEARS_S, OvhDoor
from bluegreen.ipfo.errors import (
    BadSignatureError,
    BusyError,
    CredentialError,
    MissingError,
    NoCredentialError,
)
from bluegreen.ipfo.replies import Rule
from bluegreen.ipfo.rights import least
from bluegreen.model.command import GUARD_EXIT, Command, Output, Script
from bluegreen.model.pair import FloatingAddress, KeySource
from bluegreen.providers.keys import Keys, keys_from, written
from bluegreen.providers.ovh import SignedApi
from bluegreen.providers.serve import serving

ADDRESS, SERVER = "198.51.100.230", "ns1.example"
BLUE, GREEN = "router-001", "router-002"
MACS = {BLUE: "02:00:00:00:00:01", GREEN: "02:00:00:00:00:02"}
WANTED = FloatingAddress("ovh", SERVER, ADDRESS, mode="move")
SECRETS = ("lab-secret", "lab-consumer")


@dataclass(slots=True)
class Site:
    """An endpoint with an account behind it, and a client of it; its clock is the test's own."""

    api: OvhApi
    endpoint: str
    now_s: float = 0.0
    doors: list[OvhDoor] = field(default_factory=list)

    def keys(self) -> Keys:
        key = self.api.key
        return Keys(self.endpoint, key.application, key.secret, key.consumer)

    def door(self, wanted: FloatingAddress = WANTED) -> OvhDoor:
        return OvhDoor(SignedApi(self.keys()), wanted, lambda: self.now_s)

    def settle(self) -> None:
        """Let every task that can end do so: tasks go by the server's clock."""
        account = self.api.account
        for job in account.jobs:
            job.began_s -= 3600.0
        self.now_s += APPEARS_S + 1

    def holder(self) -> str | None:
        self.api.account.advance(1e12)
        return self.api.account.holder(ADDRESS)


def an_account() -> Account:
    vmacs = {
        MACS[BLUE]: Vmac("ovh", {ADDRESS: BLUE, "203.0.113.241": BLUE}),
        MACS[GREEN]: Vmac("ovh", {"203.0.113.242": GREEN}),
    }
    return Account({SERVER: vmacs, "ns2.example": {}}, {ADDRESS: SERVER}, Pace(600, 600, 600))


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Site]:
    for name in [name for name in os.environ if name.startswith("OVH_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    api = OvhApi(an_account())
    with serving(api) as endpoint:
        yield Site(api, endpoint)


def sent(door: OvhDoor, command: Command) -> Output:
    (output,) = door.run(Script((command,)))
    return output


UNBIND = calls.unbind(SERVER, MACS[BLUE], ADDRESS)
BIND = calls.bind(SERVER, MACS[GREEN], ADDRESS, GREEN)


# -- where it is -------------------------------------------------------------------------------


def test_the_mac_that_has_the_address_says_which_router_has_it(site: Site) -> None:
    found = site.door().binding(MACS, thorough=True)

    assert (found.router, found.mac, found.settled) == (BLUE, MACS[BLUE], True)
    assert found.problems == ()


def test_a_look_costs_two_requests_and_the_first_one_asks_for_everything(site: Site) -> None:
    door = site.door()
    door.binding(MACS, thorough=True)
    before = len(site.api.requests)

    door.binding(MACS)

    assert len(site.api.requests) - before <= 2


def test_of_two_servers_the_one_it_is_routed_to_says_it(site: Site) -> None:
    services = ((BLUE, SERVER), (GREEN, "ns2.example"))
    door = site.door(replace(WANTED, service="", services=services))

    found = door.binding({}, thorough=True)

    assert (found.router, found.service, found.problems) == (BLUE, SERVER, ())


def test_an_address_that_is_parked_is_at_neither(site: Site) -> None:
    services = ((BLUE, SERVER), (GREEN, "ns2.example"))
    site.api.account.routed[ADDRESS] = None
    door = site.door(replace(WANTED, service="", services=services))

    found = door.binding({})

    assert (found.router, found.detail) == (None, "it is parked")


def test_one_mac_that_follows_the_role_is_at_the_router_that_has_it_set(site: Site) -> None:
    wanted = replace(WANTED, mode="verify", binding="role", mac=MACS[BLUE])
    door = site.door(wanted)

    assert door.binding({GREEN: MACS[BLUE]}).router == GREEN
    assert door.binding({}).router is None
    assert door.binding({BLUE: MACS[BLUE], GREEN: MACS[BLUE]}).router is None


def test_carps_own_mac_is_none_that_ovh_knows(site: Site) -> None:
    door = site.door(replace(WANTED, mode="verify", binding="carp"))

    found = door.binding({}, thorough=True)

    (problem,) = found.problems
    assert problem.startswith(f"{ADDRESS} is bound to the virtual MAC {MACS[BLUE]}: OVH sends it")


# -- moving it ---------------------------------------------------------------------------------


def test_off_the_one_mac_and_onto_the_other(site: Site) -> None:
    door = site.door()

    off = sent(door, UNBIND)
    under_way = door.binding(MACS)
    site.settle()
    between = door.binding(MACS)
    on = sent(door, BIND)
    site.settle()
    after = door.binding(MACS)

    assert off.stdout.startswith("task 1000 (virtualMacDelete) is init")
    assert (under_way.router, under_way.settled) == (BLUE, False)
    assert (between.router, between.mac, between.settled) == (None, None, True)
    assert on.stdout.startswith("task 1001 (virtualMacAdd) is init")
    assert (after.router, after.settled) == (GREEN, True)


def test_to_another_server(site: Site) -> None:
    services = ((BLUE, SERVER), (GREEN, "ns2.example"))
    door = site.door(replace(WANTED, service="", services=services))

    moved = sent(door, calls.move(ADDRESS, "ns2.example"))
    site.settle()

    assert moved.ok
    assert door.binding({}).router == GREEN


def test_the_last_address_of_a_mac_is_not_taken_off(site: Site) -> None:
    site.api.account.servers[SERVER][MACS[BLUE]].addresses.pop("203.0.113.241")
    door = site.door()

    output = sent(door, UNBIND)

    assert output.code == GUARD_EXIT
    assert "would delete the virtual MAC" in output.stderr
    assert site.holder() == MACS[BLUE]
    assert site.api.account.jobs == []


def test_that_it_is_the_last_one_is_a_problem_before_anything_is_moved(site: Site) -> None:
    site.api.account.servers[SERVER][MACS[BLUE]].addresses.pop("203.0.113.241")

    (problem,) = site.door().binding(MACS, thorough=True).problems

    assert "bind another one to it first" in problem


def test_nothing_is_asked_for_while_a_task_is_open(site: Site) -> None:
    sent(site.door(), UNBIND)
    door = site.door()

    with pytest.raises(UnreachableError) as caught:
        sent(door, UNBIND)

    assert "task 1000 (virtualMacDelete) is init" in caught.value.what
    assert len(site.api.account.jobs) == 1


def test_an_address_that_a_third_machine_has_is_not_taken_from_it(site: Site) -> None:
    vmacs = site.api.account.servers[SERVER]
    del vmacs[MACS[BLUE]].addresses[ADDRESS]
    vmacs["02:00:00:00:00:99"] = Vmac("ovh", {ADDRESS: "other"})

    output = sent(site.door(), BIND)

    assert (output.code, output.stderr) == (
        GUARD_EXIT,
        f"{ADDRESS} is bound to 02:00:00:00:00:99 already",
    )


@pytest.mark.parametrize("status", ["cancelled", "customerError", "ovhError"])
def test_a_task_that_ovh_gives_up_is_told_before_the_state_can_show_it(
    site: Site, status: str
) -> None:
    site.api.account.endings.append(status)
    door = site.door()
    sent(door, UNBIND)
    site.settle()

    found = door.binding(MACS)

    assert (found.router, found.settled) == (BLUE, True)
    assert found.failed is not None
    assert f"task 1000 (virtualMacDelete) is {status}" in found.failed


@pytest.mark.parametrize("status", ["init", "todo", "doing"])
def test_while_a_task_is_open_nothing_has_settled(site: Site, status: str) -> None:
    site.api.account.stays.append(status)
    door = site.door()
    sent(door, UNBIND)
    site.settle()

    found = door.binding(MACS)

    assert (found.settled, found.failed) == (False, None)
    assert f"is {status}" in found.detail


def test_a_task_is_not_the_state_a_done_one_may_show_late(site: Site) -> None:
    site.api.account.pace = replace(site.api.account.pace, late_s=1e9)
    door = site.door()
    sent(door, UNBIND)
    site.settle()

    found = door.binding(MACS)

    assert (found.router, found.settled, found.failed) == (BLUE, True, None)


# -- what OVH answers instead ------------------------------------------------------------------


def test_the_answer_to_a_change_that_was_lost_is_looked_for_before_anything_else(
    site: Site,
) -> None:
    site.api.mishaps.append(Mishap("DELETE", "*", effective=True))
    door = site.door()

    with pytest.raises(OutcomeUnknownError):
        sent(door, UNBIND)
    found = door.binding(MACS)

    assert not found.settled
    assert "was lost" in found.detail
    assert len(site.api.account.jobs) == 1


@pytest.mark.parametrize("effective", [True, False])
def test_a_server_error_to_a_change_leaves_its_outcome_unknown(site: Site, effective: bool) -> None:
    site.api.mishaps.append(Mishap("DELETE", "*", 503, effective=effective))

    with pytest.raises(OutcomeUnknownError):
        sent(site.door(), UNBIND)

    assert len(site.api.account.jobs) == effective


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_error_to_a_question_changes_nothing(site: Site, status: int) -> None:
    site.api.mishaps.append(Mishap("GET", "*virtualAddress", status))

    with pytest.raises(UnreachableError):
        site.door().binding(MACS)


def test_a_question_that_nobody_answers_is_no_answer(site: Site) -> None:
    site.api.mishaps.append(Mishap("GET", "*virtualAddress"))

    with pytest.raises(UnreachableError):
        site.door().binding(MACS)


def test_ovh_is_left_alone_for_as_long_as_it_asks(site: Site) -> None:
    site.api.mishaps.append(Mishap("GET", "*virtualAddress", 429, after_s=40))
    door = site.door()
    with pytest.raises(BusyError):
        door.binding(MACS)
    asked = len(site.api.requests)

    with pytest.raises(BusyError):
        door.binding(MACS)
    with pytest.raises(BusyError):
        sent(door, UNBIND)
    quiet = len(site.api.requests)
    site.now_s += 40.0

    assert quiet == asked
    assert door.binding(MACS).router == BLUE


def test_a_change_that_met_429_was_not_made(site: Site) -> None:
    site.api.mishaps.append(Mishap("DELETE", "*", 429))

    with pytest.raises(BusyError):
        sent(site.door(), UNBIND)

    assert site.api.account.jobs == []


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("NOT_CREDENTIAL", "it has expired or was revoked"),
        ("INVALID_CREDENTIAL", "it was never validated, or has expired"),
        ("INVALID_KEY", "no such application key"),
        ("NOT_GRANTED_CALL", "may not do this"),
        ("FORBIDDEN", "OVH forbids it to this account"),
        ("WHO_KNOWS", "OVH forbids it to this account"),
    ],
)
def test_each_403_says_what_to_do_about_it(site: Site, code: str, said: str) -> None:
    site.api.mishaps.append(Mishap("GET", "*", 403, code=code, message="no"))

    with pytest.raises(CredentialError) as caught:
        site.door().binding(MACS)

    assert said in caught.value.what
    assert caught.value.next_move


@pytest.mark.parametrize(("status", "message"), [(400, "bad"), (404, "gone"), (409, "busy")])
def test_a_change_that_is_refused_says_why(site: Site, status: int, message: str) -> None:
    site.api.mishaps.append(Mishap("DELETE", "*", status, message=message))

    output = sent(site.door(), UNBIND)

    assert output.code == 1
    assert f"{status}: {message}" in output.stderr


def test_a_refusal_names_the_query_that_support_asks_for(site: Site) -> None:
    site.api.mishaps.append(Mishap("DELETE", "*", 400, message="no"))

    assert "(LAB.ext-" in sent(site.door(), UNBIND).stderr


def test_a_mac_that_ovh_does_not_have_is_no_error_but_a_problem(site: Site) -> None:
    strange = {**MACS, GREEN: "02:00:00:00:00:77"}

    found = site.door().binding(strange, thorough=True)

    assert found.router == BLUE
    assert found.problems == (f"02:00:00:00:00:77 of {GREEN} is no virtual MAC of {SERVER}",)


def test_an_unknown_address_is_missing(site: Site) -> None:
    door = site.door(replace(WANTED, address="198.51.100.9"))

    with pytest.raises(MissingError):
        door.binding(MACS, thorough=True)


# -- who asks ----------------------------------------------------------------------------------


@pytest.mark.parametrize("ahead_s", [-7200.0, 7200.0])
def test_a_clock_that_is_wrong_by_hours_signs_with_the_time_of_ovh(ahead_s: float) -> None:
    api = OvhApi(an_account())
    with serving(api, ahead_s=ahead_s) as endpoint:
        assert Site(api, endpoint).door().binding(MACS).router == BLUE


def test_a_clock_that_is_set_in_between_makes_it_ask_for_the_time_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = site.door()
    door.binding(MACS)
    site.api.mishaps.append(Mishap("DELETE", "*", 400, code="QUERY_TIME_OUT"))

    output = sent(door, UNBIND)

    assert output.ok
    assert [path for _, _, path in site.api.requests].count("/auth/time") == 2


def test_a_wrong_secret_is_said_to_be_one(site: Site) -> None:
    keys = replace(site.keys(), application_secret=site.api.key.consumer)

    with pytest.raises(BadSignatureError):
        OvhDoor(SignedApi(keys), WANTED, lambda: 0.0).binding(MACS)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("expired", "it has expired or was revoked"),
        ("pendingValidation", "it was never validated"),
    ],
)
def test_a_key_that_cannot_be_used_is_told_from_others(site: Site, status: str, said: str) -> None:
    site.api.key.status = status

    with pytest.raises(CredentialError) as caught:
        site.door().binding(MACS, thorough=True)

    assert said in caught.value.what


def test_a_key_that_may_only_read_is_a_problem_before_anything_is_moved(site: Site) -> None:
    site.api.key.rules = (("GET", "/*"),)

    problems = site.door().binding(MACS, thorough=True).problems

    assert len(problems) == 4
    assert all(problem.startswith("no rule of the consumer key allows ") for problem in problems)


def test_the_least_key_suffices_for_everything_that_is_asked(site: Site) -> None:
    site.api.key.rules = tuple((rule.method, rule.path) for rule in least(WANTED))
    door = site.door()

    assert door.binding(MACS, thorough=True).problems == ()
    assert sent(door, UNBIND).ok
    site.settle()
    assert sent(door, BIND).ok


def test_a_key_is_requested_validated_and_used(site: Site, tmp_path: Path) -> None:
    api = SignedApi(site.keys())

    made = api.request_key((Rule("GET", "/*"),))

    assert str(made["validationUrl"]).startswith("http://127.0.0.1:")
    assert site.api.key.status == "pendingValidation"
    assert site.api.key.rules == (("GET", "/*"),)


def test_a_written_key_file_is_its_owners_alone_and_is_read_again(
    site: Site, tmp_path: Path
) -> None:
    file = tmp_path / "keys.conf"

    written(site.keys(), file)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert keys_from(KeySource(file=str(file))) == site.keys()


def test_keys_come_from_a_command_that_prints_them(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "keys.conf"
    written(site.keys(), file)

    assert keys_from(KeySource(command=("cat", str(file)))) == site.keys()


def test_keys_come_from_the_environment(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVH_ENDPOINT", site.endpoint)
    monkeypatch.setenv("OVH_APPLICATION_KEY", site.api.key.application)
    monkeypatch.setenv("OVH_APPLICATION_SECRET", site.api.key.secret)
    monkeypatch.setenv("OVH_CONSUMER_KEY", site.api.key.consumer)

    door = OvhDoor(SignedApi(keys_from(KeySource())), WANTED, lambda: 0.0)

    assert door.binding(MACS).router == BLUE


def test_a_key_file_that_others_can_read_is_refused(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "keys.conf"
    written(site.keys(), file)
    file.chmod(0o644)

    with pytest.raises(NoCredentialError) as caught:
        keys_from(KeySource(file=str(file)))

    assert caught.value.next_move == f"chmod 600 {file}"


@pytest.mark.parametrize(
    "text", ["", "[default]\nendpoint=ovh-eu\n", "nonsense", "[default]\nendpoint=x\n[x]\n"]
)
def test_what_is_no_key_file_is_refused_without_repeating_it(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys.conf"
    file.write_text(text + "# application_secret=s3cr3t\n")
    file.chmod(0o600)

    with pytest.raises(NoCredentialError) as caught:
        keys_from(KeySource(file=str(file)))

    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize("command", [("false",), ("/nowhere/at/all",)])
def test_a_command_that_gives_no_key_is_refused(command: tuple[str, ...]) -> None:
    with pytest.raises(NoCredentialError):
        keys_from(KeySource(command=command))


@pytest.mark.parametrize("endpoint", ["ovh-mars", "http://192.0.2.1/1.0", ""])
def test_an_endpoint_that_cannot_be_trusted_is_refused(site: Site, endpoint: str) -> None:
    with pytest.raises(NoCredentialError):
        SignedApi(replace(site.keys(), endpoint=endpoint or None))


def test_without_a_consumer_key_it_is_said_what_is_missing(site: Site) -> None:
    keys = replace(site.keys(), consumer_key=None)

    with pytest.raises(NoCredentialError) as caught:
        OvhDoor(SignedApi(keys), WANTED, lambda: 0.0).binding(MACS)

    assert "OVH_CONSUMER_KEY" in caught.value.next_move


def test_an_endpoint_that_is_not_there_was_sent_nothing(site: Site) -> None:
    keys = replace(site.keys(), endpoint="http://127.0.0.1:9/1.0")

    with pytest.raises(UnreachableError):
        OvhDoor(SignedApi(keys), WANTED, lambda: 0.0).run(Script((UNBIND,)))


def test_no_error_repeats_what_is_secret(site: Site) -> None:
    said: list[str] = []
    for mishap in (
        Mishap("*", "*", 403, code="INVALID_KEY"),
        Mishap("*", "*", 500),
        Mishap("*", "*"),
        Mishap("*", "*", 429),
    ):
        site.api.mishaps.append(mishap)
        try:
            site.door().binding(MACS)
        except BluegreenError as error:
            said.append(f"{error} {error.__cause__!r} {error.args!r}")

    assert len(said) == 4
    assert not [text for text in said for secret in SECRETS if secret in text]
    assert not [secret for secret in SECRETS if secret in repr(site.keys())]
