"""What a prober outside would have counted, computed from who served when."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil, floor

from bluegreen.model.outage import Gap, Outage, kept, noteworthy_s
from bluegreen.sim.clock import START
from bluegreen.sim.history import History, Span
from bluegreen.sim.life import Life
from bluegreen.sim.network import Network
from bluegreen.sim.provider import SimOvh, reached

Served = History[tuple[str, ...]]


class SimProbe:
    """One probe of each VIP every period; whoever serves it answers at once."""

    def __init__(
        self,
        network: Network,
        life: Life,
        served: Mapping[str, Served],
        period_s: float,
        ovh: SimOvh | None = None,
    ) -> None:
        self._network = network
        self._life = life
        self._served = served
        self._period_s = period_s
        self._ovh = ovh
        self._started: float | None = None
        self._stopped: float | None = None
        self._counted = 0  # probes that were sent before this lap

    def start(self) -> None:
        self._life.check()
        if self._started is None or self._stopped is not None:
            self._started, self._stopped, self._counted = self._network.now, None, 0

    def stop(self) -> None:
        self._life.check()
        if self._started is not None and self._stopped is None:
            self._stopped = self._network.now

    def outages(self) -> tuple[Outage, ...]:
        self._life.check()
        return tuple(self._outage(vip, served, 0) for vip, served in self._answering())

    def lap(self) -> tuple[Outage, ...]:
        self._life.check()
        since = self._counted
        self._counted = self._sent()
        return tuple(self._outage(vip, served, since) for vip, served in self._answering())

    def _answering(self) -> Iterator[tuple[str, Served]]:
        """Yield who answers for each VIP: its MASTER, if the provider sends it there."""
        for vip, served in self._served.items():
            ovh = self._ovh
            follows = ovh is not None and ovh.wanted.address == vip and ovh.wanted.binding != "carp"
            yield vip, reached(served, ovh.bound(self._now)) if ovh and follows else served

    @property
    def _now(self) -> float:
        return self._network.now if self._stopped is None else self._stopped

    def _sent(self) -> int:
        if self._started is None:
            return 0
        return floor((self._now - self._started) / self._period_s) + 1

    def _outage(self, vip: str, served: Served, since: int) -> Outage:
        """Return what the probes from the one numbered ``since`` on have seen."""
        sent = self._sent()
        if self._started is None or sent == since:
            return Outage(vip, sent=0, lost=0, longest_gap_ms=0.0)
        if all(servers for _, servers in served.changes):
            gap_ms = 1000 * self._period_s if sent > 1 else 0.0
            return Outage(vip, sent - since, 0, gap_ms, answering=True)
        silences = [
            silence
            for silence in (self._silence(span, sent) for span in served.spans(_nobody, self._now))
            if silence.behind > max(since, silence.first)
        ]
        longest = max((s.behind - s.first for s in silences), default=0)
        last_sent = self._started + (sent - 1) * self._period_s
        return Outage(
            vip,
            sent=sent - since,
            lost=sum(s.behind - max(since, s.first) for s in silences),
            longest_gap_ms=1000 * self._period_s * (longest + 1) if sent > 1 else 0.0,
            answering=bool(served.at(last_sent)),
            gaps=kept(gap for s in silences if (gap := self._gap(s, sent))),
        )

    def _silence(self, span: Span, sent: int) -> "_Silence":
        """Return which probes fell into a stretch in which nobody served."""
        assert self._started is not None
        first = max(0, ceil((span.since - self._started) / self._period_s))
        behind = min(sent, ceil((span.until - self._started) / self._period_s))
        return _Silence(first, max(first, behind))

    def _gap(self, silence: "_Silence", sent: int) -> Gap | None:
        """Return it as it is seen: from the last answer before to the first one behind."""
        assert self._started is not None
        began = self._started + max(0, silence.first - 1) * self._period_s
        ended = self._started + silence.behind * self._period_s
        if ended - began <= noteworthy_s(self._period_s):
            return None
        epoch_s = START.timestamp()
        return Gap(epoch_s + began, epoch_s + ended, lasts=silence.behind == sent)


@dataclass(frozen=True, slots=True)
class _Silence:
    """Probes that nobody answered, by their numbers."""

    first: int
    behind: int  # the first one that was answered again


def _nobody(servers: tuple[str, ...]) -> bool:
    return not servers
