"""Reasons of preflight that are a sentence alone: how bad they are, and where the way out is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bluegreen.model.facts import RouterFacts, Unseen
from bluegreen.model.finding import HERE, Finding, Fix, Severity
from bluegreen.model.finding_names import CheckName, PlainName
from bluegreen.model.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Remedy:
    """How bad the reasons of a check are, and what to do; `{pair}` stands for both routers."""

    severity: Severity
    do: str
    type: str = ""


C, W = Severity.CRITICAL, Severity.WARNING
REMEDIES: Mapping[PlainName, Remedy] = {
    "carp": Remedy(C, "see its vhids, and the same on its peer", "ifconfig -a"),
    "roles": Remedy(W, "look again", "bluegreen status --pair {pair}"),
    "takeover": Remedy(C, "mend it: nobody would relieve the MASTER (docs/how-to/odd-pairs.md)"),
    "management": Remedy(C, "see which way answers take", "netstat -rn"),
    "leftovers": Remedy(W, "see what a run has left", "bluegreen recover --pair {pair} --plan"),
    "hold": Remedy(W, "end it when the reason is gone", "bluegreen restore --pair {pair}"),
    "pfsync": Remedy(
        W, "see syncdev, syncpeer, version on both: until then flows die", "ifconfig pfsync0"
    ),
    "ospf": Remedy(W, "see its neighbours", "vtysh -c 'show ip ospf neighbor'"),
    "ipsec": Remedy(C, "see the SAs on the MASTER", "swanctl --list-sas"),
    "ipfo": Remedy(C, "see where it is", "bluegreen ipfo show --pair {pair}"),
    "probe": Remedy(C, "ask the address yourself, from where the probe asks"),
    "clock": Remedy(W, "see who sets it", "service ntpd onestatus"),
    "persistence": Remedy(
        W, "have rc.conf(5) say what runs; who may read it: docs/how-to/least-privilege.md"
    ),
    "version": Remedy(W, "finish the update, or name a release that it can go to"),
    "environments": Remedy(W, "have the booted one be the next one, too", "bectl list"),
    "state": Remedy(W, "name a `state_dir` in the inventory that outlives a boot"),
    "space": Remedy(W, "make room, or no update can be fetched", "df -h"),
    "jobs": Remedy(W, "wait for it", "bluegreen runs --pair {pair}"),
}
_PREEMPT = "net.inet.carp.preempt is 0"  # what a reason of `takeover` says of it


def findings_of(
    name: CheckName, verdict: Verdict, both: Sequence[RouterFacts | Unseen]
) -> tuple[Finding, ...]:
    """Return what a check found: with evidence and fix where it says so, else as it put it."""
    told = {finding.sentence for finding in verdict.findings}
    match name:
        case "reachable" | "peers" | "maintenance":
            return verdict.findings  # they have no other reasons
    remedy = REMEDIES[name]
    plain = (
        Finding(
            name,
            remedy.severity,
            reason,
            tuple(seen for shown, seen in verdict.seen if shown == reason),
            _fixes(remedy, reason, both),
        )
        for reason in verdict.reasons
        if reason not in told
    )
    return (*verdict.findings, *plain)


def _fixes(remedy: Remedy, reason: str, both: Sequence[RouterFacts | Unseen]) -> tuple[Fix, ...]:
    where = _where(reason, both)
    typed = remedy.type.replace("{pair}", ",".join(router.name for router in both))
    first = Fix(HERE if typed.startswith("bluegreen ") else where, remedy.do, typed)
    if _PREEMPT not in reason:
        return (first,)
    return (
        Fix(where, "have it preempt", "sysctl net.inet.carp.preempt=1"),
        Fix(where, "for a boot, in /etc/sysctl.conf", "net.inet.carp.preempt=1"),
        first,
    )


def _where(reason: str, both: Sequence[RouterFacts | Unseen]) -> str:
    """Return whose reason it is, which begins with the router's name; else the pair's."""
    names = [router.name for router in both]
    return next((name for name in names if reason.startswith((f"{name}:", f"{name} "))), "pair")
