"""The state of a run is folded from its events and stored nowhere."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce

from bluegreen.model.events import (
    Answered,
    CommandSent,
    Event,
    LockTaken,
    Observed,
    RollbackStarted,
    RunFinished,
    RunResumed,
    RunStarted,
    StepDone,
    StepFailed,
    StepSkipped,
    StepStarted,
    UndoDone,
)


@dataclass(frozen=True, slots=True)
class RunState:
    """Where a run stands."""

    started: RunStarted | None = None
    done: tuple[str, ...] = ()  # in the order in which they were done
    skipped: tuple[str, ...] = ()
    current: str | None = None  # started and neither done nor failed: look before touching
    current_since: datetime | None = None
    in_doubt: int | None = None  # number of the command that was never answered
    numbers: int = 0
    changed: bool = False  # a mutating command was journalled
    baseline: str | None = None
    undoing: tuple[str, ...] | None = None  # what is left to undo; None: not rolling back
    undone: tuple[str, ...] = ()
    whole: bool = False
    reason: str = ""
    finished: RunFinished | None = None
    last_at: datetime | None = None


def evolve(state: RunState, event: Event) -> RunState:  # noqa: PLR0911 - one arm an event
    """Return the state after one more event."""
    match event:
        case RunStarted():
            return RunState(started=event, last_at=event.at)
        case RunResumed():
            return replace(state, finished=None, last_at=event.at)
        case StepStarted(step=step, at=at):
            return replace(state, current=step, current_since=at, last_at=at)
        case CommandSent(number=number, effect=effect, at=at):
            return replace(
                state,
                in_doubt=number,
                numbers=number,
                changed=state.changed or effect != "read",
                last_at=at,
            )
        case Answered(in_doubt=False, at=at):
            return replace(state, in_doubt=None, last_at=at)
        case Observed(what="baseline", facts=facts, at=at):
            return replace(state, baseline=facts, last_at=at)
        case StepDone(step=str(step), at=at):
            return replace(state, done=(*state.done, step), current=None, in_doubt=None, last_at=at)
        case StepSkipped(step=str(step), at=at):
            return replace(state, skipped=(*state.skipped, step), current=None, last_at=at)
        case StepFailed(reason=reason, at=at):
            return replace(state, reason=state.reason or reason, last_at=at)
        case RollbackStarted(steps=steps, reason=reason, at=at):
            return replace(
                state, undoing=steps, whole=event.whole, reason=reason, finished=None, last_at=at
            )
        case UndoDone(step=str(step), at=at):
            return _undone(state, step, at)
        case RunFinished(at=at):
            return replace(state, finished=event, last_at=at)
        case LockTaken() | Answered() | Observed() | StepDone() | StepSkipped() | UndoDone():
            return replace(state, last_at=event.at)


def _undone(state: RunState, step: str, at: datetime) -> RunState:
    left = tuple(s for s in state.undoing or () if s != step)
    return replace(
        state,
        undoing=left,
        undone=(*state.undone, step),
        done=tuple(s for s in state.done if s != step),
        current=None if state.current == step else state.current,
        in_doubt=None,
        last_at=at,
    )


def fold(events: Iterable[Event], start: RunState | None = None) -> RunState:
    return reduce(evolve, events, start or RunState())
