"""What a pair is to be: the vhids, tunnels and daemons that `provision` sets up."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PasswordSource:
    """Where a password comes from; never the password itself."""

    kind: str  # env, file, command or keyring
    words: str  # name of a variable, path, command line, or service/name


@dataclass(frozen=True, slots=True)
class VhidDesign:
    """One vhid as both routers are to have it; each table has a value for each router."""

    vhid: int
    interfaces: tuple[tuple[str, str], ...]  # router, interface
    vips: tuple[str, ...]  # with prefix length
    advskew: tuple[tuple[str, int], ...]  # router, 1/256 s
    password: PasswordSource
    advbase: int = 1  # s
    unicast: bool = False
    peers: tuple[tuple[str, str], ...] = ()  # router, own address that its peer advertises to
    peers6: tuple[tuple[str, str], ...] = ()

    def interface_of(self, router: str) -> str:
        return dict(self.interfaces)[router]

    def advskew_of(self, router: str) -> int:
        return dict(self.advskew)[router]


@dataclass(frozen=True, slots=True)
class TunnelDesign:
    """A gre(4) tunnel, the same on both routers."""

    name: str
    local: str
    remote: str
    inner: str
    inner_remote: str
    mtu: int | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class FrrDesign:
    """What ospfd of FRR is to be told."""

    router_ids: tuple[tuple[str, str], ...]  # router, id
    networks: tuple[str, ...]
    area: str = "0"
    hello_s: int | None = None  # of its tunnels; None: FRR's own, as at the far ends
    dead_s: int | None = None


@dataclass(frozen=True, slots=True)
class DevdDesign:
    """What an event of CARP is to cause."""

    hook: str | None = None
    bound: tuple[int, ...] = ()  # vhids whose address the provider is to send to the MASTER
    settle_s: int = 3


@dataclass(frozen=True, slots=True)
class Design:
    """The whole of it."""

    vhids: tuple[VhidDesign, ...]
    tunnels: tuple[TunnelDesign, ...] = ()
    forwarding: bool = False
    frr: FrrDesign | None = None
    devd: DevdDesign | None = None

    def follows(self, tunnel: TunnelDesign) -> VhidDesign | None:
        """Return the vhid whose address a tunnel is sent from; None: it is sent from another."""
        for vhid in self.vhids:
            if tunnel.local in [vip.partition("/")[0] for vip in vhid.vips]:
                return vhid
        return None
