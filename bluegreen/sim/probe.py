"""What a prober outside would have counted, computed from who served when."""

from collections.abc import Mapping
from math import ceil, floor

from bluegreen.sim.history import History, Span
from bluegreen.sim.life import Life
from bluegreen.sim.network import Network
from bluegreen.world import Outage

Served = History[tuple[str, ...]]


class SimProbe:
    """One probe of each VIP every period; whoever serves it answers at once."""

    def __init__(
        self, network: Network, life: Life, served: Mapping[str, Served], period_s: float
    ) -> None:
        self._network = network
        self._life = life
        self._served = served
        self._period_s = period_s
        self._started: float | None = None
        self._stopped: float | None = None

    def start(self) -> None:
        self._life.check()
        if self._started is None or self._stopped is not None:
            self._started, self._stopped = self._network.now, None

    def stop(self) -> None:
        self._life.check()
        if self._started is not None and self._stopped is None:
            self._stopped = self._network.now

    def outages(self) -> tuple[Outage, ...]:
        self._life.check()
        return tuple(self._outage(vip, served) for vip, served in self._served.items())

    def _outage(self, vip: str, served: Served) -> Outage:
        if self._started is None:
            return Outage(vip, sent=0, lost=0, longest_gap_ms=0.0)
        now = self._network.now if self._stopped is None else self._stopped
        sent = floor((now - self._started) / self._period_s) + 1
        runs = [self._missed(span, sent) for span in served.spans(_nobody, now)]
        longest = max(runs, default=0)
        last_sent = self._started + (sent - 1) * self._period_s
        return Outage(
            vip,
            sent=sent,
            lost=sum(runs),
            longest_gap_ms=1000 * self._period_s * (longest + 1) if sent > 1 else 0.0,
            answering=bool(served.at(last_sent)),
        )

    def _missed(self, span: Span, sent: int) -> int:
        """Return how many probes fell into a stretch in which nobody served."""
        assert self._started is not None
        first = max(0, ceil((span.since - self._started) / self._period_s))
        behind = min(sent, ceil((span.until - self._started) / self._period_s))
        return max(0, behind - first)


def _nobody(servers: tuple[str, ...]) -> bool:
    return not servers
