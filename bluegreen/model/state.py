"""The state of a run is folded from its events and stored nowhere."""

from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from typing import NamedTuple

from bluegreen.model.events import (
    Answered,
    CommandSent,
    Event,
    LockTaken,
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
from bluegreen.model.measured import read
from bluegreen.model.outage import Outage, summed
from bluegreen.model.progress import progress


class RunState(NamedTuple):
    """Where a run stands; a tuple, since a dataclass takes four times as long to be made anew."""

    started: RunStarted | None = None
    done: tuple[str, ...] = ()  # in the order in which they were done
    skipped: tuple[str, ...] = ()
    current: str | None = None  # started and neither done nor failed: look before touching
    current_since: datetime | None = None
    in_doubt: int | None = None  # number of the command that was never answered
    numbers: int = 0
    acted: tuple[str, ...] = ()  # steps that something was sent for, on the way forward
    changed: bool = False  # a mutating command was journalled
    turn: str = ""  # of the machine that recovered it, as it stands in its locks
    baseline: str | None = None
    undoing: tuple[str, ...] | None = None  # what is left to undo; None: not rolling back
    undone: tuple[str, ...] = ()
    whole: bool = False
    reason: str = ""
    finished: RunFinished | None = None
    outages: tuple[Outage, ...] = ()  # as far as the journal has them
    last_at: datetime | None = None


def evolve(state: RunState, event: Event) -> RunState:
    """Return the state after one more event."""
    match event:
        case RunStarted():
            return RunState(started=event, last_at=event.at)
        case RunResumed() | RunRecovered() | RollbackStarted() | RunFinished():
            return _of_run(state, event)
        case CommandSent() | Answered():
            return _of_command(state, event)
        case StepStarted() | StepDone() | StepSkipped() | StepFailed() | UndoDone():
            return _of_step(state, event)
        case Observed():
            return _observed(state, event)
        case LockTaken():
            return state._replace(last_at=event.at)


def _of_run(
    state: RunState, event: RunResumed | RunRecovered | RollbackStarted | RunFinished
) -> RunState:
    at = event.at
    match event:
        case RunRecovered():
            return _recovered(state, event)
        case RunResumed():
            return state._replace(finished=None, last_at=at)
        case RollbackStarted(steps=steps, whole=whole, reason=reason):
            return state._replace(
                undoing=steps, whole=whole, reason=reason, finished=None, last_at=at
            )
        case RunFinished():
            return state._replace(finished=event, last_at=at)


def _recovered(state: RunState, event: RunRecovered) -> RunState:
    """Stand where the routers say; the order that was noted last is in doubt."""
    return state._replace(
        current=event.at_step,
        in_doubt=event.number or None,
        numbers=event.number,
        changed=True,
        turn=f"{event.turn}-{event.nonce}" if event.nonce else "",
        baseline=event.facts,
        last_at=event.at,
        **progress(event),
    )


def _observed(state: RunState, event: Observed) -> RunState:
    baseline = event.facts if event.what == "baseline" else state.baseline
    outages = summed((state.outages, read(event.outages or ())))
    return state._replace(baseline=baseline, outages=outages, last_at=event.at)


def _of_command(state: RunState, event: CommandSent | Answered) -> RunState:
    number, at = event.number, event.at
    match event:
        case CommandSent():
            return state._replace(
                in_doubt=number,
                numbers=number,
                acted=_with(state.acted, event),
                changed=state.changed or event.effect != "read",
                last_at=at,
            )
        case Answered():
            return state._replace(in_doubt=number if event.in_doubt else None, last_at=at)


def _with(acted: tuple[str, ...], event: CommandSent) -> tuple[str, ...]:
    step = event.step or ""
    if event.undo or (acted and acted[-1] == step):
        return acted
    return (*acted, step)


def _of_step(
    state: RunState, event: StepStarted | StepDone | StepSkipped | StepFailed | UndoDone
) -> RunState:
    step, at = event.step or "", event.at
    match event:
        case StepStarted():
            return state._replace(current=step, current_since=at, last_at=at)
        case StepDone():
            done = (*state.done, step)
            return state._replace(done=done, current=None, in_doubt=None, last_at=at)
        case StepSkipped():
            return state._replace(skipped=(*state.skipped, step), current=None, last_at=at)
        case StepFailed():
            return state._replace(reason=state.reason or event.reason, last_at=at)
        case UndoDone():
            return _undone(state, step, at)


def _undone(state: RunState, step: str, at: datetime) -> RunState:
    left = tuple(s for s in state.undoing or () if s != step)
    return state._replace(
        undoing=left,
        undone=(*state.undone, step),
        done=tuple(s for s in state.done if s != step),
        current=None if state.current == step else state.current,
        in_doubt=None,
        last_at=at,
    )


LEAVES = frozenset({"install", "drain", "stay-drain", "release", "files", "kernel", "vhids"})
"""Steps that a run may end with: a leg that was proven and stayed, a switch, a provisioning."""


def left_changed(state: RunState) -> bool:
    """Whether something of a run that is over can be taken back."""
    if state.finished is None or state.finished.outcome == "refused":
        return False
    return any(step.partition("@")[0] in LEAVES for step in state.done if step in state.acted)


def fold(events: Iterable[Event], start: RunState | None = None) -> RunState:
    return reduce(evolve, events, start or RunState())
