"""Leap over the time in which routers only repeat themselves.

A pair at rest exchanges one advertisement a second, and nothing changes but
two timers. ``leap`` proves that it is so and goes on where something can
happen: the result is the same, to the last bit, as firing each one.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from bluegreen.carp.machine import Carp
from bluegreen.carp.table import step
from bluegreen.carp.values import Advertisement, Family
from bluegreen.carp.vhid import Vhid
from bluegreen.model.network import CarpState


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where an advertisement arrives, as the receiver sees it, and how much later."""

    receiver: Carp
    advertisement: Advertisement  # its interface is the receiver's
    delay_s: float = 0.0


Medium = Callable[[Advertisement], Iterable[Delivery]]


def leap(routers: Sequence[Carp], medium: Medium, to: float) -> bool:
    """Bring routers to an instant at one go; False, and nothing is done, if a state would change.

    Call it with no advertisement under way, and only if what ``medium``
    delivers stays as it is until then. What is sent before ``to`` but arrives
    later is left to ``tick``: afterwards a timer may be due a little earlier.
    """
    longest_s = _longest_delay_if_quiet(routers, medium, to)
    if longest_s is None:
        return False
    arrivals = [
        (sent + delivery.delay_s, delivery)
        for router in routers
        for sent, advertisement in _skip(router, to - longest_s)
        for delivery in medium(advertisement)
    ]
    for at, delivery in sorted(arrivals, key=lambda arrival: arrival[0]):
        delivery.receiver.receive(delivery.advertisement, at)
    return True


def _longest_delay_if_quiet(routers: Sequence[Carp], medium: Medium, to: float) -> float | None:
    """Return the longest delay of the medium; None if some vhid would change its state."""
    longest_s = 0.0
    heard: set[tuple[int, Family]] = set()  # by identity of the vhid
    for router in routers:
        for due, advertisement in _next_sent(router):
            for delivery in medium(advertisement):
                longest_s = max(longest_s, delivery.delay_s)
                hearing = delivery.receiver.hearing(delivery.advertisement)
                if hearing is None:
                    continue
                if not _stays(delivery, hearing, due):
                    return None
                heard.add((id(hearing), delivery.advertisement.family))
    return None if any(_ends_before(to, router, heard) for router in routers) else longest_s


def _stays(delivery: Delivery, vhid: Vhid, sent: float) -> bool:
    """Whether hearing this, first then and ever after at its interval, changes no state."""
    advertisement = delivery.advertisement
    seen = vhid.compare(advertisement, delivery.receiver.demotion)
    preempt = delivery.receiver.sysctls.preempt
    if step(vhid.state, seen, preempt=preempt).state is not vhid.state:
        return False
    if vhid.state is not CarpState.BACKUP:
        return True
    return vhid.outlasts(advertisement, sent + delivery.delay_s)


def _ends_before(to: float, router: Carp, heard: set[tuple[int, Family]]) -> bool:
    """Whether a router's quiet ends by itself: a timer nobody starts anew, sends that fail."""
    return any(
        vhid.errors > 0
        or any(
            deadline < to and (id(vhid), family) not in heard
            for family, deadline in vhid.deadlines.items()
        )
        for vhid in router.by_key.values()
    )


def _next_sent(router: Carp) -> Iterator[tuple[float, Advertisement]]:
    """Yield what is sent next, and when, for every vhid that is MASTER."""
    for vhid in router.by_key.values():
        if vhid.state is CarpState.MASTER and vhid.due is not None:
            for advertisement in vhid.advertisements(router.router, router.demotion):
                yield vhid.due, advertisement


def _skip(router: Carp, before: float) -> Iterator[tuple[float, Advertisement]]:
    """Count all that is due before an instant as sent, and yield the last of each vhid."""
    for vhid in router.by_key.values():
        if vhid.state is CarpState.MASTER:
            sent = vhid.skip(before, router.demotion)
            if sent is not None:
                for advertisement in vhid.advertisements(router.router, router.demotion):
                    yield sent, advertisement
