"""What the live view knows, folded from events: pure, so that it can be tested without a terminal.

A step is waiting, then running, then done, skipped or failed; one that is taken back is undoing,
then undone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bluegreen.model.events import (
    Answered,
    CommandSent,
    Event,
    Observed,
    RollbackStarted,
    StepDone,
    StepFailed,
    StepStarted,
    UndoDone,
)
from bluegreen.model.state import RunState, evolve
from bluegreen.report.lines import answer, observation
from bluegreen.report.words import brief, clean


class Standing(StrEnum):
    """How far a step is; the words are what is shown, so that colour adds nothing."""

    WAITING = ""
    NEXT = "next"
    RUNNING = "running"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "FAILED"
    UNDOING = "undoing"
    UNDONE = "undone"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of the plan, as the view needs it before it has begun."""

    id: str  # name@router
    router: str
    goal: str
    deadline_s: float  # 0: none
    undo_deadline_s: float = 0.0  # 0: none


@dataclass(frozen=True, slots=True)
class Screen:
    """What is known so far."""

    state: RunState = field(default_factory=RunState)
    serving: str = ""
    moving: bool = False  # CARP was told something since that was seen
    job: tuple[str, ...] = ()  # tail of the running job's log
    sent: str = ""  # last command, on one line
    complaint: str = ""  # last answer that was not all 0, or why a step failed
    layers: tuple[str, ...] = ()  # of the step that runs
    took_s: tuple[tuple[str, float], ...] = ()
    failed: tuple[str, ...] = ()
    undoing: bool = False  # the step that runs is taken back


JOB_LINES = 8  # more would push the steps off a small terminal


def see(screen: Screen, event: Event) -> Screen:
    """Return the screen after one more event."""
    now = replace(screen, state=evolve(screen.state, event))
    match event:
        case StepStarted(step=step, undo=undo):
            again = tuple(name for name in now.failed if name != step)
            now = replace(now, undoing=undo, failed=again, job=(), sent="", complaint="", layers=())
        case CommandSent(commands=(*_, last), router=router, effect=effect):
            moving = now.moving or effect == "carp"
            now = replace(now, sent=f"{router} $ {brief(last)}", moving=moving)
        case Answered():
            now = replace(now, complaint=" ".join(answer(event)))
        case Observed():
            now = _observed(now, event)
        case StepDone(step=str(step), took_s=took_s) | UndoDone(step=str(step), took_s=took_s):
            now = replace(now, took_s=(*now.took_s, (step, took_s)), job=(), sent="", complaint="")
        case StepFailed(step=str(step), reason=reason):
            now = replace(now, failed=(*now.failed, step), complaint=clean(reason))
        case RollbackStarted(reason=reason):
            now = replace(now, complaint=clean(reason))
    return now


def _observed(screen: Screen, event: Observed) -> Screen:
    if event.serving:
        screen = replace(screen, serving=event.serving, moving=False)
    match event.what:
        case "job":
            lines = tuple(line for raw in event.detail.splitlines() if (line := clean(raw)))
            return replace(screen, job=lines[-JOB_LINES:])
        case "layer":
            return replace(screen, layers=(*screen.layers, *observation(event)))
        case _:
            return screen


def standing(screen: Screen, step: str, following: str | None) -> Standing:
    """Return how far a step is; ``following`` is the one that comes next."""
    state = screen.state
    if step == state.current:
        return _of_current(screen, step)
    if step in state.done:
        return Standing.DONE
    if step in state.undone:
        return Standing.UNDONE
    if step in state.skipped:
        return Standing.SKIPPED
    if step in screen.failed:
        return Standing.FAILED
    return Standing.NEXT if step == following else Standing.WAITING


def _of_current(screen: Screen, step: str) -> Standing:
    if step in screen.failed:
        return Standing.FAILED
    if screen.state.finished:
        return Standing.STOPPED
    return Standing.UNDOING if screen.undoing else Standing.RUNNING


def following(screen: Screen, rows: Sequence[StepRow]) -> str | None:
    """Return the step that comes after the current one; None: nothing is left."""
    state = screen.state
    if state.finished:
        return None
    if state.undoing is not None:
        return next((step for step in state.undoing if step != state.current), None)
    over = {*state.done, *state.skipped, state.current}
    return next((row.id for row in rows if row.id not in over), None)


def took_s(screen: Screen, step: str) -> float | None:
    """Return how long a step took, the last time; None: it has not ended."""
    return next((s for name, s in reversed(screen.took_s) if name == step), None)
