"""FreeBSD bug 166462: whether a BACKUP goes on encapsulating with a VIP as its tunnels' source.

gre(4) asks only whether the outer source is an address of this host, and that of a vhid in BACKUP
is one (in_gre_set_running() and in_localip(), sys/netinet/ip_gre.c). The interface stays RUNNING,
OSPF goes on speaking through it, and the far end hears two routers with one address.

Two looks, more than a hello apart, tell: a tunnel of a BACKUP that is up and has sent something
meanwhile has sent it from an address that its peer serves.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from bluegreen.model.exam import RouterExam, Watched
from bluegreen.model.facts import LocatedVhid, PairFacts, RouterFacts, Unknown
from bluegreen.model.finding import Evidence, Finding, Fix, Severity
from bluegreen.model.network import CarpState, Counters, Interface
from bluegreen.model.routing import Ospf
from bluegreen.policy.adjacency import MEANS

NAME: Literal["bug-166462"] = "bug-166462"
AFFECTED, NOT_AFFECTED, CANNOT_TELL = "affected", "not affected", "cannot tell"
MARGIN_S = 2.0  # hellos are sent a little apart
HELLO_S = 10.0  # OSPF's own (RFC 2328, appendix C.3)


@dataclass(frozen=True, slots=True)
class Judged:
    """One tunnel of a router that does not serve its source."""

    router: str
    tunnel: str
    verdict: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class Twice:
    """One tunnel with its source's vhid, as each of two looks has seen it."""

    first: RouterFacts
    second: RouterFacts
    tunnel: str
    between_s: float
    pair: str  # both routers, as `--pair` takes them

    @property
    def router(self) -> str:
        return self.second.name

    def interface(self, look: RouterFacts) -> Interface | None:
        return next((i for i in look.interfaces if i.name == self.tunnel), None)

    def vhid(self, look: RouterFacts) -> LocatedVhid | None:
        found = self.interface(look)
        return look.source_of(found) if found else None


def hello_s(pair: PairFacts) -> float:
    """Return how far apart two looks must be for each neighbour to have been spoken to."""
    intervals = [
        interface.hello_s
        for router in pair.observed()
        if isinstance(router.ospf, Ospf)
        for interface in router.ospf.interfaces
        if interface.hello_s is not None
    ]
    return max([HELLO_S, *intervals])


def in_question(pair: PairFacts) -> bool:
    """Whether any tunnel could show the bug at all."""
    return any(_from_a_vip(pair, pair, 0.0))


def watched_s(pair: PairFacts) -> float:
    """Return for how long tunnels must be watched, s; 0.0: none is in question."""
    return hello_s(pair) + MARGIN_S if in_question(pair) else 0.0


def has_tunnels(pair: PairFacts) -> bool:
    """Whether a tunnel's source is a VIP, served or not."""
    return any(router.source_of(i) for router in pair.observed() for i in router.interfaces)


def sending(
    first: PairFacts, second: PairFacts, exams: Mapping[str, RouterExam]
) -> tuple[Finding, ...]:
    """Return who sends from a VIP that it does not serve, by counters that were read in between.

    What they leave open is for `check --gre`, which waits for as long as it takes.
    """
    told = {name: exam.packets for name, exam in exams.items()}
    watched = {name: packets for name, packets in told.items() if isinstance(packets, Watched)}
    for name, packets in watched.items():
        first = _counting(first, name, packets.before)
        second = _counting(second, name, packets.after)
    between_s = max((packets.seconds for packets in watched.values()), default=0.0)
    judged = judge_tunnels(first, second, between_s)
    return tuple(each.finding for each in judged if each.verdict == AFFECTED)


def _counting(pair: PairFacts, name: str, counters: tuple[Counters, ...]) -> PairFacts:
    router = pair.seen(name)
    return pair.with_router(replace(router, counters=counters)) if router else pair


def judge_tunnels(first: PairFacts, second: PairFacts, between_s: float) -> tuple[Judged, ...]:
    """Return a verdict for each tunnel from a VIP on the router where that is not MASTER."""
    return tuple(_judge(twice) for twice in _from_a_vip(first, second, between_s))


def _from_a_vip(first: PairFacts, second: PairFacts, between_s: float) -> Iterator[Twice]:
    for router in second.observed():
        before = first.seen(router.name)
        for interface in router.interfaces:
            vhid = router.source_of(interface)
            if before and interface.name and vhid and vhid.carp.state is not CarpState.MASTER:
                names = ",".join(second.names)
                yield Twice(before, router, interface.name, between_s, names)


def _judge(twice: Twice) -> Judged:
    was, now = twice.interface(twice.first), twice.interface(twice.second)
    vhid, vhid_before = twice.vhid(twice.second), twice.vhid(twice.first)
    assert now is not None
    assert vhid is not None
    evidence = _evidence(twice, now, vhid)
    if was is None or vhid_before is None or vhid_before.carp.state is not vhid.carp.state:
        return _cannot(twice, "its role or the tunnel changed between the two looks", evidence)
    if "UP" not in now.flags:
        return _spared(twice, "it is down, as devd's handler has it on a BACKUP", evidence)
    if "RUNNING" not in now.flags:
        return _spared(twice, "the kernel does not run it while its source is BACKUP", evidence)
    return _by_counters(twice, evidence)


def _by_counters(twice: Twice, evidence: tuple[str, ...]) -> Judged:
    before, after = (_counters(look, twice.tunnel) for look in (twice.first, twice.second))
    if isinstance(before, Unknown) or isinstance(after, Unknown):
        unread = before if isinstance(before, Unknown) else after
        assert isinstance(unread, Unknown)
        return _cannot(twice, f"its counters cannot be read: {unread.unknown}", evidence)
    sent, refused = after.packets_out - before.packets_out, after.errors_out - before.errors_out
    counted = (
        f"netstat -ibnW: {sent} packets sent and {refused} refused in {twice.between_s:.0f} s",
    )
    if sent < 0 or refused < 0:
        return _cannot(twice, "its counters began anew between the two looks", evidence)
    if sent:
        return _affected(twice, sent, (*evidence, *counted))
    if refused:
        return _spared(twice, "the kernel refuses what is sent into it", (*evidence, *counted))
    if _speaks(twice):
        return _spared(twice, "OSPF speaks on it, and nothing leaves", (*evidence, *counted))
    why = "it is up, and nobody sent anything into it meanwhile"
    return _cannot(twice, why, (*evidence, *counted))


def _counters(router: RouterFacts, tunnel: str) -> Counters | Unknown:
    if isinstance(router.counters, Unknown):
        return router.counters
    found = (each for each in router.counters or () if each.interface == tunnel)
    return next(found, Unknown("netstat does not list it"))


def _speaks(twice: Twice) -> bool:
    """Whether hellos were due on it in the time between the looks."""
    ospf = twice.second.ospf
    spoken = ospf.interfaces if isinstance(ospf, Ospf) else ()
    return any(
        each.name == twice.tunnel
        and each.area is not None
        and each.hello_s is not None
        and each.hello_s < twice.between_s
        for each in spoken
    )


def _evidence(twice: Twice, now: Interface, vhid: LocatedVhid) -> tuple[str, ...]:
    source = now.tunnel.local if now.tunnel else "?"
    flags = (
        ",".join(flag for flag in now.flags if flag in ("UP", "RUNNING"))
        or "neither UP nor RUNNING"
    )
    return (
        f"its source {source} is of vhid {vhid}, which is {vhid.carp.state} here",
        f"ifconfig {twice.tunnel}: {flags}",
        *_adjacencies(twice),
    )


def _adjacencies(twice: Twice) -> Iterator[str]:
    ospf = twice.second.ospf
    if not isinstance(ospf, Ospf):
        return
    states = [n.state for n in ospf.neighbors if n.interface == twice.tunnel]
    for state in states:
        means = _FULL if state == "Full" else MEANS.get(state, "")
        yield f"an OSPF neighbour behind it is {state}{f': {means}' if means else ''}"
    if not states:
        yield "no OSPF neighbour behind it, which is right on a BACKUP"


_FULL = "though the VIP is its peer's: two routers answer to one address"


def _affected(twice: Twice, sent: int, evidence: tuple[str, ...]) -> Judged:
    says = (
        f"{twice.router} sends into {twice.tunnel} from a VIP that its peer serves "
        f"({sent} packets in {twice.between_s:.0f} s): FreeBSD bug 166462"
    )
    fixes = (
        Fix(twice.router, "take it down now", f"ifconfig {twice.tunnel} down"),
        Fix(
            "pair",
            "have devd take each tunnel up and down with the role of its source: `devd: {}` in "
            "`provision:` of the inventory, then",
            f"bluegreen provision --pair {twice.pair} --plan",
        ),
    )
    return _judged(twice, AFFECTED, Severity.CRITICAL, says, evidence, fixes)


def _spared(twice: Twice, why: str, evidence: tuple[str, ...]) -> Judged:
    says = f"{twice.router}: {twice.tunnel}: {why}"
    return _judged(twice, NOT_AFFECTED, Severity.NOTE, says, evidence)


def _cannot(twice: Twice, why: str, evidence: tuple[str, ...]) -> Judged:
    says = f"{twice.router}: {twice.tunnel}: cannot be told: {why}"
    fixes = (
        Fix(
            twice.router,
            "look again while something is sent into it, for instance by",
            f"ping -c 20 {_far(twice)}",
        ),
    )
    return _judged(twice, CANNOT_TELL, Severity.UNKNOWN, says, evidence, fixes)


def _far(twice: Twice) -> str:
    now = twice.interface(twice.second)
    inner = (*now.inet, *now.inet6) if now else ()
    return next((inet.destination for inet in inner if inet.destination), "FAR-END")


def _judged(
    twice: Twice,
    verdict: str,
    severity: Severity,
    says: str,
    evidence: tuple[str, ...],
    fixes: tuple[Fix, ...] = (),
) -> Judged:
    seen = tuple(Evidence(twice.router, line) for line in evidence)
    finding = Finding(NAME, severity, says, seen, fixes)
    return Judged(twice.router, twice.tunnel, verdict, finding)
