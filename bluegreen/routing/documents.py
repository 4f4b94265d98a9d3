"""JSON as vtysh prints it: several documents, warnings and prompts around them, or cut off."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bluegreen.errors import ParseError
from bluegreen.routing.text import clean_lines

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Object = Mapping[str, Json]

DEPTH_MAX = 32  # FRR nests eight deep

_VRF_KEYS = frozenset({"vrfName", "vrfId", "ospfInstance"})
_OPENS = re.compile(r"""\{\s*(?:["}]|\Z)|(?m:^)[^\S\n]*\[\s*(?:\{|\]|\Z)""")
_TORN = re.compile(r"""(?m)^[^\S\n]*(?:[\]}][\]},\s]*|"[^"]*"\s*:.*)$""")


@dataclass(frozen=True, slots=True)
class Page:
    """A text taken apart: its JSON documents, and the lines around them."""

    documents: tuple[Json, ...]
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def is_blank(self) -> bool:
        return not self.documents and not self.text.strip()


def take_apart(text: str) -> Page:
    """Return the documents and the rest, or refuse JSON that does not end or begin."""
    whole = "\n".join(clean_lines(text))
    documents: list[Json] = []
    around: list[str] = []
    at = 0
    while found := _OPENS.search(whole, at):
        around.append(whole[at : found.start()])
        value, at = _decoded(whole, found.end() - len(found[0].lstrip()))
        documents.append(value)
    around.append(whole[at:])
    if documents and (torn := _TORN.search("\n".join(around))):
        raise ParseError(f"JSON without its beginning or end: {torn[0].strip()[:100]!r}")
    return Page(tuple(documents), tuple("\n".join(around).split("\n")))


def walk(value: Json, key: str = "", depth: int = 0) -> Iterator[tuple[str, Object]]:
    """Yield every object with the key it stands under, outermost first."""
    if depth > DEPTH_MAX:
        raise ParseError(f"JSON nested more than {DEPTH_MAX} deep is no routing daemon's")
    if isinstance(value, dict):
        yield key, value
        for name, member in value.items():
            yield from walk(member, name, depth + 1)
    elif isinstance(value, list):
        for member in value:
            yield from walk(member, key, depth + 1)


def objects(value: Json) -> tuple[Object, ...]:
    """Return an object, or a list's objects: daemons print both for the same thing."""
    members = value if isinstance(value, list) else [value]
    return tuple(member for member in members if isinstance(member, dict))


def is_bare(document: Json) -> bool:
    """Return whether a document is empty but for the names of VRFs: there is nothing to list."""
    if isinstance(document, list):
        return not document
    if not isinstance(document, dict):
        return False
    return all(
        key in _VRF_KEYS
        or (isinstance(member, dict) and bool(member) and member.keys() <= _VRF_KEYS)
        for key, member in document.items()
    )


def string(thing: Object, *keys: str) -> str | None:
    """Return the first of the keys that holds text."""
    return next((value for key in keys if isinstance(value := thing.get(key), str)), None)


def integer(thing: Object, *keys: str) -> int | None:
    """Return the first of the keys that holds a whole number."""
    values = (thing.get(key) for key in keys)
    return next((v for v in values if isinstance(v, int) and not isinstance(v, bool)), None)


def _decoded(text: str, at: int) -> tuple[Json, int]:
    try:
        value, end = json.JSONDecoder().raw_decode(text, at)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        cut = not text[error.pos :].strip() or error.msg.startswith("Unterminated")
        how = "cut off" if cut else "broken"
        raise ParseError(f"JSON {how} at {where}: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise ParseError(f"JSON that no routing daemon prints: {error}") from error
    return value, end
