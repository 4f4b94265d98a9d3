r"""Passwords struck out on the router itself, before anything is sent.

The awk program and `redact` do the same; a test holds them together. Struck out are the word
after ``pass`` and the values of variables whose names speak of a secret. Nothing else changes,
so that a line is still the shell's.
"""

import re
from dataclasses import dataclass

from bluegreen.errors import ParseError
from bluegreen.model.system import RcFile

# POSIX awk only: FreeBSD's is the one true awk. \047 is the apostrophe.
REDACTING_AWK = r"""
function bare_length(s,   w) {
  match(s, /^[^ \t]*/); w = substr(s, 1, RLENGTH)
  if (match(w, /["\047];*$/)) return RSTART - 1
  if (w ~ /\\$/ && length(w) == length(s)) { CARRY = 2; return length(w) - 1 }
  return length(w)
}
function word_length(s,   q, n) {
  n = 0
  if (substr(s, 1, 2) == "\\\"") {
    n = index(substr(s, 3), "\\\"")
    if (!n) return length(s)
    n += 3
  } else {
    q = substr(s, 1, 1)
    if (q == "\"" || q == "\047") { n = index(substr(s, 2), q); if (n) n++ }
  }
  return n + bare_length(substr(s, n + 1))
}
function strike_pass(s,   out, at) {
  out = ""
  while (match(s, /(^|[^A-Za-z0-9_.-])pass[ \t]+[^ \t]/)) {
    at = RSTART + RLENGTH - 1
    if (substr(s, at) == "\\") break
    out = out substr(s, 1, at - 1) "***"
    s = substr(s, at)
    s = substr(s, word_length(s) + 1)
  }
  if (s ~ /(^|[^A-Za-z0-9_.-])pass[ \t]*\\?$/) CARRY = 1
  return out s
}
function close_length(s, q, from,   i, c) {
  for (i = from; i <= length(s); i++) {
    c = substr(s, i, 1)
    if (c == "\\" && q == "\"") i++
    else if (c == q) return i
  }
  return 0
}
function value_length(s, real,   i, c, n) {
  i = 1
  if (OPEN == "\"" || OPEN == "\047") {
    n = close_length(s, OPEN, 1)
    if (!n) return length(s)
    i = n + 1
  }
  OPEN = ""
  while (i <= length(s)) {
    c = substr(s, i, 1)
    if (c == " " || c == "\t" || c == ";") break
    if (c == "\"" || c == "\047") {
      if (!real && i > 1) break
      n = close_length(s, c, i + 1)
      if (!n) { if (real) OPEN = c; return length(s) }
      i = n + 1
    } else if (c == "\\") {
      if (real && i == length(s)) OPEN = c
      i += 2
    } else i++
  }
  return i - 1 > length(s) ? length(s) : i - 1
}
function strike_variables(s,   out, head, name, real) {
  out = ""
  while (match(s, /(^|[^A-Za-z0-9_-])[A-Za-z_-][A-Za-z0-9_-]*=/)) {
    head = substr(s, 1, RSTART + RLENGTH - 1)
    name = substr(s, RSTART, RLENGTH)
    if (name !~ /^[A-Za-z_-]/) name = substr(name, 2)  # may be half of a UTF-8 character
    name = tolower(name)
    s = substr(s, RSTART + RLENGTH)
    real = (out head) ~ /^[ \t]*(export[ \t]+)?[A-Za-z_][A-Za-z0-9_]*=$/
    out = out head
    if (name ~ /secret|password|passwd|psk|key/ && name !~ /^ifconfig_/) {
      out = out "***"
      s = substr(s, value_length(s, real) + 1)
    }
  }
  return out s
}
function strike(s,   out, blank, carried) {
  out = ""
  if (OPEN != "") { s = substr(s, value_length(s, 1) + 1); out = "***" }
  else if (CARRY && (CARRY == 1 || s !~ /^[ \t]/)) {
    match(s, /^[ \t]*/); blank = RLENGTH
    if (blank < length(s)) {
      CARRY = 0
      out = substr(s, 1, blank) "***"
      s = substr(s, blank + 1)
      s = substr(s, word_length(s) + 1)
    }
    carried = CARRY
  }
  CARRY = carried
  s = out strike_pass(strike_variables(s))
  if (s ~ /#/) CARRY = 0
  return s
}
FNR == 1 { OPEN = ""; CARRY = 0; print "==> " FILENAME }
{ print strike($0) }
"""

_HEADER = "==> "
_PASS = re.compile(r"(?:^|[^A-Za-z0-9_.-])pass[ \t]+[^ \t]")
_PASS_AT_END = re.compile(r"(?:^|[^A-Za-z0-9_.-])pass[ \t]*\\?\Z")
_VARIABLE = re.compile(r"(?:^|[^A-Za-z0-9_-])([A-Za-z_-][A-Za-z0-9_-]*)=")
_REAL = re.compile(r"[ \t]*(?:export[ \t]+)?[A-Za-z_][A-Za-z0-9_]*=\Z")
_SECRET = re.compile(r"secret|password|passwd|psk|key")
_BARE = re.compile(r"[^ \t]*")
_TAIL = re.compile(r"[\"'];*\Z")
_BLANK = re.compile(r"[ \t]*")


@dataclass(slots=True)
class _State:
    """What one line leaves to the next: an open quote, a password still to come."""

    open: str = ""
    carry: int = 0  # 1: the next word is a password; 2: only what follows without a blank


def redact(text: str) -> str:
    """Return a file's text with its secrets struck out, as the awk program prints it."""
    state = _State()
    return "\n".join(_strike(line, state) for line in text.split("\n"))


def parse_redacted(text: str) -> tuple[RcFile, ...]:
    """Return the files that the awk program printed; a path holds no newline.

    Raises:
        ParseError: the text does not begin with a file's header.
    """
    files: list[RcFile] = []
    lines: list[str] = []
    path: str | None = None
    for line in text.removesuffix("\n").split("\n") if text else ():
        if not line.startswith(f"{_HEADER}/"):
            lines.append(line)
            continue
        if path is not None:
            files.append(RcFile(path, tuple(lines)))
        elif lines:
            break
        path, lines = line.removeprefix(_HEADER), []
    if path is None and lines:
        raise ParseError(
            f"line 1: a file's `==> PATH` is wanted, not {_strike(lines[0], _State())!r}"
        )
    return (*files, RcFile(path, tuple(lines))) if path is not None else ()


def _strike(line: str, state: _State) -> str:
    out, rest, carried = "", line, 0
    if state.open:
        rest, out = line[_value_length(line, True, state) :], "***"
    elif state.carry == 1 or (state.carry and line[:1] not in (" ", "\t")):
        blank = _matched(_BLANK, line)
        if blank < len(line):
            state.carry = 0
            rest = line[blank:]
            out, rest = line[:blank] + "***", rest[_word_length(rest, state) :]
        carried = state.carry
    state.carry = carried
    struck = out + _strike_pass(_strike_variables(rest, state), state)
    if "#" in struck:
        state.carry = 0
    return struck


def _strike_pass(rest: str, state: _State) -> str:
    out = ""
    while match := _PASS.search(rest):
        at = match.end() - 1
        if rest[at:] == "\\":
            break
        out += rest[:at] + "***"
        rest = rest[at:]
        rest = rest[_word_length(rest, state) :]
    if _PASS_AT_END.search(rest):
        state.carry = 1
    return out + rest


def _word_length(rest: str, state: _State) -> int:
    """Return how much of the text is the password that it begins with."""
    length = 0
    if rest.startswith('\\"'):
        close = rest.find('\\"', 2)
        if close < 0:
            return len(rest)
        length = close + 2
    elif rest[0] in "\"'":
        length = rest.find(rest[0], 1) + 1
    return length + _bare_length(rest[length:], state)


def _bare_length(rest: str, state: _State) -> int:
    word = rest[: _matched(_BARE, rest)]
    tail = _TAIL.search(word)
    if tail:
        return tail.start()
    if word.endswith("\\") and word == rest:
        state.carry = 2
        return len(word) - 1
    return len(word)


def _strike_variables(rest: str, state: _State) -> str:
    out = ""
    while match := _VARIABLE.search(rest):
        name = match[1].lower()
        out, rest = out + rest[: match.end()], rest[match.end() :]
        if _SECRET.search(name) and not name.startswith("ifconfig_"):
            real = _REAL.match(out) is not None
            out += "***"
            rest = rest[_value_length(rest, real, state) :]
    return out + rest


def _value_length(rest: str, real: bool, state: _State) -> int:
    """Return how much of the text is the value; ``real``: not a word within quotes."""
    at = 0
    if state.open in ("'", '"'):
        close = _close(rest, state.open, 0)
        if close < 0:
            return len(rest)
        at = close + 1
    state.open = ""
    while at < len(rest) and rest[at] not in " \t;":
        character = rest[at]
        if character in "\"'":
            if not real and at > 0:
                break
            close = _close(rest, character, at + 1)
            if close < 0:
                state.open = character if real else ""
                return len(rest)
            at = close + 1
        elif character == "\\":
            if real and at == len(rest) - 1:
                state.open = character
            at += 2
        else:
            at += 1
    return min(at, len(rest))


def _close(rest: str, quote: str, at: int) -> int:
    while at < len(rest):
        if rest[at] == "\\" and quote == '"':
            at += 1
        elif rest[at] == quote:
            return at
        at += 1
    return -1


def _matched(pattern: re.Pattern[str], text: str) -> int:
    match = pattern.match(text)
    return match.end() if match else 0
