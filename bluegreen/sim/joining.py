"""Ends a run where it stands as another one did that has ended, and goes the way of that one."""

from collections.abc import Callable, Mapping

from bluegreen.sim.scenario import Session
from bluegreen.sim.standing import standing


class Joined(BaseException):
    """From here on this run is another one, whose end is known."""

    def __init__(self, outcome: str) -> None:
        super().__init__(outcome)
        self.outcome = outcome


def follow(session: Session, ends: Mapping[int, str], passed: list[int]) -> Callable[[str], None]:
    """Return what is to hear of each step that begins.

    Args:
        session: The run.
        ends: How runs that broke nothing have ended, by where they stood.
        passed: Takes where this one stands.

    Raises:
        Joined: by what is returned, where this run stands as one of those, and has broken nothing.
    """

    def began(step: str) -> None:
        here = standing(session, step)
        if here is None:
            return
        outcome = ends.get(here)
        if outcome is not None and not session.world.violations():
            raise Joined(outcome)
        passed.append(here)

    return began
