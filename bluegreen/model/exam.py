"""What `check` asks a router beyond the facts of a run: counters over some seconds, and more."""

from dataclasses import dataclass, fields
from typing import Generic, TypeVar

from bluegreen.model.carp import CarpLogEvent
from bluegreen.model.facts import Unknown
from bluegreen.model.network import Counters

Counted = TypeVar("Counted", "CarpCounters", "PfsyncCounters")


@dataclass(frozen=True, slots=True)
class CarpCounters:
    """``netstat -s -p carp``, since the boot."""

    received: int
    received6: int
    bad_ttl: int
    short_header: int
    bad_checksum: int
    bad_version: int
    too_short: int
    bad_auth: int  # ours by interface and vhid, and signed with another password or list
    bad_vhid: int  # of a vhid that the interface does not have
    bad_addresses: int
    sent: int
    sent6: int

    @property
    def all_received(self) -> int:
        return self.received + self.received6

    @property
    def all_sent(self) -> int:
        return self.sent + self.sent6

    @property
    def heeded(self) -> int:
        """Advertisements whose signature was right: the peer's, or as good as the peer's."""
        refused = (self.bad_ttl, self.short_header, self.bad_checksum, self.bad_version)
        foreign = (self.too_short, self.bad_auth, self.bad_vhid, self.bad_addresses)
        return max(0, self.all_received - sum(refused) - sum(foreign))

    @property
    def vrrp(self) -> int:
        """What is shorter than CARP's 36 octets or sums up otherwise: VRRP, as a rule."""
        return self.too_short + self.bad_checksum + self.bad_version


@dataclass(frozen=True, slots=True)
class PfsyncCounters:
    """``netstat -s -p pfsync``, since the boot."""

    received: int
    sent: int
    bad_version: int
    bad_auth: int
    send_errors: int


@dataclass(frozen=True, slots=True)
class Sample(Generic[Counted]):
    """Counters at two moments of one look."""

    before: Counted
    after: Counted
    seconds: float

    @property
    def grown(self) -> Counted:
        """Return what was counted in between; a counter that was reset has not grown."""
        names = [field.name for field in fields(self.before)]
        grown = {n: max(0, getattr(self.after, n) - getattr(self.before, n)) for n in names}
        return type(self.before)(**grown)


@dataclass(frozen=True, slots=True)
class Watched:
    """Packets of each interface at two moments of one look."""

    before: tuple[Counters, ...]
    after: tuple[Counters, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class PassDigest:
    """Salted SHA-256 of a password in a file of rc.conf(5); None: it is spelled by a variable."""

    path: str
    line: int  # from 1
    vhid: int
    digest: str | None


@dataclass(frozen=True, slots=True)
class Reached:
    """What a packet from a router came to; asked with ``--active`` only."""

    what: str  # vip or mirror
    target: str
    answered: bool
    said: str = ""


@dataclass(frozen=True, slots=True)
class RouterExam:
    """One router's answers; what was not asked is None."""

    name: str
    carp: Sample[CarpCounters] | Unknown
    log: tuple[CarpLogEvent, ...] | Unknown  # since the boot, as far as the buffer goes back
    passwords: tuple[PassDigest, ...] | Unknown
    pfsync: Sample[PfsyncCounters] | Unknown | None = None  # None: no pfsync(4) is configured
    states: int | Unknown | None = None  # of pf(4)
    packets: Watched | Unknown | None = None  # None: no tunnel is in question
    reached: tuple[Reached, ...] = ()


def unexamined(name: str, why: str) -> RouterExam:
    """Return the answers of a router that gave none."""
    unknown = Unknown(why)
    return RouterExam(name, unknown, unknown, unknown, unknown, unknown)
