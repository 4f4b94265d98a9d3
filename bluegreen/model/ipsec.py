"""What the kernel and strongSwan say of IPsec; never a key."""

from dataclasses import dataclass

MATURE, DYING, LARVAL = "mature", "dying", "larval"
ESTABLISHED, INSTALLED = "ESTABLISHED", "INSTALLED"


@dataclass(frozen=True, slots=True)
class Sa:
    """One direction of an association, as the kernel has it (SAD)."""

    src: str
    dst: str
    protocol: str  # esp, ah, ipcomp, esp-udp
    mode: str  # transport, tunnel, any
    spi: int
    state: str  # larval, mature, dying, dead
    reqid: int = 0
    age_s: int | None = None
    hard_s: int | None = None  # lifetime; 0: none
    soft_s: int | None = None


@dataclass(frozen=True, slots=True)
class IpsecPolicy:
    """What is to be protected, and how (SPD)."""

    src: str  # with prefix and port, as printed
    dst: str
    upper: str  # any, gre, icmp6 135,0
    direction: str  # in, out, any
    action: str  # ipsec, none, discard, entrust, bypass
    transforms: tuple[str, ...] = ()  # esp/transport//require


@dataclass(frozen=True, slots=True)
class ChildSa:
    """A CHILD_SA of strongSwan: a pair of SAs in the kernel."""

    name: str
    state: str  # INSTALLED, REKEYING, ...
    mode: str  # TUNNEL, TRANSPORT
    spi_in: str | None = None  # hexadecimal, as printed
    spi_out: str | None = None
    age_s: int | None = None
    rekey_s: int | None = None
    life_s: int | None = None
    local: str = ""  # traffic selectors, as printed
    remote: str = ""


@dataclass(frozen=True, slots=True)
class IkeSa:
    """An IKE_SA of strongSwan."""

    name: str
    state: str  # CONNECTING, ESTABLISHED, REKEYING, DELETING, ...
    version: int
    local: str | None = None  # host without port
    remote: str | None = None
    age_s: int | None = None
    children: tuple[ChildSa, ...] = ()

    @property
    def carries(self) -> bool:
        """Whether it is up and has installed something."""
        return self.state == ESTABLISHED and any(c.state == INSTALLED for c in self.children)


@dataclass(frozen=True, slots=True)
class Ipsec:
    """A router's IPsec at one moment."""

    sas: tuple[Sa, ...] = ()
    policies: tuple[IpsecPolicy, ...] = ()
    ike: tuple[IkeSa, ...] | None = None  # None: strongSwan was not asked, is not there, or silent
    silent: str | None = None  # why strongSwan, which is there, did not answer


@dataclass(frozen=True, slots=True)
class IpsecWish:
    """What IPsec must show beyond what it showed at the start."""

    daemon: str | None = None  # strongswan, kernel (SAD and SPD alone), none; None: found there
    peers: tuple[str, ...] = ()  # far ends with which the router that serves must have SAs

    @property
    def watched(self) -> bool:
        return self.daemon != "none"
