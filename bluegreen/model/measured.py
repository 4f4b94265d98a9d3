"""What a probe saw, as the journal holds it, and back."""

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo

from bluegreen.model.events import VipGap, VipOutage
from bluegreen.model.outage import Gap, Outage


def written(outages: Iterable[Outage], zone: tzinfo | None) -> tuple[VipOutage, ...]:
    """Return outages for an event; ``zone`` is that of the event's own time."""
    return tuple(_written(outage, zone) for outage in outages)


def read(outages: Iterable[VipOutage]) -> tuple[Outage, ...]:
    """Return what ``written`` wrote, as values that can be added up."""
    return tuple(_read(outage) for outage in outages)


def _written(outage: Outage, zone: tzinfo | None) -> VipOutage:
    return VipOutage(
        vip=outage.vip,
        sent=outage.sent,
        lost=outage.lost,
        longest_gap_ms=round(outage.longest_gap_ms, 3),
        kind=outage.kind or None,
        via=outage.via,
        broke=outage.broke if outage.kind == "flow" else None,
        unseen_ms=round(outage.unseen_ms, 3) or None,
        answers=False if outage.answering is False else None,
        gaps=tuple(_gap(gap, zone) for gap in outage.gaps) or None,
    )


def _gap(gap: Gap, zone: tzinfo | None) -> VipGap:
    return VipGap(
        began=datetime.fromtimestamp(gap.began_s, zone or UTC),
        ms=round(gap.ms, 3),
        lasts=gap.lasts or None,
        during=gap.during,
        layer=gap.layer,
    )


def _read(outage: VipOutage) -> Outage:
    return Outage(
        vip=outage.vip,
        sent=outage.sent,
        lost=outage.lost,
        longest_gap_ms=outage.longest_gap_ms,
        answering=outage.answers,
        kind=outage.kind or "",
        via=outage.via,
        broke=outage.broke or 0,
        unseen_ms=outage.unseen_ms or 0.0,
        gaps=tuple(_read_gap(gap) for gap in outage.gaps or ()),
    )


def _read_gap(gap: VipGap) -> Gap:
    began_s = gap.began.timestamp()
    lasts = gap.lasts or False
    return Gap(began_s, began_s + gap.ms / 1000, lasts, gap.during, gap.layer)
