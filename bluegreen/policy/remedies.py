"""Reasons of preflight that are a sentence alone: how bad they are, and where the way out is."""

from collections.abc import Callable, Mapping, Sequence

from bluegreen.model.facts import RouterFacts, Unseen
from bluegreen.model.finding import Evidence, Finding, Fix, Severity
from bluegreen.model.verdict import Verdict

REMEDIES: Mapping[str, tuple[Severity, str]] = {
    "reachable": (Severity.CRITICAL, "see whether it runs, and docs/how-to/ssh.md"),
    "carp": (Severity.CRITICAL, "docs/how-to/diagnose.md says of each case what to do"),
    "roles": (Severity.WARNING, "look again"),
    "peers": (Severity.CRITICAL, "make both routers name each other"),
    "takeover": (
        Severity.CRITICAL,
        "mend it: nobody would relieve the MASTER in time (docs/how-to/odd-pairs.md)",
    ),
    "management": (Severity.CRITICAL, "give a way to the router that does not move"),
    "leftovers": (Severity.WARNING, "finish or undo the run, as the sentence says"),
    "maintenance": (Severity.WARNING, "let whoever works on it finish"),
    "hold": (Severity.WARNING, "end the hold when the reason for it is gone"),
    "pfsync": (
        Severity.WARNING,
        "see syncdev, syncpeer, version on both (`ifconfig pfsync0`): until then flows die",
    ),
    "ospf": (Severity.WARNING, "see `vtysh -c 'show ip ospf neighbor'` there"),
    "ipsec": (Severity.CRITICAL, "see `swanctl --list-sas` and `setkey -D` on the MASTER"),
    "ipfo": (Severity.CRITICAL, "see `bluegreen ipfo show`, and docs/how-to/ovh-ipfo.md"),
    "probe": (Severity.CRITICAL, "ask the address yourself, from where the probe asks"),
    "clock": (Severity.WARNING, "set it: `service ntpd onestatus`, `ntpdate -q SERVER`"),
    "persistence": (
        Severity.WARNING,
        "have rc.conf(5) say what runs; who may read it: docs/how-to/least-privilege.md",
    ),
    "version": (Severity.WARNING, "finish the update, or name a release that it can go to"),
    "environments": (Severity.WARNING, "see `bectl list`: the booted one is to be the next one"),
    "state": (Severity.WARNING, "name a `state_dir` in the inventory that outlives a boot"),
    "space": (Severity.WARNING, "make room, or no update can be fetched"),
    "jobs": (Severity.NOTE, "wait for it"),
}
_PLAIN = (Severity.WARNING, "see docs/how-to/diagnose.md")


def findings_of(
    name: str, verdict: Verdict, both: Sequence[RouterFacts | Unseen]
) -> tuple[Finding, ...]:
    """Return what a check found: with evidence and fix where it says so, else as it put it."""
    told = {finding.sentence for finding in verdict.findings}
    severity, way_out = REMEDIES.get(name, _PLAIN)
    plain = (
        Finding(
            name,
            severity,
            reason,
            _evidence(name, reason, both),
            (Fix(_where(reason, both), way_out),),
        )
        for reason in verdict.reasons
        if reason not in told
    )
    return (*verdict.findings, *plain)


def _evidence(name: str, reason: str, both: Sequence[RouterFacts | Unseen]) -> tuple[Evidence, ...]:
    """Return what shows it: the facts that the check is about, else its own sentence."""
    shown = SEEN.get(name)
    seen = [(r.name, shown(r)) for r in both if shown and isinstance(r, RouterFacts)]
    found = tuple(Evidence(router, text) for router, text in seen if text)
    return found or (Evidence(_where(reason, both), reason),)


def _where(reason: str, both: Sequence[RouterFacts | Unseen]) -> str:
    """Return whose reason it is, which begins with the router's name; else the pair's."""
    names = [router.name for router in both]
    return next((name for name in names if reason.startswith((f"{name}:", f"{name} "))), "pair")


def _takes_over(router: RouterFacts) -> str:
    carp = router.carp
    if carp is None:
        return "no net.inet.carp: carp(4) is not loaded"
    skews = (f"vhid {v} {v.carp.state} advskew {v.carp.advskew}" for v in router.vhids)
    return f"preempt {int(carp.preempt)}, demotion {carp.demotion}; {', '.join(skews)}"


def _in_sync(router: RouterFacts) -> str:
    of = [(i.name, i.pfsync) for i in router.interfaces if i.pfsync]
    return ", ".join(f"ifconfig {name}: syncok {p.syncok}, version {p.version}" for name, p in of)


def _time(router: RouterFacts) -> str:
    return f"date: {router.clock_s - router.controller_s:+.0f} s from this machine's"


def _system(router: RouterFacts) -> str:
    v = router.versions
    return f"freebsd-version -kru: {v.kernel}, {v.running}, {v.userland}"


SEEN: Mapping[str, Callable[[RouterFacts], str]] = {
    "takeover": _takes_over,
    "pfsync": _in_sync,
    "clock": _time,
    "version": _system,
}
