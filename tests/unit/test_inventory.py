"""hosts.yaml is resolved to pairs, or refused with every mistake in it."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.cli.files import load_inventory
from bluegreen.errors import UsageError
from bluegreen.model.inventory import Inventory, parse_inventory
from bluegreen.model.pair import (
    FloatingAddress,
    Jump,
    OspfWish,
    ProbeTarget,
    RehearsedTunnel,
    RehearsedVhid,
    Router,
)
from bluegreen.model.schema import json_schema

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests" / "fixtures" / "inventory"
REFUSED = FIXTURES / "refused"

AB = "routers:\n  a: {address: 192.0.2.1}\n  b: {address: 192.0.2.2}\n"
PAIR = AB + "pairs:\n  p:\n    routers: [a, b]\n"


def read(text: str) -> Inventory:
    return parse_inventory(text, "h.yaml")


def complaints(text: str) -> list[str]:
    """Return the lines that name a place."""
    with pytest.raises(UsageError) as refused:
        read(text)
    assert refused.value.exit_code == 2
    return refused.value.what.splitlines()[1:]


def test_the_shipped_file_holds_a_pair_that_needs_nothing_to_rehearse() -> None:
    pair = load_inventory(ROOT / "hosts.yaml").pair("edge")

    assert pair.names == ("router-001", "router-002")
    assert pair.prefer == "router-001"
    assert pair.rehearsal.vhids[0] == RehearsedVhid(
        2, "vmx1", ("198.51.100.230/32",), (0, 100), "router-001", unicast=True
    )
    assert (pair.rehearsal.version, pair.rehearsal.target) == ("14.2-RELEASE-p1", "14.2-RELEASE-p2")
    assert (pair.probes, pair.ospf, pair.remotes, pair.ipfo) == ((), None, (), None)


def test_every_key_finds_its_place() -> None:
    inventory = load_inventory(FIXTURES / "everything.yaml")
    pair = inventory.pair("edge")

    assert pair.routers[1] == Router(
        name="router-002",
        address="2001:db8::12",
        port=2222,
        user="root",
        escalate="none",
        identity=str(Path("~/.ssh/id_ed25519").expanduser()),
        known_hosts=str(FIXTURES / "known_hosts"),
        jump=Jump("203.0.113.9", 2022, "hop"),
        state_dir="/var/db/bluegreen",
        connect_timeout_s=0.5,
    )
    assert pair.outage_budget_s == 1.0
    assert pair.probes == (
        ProbeTarget("icmp", "198.51.100.230", 0.1),
        ProbeTarget(
            "tcp",
            "[2001:db8::1]:443",
            0.05,
            "probe@203.0.113.40",
            Router("probe@203.0.113.40", "203.0.113.40", user="probe"),
        ),
        ProbeTarget("http", "https://www.example:8443/health", 1.0),
    )
    assert [probe.host for probe in pair.probes] == ["198.51.100.230", "2001:db8::1", "www.example"]
    assert pair.ospf == OspfWish("frr", 1)
    assert pair.ipfo == FloatingAddress("ovh", "ns123.example", "198.51.100.230", 45.0, "move")


def test_the_far_end_of_a_tunnel_is_reached_like_a_router() -> None:
    far = load_inventory(FIXTURES / "everything.yaml").pair("edge").remotes[0]

    assert far.router.name == "windriver"
    assert (far.router.address, far.router.user, far.router.port) == ("203.0.113.30", "deploy", 22)
    assert far.expect_route == "172.27.27.0/27"


def test_a_jump_host_that_is_a_router_is_reached_by_its_own_words() -> None:
    inventory = load_inventory(FIXTURES / "everything.yaml")

    assert inventory.pair("edge").routers[0].jump == Jump("192.0.2.99", 22, "deploy")
    bastion = next(router for router in inventory.routers if router.name == "bastion")
    assert bastion.jump is None


def test_a_rehearsal_block_says_what_is_simulated() -> None:
    rehearsal = load_inventory(FIXTURES / "everything.yaml").pair("edge").rehearsal

    assert rehearsal.target == "14.3-RELEASE-p2"
    assert rehearsal.nothing_staged == ("router-002",)
    assert rehearsal.root == "ufs"
    assert rehearsal.vhids == (
        RehearsedVhid(2, "vmx1", ("198.51.100.230/32",), (200, 5), "router-002", 1, True),
        RehearsedVhid(3, "vmx0", ("192.0.2.1/24", "2001:db8::1/64"), (100, 0), "router-001", 2),
    )
    assert rehearsal.tunnels == (
        RehearsedTunnel("gre0", "198.51.100.230", "203.0.113.30", "172.27.27.252", "172.27.27.253"),
    )
    assert (rehearsal.preempt, rehearsal.reboot_s, rehearsal.neighbors) == (False, 90.0, 2)


def test_without_a_rehearsal_block_a_pair_rehearses_with_one_vhid() -> None:
    rehearsal = read(PAIR + "    prefer: b\n    ospf: {min_neighbors: 3}\n").pair("p").rehearsal

    assert rehearsal.vhids == (RehearsedVhid(1, "vmx0", ("198.51.100.1/32",), (100, 0), "b"),)
    assert (rehearsal.version, rehearsal.target) == ("14.2-RELEASE-p1", "14.2-RELEASE-p2")
    assert rehearsal.neighbors == 3


def test_two_routers_are_a_pair_without_being_listed_as_one() -> None:
    pair = read(AB).pair("b, a")

    assert (pair.name, pair.names, pair.key) == ("b,a", ("b", "a"), "a,b")
    assert (pair.prefer, pair.outage_budget_s) == (None, None)
    assert pair.rehearsal.vhids[0].advskew == (0, 100)
    assert pair.peer_of("b").address == "192.0.2.1"
    assert pair.router("b").address == "192.0.2.2"


@pytest.mark.parametrize("words", ["p", "a,b", "b,a", " b , a "])
def test_a_listed_pair_keeps_its_settings_however_it_is_named(words: str) -> None:
    pair = read(PAIR + "    prefer: b\n").pair(words)

    assert (pair.name, pair.names, pair.prefer) == ("p", ("a", "b"), "b")


def test_defaults_apply_to_each_router_that_says_nothing_else() -> None:
    inventory = read(
        "defaults: {user: deploy, port: 2200, escalate: sudo}\n"
        "routers:\n  a: {address: a.example}\n  b: {address: b.example, port: 22, user: }\n"
    )

    first, second = inventory.routers
    assert (first.user, first.port, first.escalate) == ("deploy", 2200, "sudo")
    assert (second.user, second.port, second.escalate) == (None, 22, "sudo")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", "no pair was named"),
        (",", "`,` does not name two routers"),
        ("a,", "`a,` does not name two routers"),
        ("a,b,a", "`a,b,a` does not name two routers"),
        ("router-001,router-001", "`router-001` twice; a pair takes two different routers"),
        ("router-001", "`router-001` is one router; a pair takes two"),
        ("egde", "`egde` is no pair of h.yaml; did you mean `edge`?"),
        ("routr-001,router-002", "`routr-001` is no router of h.yaml; did you mean `router-001`?"),
        ("x,router-002", "`x` is no router of h.yaml; known: router-001, router-002"),
    ],
)
def test_words_that_name_no_pair_are_answered_with_the_nearest(words: str, expected: str) -> None:
    inventory = read(
        "routers:\n  router-001: {address: 192.0.2.11}\n  router-002: {address: 192.0.2.12}\n"
        "pairs:\n  edge: {routers: [router-001, router-002]}\n"
    )

    with pytest.raises(UsageError) as refused:
        inventory.pair(words)

    assert refused.value.what == expected
    assert "or a pair: edge" in refused.value.next_move


def test_both_unknown_names_are_named() -> None:
    with pytest.raises(UsageError) as refused:
        read(AB).pair("x,y")

    assert refused.value.what == (
        "`x` is no router of h.yaml; known: a, b\n`y` is no router of h.yaml; known: a, b"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "router:\n  a: {}\n",
            [
                "h.yaml:1:1: `routers` is missing",
                "h.yaml:1:1: router: unknown key; did you mean `routers`?",
            ],
        ),
        ("routers: {}\n", ["h.yaml:1:10: routers: no router at all"]),
        ("routers:\n", ["h.yaml:1:1: routers: expected keys and values, found nothing"]),
        ("routers: [a]\n", ["h.yaml:1:10: routers: expected keys and values, found a list"]),
    ],
)
def test_what_is_no_inventory_is_refused_with_every_mistake(text: str, expected: list[str]) -> None:
    assert complaints(text) == expected


@pytest.mark.parametrize("name", sorted(path.stem for path in REFUSED.glob("*.yaml")))
def test_every_mistake_of_a_file_is_named_at_its_place(name: str) -> None:
    expected = (REFUSED / f"{name}.txt").read_text(encoding="utf-8").splitlines()

    with pytest.raises(UsageError) as refused:
        parse_inventory((REFUSED / f"{name}.yaml").read_text(encoding="utf-8"), f"{name}.yaml")

    assert refused.value.what.splitlines()[1:] == expected


_FOUND = re.compile(r"\.yaml:(\d+):(\d+): .*(?:found text|found the number) `?([^`;\n]*)")
_UNKNOWN = re.compile(r"\.yaml:(\d+):(\d+): \S*\.(\S+): unknown key")


@pytest.mark.parametrize("name", sorted(path.stem for path in REFUSED.glob("*.yaml")))
def test_a_place_is_where_the_file_says_what_was_found(name: str) -> None:
    lines = (REFUSED / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    expected = (REFUSED / f"{name}.txt").read_text(encoding="utf-8")

    for line, column, found in (*_FOUND.findall(expected), *_UNKNOWN.findall(expected)):
        assert lines[int(line) - 1][int(column) - 1 :].lstrip("'").startswith(found)


def test_a_jump_host_is_neither_the_router_itself_nor_behind_another() -> None:
    text = (
        "defaults: {jump: b}\nrouters:\n  b: {address: x}\n"
        "  a: {address: x, jump: a}\n  c: {address: x, jump: d}\n  d: {address: x}\n"
    )

    assert complaints(text) == [
        "h.yaml:4:25: routers.a.jump: a router is not reached through itself",
        "h.yaml:5:25: routers.c.jump: `d` is itself reached through `b`; one host is gone through",
    ]


def test_of_very_many_mistakes_the_first_fifty_are_shown() -> None:
    lines = complaints("routers:\n" + "".join(f"  r{n}: 1\n" for n in range(60)))

    assert len(lines) == 51
    assert lines[-1] == "... and 10 more in h.yaml"


def test_the_error_reads_from_the_place_to_the_next_move() -> None:
    with pytest.raises(UsageError) as refused:
        read("routers: 1\n")

    assert str(refused.value) == (
        "inventory: a mistake in h.yaml\n"
        "h.yaml:1:10: routers: expected keys and values, found the number 1\n"
        "  next: Correct the line named above. Nothing was contacted."
    )


_KEYS = st.sampled_from(
    [
        "address",
        "port",
        "jump",
        "routers",
        "prefer",
        "probes",
        "icmp",
        "every",
        "ospf",
        "daemon",
        "remotes",
        "name",
        "ipfo",
        "rehearsal",
        "version",
        "target",
        "vhids",
        "vhid",
        "vip",
        "vips",
        "advskew",
        "master",
        "nothing_staged",
        "a",
        "b",
        "interface",
    ]
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["a", "b", "14.2-RELEASE", "1s"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(a=_VALUES, p=_VALUES, defaults=_VALUES)
def test_any_structure_is_accepted_or_refused(a: object, p: object, defaults: object) -> None:
    document = {"routers": {"a": a, "b": {"address": "x"}}, "pairs": {"p": p}, "defaults": defaults}

    try:
        inventory = read(json.dumps(document))
    except UsageError as refused:
        places = refused.what.splitlines()[1:]
        assert all(place.startswith(("h.yaml:1:", "...")) for place in places)
    else:
        assert [router.name for router in inventory.routers] == ["a", "b"]


def test_the_schema_knows_every_key_and_no_other() -> None:
    schema = json.loads(json_schema("inventory"))

    assert schema["title"] == "bluegreen inventory (hosts.yaml)"
    assert schema["additionalProperties"] is False
    assert list(schema["properties"]) == ["defaults", "routers", "pairs"]
    assert all(block["additionalProperties"] is False for block in schema["$defs"].values())
    assert schema["$defs"]["RouterBlock"]["required"] == ["address"]
    assert schema["$defs"]["PairBlock"]["properties"]["routers"]["minItems"] == 2


def test_the_reference_explains_every_key() -> None:
    page = (ROOT / "docs" / "reference" / "inventory.md").read_text(encoding="utf-8")
    schema = json.loads(json_schema("inventory"))

    keys = {key for block in schema["$defs"].values() for key in block["properties"]}
    assert not {key for key in keys if f"`{key}`" not in page}
