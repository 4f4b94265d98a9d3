"""What a run has left on a router, as one look shows it."""

from dataclasses import dataclass

from bluegreen.freebsd.paths import Paths
from bluegreen.model.facts import RouterFacts, Unknown
from bluegreen.model.system import Job, Lock

KEPT = "bluegreen-"  # how the boot environments that keep an old system begin
NAMELESS_JOB = "?"  # its start was cut short before it had a run


@dataclass(frozen=True, slots=True)
class Leftovers:
    """What lies on one router."""

    router: str
    lock: Lock | None
    jobs: tuple[Job, ...]
    originals: tuple[str, ...]  # paths
    note: str | None  # what its last boot of ours was for: RUN PURPOSE BOOT
    marker: str | None  # the run that marked this boot
    recorded: bool  # a run wrote down here what a recovery needs
    environments: tuple[str, ...]  # old systems, kept on purpose

    def __bool__(self) -> bool:
        return self.recorded or not self.only_locked or self.lock is not None

    @property
    def only_locked(self) -> bool:
        """Nothing but a lock, if that."""
        return not (self.jobs or self.originals or self.note or self.marker or self.recorded)

    @property
    def runs(self) -> frozenset[str]:
        """Return the runs that are named, but in what a run wrote down."""
        named = [
            self.lock.run if self.lock else "",
            *(job.run for job in self.jobs if job.run != NAMELESS_JOB),
            (self.note or "").partition(" ")[0],
            self.marker or "",
        ]
        return frozenset(filter(None, named))


def leftovers(facts: RouterFacts, paths: Paths) -> Leftovers:
    written = {paths.record, paths.baseline, paths.reached}
    names = () if isinstance(facts.environments, Unknown) else facts.environments
    return Leftovers(
        router=facts.name,
        lock=facts.lock,
        jobs=facts.jobs,
        originals=tuple(p for p in facts.kept if p.startswith(f"{paths.originals}/")),
        note=facts.boot.note,
        marker=facts.boot.marker,
        recorded=not written.isdisjoint(facts.kept),
        environments=tuple(e.name for e in names if e.name.startswith(KEPT)),
    )
