"""What no run can prevent once a fault has struck, and not a second more.

An excuse is looked for one violation at a time, in what the machines really were: which
router lost the traffic, whether a fault took it, and whether anybody was able to take over.
That some fault has struck some time before excuses nothing.
"""

from collections.abc import Iterator
from itertools import pairwise

from bluegreen.emulator.machine import Machine
from bluegreen.sim.history import Span
from bluegreen.sim.record import Blow, Broken, Harm, Names, Record, Violation

SLACK_S = 0.1  # latencies, and when a timer falls
UNSEEN_S = 2.0  # how old a look may be that an order rests on (engine.interlock.FRESH_S)


def excused(violation: Violation, record: Record, machines: tuple[Machine, Machine]) -> bool:
    """Whether a fault, and only a fault, explains the whole of a violation."""
    match violation.broken:
        case Broken.UNSERVED:
            return _taken_by_a_fault(violation, record, machines)
        case Broken.TWO_MASTERS:
            heard_s = _period_s(violation.what, machines)
            return _kept_apart(violation.span, record, heard_s)
        case Broken.BOTH_DOWN:
            return _struck_down(violation.span, record, machines)
        case _:
            return False


def _taken_by_a_fault(
    violation: Violation, record: Record, machines: tuple[Machine, Machine]
) -> bool:
    """The router that served was struck, and whoever could take over was given no longer to do so
    than a BACKUP's patience."""
    vip, span = violation.what, violation.span
    last = _before(record.served[vip].changes, span.since)
    if not any(_was_struck(name, span.since, record) for name in last):
        return False
    patience_s = _patience_s(vip, machines)
    return all(
        alone.seconds <= patience_s
        for name in (machine.name for machine in machines)
        for alone in _within(span, record.able[vip].spans(lambda able: name in able, span.until))  # noqa: B023
    )


def _was_struck(router: str, at: float, record: Record) -> bool:
    """A fault took the router, its link or its role, at this very instant."""
    return any(
        harm.router == router and harm.at == at and harm.blow is not Blow.SPLIT
        for harm in record.harms
    )


def _kept_apart(span: Span, record: Record, heard_s: float) -> bool:
    """The routers could not hear each other all of the time, but for an advertisement after it."""
    splits = [harm for harm in record.harms if harm.blow is Blow.SPLIT]
    return any(h.at <= span.since and span.until <= h.mended + heard_s for h in splits)


def _struck_down(span: Span, record: Record, machines: tuple[Machine, Machine]) -> bool:
    """The last one to go down was struck; or it was told to go while nobody could know yet that
    its peer had just been."""
    last = _before(record.up.changes, span.since)
    if any(not record.went_down_by_order(name, span.since) for name in last):
        return True
    patience_s = max((_patience_s(vip, machines) for vip in record.served), default=0.0)
    struck: list[Harm] = [harm for harm in record.harms if harm.blow is Blow.POWER]
    return any(
        harm.router not in last and 0 <= span.since - harm.at <= patience_s + UNSEEN_S
        for harm in struck
    )


def _patience_s(vip: str, machines: tuple[Machine, Machine]) -> float:
    """Return the longest that a BACKUP of a VIP waits for its MASTER (carp_setrun, ip_carp.c)."""
    return SLACK_S + 1.0 + 3 * _advbase_s(vip, machines)


def _period_s(vip: str, machines: tuple[Machine, Machine]) -> float:
    """Return the longest that a MASTER of a VIP says nothing (carp_setrun, ip_carp.c)."""
    return SLACK_S + 1.0 + _advbase_s(vip, machines)


def _advbase_s(vip: str, machines: tuple[Machine, Machine]) -> int:
    return max(
        vhid.advbase
        for machine in machines
        for vhid in machine.spec.vhids
        if any(address.partition("/")[0] == vip for address in vhid.addresses)
    )


def _before(changes: list[tuple[float, Names]], instant: float) -> Names:
    """Return who it was until nobody was left, at an instant."""
    pairs = pairwise(changes)
    return next((was for (_, was), (at, now) in pairs if at >= instant and not now), ())


def _within(span: Span, others: Iterator[Span]) -> Iterator[Span]:
    for other in others:
        since, until = max(span.since, other.since), min(span.until, other.until)
        if since < until:
            yield Span(since, until)
