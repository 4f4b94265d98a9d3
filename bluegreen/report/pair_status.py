"""What the status of a pair is, before it becomes text or JSON."""

from dataclasses import dataclass

from bluegreen.model.facts import (
    Floating,
    LocatedVhid,
    PairFacts,
    RouterFacts,
    Unknown,
    Unseen,
    VipAnswer,
)
from bluegreen.model.ipsec import Ipsec
from bluegreen.model.roles import dual, well
from bluegreen.model.routing import Ospf
from bluegreen.model.state import RunState
from bluegreen.model.system import Lock
from bluegreen.policy.ipsec import associations, described
from bluegreen.policy.maintenance import maintained
from bluegreen.report.runs import RunLine, line_of


@dataclass(frozen=True, slots=True)
class VhidStatus:
    """A vhid on one router."""

    vhid: int
    interface: str
    addresses: tuple[str, ...]
    state: str  # MASTER, BACKUP or INIT
    advbase: int  # s
    advskew: int  # 1/256 s, as configured
    effective_advskew: int  # 1/256 s, as advertised


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """A tunnel or a neighbour, and whether it is in order."""

    name: str
    state: str
    ok: bool


@dataclass(frozen=True, slots=True)
class RouterStatus:
    """One router; ``problem`` says why nothing else is known, where it could not be observed."""

    name: str
    seen: bool
    problem: str | None = None
    vhids: tuple[VhidStatus, ...] = ()
    demotion: int | None = None
    preempt: bool | None = None
    running: str | None = None
    kernel: str | None = None
    userland: str | None = None
    environment: str | None = None
    uptime_s: float | None = None
    lock: Lock | None = None
    hold: str | None = None  # the run that left it switched on purpose
    jobs: tuple[str, ...] = ()
    ospf: str | None = None  # which daemon; None: none answers, or it cannot be read
    ospf_problem: str | None = None
    neighbors: tuple[LinkStatus, ...] = ()
    tunnels: tuple[LinkStatus, ...] = ()
    ipsec: tuple[LinkStatus, ...] = ()  # SAs by their ends; none where it is not watched
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PairStatus:
    """A pair at one moment; its fields are the keys of the JSON document."""

    serving: str
    warnings: tuple[str, ...]
    routers: tuple[RouterStatus, ...]
    probes: tuple[VipAnswer, ...]
    floating: Floating | None
    floating_problem: str | None
    run: RunLine | None
    elsewhere: tuple[str, ...] = ()  # runs that left something here, in no journal of ours


def pair_status(
    pair: PairFacts, state: RunState | None, elsewhere: tuple[str, ...] = ()
) -> PairStatus:
    """Return who serves and what would keep the peer from taking over."""
    floating = pair.outside.floating
    return PairStatus(
        serving=pair.serving(),
        warnings=_warnings(pair),
        routers=tuple(map(_router, pair)),
        probes=pair.outside.answers,
        floating=floating if isinstance(floating, Floating) else None,
        floating_problem=floating.unknown if isinstance(floating, Unknown) else None,
        run=line_of(state) if state else None,
        elsewhere=elsewhere,
    )


def _warnings(pair: PairFacts) -> tuple[str, ...]:
    shared = pair.groups()
    split = dual(pair)
    return (
        *(f"BOTH are MASTER of {group}: change nothing, find out why" for group in split),
        *(f"NOBODY is MASTER of {group}" for group in shared if not pair.masters_of(group)),
        *(
            f"{v.group} is on {router.name} alone"
            for router in pair.both() or ()
            for v in router.vhids
            if v.group not in shared
        ),
        *(
            f"{a.vip} does not answer the probe"
            for a in pair.outside.answers
            if a.answering is False
        ),
    )


def _router(router: RouterFacts | Unseen) -> RouterStatus:
    if isinstance(router, Unseen):
        return RouterStatus(router.name, seen=False, problem=router.reason)
    return RouterStatus(
        name=router.name,
        seen=True,
        vhids=tuple(_vhid(router, vhid) for vhid in router.vhids),
        demotion=router.carp.demotion if router.carp else None,
        preempt=router.carp.preempt if router.carp else None,
        running=router.versions.running,
        kernel=router.versions.kernel,
        userland=router.versions.userland,
        environment=router.environment_now(),
        uptime_s=round(router.uptime_s(), 1),
        lock=router.lock,
        hold=router.hold.run if router.hold else None,
        jobs=tuple(f"{job.name} {job.state}" for job in router.jobs),
        ospf=router.ospf.daemon if isinstance(router.ospf, Ospf) else None,
        ospf_problem=router.ospf.unknown if isinstance(router.ospf, Unknown) else None,
        neighbors=_neighbors(router),
        tunnels=_tunnels(router),
        ipsec=_ipsec(router),
        warnings=(*well(router).reasons, *maintained(router).reasons, *_unreadable(router)),
    )


def _vhid(router: RouterFacts, found: LocatedVhid) -> VhidStatus:
    carp = found.carp
    return VhidStatus(
        vhid=carp.vhid,
        interface=found.interface,
        addresses=found.group.addresses,
        state=carp.state.value,
        advbase=carp.advbase,
        advskew=carp.advskew,
        effective_advskew=router.effective(found),
    )


def _unreadable(router: RouterFacts) -> tuple[str, ...]:
    unknown = (
        ("OSPF", router.ospf),
        ("IPsec", router.ipsec),
        ("the routes", router.routes),
        ("what runs left there (lock, jobs, hold)", router.hidden),
    )
    return tuple(
        f"{router.name}: {what} cannot be read: {fact.unknown}"
        for what, fact in unknown
        if isinstance(fact, Unknown)
    )


def _neighbors(router: RouterFacts) -> tuple[LinkStatus, ...]:
    if not isinstance(router.ospf, Ospf):
        return ()
    return tuple(LinkStatus(n.router_id, n.state, n.full) for n in router.ospf.neighbors)


def _ipsec(router: RouterFacts) -> tuple[LinkStatus, ...]:
    if not isinstance(router.ipsec, Ipsec):
        return ()
    found = associations(router, router.ipsec).items()
    return tuple(LinkStatus(str(ends), described(way), way.mature) for ends, way in found)


def _tunnels(router: RouterFacts) -> tuple[LinkStatus, ...]:
    return tuple(
        LinkStatus(i.name or "?", "up" if i.is_up else "down", i.is_up)
        for i in router.interfaces
        if i.tunnel
    )
