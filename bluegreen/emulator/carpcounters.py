"""The kernel's counters of CARP and pfsync, and what netstat(1) and pfctl(8) print of them.

What a pair at rest repeats while virtual time leaps is not counted: a router's totals are too low
then, and what is counted while somebody watches is right.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from bluegreen.carp.machine import Carp
from bluegreen.carp.values import Advertisement


@dataclass(slots=True)
class Counters:
    """Of CARP, since the boot, by the names of sys/netinet/ip_carp.h."""

    ipackets: int = 0
    ipackets6: int = 0
    badttl: int = 0
    hdrops: int = 0
    badsum: int = 0
    badver: int = 0
    badlen: int = 0
    badauth: int = 0
    badvhid: int = 0
    badaddrs: int = 0
    opackets: int = 0
    opackets6: int = 0
    onomem: int = 0

    def sent(self, advertisement: Advertisement) -> None:
        if advertisement.family == "inet":
            self.opackets += 1
        else:
            self.opackets6 += 1

    def heard(self, advertisement: Advertisement, carp: Carp) -> None:
        """Count what arrives, in the kernel's order: the vhid, then the signature."""
        if advertisement.family == "inet":
            self.ipackets += 1
        else:
            self.ipackets6 += 1
        vhid = carp.by_key.get((advertisement.interface, advertisement.vhid))
        if vhid is None:
            self.badvhid += 1
        elif vhid.digest != advertisement.digest:
            self.badauth += 1

    def heard_vrrp(self) -> None:
        """VRRP shares protocol 112 and is shorter: dropped before its number is looked at."""
        self.ipackets += 1
        self.badlen += 1


def reset(counters: Counters) -> None:
    """Begin again, as a boot does."""
    for field in fields(counters):
        setattr(counters, field.name, 0)


_CARP: tuple[tuple[str, str], ...] = (
    ("ipackets", "\t{} packet{} received (IPv4)"),
    ("ipackets6", "\t{} packet{} received (IPv6)"),
    ("badttl", "\t\t{} packet{} discarded for wrong TTL"),
    ("hdrops", "\t\t{} packet{} shorter than header"),
    ("badsum", "\t\t{} discarded for bad checksum{}"),
    ("badver", "\t\t{} discarded packet{} with a bad version"),
    ("badlen", "\t\t{} discarded because packet too short"),
    ("badauth", "\t\t{} discarded for bad authentication"),
    ("badvhid", "\t\t{} discarded for bad vhid"),
    ("badaddrs", "\t\t{} discarded because of a bad address list"),
    ("opackets", "\t{} packet{} sent (IPv4)"),
    ("opackets6", "\t{} packet{} sent (IPv6)"),
    ("onomem", "\t\t{} send failed due to mbuf memory error"),
)
"""carp_stats in usr.bin/netstat/inet.c, FreeBSD 11 to 15, read 2026-11-30."""

_PFSYNC: tuple[tuple[str, str], ...] = (
    ("ipackets", "\t{} packet{} received (IPv4)"),
    ("ipackets6", "\t{} packet{} received (IPv6)"),
    ("badif", "\t\t/{} packet{} discarded for bad interface"),  # with its slash
    ("badttl", "\t\t{} packet{} discarded for bad ttl"),
    ("hdrops", "\t\t{} packet{} shorter than header"),
    ("badver", "\t\t{} packet{} discarded for bad version"),
    ("badauth", "\t\t{} packet{} discarded for bad HMAC"),
    ("badact", "\t\t{} packet{} discarded for bad action"),
    ("badlen", "\t\t{} packet{} discarded for short packet"),
    ("badval", "\t\t{} state{} discarded for bad values"),
    ("stale", "\t\t{} stale state{}"),
    ("badstate", "\t\t{} failed state lookup/insert{}"),
    ("opackets", "\t{} packet{} sent (IPv4)"),
    ("opackets6", "\t{} packet{} sent (IPv6)"),
    ("onomem", "\t\t{} failure{} due to mbuf memory error"),
    ("oerrors", "\t\t{} send error{}"),
)
"""pfsync_stats in usr.bin/netstat/pf.c, FreeBSD 11 to 15, read 2026-11-30."""


def render_carp(counters: Counters) -> str:
    values = {field.name: getattr(counters, field.name) for field in fields(counters)}
    return _rendered("carp", _CARP, values)


def render_pfsync(values: Mapping[str, int]) -> str:
    return _rendered("pfsync", _PFSYNC, values)


def _rendered(protocol: str, lines: tuple[tuple[str, str], ...], values: Mapping[str, int]) -> str:
    rows = (
        text.format(values.get(name, 0), "" if values.get(name, 0) == 1 else "s")
        for name, text in lines
    )
    return "".join(f"{row}\n" for row in (f"{protocol}:", *rows))


def render_states(states: int) -> str:
    """Return the head of ``pfctl -si`` (print_status, sbin/pfctl/pfctl_parser.c)."""
    status = "Status: Enabled for 1 days 00:00:00"
    lines = (
        f"{status:<45}{'Debug: Urgent':>15}",
        "",
        f"{'State Table':<27} {'Total':>14} {'Rate':>16}",
        f"  {'current entries':<25} {states:>14} {'':>14}",
        f"  {'searches':<25} {0:>14} {0.0:>14.1f}/s",
        f"  {'inserts':<25} {states:>14} {0.0:>14.1f}/s",
        f"  {'removals':<25} {0:>14} {0.0:>14.1f}/s",
    )
    return "".join(f"{line}\n" for line in lines)
