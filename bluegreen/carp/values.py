"""What goes into the model of a router's CARP and what comes out of it."""

from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Literal

from bluegreen.carp.timing import interval_ticks
from bluegreen.model.network import CarpState

Family = Literal["inet", "inet6"]


@dataclass(frozen=True, slots=True)
class VhidConfig:
    """One vhid on one interface, as configured."""

    interface: str
    vhid: int  # 1 to 255
    advbase: int = 1  # s, 1 to 255
    advskew: int = 0  # 1/256 s, 0 to 254
    addresses: tuple[str, ...] = ()  # both families, without prefix
    password_digest: str = ""  # any fingerprint: equal where the passwords are
    peer: str | None = None  # None or 224.0.0.18: multicast
    peer6: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What ifconfig hands to the kernel (SIOCSVH); None leaves a value as it is.

    The real ifconfig writes back all it read, the state included: a caller
    that wants its race names the state too.
    """

    advbase: int | None = None
    advskew: int | None = None
    state: CarpState | None = None
    password_digest: str | None = None
    peer: str | None = None  # 224.0.0.18: back to multicast
    peer6: str | None = None


@dataclass(frozen=True, slots=True)
class Sysctls:
    """``net.inet.carp.*`` but for the demotion counter; FreeBSD's defaults."""

    preempt: bool = False
    allow: bool = True
    ifdown_demotion_factor: int = 240
    senderr_demotion_factor: int = 240


@dataclass(frozen=True, slots=True)
class Advertisement:
    """What a MASTER sends for one family; on arrival ``interface`` is the receiver's."""

    interface: str
    vhid: int
    advbase: int  # s
    advskew: int  # 1/256 s, as demoted and clamped: 0 to 240
    family: Family
    source_router: str
    digest: str  # of password and addresses: a receiver with another one ignores it
    destination: str | None = None  # None: multicast; else the unicast peer

    @property
    def ticks(self) -> int:
        """The interval it claims, in 1/256 s."""
        return interval_ticks(self.advbase, self.advskew)


@dataclass(frozen=True, slots=True)
class Sent:
    """An advertisement left the router."""

    advertisement: Advertisement


@dataclass(frozen=True, slots=True)
class Transition:
    """A vhid changed its state."""

    interface: str
    vhid: int
    old: CarpState
    new: CarpState
    reason: str


@dataclass(frozen=True, slots=True)
class Announced:
    """A gratuitous ARP for an IPv4 VIP, an unsolicited neighbour advertisement for an IPv6 one."""

    interface: str
    vhid: int
    address: str


@dataclass(frozen=True, slots=True)
class Logged:
    """A line of the kernel's, without time and host."""

    text: str


@dataclass(frozen=True, slots=True)
class Notified:
    """What devd hears: system CARP, this subsystem and type."""

    subsystem: str  # VHID@IFACE
    type: str  # MASTER, BACKUP or INIT


Effect = Sent | Transition | Announced | Logged | Notified
Effects = tuple[Effect, ...]


def family_of(address: str) -> Family:
    """Return inet or inet6 for an address without prefix."""
    return "inet6" if ":" in address else "inet"


def in_hmac_order(addresses: tuple[str, ...]) -> tuple[IPv4Address | IPv6Address, ...]:
    """Return addresses as the HMAC takes them: IPv4 ascending, then IPv6 ascending.

    A zone is left out, as the kernel does (in6_clearscope).
    """
    parsed = [ip_address(address.partition("%")[0]) for address in addresses]
    inet = sorted(address for address in parsed if isinstance(address, IPv4Address))
    inet6 = sorted(address for address in parsed if isinstance(address, IPv6Address))
    return (*inet, *inet6)


def digest_of(password_digest: str, addresses: tuple[str, ...]) -> str:
    """Return what two routers must share to hear each other: password and list of addresses."""
    return " ".join((password_digest, *map(str, in_hmac_order(addresses))))


def stored(config: VhidConfig, wanted: Request) -> tuple[VhidConfig, str]:
    """Return what the kernel has stored after a request, and why it refused, or "".

    The advbase is stored before the advskew is checked, so a refused request
    may have changed it (carp_ioctl_set).
    """
    if wanted.advbase:  # 0 silently keeps the value
        if not 1 <= wanted.advbase <= 255:
            return config, f"advbase {wanted.advbase}: not within 1 to 255"
        config = replace(config, advbase=wanted.advbase)
    if wanted.advskew is not None:
        if not 0 <= wanted.advskew <= 254:
            return config, f"advskew {wanted.advskew}: not within 0 to 254"
        config = replace(config, advskew=wanted.advskew)
    password = wanted.password_digest
    return replace(
        config,
        peer=config.peer if wanted.peer is None else wanted.peer,
        peer6=config.peer6 if wanted.peer6 is None else wanted.peer6,
        password_digest=config.password_digest if password is None else password,
    ), ""
