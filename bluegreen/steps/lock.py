"""Hold a router for one run, and let it go."""

from dataclasses import dataclass

from bluegreen.freebsd.commands import release
from bluegreen.freebsd.locking import break_lock, take_lock
from bluegreen.model.facts import PairFacts, RouterFacts
from bluegreen.model.holding import foreign, held_by, is_mine, is_stale, may_be_taken
from bluegreen.model.system import Lock as LockFacts
from bluegreen.model.verdict import YES, Verdict, all_of, holds, no
from bluegreen.policy.orders import order
from bluegreen.policy.recording import record_orders, recorded
from bluegreen.policy.setting import Setting
from bluegreen.world import Order, Quiet


def _taken(facts: RouterFacts, setting: Setting) -> tuple[Order, ...]:
    paths = setting.paths_of(facts.name)
    if facts.lock is None:
        return (Order(facts.name, take_lock(paths, setting.lock)),)
    if may_be_taken(facts.lock, setting.lock, setting.breaks):
        return (Order(facts.name, break_lock(paths, setting.lock, facts.lock.name)),)
    return ()


def _is_held(pair: PairFacts, run: str) -> bool:
    return any(isinstance(r, RouterFacts) and r.lock and r.lock.run == run for r in pair)


def _held(pair: PairFacts, router: str, setting: Setting) -> Verdict:
    facts = pair.seen(router)
    if not facts:
        return no(f"{router}: could not be observed")
    owner = facts.lock.name if facts.lock else "nobody"
    return holds(is_mine(facts.lock, setting.lock), f"{router} is held by {owner}")


def _released(facts: RouterFacts, setting: Setting) -> tuple[Order, ...]:
    """Remove what is ours under our lock; one that somebody removed is taken again for it."""
    if facts.lock is None:
        return _taken(facts, setting) if _left(facts, setting) else ()
    if not is_mine(facts.lock, setting.lock):
        return ()
    marked = facts.boot.marker is not None
    return order(facts, setting, *release(setting.paths_of(facts.name), marked))


def _free(pair: PairFacts, router: str, setting: Setting) -> Verdict:
    facts = pair.seen(router)
    if not facts:
        return no(f"{router}: could not be observed")
    if facts.lock is not None and not is_mine(facts.lock, setting.lock):
        return YES  # somebody removed our lock, and what lies there now is another run's
    left = _left(facts, setting)
    return all_of(
        [
            holds(facts.lock is None, f"{router} is still held by this run"),
            holds(not facts.jobs, f"{router}: jobs were left behind"),
            holds(not left, f"{router}: {', '.join(left[:3])} left behind"),
        ]
    )


def _left(facts: RouterFacts, setting: Setting) -> tuple[str, ...]:
    """Return the files of a run that are there, but for its lock and its hold."""
    paths = setting.paths_of(facts.name)
    names = (paths.heartbeat, paths.boot, *paths.written)
    within = (f"{paths.state}/jobs/", f"{paths.originals}/")
    return tuple(path for path in facts.kept if path in names or path.startswith(within))


@dataclass(frozen=True, slots=True)
class Lock(Quiet):
    """One run a router."""

    setting: Setting
    router: str
    deadline_s: float = 30.0
    name = "lock"

    @property
    def goal(self) -> str:
        return f"{self.router} is held by this run alone"

    def ready(self, pair: PairFacts) -> Verdict:
        return holds(pair.seen(self.router) is not None, f"{self.router}: could not be observed")

    def done(self, pair: PairFacts) -> Verdict:
        return _held(pair, self.router, self.setting)

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        facts = pair.seen(self.router)
        return _taken(facts, self.setting) if facts else ()

    def failure(self, pair: PairFacts) -> str | None:
        """Either router will do: a lock that the other one refuses would only be given back."""
        setting = self.setting
        if setting.breaks and _is_held(pair, setting.breaks) and not is_stale(pair, setting.breaks):
            return f"run {setting.breaks} gives signs of life again: its lock is not taken"
        other = foreign(pair, setting.lock, setting.breaks)
        if other is None or other.lock is None or self._goes_first(pair, other.lock):
            return None
        return held_by(pair, other)

    def _goes_first(self, pair: PairFacts, other: LockFacts) -> bool:
        """Of two runs that hold a router each, the older one waits and the other lets go.

        Both read the same two locks, so that both come to the same answer.
        """
        mine = self.setting.lock
        if not _is_held(pair, mine.run):
            return False
        return (mine.since, mine.run) < (other.since, other.run)

    def undo(self, pair: PairFacts, before: PairFacts) -> tuple[Order, ...]:
        facts = pair.seen(self.router)
        return _released(facts, self.setting) if facts else ()

    def undone(self, pair: PairFacts, before: PairFacts) -> Verdict:
        return _free(pair, self.router, self.setting)


@dataclass(frozen=True, slots=True)
class Unlock(Quiet):
    """Leave nothing behind on a router."""

    setting: Setting
    router: str
    deadline_s: float = 180.0
    name = "unlock"

    @property
    def goal(self) -> str:
        return f"{self.router} is free; no lock, job or mark is left there"

    def ready(self, pair: PairFacts) -> Verdict:
        return holds(pair.seen(self.router) is not None, f"{self.router}: could not be observed")

    def done(self, pair: PairFacts) -> Verdict:
        return _free(pair, self.router, self.setting)

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        facts = pair.seen(self.router)
        return _released(facts, self.setting) if facts else ()

    def undo(self, pair: PairFacts, before: PairFacts) -> tuple[Order, ...]:
        """Hold it again, and write down again what a recovery of the way back needs."""
        facts = pair.seen(self.router)
        if not facts or facts.lock is None:
            return _taken(facts, self.setting) if facts else ()
        if recorded(pair, self.router, self.setting):
            return ()
        return record_orders(pair, before, self.router, self.setting)

    def undone(self, pair: PairFacts, before: PairFacts) -> Verdict:
        return all_of(
            [
                _held(pair, self.router, self.setting),
                recorded(pair, self.router, self.setting),
            ]
        )
