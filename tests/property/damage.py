"""What happens to a text between the program that prints it and the one that reads it."""

from collections.abc import Callable

from hypothesis import strategies as st

MOTD = (
    "FreeBSD 14.2-RELEASE (GENERIC) releng/14.2-n269506-c8918d6c7412\n\n"
    "Welcome to FreeBSD!\n\nRelease Notes, Errata: https://www.FreeBSD.org/releases/\n"
    "Edit /etc/motd.template to change this login announcement.\n"
)
BANNER = (
    "*" * 60
    + "\n* UNAUTHORIZED ACCESS IS PROHIBITED. All sessions are logged. *\n"
    + "*" * 60
    + "\n"
)
LAST_LOGIN = "Last login: Sun Nov 22 10:11:12 2026 from 192.0.2.1\n"
CLOSED = "Connection to 192.0.2.11 closed by remote host.\nConnection closed.\n"
AROUND = (MOTD, BANNER, LAST_LOGIN, CLOSED, "sh: warning: setlocale: LC_ALL: cannot change\n")
ESCAPES = ("\x1b[0m", "\x1b[1;31m", "\x1b[2J", "\x1b]0;router-001\x07", "\x1b[?2004h", "\x08")
HUGE = ("99999999999999999999", "9" * 5000, "-1", "0x1f", "1e9", "²", "٣", "NaN", "4294967296")
STATES = ("MASTER", "BACKUP", "INIT", "Full", "INSTALLED")
FOREIGN = ("MAÎTRE", "MEISTER", "UNKNOWN", "master", "?", "MASTERBACKUP", "Vollständig", "")


@st.composite
def cut(draw: st.DrawFn, text: str) -> str:
    """Stop anywhere."""
    return text[: draw(st.integers(0, len(text)))]


@st.composite
def surrounded(draw: st.DrawFn, text: str) -> str:
    """Print something before or behind it."""
    before, behind = draw(st.sampled_from(("", *AROUND))), draw(st.sampled_from(("", *AROUND)))
    return f"{before}{text}{behind}"


@st.composite
def other_lines(draw: st.DrawFn, text: str) -> str:
    """End lines as a terminal or another system does."""
    return text.replace("\n", draw(st.sampled_from(("\r\n", "\r", "\n\n", "\n\r"))))


@st.composite
def with_octets(draw: st.DrawFn, text: str) -> str:
    """Put in what is no text: NUL, an octet that is no UTF-8, an escape, a blank of its own."""
    strange = draw(
        st.sampled_from(("\0", "\udcff", "\\xff", "\x85", "\u2028", "\xa0", "\x0c", *ESCAPES))
    )
    at = draw(st.integers(0, len(text)))
    return text[:at] + strange + text[at:]


@st.composite
def repeated(draw: st.DrawFn, text: str) -> str:
    """Print some lines twice."""
    lines = text.splitlines(keepends=True)
    if not lines:
        return text
    first = draw(st.integers(0, len(lines) - 1))
    last = draw(st.integers(first, min(first + 5, len(lines) - 1)))
    return "".join([*lines[: last + 1], *lines[first:]])


@st.composite
def without_lines(draw: st.DrawFn, text: str) -> str:
    """Lose some lines from the middle."""
    lines = text.splitlines(keepends=True)
    if not lines:
        return text
    first = draw(st.integers(0, len(lines) - 1))
    last = draw(st.integers(first, min(first + 5, len(lines))))
    return "".join([*lines[:first], *lines[last:]])


@st.composite
def with_huge_numbers(draw: st.DrawFn, text: str) -> str:
    """Replace a number by one that nobody prints."""
    numbers = [
        at
        for at, character in enumerate(text)
        if character.isdigit() and not (at and text[at - 1].isdigit())
    ]
    if not numbers:
        return text
    at = end = draw(st.sampled_from(numbers))
    while end < len(text) and text[end].isdigit():
        end += 1
    return text[:at] + draw(st.sampled_from(HUGE)) + text[end:]


@st.composite
def with_other_words(draw: st.DrawFn, text: str) -> str:
    """Replace a word by one that is not known."""
    words = sorted(set(text.split()))
    if not words:
        return text
    known = [word for word in words if word in STATES]
    word = draw(st.sampled_from(known or words))
    return text.replace(word, draw(st.sampled_from(FOREIGN)), draw(st.sampled_from((1, -1))))


@st.composite
def interleaved(draw: st.DrawFn, text: str, other: str) -> str:
    """Mix the lines of two outputs, each in its own order."""
    lines = [text.splitlines(keepends=True)[:80], other.splitlines(keepends=True)[:80]]
    mixed = ""
    while lines[0] or lines[1]:
        side = draw(st.booleans()) if lines[0] and lines[1] else not lines[0]
        count = draw(st.integers(1, 20))
        mixed += "".join(lines[side][:count])
        lines[side] = lines[side][count:]
    return mixed


DAMAGES: tuple[Callable[[str], st.SearchStrategy[str]], ...] = (
    cut,
    surrounded,
    other_lines,
    with_octets,
    repeated,
    without_lines,
    with_huge_numbers,
    with_other_words,
)


@st.composite
def damaged(draw: st.DrawFn, text: str, most: int = 2) -> str:
    """Return a text after one or more of these."""
    for _ in range(draw(st.integers(1, most))):
        text = draw(draw(st.sampled_from(DAMAGES))(text))
    return text
