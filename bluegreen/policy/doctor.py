"""Everything that `check` looks at, and what it found: preflight first, then the doctor's own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bluegreen.model.exam import RouterExam, unexamined
from bluegreen.model.facts import PairFacts
from bluegreen.model.finding import Finding, Look, by_severity
from bluegreen.policy import asked, ospf_rest, parity, routed, segment, states
from bluegreen.policy.alone import looks_alone
from bluegreen.policy.checks import Checks
from bluegreen.policy.remedies import findings_of

Exams = Mapping[str, RouterExam]
UNASKED = "it was not reached while the others were asked"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was looked at and what was found, each thing once."""

    checks: Checks  # preflight's verdicts, as an upgrade would hear them
    looks: tuple[Look, ...]  # the same by name, then what `check` alone looks at

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return them, the worst first; one that several checks run into is told once."""
        return by_severity(dict.fromkeys(one for _, found in self.looks for one in found))

    @property
    def is_well(self) -> bool:
        """Nothing is wrong, and nothing is unknown."""
        refused = any(not verdict for _, verdict in self.checks)
        return not refused and not any(finding.is_wrong for finding in self.findings)


def diagnose(pair: PairFacts, checks: Checks, exams: Exams, more: Iterable[Look] = ()) -> Diagnosis:
    """Return all that is to be said of a pair.

    Args:
        pair: As it was seen.
        checks: Preflight's verdicts on it.
        exams: What `check` alone has asked, by router.
        more: Looks that took more than one moment to make.
    """
    said = {r.name: exams.get(r.name) or unexamined(r.name, UNASKED) for r in pair.observed()}
    both = pair.both()
    if not both:
        return Diagnosis(checks, (*looks_alone(pair, checks, said), *more))
    wire = tuple(segment.segment(pair, both, said))
    otherwise = parity.signed_otherwise(both, said)
    looks = (
        (name, _explained(findings_of(name, verdict, both), said, wire, otherwise))
        for name, verdict in checks
    )
    own: tuple[Look, ...] = (
        ("segment", wire),
        ("passwords", tuple(parity.passwords(both, said))),
        ("preempt", tuple(parity.preempt(both))),
        ("vips", (*routed.vips(both), *asked.unanswered(both, said))),
        ("peer-routes", tuple(routed.peer_routes(both))),
        ("mirrors", (*routed.mirrors(both), *asked.unreached(both, said))),
        ("states", (*states.synced(both), *states.states(both, said))),
        ("versions", tuple(parity.versions(both))),
        ("adjacencies", ospf_rest.at_rest(pair)),
    )
    return Diagnosis(checks, (*looks, *own, *more))


def _explained(
    findings: tuple[Finding, ...],
    exams: Exams,
    wire: tuple[Finding, ...],
    otherwise: frozenset[str],
) -> tuple[Finding, ...]:
    """Return findings with what the counters and the files say of their causes."""
    names = tuple(finding.name for finding in wire)
    return tuple(
        segment.explained(
            finding,
            exams,
            (*names, *(["password-differs"] if finding.says.startswith(tuple(otherwise)) else [])),
        )
        for finding in findings
    )
