"""Yes, or no with every reason."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """Yes, or no with every reason; an unknown fact is a no."""

    reasons: tuple[str, ...] = ()

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


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Return yes if all say yes, else no with all their reasons."""
    reasons = tuple(reason for verdict in verdicts for reason in verdict.reasons)
    return Verdict(reasons) if reasons else YES
