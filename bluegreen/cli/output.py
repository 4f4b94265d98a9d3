"""Where a run is shown: a live view on a terminal, lines in a pipe, events as JSON."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import TYPE_CHECKING

from bluegreen.cli.options import Common, StoppedAtOnce
from bluegreen.engine.plan import Plan
from bluegreen.engine.record import Listener
from bluegreen.errors import harmless
from bluegreen.model.events import Event, RunFinished
from bluegreen.model.state import RunState
from bluegreen.report.lines import Lines
from bluegreen.report.words import public
from bluegreen.world import World

Handler = Callable[[int, FrameType | None], object] | int | None

if TYPE_CHECKING:
    from bluegreen.report.live import LiveView


def say(text: str) -> None:
    """Print a result."""
    sys.stdout.write(harmless(text if text.endswith("\n") else f"{text}\n"))
    sys.stdout.flush()


def tell(text: str) -> None:
    """Print what people watch."""
    sys.stderr.write(harmless(text if text.endswith("\n") else f"{text}\n"))
    sys.stderr.flush()


def json_line(event: Event) -> None:
    say(public(event).model_dump_json(exclude_none=True))


@dataclass(frozen=True, slots=True)
class Stageplay:
    """What a view needs to know of a run before it is shown."""

    plan: Plan
    world: World
    past: tuple[Event, ...] = ()
    live: bool = True  # on a clock that people share


@contextmanager
def shown(common: Common, play: Stageplay) -> Iterator[list[Listener]]:
    """Give the listeners that show a run while the block lasts."""
    listeners: list[Listener] = [json_line] if common.json else []
    if not (play.live and _drawable() and not common.no_color):
        yield [*listeners, _but_the_end(Lines(tell, play.past))]
        return
    view = _live_view(play)
    view.start()
    try:
        yield [*listeners, _but_the_end(view)]
    finally:
        view.stop()


def _live_view(play: Stageplay) -> "LiveView":
    from rich.console import Console

    from bluegreen.report.live import LiveView
    from bluegreen.report.screen import StepRow

    rows = [
        StepRow(p.id, p.step.router, p.step.goal, p.deadline_s, p.undo_deadline_s)
        for p in play.plan.steps
    ]
    probe = play.world.probe
    return LiveView(
        Console(stderr=True),
        rows,
        play.world.clock.now,
        outages=probe.outages if probe else tuple,
        past=play.past,
    )


def _drawable() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def _but_the_end(listener: Listener) -> Listener:
    """The verdict is the result, and goes to stdout once."""

    def listen(event: Event) -> None:
        if not isinstance(event, RunFinished):
            listener(event)

    return listen


def verdict(common: Common, finished: RunFinished, state: RunState, rehearsed: bool = False) -> int:
    """Print how a run ended, and return its exit status."""
    from bluegreen.report.finish import render_finish

    if not common.json:
        say(render_finish(finished, state, rehearsed))
    return finished.exit_code


@dataclass(slots=True)
class Stopper:
    """SIGINT, SIGTERM and SIGHUP stop at a safe point; a second one stops at once."""

    asked: bool = False
    _before: dict[int, Handler] = field(default_factory=dict)

    def __call__(self) -> bool:
        return self.asked

    def __enter__(self) -> "Stopper":
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _handle(self, _: int, __: FrameType | None) -> None:
        if self.asked:
            raise StoppedAtOnce
        self.asked = True
        tell("stopping at the next safe point; once more stops at once")
