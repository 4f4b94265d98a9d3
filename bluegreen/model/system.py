"""What a router says of its operating system."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Versions:
    """``freebsd-version -kru``: kernel installed, kernel running, userland; None: not printed."""

    kernel: str | None
    running: str | None
    userland: str | None

    @property
    def half_installed(self) -> bool:
        """The kernel is of another release than the world, or that cannot be told."""
        if not self.kernel or not self.userland:
            return True
        return self.kernel.partition("-p")[0] != self.userland.partition("-p")[0]


@dataclass(frozen=True, slots=True)
class Environment:
    """One boot environment, from ``bectl list`` or ``bectl list -H``."""

    name: str
    now: bool  # N: booted now
    next: bool  # R: default of the next boot
    once: bool  # T: for the next boot only
    mountpoint: str | None
    space: str
    created: str


@dataclass(frozen=True, slots=True)
class Package:
    name: str
    version: str  # whole: 9.1.2_1,1 without revision and epoch is another package


class UpdateOutcome(StrEnum):
    """What a freebsd-update call ended with."""

    NOTHING_TO_DO = "nothing_to_do"
    STAGED = "staged"
    REBOOT_THEN_INSTALL = "reboot_then_install"
    REBUILD_THEN_INSTALL = "rebuild_then_install"
    INSTALLED = "installed"
    PARTIAL_PENDING = "partial_pending"
    NEEDS_TTY = "needs_tty"
    NEEDS_ANSWER = "needs_answer"
    MERGE_NEEDED = "merge_needed"
    PKGBASE = "pkgbase"
    UNSUPPORTED = "unsupported"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Update:
    """A freebsd-update call, read from what it printed."""

    outcome: UpdateOutcome
    target: str | None = None  # 14.3-RELEASE-p6
    end_of_life: bool = False  # past its end of life; approaching it is no problem
    custom_kernel: bool = False
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RcFile:
    """One file that rc.subr(8) sources, passwords already struck out on the router."""

    path: str
    lines: tuple[str, ...]
    digest: str | None = None  # SHA-256 of the file as it is on the router, hex


class JobState(StrEnum):
    RUNNING = "running"
    ENDED = "ended"
    UNSTARTED = "unstarted"  # its place was made, and it never began
    LOST = "lost"  # neither running nor with an exit status: the router rebooted under it


@dataclass(frozen=True, slots=True)
class Job:
    """A detached job as the router itself records it."""

    name: str
    run: str
    state: JobState
    code: int | None = None
    log: str = ""  # its end; whole when it is short


NAMELESS = "nameless"  # what holds a router whose lock names no run


@dataclass(frozen=True, slots=True)
class Lock:
    """Who holds a router."""

    run: str
    owner: str
    host: str
    since: str  # RFC 3339
    heartbeat: str | None = None  # last sign of life, RFC 3339
    pid: int | None = None  # of the process that works on it, on its own host
    turn: str = ""  # of the machine that works on the run, as 2-9f3a; who began it has none

    @property
    def name(self) -> str:
        """Return who holds it: a run that was recovered elsewhere is another holder."""
        return f"{self.run}/{self.turn}" if self.turn else self.run

    @property
    def number(self) -> int:
        """Return the how-manieth machine it is that works on the run."""
        return int(self.turn.partition("-")[0]) if self.turn else 1
