"""Values as sysctl(8) prints them, and the ones a run depends on."""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from bluegreen.errors import ParseError
from bluegreen.freebsd.text import is_comment, is_prompt, lines_of, refusal
from bluegreen.model.carp import CarpSysctls

_NAME = r"[a-z_][\w-]*(?:\.[\w%-]+)+"
_VALUE = re.compile(rf"({_NAME})(?::(?: (?!flags=)(.*))?|=(.*))$", re.ASCII | re.IGNORECASE)
_CHANGED = re.compile(r".* -> (.*)$")  # "name: 0 -> 1" is what setting prints
_UNKNOWN = re.compile(r"sysctl: unknown oid ")
_INTEGER = re.compile(r"-?[0-9]{1,10}")
_BOOTTIME = re.compile(r"\{ sec = ([0-9]{1,12}), usec = ([0-9]{1,6}) \}")
_CARP = "net.inet.carp."


@lru_cache(maxsize=64)
def parse_sysctl(text: str) -> Mapping[str, str]:
    """Return the values by name, read-only; of a name printed twice the later one.

    ``sysctl: unknown oid`` is passed over: whoever needs the value finds it missing.

    Raises:
        ParseError: a line about CARP is cut, or there is no value at all.
    """
    values: dict[str, str] = {}
    for number, raw in enumerate(lines_of(text), 1):
        line = raw.strip()
        if not line or _UNKNOWN.match(line):
            continue
        match = _VALUE.match(line)
        if match is not None:
            name, printed, assigned = match.groups()
            values[name] = _settled(printed if assigned is None else assigned)
        elif line.startswith(_CARP) and not is_prompt(line) and not is_comment(line):
            raise refusal(number, line, "sysctl line not understood")
    if not values:
        raise ParseError("no `name: value` line: this is not the output of sysctl")
    return MappingProxyType(values)


def carp_sysctls(values: Mapping[str, str]) -> CarpSysctls:
    """Return ``net.inet.carp``.

    Raises:
        ParseError: a value is missing (is carp.ko loaded?) or not a number.
    """
    return CarpSysctls(
        allow=_switch(values, _CARP + "allow"),
        preempt=_switch(values, _CARP + "preempt"),
        demotion=_integer(values, _CARP + "demotion"),
        ifdown_demotion_factor=_integer(values, _CARP + "ifdown_demotion_factor"),
        senderr_demotion_factor=_integer(values, _CARP + "senderr_demotion_factor"),
        log=_optional(values, _CARP + "log"),
        dscp=_optional(values, _CARP + "dscp"),
    )


def boot_time_s(values: Mapping[str, str]) -> float:
    """Return when the router booted, in seconds since 1970, from ``kern.boottime``."""
    value = values.get("kern.boottime")
    if value is None:
        raise ParseError("kern.boottime is missing")
    match = _BOOTTIME.match(value)
    if match is None:
        raise ParseError(f"kern.boottime: {value!r} is no time")
    return int(match[1]) + int(match[2]) / 1e6


def securelevel(values: Mapping[str, str]) -> int:
    """Return ``kern.securelevel``; a kernel that does not tell it enforces none."""
    level = _optional(values, "kern.securelevel")
    return -1 if level is None else level


def _settled(value: str | None) -> str:
    changed = _CHANGED.match(value or "")
    return (changed[1] if changed else value or "").strip()


def _integer(values: Mapping[str, str], name: str) -> int:
    value = values.get(name)
    if value is None:
        raise ParseError(f"{name} is missing: is carp.ko loaded?")
    if not _INTEGER.fullmatch(value):
        raise ParseError(f"{name}: {value!r} is no number")
    return int(value)


def _switch(values: Mapping[str, str], name: str) -> bool:
    return _integer(values, name) != 0


def _optional(values: Mapping[str, str], name: str) -> int | None:
    return _integer(values, name) if name in values else None
