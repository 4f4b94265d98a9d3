"""What stands around the output of a tool when a person pastes it."""

import re

_TERMINAL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\x08|\r")
_SOURCE = re.compile(r"#\s*source\s*:", re.IGNORECASE)


def pasted_lines(text: str) -> tuple[str, ...]:
    """Return the lines without terminal sequences, line ends and notes of their source."""
    lines = (line.rstrip() for line in _TERMINAL.sub("", text).splitlines())
    return tuple(line for line in lines if not _SOURCE.match(line.strip()))


def quoted(line: str) -> str:
    """Return a line as an error message shows it: whole, but never a screenful."""
    shown = line.strip()
    return repr(shown if len(shown) <= 100 else f"{shown[:97]}...")
