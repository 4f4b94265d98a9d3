"""Events of a run, for tests of what is made of them."""

from datetime import UTC, datetime, timedelta

from facts import BLUE, GREEN, RUN

from bluegreen.model.events import (
    Answered,
    CommandSent,
    Event,
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

START = datetime(2026, 1, 1, tzinfo=UTC)


def at(second: float) -> datetime:
    return START + timedelta(seconds=second)


def run_started(run: str = RUN, pair: str = f"{BLUE},{GREEN}", second: float = 0) -> RunStarted:
    return RunStarted(
        at=at(second),
        run=run,
        version="0.1.0",
        command="upgrade",
        pair=pair,
        routers=(BLUE, GREEN),
        blue=BLUE,
        green=GREEN,
        playbook="active-first",
        pair_digest="p",
        playbook_digest="q",
    )


def resumed() -> RunResumed:
    return RunResumed(at=at(1), run=RUN, version="0.1.0")


def step_started(step: str) -> StepStarted:
    return StepStarted(at=at(2), run=RUN, step=step)


def sent(number: int, effect: str = "carp", step: str = "drain@router-001") -> CommandSent:
    return CommandSent(
        at=at(3), run=RUN, step=step, number=number, effect=effect, commands=("true",)
    )


def answered(number: int, *, in_doubt: bool = False) -> Answered:
    return Answered(at=at(4), run=RUN, number=number, codes=(0,), in_doubt=in_doubt)


def baseline(facts: str = "{}") -> Observed:
    return Observed(at=at(5), run=RUN, what="baseline", facts=facts)


def step_done(step: str) -> StepDone:
    return StepDone(at=at(6), run=RUN, step=step)


def step_skipped(step: str) -> StepSkipped:
    return StepSkipped(at=at(6), run=RUN, step=step, reason="up to date")


def step_failed(step: str, reason: str = "it broke") -> StepFailed:
    return StepFailed(at=at(7), run=RUN, step=step, reason=reason)


def rollback(*steps: str, whole: bool = False) -> RollbackStarted:
    return RollbackStarted(at=at(8), run=RUN, reason="it broke", steps=steps, whole=whole)


def undo_done(step: str) -> UndoDone:
    return UndoDone(at=at(9), run=RUN, step=step)


def finished() -> RunFinished:
    return RunFinished(at=at(10), run=RUN, outcome="done", exit_code=0)


A_STORY: tuple[Event, ...] = (
    run_started(),
    step_started("lock@router-001"),
    sent(1, "config", "lock@router-001"),
    answered(1),
    step_done("lock@router-001"),
    baseline(),
    step_started("drain@router-001"),
    sent(2),
)
