"""What surrounds an output where people paste it: prompts, comments, cuts, secrets."""

import re

from bluegreen.errors import ParseError

_ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
# "root@fw1:~ # ", "[root@VM2]~# ", "fw1# ", "% ", "$ ": tcsh, sh and bash as people set them
_PROMPT = re.compile(
    r"\s*(?:[\w.-]+@[\w.-]+(?:[: ][^\s#%$>]*)?\s?|\[[^\]]*[@~/ ][^\]]*\][^\s#%$>]*\s?"
    r"|[\w.-]+(?::[^\s#%$>]*)?|)(?<!-)[#%$>]+(?:\s|$)"
)
_COMMAND = re.compile(
    r"\s*(?:[#%$>]+\s*)?(?:(?:sudo|doas|jexec\s+\S+|ssh\s+\S+)\s+)*"
    r"(?:/\S*/)?(?:ifconfig|sysctl|netstat|grep|dmesg|service|kldload|cat|vtysh|setkey|swanctl)\b(?!:)"
)
_CUT = re.compile(r"\s*[\[(<]?(?:\.\.\.+|…|snip|snipped|cut)[\])>]?\s*$")
_NOTE = re.compile(r"(?<!\s)\s+(?:#|<-+|←).*$")
_SECRET = re.compile(r"""\b(key|pass)(\s+)(?:".*"|'.*'|"?\S+.*)""")


def lines_of(text: str) -> list[str]:
    """Return the lines, without terminal escapes, odd blanks and trailing blanks."""
    if "\x1b" in text:
        text = _ESCAPE.sub("", text)
    if "\xa0" in text:
        text = text.replace("\xa0", " ")
    return [line.rstrip() for line in text.split("\n")]


def is_comment(line: str) -> bool:
    """Return whether a line is a remark, and not root's prompt with a command."""
    return line.lstrip().startswith("#") and not _COMMAND.match(line)


def is_prompt(line: str) -> bool:
    """Return whether a command was typed here: what follows is another output."""
    if is_comment(line):
        return False
    return bool(_PROMPT.match(line) or _COMMAND.match(line))


def is_cut(line: str) -> bool:
    """Return whether somebody left lines out here, and says so."""
    return bool(_CUT.match(line))


def without_note(line: str) -> str:
    """Return a line without what somebody wrote behind it ("# <--- this one")."""
    return _NOTE.sub("", line)


def without_secret(line: str) -> str:
    """Return a line fit for a message: no CARP key, no password."""
    return _SECRET.sub(r"\1\2***", line)


def is_operand(name: str) -> bool:
    """Return whether a name can be sent: no program takes it for an option or for two lines."""
    return bool(name) and not name.startswith("-") and name.isprintable()


def refusal(number: int, line: str, reason: str) -> ParseError:
    """Return the error that names the line, counted from 1, and why it was not read."""
    return ParseError(f"line {number}: {reason}: {without_secret(line.strip())!r}")
