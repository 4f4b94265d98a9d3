"""A lossless network segment for tests of CARP: a queue, and the instant it is at."""

from heapq import heappop, heappush
from itertools import count

from bluegreen.carp.machine import Carp
from bluegreen.carp.quiet import Delivery
from bluegreen.carp.values import Advertisement, Effects, Logged, Sent, VhidConfig
from bluegreen.model.network import CarpState

VIP, VIP6 = "198.51.100.230", "2001:db8::230"
SHARED, OTHER = "one fingerprint", "another"


def a_vhid(
    advskew: int = 0,
    *,
    advbase: int = 1,
    vhid: int = 2,
    interface: str = "vmx1",
    addresses: tuple[str, ...] = (VIP,),
) -> VhidConfig:
    return VhidConfig(interface, vhid, advbase, advskew, addresses, SHARED)


class Segment:
    """Routers that hear each other on interfaces of the same name, after the same delay."""

    def __init__(self, *routers: Carp, delay_s: float = 0.0) -> None:
        self.routers = routers
        self.now = 0.0
        self.fired = 0  # timers and arrivals so far
        self.logged: dict[str, list[str]] = {router.router: [] for router in routers}
        self._delay_s = delay_s
        self._order = count()
        self._under_way: list[tuple[float, int, Delivery]] = []

    @property
    def is_clear(self) -> bool:
        return not self._under_way

    def reach(self, advertisement: Advertisement) -> list[Delivery]:
        return [
            Delivery(router, advertisement, self._delay_s)
            for router in self.routers
            if router.router != advertisement.source_router
        ]

    def take(self, router: Carp, effects: Effects) -> None:
        """Carry what a router sends, keep what it logs, and let all of it arrive if it can."""
        self._carry(router, effects)
        self.run(self.now)

    def run(self, until: float) -> None:
        """Fire every timer and arrival up to an instant, arrivals first."""
        while (at := self._next()) is not None and at <= until:
            self.now = max(self.now, at)
            self.fired += 1
            if self._under_way and self._under_way[0][0] <= at:
                _, _, delivery = heappop(self._under_way)
                receiver = delivery.receiver
                self._carry(receiver, receiver.receive(delivery.advertisement, at))
                continue
            due = next(r for r in self.routers if (d := r.next_due()) is not None and d <= at)
            self._carry(due, due.tick(at))
        self.now = max(self.now, until)

    def masters(self, interface: str = "vmx1", vhid: int = 2) -> list[str]:
        return [r.router for r in self.routers if r.state(interface, vhid) is CarpState.MASTER]

    def _carry(self, router: Carp, effects: Effects) -> None:
        for effect in effects:
            if isinstance(effect, Logged):
                self.logged[router.router].append(effect.text)
            elif isinstance(effect, Sent):
                for delivery in self.reach(effect.advertisement):
                    at = self.now + delivery.delay_s
                    heappush(self._under_way, (at, next(self._order), delivery))

    def _next(self) -> float | None:
        dues = [due for r in self.routers if (due := r.next_due()) is not None]
        dues += [self._under_way[0][0]] if self._under_way else []
        return min(dues, default=None)
