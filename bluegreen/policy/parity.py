"""What two routers should have alike beyond CARP: preempt, passwords in their files, versions."""

from collections.abc import Iterator, Mapping

from bluegreen.errors import BluegreenError
from bluegreen.freebsd.rcconf import parse_rc, rc_name
from bluegreen.model.exam import PassDigest, RouterExam
from bluegreen.model.facts import LocatedVhid, RouterFacts, Unknown
from bluegreen.model.finding import HERE, Evidence, Finding, Fix, Severity, cannot_tell
from bluegreen.model.finding_names import FindingName
from bluegreen.model.release import parse_release

Both = tuple[RouterFacts, RouterFacts]
Exams = Mapping[str, RouterExam]
FOLLOWS = ("frr", "bird", "quagga", "openospfd", "strongswan", "keepalived")
SHOWN_MAX = 6


def preempt(both: Both) -> Iterator[Finding]:
    """Yield that one router preempts and the other does not: roles then move one way only."""
    first, second = both
    if not first.carp or not second.carp or first.carp.preempt == second.carp.preempt:
        return
    patient = second if first.carp.preempt else first
    yield Finding(
        "preempt-differs",
        Severity.WARNING,
        f"net.inet.carp.preempt is 0 on {patient.name} and 1 on its peer: roles move one way only",
        tuple(
            Evidence(r.name, f"sysctl net.inet.carp.preempt: {int(r.carp.preempt)}")
            for r in both
            if r.carp
        ),
        (
            Fix(patient.name, "set it", "sysctl net.inet.carp.preempt=1"),
            Fix(patient.name, "for a boot, in /etc/sysctl.conf", "net.inet.carp.preempt=1"),
        ),
    )


def versions(both: Both) -> Iterator[Finding]:
    """Yield systems and packages that differ; a patch level alone is a note."""
    first, second = both
    ours, theirs = first.versions.userland, second.versions.userland
    if ours and theirs and ours != theirs:
        near = _base(ours) == _base(theirs)
        older = first if _age(ours) < _age(theirs) else second
        yield Finding(
            "os-differs",
            Severity.NOTE if near else Severity.WARNING,
            f"{first.name} runs {ours} and {second.name} {theirs}: pfsync may speak another "
            "version, and what works on one need not on the other",
            (Evidence(first.name, ours), Evidence(second.name, theirs)),
            (Fix(HERE, f"bring {older.name} up", f"bluegreen upgrade --pair {_pair(both)}"),),
        )
    yield from _packages(both)


def _packages(both: Both) -> Iterator[Finding]:
    for router in both:
        if isinstance(router.packages, Unknown):
            why = router.packages.unknown
            yield cannot_tell("versions", router.name, "its packages", why, "ask `pkg query %n-%v`")
            return
    first, second = (
        {} if isinstance(r.packages, Unknown) else {p.name: p.version for p in r.packages}
        for r in both
    )
    differ = [n for n in sorted({*first, *second}) if first.get(n) != second.get(n)]
    matter = [name for name in differ if name.startswith(FOLLOWS)]
    kinds: tuple[tuple[list[str], FindingName, Severity], ...] = (
        (matter, "routing-package-differs", Severity.WARNING),
        ([n for n in differ if n not in matter], "packages-differ", Severity.NOTE),
    )
    for names, name, severity in kinds:
        if names:
            yield Finding(
                name,
                severity,
                f"not the same packages on both routers: {_listed(names)}",
                tuple(
                    Evidence(r.name, ", ".join(f"{n}-{has.get(n, 'none')}" for n in _few(names)))
                    for r, has in zip(both, (first, second), strict=True)
                ),
                (Fix("pair", "bring both to one version", f"pkg install {' '.join(_few(names))}"),),
            )


def passwords(both: Both, exams: Exams) -> Iterator[Finding]:
    """Yield vhids whose files have another password on each router: a boot would split them."""
    yield from unread(both, exams)
    for v, said in _told(both, exams):
        yield from _compared(both, v, said)


def unread(routers: tuple[RouterFacts, ...], exams: Exams) -> Iterator[Finding]:
    """Yield whose files cannot be read."""
    for router in routers:
        rows = _digests(router, exams)
        if isinstance(rows, Unknown):
            needs = "ask as root, or as a group that may read the files: least-privilege.md"
            what = "whether the passwords in rc.conf are the same"
            yield cannot_tell("passwords", router.name, what, rows.unknown, needs)


def signed_otherwise(both: Both, exams: Exams) -> frozenset[str]:
    """Return the groups whose files have another password on each router, as they are written."""
    return frozenset(
        str(v.group)
        for v, (mine, theirs) in _told(both, exams)
        if mine.digest and theirs.digest and mine.digest != theirs.digest
    )


def _told(both: Both, exams: Exams) -> Iterator[tuple[LocatedVhid, tuple[PassDigest, PassDigest]]]:
    """Yield each group of both with what both files say of its password."""
    first, second = both
    ours, theirs = (_digests(router, exams) for router in both)
    if isinstance(ours, Unknown) or isinstance(theirs, Unknown):
        return
    for v in first.vhids:
        other = second.vhid(v.group)
        mine, peers = ours.get(_key(v)), theirs.get(_key(other)) if other else None
        if mine and peers:
            yield v, (mine, peers)


def _digests(router: RouterFacts, exams: Exams) -> Mapping[tuple[str, int], PassDigest] | Unknown:
    found = exams[router.name].passwords
    return found if isinstance(found, Unknown) else _placed(router, found)


def _compared(both: Both, v: LocatedVhid, said: tuple[PassDigest, PassDigest]) -> Iterator[Finding]:
    mine, theirs = said
    seen = tuple(
        Evidence(r.name, f"{d.path}, line {d.line}: a `pass` that is not shown")
        for r, d in zip(both, said, strict=True)
    )
    if mine.digest is None or theirs.digest is None:
        yield Finding(
            "passwords",
            Severity.UNKNOWN,
            f"whether the passwords of vhid {v} are the same cannot be told: a file spells one "
            "with a variable or a quote",
            seen,
            (Fix("pair", "write it out, or compare it yourself"),),
        )
    elif mine.digest != theirs.digest:
        yield Finding(
            "password-differs",
            Severity.CRITICAL,
            f"vhid {v} has another password in the files of each router: after a boot neither "
            "heeds the other, and both are MASTER",
            seen,
            (
                Fix("pair", "write the same `pass` into both lines, before either boots"),
                Fix(HERE, "or have it set", f"bluegreen provision --pair {_pair(both)} --plan"),
            ),
        )


def _placed(
    router: RouterFacts, said: tuple[PassDigest, ...]
) -> Mapping[tuple[str, int], PassDigest] | Unknown:
    """Return each digest by the interface and vhid that its line is of."""
    if isinstance(router.rc, Unknown):
        return router.rc
    try:
        rows = {(r.path, r.line, r.vhid): rc_name(r.interface) for r in parse_rc(router.rc)}
    except BluegreenError as error:
        return Unknown(error.what)
    return {
        (rows[d.path, d.line, d.vhid], d.vhid): d for d in said if (d.path, d.line, d.vhid) in rows
    }


def _key(v: LocatedVhid) -> tuple[str, int]:
    return rc_name(v.interface), v.carp.vhid


def _pair(both: Both) -> str:
    return ",".join(router.name for router in both)


def _base(version: str) -> str:
    return version.partition("-p")[0]


def _age(version: str) -> tuple[int, ...]:
    try:
        release = parse_release(version)
    except BluegreenError:
        return (0,)
    return release.major, release.minor, release.patch


def _few(names: list[str]) -> list[str]:
    return names[:SHOWN_MAX]


def _listed(names: list[str]) -> str:
    more = len(names) - SHOWN_MAX
    return ", ".join(_few(names)) + (f" and {more} more" if more > 0 else "")
