"""Read what freebsd-version(1) and uname(1) say of kernel and userland."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from bluegreen.errors import ParseError
from bluegreen.freebsd.pasted import pasted_lines, quoted
from bluegreen.model.release import RELEASE, parse_release
from bluegreen.model.system import Versions

__all__ = ["parse_release", "parse_versions"]

_CALL = re.compile(
    r"(?:^|(?<=[\s#$%>;&|'\"`(/❯➜»]))(?P<tool>freebsd-version|uname)"
    r"(?P<flags>(?:\s+-[A-Za-z]+)*)\s*(?=$|[#;&|'\"`:)<>])"
)
_JAIL = re.compile(r"freebsd-version\s(?:.*\s)?-\w*j")
_REMARK = r"(?:\s+(?:#|<|\(|//|←).*)?"
_VERSION = re.compile(rf"({RELEASE})(?:\s+(?:amd64|arm64|aarch64|i386|armv7|riscv64))?{_REMARK}")
_UNAME_A = re.compile(rf"(?:FreeBSD\s+\S+\s+)?({RELEASE})\s+FreeBSD\s+({RELEASE})(?:\s.*)?")
_UNAME_V = re.compile(
    rf"FreeBSD\s+({RELEASE})"
    r"(?:(?:\s+\S+/[\d.]+-n\S+|\s+\S+-n\d+\S*|\s+r\d+\S*)?\s+[A-Z0-9][\w.-]*(?:\s+[a-z]\w+)?"
    r"|\s+[a-z]\w*|\s+#\d+.*)?"
)
_RESEMBLES = re.compile(r"\d+\.\d+-[A-Za-z]|freebsd-version: |usage: freebsd-version")
_SLOTS = (("k", "kernel"), ("r", "running"), ("u", "userland"))


@dataclass(frozen=True, slots=True)
class _Call:
    """One typed line, the slots its answer fills in order, and the versions that follow it."""

    slots: tuple[str, ...]
    answers: tuple[str, ...] = ()
    typed: str = ""


@lru_cache(maxsize=256)
def parse_versions(text: str) -> Versions:
    """Return what is installed and what runs; refuse answers whose question is unknown.

    Whatever the order of the flags, freebsd-version prints kernel, running kernel,
    userland. Without the typed line, three versions are ``-kru`` and one is the plain
    call, which prints the userland. uname knows the running kernel only.

    Source:
        bin/freebsd-version/freebsd-version.sh.in, main(), read 2026-11-22.
    """
    found: dict[str, str] = {}
    for slot, version in _facts(text):
        if found.setdefault(slot, version) != version:
            raise ParseError(f"two answers for {slot}: {found[slot]} and {version}")
    if not found:
        raise ParseError("no output of freebsd-version or uname of FreeBSD in this text")
    return Versions(found.get("kernel"), found.get("running"), found.get("userland"))


def _facts(text: str) -> Iterator[tuple[str, str]]:
    lines = pasted_lines(text)
    for line in lines:
        if running := _running(line.strip()):
            yield "running", running
    for call in _calls(lines):
        if call.answers:
            yield from zip(_slots_of(call), call.answers, strict=True)


def _running(line: str) -> str | None:
    """Return the release in a line of ``uname -a`` or ``uname -v``."""
    if whole := _UNAME_A.fullmatch(line):
        if whole[1] != whole[2]:
            raise ParseError(f"uname names two releases: {quoted(line)}")
        return whole[1]
    short = _UNAME_V.fullmatch(line)
    return short[1] if short else None


def _calls(lines: tuple[str, ...]) -> list[_Call]:
    calls = [_Call(slots=())]
    for line in map(str.strip, lines):
        if answer := _VERSION.fullmatch(line):
            last = calls[-1]
            calls[-1] = _Call(last.slots, (*last.answers, answer[1]), last.typed)
        elif _RESEMBLES.match(line):
            raise ParseError(f"not a version that is known: {quoted(line)}")
        elif slots := _asked(line):
            calls.append(_Call(slots, (), line))
    return calls


def _asked(line: str) -> tuple[str, ...]:
    """Return what a typed line asks for, in the order of the answers."""
    if _JAIL.search(line):
        raise ParseError(f"the versions of a jail are not the router's: {quoted(line)}")
    slots: list[str] = []
    for call in _CALL.finditer(line):
        flags = set(call["flags"]) - set(" -\t")
        if call["tool"] == "uname":
            slots += ["running"] if "r" in flags and not flags & set("asnv") else []
        else:
            slots += [slot for flag, slot in _SLOTS if flag in (flags or {"u"})]
    return tuple(slots)


def _slots_of(call: _Call) -> tuple[str, ...]:
    count = len(call.answers)
    if call.typed:
        if count != len(call.slots):
            raise ParseError(
                f"{count} versions where {len(call.slots)} were asked for: {quoted(call.typed)}"
            )
        return call.slots
    if count == 1:
        return ("userland",)
    if count == 3:
        return tuple(slot for _, slot in _SLOTS)
    raise ParseError(f"{count} versions, and no typed command says which is which")
