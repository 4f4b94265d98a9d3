"""What must hold before anything is changed: named, so that each can be reported."""

import re
from collections.abc import Iterable

from bluegreen.errors import BluegreenError
from bluegreen.freebsd.rcconf import parse_rc, persist_edits
from bluegreen.model.facts import Floating, PairFacts, RouterFacts, Unknown
from bluegreen.model.finding import Evidence, Finding, Fix, Severity
from bluegreen.model.pair import FloatingAddress
from bluegreen.model.roles import answered, floating_at
from bluegreen.model.routing import Ospf
from bluegreen.model.verdict import YES, Verdict, all_of, found, holds, no
from bluegreen.policy import ipsec, lending, peers, uneven
from bluegreen.policy.maintenance import dark, demoted, disallowed, maintained
from bluegreen.policy.pathways import best_route
from bluegreen.policy.reach import unreached
from bluegreen.policy.serving import both_master, no_master
from bluegreen.policy.setting import Setting
from bluegreen.policy.skews import PERSISTENT
from bluegreen.policy.spare import spares_wait
from bluegreen.policy.takeover import peer_would_take_over

CLOCK_LIMIT_S = 60.0
Checks = tuple[tuple[str, Verdict], ...]


def preflight(pair: PairFacts, setting: Setting) -> Checks:
    """Return a verdict a check; the names are stable, people grep for them."""
    both = pair.both()
    if not both:
        return (("reachable", found(unreached(pair))),)
    groups = uneven.groups(pair, both)
    stays = setting.releasing or setting.following  # no role is taken from anybody
    checks: list[tuple[str, Verdict]] = [
        ("reachable", YES),
        ("carp", _carp_of_both(both, groups)),
    ]
    if groups:
        checks += [
            ("roles", all_of([_roles(pair), blue_serves(pair, setting)])),
            ("peers", peers.peers(both)),
            ("takeover", YES if stays else _takeover(pair, setting)),
        ]
    return (*checks, *of_each(pair, setting))


def of_each(pair: PairFacts, setting: Setting) -> Checks:
    """Return a verdict for each check that takes no peer, of the routers that were seen."""
    routers = pair.observed()
    stays = setting.releasing or setting.following
    lent = (lending.not_given_back(r, setting) for r in routers)
    return (
        ("management", all_of(_management(r, routers) for r in routers)),
        ("leftovers", all_of([*(_leftovers(r, setting) for r in routers), *lent])),
        ("maintenance", all_of(maintained(r, setting.upgrades) for r in routers)),
        ("hold", YES if stays else all_of(_hold(r) for r in routers)),
        ("pfsync", all_of(_pfsync(r) for r in routers)),
        *(
            [("ipsec", ipsec.ipsec_observable(pair, setting))]
            if ipsec.concerns(pair, setting)
            else []
        ),
        ("ospf", _ospf(pair, setting)),
        ("ipfo", _ipfo(pair, setting)),
        ("probe", YES if setting.following else all_of(answered(pair))),
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
    return all_of(
        [
            holds(not vrrp, f"{name}: vhid {', '.join(vrrp)} speaks VRRP, not CARP: not supported"),
            holds(
                not pseudo,
                f"{name}: {', '.join(map(str, pseudo))} is CARP of FreeBSD 9 or older, "
                "an interface of its own: not supported",
            ),
            holds(bool(router.vhids) or bool(vrrp), f"{name} has no CARP vhid"),
            holds(router.carp is not None, f"{name}: carp(4) is not loaded"),
            found((*disallowed(router), *demoted(router))),
        ]
    )


def _roles(pair: PairFacts) -> Verdict:
    lost = (one for router in pair.both() or () for one in dark(router))
    return found((*both_master(pair), *no_master(pair), *lost))


def blue_serves(pair: PairFacts, setting: Setting) -> Verdict:
    """Roles may have moved since blue was chosen: then everything would be done the wrong way."""
    blue = pair.seen(setting.blue)
    return holds(
        blue is not None and bool(blue.masters()),
        f"{setting.blue} served when the run was planned and serves nothing now: plan it again",
    )


def _leftovers(router: RouterFacts, setting: Setting) -> Verdict:
    """Jobs and originals of another run would be taken for ours."""
    if router.hidden:
        return no(f"{router.name}: what runs left there cannot be read: {router.hidden.unknown}")
    paths = setting.paths_of(router.name)
    jobs = [paths.job(job.name) for job in router.jobs if job.run != setting.run]
    originals = [path for path in router.kept if path.startswith(f"{paths.originals}/")]
    records = [path for path in router.kept if path in (paths.record, paths.reached)]
    found = jobs + ([*originals, *records] if router.lock is None else [])
    return holds(
        not found,
        f"{router.name}: {', '.join(sorted(found)[:3])} of another run: "
        f"`bluegreen recover --pair {','.join(setting.routers)}` finishes or undoes it",
    )


def _takeover(pair: PairFacts, setting: Setting) -> Verdict:
    """Each router must be able to relieve the other; a planned switch needs it both ways."""
    peer = peer_would_take_over(pair, setting.blue, setting, and_back=setting.upgrades)
    return all_of([peer, spares_wait(pair, setting)])


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
        return no(f"{router.name}: routes cannot be read: {router.routes.unknown}")
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
    return holds(
        router.hold is None,
        f"{router.name} is held switched since run {router.hold.run if router.hold else ''}: "
        "`bluegreen restore` first",
    )


def _pfsync(router: RouterFacts) -> Verdict:
    return all_of(
        holds(
            i.pfsync.syncok is not False or "UP" not in i.flags,
            f"{router.name}: pfsync is not in sync (syncok: 0)",
        )
        for i in router.interfaces
        if i.pfsync
    )


def _clock(router: RouterFacts) -> Verdict:
    off = router.clock_s - router.controller_s
    return holds(
        abs(off) <= CLOCK_LIMIT_S,
        f"{router.name}: its clock is {off:+.0f} s from this machine's: see ntpd(8) or ntpdate",
    )


def _ospf(pair: PairFacts, setting: Setting) -> Verdict:
    if setting.ospf is False:
        return YES
    both = pair.observed()
    vips = frozenset[str]().union(*(r.vips for r in both))
    ids = [r.ospf.router_id for r in both if isinstance(r.ospf, Ospf) and r.ospf.router_id]
    master = pair.seen(setting.blue)
    full = 0
    if master and isinstance(master.ospf, Ospf):
        full = sum(n.full for n in master.ospf.neighbors)
    return all_of(
        [
            *(
                no(f"{r.name}: OSPF cannot be read: {r.ospf.unknown}")
                for r in both
                if isinstance(r.ospf, Unknown)
            ),
            *(
                no(f"{r.name}: no OSPF daemon answers, but `ospf:` is configured")
                for r in both
                if r.ospf is None and setting.ospf
            ),
            *(
                no(f"OSPF router-id {i} is a VIP: after a switch both routers would have it")
                for i in sorted(set(ids) & vips)
            ),
            holds(len(set(ids)) == len(ids), f"both routers have the OSPF router-id {ids[:1]}"),
            holds(
                master is None or full >= setting.min_neighbors,
                f"{setting.blue}: {full} OSPF neighbours are Full, wanted {setting.min_neighbors}",
            ),
        ]
    )


def _ipfo(pair: PairFacts, setting: Setting) -> Verdict:
    """The floating address is at its MASTER, and could be moved from there."""
    wanted, floating = setting.ipfo, pair.outside.floating
    if wanted is None:
        return YES
    if isinstance(floating, Floating) and setting.following:
        there = holds(floating.settled, f"{wanted.address}: {floating.detail}")
    else:
        there = floating_at(pair, setting.blue)
    problems = floating.problems if isinstance(floating, Floating) else ()
    return all_of([there, *map(no, problems), _witnessed(pair, wanted), *_bindable(pair, wanted)])


def _witnessed(pair: PairFacts, wanted: FloatingAddress) -> Verdict:
    """Where the provider knows no router, nothing but a probe sees whom it reaches."""
    probed = any(answer.vip.split(",")[0] == wanted.address for answer in pair.outside.answers)
    return holds(
        wanted.binding != "carp" or probed,
        f"{wanted.address}: OVH knows no router (binding: carp), and no probe watches the address",
    )


def _bindable(pair: PairFacts, wanted: FloatingAddress) -> Iterable[Verdict]:
    floating = pair.outside.floating
    if not wanted.moves or wanted.services or not isinstance(floating, Floating):
        return
    macs = dict(floating.macs)
    for name in (router.name for router in pair.observed()):
        yield holds(name in macs, f"{name}: no interface with {wanted.address} has a MAC")
    if len(macs) == 2 and len(set(macs.values())) == 1:
        yield no(f"both routers have the MAC {next(iter(macs.values()))}: `binding: role`")


def persistence(router: RouterFacts) -> Verdict:
    """Each vhid's skew stands where a boot reads it, in a spelling that we can edit."""
    if isinstance(router.rc, Unknown):
        return no(f"{router.name}: rc.conf cannot be read: {router.rc.unknown}")
    try:
        parse_rc(router.rc)
        persist_edits(router.rc, {(v.interface, v.carp.vhid): PERSISTENT for v in router.vhids})
    except BluegreenError as error:
        return no(f"{router.name}: {error.what}")
    return YES
