"""Signs of life on the routers: a run that waits for hours must not look dead."""

from bluegreen.engine.observer import Dialect
from bluegreen.errors import BluegreenError
from bluegreen.model.command import Script
from bluegreen.model.facts import PairFacts, RouterFacts
from bluegreen.model.holding import BEAT_S, is_mine, last_sign_s
from bluegreen.model.system import Lock
from bluegreen.world import World


class Pulse:
    """Writes to each router that this run holds when it last lived.

    A sign is no act of the run's and stands in no journal. The router takes it only where our
    lock still lies, and one that is lost is followed by another.
    """

    def __init__(self, world: World, dialect: Dialect, holder: Lock) -> None:
        self._world = world
        self.dialect = dialect
        self.holder = holder
        self._given_s: dict[str, float] = {}

    def give(self, pair: PairFacts | None) -> None:
        """Give a sign wherever the last one is a minute old."""
        for router in pair or ():
            lock = router.lock if isinstance(router, RouterFacts) else None
            if lock is not None and is_mine(lock, self.holder):
                self._give(router.name, lock)

    def given(self, router: str) -> None:
        """Note that a script ended with a sign."""
        self._given_s[router] = self._world.clock.now_s()

    def sign(self, router: str) -> Script:
        """Return what writes down that this run lives now."""
        at = self._world.clock.now().isoformat(timespec="seconds")
        return self.dialect.sign_of_life(router, self.holder, at)

    def _is_due(self, router: str, lock: Lock) -> bool:
        given_s = self._given_s.get(router)
        if given_s is not None:
            return self._world.clock.now_s() - given_s >= BEAT_S
        before_s = last_sign_s(lock)  # given by a process that died
        return before_s is None or self._world.clock.now().timestamp() - before_s >= BEAT_S

    def _give(self, router: str, lock: Lock) -> None:
        if not self._is_due(router, lock):
            return
        self.given(router)  # one that is lost is not repeated at once: the next look tells why
        try:
            self._world.transports[router].run(self.sign(router))
        except BluegreenError:
            return
