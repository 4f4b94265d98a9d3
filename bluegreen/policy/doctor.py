"""Everything that `check` looks at, and what it found: preflight first, then the doctor's own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bluegreen.model.exam import RouterExam
from bluegreen.model.facts import PairFacts, RouterFacts
from bluegreen.model.finding import Evidence, Finding, Fix, Look, Severity, by_severity
from bluegreen.policy import ospf_rest, parity, routed, segment, states
from bluegreen.policy.checks import Checks
from bluegreen.policy.remedies import findings_of

Exams = Mapping[str, RouterExam]


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
        more: Looks that were asked for by an option.
    """
    both = pair.both()
    if not both:
        return Diagnosis(checks, tuple((n, findings_of(n, v, tuple(pair))) for n, v in checks))
    wire = tuple(segment.segment(pair, both, exams))
    otherwise = parity.signed_otherwise(both, exams)
    looks = (
        (name, _explained(findings_of(name, verdict, both), exams, wire, otherwise))
        for name, verdict in checks
    )
    own: tuple[Look, ...] = (
        ("segment", wire),
        ("passwords", tuple(parity.passwords(both, exams))),
        ("preempt", tuple(parity.preempt(both))),
        ("vips", (*routed.vips(both), *_unanswered(both, exams))),
        ("peer-routes", tuple(routed.peer_routes(both))),
        ("mirrors", (*routed.mirrors(both), *_unreached(both, exams))),
        ("states", (*states.synced(both), *states.states(both, exams))),
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


def _unanswered(both: tuple[RouterFacts, RouterFacts], exams: Exams) -> Iterable[Finding]:
    """Yield VIPs that did not answer their own MASTER, where it was made to ask."""
    for router in both:
        for reached in exams[router.name].reached:
            if reached.what == "vip" and not reached.answered:
                yield Finding(
                    "vip-not-local",
                    Severity.WARNING,
                    f"{router.name} is MASTER of {reached.target} and gets no answer from it",
                    (Evidence(router.name, f"ping {reached.target}: {reached.said}"),),
                    (
                        Fix(router.name, "see its way", f"route -n get {reached.target}"),
                        Fix(router.name, "and whether pf passes it on lo0", "pfctl -sr"),
                    ),
                )


def _unreached(both: tuple[RouterFacts, RouterFacts], exams: Exams) -> Iterable[Finding]:
    """Yield routers that reached no mirror, where they were made to try."""
    for router in both:
        missed = [r for r in exams[router.name].reached if r.what == "mirror" and not r.answered]
        if missed:
            role = "MASTER" if router.masters() else "BACKUP"
            yield Finding(
                "mirrors-unreachable",
                Severity.WARNING,
                f"{router.name} ({role}) does not reach {', '.join(m.target for m in missed)}: it "
                "could fetch no update",
                tuple(Evidence(router.name, f"nc {m.target}: {m.said}") for m in missed),
                (
                    Fix(router.name, "see its way out", "route -n get default"),
                    Fix(router.name, "and whether pf translates it to a VIP", "pfctl -sn"),
                ),
            )
