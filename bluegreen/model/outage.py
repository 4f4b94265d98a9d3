"""What a probe saw of one target: plain values, also where only Python's own library is."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

GAPS_MAX = 32  # the longest ones are kept


@dataclass(frozen=True, slots=True)
class Gap:
    """A silence that was longer than losing a probe or two; s since the epoch."""

    began_s: float
    ended_s: float
    lasts: bool = False  # nobody has answered since
    during: str | None = None  # the step under way, name@router; None: between steps
    layer: str | None = None  # what was not there yet; None: nobody has judged it

    @property
    def ms(self) -> float:
        return 1000 * (self.ended_s - self.began_s)


@dataclass(frozen=True, slots=True)
class Outage:
    """What a probe saw of one VIP, since it started or since it was last asked."""

    vip: str
    sent: int
    lost: int
    longest_gap_ms: float
    answering: bool | None = None  # the last answer is fresh; None: not probed, or not known
    kind: str = ""  # icmp, tcp, flow or http; empty: computed
    via: str | None = None  # the host that probes; None: this machine
    broke: int = 0  # how often a flow's connection died
    unseen_ms: float = 0.0  # how long nobody knew, because the probing host was out of reach
    gaps: tuple[Gap, ...] = ()

    @property
    def key(self) -> tuple[str, str, str | None]:
        return self.vip, self.kind, self.via


def noteworthy_s(every_s: float) -> float:
    """Return from which silence on a gap is kept with its times."""
    return max(3 * every_s, 0.020)


def added(first: Outage, then: Outage) -> Outage:
    """Return two stretches of the same probe as one."""
    return replace(
        then,
        sent=first.sent + then.sent,
        lost=first.lost + then.lost,
        longest_gap_ms=max(first.longest_gap_ms, then.longest_gap_ms),
        broke=first.broke + then.broke,
        unseen_ms=first.unseen_ms + then.unseen_ms,
        gaps=kept((*first.gaps, *then.gaps)),
    )


def summed(parts: Iterable[Iterable[Outage]]) -> tuple[Outage, ...]:
    """Return one outage a probe, over all parts of a run, in the order of their first sight."""
    whole: dict[tuple[str, str, str | None], Outage] = {}
    for part in parts:
        for outage in part:
            before = whole.get(outage.key)
            whole[outage.key] = added(before, outage) if before else outage
    return tuple(whole.values())


def kept(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """Return the longest gaps in the order of time; what was seen to last and then to end is one.

    A gap that is reported while it lasts is reported again when it ends: the two overlap.
    """
    apart: list[Gap] = []
    for gap in sorted(gaps, key=lambda gap: (gap.began_s, gap.ended_s)):
        if apart and gap.began_s < apart[-1].ended_s:
            apart.append(_joined(apart.pop(), gap))
        else:
            apart.append(gap)
    longest = sorted(apart, key=lambda gap: -gap.ms)[:GAPS_MAX]
    return tuple(sorted(longest, key=lambda gap: gap.began_s))


def _joined(first: Gap, then: Gap) -> Gap:
    """Return both as one; who judged more than half of it keeps its judgement."""
    later = then if then.ended_s >= first.ended_s else first
    whole = replace(later, began_s=first.began_s)
    if first.layer is None or 2 * first.ms <= whole.ms:
        return whole
    return replace(whole, during=first.during, layer=first.layer)
