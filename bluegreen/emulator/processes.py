"""What runs on a router beside the kernel: a few daemons, and the jobs that were started."""

from dataclasses import dataclass
from itertools import count

BASE = (0, 1, 2, 13, 14, 15)  # kernel, init and kernel processes
FIRST_PID = 1200


@dataclass(frozen=True, slots=True)
class Job:
    """A program that daemon(8) started; it does its work at the very end of its time."""

    argv: tuple[str, ...]
    stdin: str
    ends_s: float  # on the machine's clock
    pid: int  # of the program
    supervisor: int  # of daemon(8)
    pidfile: str | None
    log: str | None
    status: str | None  # where the exit status goes


class Processes:
    """Process ids and running jobs; a boot ends them all."""

    def __init__(self, services: tuple[str, ...]) -> None:
        self.version = 0
        self._next = count(FIRST_PID)
        self.services = {name: 700 + 13 * index for index, name in enumerate(services)}
        self.jobs: list[Job] = []

    def new_pid(self) -> int:
        return next(self._next)

    def pids(self) -> tuple[int, ...]:
        """Return what ps(1) shows, in its order."""
        jobs = (pid for job in self.jobs for pid in (job.supervisor, job.pid))
        return (*BASE, *sorted(self.services.values()), *jobs)

    def start(self, job: Job) -> None:
        self.jobs.append(job)
        self.version += 1

    def end(self, job: Job) -> None:
        self.jobs.remove(job)
        self.version += 1

    def next_end(self) -> float | None:
        return min((job.ends_s for job in self.jobs), default=None)
