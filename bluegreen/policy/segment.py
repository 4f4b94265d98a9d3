"""Who else speaks on the wire of a pair, as far as the kernel's counters tell.

The order in which an advertisement is judged (carp_input, carp_input_c, ip_carp.c): its length and
checksum, whether the interface has its vhid, its version, its TTL, its signature. So what was
refused for its signature was meant for a vhid of ours, on its interface; what was too short is
VRRP, which shares protocol 112, whatever its number. tcpdump(1) needs root and is left to people.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import ceil

from bluegreen.carp.timing import patience_s
from bluegreen.model.carp import CarpLogEvent
from bluegreen.model.exam import CarpCounters, RouterExam, Sample
from bluegreen.model.facts import PairFacts, RouterFacts, Unknown
from bluegreen.model.finding import Evidence, Finding, Fix, Severity, cannot_tell
from bluegreen.policy.serving import (
    BOTH_MASTER,
    CLONE,
    LOOP,
    LOST,
    MOMENT,
    NO_MASTER,
    PASSWORDS,
)

Both = tuple[RouterFacts, RouterFacts]
Exams = Mapping[str, RouterExam]
WATCH_MAX_S = 15  # a pair that advertises more seldom is not watched for a whole interval
NEEDS = "see by hand what `netstat -s -p carp` prints there, twice"


def watched_s(routers: tuple[RouterFacts, ...]) -> int:
    """Return for how long counters are watched, s: a BACKUP that hears nobody is MASTER by then."""
    vhids = [v.carp for router in routers for v in router.vhids]
    longest = max((patience_s(c.advbase, c.advskew) for c in vhids), default=3.0)
    return min(ceil(longest) + 1, WATCH_MAX_S)


def segment(pair: PairFacts, both: Both, exams: Exams) -> Iterator[Finding]:
    """Yield others that speak for a vhid of the pair's, VRRP, and echoes."""
    known: dict[str, Sample[CarpCounters]] = {}
    for router in both:
        sample = exams[router.name].carp
        if isinstance(sample, Unknown):
            what = "who else speaks on its wires"
            yield cannot_tell("segment", router.name, what, sample.unknown, NEEDS)
        else:
            known[router.name] = sample
            yield from _foreign(router, sample, _peer_is_deaf(pair, both))
    if len(known) == 2:
        yield from _unexplained(both, known, exams)


def segment_alone(router: RouterFacts, exam: RouterExam, missing: str) -> Iterator[Finding]:
    """Yield what one router hears that is not meant for it; its peer was not seen."""
    sample = exam.carp
    if isinstance(sample, Unknown):
        what = "who else speaks on its wires"
        yield cannot_tell("segment", router.name, what, sample.unknown, NEEDS)
        return
    if sample.grown.bad_auth:
        yield Finding(
            "segment",
            Severity.UNKNOWN,
            f"{router.name} hears somebody advertise a vhid of its own with another password or "
            f"other addresses: whether that is {missing} or a stranger cannot be told",
            (_badly_signed(router, sample),),
            tuple(_seen_by_hand(router, "see from whom")),
        )
    if sample.grown.vrrp:
        yield _vrrp(router, sample)


def _foreign(
    router: RouterFacts, sample: Sample[CarpCounters], peer_is_deaf: bool
) -> Iterator[Finding]:
    if sample.grown.bad_auth and not peer_is_deaf:
        yield _duplicate(router, sample)
    if sample.grown.vrrp:
        yield _vrrp(router, sample)


def _peer_is_deaf(pair: PairFacts, both: Both) -> bool:
    """Whether the peer itself is refused, for its password or its addresses: that is said."""
    split = any(pair.masters_of(group) == pair.names for group in pair.groups())
    return split or any(v.group not in pair.groups() for router in both for v in router.vhids)


def _duplicate(router: RouterFacts, sample: Sample[CarpCounters]) -> Finding:
    numbers = ", ".join(dict.fromkeys(str(v.carp.vhid) for v in router.vhids))
    return Finding(
        "duplicate-vhid",
        Severity.CRITICAL,
        f"{router.name} hears somebody else advertise a vhid of its own ({numbers}), with another "
        "password or other addresses: both have one virtual MAC, and the switch sends frames to "
        "either",
        (_badly_signed(router, sample),),
        (
            *_seen_by_hand(router, "see which, and from whom"),
            Fix("pair", "give the pair a number that nobody on that wire has, on both routers"),
        ),
    )


def _badly_signed(router: RouterFacts, sample: Sample[CarpCounters]) -> Evidence:
    return Evidence(
        router.name,
        f"netstat -s -p carp: {sample.grown.bad_auth} more discarded for bad authentication within "
        f"{sample.seconds:g} s ({sample.after.bad_auth} since the boot)",
    )


def _vrrp(router: RouterFacts, sample: Sample[CarpCounters]) -> Finding:
    return Finding(
        "vrrp-on-wire",
        Severity.UNKNOWN,
        f"{router.name} hears VRRP on a wire of its own: whether it uses a number of the pair's, "
        "and so its virtual MAC, cannot be told from counters",
        (
            Evidence(
                router.name,
                f"netstat -s -p carp: {sample.grown.vrrp} more too short or with a bad checksum "
                f"within {sample.seconds:g} s",
            ),
        ),
        tuple(_seen_by_hand(router, "see its number")),
    )


def _seen_by_hand(router: RouterFacts, what: str) -> Iterator[Fix]:
    """Yield what shows advertisements and their MACs, on each wire; it needs root."""
    for wire in dict.fromkeys(v.interface for v in router.vhids):
        yield Fix(router.name, what, f"tcpdump -eni {wire} ip proto 112")


def _unexplained(
    both: Both, known: Mapping[str, Sample[CarpCounters]], exams: Exams
) -> Iterator[Finding]:
    """Yield what was heeded and came from nobody of the pair: an echo, or a copy of a router."""
    for mine, theirs in (both, both[::-1]):
        sample = known[mine.name]
        grown, sent_there = sample.grown, known[theirs.name].grown.all_sent
        excess = grown.heeded - sent_there
        if excess <= _slack(theirs):
            continue
        log = exams[mine.name].log
        yields = 0 if isinstance(log, Unknown) else _yielded(log)
        seen = (
            Evidence(
                mine.name,
                f"netstat -s -p carp: within {sample.seconds:g} s it heeded {grown.heeded} "
                f"advertisements, sent {grown.all_sent} itself, and its peer sent {sent_there}",
            ),
            *(
                [Evidence(mine.name, f"dmesg: {yields} times MASTER, and BACKUP at once")]
                if yields
                else []
            ),
        )
        echoes = grown.all_sent > 0 and abs(excess - grown.all_sent) <= max(1, _slack(theirs))
        yield (_echo if echoes else _copy)(mine, seen)


def _slack(router: RouterFacts) -> int:
    """Return how many more a router may have sent while its peer was watched: a round of each."""
    families = [{":" in a for a in v.carp.addresses} for v in router.masters()]
    return 2 * sum(map(len, families))


def _yielded(log: tuple[CarpLogEvent, ...]) -> int:
    """Return how often a MASTER yielded to one that was no slower."""
    return sum(event.reason == "more frequent advertisement received" for event in log)


def _echo(router: RouterFacts, seen: tuple[Evidence, ...]) -> Finding:
    return Finding(
        "looped-advertisements",
        Severity.CRITICAL,
        f"{router.name} hears its own advertisements: the kernel takes them for another MASTER's, "
        "and yields to itself",
        seen,
        (
            Fix("the switch", "find the loop: two ports teamed without LACP, or a bridge"),
            Fix(
                "the hypervisor",
                "ESXi, teamed ports and promiscuous mode",
                "esxcli system settings advanced set -o /Net/ReversePathFwdCheckPromisc -i 1",
            ),
            *_seen_by_hand(router, "see them, with their source"),
        ),
    )


def _copy(router: RouterFacts, seen: tuple[Evidence, ...]) -> Finding:
    return Finding(
        "third-router",
        Severity.CRITICAL,
        f"{router.name} heeds advertisements that its peer did not send: a third router has the "
        "same vhid, password and addresses (a spare, or a copy of a virtual machine)",
        seen,
        (
            *_seen_by_hand(router, "see from whom"),
            Fix("the third router", "have it take no part", "sysctl net.inet.carp.allow=0"),
        ),
    )


def explained(finding: Finding, exams: Exams, found: tuple[str, ...]) -> Finding:
    """Return a finding of roles with what the counters say of its cause.

    Args:
        finding: ``both-master`` and ``no-master`` are explained; others stay as they are.
        exams: The routers' counters.
        found: Names of what was found on the wire, and in the files, of this group.
    """
    samples = {name: exam.carp for name, exam in exams.items()}
    known = {name: s for name, s in samples.items() if isinstance(s, Sample)}
    if len(known) < 2 or finding.name not in (BOTH_MASTER, NO_MASTER):
        return finding
    told = tuple(Evidence(name, counted(sample)) for name, sample in known.items())
    grown = {name: sample.grown for name, sample in known.items()}
    cause = _of_silence(found, grown) if finding.name == NO_MASTER else _of_split(found, grown)
    causes = (cause,) if cause else finding.causes
    return replace(finding, evidence=(*finding.evidence, *told), causes=causes)


def _of_split(found: tuple[str, ...], grown: Mapping[str, CarpCounters]) -> str | None:
    """Return why two MASTERs do not hear each other; None: the counters do not tell."""
    if "password-differs" in found:
        return f"{PASSWORDS}, as they do in the files"
    heard = {name: counters.all_received for name, counters in grown.items()}
    if any(counters.bad_auth for counters in grown.values()):
        return f"{PASSWORDS}: each refuses what the other signs"
    if any(counters.bad_ttl for counters in grown.values()):
        return f"{LOST} unchanged: something routes between them (TTL)"
    if not any(heard.values()):
        return f"{LOST}: neither heard anything while both sent"
    deaf = [name for name, received in heard.items() if not received]
    return f"{LOST}: {deaf[0]} hears nothing at all" if deaf else None


def _of_silence(found: tuple[str, ...], grown: Mapping[str, CarpCounters]) -> str:
    if "looped-advertisements" in found:
        return LOOP
    if "third-router" in found:
        return CLONE
    if not any(counters.all_received or counters.all_sent for counters in grown.values()):
        return "neither sends and neither hears: each waits for longer than was watched"
    return MOMENT


def counted(sample: Sample[CarpCounters]) -> str:
    """Return what was sent and heard meanwhile, in words."""
    g = sample.grown
    return (
        f"netstat -s -p carp, within {sample.seconds:g} s: {g.all_sent} sent, {g.all_received} "
        f"received, {g.bad_auth} of them badly signed"
    )
