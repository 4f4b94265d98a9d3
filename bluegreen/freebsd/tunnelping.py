"""A small packet and one as long as the tunnel allows, through each tunnel: builder and parser.

Both carry DF, so that a path that is too narrow is told apart from one that leads nowhere. All of
them are sent at once, so that many silent tunnels cost no more time than one.

Source: ping(8) of FreeBSD 14: -D sets DF, -t ends it after that many seconds, exit 2 where
nothing came back. It speaks IPv6, too, since FreeBSD 13. It has not run on FreeBSD.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address

from bluegreen.model.command import Command, Effect, Output
from bluegreen.model.network import Interface, TunnelPath

PING_S = 2  # how long an echo may take
SMALL = 56  # ping(8)'s own
HEADERS = {4: 28, 6: 48}  # octets of IP and ICMP
# Each word is one ping's: its size, its source, its target. What one says is printed in one write.
PINGS_SH = (
    't=$1; shift; for w; do { o=$(ping -n -D -c 1 -t "$t" -s $w 2>&1); s=$?; '
    'printf "ping %s\\n%s\\nexit %s\\n" "$w" "$o" "$s"; } & done; wait'
)
_BLOCK = re.compile(
    r"^ping (?P<size>\d+) -S \S+ (?P<target>\S+)\n(?P<said>.*?)^exit (?P<code>\d+)$",
    re.MULTILINE | re.DOTALL,
)
_NARROW = re.compile(r"frag needed and DF set(?: \(MTU (?P<mtu>\d+)\))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Through:
    """A tunnel with what is needed to send something through it."""

    name: str
    outer: str  # far end, as the Internet knows it
    source: str
    target: str  # far end, inside
    mtu: int  # octets

    @property
    def longest(self) -> int:
        """Return the octets of data in the longest packet that the interface takes."""
        return self.mtu - HEADERS[6 if ":" in self.target else 4]


def throughs(interfaces: Iterable[Interface]) -> tuple[Through, ...]:
    """Return the tunnels that are up and have a far end inside that can be asked."""
    return tuple(
        Through(i.name, i.tunnel.remote, inet.address, inet.destination, i.mtu)
        for i in interfaces
        if i.tunnel and i.name and i.mtu and i.is_up
        for inet in (*i.inet, *i.inet6)
        if inet.destination and inet.destination != inet.address
        if _is_address(inet.address) and _is_address(inet.destination)
    )


def _is_address(text: str) -> bool:
    """Whether it is one word for ping(8), and no option or pattern."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def ping_through(tunnels: Iterable[Through]) -> Command:
    """Send both packets through each tunnel; it ends well whatever came back."""
    words = tuple(
        f"{size} -S {t.source} {t.target}" for t in tunnels for size in (SMALL, t.longest)
    )
    argv = ("sh", "-c", PINGS_SH, "pings", str(PING_S), *words)
    return Command(argv, PING_S + 8.0, Effect.READ)


def parse_pings(tunnels: Iterable[Through], outputs: Iterable[Output]) -> tuple[TunnelPath, ...]:
    """Return what came back through the tunnels that were asked."""
    said = {
        (block["target"], int(block["size"])): block
        for output in outputs
        for block in _BLOCK.finditer(output.stdout)
    }
    return tuple(
        TunnelPath(
            name=t.name,
            outer=t.outer,
            target=t.target,
            mtu=t.mtu,
            small=small["code"] == "0",
            whole=whole["code"] == "0",
            detail=_detail(whole["said"]),
        )
        for t in tunnels
        if (small := said.get((t.target, SMALL))) and (whole := said.get((t.target, t.longest)))
    )


def _detail(said: str) -> str:
    """Return what is known of why nothing came back."""
    if narrow := _NARROW.search(said):
        return f"a router on the way takes {narrow['mtu'] or 'less'} octets"
    if "Message too long" in said:
        return "the kernel finds it too long for the way"
    complaint = re.search(r"^ping: (.+)$", said, re.MULTILINE)
    return complaint[1].strip() if complaint else ""
