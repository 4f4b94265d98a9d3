"""Faults that lie in wait between the controller and a router."""

from enum import Enum, auto

LOST_S = 8.0  # how long a lost connection stays lost
UNREACHABLE_S = 1.0  # what an attempt costs that nobody answers


class Hazard(Enum):
    """What meets the next change that is sent to a router."""

    LOST_BEFORE = auto()
    LOST_AFTER = auto()
    ANSWER_LOST = auto()
    CUT_SHORT = auto()  # the connection drops while the script is being run
    PEER_DIES = auto()
    KILLED = auto()  # the controller is, before the answer comes


class Hazards:
    """What is armed for which router; each meets one change, then it is gone."""

    def __init__(self) -> None:
        self._armed: dict[str, Hazard] = {}
        self._lost_until: dict[str, float] = {}  # by router, s

    def arm(self, router: str, hazard: Hazard) -> None:
        self._armed[router] = hazard

    def disarm(self) -> None:
        """Let nothing lie in wait any more."""
        self._armed = {}

    def clear(self) -> None:
        """Mend every connection too."""
        self._armed, self._lost_until = {}, {}

    def meets(self, router: str) -> Hazard | None:
        """Return what meets a change that is being sent now."""
        return self._armed.pop(router, None)

    def threats(self, now: float) -> tuple[object, ...]:
        """Return what still lies in wait, and until when which connections stay lost, s."""
        lost = {name: until for name, until in self._lost_until.items() if now < until}
        return self._armed, lost

    def lose(self, router: str, now: float) -> None:
        self._lost_until[router] = now + LOST_S

    def is_lost(self, router: str, now: float) -> bool:
        return now < self._lost_until.get(router, now)
