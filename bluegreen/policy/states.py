"""pfsync: will flows with state survive a switch?"""

from collections.abc import Iterator, Mapping

from bluegreen.model.exam import PfsyncCounters, RouterExam, Sample
from bluegreen.model.facts import PairFacts, RouterFacts, Unknown
from bluegreen.model.finding import Evidence, Finding, Fix, Severity, cannot_tell
from bluegreen.model.network import Interface

Both = tuple[RouterFacts, RouterFacts]
Exams = Mapping[str, RouterExam]
Tables = Mapping[str, int | Unknown | None]  # states of pf(4), by router
NOT_ASKED: Tables = {}
DIE = "flows with state die at a switch"
FEW = 100  # states: fewer say nothing
APART = 0.2  # of the larger table: a BACKUP lags, and drops what it has seen end
BULK = "pfsync bulk "
ABSENT = "/dev/pf: No such file or directory"


def synced(both: Both) -> Iterator[Finding]:
    """Yield what keeps states from coming across, as interfaces show it."""
    mine, theirs = (_pfsync(router) for router in both)
    if mine is None and theirs is None:
        yield Finding(
            "no-pfsync",
            Severity.NOTE,
            f"neither router has pfsync: where pf keeps states, {DIE}",
            tuple(Evidence(r.name, "ifconfig -a: no pfsync with a syncdev") for r in both),
            (Fix("pair", "set it up on both, see pfsync(4)", 'pfsync_enable="YES"'),),
        )
        return
    if mine is None or theirs is None:
        lacking, has = both if mine is None else both[::-1]
        yield Finding(
            "pfsync-one-sided",
            Severity.WARNING,
            f"{has.name} has pfsync and {lacking.name} has none: {DIE}",
            (Evidence(has.name, _shown(mine or theirs)),),
            (Fix(lacking.name, "set it up", 'pfsync_enable="YES"'),),
        )
        return
    yield from _versions(both, mine, theirs)
    yield from down(both)


def down(routers: tuple[RouterFacts, ...]) -> Iterator[Finding]:
    """Yield each pfsync interface that was taken down."""
    for router in routers:
        interface = _pfsync(router)
        if interface and "UP" not in interface.flags:
            yield Finding(
                "pfsync-down",
                Severity.WARNING,
                f"{router.name}: {interface.name} is down: {DIE}",
                (Evidence(router.name, _shown(interface)),),
                (Fix(router.name, "put it up", f"ifconfig {interface.name} up"),),
            )


def _versions(both: Both, mine: Interface, theirs: Interface) -> Iterator[Finding]:
    versions = [i.pfsync.version if i.pfsync else None for i in (mine, theirs)]
    if None in versions or versions[0] == versions[1]:
        return
    lower = min(v for v in versions if v is not None)
    newer = both[0] if versions[0] != lower else both[1]
    interface = mine if newer is both[0] else theirs
    yield Finding(
        "pfsync-version",
        Severity.WARNING,
        f"pfsync speaks version {versions[0]} on {both[0].name} and {versions[1]} on "
        f"{both[1].name}: neither takes the other's states, {DIE}",
        tuple(Evidence(r.name, _shown(i)) for r, i in zip(both, (mine, theirs), strict=True)),
        (
            Fix(
                newer.name,
                "speak the older one until both run one system",
                f"ifconfig {interface.name} version {lower}",
            ),
        ),
    )


def states(routers: tuple[RouterFacts, ...], exams: Exams) -> Iterator[Finding]:
    """Yield what the counters, the log and the tables say against it; of one router, its own."""
    if not all(_pfsync(router) for router in routers):
        return
    for router in routers:
        yield from _bulk(router, exams[router.name])
        for other in routers:
            if other is not router:
                yield from _received(router, exams[router.name], exams[other.name])
    yield from _tables(routers, {name: exam.states for name, exam in exams.items()})


def _fetched_again(router: RouterFacts) -> tuple[Fix, ...]:
    """Return what has all states sent again (SIOCSETPFSYNC, if_pfsync.c)."""
    interface = _pfsync(router)
    if interface is None or interface.pfsync is None:
        return ()
    words = f"ifconfig {interface.name} syncdev {interface.pfsync.syncdev}"
    return (Fix(router.name, "fetch them again while it is idle: it is demoted meanwhile", words),)


def _bulk(router: RouterFacts, exam: RouterExam) -> Iterator[Finding]:
    """Yield that the last bulk update failed, or has not ended (pfsync_bulk_fail, if_pfsync.c)."""
    if isinstance(exam.log, Unknown):
        what = "whether its last bulk update succeeded"
        yield cannot_tell("states", router.name, what, exam.log.unknown, "read its log as root")
        return
    said = [e.reason for e in exam.log if e.reason and e.reason.startswith(BULK)]
    if said and said[-1] == f"{BULK}fail":
        yield Finding(
            "pfsync-bulk-failed",
            Severity.WARNING,
            f"{router.name}: its last bulk update failed: it has only the states that were made "
            f"or changed since, all others die at a switch",
            (Evidence(router.name, "dmesg: carp: demoted by ... (pfsync bulk fail)"),),
            _fetched_again(router),
        )


def _received(router: RouterFacts, exam: RouterExam, peer: RouterExam) -> Iterator[Finding]:
    mine, theirs = exam.pfsync, peer.pfsync
    if isinstance(mine, Unknown):
        needs = "see by hand what `netstat -s -p pfsync` prints there"
        yield cannot_tell("states", router.name, "whether states come across", mine.unknown, needs)
        return
    if not isinstance(mine, Sample) or not isinstance(theirs, Sample):
        return
    grown, sent = mine.grown, theirs.grown.sent
    refused = grown.bad_version + grown.bad_auth
    if sent and (not grown.received or refused):
        yield Finding(
            "pfsync-deaf",
            Severity.WARNING,
            f"{router.name} takes none of the states that its peer sends: {DIE}"
            if not grown.received
            else f"{router.name} refuses states of its peer: {DIE}",
            (Evidence(router.name, _counted(mine, sent)),),
            (
                Fix(router.name, "see syncdev and syncpeer, on both", "ifconfig pfsync0"),
                Fix(router.name, "and that pf passes protocol 240 there", "pfctl -sr"),
            ),
        )


def _counted(sample: Sample[PfsyncCounters], sent: int) -> str:
    g = sample.grown
    return (
        f"netstat -s -p pfsync, within {sample.seconds:g} s: {g.received} received of {sent} that "
        f"the peer sent, {g.bad_version} of another version, {g.bad_auth} badly signed"
    )


def _tables(routers: tuple[RouterFacts, ...], said: Tables) -> Iterator[Finding]:
    counts: list[int] = []
    for router in routers:
        states = said.get(router.name)
        if isinstance(states, int):
            counts.append(states)
        elif isinstance(states, Unknown) and states.unknown.endswith(ABSENT):
            yield Finding(
                "pf-off",
                Severity.WARNING,
                f"{router.name} has pfsync and no pf: it keeps no states, {DIE}",
                (Evidence(router.name, states.unknown),),
                (
                    Fix(router.name, "load it, with its rules", "service pf onestart"),
                    Fix(router.name, "for a boot, in rc.conf", 'pf_enable="YES"'),
                ),
            )
        elif isinstance(states, Unknown):
            needs = "ask as root: `pfctl` opens /dev/pf"
            what = "how many states it has"
            yield cannot_tell("states", router.name, what, states.unknown, needs)
    if len(counts) < 2 or max(counts) < FEW or max(counts) - min(counts) <= APART * max(counts):
        return
    fewer = routers[counts.index(min(counts))]
    yield Finding(
        "states-apart",
        Severity.WARNING,
        f"{fewer.name} has {min(counts)} of {max(counts)} states: what it lacks dies at a switch",
        tuple(
            Evidence(r.name, f"pfctl -si: current entries {n}")
            for r, n in zip(routers, counts, strict=True)
        ),
        (
            Fix(fewer.name, "see whether rules or interfaces differ", "pfctl -sr"),
            *_fetched_again(fewer),
        ),
    )


def warning_of(pair: PairFacts, said: Tables = NOT_ASKED) -> str | None:
    """Return what a plan says of flows with state, as `check` would say it; None: nothing.

    Args:
        pair: As it was seen: pfsync's interfaces.
        said: How many states each router has, where it was asked.
    """
    both = pair.both()
    found = (*synced(both), *_tables(both, said)) if both else ()
    return "; ".join(finding.says for finding in found) or None


def _pfsync(router: RouterFacts) -> Interface | None:
    return next((i for i in router.interfaces if i.pfsync and i.pfsync.syncdev), None)


def _shown(interface: Interface | None) -> str:
    if interface is None or interface.pfsync is None:
        return "no pfsync"
    p = interface.pfsync
    words = f"syncdev {p.syncdev} syncpeer {p.syncpeer} version {p.version}"
    return f"ifconfig {interface.name}: <{','.join(interface.flags)}> {words}"
