"""Lines of an output, and what people leave around it when they paste it."""

import re

from bluegreen.freebsd.text import is_comment, is_cut, is_prompt, lines_of

_SOURCE = re.compile(r"#\s*source\s*:", re.IGNORECASE)


def pasted_lines(text: str) -> tuple[str, ...]:
    """Return the lines without terminal escapes and notes of their source."""
    return tuple(line for line in lines_of(text) if not _SOURCE.match(line.strip()))


def is_aside(line: str) -> bool:
    """Return whether a line is blank, a prompt, a remark or a cut: never part of an output."""
    return not line.strip() or is_comment(line) or is_prompt(line) or is_cut(line)


def quoted(line: str) -> str:
    """Return a line as an error message shows it: whole, but never a screenful."""
    shown = line.strip()
    return repr(shown if len(shown) <= 100 else f"{shown[:97]}...")
