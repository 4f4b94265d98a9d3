"""Lines on a terminal, with colours."""

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from bluegreen.errors import harmless
from bluegreen.report.diagnosis import Line


def paint(lines: Iterable[Line]) -> None:
    """Print lines; what is too long is left to the terminal to wrap, so that it can be copied."""
    console = Console(highlight=False)
    for line in lines:
        console.print(Text(harmless(line.text), style=line.style), soft_wrap=True)
