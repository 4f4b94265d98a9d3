"""Who holds a pair, since when, and whether anybody still works there."""

from datetime import datetime

from bluegreen.model.duration import spoken
from bluegreen.model.facts import PairFacts, RouterFacts
from bluegreen.model.system import NAMELESS, Lock

BEAT_S = 60.0  # a run that waits says so often that it lives
NOT_SEEN = "what the run keeps there, if anything: it was not seen (`bluegreen status`)"
STALE_S = 900.0  # a run that has said nothing for so long may be dead; a look takes 5 min at most


def foreign(
    pair: PairFacts | None, mine: Lock | None = None, breaks: str | None = None
) -> RouterFacts | None:
    """Return the first router that somebody else holds, and keeps."""
    for router in pair or ():
        lock = router.lock if isinstance(router, RouterFacts) else None
        if lock and not (is_mine(lock, mine) or may_be_taken(lock, mine, breaks)):
            return router if isinstance(router, RouterFacts) else None
    return None


def is_mine(lock: Lock | None, mine: Lock | None) -> bool:
    return lock is not None and mine is not None and lock.name == mine.name


def may_be_taken(lock: Lock, mine: Lock | None, breaks: str | None) -> bool:
    """Whether the operator has us take it, by its name, or by recovering the run."""
    taken_over = mine is not None and lock.run == mine.run and lock.number < mine.number
    return taken_over or lock.run == breaks


def silent_s(pair: PairFacts, run: str) -> float | None:
    """Return for how long a run has given no sign of life on either router; None: unknown.

    It is told by the routers' own clocks, which a run has checked against its own before it
    began. A run whose router boots gives its signs on the other one.
    """
    ages = [
        router.clock_s - at
        for router in pair
        if isinstance(router, RouterFacts) and router.lock and router.lock.run == run
        for at in [last_sign_s(router.lock)]
        if at is not None
    ]
    return max(0.0, min(ages)) if ages else None


def is_stale(pair: PairFacts, run: str) -> bool:
    """Whether a run may be dead: long silent, or a lock that names nobody who could speak."""
    silence_s = silent_s(pair, run)
    return run == NAMELESS if silence_s is None else silence_s >= STALE_S


def last_sign_s(lock: Lock) -> float | None:
    """Return when a run was last known to live, s since the epoch; None: that cannot be read."""
    signs = [at for at in map(_epoch_s, (lock.since, lock.heartbeat or "")) if at is not None]
    return max(signs, default=None)


def _epoch_s(text: str) -> float | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.timestamp() if at.tzinfo else None


def held_by(pair: PairFacts, router: RouterFacts) -> str:
    """Say whose a router is, since when, and when that run last gave a sign of life."""
    lock = router.lock
    if lock is None:
        return f"{router.name} is held by nobody"
    if lock.run == NAMELESS:
        return (
            f"{router.name} is held by a lock that names no run ({NAMELESS}): a full disk or a "
            "power cut can leave such a file"
        )
    return f"{router.name} is held by run {lock.run} of {holder(lock)}, {signs(pair, lock)}"


def holder(lock: Lock) -> str:
    process = "" if lock.pid is None else f" (pid {lock.pid})"
    by = ", who recovered it" if lock.turn else ""
    return f"{lock.owner}@{lock.host}{process} since {lock.since}{by}"


def signs(pair: PairFacts, lock: Lock) -> str:
    """Say how old the last sign of life is, and what that means."""
    silence_s = silent_s(pair, lock.run)
    if silence_s is None:
        return "which has left no sign of life that can be read"
    stale = "; STALE: it is paused, or its machine is dead" if silence_s >= STALE_S else ""
    return f"last sign of life {spoken(silence_s)} ago{stale}"
