"""What packets from the routers came to, where they were made to send some (`--active`)."""

from collections.abc import Iterable, Iterator, Mapping

from bluegreen.model.exam import RouterExam
from bluegreen.model.facts import RouterFacts
from bluegreen.model.finding import Evidence, Finding, Fix, Severity


def unanswered(
    routers: Iterable[RouterFacts], exams: Mapping[str, RouterExam]
) -> Iterator[Finding]:
    """Yield VIPs that did not answer their own MASTER."""
    for router in routers:
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


def unreached(routers: Iterable[RouterFacts], exams: Mapping[str, RouterExam]) -> Iterator[Finding]:
    """Yield routers that reached no mirror."""
    for router in routers:
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
