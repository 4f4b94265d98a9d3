"""Where the time of a run goes, from its events: step by step, and what of it is the routers'."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bluegreen.emulator.spec import Durations
from bluegreen.model.events import (
    Answered,
    CommandSent,
    Event,
    RunFinished,
    StepDone,
    StepSkipped,
    StepStarted,
)


@dataclass(frozen=True, slots=True)
class StepTime:
    """One step, or all steps of one name; s each."""

    step: str
    count: int
    wall_s: float
    own_s: float  # what the routers need themselves: downloads, installs, boots
    before_s: float  # until its first command: looking, and CARP's 2 s of quiet
    sending_s: float  # from a command's line in the journal to its answer
    after_s: float  # from an answer to the next command, or to the end of the step

    @property
    def ours_s(self) -> float:
        return self.wall_s - self.own_s


def own_work_s(work: Durations) -> float:
    """Return what no controller can save: one download at a time on both, then two legs."""
    return work.fetch + 2 * (work.install + work.boot)


def steps(events: Iterable[Event], work: Durations) -> tuple[StepTime, ...]:
    """Return every step in its order; what passes between two counts for the later one."""
    times = {"stage": work.fetch, "install": work.install, "reboot": work.boot}
    found: list[StepTime] = []
    clock: float | None = None
    begun_s = 0.0
    now = _fresh()
    last: Event | None = None
    for event in events:
        at_s = event.at.timestamp()
        if clock is None:
            clock = begun_s = at_s
        passed_s, clock = at_s - clock, at_s
        now = _passed(now, last, passed_s)
        if isinstance(event, StepDone | StepSkipped | RunFinished):
            name = event.step or "the end"
            own_s = 0.0 if _is_idle(event) else times.get(name.partition("@")[0], 0.0)
            found.append(replace(now, step=name, wall_s=at_s - begun_s, own_s=own_s))
            begun_s, now = at_s, _fresh()
        if isinstance(event, CommandSent | Answered | StepDone | StepSkipped | StepStarted):
            last = event
    return tuple(found)


def by_name(found: Iterable[StepTime]) -> tuple[StepTime, ...]:
    """Return the steps of one name as one, what takes longest first."""
    sums: dict[str, StepTime] = {}
    for one in found:
        name = one.step.partition("@")[0]
        sums[name] = _added(sums[name], one) if name in sums else replace(one, step=name)
    return tuple(sorted(sums.values(), key=lambda s: -s.ours_s))


def render(found: Iterable[StepTime]) -> str:
    """Return the table, a step a line, and their sum."""
    rows = tuple(found)
    total = replace(_fresh(), step="all", count=0)
    for row in rows:
        total = _added(total, row)
    head = ("step", "times", "wall s", "routers' own s", "ours s", "before", "sending", "after")
    lines = [f"| {' | '.join(head)} |", "|---|" + "--:|" * (len(head) - 1)]
    lines += [_line(row) for row in (*rows, total)]
    return "\n".join(lines)


def commands(events: Iterable[Event]) -> Counter[str]:
    """Return how often each step sent something."""
    return Counter(
        (event.step or "").partition("@")[0] for event in events if isinstance(event, CommandSent)
    )


def _fresh() -> StepTime:
    return StepTime("", 1, 0.0, 0.0, 0.0, 0.0, 0.0)


def _is_idle(event: Event) -> bool:
    return not isinstance(event, StepDone) or event.already


def _passed(now: StepTime, last: Event | None, passed_s: float) -> StepTime:
    """Add the time since the event before to the kind of waiting that it was."""
    if isinstance(last, CommandSent):
        return replace(now, sending_s=now.sending_s + passed_s)
    if isinstance(last, Answered):
        return replace(now, after_s=now.after_s + passed_s)
    return replace(now, before_s=now.before_s + passed_s)


def _added(one: StepTime, other: StepTime) -> StepTime:
    return StepTime(
        one.step,
        one.count + other.count,
        one.wall_s + other.wall_s,
        one.own_s + other.own_s,
        one.before_s + other.before_s,
        one.sending_s + other.sending_s,
        one.after_s + other.after_s,
    )


def _line(row: StepTime) -> str:
    figures = (row.wall_s, row.own_s, row.ours_s, row.before_s, row.sending_s, row.after_s)
    shown = " | ".join(f"{figure:.2f}" for figure in figures)
    return f"| {row.step} | {row.count} | {shown} |"
