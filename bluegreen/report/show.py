"""One run from its first event to its last, a step after the other."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from textwrap import wrap

from bluegreen.model.events import (
    Answered,
    CommandSent,
    Event,
    Observed,
    RollbackStarted,
    RunFinished,
    RunRecovered,
    RunResumed,
    RunStarted,
    StepDone,
    StepFailed,
    StepSkipped,
    StepStarted,
    UndoDone,
)
from bluegreen.model.state import RunState
from bluegreen.report.finish import render_finish
from bluegreen.report.lines import answer, observation, opening, tell
from bluegreen.report.runs import where_open
from bluegreen.report.words import clean, shown, time_of_day

INDENT = " " * 10
WIDTH = 100  # characters, where a line may be broken at all: commands never are


@dataclass(slots=True)
class Chapter:
    """One step, or one thing that happened to the whole run."""

    at: datetime
    title: str
    ending: str = ""
    lines: list[str] = field(default_factory=list)
    layers: list[str] = field(default_factory=list)


def render_show(events: Iterable[Event], state: RunState) -> str:
    """Return a run's header, timeline and verdict."""
    told = tuple(events)
    head = opening(state.started) if state.started else ("this run has no beginning",)
    end = render_finish(state.finished, state) if state.finished else where_open(state)
    return "\n".join([*head, "", *map(_told, chapters(told)), "", end])


def chapters(events: Iterable[Event]) -> list[Chapter]:
    """Return what happened, a chapter a step; a step that was resumed has two."""
    book: list[Chapter] = []
    for event in events:
        match event:
            case RunStarted() | RunFinished():
                continue
            case StepStarted(step=step, undo=undo):
                book.append(Chapter(event.at, f"undo {step}" if undo else str(step)))
            case RunResumed() | RunRecovered() | RollbackStarted():
                book.append(Chapter(event.at, event.event.replace("_", " "), lines=[*tell(event)]))
            case Observed(what="outage") if not observation(event):
                continue
            case StepSkipped(step=step, reason=reason):
                book.append(Chapter(event.at, str(step), f"skipped: {clean(reason)}"))
            case _:
                _add(_chapter_of(book, event), event)
    return book


def _chapter_of(book: list[Chapter], event: Event) -> Chapter:
    """Return the chapter that an event belongs to; a resumed step opens one without a start."""
    title = event.step or "run"
    if not book or book[-1].title.removeprefix("undo ") != title:
        book.append(Chapter(event.at, title))
    return book[-1]


def _add(chapter: Chapter, event: Event) -> None:
    match event:
        case CommandSent(commands=commands, router=router, guard=guard):
            chapter.lines += [f"{router} only if: {guard}"] if guard else []
            chapter.lines += [f"{router} $ {shown(command)}" for command in commands]
        case Answered():
            chapter.lines += [f"{event.router} {line}" for line in answer(event)]
        case Observed(what="layer"):
            chapter.layers += observation(event)
        case Observed(what="job"):
            return
        case Observed():
            chapter.lines += observation(event)
        case StepDone() | UndoDone() | StepFailed():
            chapter.ending = tell(event)[0]
        case _:
            return


def _told(chapter: Chapter) -> str:
    head = f"{time_of_day(chapter.at)}  {chapter.title:<24}  {chapter.ending}".rstrip()
    layers = wrap(", ".join(chapter.layers), WIDTH - len(INDENT))
    return "\n".join([head, *(f"{INDENT}{line}" for line in (*chapter.lines, *layers))])
