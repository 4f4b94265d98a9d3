"""What must be true of a run's end, whatever it went through."""

from collections.abc import Iterator, Sequence

from judged import but_for_the_system, differences
from runs import Story

from bluegreen.model.events import RunFinished
from bluegreen.sim.record import Broken, Violation

HARMLESS = ("done", "rolled_back", "refused")


def wrong_with(
    story: Story, finished: RunFinished, excused: Sequence[Broken] = ()
) -> Iterator[str]:
    """Yield what is wrong with a run that has ended; nothing, where all is well."""
    yield from (f"broken: {v}" for v in violations(story, excused))
    yield from (f"sent before it was journalled: {one}" for one in story.unjournalled)
    if finished.outcome in HARMLESS:
        yield from left_behind(story)
    if finished.outcome == "refused":
        yield from differences(story.before, story.now)
    if finished.outcome in ("done", "rolled_back"):
        before, now = but_for_the_system(story.before), but_for_the_system(story.now)
        yield from differences(before, now)  # type: ignore[arg-type]
    if finished.outcome == "needs_human":
        yield from _helpless(story, finished)


def violations(story: Story, excused: Sequence[Broken] = ()) -> tuple[Violation, ...]:
    return tuple(v for v in story.world.violations() if v.broken not in excused)


def left_behind(story: Story) -> Iterator[str]:
    yield from (f"left behind: {what}" for what in story.world.leftovers())


def _helpless(story: Story, finished: RunFinished) -> Iterator[str]:
    """Yield what a report lacks that somebody at 03:00 needs."""
    if not finished.reason:
        yield "a human is needed, and nobody says why"
    if "bluegreen" not in finished.next_move:
        yield f"no command to type next: {finished.next_move!r}"
    for machine in story.world.machines:
        if not any(machine.name in line for line in finished.routers):
            yield f"nothing is said of {machine.name}: {finished.routers}"
