"""A pair of routers with everything the inventory says of it, defaults filled in."""

from dataclasses import dataclass

from bluegreen.model.design import Design
from bluegreen.model.ipsec import IpsecWish
from bluegreen.model.routing import REHEARSED_VERSIONS


@dataclass(frozen=True, slots=True)
class Jump:
    """The host that SSH goes through; None: what ssh_config says."""

    address: str
    port: int | None = None
    user: str | None = None
    identity: str | None = None
    known_hosts: str | None = None


def _login(user: str | None, address: str) -> str:
    return f"{user}@{address}" if user else address


@dataclass(frozen=True, slots=True)
class Router:
    """How one router is reached; None: what ssh_config says."""

    name: str
    address: str  # host name or IP address
    port: int | None = None
    user: str | None = None
    escalate: str = "none"  # doas, sudo or none
    identity: str | None = None  # path of a private key
    known_hosts: str | None = None  # path
    jump: Jump | None = None
    state_dir: str = "/var/log/bluegreen"  # on the router
    connect_timeout_s: float = 10.0

    @property
    def by_hand(self) -> tuple[str, ...]:
        """Return what a person types to see whether it is reached; ssh_config says the rest."""
        via = self.jump
        options = {
            "-p": self.port and str(self.port),
            "-i": self.identity,
            "-o": self.known_hosts and f"UserKnownHostsFile={self.known_hosts}",
            "-J": via and _login(via.user, via.address) + (f":{via.port}" if via.port else ""),
        }
        words = (word for key, value in options.items() if value for word in (key, value))
        return ("ssh", "-o", "BatchMode=yes", *words, _login(self.user, self.address), "true")


@dataclass(frozen=True, slots=True)
class ProbeTarget:
    """What is probed from outside, how often, and from where."""

    kind: str  # icmp, tcp, flow or http
    target: str  # host, host:port or URL
    every_s: float = 0.1
    via: str | None = None  # a host to probe from; None: this machine
    vantage: Router | None = None  # how that host is reached

    @property
    def host(self) -> str:
        """Return the host alone, without port, brackets or path."""
        rest = self.target.partition("://")[2] if self.kind == "http" else self.target
        if self.kind == "icmp":
            return rest
        authority = rest.partition("/")[0]
        if authority.startswith("["):
            return authority[1:].partition("]")[0]
        return authority.partition(":")[0]


@dataclass(frozen=True, slots=True)
class OspfWish:
    """What OSPF must show beyond what it showed at the start."""

    daemon: str | None = None  # frr, quagga, bird, openospfd or none; None: found on the router
    min_neighbors: int = 0  # Full, on the router that serves


@dataclass(frozen=True, slots=True)
class Remote:
    """The far end of a tunnel, read over SSH."""

    router: Router
    expect_route: str | None = None  # prefix that must be in its FIB


@dataclass(frozen=True, slots=True)
class KeySource:
    """Where the provider's credentials come from; both None: environment, then ovh.conf."""

    file: str | None = None
    command: tuple[str, ...] = ()  # prints an ovh.conf


@dataclass(frozen=True, slots=True)
class FloatingAddress:
    """A public address that the provider, not CARP, sends to one of the routers.

    ``binding`` is what of a router the provider knows: ``router``, a MAC (or a server) of
    each router; ``role``, one MAC that is set on whoever is MASTER; ``carp``, CARP's own MAC.
    """

    provider: str
    service: str  # the server of both routers; empty: see services
    address: str
    settle_s: float = 30.0
    mode: str = "verify"  # move: we ask the provider; verify: someone else does, we look
    services: tuple[tuple[str, str], ...] = ()  # router, its server: where there are two
    binding: str = "router"
    macs: tuple[tuple[str, str], ...] = ()  # router, virtual MAC; none: as ifconfig says
    mac: str | None = None  # binding role: the one that follows
    budget_s: float = 600.0  # what the provider may take for one move
    keys: KeySource = KeySource()

    @property
    def moves(self) -> bool:
        """Whether we are to move it."""
        return self.mode == "move" and self.binding == "router"

    def service_of(self, router: str) -> str:
        return dict(self.services).get(router, self.service)


@dataclass(frozen=True, slots=True)
class RehearsedVhid:
    """A vhid as the simulated pair has it at the start."""

    vhid: int
    interface: str
    vips: tuple[str, ...]  # each with its prefix length
    advskew: tuple[int, int]  # 1/256 s, in the order of the pair's routers
    master: str  # name of the router
    advbase: int = 1  # s
    unicast: bool = False


@dataclass(frozen=True, slots=True)
class RehearsedTunnel:
    """A GRE tunnel as both simulated routers have it."""

    name: str
    local: str
    remote: str
    inner: str
    inner_remote: str


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The pair that a rehearsal starts from."""

    version: str  # installed and running on both: 14.2-RELEASE-p1
    target: str  # what a fetch would offer
    vhids: tuple[RehearsedVhid, ...]
    nothing_staged: tuple[str, ...] = ()  # routers that are up to date already
    root: str = "zfs"  # or ufs
    tunnels: tuple[RehearsedTunnel, ...] = ()
    preempt: bool = True
    reboot_s: float = 60.0
    neighbors: int = 0  # OSPF neighbours of each router
    daemon: str = "frr"  # what speaks OSPF: frr, quagga, bird or openospfd
    daemon_version: str = REHEARSED_VERSIONS["frr"]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two routers that share addresses."""

    name: str
    routers: tuple[Router, Router]
    rehearsal: Rehearsal
    prefer: str | None = None  # MASTER at rest; None: whoever is at the start
    outage_budget_s: float | None = None  # None: outages are reported, not judged
    probes: tuple[ProbeTarget, ...] = ()
    ospf: OspfWish | None = None
    ipsec: IpsecWish | None = None
    remotes: tuple[Remote, ...] = ()
    ipfo: FloatingAddress | None = None
    allow: tuple[str, ...] = ()  # ways to switch where advskew cannot: advbase, preempt
    design: Design | None = None  # what `provision` makes of them

    @property
    def names(self) -> tuple[str, str]:
        return self.routers[0].name, self.routers[1].name

    @property
    def key(self) -> str:
        """Return what names the pair whatever the order its routers were typed in."""
        return ",".join(sorted(self.names))

    def router(self, name: str) -> Router:
        return self.routers[self.names.index(name)]

    def peer_of(self, name: str) -> Router:
        return self.routers[1 - self.names.index(name)]
