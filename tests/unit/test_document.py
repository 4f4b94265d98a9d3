"""YAML is read with its places, and refused with them."""

import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bluegreen.errors import UsageError
from bluegreen.model.document import Document, parse_document
from bluegreen.model.duration import parse_duration, parse_positive_duration
from bluegreen.model.problems import nearest
from bluegreen.model.yaml_reader import Place


def read(text: str) -> Document:
    return parse_document(text, "hosts.yaml", "inventory")


def complaints(text: str) -> list[str]:
    """Return the lines that name a place."""
    with pytest.raises(UsageError) as refused:
        read(text)
    return refused.value.what.splitlines()[1:]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "hosts.yaml:1:1: the file is empty"),
        ("# nothing\n", "hosts.yaml:1:1: the file is empty"),
        ("---\n...\n", "hosts.yaml:2:1: the file is empty"),
        ("- a\n", "hosts.yaml:1:1: expected keys and values, found a list"),
        ("\nrouters\n", "hosts.yaml:2:1: expected keys and values, found text `routers`"),
        ("42", "hosts.yaml:1:1: expected keys and values, found the number 42"),
        ("a:\n\t- b\n", "hosts.yaml:2:1: not YAML: a tab; indent with spaces"),
        ("\ta: b\n", "hosts.yaml:1:1: not YAML: a tab; indent with spaces"),
        ("a: b: c", "hosts.yaml:1:5: not YAML: a `:` where no key can stand; quote the text"),
        ("a: 1\nb: 'x\nc: 2\n", "hosts.yaml:2:4: not YAML: this quote never ends"),
        ("a: [", "hosts.yaml:1:5: not YAML: a value is missing"),
        ("- a\nb: c\n", "hosts.yaml:2:1: not YAML: the indentation does not fit the lines above"),
        ("a: 1\nb: \x00", "hosts.yaml:2:4: the character U+0000 is not allowed in YAML"),
        ("a: 1\n---\nb: 2\n", "hosts.yaml:2:1: a second document; one file holds one"),
        ("? [a]\n: b\n", "hosts.yaml:1:3: a key must be plain text"),
        ("a: *b\n", "hosts.yaml:1:4: a: `*b` stands for nothing: no `&b` ends before it"),
        ("a: &x {b: *x}", "hosts.yaml:1:11: a.b: `*x` stands for nothing: no `&x` ends before it"),
        ("[" * 60, "hosts.yaml:1:26: nested too deep, or too many values"),
    ],
)
def test_a_text_that_holds_no_keys_is_refused_at_its_place(text: str, expected: str) -> None:
    assert complaints(text) == [expected]


def test_keys_that_stand_twice_are_all_remembered() -> None:
    document = read("a: 1\na: 2\nb: {c: 1, c: 2}\n")

    assert [str(problem) for problem in document.problems] == [
        "2:1: a: stands twice, first in line 1",
        "3:11: b.c: stands twice, first in line 3",
    ]
    assert document.data == {"a": 1, "b": {"c": 1}}


def test_a_tag_is_a_problem_and_never_executed() -> None:
    document = read("a: !!python/object/apply:os.system ['exit 1']\n")

    assert document.data == {"a": ("exit 1",)}
    assert str(document.problems[0]).startswith("1:4: a: the tag `tag:yaml.org,2002:python/object")


def test_yes_and_on_are_text_even_where_a_directive_asks_for_yaml_1_1() -> None:
    document = read("%YAML 1.1\n---\non: yes\noff: no\n")

    assert document.data == {"on": "yes", "off": "no"}


def test_scalars_follow_the_core_schema_and_quoted_ones_are_text() -> None:
    document = read(
        "a: [1, -2, 1.5, .5, true, ~, null, '1', \"true\", 0x10, 12:30, 1e3, 192.0.2.1]"
    )

    assert document.at("a") == (
        *(1, -2, 1.5, 0.5, True, None, None),
        *("1", "true", "0x10", "12:30", 1000.0, "192.0.2.1"),
    )


def test_a_number_too_long_for_a_number_is_text() -> None:
    assert read(f"a: {'9' * 5000}").text("a") == "9" * 5000


def test_every_value_knows_its_key_and_its_own_place() -> None:
    document = read("# first\nrouters:\n  a: {port: 22}\nlist:\n  - x\n  -  y\n")

    assert document.spots["routers", "a", "port"].key == Place(3, 7)
    assert document.spots["routers", "a", "port"].value == Place(3, 13)
    assert document.spots["list", 1].value == Place(6, 6)


def test_an_alias_is_its_anchor_s_value_and_points_to_where_that_is_written() -> None:
    document = read("a: &common {port: x}\nb: *common\n")

    assert document.at("b", "port") == "x"
    assert document.spots["b",].key == Place(2, 1)
    assert document.spots["b", "port"].value == Place(1, 19)


def test_aliases_of_aliases_end_before_the_memory_does() -> None:
    rows = ["a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    rows += [f"{n}: &{n} [{', '.join([f'*{p}'] * 10)}]" for p, n in pairwise("abcdefgh")]

    assert complaints("\n".join(rows))[0].endswith("nested too deep, or too many values")


def test_a_byte_order_mark_and_carriage_returns_move_no_column() -> None:
    document = read("\ufeffa: 1\r\nb: 2\r\n")

    assert document.data == {"a": 1, "b": 2}
    assert document.spots["b",].value == Place(2, 4)


@given(
    st.text(alphabet=st.sampled_from(list("ab:-[]{}&*!|>'\"#%@`,?~ \n\t\r\0é\u2028")), max_size=60)
)
@example("%YAML 3.0\n---\na: 1")
@example("%FOO\n---\na: 1")
@example("a: |9\n x")
@example('a: "\\x"')
@example('a: "\\uD800"')
@example("a: \ud800")
@example("&a a: 1\n*a : 2")
@example("!<!> a: 1")
@example("%TAG ! tag:x,2002:\n---\n!y {}")
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    try:
        places = [f"hosts.yaml:{problem}" for problem in read(text).problems]
    except UsageError as refused:
        places = refused.what.splitlines()[1:2]

    assert all(re.match(r"hosts\.yaml:\d+:\d+: ", place) for place in places)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("100ms", 0.1),
        ("30s", 30.0),
        ("5m", 300.0),
        ("1h30m", 5400.0),
        ("1m30s500ms", 90.5),
        ("1.5s", 1.5),
        ("0s", 0.0),
        ("30", 30.0),
        (2, 2.0),
        (0.25, 0.25),
    ],
)
def test_a_duration_is_seconds(written: object, seconds: float) -> None:
    assert parse_duration(written) == seconds


@pytest.mark.parametrize(
    "written",
    [
        "",
        "5 s",
        "s",
        "30m1h",
        "-5s",
        "5d",
        "1e3s",
        "5S",
        True,
        None,
        -1,
        1e9,
        "200h",
        float("nan"),
    ],
)
def test_what_is_no_duration_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="a duration"):
        parse_duration(written)


def test_no_time_at_all_is_refused_where_something_must_take_time() -> None:
    with pytest.raises(ValueError, match="a duration of 0"):
        parse_positive_duration("0ms")


def test_the_nearest_name_is_offered_whatever_its_case() -> None:
    assert nearest("routr-001", ["router-001", "edge"]) == "router-001"
    assert nearest("Routers", ["routers", "pairs"]) == "routers"
    assert nearest("xyz", ["router-001"]) is None
