"""What a series of probes says of one target; times are handed in."""

from dataclasses import dataclass, field, replace
from itertools import takewhile

from bluegreen.model.outage import GAPS_MAX, Gap, Outage, noteworthy_s

TIMEOUT_MIN_S = 0.2
TIMEOUT_MAX_S = 1.0
_NOTED_MAX = 8 * GAPS_MAX  # between two laps; then only the longest are kept


def timeout_s(every_s: float) -> float:
    """Return after how long without an answer a probe counts as lost."""
    return min(TIMEOUT_MAX_S, max(3 * every_s, TIMEOUT_MIN_S))


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch without an answer while somebody asked; s on the prober's own clock."""

    began_s: float
    ended_s: float
    lasts: bool = False  # nobody has answered since

    @property
    def seconds(self) -> float:
        return self.ended_s - self.began_s


@dataclass(slots=True)
class Silences:
    """Those that are worth their times, the longest of them where they are many."""

    at_least_s: float
    longest_s: float = 0.0
    noted: list[Silence] = field(default_factory=list)

    def add(self, silence: Silence) -> None:
        self.longest_s = max(self.longest_s, silence.seconds)
        if silence.seconds <= self.at_least_s:
            return
        self.noted.append(silence)
        if len(self.noted) > _NOTED_MAX:
            longest = sorted(self.noted, key=lambda s: -s.seconds)[:GAPS_MAX]
            self.noted = sorted(longest, key=lambda s: s.began_s)

    def with_lasting(self, silence: Silence) -> tuple[float, tuple[Silence, ...]]:
        """Return the longest, and what was noted, where a silence still lasts."""
        noteworthy = silence.seconds > self.at_least_s
        lasting = (replace(silence, lasts=True),) if noteworthy else ()
        return max(self.longest_s, silence.seconds), (*self.noted, *lasting)


@dataclass(frozen=True, slots=True)
class Lap:
    """What was counted since the last time somebody asked, or since the start."""

    sent: int
    lost: int
    longest_s: float
    answering: bool | None
    silences: tuple[Silence, ...]

    def outage(self, vip: str, epoch_s: float) -> Outage:
        """Return it for a target; ``epoch_s`` is the epoch's second at which our clock was 0."""
        gaps = tuple(Gap(epoch_s + s.began_s, epoch_s + s.ended_s, s.lasts) for s in self.silences)
        longest_ms = 1000 * self.longest_s
        return Outage(vip, self.sent, self.lost, longest_ms, self.answering, gaps=gaps)


@dataclass(slots=True)
class Tally:
    """Counts probes, and measures silence.

    Silence is the time between two answers, as far as somebody asked: a prober
    that was itself held up for a while asked nothing, and that is no outage.
    """

    every_s: float
    sent: int = 0
    lost: int = 0
    _outstanding: dict[int, float] = field(default_factory=dict)  # number: when it was sent
    _answered_s: float | None = None
    _asking_s: float | None = None  # when the oldest probe behind the last answer was sent
    _newest: int = -1  # highest number of which the outcome is known
    _newest_answered: bool = False
    _lap_sent: int = 0
    _lap_lost: int = 0
    _whole: Silences = field(init=False)
    _lap: Silences = field(init=False)

    def __post_init__(self) -> None:
        self._whole = Silences(noteworthy_s(self.every_s))
        self._lap = Silences(noteworthy_s(self.every_s))

    def send(self, at_s: float) -> int:
        """Note a probe that is being sent, and return its number."""
        number = self.sent
        self.sent += 1
        self._outstanding[number] = at_s
        if self._asking_s is None:
            self._asking_s = at_s
        return number

    def answer(self, number: int, at_s: float) -> None:
        """Note an answer; one that comes after its probe was given up changes nothing."""
        if self._outstanding.pop(number, None) is None:
            return
        silence = self._silence(at_s)
        self._whole.add(silence)
        self._lap.add(silence)
        self._answered_s = at_s if self._answered_s is None else max(at_s, self._answered_s)
        self._asking_s = self._oldest_s()
        self._settle(number, answered=True)

    def expire(self, now_s: float) -> tuple[int, ...]:
        """Give up the probes that have waited too long, and return their numbers."""
        limit_s = timeout_s(self.every_s)
        late = takewhile(lambda item: now_s - item[1] >= limit_s, self._outstanding.items())
        gone = tuple(number for number, _ in late)
        for number in gone:
            del self._outstanding[number]
            self._settle(number, answered=False)
        self.lost += len(gone)
        return gone

    def next_expiry_s(self) -> float | None:
        """Return when the oldest outstanding probe will be given up."""
        oldest_s = self._oldest_s()
        return None if oldest_s is None else oldest_s + timeout_s(self.every_s)

    def settled(self) -> bool:
        """The outcome of one probe at least is known."""
        return self._newest >= 0

    def known_until_s(self, now_s: float) -> float:
        """Return before when every probe was sent of which it is known what became of it."""
        oldest_s = self._oldest_s()
        return now_s if oldest_s is None else oldest_s

    def whole(self, now_s: float) -> Lap:
        """Return what was counted since the start, a silence that still lasts included."""
        longest_s, noted = self._whole.with_lasting(self._silence(now_s))
        return Lap(self.sent, self.lost, longest_s, self._answering(now_s), noted)

    def lap(self, now_s: float) -> Lap:
        """Return what was counted since the last lap, and begin another."""
        longest_s, noted = self._lap.with_lasting(self._silence(now_s))
        sent, lost = self.sent - self._lap_sent, self.lost - self._lap_lost
        self._lap_sent, self._lap_lost = self.sent, self.lost
        self._lap = Silences(noteworthy_s(self.every_s))
        return Lap(sent, lost, longest_s, self._answering(now_s), noted)

    def _answering(self, now_s: float) -> bool | None:
        if not self.settled():
            return None
        if not self._newest_answered or self._answered_s is None:
            return False
        return now_s - self._answered_s <= self.every_s + timeout_s(self.every_s)

    def _oldest_s(self) -> float | None:
        """Return when the oldest outstanding probe was sent; they stand in that order."""
        return next(iter(self._outstanding.values()), None)

    def _silence(self, now_s: float) -> Silence:
        if self._asking_s is None:
            return Silence(now_s, now_s)
        if self._answered_s is None:
            return Silence(self._asking_s, now_s)
        return Silence(max(self._answered_s, self._asking_s - self.every_s), now_s)

    def _settle(self, number: int, *, answered: bool) -> None:
        if number > self._newest:
            self._newest, self._newest_answered = number, answered
