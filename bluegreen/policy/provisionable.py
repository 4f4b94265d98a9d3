"""What must hold before a pair is made what its inventory says: named, as every check is."""

from collections.abc import Iterator

from bluegreen.errors import ParseError
from bluegreen.freebsd.site import FRR_CONF
from bluegreen.model.design import Design
from bluegreen.model.facts import PairFacts, RouterFacts, Unknown
from bluegreen.model.release import parse_release
from bluegreen.model.roles import seen
from bluegreen.model.routing import Ospf
from bluegreen.model.verdict import YES, Verdict, all_of, holds, no
from bluegreen.policy.layers import Layers
from bluegreen.policy.moves import init_here, obstacles
from bluegreen.policy.rows import interface_of, peers_of
from bluegreen.policy.runtime import wishes
from bluegreen.policy.services import tunnel_differs
from bluegreen.policy.setting import Setting
from bluegreen.policy.wishes import draft

UNICAST_SINCE = 14


def provisioned_routers(setting: Setting) -> tuple[str, ...]:
    """Return who is changed: both, or the spare alone."""
    return (setting.joins,) if setting.joins else setting.routers


def provisionable(pair: PairFacts, setting: Setting) -> Layers:
    """Return a verdict a check."""
    both, design = pair.both(), setting.design
    if not both or design is None:
        return (("reachable", seen(pair)),)
    changed = [r for r in both if r.name in provisioned_routers(setting)]
    return (
        ("reachable", YES),
        ("carp", all_of(_carp(r, design, r in changed) for r in both)),
        ("interfaces", all_of(_interfaces(pair, r, design, setting) for r in changed)),
        ("addresses", all_of(_addresses(r, design) for r in both)),
        ("join", _join(setting)),
        ("files", all_of(_files(pair, r.name, setting) for r in changed)),
        ("hold", all_of(_hold(r) for r in both)),
        ("roles", all_of(no(why) for why in obstacles(pair, setting))),
        ("tunnels", all_of(_tunnels(pair, r, setting) for r in changed)),
        ("frr", all_of(_frr(pair, r, setting) for r in changed)),
    )


def _carp(router: RouterFacts, design: Design, changed: bool) -> Verdict:
    name, carp = router.name, router.carp
    vrrp = [f"{g.vrid}@{i.name}" for i in router.interfaces for g in i.vrrp]
    unicast = [v.vhid for v in design.vhids if v.unicast] if changed else []
    return all_of(
        [
            holds(not vrrp, f"{name}: vhid {', '.join(vrrp)} speaks VRRP, not CARP"),
            holds(
                carp is None or carp.demotion == 0,
                f"{name}: net.inet.carp.demotion is {carp.demotion if carp else 0}: "
                "find out what demoted it first",
            ),
            holds(
                carp is not None or router.securelevel < 1,
                f"{name}: kern.securelevel is {router.securelevel}: carp(4) cannot be loaded",
            ),
            holds(
                not unicast or _major(router) >= UNICAST_SINCE,
                f"{name}: vhid {unicast[:1]} is to be unicast, which FreeBSD has since "
                f"{UNICAST_SINCE}.0; it runs {router.versions.userland}",
            ),
        ]
    )


def _major(router: RouterFacts) -> int:
    try:
        return int(str(parse_release(router.versions.userland or "")).partition(".")[0])
    except (ParseError, ValueError):
        return 0


def _interfaces(pair: PairFacts, router: RouterFacts, design: Design, setting: Setting) -> Verdict:
    return all_of(no(why) for why in _interface_faults(pair, router, design, setting))


def _interface_faults(
    pair: PairFacts, router: RouterFacts, design: Design, setting: Setting
) -> Iterator[str]:
    for vhid in design.vhids:
        name = vhid.interface_of(router.name)
        interface = interface_of(router, name)
        if interface is None:
            known = ", ".join(i.name or "?" for i in router.interfaces)
            yield f"{router.name} has no interface {name}; it has {known}"
            continue
        if not interface.is_up:
            yield f"{router.name}: {name} is not up: vhid {vhid.vhid} would be INIT there"
        peers = dict(zip((4, 6), peers_of(pair, router.name, vhid), strict=True))
        families = {6 if ":" in vip else 4 for vip in vhid.vips} if vhid.unicast else set()
        for version in sorted(families):
            if peers[version] is None:
                other = pair.peer_name(router.name)
                key = "addresses" if version == 4 else "addresses6"
                yield (
                    f"vhid {vhid.vhid} is unicast, and {other} has no IPv{version} address of its "
                    f"own on {vhid.interface_of(other)}: give it one, or name it under `{key}`"
                )
    yield from (
        f"{router.name}: vhid {w.vhid}@{w.interface} is INIT: see to its link, and to "
        "net.inet.carp.allow"
        for w in wishes(pair, router.name, setting)
        if init_here(w) and router.carp and router.carp.allow
    )


def _addresses(router: RouterFacts, design: Design) -> Verdict:
    """A VIP is nobody's own address, and the control path does not lead to one."""
    vips = {vip.partition("/")[0] for vhid in design.vhids for vip in vhid.vips}
    own = {
        inet.address: i.name
        for i in router.interfaces
        for inet in (*i.inet, *i.inet6)
        if inet.vhid is None
    }
    reached = {router.management, router.ssh.server if router.ssh else None} & vips
    return all_of(
        [
            *(
                no(
                    f"{vip} is {router.name}'s own address on {own[vip]}: a VIP belongs to no "
                    "router. Give the router another one there first"
                )
                for vip in sorted(vips & own.keys())
            ),
            *(
                no(f"{router.name} is reached at {a}, which is a VIP")
                for a in sorted(map(str, reached))
            ),
        ]
    )


def _join(setting: Setting) -> Verdict:
    """A unicast vhid has one peer a family (ifconfig(8), peer): a third router hears nobody."""
    if setting.joins is None or setting.design is None:
        return YES
    return all_of(
        no(
            f"vhid {v.vhid} is unicast: it advertises to one peer, and {setting.joins} would hear "
            "nobody and be MASTER beside it. Make it multicast on both routers first"
        )
        for v in setting.design.vhids
        if v.unicast
    )


def _files(pair: PairFacts, name: str, setting: Setting) -> Verdict:
    return all_of(no(why) for why in draft(pair, name, setting).obstacles)


def _hold(router: RouterFacts) -> Verdict:
    return holds(router.hold is None, f"{router.name} is held switched: `bluegreen restore` first")


def _tunnels(pair: PairFacts, router: RouterFacts, setting: Setting) -> Verdict:
    """A tunnel that carries is not given other ends."""
    design = setting.design
    if design is None:
        return YES
    serving = {w.vhid for w in wishes(pair, router.name, setting) if w.is_master}
    return all_of(
        no(
            f"{router.name} serves, and {t.name} would get other ends: switch to its peer first "
            "(`bluegreen failover`)"
        )
        for t in design.tunnels
        if interface_of(router, t.name)
        and tunnel_differs(router, t)
        and (vhid := design.follows(t))
        and vhid.vhid in serving
    )


def _frr(pair: PairFacts, router: RouterFacts, setting: Setting) -> Verdict:
    design = setting.design
    if design is None or design.frr is None:
        return YES
    ids = dict(design.frr.router_ids)
    vips = {vip.partition("/")[0] for vhid in design.vhids for vip in vhid.vips}
    packages = () if isinstance(router.packages, Unknown) else router.packages
    return all_of(
        [
            holds(router.name in ids, f"{router.name}: `frr: router_id:` does not name it"),
            holds(
                ids.get(router.name) not in vips,
                f"{router.name}: the OSPF router-id {ids.get(router.name)} is a VIP: after a "
                "switch both routers would have it",
            ),
            holds(
                len(set(ids.values())) == len(ids),
                "`frr: router_id:` gives two routers the same id",
            ),
            holds(
                any(p.name.startswith("frr") for p in packages),
                f"{router.name}: FRR is not installed: `pkg install frr10` there first",
            ),
            holds(
                not (router.masters() and _frr_would_restart(pair, router, setting)),
                f"{router.name} serves, and FRR would be restarted to read another {FRR_CONF}: "
                "switch to its peer first (`bluegreen failover`)",
            ),
        ]
    )


def _frr_would_restart(pair: PairFacts, router: RouterFacts, setting: Setting) -> bool:
    edits = draft(pair, router.name, setting).edits()
    return isinstance(router.ospf, Ospf) and any(edit.path == FRR_CONF for edit in edits)
