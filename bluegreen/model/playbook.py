"""A playbook: which steps are run, on whom, in which order."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bluegreen.model.checking import validated
from bluegreen.model.document import Document, parse_document
from bluegreen.model.playbook_blocks import (
    EntryBlock,
    PlaybookBlock,
    check_entries,
    check_repeats,
    entry_paths,
    roles_of,
)
from bluegreen.model.playbook_order import Act, disorder
from bluegreen.model.problems import Path, refusal
from bluegreen.model.step_forms import FORMS

KNOWN_STEPS: tuple[str, ...] = tuple(FORMS)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a playbook; None: the step's own default."""

    step: str
    on: str = "pair"  # blue, green, both or pair
    id: str | None = None
    deadline_s: float | None = None
    undo_deadline_s: float | None = None
    for_s: float | None = None  # soak
    message: str | None = None  # pause
    command: tuple[str, ...] = ()  # check
    expect: str | None = None  # check: regular expression, searched in stdout
    allow: tuple[str, ...] = ()  # drain: advbase, preempt

    @property
    def name(self) -> str:
        """Return what stands before the @ in a plan."""
        return self.id or self.step

    @property
    def roles(self) -> tuple[str, ...]:
        """Return blue, green or pair; both are two steps."""
        return roles_of(self.on)


@dataclass(frozen=True, slots=True)
class Leg:
    """What one router goes through; skipped where nothing is staged for it."""

    router: str  # blue or green; pair: skipped where nothing is staged for either
    steps: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Playbook:
    """A strategy; run in the order of the fields."""

    name: str
    description: str
    outage: str  # what follows an exceeded outage budget: stop or rollback
    opening: tuple[Entry, ...] = ()
    middle: tuple[Entry, ...] = ()
    legs: tuple[Leg, ...] = ()
    closing: tuple[Entry, ...] = ()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Return all entries, as if no leg were skipped."""
        steps = tuple(entry for leg in self.legs for entry in leg.steps)
        return (*self.opening, *self.middle, *steps, *self.closing)


def parse_playbook(text: str, file: str, known_steps: Sequence[str] = KNOWN_STEPS) -> Playbook:
    """Return the playbook, or refuse with every mistake in it.

    Order is judged once every step is readable: what stands behind a
    misspelled step would only seem to be out of order.
    """
    document = parse_document(text, file, "playbook")
    checks = (lambda read: check_entries(read, known_steps), check_repeats)
    playbook = _playbook(validated(document, PlaybookBlock, checks))
    if not playbook.entries:
        raise refusal("playbook", file, [document.problem((), "no step at all")])
    findings = list(disorder(tuple(_acts(document, playbook))))
    if findings:
        problems = (document.problem(path, sentence) for path, sentence in findings)
        raise refusal("playbook", file, problems)
    return playbook


def _acts(document: Document, playbook: Playbook) -> Iterator[Act]:
    for path, entry in zip(entry_paths(document), playbook.entries, strict=True):
        for role in entry.roles:
            yield Act(entry.step, role, path, _leg(document, path))


def _leg(document: Document, path: Path) -> str | None:
    return document.text("legs", path[1], "router") if path[0] == "legs" else None


def _playbook(block: PlaybookBlock) -> Playbook:
    return Playbook(
        name=block.name,
        description=block.description or "",
        outage=block.outage,
        opening=_entries(block.opening),
        middle=_entries(block.middle),
        legs=tuple(Leg(leg.router, _entries(leg.steps)) for leg in block.legs),
        closing=_entries(block.closing),
    )


def _entries(blocks: tuple[EntryBlock, ...]) -> tuple[Entry, ...]:
    return tuple(_entry(block) for block in blocks)


def _entry(block: EntryBlock) -> Entry:
    return Entry(
        step=block.step,
        on=block.on,
        id=block.id,
        deadline_s=block.deadline,
        undo_deadline_s=block.undo_deadline,
        for_s=block.for_,
        message=block.message,
        command=tuple(shlex.split(block.command)) if block.command else (),
        expect=block.expect,
        allow=block.allow,
    )
