"""Durations as people write them, 100ms, 30s, 5m, 1h30m or a number, and as they say them."""

import re
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

DURATION_MAX_S = 7 * 86_400.0  # every wait has an end; longer ones are slips of the pen

_UNITS_S = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_TEXT = re.compile(
    r"(?:(?P<h>\d{1,9}(?:\.\d{1,9})?)h)?(?:(?P<m>\d{1,9}(?:\.\d{1,9})?)m(?!s))?"
    r"(?:(?P<s>\d{1,9}(?:\.\d{1,9})?)s)?(?:(?P<ms>\d{1,9}(?:\.\d{1,9})?)ms)?",
    re.ASCII,
)
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,9})?", re.ASCII)
_FORMS = "100ms, 30s, 5m, 1h30m or a number of seconds"
_SCHEMA_TEXT = r"^([0-9.]+h)?([0-9.]+m)?([0-9.]+s)?([0-9.]+ms)?$|^[0-9.]+$"


def parse_duration(value: object) -> float:
    """Return seconds, 0 to a week.

    Raises:
        ValueError: with a sentence for people.
    """
    seconds = _seconds(value)
    if seconds is None:
        raise ValueError(f"not a duration; write {_FORMS}")
    if not 0 <= seconds <= DURATION_MAX_S:
        raise ValueError("a duration is at least 0 and at most a week (168h)")
    return seconds


def parse_positive_duration(value: object) -> float:
    """Return seconds, more than 0."""
    seconds = parse_duration(value)
    if seconds == 0:
        raise ValueError("a duration of 0 is no time at all")
    return seconds


def spoken(seconds: float) -> str:
    """Return a duration as people say it: 0.04 s, 3.2 s, 12 min 3 s, 5 h."""
    if seconds < 0.995:
        return f"{max(0.0, seconds):.2f} s"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return _parts(whole // 60, "min", whole % 60, "s")
    if whole < 86_400:
        return _parts(whole // 3600, "h", whole % 3600 // 60, "min")
    return _parts(whole // 86_400, "d", whole % 86_400 // 3600, "h")


def _parts(large: int, unit: str, small: int, smaller: str) -> str:
    return f"{large} {unit} {small} {smaller}" if small else f"{large} {unit}"


def _seconds(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    if not isinstance(value, str) or not value:
        return None
    if _NUMBER.fullmatch(value):
        return float(value)
    match = _TEXT.fullmatch(value)
    if match is None:
        return None
    parts = match.groupdict(default="0")
    return round(sum(float(number) * _UNITS_S[unit] for unit, number in parts.items()), 9)


def _schema(minimum: str) -> WithJsonSchema:
    number = {"type": "number", minimum: 0, "maximum": DURATION_MAX_S}
    return WithJsonSchema(
        {
            "description": f"A duration: {_FORMS}",
            "anyOf": [number, {"type": "string", "pattern": _SCHEMA_TEXT}],
        }
    )


Duration = Annotated[float, BeforeValidator(parse_positive_duration), _schema("exclusiveMinimum")]
DurationOrZero = Annotated[float, BeforeValidator(parse_duration), _schema("minimum")]
