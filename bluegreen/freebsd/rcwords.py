"""Assignments in files that sh(1) sources, word by word, each word with its place.

Only plain assignments are read: what a value is behind a condition is not known here.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass

from bluegreen.errors import ParseError
from bluegreen.freebsd.text import refusal
from bluegreen.model.system import RcFile

_ASSIGNMENT = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)=", re.ASCII)
_NEXT = re.compile(r"[ \t]*;?[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)=", re.ASCII)
_HIDDEN = re.compile(r"\bifconfig_[^\s=]*(?:\{\{.*)?=.*\bvhid\b")
_PIECE = re.compile(
    r"""(?P<double>"(?:[^"\\]|\\.)*")|'(?P<single>[^']*)'|\\(?P<escape>.)|(?P<bare>[^\s;&|"'\\]+)""",
    re.DOTALL,
)
_IN_DOUBLE = re.compile(r'\\([\\"$`\n])|(.)', re.DOTALL)
_OPENS = re.compile(
    r"\s*(?:(?:if|while|until)\s.*;\s*(?:then|do)\b|(?:if|while|until)\s+(?:\[|!|test\b)"
    r"|case\s+\S+\s+in\b|for\s+\w+\s+in\s.*;\s*do\b|\w+\s*\(\)\s*\{)",
    re.ASCII,
)
_CLOSES = re.compile(r"(?:.*[;\s])?(?:fi|done|esac|\})\s*;?\s*(?:#.*)?$")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a value, as the shell passes it on."""

    text: str
    line: int  # from 1
    start: int  # column in that line, from 0
    end: int | None  # None: the word goes on in the next line


@dataclass(frozen=True, slots=True)
class Assignment:
    file: RcFile
    line: int
    name: str
    words: tuple[Word, ...]
    conditional: bool  # inside if, case, a loop or a function


def refused(file: RcFile, number: int, reason: str) -> ParseError:
    """Return the error that names file and line."""
    error = refusal(number, file.lines[number - 1], reason)
    return error if file.path == "-" else ParseError(f"{file.path}: {error.what}")


def ifconfig_assignments(file: RcFile) -> tuple[Assignment, ...]:
    """Return the assignments to ``ifconfig_*``, in their order.

    Raises:
        ParseError: a quote is never closed, or a vhid stands in what is no plain assignment.
    """
    text, starts = "\n".join(file.lines), _starts(file.lines)
    found: list[Assignment] = []
    index = depth = 0
    while index < len(file.lines):
        line = file.lines[index]
        match = _ASSIGNMENT.match(text, starts[index], starts[index] + len(line))
        if match is None:
            _refuse_hidden(file, index + 1, line)
            depth += _step(line)
            index += 1
            continue
        end = starts[index]
        while match is not None:
            number = bisect_right(starts, match.start(1))
            characters, end = _value(file, text, match.end(), number)
            if match[1].startswith("ifconfig_"):
                words = _words(characters, starts)
                found.append(Assignment(file, number, match[1], words, depth > 0))
            match = _NEXT.match(text, end)
        index = bisect_right(starts, end)
        rest = text[end : starts[index] - 1 if index < len(starts) else len(text)]
        _refuse_hidden(file, index, rest)
    return tuple(found)


def _starts(lines: tuple[str, ...]) -> list[int]:
    starts, offset = [], 0
    for line in lines:
        starts.append(offset)
        offset += len(line) + 1
    return starts


def _step(line: str) -> int:
    if line.lstrip().startswith("#"):
        return 0
    return bool(_OPENS.match(line)) - bool(_CLOSES.match(line))


def _refuse_hidden(file: RcFile, number: int, line: str) -> None:
    if not line.lstrip().startswith("#") and _HIDDEN.search(line):
        template = "{{" in line or "{%" in line
        reason = "a template's placeholder, not a value" if template else "no plain assignment"
        raise refused(file, number, reason)


def _value(file: RcFile, text: str, start: int, number: int) -> tuple[list[tuple[str, int]], int]:
    """Return the characters of a value with their offsets, and where it ends."""
    characters: list[tuple[str, int]] = []
    position = start
    while position < len(text):
        match = _PIECE.match(text, position)
        if match is None:
            if text[position] in "\"'":
                raise refused(file, number, "a quote that is never closed")
            break
        characters += _unquoted(match)
        position = match.end()
    return characters, position


def _unquoted(piece: re.Match[str]) -> list[tuple[str, int]]:
    if piece["double"] is None:
        kind = piece.lastgroup or "bare"
        plain = "" if piece[0] == "\\\n" else piece[kind]
        return [(character, piece.start(kind) + i) for i, character in enumerate(plain)]
    characters = []
    for match in _IN_DOUBLE.finditer(piece[0], 1, len(piece[0]) - 1):
        escaped, plain = match.groups()
        if escaped != "\n":  # a line goes on behind its backslash
            characters.append((escaped or plain, piece.start() + match.start()))
    return characters


def _words(characters: list[tuple[str, int]], starts: list[int]) -> tuple[Word, ...]:
    words: list[Word] = []
    run: list[tuple[str, int]] = []
    for character, offset in (*characters, (" ", 0)):
        if not character.isspace():
            run.append((character, offset))
            continue
        if run:
            first, last = run[0][1], run[-1][1]
            line = bisect_right(starts, first)
            whole = last - first == len(run) - 1
            column = first - starts[line - 1]
            text = "".join(c for c, _ in run)
            words.append(Word(text, line, column, column + len(run) if whole else None))
            run = []
    return tuple(words)
