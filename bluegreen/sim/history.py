"""What was so, from when to when: the raw material of probes and of judgement."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of virtual time, s; ``until`` is now if it lasts."""

    since: float
    until: float

    @property
    def seconds(self) -> float:
        return self.until - self.since


class History(Generic[Value]):
    """A value over time; only its changes are kept."""

    __slots__ = ("changes",)

    def __init__(self, value: Value, now: float) -> None:
        self.changes: list[tuple[float, Value]] = [(now, value)]

    @property
    def value(self) -> Value:
        return self.changes[-1][1]

    def at(self, instant: float) -> Value:
        """Return the value at an instant; the first one for any before."""
        return next((v for at, v in reversed(self.changes) if at <= instant), self.changes[0][1])

    def note(self, value: Value, now: float) -> None:
        if value != self.changes[-1][1]:
            self.changes.append((now, value))

    def spans(self, holds: Callable[[Value], bool], now: float) -> Iterator[Span]:
        """Yield every longest stretch for which a claim on the value held, up to now."""
        since: float | None = None
        for at, value in self.changes:
            if holds(value):
                since = at if since is None else since
            elif since is not None:
                if at > since:
                    yield Span(since, at)
                since = None
        if since is not None and now > since:
            yield Span(since, now)
