"""What must hold before anything is changed: named, so that each can be reported."""

import re
from collections.abc import Iterable

from bluegreen.errors import BluegreenError
from bluegreen.freebsd.paths import RC_ROOTS
from bluegreen.freebsd.rcconf import parse_rc, persist_edits
from bluegreen.model.facts import PairFacts, RouterFacts, Unknown
from bluegreen.model.finding import Evidence, Finding, Fix, Severity
from bluegreen.model.finding_names import CheckName
from bluegreen.model.verdict import YES, Verdict, all_of, found, holds, no, shown_by
from bluegreen.policy import follows, ipsec, lending, peers, uneven
from bluegreen.policy.maintenance import dark, demoted, disallowed, maintained
from bluegreen.policy.pathways import best_route
from bluegreen.policy.reach import unreached
from bluegreen.policy.serving import both_master, no_master, shown
from bluegreen.policy.setting import Setting
from bluegreen.policy.skews import PERSISTENT
from bluegreen.policy.spare import spares_wait
from bluegreen.policy.takeover import held_back, peer_would_take_over

CLOCK_LIMIT_S = 60.0
SHOWN_MAX = 4  # lines of a file, or files
Checks = tuple[tuple[CheckName, Verdict], ...]


def preflight(pair: PairFacts, setting: Setting) -> Checks:
    """Return a verdict a check; the names are stable, people grep for them."""
    both = pair.both()
    if not both:
        return (("reachable", found(unreached(pair))),)
    groups = uneven.groups(pair, both)
    checks: list[tuple[CheckName, Verdict]] = [
        ("reachable", YES),
        ("carp", _carp_of_both(both, groups)),
    ]
    if groups:
        checks += [
            ("roles", all_of([_roles(pair), blue_serves(pair, setting), held_back(pair)])),
            ("peers", peers.peers(both)),
            ("takeover", YES if setting.takes_no_role else _takeover(pair, setting)),
        ]
    return (*checks, *of_each(pair, setting))


def of_each(pair: PairFacts, setting: Setting) -> Checks:
    """Return a verdict for each check that takes no peer, of the routers that were seen."""
    routers = pair.observed()
    secured: Checks = (("ipsec", ipsec.ipsec_observable(pair, setting)),)
    lent = (lending.not_given_back(r, setting) for r in routers)
    return (
        ("management", all_of(_management(r, routers) for r in routers)),
        ("leftovers", all_of([*(_leftovers(r, setting) for r in routers), *lent])),
        ("maintenance", all_of(maintained(r, setting.upgrades) for r in routers)),
        ("hold", YES if setting.takes_no_role else all_of(_hold(r) for r in routers)),
        ("pfsync", all_of(_pfsync(r) for r in routers)),
        *(secured if ipsec.concerns(pair, setting) else ()),
        ("ospf", follows.ospf(pair, setting)),
        ("ipfo", follows.ipfo(pair, setting)),
        ("probe", YES if setting.following else follows.probe(pair)),
        ("clock", all_of(_clock(r) for r in routers)),
    )


def carp_of(router: RouterFacts) -> Verdict:
    """A router's own part in CARP: it has vhids, is allowed to take over, and its links are up."""
    return all_of([_carp(router), uneven.links(router)])


def _carp_of_both(both: tuple[RouterFacts, RouterFacts], groups: Verdict) -> Verdict:
    alike = (groups, uneven.advbases(both), uneven.prefixes(both))
    return all_of([*(carp_of(router) for router in both), *alike])


def _carp(router: RouterFacts) -> Verdict:
    """carp(4) as it is since FreeBSD 10, and none of the other kinds."""
    name = router.name
    pseudo = [
        i.name for i in router.interfaces if i.carp and re.fullmatch(r"carp\d+", i.name or "")
    ]
    vrrp = [f"{g.vrid}@{i.name}" for i in router.interfaces for g in i.vrrp]
    vrids = ", ".join(f"{i.name}: vrrp vrid {g.vrid}" for i in router.interfaces for g in i.vrrp)
    of_nine = ", ".join(map(str, pseudo))
    verdicts = (
        (
            holds(not vrrp, f"{name}: vhid {', '.join(vrrp)} speaks VRRP, not CARP: not supported"),
            f"ifconfig -a: {vrids}",
        ),
        (
            holds(
                not pseudo,
                f"{name}: {of_nine} is CARP of FreeBSD 9 or older, an interface of its own: not "
                "supported",
            ),
            f"ifconfig -a: {of_nine}",
        ),
        (
            holds(bool(router.vhids) or bool(vrrp), f"{name} has no CARP vhid"),
            "ifconfig -a: no line begins with `carp:`",
        ),
        (
            holds(router.carp is not None, f"{name}: carp(4) is not loaded"),
            "sysctl net.inet.carp: there is none",
        ),
    )
    own = (shown_by(verdict, Evidence(name, seen)) for verdict, seen in verdicts)
    return all_of([*own, found((*disallowed(router), *demoted(router)))])


def _roles(pair: PairFacts) -> Verdict:
    lost = (one for router in pair.both() or () for one in dark(router))
    return found((*both_master(pair), *no_master(pair), *lost))


def blue_serves(pair: PairFacts, setting: Setting) -> Verdict:
    """Roles may have moved since blue was chosen: then everything would be done the wrong way."""
    blue = pair.seen(setting.blue)
    verdict = holds(
        blue is not None and bool(blue.masters()),
        f"{setting.blue} was taken for who serves, and serves nothing now: plan it again",
    )
    vhids = blue.vhids if blue else ()
    return shown_by(verdict, *(Evidence(setting.blue, shown(v)) for v in vhids))


def _leftovers(router: RouterFacts, setting: Setting) -> Verdict:
    """Jobs and originals of another run would be taken for ours."""
    paths = setting.paths_of(router.name)
    if router.hidden:
        unread = no(f"{router.name}: what runs left there cannot be read: {router.hidden.unknown}")
        seen = Evidence(router.name, f"find {paths.state} -type f: {router.hidden.unknown}")
        return shown_by(unread, seen)
    jobs = [paths.job(job.name) for job in router.jobs if job.run != setting.run]
    originals = [path for path in router.kept if path.startswith(f"{paths.originals}/")]
    records = [path for path in router.kept if path in (paths.record, paths.reached)]
    found = sorted(jobs + ([*originals, *records] if router.lock is None else []))
    verdict = holds(
        not found,
        f"{router.name}: {', '.join(found[:3])} of another run: "
        f"`bluegreen recover --pair {','.join(setting.routers)}` finishes or undoes it",
    )
    listed = ", ".join(path.removeprefix(f"{paths.state}/") for path in found[:SHOWN_MAX])
    listed += f" and {len(found) - SHOWN_MAX} more" if len(found) > SHOWN_MAX else ""
    return shown_by(verdict, Evidence(router.name, f"find {paths.state} -type f: {listed}"))


def _takeover(pair: PairFacts, setting: Setting) -> Verdict:
    """Each router must be able to relieve the other; a planned switch needs it both ways."""
    peer = peer_would_take_over(pair, setting.blue, setting, and_back=True)
    verdict = all_of([peer, spares_wait(pair, setting)])
    return shown_by(verdict, *(one for router in pair.observed() for one in _timing(router)))


def _timing(router: RouterFacts) -> Iterable[Evidence]:
    """Yield what the CARP model goes by."""
    carp = router.carp
    sysctls = (
        f"net.inet.carp.preempt: {int(carp.preempt)}, net.inet.carp.demotion: {carp.demotion}"
        if carp
        else "net.inet.carp: there is none"
    )
    yield Evidence(router.name, f"sysctl {sysctls}")
    yield from (Evidence(router.name, shown(v)) for v in router.vhids)


def _management(router: RouterFacts, both: Iterable[RouterFacts]) -> Verdict:
    """The control path must not move with what we move."""
    vips = frozenset[str]().union(*(r.vips for r in both))
    seen_as = {router.management, router.ssh.server if router.ssh else None} - {None}
    over_vip = (
        _control_path(
            f"{router.name} is reached at {address}, which is a VIP: it would move",
            Evidence(router.name, f"SSH goes to {address}"),
            Fix("hosts.yaml", "give its own address in the inventory"),
        )
        for address in sorted(map(str, seen_as))
        if address in vips
    )
    return all_of([found(over_vip), _return_path(router, vips)])


def _control_path(says: str, seen: Evidence, fix: Fix) -> Finding:
    return Finding("control-path", Severity.CRITICAL, says, (seen,), (fix,))


def _return_path(router: RouterFacts, vips: frozenset[str]) -> Verdict:
    """Answers to the controller must not leave through a tunnel or over a VIP."""
    if isinstance(router.routes, Unknown):
        unread = no(f"{router.name}: routes cannot be read: {router.routes.unknown}")
        return shown_by(unread, Evidence(router.name, f"netstat -rn: {router.routes.unknown}"))
    best = best_route(router, router.ssh.client) if router.ssh else None
    if best is None or not router.ssh:
        return YES
    client = router.ssh.client
    seen = Evidence(router.name, f"netstat -rn: {best.destination} {best.gateway} {best.interface}")
    fix = Fix(router.name, "route the controller over an address that does not move")
    tunnels = {i.name for i in router.interfaces if i.tunnel}
    ways = [
        *([f"through the tunnel {best.interface}"] if best.interface in tunnels else []),
        *([f"over {best.gateway}, which is a VIP"] if best.gateway in vips else []),
    ]
    return found(_control_path(f"{router.name} answers {client} {way}", seen, fix) for way in ways)


def _hold(router: RouterFacts) -> Verdict:
    if (hold := router.hold) is None:
        return YES
    held = no(f"{router.name} is held switched since run {hold.run}: `bluegreen restore` first")
    skews = ", ".join(f"vhid {vhid}@{name} advskew {skew}" for name, vhid, skew in hold.skews)
    seen = f"its file `hold` of run {hold.run}: {skews or 'no skew'} to come back to"
    return shown_by(held, Evidence(router.name, seen))


def _pfsync(router: RouterFacts) -> Verdict:
    return all_of(
        shown_by(
            holds(
                i.pfsync.syncok is not False or "UP" not in i.flags,
                f"{router.name}: pfsync is not in sync (syncok: 0)",
            ),
            Evidence(router.name, f"ifconfig {i.name}: syncok: 0, version {i.pfsync.version}"),
        )
        for i in router.interfaces
        if i.pfsync
    )


def _clock(router: RouterFacts) -> Verdict:
    off = router.clock_s - router.controller_s
    verdict = holds(
        abs(off) <= CLOCK_LIMIT_S,
        f"{router.name}: its clock is {off:+.0f} s from this machine's: see ntpd(8) or ntpdate",
    )
    seen = f"date +%s: {router.clock_s:.0f}, while it was {router.controller_s:.0f} here"
    return shown_by(verdict, Evidence(router.name, seen))


def persistence(router: RouterFacts) -> Verdict:
    """Each vhid's skew stands where a boot reads it, in a spelling that we can edit."""
    name = router.name
    if isinstance(router.rc, Unknown):
        unread = no(f"{name}: rc.conf cannot be read: {router.rc.unknown}")
        return shown_by(unread, Evidence(name, f"find {RC_ROOTS[0]} ...: {router.rc.unknown}"))
    try:
        parse_rc(router.rc)
        persist_edits(router.rc, {(v.interface, v.carp.vhid): PERSISTENT for v in router.vhids})
    except BluegreenError as error:
        return shown_by(no(f"{name}: {error.what}"), *_lines_of_vhids(router))
    return YES


def _lines_of_vhids(router: RouterFacts) -> Iterable[Evidence]:
    """Yield what the files say of vhids; passwords were struck out before it was sent."""
    files = () if isinstance(router.rc, Unknown) else router.rc
    lines = [f"{f.path}: {line.strip()}" for f in files for line in f.lines if "vhid" in line]
    nothing = f"{', '.join(f.path for f in files) or RC_ROOTS[0]}: no line names a vhid"
    return (Evidence(router.name, line) for line in lines[:SHOWN_MAX] or [nothing])
