"""A playbook is data: read as a whole, or refused with every mistake in it."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.cli.files import load_playbook, strategies
from bluegreen.errors import UsageError
from bluegreen.model.playbook import KNOWN_STEPS, Entry, parse_playbook
from bluegreen.model.schema import json_schema

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests" / "fixtures" / "playbooks"
REFUSED = FIXTURES / "refused"

OS_STEPS = [
    *("cost-out", "persist", "environment", "install", "reboot", "finish", "prove"),
    *("cost-in", "standby"),
]


def named(entries: tuple[Entry, ...]) -> list[str]:
    return [f"{entry.name}@{role}" for entry in entries for role in entry.roles]


def complaints(text: str) -> list[str]:
    with pytest.raises(UsageError) as refused:
        parse_playbook(text, "p.yaml")
    return refused.value.what.splitlines()[1:]


def test_active_first_relieves_upgrades_and_returns_before_it_touches_green() -> None:
    playbook = load_playbook("active-first")

    blue, green = playbook.legs
    assert (blue.router, green.router) == ("blue", "green")
    assert named(blue.steps) == [
        *("drain@blue", "converge@green"),
        *(f"{step}@blue" for step in OS_STEPS),
        *("drain@green", "converge@blue"),
    ]
    assert named(green.steps) == [
        "yield@green",  # sends nothing unless blue's leg was skipped and green serves something
        "alone@blue",
        *(f"{step}@green" for step in OS_STEPS),
    ]


def test_idle_first_upgrades_green_before_anything_moves() -> None:
    playbook = load_playbook("idle-first")

    green, blue = playbook.legs
    assert named(green.steps) == [
        "yield@green",  # sends nothing unless the pair is active/active
        "alone@blue",
        *(f"{step}@green" for step in OS_STEPS),
    ]
    assert named(blue.steps) == named(load_playbook("active-first").legs[0].steps)


@pytest.mark.parametrize("strategy", ["active-first", "idle-first"])
def test_an_upgrade_opens_with_locks_and_closes_by_giving_everything_back(strategy: str) -> None:
    playbook = load_playbook(strategy)

    assert named(playbook.opening) == [
        *("preflight@pair", "lock@blue", "lock@green", "baseline@pair"),
        *("stage@blue", "stage@green", "agree@pair"),
    ]
    assert named(playbook.closing) == [
        *("restore@pair", "unpersist@blue", "unpersist@green"),
        *("postflight@pair", "unlock@blue", "unlock@green"),
    ]
    assert playbook.middle == ()
    assert playbook.outage == "rollback"


def test_a_failover_is_a_switch_that_is_held() -> None:
    playbook = load_playbook("failover")

    assert named(playbook.entries) == [
        *("preflight@pair", "lock@blue", "lock@green", "baseline@pair"),
        *("drain@blue", "converge@green", "hold@blue", "hold@green"),
        *("postflight@pair", "unlock@blue", "unlock@green"),
    ]
    assert playbook.legs == ()


@pytest.mark.parametrize("strategy", strategies())
def test_what_we_ship_is_described_and_uses_known_steps_only(strategy: str) -> None:
    playbook = load_playbook(strategy)

    assert playbook.description.endswith(".")
    assert {entry.step for entry in playbook.entries} <= set(KNOWN_STEPS)


def test_a_copy_may_soak_pause_and_check() -> None:
    playbook = load_playbook(str(FIXTURES / "careful.yaml"))

    added = {entry.name: entry for entry in playbook.entries}
    assert added["soak"] == Entry("soak", for_s=5400.0)
    assert added["last-soak"] == Entry("soak", id="last-soak", for_s=600.0)
    assert added["pause"] == Entry("pause", message="Has the night shift looked?")
    assert added["check"] == Entry(
        "check", "blue", command=("service", "frr", "status"), expect="is running"
    )
    assert added["up"] == Entry("check", "both", id="up", command=("uptime",))
    assert added["up"].roles == ("blue", "green")
    assert playbook.legs[0].steps[-2] == Entry(
        "drain", "green", deadline_s=30.0, undo_deadline_s=60.0, allow=("advbase",)
    )
    assert playbook.outage == "stop"


def test_a_playbook_that_only_looks_needs_no_lock() -> None:
    text = "name: look\nopening: [{step: preflight}, {step: check, on: both, command: uptime}]\n"

    assert named(parse_playbook(text, "p.yaml").entries) == [
        *("preflight@pair", "check@blue", "check@green"),
    ]


def test_on_is_a_key_like_any_other_and_sections_run_in_their_own_order() -> None:
    text = "closing: [{step: unlock, on: both}]\nopening: [{on: both, step: lock}]\nname: odd\n"

    assert named(parse_playbook(text, "p.yaml").entries) == [
        *("lock@blue", "lock@green", "unlock@blue", "unlock@green"),
    ]


def test_the_caller_says_which_steps_there_are() -> None:
    text = (
        "name: own\nopening: [{step: lock, on: both}, {step: dance}]\n"
        "closing: [{step: unlock, on: both}]\n"
    )

    assert parse_playbook(text, "p.yaml", (*KNOWN_STEPS, "dance")).opening[1].step == "dance"
    assert complaints(text) == [
        "p.yaml:2:42: opening[1].step: `dance` is no step; did you mean `drain`?"
    ]


@pytest.mark.parametrize("name", sorted(path.stem for path in REFUSED.glob("*.yaml")))
def test_every_mistake_of_a_playbook_is_named_at_its_place(name: str) -> None:
    expected = (REFUSED / f"{name}.txt").read_text(encoding="utf-8").splitlines()

    with pytest.raises(UsageError) as refused:
        parse_playbook((REFUSED / f"{name}.yaml").read_text(encoding="utf-8"), f"{name}.yaml")

    assert refused.value.what.splitlines()[1:] == expected
    assert refused.value.router == "playbook"


_ACT = re.compile(r"\.yaml:(\d+):(\d+): \S+: `(\w+) on (\w+)`")


@pytest.mark.parametrize("name", sorted(path.stem for path in REFUSED.glob("*.yaml")))
def test_an_order_is_refused_at_the_line_of_the_step(name: str) -> None:
    lines = (REFUSED / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    expected = (REFUSED / f"{name}.txt").read_text(encoding="utf-8")

    for line, column, step, role in _ACT.findall(expected):
        entry = lines[int(line) - 1][int(column) - 1 :]
        assert entry.startswith((f"{{step: {step}, on: {role}", f"{{step: {step}, on: both"))


SHIPPED = (ROOT / "playbooks" / "active-first.yaml").read_text(encoding="utf-8").splitlines()
STEP_LINES = [number for number, line in enumerate(SHIPPED) if "{step:" in line]
DISPENSABLE = {
    *("preflight", "baseline", "stage", "agree", "postflight"),
    *("reboot", "finish", "standby", "cost-out"),
}

TWICE = {("drain", "green"), ("converge", "blue")}  # either place makes green idle


@pytest.mark.parametrize("number", STEP_LINES)
def test_no_step_that_safety_rests_on_can_be_taken_out(number: int) -> None:
    step, on = re.findall(r"step: ([\w-]+)(?:, on: (\w+))?", SHIPPED[number])[0]
    text = "\n".join(line for index, line in enumerate(SHIPPED) if index != number)

    if step in DISPENSABLE or (step, on) in TWICE:
        assert parse_playbook(text, "p.yaml").name == "active-first"
    else:
        assert complaints(text)


def test_a_playbook_s_schema_knows_every_key_and_step() -> None:
    schema = json.loads(json_schema("playbook"))

    entry = schema["$defs"]["EntryBlock"]
    assert schema["title"] == "bluegreen playbook"
    assert schema["description"] == "A strategy, as data."
    assert schema["additionalProperties"] is False
    assert entry["additionalProperties"] is False
    assert entry["properties"]["step"]["enum"] == list(KNOWN_STEPS)
    assert {"for", "command", "expect", "message", "allow"} <= set(entry["properties"])


def test_the_reference_explains_every_key_and_step() -> None:
    page = (ROOT / "docs" / "reference" / "playbooks.md").read_text(encoding="utf-8")
    schema = json.loads(json_schema("playbook"))

    keys = {key for block in schema["$defs"].values() for key in block["properties"]}
    assert not {
        word for word in (*keys, *schema["properties"], *KNOWN_STEPS) if f"`{word}`" not in page
    }


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["blue", "both", "5s", "soak"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.fixed_dictionaries(
            {"step": st.sampled_from(KNOWN_STEPS)},
            optional={"on": inner, "id": inner, "for": inner, "allow": inner, "command": inner},
        )
    ),
    max_leaves=10,
)


@given(
    opening=st.lists(_VALUES, max_size=4),
    legs=st.lists(st.fixed_dictionaries({"router": _VALUES, "steps": _VALUES}), max_size=2),
)
def test_any_structure_is_a_playbook_or_refused(opening: object, legs: object) -> None:
    text = json.dumps({"name": "any", "opening": opening, "legs": legs})

    try:
        entries = parse_playbook(text, "p.yaml").entries
    except UsageError as refused:
        places = refused.what.splitlines()[1:]
        assert all(place.startswith(("p.yaml:1:", "...")) for place in places)
    else:
        assert len(entries) > 0
