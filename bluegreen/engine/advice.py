"""What the operator reads at the end: how each router is, and what to type next."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bluegreen.engine.plan import PlannedStep
from bluegreen.model.facts import PairFacts, RouterFacts, Unknown
from bluegreen.model.holding import NOT_SEEN, is_stale
from bluegreen.model.network import CarpState
from bluegreen.model.roles import dual, floating_at
from bluegreen.model.system import NAMELESS
from bluegreen.policy.floating import server_of

FIX = "Nothing was changed. Mend what is named, see `bluegreen check`, start again."
SPLIT = (
    "Find out why they do not hear each other (cable, switch, pass, address list), mend it, "
    "see with `bluegreen status` that one of them yields, then `bluegreen resume`."
)
MEND = "Mend what is named, then `bluegreen resume`; or `bluegreen rollback`."


@dataclass(frozen=True, slots=True)
class Typed:
    """What makes a command of an advice whole: it can be typed as it stands."""

    run: str
    pair: str  # A,B
    places: str = ""  # -i FILE --state-dir DIR, where they were typed

    def whole(self, advice: str) -> str:
        """Return an advice with run, pair and places in each of our commands that lacks them."""

        def filled(found: re.Match[str]) -> str:
            about = self.run if found[1] in _OF_A_RUN else f"--pair {self.pair}"
            places = f" {self.places}" if self.places else ""
            return f"`bluegreen {found[1]} {about}{places}`"

        return _OURS.sub(filled, advice)


_OF_A_RUN = ("resume", "rollback", "show")
_OURS = re.compile(r"`bluegreen (resume|rollback|show|status|check|recover)`")


def unlock(pair: PairFacts, router: RouterFacts) -> str:
    """Say what to do about a router that another run holds."""
    lock = router.lock
    if lock is None:
        return ""
    if lock.run == NAMELESS:
        return f"See that nobody works there, then add `--break-lock {NAMELESS}`."
    finish = f"`bluegreen resume {lock.run}` or `bluegreen rollback {lock.run}`"
    if not is_stale(pair, lock.run):
        return f"Wait for it, or finish it: {finish}, on {lock.host}."
    return (
        f"Ask {lock.owner}, then finish it: {finish}, on {lock.host}. If {lock.host} is gone for "
        "good, `bluegreen recover` finishes it or undoes it from here; where nothing of it is "
        f"left but its lock, `--break-lock {lock.run}` takes that."
    )


def by_hand(planned: PlannedStep, pair: PairFacts | None) -> str:
    """Say what somebody at a console must do before the run can go on."""
    if pair and dual(pair):
        return SPLIT
    unseen = [u.name for u in pair.unseen()] if pair else []
    demoted = [*_demoted(pair), *_unbound(pair)]
    about = "both routers" if planned.step.router == "pair" else planned.step.router
    first = f"See to {' and '.join(unseen) or about} (console, power)."
    half = _half(pair)
    dark = [*_dark(pair), *_bare(pair)]
    parts = [first if unseen or not (demoted or half or dark) else "", *dark, *demoted, *half]
    parts.append("Nothing else is touched until then; `bluegreen rollback` goes on.")
    return " ".join(part for part in parts if part)


def mend(pair: PairFacts | None) -> str:
    """Say what must be mended before a run that only has to be closed can go on."""
    if pair and dual(pair):
        return SPLIT
    unseen = " and ".join(u.name for u in pair.unseen()) if pair else ""
    first = [f"See to {unseen} (console, power)."] if unseen else []
    return " ".join([*first, *_dark(pair), *_demoted(pair), MEND])


def unwell(pair: PairFacts | None) -> str:
    """Say what is to be seen to on a pair that a run is over with; nothing, where all is well."""
    return " ".join([*_dark(pair), *_demoted(pair), *_unbound(pair)])


def refused_by_provider(pair: PairFacts) -> str | None:
    """Say why nobody can tell where the floating address is, if asking again is no use."""
    floating = pair.outside.floating
    if isinstance(floating, Unknown) and floating.final:
        return f"the provider refuses to be asked: {floating.unknown}"
    return None


def _unbound(pair: PairFacts | None) -> list[str]:
    """Say what keeps the floating address from its MASTER, and where to look."""
    floating = pair.outside.floating if pair else None
    if pair is None or floating is None:
        return []
    look = f"`bluegreen ipfo show --pair {','.join(pair.names)}`"
    if isinstance(floating, Unknown):
        return [f"Nobody knows where the floating address is: {floating.unknown}. See {look}."]
    name = server_of(pair, floating.address)
    if name is None or floating_at(pair, name):
        return []
    why = f": {floating.detail}" if floating.detail else ""
    settled = "" if floating.settled else ", not settled"
    at = f"bound to {floating.router or 'neither router'}{settled}{why}"
    told = f"{floating.address} belongs to {name} and is {at}."
    return [f"{told} See {look}, and the tasks in the provider's manager."]


def bound(pair: PairFacts) -> tuple[str, ...]:
    """Say in one line where the floating address is, where there is one."""
    floating = pair.outside.floating
    if floating is None:
        return ()
    if isinstance(floating, Unknown):
        return (f"floating address: not known where: {floating.unknown}",)
    where = "wherever CARP says" if floating.by_carp else floating.router or "neither router"
    why = f" ({floating.detail})" if floating.detail else ""
    return (f"{floating.address}: bound to {where}{why}",)


def no_relief(pair: PairFacts, router: str) -> str | None:
    """Say why the peer of a router that serves can take nothing over until somebody sees to it."""
    mine = pair.seen(router)
    if mine is None or not mine.masters():
        return None
    dark = _dark(pair, pair.peer_name(router))
    return f"{router} serves, and nobody could relieve it. {' '.join(dark)}" if dark else None


def _dark(pair: PairFacts | None, name: str | None = None) -> list[str]:
    """Name the interfaces of vhids that are INIT: no link, or taken down."""
    return [
        f"{router.name}: {vhid.interface} has no link or is down, and vhid {vhid.carp.vhid} is "
        "INIT for it: see to its cable or port."
        for router in pair or ()
        if isinstance(router, RouterFacts) and name in (None, router.name)
        for vhid in router.vhids
        if vhid.carp.state is CarpState.INIT
    ]


def _bare(pair: PairFacts | None) -> list[str]:
    """Name a router that lacks every vhid of its peer's: its boot could not read its files."""
    both = pair.both() if pair else None
    return [
        f"{router.name} has no vhid: see what its boot made of /etc/rc.conf (`sh -n` it), "
        "mend it and reboot it there; it serves nothing."
        for router, peer in ((both, both[::-1]) if both else ())
        if peer.vhids and not router.vhids
    ]


def _half(pair: PairFacts | None) -> list[str]:
    """Without boot environments only a whole set can be taken back (freebsd-update.sh)."""
    return [
        f"{router.name} has the kernel of {router.versions.kernel} and the world of "
        f"{router.versions.userland}. There: `freebsd-update install`, until both are the same."
        for router in pair or ()
        if isinstance(router, RouterFacts)
        and router.environments == ()
        and router.versions.half_installed
    ]


def _demoted(pair: PairFacts | None) -> list[str]:
    return [
        _undemote(router.name, router.carp.demotion)
        for router in pair or ()
        if isinstance(router, RouterFacts) and router.carp and _stuck(router, router.carp.demotion)
    ]


def _stuck(router: RouterFacts, demotion: int) -> bool:
    """Whether a demotion stays: a vhid clears its send errors while it is MASTER, a link may
    come back."""
    dark = any(vhid.carp.state is CarpState.INIT for vhid in router.vhids)
    return demotion < 0 or (demotion > 0 and bool(router.backups()) and not dark)


def _undemote(name: str, demotion: int) -> str:
    """The kernel takes its own send errors off again, but only while it sends (ip_carp.c)."""
    command = f"`sysctl net.inet.carp.demotion={-demotion}`"
    if demotion < 0:
        return (
            f"{name} is demoted by {demotion}: send errors were taken off twice. There: {command}."
        )
    return (
        f"{name} is demoted by {demotion}: a router whose unicast peer was dead counts "
        f"send errors, and as BACKUP it sends nothing that could clear them. There: {command}, "
        "wait 10 s (a router that is MASTER then takes them off once more), read "
        "the value, and write what brings it to 0."
    )


def describe(router: object) -> str:
    """Say in one line how a router is now."""
    if not isinstance(router, RouterFacts):
        return f"{getattr(router, 'name', '?')}: not observed: {getattr(router, 'reason', '?')}"
    states = ", ".join(f"vhid {v} {v.carp.state} advskew {v.carp.advskew}" for v in router.vhids)
    environment = router.environment_now()
    booted = f", environment {environment}" if environment else ""
    return (
        f"{router.name}: {states or 'no vhid'}; kernel {router.versions.running}, userland "
        f"{router.versions.userland}{booted}; {_locked(router)}"
    )


def _locked(router: RouterFacts) -> str:
    return f"locked by run {router.lock.run}" if router.lock else "not locked"


def kept(routers: Iterable[RouterFacts], run: str, unseen: Iterable[str] = ()) -> tuple[str, ...]:
    """Return what lies on the routers on purpose after the run, as each was seen last.

    Of one that this program has not seen at all, only that it is to be asked for.
    """
    found = [f"{name}: {NOT_SEEN}" for name in unseen]
    for router in routers:
        if not isinstance(router.environments, Unknown):
            found += [
                f"{router.name}: boot environment {e.name}"
                for e in router.environments
                if e.name.startswith(f"bluegreen-{run}")
            ]
        if router.hold:
            found.append(f"{router.name}: hold of run {router.hold.run}")
    return tuple(found)
