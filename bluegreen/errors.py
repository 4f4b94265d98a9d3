"""One class for each next move of the operator.

A message holds the router, what was seen, what was wanted and the next command
to type. Only ``cli`` catches the root.
"""

import re
from typing import ClassVar

# What steers a terminal or turns the order of a line round, and octets that were no UTF-8.
_STEERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


# ssh://admin:secret@host, wherever somebody wrote it
_USERINFO = re.compile(r"(://)[^\s/?#@]*@")


def harmless(text: str) -> str:
    """Return a text that may be printed wherever its parts come from: a router says what it likes.

    The escapes are those of JSON, so that a document stays one. No URL shows its user's password.
    """
    escaped = _STEERS.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    return _USERINFO.sub(r"\1***@", escaped) if "://" in escaped else escaped


class BluegreenError(Exception):
    """What happened, on which router, and what to do now."""

    exit_code: ClassVar[int] = 1
    advice: ClassVar[str] = "Run `bluegreen status`, then `bluegreen runs`."

    def __init__(self, what: str, router: str = "pair", advice: str | None = None) -> None:
        super().__init__(what, router, advice)  # all in args, so it pickles
        self.what = what
        self.router = router
        self.next_move = advice or self.advice

    @property
    def told(self) -> str:
        """Return what happened, with the router's name once."""
        named = self.what.startswith((f"{self.router} ", f"{self.router}: "))
        return self.what if named else f"{self.router}: {self.what}"

    def __str__(self) -> str:
        return harmless(f"{self.told}\n  next: {self.next_move}")


class UsageError(BluegreenError):
    """Words on the command line, an inventory or a playbook that cannot be used."""

    exit_code = 2
    advice = "Correct the line named above. Nothing was contacted."


class RefusedError(BluegreenError):
    """Only before anything was changed; later, the run decides between 1 and 4."""

    exit_code = 3
    advice = "Nothing was changed. Fix the cause, start again."


class NeedsHumanError(BluegreenError):
    """The run stopped where going on by itself would be a guess."""

    exit_code = 4
    advice = "Read the report: `bluegreen show`."


class LockedError(BluegreenError):
    """Another run holds the pair."""

    exit_code = 5
    advice = "Wait for that run, or finish it with `bluegreen resume` or `bluegreen rollback`."


class StoppedError(BluegreenError):
    """The operator stopped the run at a safe point."""

    exit_code = 130
    advice = "`bluegreen resume` goes on, `bluegreen rollback` takes everything back."


class UnreachableError(BluegreenError):
    """A router did not answer; nothing was sent. Transient: reads are retried."""

    exit_code = 3
    advice = "See that `ssh` to it works from here, then start again."


class HostKeyError(UnreachableError):
    """The router's host key is unknown or has changed: never retried."""


class OutcomeUnknownError(BluegreenError):
    """A command was sent and its answer lost: look before anything else."""

    advice = "Do not retype the command. `bluegreen resume` looks first."


class ParseError(BluegreenError):
    """An output that is not read as a whole is not read at all."""

    advice = "Send us the output: `bluegreen parse` shows the line it stumbled on."


class JournalError(BluegreenError):
    """The journal on this machine cannot be read or written."""

    exit_code = 2
    advice = "See that --state-dir is yours and writable."
