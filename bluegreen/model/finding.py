"""What a look found that is not as it should be: how bad, what was seen, what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bluegreen.model.finding_names import FindingName, LookName, UntoldName


class Severity(StrEnum):
    """How bad, the worst first; ``rank`` sorts."""

    CRITICAL = "critical"  # somebody is not served, or would not be if a router failed now
    WARNING = "warning"  # works now, and fails on a day that will come
    UNKNOWN = "unknown"  # cannot be told: never fine
    NOTE = "note"  # worth knowing; changes no exit status

    @property
    def rank(self) -> int:
        return list(Severity).index(self)


HERE = "here"  # on this machine, which needs no name


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen, and on which router; ``pair`` where it takes both to see it."""

    on: str
    seen: str


@dataclass(frozen=True, slots=True)
class Fix:
    """What to type on a router, or the line to change there; ``type`` is empty where words do."""

    on: str  # a router, `pair`, or where else it is done
    do: str  # why, or what: one phrase
    type: str = ""  # a command, or a line of a file, as it stands


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or that cannot be told; its fields are the keys in JSON."""

    name: FindingName  # stable: what docs/how-to/diagnose.md calls it
    severity: Severity
    says: str  # one sentence, with the names of routers
    evidence: tuple[Evidence, ...] = ()
    fix: tuple[Fix, ...] = ()
    causes: tuple[str, ...] = ()  # where several things look alike: each, and how to tell

    @property
    def is_wrong(self) -> bool:
        """Anything but a note: what cannot be told is not in order."""
        return self.severity is not Severity.NOTE

    @property
    def sentence(self) -> str:
        """Return it as one reason, for whoever is refused for it."""
        says = f"{self.says} ({', or '.join(self.causes)})" if self.causes else self.says
        return f"{says}; {_told(self.fix)}" if self.fix else says


Look = tuple[LookName, tuple[Finding, ...]]  # what was looked at, and what was found; (): in order


def cannot_tell(name: UntoldName, on: str, what: str, why: str, needs: str) -> Finding:
    """Return the finding that something could not be seen.

    Args:
        name: Of the look.
        on: The router.
        what: What is not known, as half a sentence.
        why: What the router said.
        needs: What it would take to know.
    """
    return Finding(
        name,
        Severity.UNKNOWN,
        f"{on}: {what} cannot be told: {why}",
        (Evidence(on, why),),
        (Fix(on, needs),),
    )


def by_severity(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the worst first; equals stay in their order."""
    return tuple(sorted(findings, key=lambda finding: finding.severity.rank))


def _told(fixes: tuple[Fix, ...]) -> str:
    return "; ".join(f"{fix.do}: `{fix.type}`{_on(fix)}" if fix.type else fix.do for fix in fixes)


def _on(fix: Fix) -> str:
    return "" if fix.on == HERE else f" on {fix.on}"
