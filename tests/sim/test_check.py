"""`bluegreen check`, whole, on pairs that are ill in one way each, and on one that is well."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

import pytest
from ill_makers import (
    COPY,
    OTHER_KEY,
    SETTLED_S,
    Happens,
    a_world,
    at_console,
    nothing,
    on_wire,
    other,
    over,
    separated,
    speaking,
)
from ill_more import MORE, behind_a_vip
from ill_pairs import ILLNESSES
from pairs import BLUE, GREEN, PAIRS, a_pair
from uneven_pairs import Change, as_is

from bluegreen.cli.checking import Wanted, check_in
from bluegreen.cli.files import load_playbook
from bluegreen.cli.look import look
from bluegreen.cli.options import Common
from bluegreen.cli.planning import plan_on_twin
from bluegreen.cli.request import Request
from bluegreen.cli.states import states_seen
from bluegreen.cli.worlds import rehearsed_world
from bluegreen.errors import UnreachableError
from bluegreen.model.command import Effect, Output, Script
from bluegreen.model.finding_names import FindingName, GateName, LookName, PlainName
from bluegreen.policy.remedies import REMEDIES
from bluegreen.sim.strangers import Stranger
from bluegreen.sim.world import SimWorld
from bluegreen.world import Transport

SECRETS = ("correct-horse", "battery-staple", "correct-cart", "tr0ub4dor")


@dataclass(frozen=True, slots=True)
class Told:
    """What a user gets."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, list[dict[str, object]]]:
        found: dict[str, list[dict[str, object]]] = json.loads(self.out)
        return found

    @property
    def names(self) -> list[object]:
        return [finding["name"] for finding in self.document["findings"]]


def listed(rows: object) -> list[dict[str, str]]:
    """Return a list of a document, as what it is."""
    assert isinstance(rows, list)
    return rows


@dataclass(frozen=True, slots=True)
class Desk:
    """Somebody who types `check`."""

    place: Path
    screen: pytest.CaptureFixture[str]

    def check(
        self, world: SimWorld, kind: str = "edge", *, as_json: bool = True, active: bool = False
    ) -> Told:
        common = Common(None, as_json, self.place, 0, True)
        code = check_in(common, Wanted("edge", active=active), a_pair(kind), world.doors())
        out, err = self.screen.readouterr()
        return Told(code, out, err)


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def after(world: SimWorld) -> SimWorld:
    world.network.advance(SETTLED_S)
    return world


def test_a_pair_that_is_well_is_told_nothing_and_exits_0(desk: Desk) -> None:
    told = desk.check(after(a_world()), active=True)

    assert told.names == []
    assert (told.code, told.document["ok"]) == (0, True)


OTHER_PAIR = Stranger("vmx0", 77, ("192.0.2.77", "2001:db8::77"), "theirs")
KINDS = [kind for kind in PAIRS if not kind.startswith("ipfo") and kind != "no-preempt"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_pair_of_any_kind_that_is_well_hears_notes_at_most(kind: str, desk: Desk) -> None:
    world = after(rehearsed_world(a_pair(kind)))

    told = desk.check(world, kind)

    worse = [f["name"] for f in told.document["findings"] if f["severity"] != "note"]
    assert (worse, told.code) == ([], 0)


def test_another_pair_on_the_wire_with_a_number_of_its_own_is_no_matter(desk: Desk) -> None:
    world = a_world()
    on_wire(OTHER_PAIR)(world)

    assert desk.check(after(world)).names == []


def test_check_changes_nothing(desk: Desk) -> None:
    world = after(a_world())
    before = world.snapshot()

    desk.check(world, active=True)

    changes = {e: n for e, n in world.traffic.commands.items() if n and e is not Effect.READ}
    assert changes == {}
    assert world.snapshot() == before


def test_a_router_is_asked_for_its_facts_before_and_after_the_doctor_looks(desk: Desk) -> None:
    world = after(a_world())

    desk.check(world)

    assert [router for _, router, _ in world.traffic.wire] == 3 * [BLUE, GREEN]


def test_a_role_taken_while_the_wire_is_watched_is_told_as_it_is_then(desk: Desk) -> None:
    world = after(a_world())
    separated(world)  # just now: green is not MASTER yet

    assert set(desk.check(world).names) == {"both-master"}


ALL = {**ILLNESSES, **MORE}


@pytest.mark.parametrize("what", ALL)
def test_an_illness_is_called_by_its_name_with_evidence_and_a_way_out(
    what: str, desk: Desk
) -> None:
    ill = ALL[what]

    told = desk.check(after(ill.world()), ill.kind, active=ill.active)

    found = [f for f in told.document["findings"] if f["name"] == ill.name]
    assert found, told.names
    looks = {look["name"]: look["findings"] for look in told.document["looks"]}
    assert ill.name in str(looks[ill.look])
    assert {f["severity"] for f in found} == {ill.severity}
    assert ill.seen in str([f["evidence"] for f in found])
    bare = [f["says"] for f in told.document["findings"] if not f["evidence"] or not f["fix"]]
    assert bare == []
    said = [(f["says"], {e["seen"] for e in listed(f["evidence"])}) for f in found]
    assert not [says for says, seen in said if says in seen]
    assert ill.fix in [step["type"] for f in found for step in f["fix"]] or not ill.fix
    assert told.code == (0 if ill.severity == "note" else 3)
    assert not any(secret in told.out + told.err for secret in SECRETS)


WELL: dict[str, tuple[Change, Change]] = {
    "OSPF on the LAN": (speaking, speaking),
    "a neighbour behind a tunnel from a VIP": (behind_a_vip, behind_a_vip),
    "a default over a neighbour of both": (
        over("192.0.2.254", "vmx0"),
        over("192.0.2.254", "vmx0"),
    ),
}


@pytest.mark.parametrize("what", WELL)
def test_what_may_be_ill_and_is_well_is_told_notes_at_most(what: str, desk: Desk) -> None:
    told = desk.check(after(a_world(*WELL[what])), active=True)

    assert {f["severity"] for f in told.document["findings"]} <= {"note"}
    assert told.code == 0


@pytest.mark.parametrize("kind", sorted({ill.kind for ill in ALL.values()}))
def test_the_same_pair_without_an_illness_is_told_notes_at_most(kind: str, desk: Desk) -> None:
    told = desk.check(after(a_world(kind=kind)), kind, active=True)

    assert {f["severity"] for f in told.document["findings"]} <= {"note"}
    assert told.code == 0


def test_a_tunnel_from_a_vip_that_devds_handler_keeps_down_is_no_finding(desk: Desk) -> None:
    world = a_world(green=other(bug166462=True), kind="gre")
    at_console(GREEN, "ifconfig", "gre0", "down")(world)
    after(world)
    began_s = world.now_s

    told = desk.check(world, "gre")

    assert {"name": "tunnels", "ok": True, "findings": []} in told.document["looks"]
    assert told.code == 0
    assert world.now_s - began_s < 2 * 6  # each router is watched for as long as ever


def test_a_role_that_comes_while_tunnels_are_watched_is_no_bug(desk: Desk) -> None:
    world = a_world(green=other(bug166462=True), kind="gre")
    at_console(BLUE, "ifconfig", "vmx1", "vhid", "2", "advskew", "150", "peer", "192.0.2.12")(world)
    world.network.advance(0.5)

    assert "bug-166462" not in desk.check(world, "gre").names


def test_a_pair_without_tunnels_from_a_vip_is_not_looked_at_for_them(desk: Desk) -> None:
    told = desk.check(after(a_world()))

    assert "tunnels" not in [look["name"] for look in told.document["looks"]]


def test_each_name_that_a_finding_can_have_is_that_of_an_ill_pair() -> None:
    named = {ill.name for ill in ALL.values()}

    assert named == set(get_args(FindingName)) - set(get_args(GateName))


def test_each_thing_that_is_looked_at_finds_an_ill_pair() -> None:
    assert {ill.look for ill in ALL.values()} == set(get_args(LookName))


def test_each_check_with_plain_reasons_has_a_remedy_and_no_other() -> None:
    assert set(REMEDIES) == set(get_args(PlainName))


def test_every_illness_is_read_by_people_too(desk: Desk) -> None:
    ill = ILLNESSES["advbase"]

    told = desk.check(after(a_world(ill.blue, ill.green)), as_json=False)

    assert "NO  carp" in told.out
    assert "CRITICAL  advbase-differs" in told.out
    assert "an upgrade would be refused for carp, takeover" in told.out.splitlines()


OTHER_WORD = ("ifconfig", "vmx0", "vhid", "3", "advskew", "100", "pass", "battery-staple")
SPLITS: dict[str, tuple[Change, Happens, str]] = {
    "files": (OTHER_KEY, nothing, "as they do in the files"),
    "what runs": (as_is, at_console(GREEN, *OTHER_WORD), "each refuses what the other signs"),
    "the wire": (as_is, separated, "neither heard anything while both sent"),
}


@pytest.mark.parametrize("cause", SPLITS)
def test_the_cause_of_two_masters_is_told_from_files_and_counters(cause: str, desk: Desk) -> None:
    change, happens, because = SPLITS[cause]
    world = a_world(green=change)
    happens(world)

    told = desk.check(after(world))

    [found, *_] = [f for f in told.document["findings"] if f["name"] == "both-master"]
    assert because in str(found["causes"])
    assert len(str(found["causes"]).split("', '")) == 1


def test_the_cause_of_no_master_is_told_from_what_they_count(desk: Desk) -> None:
    copied = a_world()
    on_wire(COPY)(copied)

    told = desk.check(after(copied))

    [found] = [f for f in told.document["findings"] if f["name"] == "no-master"]
    assert "somebody else on the wire" in str(found["causes"])


@dataclass(slots=True)
class Hearsay:
    """A door behind which nobody answers the doctor: it was lost between two questions."""

    door: Transport
    name: str

    @property
    def address(self) -> str | None:
        return self.door.address

    def run(self, script: Script) -> tuple[Output, ...]:
        if any(command.argv[0] == "sleep" for command in script.commands):
            raise UnreachableError("no answer from sshd", self.name)
        return self.door.run(script)

    def close(self) -> None:
        self.door.close()


def test_a_router_that_is_lost_while_it_is_watched_is_unknown_and_not_well(desk: Desk) -> None:
    doors = after(a_world()).doors()
    lost = Hearsay(doors.transports[GREEN], GREEN)
    common = Common(None, True, desk.place, 0, True)

    code = check_in(
        common,
        Wanted("edge"),
        a_pair("edge"),
        replace(doors, transports={**doors.transports, GREEN: lost}),
    )

    document = json.loads(desk.screen.readouterr().out)
    assert {(f["name"], f["severity"]) for f in document["findings"]} == {
        (name, "unknown") for name in ("segment", "passwords", "states")
    }
    assert (code, document["ok"]) == (3, False)


def test_what_several_checks_run_into_is_told_once(desk: Desk) -> None:
    ill = ILLNESSES["CARP switched off"]
    world = a_world()
    ill.happens(world)

    told = desk.check(after(world))

    assert told.names.count("carp-off") == 1


def notes_of_plan(world: SimWorld) -> tuple[str, ...]:
    """Return what a plan says beside its steps, from what is asked when it is made."""
    pair, doors = a_pair("edge"), after(world).doors()
    facts = look(pair, doors)
    request = Request("upgrade", pair, load_playbook(), BLUE, "R1")
    return plan_on_twin(request, facts, states_seen(doors, facts)).notes


@pytest.mark.parametrize(
    "what",
    ["pfsync of another version", "pfsync on one side", "tables far apart", "no pf", "no pfsync"],
)
def test_a_plan_says_of_flows_with_state_what_check_says(what: str, desk: Desk) -> None:
    ill = ALL[what]
    told = desk.check(after(ill.world()))

    says = [str(f["says"]) for f in told.document["findings"] if f["name"] == ill.name]

    assert says
    assert notes_of_plan(ill.world()) == tuple(says)


def test_a_plan_is_refused_where_a_bulk_update_has_not_ended() -> None:
    pair, world = a_pair("edge"), after(ALL["not in sync"].world())
    facts = look(pair, world.doors())

    finished = plan_on_twin(Request("upgrade", pair, load_playbook(), BLUE, "R1"), facts).finished

    assert finished.outcome == "refused"
    assert "pfsync is not in sync (syncok: 0)" in finished.reason


def test_a_plan_of_a_pair_whose_states_come_across_says_nothing_of_them() -> None:
    assert notes_of_plan(a_world()) == ()


def test_an_account_that_may_not_count_states_hears_so_in_the_plan() -> None:
    [note] = notes_of_plan(ALL["a pf that is not shown"].world())

    assert note == f"{GREEN}: how many states it has cannot be told: pfctl: Permission denied"


def test_a_plan_asks_each_router_one_question_more_and_none_without_pfsync() -> None:
    world, without = after(a_world()), after(ALL["no pfsync"].world())

    for each in (world, without):
        doors = each.doors()
        states_seen(doors, look(a_pair("edge"), doors))

    more = [[c.argv for c in script.commands] for _, _, script in world.traffic.wire[2:]]
    assert more == 2 * [[("pfctl", "-si")]]
    assert len(without.traffic.wire) == 2
