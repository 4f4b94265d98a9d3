"""The changelog keeps its form: people read it by its sections."""

import re
from pathlib import Path

import pytest

CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"
SECTIONS = ("Safety", "Added", "Changed", "Fixed", "Removed")
VERSION = re.compile(r"## \[(Unreleased|\d+\.\d+\.\d+)\](?: - (\d{4}-\d{2}-\d{2}))?")


def releases(text: str) -> dict[str, list[tuple[str, list[str]]]]:
    """Return the sections of each release, each with its entries on one line."""
    found: dict[str, list[tuple[str, list[str]]]] = {}
    for part in re.split(r"^(?=## )", text, flags=re.MULTILINE)[1:]:
        head, *sections = re.split(r"^### ", part, flags=re.MULTILINE)
        match = VERSION.fullmatch(head.strip())
        assert match, f"no heading of a release: {head.strip()!r}"
        found[match[1]] = [section(text) for text in sections]
    return found


def section(text: str) -> tuple[str, list[str]]:
    name, _, rest = text.partition("\n")
    entries = [" ".join(entry.split()) for entry in re.split(r"^- ", rest, flags=re.MULTILINE)]
    assert entries[0] == "", f"{name} begins with something else than an entry: {entries[0]!r}"
    return name.strip(), entries[1:]


def sentences(entry: str) -> list[str]:
    """Split at full stops that end a sentence, not at those within a name or a number."""
    return re.split(r"(?<=\.) (?=[A-Z`])", entry)


@pytest.fixture(scope="module")
def text() -> str:
    return CHANGELOG.read_text(encoding="utf-8")


def test_what_is_not_released_yet_comes_first(text: str) -> None:
    assert next(iter(releases(text))) == "Unreleased"


def test_every_release_but_the_coming_one_has_its_date(text: str) -> None:
    heads = [VERSION.match(line) for line in text.splitlines() if line.startswith("## ")]

    assert [head[1] for head in heads if head and not head[2]] == ["Unreleased"]


def test_sections_stand_in_their_order_each_once_and_none_is_empty(text: str) -> None:
    for release, sections in releases(text).items():
        names = [name for name, _ in sections]
        assert names == [name for name in SECTIONS if name in names], release
        assert all(entries for _, entries in sections), release


def test_every_entry_is_a_sentence_of_effect_and_one_of_reason(text: str) -> None:
    for release, sections in releases(text).items():
        for name, entries in sections:
            for entry in entries:
                assert len(sentences(entry)) == 2, f"{release}, {name}: {entry}"
                assert entry.endswith("."), f"{release}, {name}: {entry}"
