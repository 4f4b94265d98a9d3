"""Reasons of preflight that are a sentence alone: how bad they are, and where the way out is."""

from collections.abc import Mapping

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


def findings_of(name: str, verdict: Verdict, routers: tuple[str, str]) -> tuple[Finding, ...]:
    """Return what a check found: with evidence and fix where it says so, else as it put it."""
    told = {finding.sentence for finding in verdict.findings}
    severity, way_out = REMEDIES.get(name, _PLAIN)
    plain = (
        Finding(
            name,
            severity,
            reason,
            (Evidence(_where(reason, routers), reason),),
            (Fix(_where(reason, routers), way_out),),
        )
        for reason in verdict.reasons
        if reason not in told
    )
    return (*verdict.findings, *plain)


def _where(reason: str, routers: tuple[str, str]) -> str:
    """Return whose reason it is, which begins with the router's name; else the pair's."""
    return next((name for name in routers if reason.startswith((f"{name}:", f"{name} "))), "pair")
