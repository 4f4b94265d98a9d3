"""What tunnels have sent, and what the kernel has refused: OSPF's hellos, and nothing else."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

HELLO_S = 10.0
OCTETS = 88  # of a hello


@dataclass(slots=True)
class _Count:
    whole: int = 0
    since_s: float | None = None  # None: nothing is counted now

    def turn(self, on: bool, now: float) -> None:
        if on is (self.since_s is not None):
            return
        self.whole, self.since_s = self.at(now), now if on else None

    def at(self, now: float) -> int:
        more = 0.0 if self.since_s is None else (now - self.since_s) / HELLO_S
        return self.whole + int(more)


class TunnelCounters:
    """Counters of each tunnel, as long as nobody makes it anew."""

    def __init__(self) -> None:
        self._sent: dict[str, _Count] = {}
        self._refused: dict[str, _Count] = {}

    def refresh(self, sending: AbstractSet[str], refused: AbstractSet[str], now: float) -> None:
        for names, counts in ((sending, self._sent), (refused, self._refused)):
            for name in {*names, *counts}:
                counts.setdefault(name, _Count()).turn(name in names, now)

    def sent(self, name: str, now: float) -> int:
        return self._sent[name].at(now) if name in self._sent else 0

    def refused(self, name: str, now: float) -> int:
        return self._refused[name].at(now) if name in self._refused else 0
