"""A third router of the same vhids: it hears both of a pair, and serves where both are slower."""

from collections.abc import Iterable
from dataclasses import replace

from bluegreen.carp.machine import Carp
from bluegreen.carp.values import Advertisement, Effects, Sent, Sysctls, Transition, VhidConfig
from bluegreen.model.network import CarpState

NAME = "spare"


class Spare:
    """Its CARP alone: no run looks at it or touches it, so that nothing else of it matters.

    Args:
        vhids: Those of the pair's first router, in its words for interfaces.
        advskew: Of all of them, 1/256 s.
        now: The instant it is switched on.
    """

    def __init__(self, vhids: Iterable[VhidConfig], advskew: int, now: float) -> None:
        self.carp = Carp(NAME, Sysctls(preempt=True))
        self.served: list[tuple[float, Transition]] = []  # s, each time that it became MASTER
        for vhid in vhids:
            self.carp.add(replace(vhid, advskew=advskew), now)

    @property
    def due(self) -> float | None:
        return self.carp.next_due()

    def hear(self, advertisement: Advertisement, now: float) -> tuple[Advertisement, ...]:
        """Return what it says to an advertisement."""
        return self._told(self.carp.receive(advertisement, now), now)

    def tick(self, now: float) -> tuple[Advertisement, ...]:
        return self._told(self.carp.tick(now), now)

    def _told(self, effects: Effects, now: float) -> tuple[Advertisement, ...]:
        for effect in effects:
            if isinstance(effect, Transition) and effect.new is CarpState.MASTER:
                self.served.append((now, effect))
        return tuple(effect.advertisement for effect in effects if isinstance(effect, Sent))
