"""Somebody else's hands on a router: what shows them, and what takes them back."""

from collections.abc import Iterator

from bluegreen.errors import BluegreenError
from bluegreen.freebsd.rcconf import parse_rc, rc_name
from bluegreen.model.facts import LocatedVhid, RouterFacts, Unknown
from bluegreen.model.network import CarpState, Interface
from bluegreen.model.verdict import Verdict

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
    found = (*_allow(router), *_dark(router), *_demoted(router), *_skews(router), *half)
    return Verdict(tuple(f"{router.name}: {reason}" for reason in found))


def _allow(router: RouterFacts) -> Iterator[str]:
    if router.carp and not router.carp.allow:
        yield (
            "net.inet.carp.allow is 0, so that every vhid is INIT: pfSense sets it while it shuts "
            "down, people for maintenance. There: `sysctl net.inet.carp.allow=1`"
        )


def _dark(router: RouterFacts) -> Iterator[str]:
    """Name why a vhid is INIT: its interface was taken down, or has no carrier."""
    if router.carp and not router.carp.allow:
        return
    by_name = {interface.name: interface for interface in router.interfaces}
    for vhid in router.vhids:
        if vhid.carp.state is CarpState.INIT:
            yield f"vhid {vhid} is INIT: {_why_dark(vhid, by_name.get(vhid.interface))}"


def _why_dark(vhid: LocatedVhid, interface: Interface | None) -> str:
    if interface is not None and "UP" not in interface.flags:
        return f"{vhid.interface} was taken down. There: `ifconfig {vhid.interface} up`"
    return f"{vhid.interface} has no link: see to its cable or port"


def _demoted(router: RouterFacts) -> Iterator[str]:
    demotion = router.carp.demotion if router.carp else 0
    if not demotion:
        return
    bulk = [i.name for i in router.interfaces if i.pfsync and i.pfsync.syncok is False]
    dark = sorted({v.interface for v in router.vhids if v.carp.state is CarpState.INIT})
    said = f"net.inet.carp.demotion is {demotion}"
    back = f"`sysctl net.inet.carp.demotion={-demotion}`"
    if dark:
        yield f"{said}: {', '.join(dark)} has no link, and its return takes it back by itself"
    elif demotion > 0 and bulk:
        yield (
            f"{said}: {bulk[0]} is fetching the states (syncok: 0), which takes seconds after a "
            f"boot. If it lasts, the bulk update is stuck: see `ifconfig {bulk[0]}` on both "
            f"routers (syncdev, version), then there: {back}"
        )
    elif demotion == STEP:
        yield (
            f"{said}, and neither a link nor pfsync explains it: OPNsense's persistent "
            "maintenance mode (leave it there, in its own interface), or send errors to a "
            f"unicast peer that was dead. There: {back}, and read it again after 10 s"
        )
    else:
        yield (
            f"{said}: left over by hand, or by a line in /etc/sysctl.conf, which adds it at each "
            f"boot. There: {back}"
        )


def _skews(router: RouterFacts) -> Iterator[str]:
    """A skew from which nobody is relieved, and which no file wants; each with its way back."""
    for vhid in router.vhids:
        own = _configured(router, vhid)
        if vhid.carp.advskew in LEFT and vhid.carp.advskew != own:
            yield (
                f"vhid {vhid} has advskew {vhid.carp.advskew}: maintenance mode of pfSense, or "
                f"left over by hand; this router can relieve nobody. {_way_back(vhid, own)}"
            )


def _way_back(vhid: LocatedVhid, own: int | None) -> str:
    if own is None:
        return "What rc.conf says cannot be read: give it the skew that it is to have"
    peers = "".join(f" {word} {address}" for word, address in vhid.carp.unicast_peers)
    words = f"ifconfig {vhid.interface} vhid {vhid.carp.vhid} advskew {own}{peers}"
    return f"rc.conf says {own}. There: `{words}`"


def _configured(router: RouterFacts, vhid: LocatedVhid) -> int | None:
    if isinstance(router.rc, Unknown):
        return None
    try:
        rows = parse_rc(router.rc)
    except BluegreenError:
        return None
    key = (rc_name(vhid.interface), vhid.carp.vhid)
    return next((r.advskew for r in rows if (rc_name(r.interface), r.vhid) == key), None)


def _half(router: RouterFacts) -> Iterator[str]:
    """An update that somebody began: a kernel that does not run yet, a world that is behind."""
    versions = router.versions
    if versions.kernel != versions.running:
        yield (
            f"kernel {versions.kernel} is installed and {versions.running} runs: a reboot is "
            "pending. Let whoever began that finish it, while the router is idle"
        )
    elif versions.half_installed and versions.kernel and versions.userland:
        yield (
            f"it has the kernel of {versions.kernel} and the world of {versions.userland}: an "
            "update was begun and not ended. There: `freebsd-update install`, until both are the "
            "same"
        )
