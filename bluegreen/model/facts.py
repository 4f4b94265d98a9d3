"""A frozen snapshot of a router, and of the pair, at one moment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from bluegreen.model.carp import CarpSysctls
from bluegreen.model.command import Output
from bluegreen.model.ipsec import Ipsec
from bluegreen.model.network import CarpState, CarpVhid, Counters, Interface, Route, TunnelPath
from bluegreen.model.routing import Ospf, OspfCost
from bluegreen.model.site import SiteFacts
from bluegreen.model.storage import Space
from bluegreen.model.system import Environment, Job, Lock, Package, RcFile, Versions


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact that could not be read: never healthy, never idle, never done."""

    unknown: str  # why
    final: bool = False  # to ask again is no use


@dataclass(frozen=True, slots=True)
class Boot:
    """Which boot this is."""

    time_s: float  # kern.boottime, s since the epoch
    marker: str | None  # what lies on the volatile file system; None: nothing
    note: str | None = None  # what a run wrote down before it had the router boot


@dataclass(frozen=True, slots=True)
class SshPath:
    """Both ends of the control connection, as the router sees it."""

    client: str
    server: str


@dataclass(frozen=True, slots=True)
class Group:
    """The same vhid with the same addresses on both routers, whatever the interfaces."""

    vhid: int
    addresses: tuple[str, ...]  # sorted

    def __str__(self) -> str:
        return f"vhid {self.vhid} ({', '.join(self.addresses) or 'no address'})"


@dataclass(frozen=True, slots=True)
class LocatedVhid:
    """A vhid and the interface it lives on."""

    interface: str
    carp: CarpVhid

    @property
    def group(self) -> Group:
        return _group(self.carp.vhid, self.carp.addresses)

    def __str__(self) -> str:
        return f"{self.carp.vhid}@{self.interface}"


@lru_cache(maxsize=1024)
def _group(vhid: int, addresses: tuple[str, ...]) -> Group:
    """Return the group; it is asked for at each comparison of two routers, and never changes."""
    return Group(vhid, tuple(sorted(addresses)))


@dataclass(frozen=True, slots=True)
class Hold:
    """The skews to come back to, left on the router by a run that stayed switched."""

    run: str
    skews: tuple[tuple[str, int, int], ...]  # interface, vhid, advskew
    served: tuple[tuple[str, int], ...] = ()  # what it was MASTER of and no skew brings back


@dataclass(frozen=True)
class RouterFacts:
    """One router, from one read-only batch. What is made of it is made once: hence no slots."""

    name: str
    began_s: float  # the world's monotonic clock when the observation began
    clock_s: float  # the router's own time of day, s since the epoch
    controller_s: float  # the controller's time of day at that moment
    interfaces: tuple[Interface, ...]
    carp: CarpSysctls | None  # None: carp(4) is not loaded
    versions: Versions
    boot: Boot
    environments: tuple[Environment, ...] | Unknown  # (): the root is no ZFS
    jobs: tuple[Job, ...]
    lock: Lock | None
    hold: "Hold | None"  # roles left switched on purpose
    kept: tuple[str, ...]  # files of ours on the router
    rc: tuple[RcFile, ...] | Unknown
    ospf: Ospf | Unknown | None  # None: no daemon answers
    routes: tuple[Route, ...] | Unknown
    packages: tuple[Package, ...] | Unknown
    spaces: tuple[Space, ...] | Unknown
    securelevel: int = -1
    pkgbase: bool = False
    ssh: SshPath | None = None
    management: str | None = None  # address that the controller connected to
    hidden: Unknown | None = None  # why lock, hold, jobs and kept are not known; None: they are
    lent: tuple[tuple[str, int], ...] = ()  # sysctls that a run has set for a while: what they were
    costs: tuple[OspfCost, ...] | None = None  # as configured, while ours are raised; None: no
    site: SiteFacts | Unknown | None = None  # None: not asked
    ipsec: Ipsec | Unknown | None = None  # None: not asked
    counters: tuple[Counters, ...] | Unknown | None = None  # None: not asked

    @cached_property
    def vhids(self) -> tuple[LocatedVhid, ...]:
        return tuple(
            LocatedVhid(interface.name or "?", carp)
            for interface in self.interfaces
            for carp in interface.carp
        )

    @cached_property
    def _by_group(self) -> Mapping[Group, LocatedVhid]:
        return {v.group: v for v in reversed(self.vhids)}  # of two that are alike, the first

    @property
    def vips(self) -> frozenset[str]:
        """Return the addresses of all vhids, served here or not."""
        return frozenset(address for v in self.vhids for address in v.carp.addresses)

    def vhid(self, group: Group) -> LocatedVhid | None:
        return self._by_group.get(group)

    def source_of(self, interface: Interface) -> LocatedVhid | None:
        """Return the vhid that a tunnel's outer source is an address of."""
        local = interface.tunnel.local if interface.tunnel else None
        return next((v for v in self.vhids if local in v.carp.addresses), None)

    def masters(self) -> tuple[LocatedVhid, ...]:
        return tuple(v for v in self.vhids if v.carp.state is CarpState.MASTER)

    def backups(self) -> tuple[LocatedVhid, ...]:
        return tuple(v for v in self.vhids if v.carp.state is CarpState.BACKUP)

    def effective(self, vhid: LocatedVhid) -> int:
        """Return what this router would advertise, 1/256 s (DEMOTE_ADVSKEW, ip_carp.c)."""
        demotion = self.carp.demotion if self.carp else 0
        return max(0, min(240, vhid.carp.advskew + demotion))

    def environment_now(self) -> str | None:
        if isinstance(self.environments, Unknown):
            return None
        return next((e.name for e in self.environments if e.now), None)

    def job(self, name: str) -> Job | None:
        return next((job for job in self.jobs if job.name == name), None)

    def again(
        self, began_s: float, clock_s: float, controller_s: float, management: str | None
    ) -> "RouterFacts":
        """Return the same router seen at another time; what was made of it stays made."""
        seen = object.__new__(RouterFacts)
        now = {"began_s": began_s, "clock_s": clock_s, "controller_s": controller_s}
        vars(seen).update(vars(self), **now, management=management)
        return seen

    def with_skews(self, skews: Mapping[Group, int]) -> "RouterFacts":
        """Return the router as it would be with other skews on some groups."""
        return replace(
            self,
            interfaces=tuple(
                replace(
                    interface,
                    carp=tuple(
                        replace(c, advskew=skews.get(LocatedVhid("", c).group, c.advskew))
                        for c in interface.carp
                    ),
                )
                for interface in self.interfaces
            ),
        )

    def uptime_s(self) -> float:
        return self.clock_s - self.boot.time_s


@dataclass(frozen=True, slots=True)
class Unseen:
    """A router that could not be observed, and why."""

    name: str
    reason: str
    began_s: float
    kind: str = ""  # class of the error: an unknown host key is no lost connection
    next_move: str = ""  # what to type now, where the error knew


@dataclass(frozen=True, slots=True)
class VipAnswer:
    """What the probe says of one VIP."""

    vip: str
    sent: int
    lost: int
    longest_gap_ms: float
    answering: bool | None


@dataclass(frozen=True, slots=True)
class Floating:
    """Where the provider sends the floating address."""

    address: str
    router: str | None
    settled: bool
    detail: str = ""
    service: str | None = None
    mac: str | None = None
    macs: tuple[tuple[str, str], ...] = ()  # router, the MAC that the address can be bound to
    by_carp: bool = False  # the provider knows no router: it is where CARP says
    failed: str | None = None
    problems: tuple[str, ...] = ()
    began_s: float = 0.0  # the world's monotonic clock when the provider was asked


@dataclass(frozen=True, slots=True)
class Outside:
    """The pair as the outside sees it."""

    answers: tuple[VipAnswer, ...] = ()
    floating: Floating | Unknown | None = None  # None: no such address is configured
    remotes: tuple["RemoteFacts", ...] = ()
    paths: tuple[TunnelPath, ...] = ()  # through the MASTER's tunnels, where a step has asked


@dataclass(frozen=True, slots=True)
class RemoteFacts:
    """The far end of a tunnel."""

    name: str
    routes: tuple[Route, ...] | Unknown


@dataclass(frozen=True, slots=True)
class PairFacts:
    """Both routers and the outside view; ``before`` is the baseline of the run."""

    first: RouterFacts | Unseen
    second: RouterFacts | Unseen
    outside: Outside = Outside()
    before: "PairFacts | None" = None
    elapsed_s: float = 0.0  # since the step that asks was started
    broken_s: float = 0.0  # since a layer that the step watches has not held
    whole_s: float = 0.0  # for how long each look of this program has seen both
    said: tuple[Output, ...] = ()  # what the step's own last question was answered

    def __iter__(self) -> Iterator[RouterFacts | Unseen]:
        yield self.first
        yield self.second

    @property
    def names(self) -> tuple[str, str]:
        return self.first.name, self.second.name

    def find(self, name: str) -> RouterFacts | Unseen:
        return self.first if self.first.name == name else self.second

    def seen(self, name: str) -> RouterFacts | None:
        found = self.find(name)
        return found if isinstance(found, RouterFacts) else None

    def peer_name(self, name: str) -> str:
        return self.second.name if self.first.name == name else self.first.name

    def both(self) -> tuple[RouterFacts, RouterFacts] | None:
        if isinstance(self.first, RouterFacts) and isinstance(self.second, RouterFacts):
            return self.first, self.second
        return None

    def observed(self) -> tuple[RouterFacts, ...]:
        """Return the routers that answered: two, one or none."""
        return tuple(router for router in self if isinstance(router, RouterFacts))

    def unseen(self) -> tuple[Unseen, ...]:
        return tuple(router for router in self if isinstance(router, Unseen))

    def with_router(self, router: RouterFacts) -> "PairFacts":
        """Return the pair with another picture of one of its routers."""
        if self.first.name == router.name:
            return replace(self, first=router)
        return replace(self, second=router)

    def with_before(self, before: "PairFacts | None") -> "PairFacts":
        return replace(self, before=before)

    def groups(self) -> tuple[Group, ...]:
        """Return the groups that both routers have, in the first router's order."""
        both = self.both()
        if not both:
            return ()
        theirs = {v.group for v in both[1].vhids}
        return tuple(dict.fromkeys(v.group for v in both[0].vhids if v.group in theirs))

    def masters_of(self, group: Group) -> tuple[str, ...]:
        """Return the names of the routers that say they are MASTER of a group."""
        return tuple(
            router.name
            for router in self
            if isinstance(router, RouterFacts)
            and (found := router.vhid(group))
            and found.carp.state is CarpState.MASTER
        )

    def serving(self) -> str:
        """Say in words who serves what, for people."""
        by_router = {
            router.name: [v.carp.vhid for v in router.masters()]
            for router in self
            if isinstance(router, RouterFacts)
        }
        parts = [
            f"{name} serves vhid {', '.join(map(str, sorted(vhids)))}"
            for name, vhids in by_router.items()
            if vhids
        ]
        parts += [f"{u.name} could not be observed ({u.reason})" for u in self.unseen()]
        return "; ".join(parts) or "nobody is seen to serve"
