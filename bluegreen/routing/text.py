"""What stands around the output of a routing daemon: prompts, terminals, sockets, pastes."""

import ast
import re
from collections.abc import Sequence

from bluegreen.errors import ParseError

_TERMINAL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\r|\x08|\ufeff")
_MAIL = re.compile(r"(?:> )+")
_PAGER = re.compile(r"\s?--\s?[Mm]ore\s?--\s*")
# b'1013-Internal:\n Router ID ...': how Python prints what it read from a socket
_REPR = re.compile(r"""b?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
# bird.ctl: "1013-" begins a reply, "0000 " ends it, a blank continues it (doc/reply_codes)
_BIRD_CODE = re.compile(r"[0-9]{4}(?:-|[ ](?=\s*$|BIRD|[A-Z][a-z]))")
# "r1# ", "frr(config-if)# ", "[root@r1 ~]# ", "root@fw1:~ # ", "bird> "; not "<IP> 1 Full/-"
_PROMPT = re.compile(r"(?:\[[^\]]*\]|[^\s<]\S*)?\s?[#$>%](?:\s|$)")
_COMMAND = re.compile(
    r"(?:(?:do|sudo|doas|run|ssh \S+) )*(?:sho?w? |vtysh\b|birdc6?\b|birdcl\b|ospfctl\b|ospf6ctl\b)"
)
_SHOWN_MAX = 100  # characters of a line that a message shows


def clean_lines(text: str) -> tuple[str, ...]:
    """Return the lines without terminal sequences, pagers, reply codes and Python's quotes."""
    lines: list[str] = []
    for line in _TERMINAL.sub("", text).replace("\xa0", " ").split("\n"):
        lines.extend(_unquoted(line.strip()) or (line,))
    return tuple(_bare(line) for line in lines)


def is_prompt(line: str) -> bool:
    """Return whether a command was typed here: what follows is another output."""
    stripped = line.strip()
    return bool(_PROMPT.match(stripped) or _COMMAND.match(stripped))


def squeezed(line: str) -> str:
    """Return a line with single blanks, as many pastes have it anyway."""
    return " ".join(line.split())


def paragraphs(lines: Sequence[str], first: re.Pattern[str]) -> tuple[tuple[str, ...], ...]:
    """Return what follows each line that matches, up to the next such line or a prompt."""
    starts = [at for at, line in enumerate(lines) if first.fullmatch(line)]
    found: list[tuple[str, ...]] = []
    for at, end in zip(starts, [*starts[1:], len(lines)], strict=False):
        prompts = (i for i in range(at + 1, end) if is_prompt(lines[i]))
        found.append(tuple(lines[at : next(prompts, end)]))
    return tuple(found)


def refusal(line: str, reason: str) -> ParseError:
    """Return the error that shows the line, never a screenful, and why it was not read."""
    shown = squeezed(line)
    cut = shown if len(shown) <= _SHOWN_MAX else f"{shown[: _SHOWN_MAX - 3]}..."
    return ParseError(f"{reason}: {cut!r}")


def _bare(line: str) -> str:
    """Return a line without what a pager, a mail or a socket put before it."""
    for before in (_PAGER, _MAIL, _BIRD_CODE):
        found = before.match(line)
        line = line[found.end() :] if found else line
    return line.rstrip()


def _unquoted(line: str) -> tuple[str, ...]:
    """Return the lines that a Python literal holds; none where it is no literal."""
    if "\\n" not in line or not _REPR.fullmatch(line):
        return ()
    try:
        value = ast.literal_eval(line)
    except (SyntaxError, ValueError) as error:
        raise refusal(line, "a Python literal that Python does not read") from error
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return tuple(text.replace("\r", "").split("\n"))
