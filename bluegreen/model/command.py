"""Commands are values: what is sent to a router, and what it may do there."""

import shlex
from dataclasses import dataclass, field
from enum import StrEnum


class Effect(StrEnum):
    """What a command may do to a router; the interlock decides by it."""

    READ = "read"
    CARP = "carp"
    CONFIG = "config"
    JOB = "job"
    PROVIDER = "provider"  # at the provider of a floating address, not on a router
    DISRUPTIVE = "disruptive"


@dataclass(frozen=True, slots=True)
class Command:
    """One program with its arguments; never a shell string."""

    argv: tuple[str, ...]
    timeout_s: float
    effect: Effect
    stdin: str = ""  # what the program reads; shown in plans, so never a secret
    body: str | None = field(default=None, compare=False, repr=False)
    """What it reads instead, where that is long and of the moment; ``stdin`` stands for it."""

    @property
    def reads(self) -> str:
        return self.stdin if self.body is None else self.body

    def __str__(self) -> str:
        line = shlex.join(self.argv)
        return f"{line} <<< {shlex.quote(self.stdin)}" if self.stdin else line


@dataclass(frozen=True, slots=True)
class Guard:
    """What the router itself checks, in the same shell, right before it acts.

    A router on which it does not hold runs nothing and exits 75 (EX_TEMPFAIL,
    sysexits(3)).
    """

    masters: int | None = None  # expected number of vhids that are MASTER; None: not checked
    backups: int | None = None
    lock: tuple[str, str] | None = None  # path of the lock's owner file, run that must hold it
    marker: str | None = None  # path of a file that must exist: gone after a boot


GUARD_EXIT = 75


@dataclass(frozen=True, slots=True)
class Script:
    """What goes to one router as one exec.

    ``keep_going``: every command runs whatever the others did (observation);
    otherwise the first failure ends the script, and the rest is not run.
    """

    commands: tuple[Command, ...]
    guard: Guard | None = None
    keep_going: bool = False
    reads_only: bool = field(init=False, repr=False, compare=False)  # asked at every look

    def __post_init__(self) -> None:
        reads_only = all(command.effect is Effect.READ for command in self.commands)
        object.__setattr__(self, "reads_only", reads_only)

    @property
    def timeout_s(self) -> float:
        return sum(command.timeout_s for command in self.commands)


@dataclass(frozen=True, slots=True)
class Output:
    """What one command printed, and its exit status."""

    stdout: str
    stderr: str = ""
    code: int = 0

    @property
    def ok(self) -> bool:
        return self.code == 0


def legible(outputs: tuple[Output, ...]) -> tuple[Output, ...]:
    """Return outputs that any file can hold: octets that are no UTF-8 are written as \\xNN."""
    if all(output.stdout.isascii() and output.stderr.isascii() for output in outputs):
        return outputs
    return tuple(Output(_legible(o.stdout), _legible(o.stderr), o.code) for o in outputs)


def _legible(text: str) -> str:
    octets = text.encode("utf-8", "surrogateescape")
    return octets.decode("utf-8", "backslashreplace")
