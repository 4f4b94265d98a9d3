"""Yes, or no with every reason."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bluegreen.model.finding import Evidence, Finding


@dataclass(frozen=True, slots=True)
class Verdict:
    """Yes, or no with every reason; an unknown fact is a no."""

    reasons: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()  # of the reasons that come with evidence and a fix
    seen: tuple[tuple[str, Evidence], ...] = ()  # what shows a reason that is a sentence alone

    def __bool__(self) -> bool:
        return not self.reasons

    def __str__(self) -> str:
        return "; ".join(self.reasons)


YES = Verdict()


def holds(claim: bool, otherwise: str) -> Verdict:
    """Return yes if the claim holds, else no for the reason given."""
    return YES if claim else Verdict((otherwise,))


def no(reason: str) -> Verdict:
    """Return no, for one reason."""
    return Verdict((reason,))


def found(findings: Iterable[Finding]) -> Verdict:
    """Return yes where nothing was found, else no: each finding is a reason."""
    told = tuple(findings)
    return Verdict(tuple(finding.sentence for finding in told), told) if told else YES


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Return yes if all say yes, else no with all their reasons."""
    noes = [verdict for verdict in verdicts if not verdict]
    if not noes:
        return YES
    return Verdict(
        tuple(reason for verdict in noes for reason in verdict.reasons),
        tuple(finding for verdict in noes for finding in verdict.findings),
        tuple(pair for verdict in noes for pair in verdict.seen),
    )


def shown_by(verdict: Verdict, *evidence: Evidence) -> Verdict:
    """Return a verdict with what shows those of its reasons that came without."""
    told = {finding.sentence for finding in verdict.findings} | {
        reason for reason, _ in verdict.seen
    }
    bare = (reason for reason in verdict.reasons if reason not in told)
    more = tuple((reason, one) for reason in bare for one in evidence)
    return replace(verdict, seen=(*verdict.seen, *more)) if more else verdict
