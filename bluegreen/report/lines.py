"""One plain line an event worth seeing: for a pipe, a log file, a slow terminal."""

from collections.abc import Callable, Iterable
from datetime import datetime

from bluegreen.model.command import GUARD_EXIT
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
from bluegreen.model.state import evolve, fold
from bluegreen.report.finish import render_finish
from bluegreen.report.words import (
    SAID_MAX,
    brief,
    clean,
    costs,
    cut,
    duration,
    gaps,
    last_line,
    moment,
    outage,
    step_name,
    time_of_day,
)

CHECKS = "preflight"  # the step whose layers are so many that they are only counted
JOB_EVERY_S = 60.0  # a download goes on for hours; its last line is told once a minute

_OfRun = RunStarted | RunResumed | RunRecovered | LockTaken | RollbackStarted
_OfStep = StepStarted | StepDone | StepSkipped | StepFailed | UndoDone


class Lines:
    """A listener that writes: time, router, step, what happened."""

    def __init__(self, write: Callable[[str], None], past: Iterable[Event] = ()) -> None:
        self._write = write
        self._state = fold(past)
        self._job = ""
        self._job_at: datetime | None = None
        self._serving = ""
        self._checks = 0  # of preflight that said yes so far

    def __call__(self, event: Event) -> None:
        self._state = evolve(self._state, event)
        if self._repeats(event):
            return
        told = self._told(event)
        prefix = f"{time_of_day(event.at)}  {event.router or 'pair':<10}  "
        for line in told:
            self._write(f"{prefix}{step_name(event.step):<11}  {line}".rstrip())

    def _told(self, event: Event) -> tuple[str, ...]:
        match event:
            case RunFinished():
                return tuple(render_finish(event, self._state).splitlines())
            case StepStarted():
                self._checks = 0
            case Observed(what="layer") if step_name(event.step) == CHECKS:
                self._checks += 1
                return ()
            case StepDone() if self._checks:
                checks, self._checks = self._checks, 0
                return (f"all {checks} checks say yes",)
        return tell(event)

    def _repeats(self, event: Event) -> bool:
        """What is observed is told when it is new, and a log's progress not too often."""
        match event:
            case Observed(what="job", detail=detail, at=at):
                line, since = last_line(detail), self._job_at
                soon = since is not None and (at - since).total_seconds() < JOB_EVERY_S
                if soon or line == self._job:
                    return True
                self._job, self._job_at = line, at
            case Observed(what="roles", serving=str(serving)):
                known, self._serving = self._serving, serving
                return known == serving
            case StepStarted():
                self._job, self._job_at = "", None
        return False


def tell(event: Event) -> tuple[str, ...]:
    """Return what happened, a sentence a line; () where nobody needs to know."""
    match event:
        case RunStarted() | RunResumed() | RunRecovered() | LockTaken() | RollbackStarted():
            return _of_run(event)
        case StepStarted() | StepDone() | StepSkipped() | StepFailed() | UndoDone():
            return (_of_step(event),)
        case CommandSent(commands=commands, guard=guard):
            asked = (f"only if: {guard}",) if guard else ()
            return (*asked, *(f"$ {brief(command)}" for command in commands))
        case Answered():
            return answer(event)
        case Observed():
            return observation(event)
        case RunFinished():
            return ()


def _of_run(event: _OfRun) -> tuple[str, ...]:
    match event:
        case RunStarted():
            return opening(event)
        case RunResumed():
            who = f" by {event.owner}@{event.host}" if event.owner else ""
            return (f"{event.command} of run {event.run}{who}: reality is asked again first",)
        case RunRecovered():
            who = f" by {event.owner}@{event.host}" if event.owner else ""
            return (f"RECOVERED{who} from what lies on the routers:", *map(clean, event.found))
        case LockTaken():
            return ("held for this run",)
        case RollbackStarted(reason=reason, steps=steps, whole=whole):
            what = "TAKING BACK everything" if whole else "TAKING BACK what is not proven"
            return (
                f"{what}: {clean(reason)}",
                f"to undo, in this order: {', '.join(steps) or 'nothing'}",
            )


def opening(event: RunStarted) -> tuple[str, ...]:
    """Say what a run is about."""
    who = f" by {event.owner}@{event.host}" if event.owner else ""
    target = f" to {event.target}" if event.target else ""
    return (
        f"run {event.run}: {event.command} of {event.pair}{target}, {event.playbook}",
        f"started {moment(event.at)}{who}, bluegreen {event.version}",
        f"blue is {event.blue} (MASTER at the start), green is {event.green}",
    )


def _of_step(event: _OfStep) -> str:
    match event:
        case StepStarted(goal=goal, undo=undo):
            return clean(goal) if undo else f"wanted: {clean(goal)}"
        case StepDone(took_s=took_s, already=already):
            return "holds, nothing had to be sent" if already else f"done in {duration(took_s)}"
        case StepSkipped(reason=reason):
            return f"skipped: {clean(reason)}"
        case StepFailed(reason=reason, undo=undo):
            return f"{'NOT UNDONE' if undo else 'FAILED'}: {clean(reason)}"
        case UndoDone(took_s=took_s, already=already):
            return "it is as it was already" if already else f"undone in {duration(took_s)}"


def answer(event: Answered) -> tuple[str, ...]:
    """Say what went wrong with a command; () where nothing did."""
    said = cut(clean(event.said), SAID_MAX)
    if event.in_doubt:
        return (f"the answer is lost, it may have been done: {said}",)
    if not event.codes:
        return (said or "not sent",)
    code = next((code for code in event.codes if code), 0)
    if code == GUARD_EXIT:
        return (f"the router refused by itself (exit {code}): {said}",)
    return (f"exit {code}: {said}",) if code else ()


def observation(event: Observed) -> tuple[str, ...]:
    """Say what was seen, and when it was."""
    match event:
        case Observed(what="layer", layer=layer, after_s=after_s):
            return (f"{layer} {duration(after_s or 0.0)}",)
        case Observed(what="job", detail=detail):
            line = last_line(detail)
            return (f"log: {cut(line, SAID_MAX)}",) if line else ()
        case Observed(what="baseline", serving=serving):
            return (f"recorded; {serving}",) if serving else ("recorded",)
        case Observed(what="outage", outages=tuple(outages), detail=switch):
            told = [o for o in outages if switch or costs(o)]
            return tuple(line for o in told for line in (outage(o), *gaps(o)))
        case Observed(serving=str(serving)):
            return (serving,)
        case _:
            return (f"{event.what}: {cut(clean(event.detail), SAID_MAX)}",)
