"""Detached jobs as the router records them, read as freebsd-update calls."""

from collections.abc import Sequence
from dataclasses import dataclass

from bluegreen.errors import ParseError
from bluegreen.freebsd.commands import forget_job, start_job
from bluegreen.freebsd.paths import Paths
from bluegreen.freebsd.update import parse_update
from bluegreen.model.command import Command, Effect
from bluegreen.model.facts import RouterFacts
from bluegreen.model.system import Job, JobState, Update, UpdateOutcome


def outcome(job: Job | None) -> Update | None:
    """Return what a job that has ended came to; None: not there, or still running."""
    if not job or job.state in (JobState.RUNNING, JobState.UNSTARTED):
        return None
    if job.state is JobState.LOST:
        return Update(UpdateOutcome.FAILED, problems=("it was cut short: no exit status was left",))
    try:
        return parse_update(job.log)
    except ParseError:
        return Update(UpdateOutcome.FAILED, problems=(_last_line(job.log),))


def ended_badly(name: str, job: Job | None, good: Sequence[UpdateOutcome]) -> str | None:
    """Return why a job is lost, if it is."""
    update = outcome(job)
    if not job or not update or update.outcome in good:
        return None
    said = "; ".join(update.problems) or _last_line(job.log)
    return f"{name}: freebsd-update ended with {update.outcome} (exit {job.code}): {said}"


def _last_line(log: str) -> str:
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    return lines[-1] if lines else "it printed nothing"


@dataclass(frozen=True, slots=True)
class Task:
    """What a detached job is to run."""

    name: str
    argv: tuple[str, ...]
    effect: Effect
    answer_yes: bool = False  # freebsd-update upgrade asks


def launch(facts: RouterFacts, paths: Paths, run: str, task: Task) -> tuple[Command, ...]:
    """Start a job unless it was started before; one whose start was cut short is started anew."""
    job = facts.job(task.name)
    start = start_job(paths, task.name, run, task.argv, task.effect, task.answer_yes)
    if job is None:
        return start
    if job.state is JobState.UNSTARTED:
        return (forget_job(paths, task.name), *start)
    return ()
