"""A pair that another run holds: who it is, and whether its lock may be taken."""

import sys

from bluegreen.cli.options import Common
from bluegreen.cli.output import tell
from bluegreen.cli.request import Request
from bluegreen.engine.advice import Typed, unlock
from bluegreen.engine.journal import SqliteJournal
from bluegreen.errors import LockedError, StoppedError, UsageError
from bluegreen.model.facts import PairFacts
from bluegreen.model.holding import foreign, held_by
from bluegreen.model.state import fold
from bluegreen.policy.breaking import breakable
from bluegreen.report.runs import is_open


def check_words(breaks: str | None, yes: bool) -> None:
    """Refuse a --break-lock that cannot be meant, before anything is contacted."""
    if breaks is None:
        return
    if not breaks or breaks.startswith("-"):
        raise UsageError(
            "it names no run",
            "--break-lock",
            "Name the run whose lock it is, as the refusal does: --break-lock RUN.",
        )
    if not (yes or sys.stdin.isatty()):
        raise UsageError(
            "nobody is there to say yes", "terminal", "Add --yes, with the run's name as it is."
        )


def refuse_foreign_lock(common: Common, facts: PairFacts, breaks: str | None = None) -> None:
    """Raise LockedError where a run holds a router, but for the one whose lock is to be broken."""
    router = foreign(facts, breaks=breaks)
    if router:
        typed = Typed("", ",".join(facts.names), common.places())
        advice = typed.whole(unlock(facts, router))
        raise LockedError(held_by(facts, router), router.name, advice)


def agree_to_break(
    common: Common, request: Request, facts: PairFacts, *, resumes: bool, yes: bool
) -> None:
    """See that a lock may be taken from the run that was named, and have somebody say so.

    Raises:
        LockedError: it may not; every reason is named.
        StoppedError: somebody said no.
    """
    run = request.breaks
    if run is None:
        return
    verdict = breakable(facts, request.setting(), resumes)
    if not verdict:
        raise LockedError("; ".join(verdict.reasons), request.pair.name, _instead(common, run))
    if _is_ours_and_open(common, run):
        raise LockedError(
            f"run {run} is in the journal of this machine, and open",
            request.pair.name,
            f"Finish it: `bluegreen resume {run}` or `bluegreen rollback {run}`.",
        )
    held = foreign(facts, request.holder())
    assert held is not None, "a lock that may be broken is held"
    tell(f"{held_by(facts, held)}; its lock is taken")
    if yes:
        return
    tell("Is nobody at work there? [y/N] ")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise StoppedError("nothing was changed", request.pair.name, "Start again when ready.")


def _instead(common: Common, run: str) -> str:
    here = "" if _is_ours_and_open(common, run) else " on the machine that began it"
    return (
        f"`bluegreen resume {run}` or `bluegreen rollback {run}`{here}; "
        "`bluegreen status` shows what is there."
    )


def _is_ours_and_open(common: Common, run: str) -> bool:
    file = common.state() / "journal.db"
    return file.exists() and is_open(fold(SqliteJournal(file).events(run)))
