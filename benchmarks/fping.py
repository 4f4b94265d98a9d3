"""fping(8) at 1 kHz: how it is called, and what its lines say."""

import re
from dataclasses import dataclass
from itertools import pairwise

PERIOD_MS = 1
TIMEOUT_MS = 500  # an answer that comes later than this is none

_LINE = re.compile(r"\[(\d+\.\d+)\] \S+ *: \[(\d+)\], (?:timed out|\d+ bytes, ([\d.]+) ms)")


@dataclass(frozen=True, slots=True)
class Tally:
    """What a series of probes says of one target."""

    sent: int
    lost: int
    longest_gap_ms: float  # from a probe's sending, or the answer before it, to the next answer

    def worse(self, other: "Tally") -> "Tally":
        """Return the one of two targets that fared worse."""
        return max(self, other, key=lambda tally: (tally.lost, tally.longest_gap_ms))


def argv(target: str) -> tuple[str, ...]:
    """Return a call that goes on until SIGINT; -i 1 since fping else waits 10 ms between two."""
    period, timeout = str(PERIOD_MS), str(TIMEOUT_MS)
    return ("fping", "-D", "-l", "-p", period, "-i", "1", "-t", timeout, target)


def parse(text: str, period_ms: float = PERIOD_MS) -> Tally:
    """Return what ``fping -D`` printed of one target.

    While fping itself is held up it asks nothing, and that is no gap; none is told as shorter
    than its period. A number without a line could not be sent: it is lost, but for those that
    were on their way when fping was stopped. Times are those of the answers' arrival, to 10 us
    (print_timestamp, fping.c 5.1).
    """
    found = [(1000 * float(at), int(seq), rtt) for at, seq, rtt in _LINE.findall(text)]
    sent = {seq: at_ms - (float(rtt) if rtt else TIMEOUT_MS) for at_ms, seq, rtt in found}
    answers = sorted((seq, at_ms) for at_ms, seq, rtt in found if rtt)
    gaps_ms = [
        late_ms - max(early_ms, min(sent.get(n, early_ms) for n in range(seq + 1, later + 1)))
        for (seq, early_ms), (later, late_ms) in pairwise(answers)
    ]
    newest = max(sent, default=-1)
    first, last = (answers[0][0], answers[-1][0]) if answers else (newest, -1)
    gaps_ms += [(newest - last) * period_ms, first * period_ms, period_ms if answers else 0.0]
    return Tally(newest + 1, newest + 1 - len(answers), round(max(gaps_ms), 2))
