"""The form of a playbook: its keys, their types, and which belongs to which step."""

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from bluegreen.model.checking import Block
from bluegreen.model.document import Document
from bluegreen.model.duration import Duration
from bluegreen.model.fields import CommandLine, Line, Ways
from bluegreen.model.problems import Path, Problem, hint
from bluegreen.model.step_forms import COMMON_KEYS, FORMS, form_of

SLUG = re.compile(r"[a-z][a-z0-9-]{0,62}")


def _slug(text: str) -> str:
    if not SLUG.fullmatch(text):
        raise ValueError("a name is small letters, digits and `-`, and begins with a letter")
    return text


def _regex(text: str) -> str:
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return text


Slug = Annotated[str, AfterValidator(_slug)]


class EntryBlock(Block):
    """One step."""

    step: str = Field(json_schema_extra={"enum": list(FORMS)})
    on: Literal["blue", "green", "both", "pair"] = Field(
        default="pair", description="blue is MASTER at the start, green its peer"
    )
    id: Slug | None = Field(default=None, description="Tells two of the same step apart")
    deadline: Duration | None = None
    undo_deadline: Duration | None = None
    for_: Duration | None = Field(default=None, alias="for", description="soak: how long")
    message: Line | None = Field(default=None, description="pause: what is asked")
    command: CommandLine | None = Field(
        default=None, description="check: a program and its arguments, never through a shell"
    )
    expect: Annotated[str, AfterValidator(_regex)] | None = Field(
        default=None, description="check: regular expression to be found in stdout"
    )
    allow: Ways = Field(
        default=(), description="drain: ways to switch where advskew cannot, best first"
    )


class LegBlock(Block):
    """What one router goes through; skipped where nothing is staged for it."""

    router: Literal["blue", "green"]
    steps: tuple[EntryBlock, ...]


class PlaybookBlock(Block):
    """A strategy, as data."""

    name: Slug
    description: Line | None = None
    outage: Literal["stop", "rollback"] = Field(
        default="rollback", description="What follows where the outage budget is exceeded"
    )
    opening: tuple[EntryBlock, ...] = ()
    middle: tuple[EntryBlock, ...] = ()
    legs: tuple[LegBlock, ...] = ()
    closing: tuple[EntryBlock, ...] = ()


def entry_paths(document: Document) -> Iterator[Path]:
    """Yield where each entry stands, in the order in which they are run."""
    for section in ("opening", "middle"):
        yield from ((section, index) for index in document.indices(section))
    for leg in document.indices("legs"):
        path = ("legs", leg, "steps")
        yield from ((*path, index) for index in document.indices(*path))
    yield from (("closing", index) for index in document.indices("closing"))


def roles_of(on: str) -> tuple[str, ...]:
    """Return the roles a step is run for: both are two."""
    return ("blue", "green") if on == "both" else (on,)


def check_entries(document: Document, known_steps: Sequence[str]) -> Iterator[Problem]:
    """Every step is known, stands where it may, and has its own parameters only."""
    for path in entry_paths(document):
        step = document.text(*path, "step")
        if step is None:
            continue
        if step not in known_steps:
            sentence = f"`{step}` is no step; {hint(step, known_steps)}"
            yield document.problem((*path, "step"), sentence)
            continue
        yield from _check_place(document, path, step)
        yield from _check_parameters(document, path, step)


def _check_place(document: Document, path: Path, step: str) -> Iterator[Problem]:
    allowed = form_of(step).on
    wanted = f"on: {' or '.join(allowed)}"
    if "on" not in document.keys(*path):
        if "pair" not in allowed:
            yield document.problem(path, f"`{step}` needs {wanted}")
        return
    on = document.text(*path, "on")
    if on in ("blue", "green", "both", "pair") and on not in allowed:
        yield document.problem((*path, "on"), f"`{step}` takes {wanted}, found {on}")


def _check_parameters(document: Document, path: Path, step: str) -> Iterator[Problem]:
    form = form_of(step)
    keys = document.keys(*path)
    fields = EntryBlock.model_fields.items()
    for key in (info.alias or name for name, info in fields):
        if key in keys and key not in (*COMMON_KEYS, *form.takes):
            owners = [name for name, other in FORMS.items() if key in other.takes]
            sentence = f"`{key}` belongs to {' and '.join(owners)}, not to `{step}`"
            yield document.problem((*path, key), sentence, at_key=True)
    for key in form.needs:
        if document.at(*path, key) is None:
            yield document.problem(path, f"`{step}` needs `{key}`")


def check_repeats(document: Document) -> Iterator[Problem]:
    """A step's id in a plan is its own, and so is a leg's router."""
    seen: dict[tuple[str, str], Path] = {}
    for path in entry_paths(document):
        step = document.text(*path, "step")
        own = document.text(*path, "id")
        if step is None:
            continue
        if own in FORMS and own != step:
            yield document.problem((*path, "id"), f"`{own}` is the name of a step")
        for role in roles_of(document.text(*path, "on") or "pair"):
            first = seen.setdefault((own or step, role), path)
            if first != path:
                yield _repeated(document, path, first, own or step)
                break
    yield from _repeated_legs(document)


def _repeated(document: Document, path: Path, first: Path, name: str) -> Problem:
    line = document.line(*first)
    sentence = f"`{name}` stands twice, first in line {line}; give one an `id`: id: {name}-2"
    return document.problem(path, sentence)


def _repeated_legs(document: Document) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for leg in document.indices("legs"):
        router = document.text("legs", leg, "router")
        if router is not None and seen.setdefault(router, leg) != leg:
            line = document.line("legs", seen[router])
            sentence = f"{router} has a leg already, in line {line}"
            yield document.problem(("legs", leg, "router"), sentence)
