"""What a series of probes says of one target; times are handed in."""

from dataclasses import dataclass, field

from bluegreen.world import Outage

TIMEOUT_MIN_S = 0.2
TIMEOUT_MAX_S = 1.0


def timeout_s(every_s: float) -> float:
    """Return after how long without an answer a probe counts as lost."""
    return min(TIMEOUT_MAX_S, max(3 * every_s, TIMEOUT_MIN_S))


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
    _longest_s: float = 0.0
    _newest: int = -1  # highest number of which the outcome is known
    _newest_answered: bool = False

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
        self._longest_s = max(self._longest_s, self._silence_s(at_s))
        self._answered_s = at_s
        self._asking_s = self._oldest_s()
        self._settle(number, answered=True)

    def expire(self, now_s: float) -> tuple[int, ...]:
        """Give up the probes that have waited too long, and return their numbers."""
        limit_s = timeout_s(self.every_s)
        gone = tuple(n for n, sent_s in self._outstanding.items() if now_s - sent_s >= limit_s)
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

    def outage(self, vip: str, now_s: float) -> Outage:
        """Return what was seen so far, a silence that still lasts included."""
        longest_s = max(self._longest_s, self._silence_s(now_s))
        return Outage(vip, self.sent, self.lost, 1000 * longest_s, self._answering(now_s))

    def _answering(self, now_s: float) -> bool | None:
        if not self.settled():
            return None
        if not self._newest_answered or self._answered_s is None:
            return False
        return now_s - self._answered_s <= self.every_s + timeout_s(self.every_s)

    def _oldest_s(self) -> float | None:
        """Return when the oldest outstanding probe was sent; they stand in that order."""
        return next(iter(self._outstanding.values()), None)

    def _silence_s(self, now_s: float) -> float:
        if self._asking_s is None:
            return 0.0
        if self._answered_s is None:
            return now_s - self._asking_s
        return now_s - max(self._answered_s, self._asking_s - self.every_s)

    def _settle(self, number: int, *, answered: bool) -> None:
        if number > self._newest:
            self._newest, self._newest_answered = number, answered
