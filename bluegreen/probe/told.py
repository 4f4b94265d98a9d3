"""What the prober on another host says, line by line, and how far its clock is from ours."""

import time
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from bluegreen.errors import UnreachableError
from bluegreen.model.outage import Gap, Outage
from bluegreen.model.pair import ProbeTarget

LINE_MAX = 1024 * 1024  # bytes without a line break: that is no prober
GOOD_FOR_S = 60.0  # clocks drift: a better ping than any since is forgotten after so long


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Hello(_Line):
    hello: Literal[True]


class Refused(_Line):
    refused: tuple[str, str, str]  # class of the error, what, advice


class Pong(_Line):
    pong: int
    at_s: float


Silent = tuple[float, float, bool]  # began, ended, lasts
Row = tuple[int, int, float, bool | None, int, tuple[Silent, ...]]


class Laps(_Line):
    at_s: float
    known_until_s: float
    laps: tuple[Row, ...]


Said = Hello | Refused | Pong | Laps
_SAID: TypeAdapter[Said] = TypeAdapter(Said)


def lap_of(target: ProbeTarget, row: Row, epoch_s: float) -> Outage:
    """Return a row as an outage; ``epoch_s`` turns that host's clock into times of day."""
    sent, lost, longest_gap_ms, answering, broke, silences = row
    gaps = tuple(Gap(epoch_s + began, epoch_s + ended, lasts) for began, ended, lasts in silences)
    return Outage(
        target.target,
        sent,
        lost,
        longest_gap_ms,
        answering,
        target.kind,
        target.via,
        broke,
        gaps=gaps,
    )


@dataclass(slots=True)
class Lines:
    """Bytes in, what they say out."""

    _unread: bytes = b""

    def feed(self, data: bytes) -> tuple[Said, ...]:
        """Raise UnreachableError for what no prober of ours says."""
        *lines, self._unread = (self._unread + data).split(b"\n")
        try:
            said = tuple(_SAID.validate_json(line) for line in lines)
        except ValidationError as error:
            raise UnreachableError(f"not a prober's answer: {lines[:1]!r}"[:200]) from error
        if len(self._unread) > LINE_MAX:
            raise UnreachableError("not a prober's answer: a line without an end")
        return said


@dataclass(slots=True)
class Clocks:
    """How far that host's monotonic clock is from ours, from the quickest ping of late."""

    ahead_s: float | None = None  # ours minus theirs; None: not known yet
    _sent_s: dict[int, float] = field(default_factory=dict)
    _number: int = 0
    _best: tuple[float, float] = (0.0, 0.0)  # round trip, s; when it was

    def ping(self) -> bytes:
        self._number += 1
        self._sent_s[self._number] = time.monotonic()
        return b"%d\n" % self._number

    def pong(self, pong: Pong) -> None:
        sent_s = self._sent_s.pop(pong.pong, None)
        if sent_s is None:
            return
        now_s = time.monotonic()
        trip_s, (best_s, best_at_s) = now_s - sent_s, self._best
        if self.ahead_s is None or trip_s <= best_s or now_s - best_at_s > GOOD_FOR_S:
            self.ahead_s = (sent_s + now_s) / 2 - pong.at_s
            self._best = trip_s, now_s

    @property
    def epoch_s(self) -> float:
        """Return what turns their clock into times of day."""
        assert self.ahead_s is not None, "they tell nothing before they have answered a ping"
        return self.ahead_s + time.time() - time.monotonic()
