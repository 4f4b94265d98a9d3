"""Somebody else's hands on a router: what shows them, and what takes them back."""

from collections.abc import Iterator

from bluegreen.errors import BluegreenError
from bluegreen.freebsd.rcconf import parse_rc, rc_name
from bluegreen.model.facts import LocatedVhid, RouterFacts, Unknown
from bluegreen.model.finding import Evidence, Finding, Fix, Severity
from bluegreen.model.network import CarpState, Interface
from bluegreen.model.verdict import Verdict, found

CRITICAL, WARNING = Severity.CRITICAL, Severity.WARNING
STEP = 240  # what the kernel adds for a link, a send error or a bulk update (ip_carp.c)
LEFT = (240, 254)  # advskews that people and pfSense's maintenance mode leave (interfaces.inc)


def maintained(router: RouterFacts, updates: bool = True) -> Verdict:
    """Return everything that shows that somebody is at work on a router, each with its fix.

    Args:
        router: As it was seen.
        updates: Whether an update that others began counts; a switch alone may be made for it.
    """
    if router.lock or router.hold:
        return Verdict()  # a run of ours: the lock and the hold speak for themselves
    half = _half(router) if updates else ()
    return found((*disallowed(router), *dark(router), *demoted(router), *_skews(router), *half))


def disallowed(router: RouterFacts) -> Iterator[Finding]:
    """Yield that CARP is switched off."""
    if router.carp and not router.carp.allow:
        yield Finding(
            "carp-off",
            CRITICAL,
            f"{router.name}: net.inet.carp.allow is 0, so that every vhid is INIT: pfSense sets it "
            "while it shuts down, people for maintenance",
            (Evidence(router.name, "sysctl net.inet.carp.allow: 0"),),
            (Fix(router.name, "let it take part again", "sysctl net.inet.carp.allow=1"),),
        )


def dark(router: RouterFacts) -> Iterator[Finding]:
    """Name why a vhid is INIT: its interface was taken down, or has no carrier."""
    if router.carp and not router.carp.allow:
        return
    by_name = {interface.name: interface for interface in router.interfaces}
    for vhid in router.vhids:
        if vhid.carp.state is CarpState.INIT:
            yield _dark(router.name, vhid, by_name.get(vhid.interface))


def _dark(name: str, vhid: LocatedVhid, interface: Interface | None) -> Finding:
    taken_down = interface is not None and "UP" not in interface.flags
    flags = ",".join(interface.flags) if interface else "?"
    status = f", status: {interface.status}" if interface and interface.status else ""
    return Finding(
        "init",
        CRITICAL,
        f"{name}: vhid {vhid} is INIT: {vhid.interface} "
        + ("was taken down" if taken_down else "has no link"),
        (Evidence(name, f"ifconfig: {vhid.interface} flags <{flags}>{status}"),),
        (
            Fix(name, "put it up", f"ifconfig {vhid.interface} up")
            if taken_down
            else Fix(name, "see to its cable or port"),
        ),
    )


def demoted(router: RouterFacts) -> Iterator[Finding]:
    """Say what a demotion is of, as far as it can be told."""
    demotion = router.carp.demotion if router.carp else 0
    if demotion:
        why, fix = _of_demotion(router, demotion)
        said = f"net.inet.carp.demotion is {demotion}"
        skews = (
            f"vhid {v} advertises {router.effective(v)} instead of {v.carp.advskew}"
            for v in router.vhids
        )
        yield Finding(
            "demoted",
            WARNING,
            f"{router.name}: {said}: {why}",
            (Evidence(router.name, "; ".join((f"sysctl {said.replace(' is', ':')}", *skews))),),
            (fix,),
        )


def _of_demotion(router: RouterFacts, demotion: int) -> tuple[str, Fix]:
    bulk = [i.name for i in router.interfaces if i.pfsync and i.pfsync.syncok is False]
    dark_ones = sorted({v.interface for v in router.vhids if v.carp.state is CarpState.INIT})
    name, back = router.name, f"sysctl net.inet.carp.demotion={-demotion}"
    if dark_ones:
        return (
            f"{', '.join(dark_ones)} has no link",
            Fix(name, "its return takes it back by itself"),
        )
    if demotion > 0 and bulk:
        why = (
            f"{bulk[0]} is fetching the states (syncok: 0), which takes seconds after a boot; if "
            f"it lasts, the bulk update is stuck: see `ifconfig {bulk[0]}` on both routers "
            "(syncdev, version)"
        )
        return why, Fix(name, "then take it back", back)
    if demotion == STEP:
        why = (
            "neither a link nor pfsync explains it: OPNsense's persistent maintenance mode "
            "(leave it there, in its own interface), or send errors to a unicast peer that was dead"
        )
        return why, Fix(name, "take it back, and read it again after 10 s", back)
    return (
        "left over by hand, or by a line in /etc/sysctl.conf, which adds it at each boot",
        Fix(name, "take it back", back),
    )


def _skews(router: RouterFacts) -> Iterator[Finding]:
    """A skew from which nobody is relieved, and which no file wants; each with its way back."""
    for vhid in router.vhids:
        own = _configured(router, vhid)
        if vhid.carp.advskew in LEFT and vhid.carp.advskew != own:
            yield Finding(
                "left-skew",
                WARNING,
                f"{router.name}: vhid {vhid} has advskew {vhid.carp.advskew}: maintenance mode of "
                "pfSense, or left over by hand; this router can relieve nobody",
                (Evidence(router.name, f"ifconfig: vhid {vhid} advskew {vhid.carp.advskew}"),),
                (_way_back(router.name, vhid, own),),
            )


def _way_back(name: str, vhid: LocatedVhid, own: int | None) -> Fix:
    if own is None:
        return Fix(name, "what rc.conf says cannot be read: give it the skew that it is to have")
    peers = "".join(f" {word} {address}" for word, address in vhid.carp.unicast_peers)
    words = f"ifconfig {vhid.interface} vhid {vhid.carp.vhid} advskew {own}{peers}"
    return Fix(name, f"rc.conf says {own}", words)


def _configured(router: RouterFacts, vhid: LocatedVhid) -> int | None:
    if isinstance(router.rc, Unknown):
        return None
    try:
        rows = parse_rc(router.rc)
    except BluegreenError:
        return None
    key = (rc_name(vhid.interface), vhid.carp.vhid)
    return next((r.advskew for r in rows if (rc_name(r.interface), r.vhid) == key), None)


def _half(router: RouterFacts) -> Iterator[Finding]:
    """An update that somebody began: a kernel that does not run yet, a world that is behind."""
    name, versions = router.name, router.versions
    seen = Evidence(name, f"{versions.kernel}, {versions.running}, {versions.userland} (-kru)")
    if versions.kernel != versions.running:
        yield Finding(
            "half-updated",
            WARNING,
            f"{name}: kernel {versions.kernel} is installed and {versions.running} runs: a reboot "
            "is pending",
            (seen,),
            (Fix(name, "let whoever began that finish it, while the router is idle"),),
        )
    elif versions.half_installed and versions.kernel and versions.userland:
        yield Finding(
            "half-updated",
            WARNING,
            f"{name}: it has the kernel of {versions.kernel} and the world of {versions.userland}: "
            "an update was begun and not ended",
            (seen,),
            (Fix(name, "end it, until both are the same", "freebsd-update install"),),
        )
