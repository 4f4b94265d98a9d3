"""Passwords of two routers compared without either leaving its router."""

import re

from bluegreen.errors import ParseError
from bluegreen.model.exam import PassDigest

# The salt is another one at each look, so that a digest tells nothing to whoever finds it later.
# printf is the shell's own: a password is in no argument that ps(1) could show. A word that the
# shell would change (a variable, a quote within) is not compared: `?`.
PASSES_SH = r"""salt=$1
shift
for f do
n=0
while IFS= read -r line || [ -n "$line" ]; do
    n=$((n + 1))
    rest=$line
    while :; do
        case $rest in
        *vhid[[:space:]]*) rest=${rest#*vhid[[:space:]]} ;;
        *) break ;;
        esac
        part=${rest%%vhid[[:space:]]*}
        case $part in
        *[[:space:]]pass[[:space:]]*) word=${part#*[[:space:]]pass[[:space:]]} ;;
        *) continue ;;
        esac
        word=${word%%[[:space:]\;\"\']*}
        case $word in
        '' | *[\$\`\\]*) d='?' ;;
        *) d=$(printf '%s %s' "$salt" "$word" | sha256) || exit 1 ;;
        esac
        printf '%s %s %s %s\n' "$n" "${part%%[!0-9]*}" "${d%% *}" "$f"
    done
done <"$f"
done"""

_VHID = re.compile(r"vhid\s")
_PASS = re.compile(r"\spass\s([^\s;\"']*)")
_LINE = re.compile(r"([0-9]+) ([0-9]{1,3}) ([0-9a-f]{64}|\?) (/.*)")


def passwords_in(line: str) -> tuple[tuple[str, str | None], ...]:
    """Return vhid and password of a line, as PASSES_SH finds them; None: `?`."""
    found: list[tuple[str, str | None]] = []
    for part in _VHID.split(line)[1:]:
        match, number = _PASS.search(part), re.match(r"[0-9]*", part)
        if match and number:
            plain = bool(match[1]) and not re.search(r"[$`\\]", match[1])
            found.append((number[0], match[1] if plain else None))
    return tuple(found)


def parse_passes(text: str) -> tuple[PassDigest, ...]:
    """Return what PASSES_SH printed.

    Raises:
        ParseError: a line is none of its own.
    """
    return tuple(_digest(line) for line in text.splitlines())


def _digest(line: str) -> PassDigest:
    match = _LINE.fullmatch(line)
    if match is None:
        raise ParseError(f"not a password's digest: {line[:40]!r}")
    return PassDigest(match[4], int(match[1]), int(match[2]), None if match[3] == "?" else match[3])
