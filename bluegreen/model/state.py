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


def evolve(state: RunState, event: Event) -> RunState:
    """Return the state after one more event."""
    match event:
        case RunStarted():
            return RunState(started=event, last_at=event.at)
        case RunResumed() | RollbackStarted() | RunFinished():
            return replace(_of_run(state, event), last_at=event.at)
        case CommandSent() | Answered():
            return replace(_of_command(state, event), last_at=event.at)
        case StepStarted() | StepDone() | StepSkipped() | StepFailed() | UndoDone():
            return replace(_of_step(state, event), last_at=event.at)
        case Observed(what="baseline"):
            return replace(state, baseline=event.facts, last_at=event.at)
        case LockTaken() | Observed():
            return replace(state, last_at=event.at)


def _of_run(state: RunState, event: RunResumed | RollbackStarted | RunFinished) -> RunState:
    match event:
        case RunResumed():
            return replace(state, finished=None)
        case RollbackStarted():
            return replace(
                state,
                undoing=event.steps,
                whole=event.whole,
                reason=event.reason,
                finished=None,
            )
        case RunFinished():
            return replace(state, finished=event)


def _of_command(state: RunState, event: CommandSent | Answered) -> RunState:
    match event:
        case CommandSent():
            changed = state.changed or event.effect != "read"
            return replace(state, in_doubt=event.number, numbers=event.number, changed=changed)
        case Answered():
            return state if event.in_doubt else replace(state, in_doubt=None)


def _of_step(
    state: RunState, event: StepStarted | StepDone | StepSkipped | StepFailed | UndoDone
) -> RunState:
    step = event.step or ""
    match event:
        case StepStarted():
            return replace(state, current=step, current_since=event.at)
        case StepDone():
            return replace(state, done=(*state.done, step), current=None, in_doubt=None)
        case StepSkipped():
            return replace(state, skipped=(*state.skipped, step), current=None)
        case StepFailed():
            return replace(state, reason=state.reason or event.reason)
        case UndoDone():
            return _undone(state, step)


def _undone(state: RunState, step: str) -> RunState:
    left = tuple(s for s in state.undoing or () if s != step)
    return replace(
        state,
        undoing=left,
        undone=(*state.undone, step),
        done=tuple(s for s in state.done if s != step),
        current=None if state.current == step else state.current,
        in_doubt=None,
    )


def fold(events: Iterable[Event], start: RunState | None = None) -> RunState:
    return reduce(evolve, events, start or RunState())
