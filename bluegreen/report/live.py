"""The live view: what now, who carries the traffic, what is safe to press.

Listening only replaces one immutable screen; rich's own thread draws it four times a
second, so that the runner never waits for a terminal.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.segment import Segment
from rich.text import Text

from bluegreen.model.events import Event
from bluegreen.model.outage import Outage
from bluegreen.report.frame import Line, Seen, frame
from bluegreen.report.screen import Screen, StepRow, see

REFRESH_HZ = 4.0
STYLES = {
    "good": "green",
    "busy": "bold cyan",
    "bad": "bold red",
    "warn": "yellow",
    "faint": "dim",
    "strong": "bold",
    "plain": "",
}


class LiveView:
    """A listener with a terminal; start it before the run, stop it after."""

    def __init__(
        self,
        console: Console,
        rows: Sequence[StepRow],
        now: Callable[[], datetime],
        outages: Callable[[], Sequence[Outage]] = tuple,
        past: Iterable[Event] = (),
    ) -> None:
        """Draw on a console (stderr's), with the plan's steps.

        ``now`` is the world's clock. ``outages`` is asked from another thread than the
        runner's. ``past``: the events of a run that is resumed.
        """
        self._rows = tuple(rows)
        self._now = now
        self._outages = outages
        self._screen = Screen()
        for event in past:
            self._screen = see(self._screen, event)
        self._live = Live(
            self,
            console=console,
            refresh_per_second=REFRESH_HZ,
            auto_refresh=True,
            transient=False,
            redirect_stdout=False,  # stdout carries the result and is none of ours
            redirect_stderr=True,
        )

    def __call__(self, event: Event) -> None:
        self._screen = see(self._screen, event)

    def start(self) -> None:
        self._live.start()

    def stop(self) -> None:
        """Leave the last frame on the terminal, every step in it."""
        self._live.stop()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        height = console.size.height - 1 if self._live.is_started else None
        seen = Seen(self._screen, self._rows, self._now(), tuple(self._outages()))
        drawn = frame(seen, options.max_width - 1, height)
        for number, line in enumerate(drawn):
            if number:
                yield Segment.line()
            yield styled(line)


def styled(line: Line) -> Text:
    """Return a line as rich draws it; nothing in it is markup."""
    text = Text(no_wrap=True, overflow="crop", end="")
    for kind, words in line:
        text.append(words, style=STYLES[kind])
    return text
