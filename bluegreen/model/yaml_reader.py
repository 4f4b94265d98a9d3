"""YAML text to plain values, each with the place where it was written.

YAML 1.2 in its core schema, decimal numbers only: ``yes``, ``on``, ``0x10`` and
``12:30`` are text. Values are built here from the parser's events, so that no
tag can name a constructor. Source: https://yaml.org/spec/1.2.2/ chapter 10.3,
read 2026-11-22.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StreamMark, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from bluegreen.model.problems import Path, Problem, dotted

Data: TypeAlias = "str | int | float | bool | tuple[Data, ...] | dict[str, Data] | None"

DEPTH_MAX = 24  # the deepest file of ours has 7 levels
VALUES_MAX = 50_000  # aliases of aliases would otherwise fill the memory

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,18}|[0-9]{1,18}(\.[0-9]{0,18})?)([eE][-+]?[0-9]{1,2})?")


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column, from 1."""

    line: int
    column: int

    def problem(self, path: Path, sentence: str) -> Problem:
        return Problem(self.line, self.column, dotted(path), sentence)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a value stands, and the key in front of it (the value itself in a list)."""

    key: Place
    value: Place


@dataclass(slots=True)
class Reading:
    """What a text holds, gathered while it is read."""

    data: Data = None
    spots: dict[Path, Spot] = field(default_factory=dict)
    anchors: dict[str, tuple[Path, Data]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    broken: bool = False  # the last problem ended the reading


class _BrokenError(Exception):
    """Reading cannot go on behind this problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


def read_yaml(text: str) -> Reading:
    """Return the value of the first document and all problems met on the way."""
    reading = Reading()
    try:
        _read(text, reading)
    except YAMLError as error:
        reading.problems.append(_syntax(text, error))
        reading.broken = True
    except _BrokenError as error:
        reading.problems.append(error.problem)
        reading.broken = True
    return reading


def _read(text: str, reading: Reading) -> None:
    events: Iterator[Event] = YAML(typ="safe", pure=True).parse(text)
    for event in events:
        if not isinstance(event, DocumentStartEvent):
            continue
        if () in reading.spots:
            raise _BrokenError(_place(event).problem((), "a second document; one file holds one"))
        first = next(events)
        reading.data = _value(first, events, (), _place(first), reading)


def _value(event: Event, events: Iterator[Event], path: Path, key: Place, reading: Reading) -> Data:
    place = _place(event)
    reading.spots[path] = Spot(key, key if _is_absent(event) else place)
    if len(path) > DEPTH_MAX or len(reading.spots) > VALUES_MAX:
        raise _BrokenError(place.problem((), "nested too deep, or too many values"))
    if isinstance(event, AliasEvent):
        return _aliased(str(event.anchor), path, reading)
    data: Data = None
    if isinstance(event, SequenceStartEvent):
        data = _sequence(events, path, reading)
    elif isinstance(event, MappingStartEvent):
        data = _mapping(events, path, reading)
    elif isinstance(event, ScalarEvent):
        data = _scalar(str(event.value), plain=bool(event.implicit[0]))
    if isinstance(event, ScalarEvent | SequenceStartEvent | MappingStartEvent):
        if event.tag is not None:
            sentence = f"the tag `{event.tag}`: tags are not read"
            reading.problems.append(place.problem(path, sentence))
        if event.anchor is not None:
            reading.anchors[str(event.anchor)] = (path, data)
    return data


def _is_absent(event: Event) -> bool:
    """Nothing was written: the parser's mark is then somewhere behind the key."""
    return isinstance(event, ScalarEvent) and bool(event.implicit[0]) and not event.value


def _scalar(text: str, *, plain: bool) -> Data:
    """Return the value of a scalar by the core schema; quoted text stays text."""
    if not plain:
        return text
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _sequence(events: Iterator[Event], path: Path, reading: Reading) -> Data:
    items: list[Data] = []
    while not isinstance(event := next(events), SequenceEndEvent):
        items.append(_value(event, events, (*path, len(items)), _place(event), reading))
    return tuple(items)


def _mapping(events: Iterator[Event], path: Path, reading: Reading) -> Data:
    found: dict[str, Data] = {}
    while not isinstance(event := next(events), MappingEndEvent):
        key, place = _key(event, path), _place(event)
        if key in found:
            first = reading.spots[(*path, key)].key.line
            sentence = f"stands twice, first in line {first}"
            reading.problems.append(place.problem((*path, key), sentence))
            _value(next(events), events, (*path, key, "again"), place, reading)
        else:
            found[key] = _value(next(events), events, (*path, key), place, reading)
    return found


def _key(event: Event, path: Path) -> str:
    """Return a key as it is written: ``on`` and ``42`` are text where a key is expected."""
    if isinstance(event, ScalarEvent) and event.tag is None:
        return str(event.value)
    raise _BrokenError(_place(event).problem(path, "a key must be plain text"))


def _aliased(anchor: str, path: Path, reading: Reading) -> Data:
    """Return what an anchor stands for; problems in it point to where it is written."""
    if anchor not in reading.anchors:
        sentence = f"`*{anchor}` stands for nothing: no `&{anchor}` ends before it"
        raise _BrokenError(reading.spots[path].value.problem(path, sentence))
    source, data = reading.anchors[anchor]
    copied = {
        (*path, *below[len(source) :]): spot
        for below, spot in reading.spots.items()
        if len(below) > len(source) and below[: len(source)] == source
    }
    reading.spots.update(copied)
    reading.spots[path] = Spot(reading.spots[path].key, reading.spots[source].value)
    return data


def _place(event: Event) -> Place:
    return _marked(event.start_mark)


def _marked(mark: StreamMark) -> Place:
    return Place(mark.line + 1, mark.column + 1)


def _syntax(text: str, error: YAMLError) -> Problem:
    """Return where and why a text is not YAML."""
    if isinstance(error, ReaderError):
        before = text[: error.position]
        column = error.position - (before.rfind("\n") + 1) + 1
        sentence = f"the character U+{ord(text[error.position]):04X} is not allowed in YAML"
        return Place(before.count("\n") + 1, column).problem((), sentence)
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return Place(1, 1).problem((), f"not YAML: {error}")
    said = str(error.problem)
    unclosed = said == "found unexpected end of stream" and error.context_mark is not None
    place = _marked(error.context_mark if unclosed else error.problem_mark)
    words = next((ours for theirs, ours in _WORDS if said.startswith(theirs)), said)
    return place.problem((), f"not YAML: {words}")


_WORDS = (
    ("found character '\\t'", "a tab; indent with spaces"),
    ("mapping values are not allowed here", "a `:` where no key can stand; quote the text"),
    ("found unexpected end of stream", "this quote never ends"),
    ("expected <block end>", "the indentation does not fit the lines above"),
    ("expected the node content", "a value is missing"),
)
