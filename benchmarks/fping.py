"""fping(8) at 1 kHz: how it is called, and what its lines say."""

import re
from dataclasses import dataclass
from itertools import pairwise

PERIOD_MS = 1
TIMEOUT_MS = 500  # an answer that comes later than this is none

_LINE = re.compile(r"\[(\d+\.\d+)\] \S+ *: \[(\d+)\], (?:(timed out)|\d+ bytes)")


@dataclass(frozen=True, slots=True)
class Tally:
    """What a series of probes says of one target."""

    sent: int
    lost: int
    longest_gap_ms: float  # between two answers, or from the last one to the last probe

    def worse(self, other: "Tally") -> "Tally":
        """Return the one of two targets that fared worse."""
        return max(self, other, key=lambda tally: (tally.lost, tally.longest_gap_ms))


def argv(target: str) -> tuple[str, ...]:
    """Return a call that goes on until SIGINT; -i 1 since fping else waits 10 ms between two."""
    period, timeout = str(PERIOD_MS), str(TIMEOUT_MS)
    return ("fping", "-D", "-l", "-p", period, "-i", "1", "-t", timeout, target)


def parse(text: str, period_ms: float = PERIOD_MS) -> Tally:
    """Return what ``fping -D`` printed of one target.

    A probe that nobody has answered when fping is stopped is not counted: it has no line.
    Times are those of the answers' arrival, to 10 us (print_timestamp, fping.c 5.1).
    """
    found = [(float(at), int(seq), bool(lost)) for at, seq, lost in _LINE.findall(text)]
    answers = sorted((at, seq) for at, seq, lost in found if not lost)
    times = [at for at, _ in answers]
    gaps_ms = [1000 * (late - early) for early, late in pairwise(times)]
    newest = max((seq for _, seq, _ in found), default=-1)
    answered = max((seq for _, seq in answers), default=-1)
    first = min((seq for _, seq in answers), default=newest)
    gaps_ms += [(newest - answered) * period_ms, first * period_ms]
    return Tally(len(found), sum(lost for _, _, lost in found), round(max(gaps_ms), 2))
