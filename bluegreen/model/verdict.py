"""Yes, or no with every reason."""

from collections.abc import Iterable
from dataclasses import dataclass

from bluegreen.model.finding import Finding


@dataclass(frozen=True, slots=True)
class Verdict:
    """Yes, or no with every reason; an unknown fact is a no."""

    reasons: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()  # of the reasons that come with evidence and a fix

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
    )
