"""The run's own eyes: fresh facts, since when roles are settled, and when to freeze."""

from bluegreen.engine.advice import SPLIT, unlock
from bluegreen.engine.interlock import SETTLED_S, Moment, fresh
from bluegreen.engine.observer import Observer
from bluegreen.errors import NeedsHumanError
from bluegreen.model.facts import PairFacts, RouterFacts
from bluegreen.model.holding import held_by, is_mine
from bluegreen.model.roles import dual, roles
from bluegreen.model.system import Lock
from bluegreen.world import Clock, Order

FREEZE_S = 3.0  # two observations are never of the same instant: a switch may look like it


class Watch:
    """Looks, and remembers since when it has seen the same."""

    def __init__(
        self, observer: Observer, clock: Clock, holder: Lock, breaks: str | None = None
    ) -> None:
        self._observer = observer
        self._clock = clock
        self._holder = holder
        self._breaks = breaks
        self._held: set[str] = set()  # routers that were seen to be ours
        self._roles: tuple[tuple[str, str, str], ...] | None = None
        self._settled_s = clock.now_s()
        self._dual_since_s: float | None = None
        self._whole_since_s: float | None = None
        self._sent_since = False
        self.last: PairFacts | None = None
        self.known: dict[str, RouterFacts] = {}  # each router, when it was seen last

    def look(self) -> PairFacts:
        """Return what is seen now.

        Raises:
            FrozenError: both routers have been MASTER of the same vhid for a while.
            LockLostError: a router that was ours is not any more.
        """
        self._sent_since = False
        pair = self._observer.look()
        now = roles(pair)
        if now != self._roles:  # at some time before the answer came, and maybe right before
            self._roles, self._settled_s = now, self._clock.now_s()
        self._freeze(pair)
        if not pair.both():
            self._whole_since_s = None
        elif self._whole_since_s is None:
            self._whole_since_s = self._clock.now_s()
        self.last = pair
        self.known |= {router.name: router for router in pair if isinstance(router, RouterFacts)}
        self._keep_hold(pair)
        return pair

    def sending(self, order: Order) -> None:
        """What was seen so far says nothing of what comes of an order that goes out now."""
        self._sent_since = True
        self._observer.asked_for(order)

    def letting_go(self, router: str) -> None:
        """Expect that a router may be ours no longer: an order to that end goes out now."""
        self._held.discard(router)

    def still_good(self) -> PairFacts | None:
        """Return the last look, if another would be asked the same of the same: nothing was sent
        since it began, it is young enough to act on, and it shows both routers."""
        last = self.last
        if last is None or self._sent_since or not last.both():
            return None
        return last if fresh(last, self._clock.now_s()) else None

    def look_fresh(self) -> PairFacts:
        """Return facts young enough to act on, if the routers answer fast enough at all."""
        if self.last is not None and fresh(self.last, self._clock.now_s()):
            return self.last
        return self.look()

    def moment(self) -> Moment:
        return Moment(self._clock.now_s(), self._settled_s, self._holder, self._breaks)

    def whole_s(self) -> float:
        """Return for how long every look has seen both routers, s."""
        since_s = self._whole_since_s
        return 0.0 if since_s is None else self._clock.now_s() - since_s

    def rest(self) -> None:
        """Wait until no role has changed for long enough."""
        left_s = self._settled_s + SETTLED_S - self._clock.now_s()
        if left_s > 0:
            self._clock.sleep(left_s + 0.01)

    def _keep_hold(self, pair: PairFacts) -> None:
        for router in pair:
            if not isinstance(router, RouterFacts):
                continue
            if is_mine(router.lock, self._holder):
                self._held.add(router.name)
            elif router.name in self._held and not router.hidden:
                raise _lost(pair, router, self._holder.run)

    def _freeze(self, pair: PairFacts) -> None:
        both = dual(pair)
        if not both:
            self._dual_since_s = None
            return
        now_s = self._clock.now_s()
        if self._dual_since_s is None:
            self._dual_since_s = now_s
        if now_s - self._dual_since_s >= FREEZE_S:
            groups = ", ".join(map(str, both))
            raise FrozenError(f"both routers are MASTER of {groups}: nothing more is changed")


class LockLostError(NeedsHumanError):
    """Somebody took our lock, or removed it: whoever did may be at work there."""


def _lost(pair: PairFacts, router: RouterFacts, run: str) -> LockLostError:
    lock = router.lock
    by = held_by(pair, router) if lock else f"the lock of run {run} is gone: it was removed"
    what = f"{by}. Run {run} held it, and stopped when it saw that: nothing more is changed"
    again = "`bluegreen resume` takes it again."
    if lock is None:
        first = "See that nobody works there and that nobody has recovered the run elsewhere, then"
        return LockLostError(what, router.name, f"{first} {again}")
    if lock.run == run:
        leave = f"Leave it to {lock.host}: the journal here is out of date. "
        return LockLostError(what, router.name, f"{leave}`bluegreen status` shows both routers.")
    return LockLostError(what, router.name, f"{unlock(pair, router)} Then {again}")


def over_elsewhere(run: str) -> LockLostError:
    """Return the refusal to go on by a journal that somebody else has overtaken."""
    return LockLostError(
        f"nothing of run {run} lies on either router: it was recovered elsewhere and is over, or "
        "somebody removed it: nothing more is changed",
        advice="The journal here is out of date, leave it. See `bluegreen status` and "
        "`bluegreen check`: where both routers are as they should be, nothing is left to do.",
    )


class FrozenError(NeedsHumanError):
    """Split brain: whatever we did could make it worse."""

    advice = SPLIT
