"""The tunnels of one router, carried in user space: `python -m bluegreen.lab.gre CONFIG [-]`.

With `-` it reads CONFIG anew for whatever comes on its standard input: tunnels come, go,
and are set up or down as ifconfig(8) says.

A tunnel is a TUN device on the inside and one raw socket for all of them on the
outside. The socket stays open as long as the process lives: without it, the
kernel would answer "protocol unreachable". A tunnel whose local address is not
on this router, as a VIP on a BACKUP, has no carrier, sends nothing and accepts
nothing, as FreeBSD's, which runs while its source is a local address
(in_gre_set_running, sys/netinet/ip_gre.c). There, a VIP is local on a BACKUP
too: with ``bug166462`` the tunnel goes on encapsulating with it as source
(FreeBSD bug 166462).
"""

import ctypes
import fcntl
import os
import selectors
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from ipaddress import ip_address
from pathlib import Path

from bluegreen.errors import ParseError
from bluegreen.lab.gre_config import TunnelConfig, read_tunnels
from bluegreen.lab.gre_packet import IPV4, IPV6, PROTOCOL, GrePacket, decode, encode
from bluegreen.lab.rtnetlink import ADDRESS_EVENTS, addresses, changed, watch

TUN = "/dev/net/tun"
_TUNSETIFF, _TUNSETCARRIER = 0x400454CA, 0x400454E2  # linux/if_tun.h
_IFF_TUN, _IFF_NO_PI = 0x0001, 0x1000
_PR_SET_PDEATHSIG = 1  # prctl(2)
_DONT_FRAGMENT = 0x4000
_OUTER = struct.Struct("!BBHHHBBH4s4s")
_PACKET_MAX = 65535  # octets
_AT_ONCE = 64  # packets taken from one side before the other has its turn
_BUFFER = 4 << 20  # octets that wait while this process does not run
_PROTOCOLS = {4: IPV4, 6: IPV6}  # by the version in an IP header


class Tunnel:
    """One TUN device, and what is known of its far end."""

    def __init__(self, config: TunnelConfig) -> None:
        self.config = config
        self.fd = os.open(TUN, os.O_RDWR | os.O_NONBLOCK)
        request = struct.pack("16sH22x", config.name.encode(), _IFF_TUN | _IFF_NO_PI)
        fcntl.ioctl(self.fd, _TUNSETIFF, request)
        self.is_local: bool | None = None
        self._outer = _outer(config)

    @property
    def sends(self) -> bool:
        return bool(self.is_local) or self.config.bug166462

    def close(self) -> None:
        """Take the device away, with its addresses and routes."""
        os.close(self.fd)

    def set_local(self, *, is_local: bool) -> None:
        """Learn whether the outer address is on this router, and show it by the carrier."""
        if is_local != self.is_local:
            self.is_local = is_local
            fcntl.ioctl(self.fd, _TUNSETCARRIER, struct.pack("i", self.sends))

    def wrapped(self, inner: bytes) -> bytes | None:
        """Return the outer packet; None for what is no IP packet."""
        protocol = _PROTOCOLS.get(inner[0] >> 4) if inner else None
        if protocol is None:
            return None
        config = self.config
        return self._outer + encode(GrePacket(protocol, inner, config.key, config.has_checksum))

    def accepts(self, packet: GrePacket) -> bool:
        """Whether a packet from the far end is meant for this tunnel, whose key may be none."""
        return bool(self.is_local) and packet.key == self.config.key


class Carrier:
    """All tunnels of a router, and the loop that serves them."""

    def __init__(self, configs: tuple[TunnelConfig, ...]) -> None:
        self._configs = configs
        self._tunnels: dict[str, Tunnel] = {}
        self._by_ends: dict[tuple[bytes, bytes], list[Tunnel]] = {}
        self._raw = socket.socket(socket.AF_INET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, PROTOCOL)
        self._raw.setsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL, 1)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            self._raw.setsockopt(socket.SOL_SOCKET, option, _BUFFER)
        self._watcher = watch(ADDRESS_EVENTS)
        self._selector = selectors.DefaultSelector()

    def serve(self, told: Callable[[], tuple[TunnelConfig, ...]] | None = None) -> None:
        """Carry until killed; ``told`` gives the tunnels anew when standard input says so."""
        hear = partial(self._selector.register, events=selectors.EVENT_READ)
        hear(self._watcher, data=self._follow_addresses)
        hear(self._raw, data=self._take_in)
        if told is not None:
            hear(sys.stdin, data=partial(self._hear_news, told))
        self._become(self._configs)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            for key, _ in self._selector.select():
                key.data()

    # -- which tunnels there are ---------------------------------------------

    def _hear_news(self, told: Callable[[], tuple[TunnelConfig, ...]]) -> None:
        if os.read(sys.stdin.fileno(), _PACKET_MAX):
            self._become(told())
        else:
            self._selector.unregister(sys.stdin)

    def _become(self, configs: tuple[TunnelConfig, ...]) -> None:
        """Have these tunnels and no others; one that was only set up or down stays."""
        wanted = {config.name: config for config in configs}
        for name, tunnel in tuple(self._tunnels.items()):
            config = wanted.get(name)
            if config is None or replace(config, is_up=tunnel.config.is_up) != tunnel.config:
                self._selector.unregister(tunnel.fd)
                self._tunnels.pop(name).close()
        made = tuple(name for name in wanted if name not in self._tunnels)
        for name in made:
            tunnel = self._tunnels[name] = Tunnel(wanted[name])
            send = partial(self._send_out, tunnel)
            self._selector.register(tunnel.fd, selectors.EVENT_READ, send)
        self._by_ends.clear()
        for tunnel in self._tunnels.values():
            self._by_ends.setdefault(_ends(tunnel.config), []).append(tunnel)
        mark = max((config.mark for config in configs), default=0)
        self._raw.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, mark)
        self._look_around()
        for name, config in wanted.items():
            tunnel = self._tunnels[name]
            if name in made or tunnel.config.is_up is not config.is_up:
                _configure(config, is_new=name in made)
            tunnel.config = config

    def _follow_addresses(self) -> None:
        if changed(self._watcher):
            self._look_around()

    def _look_around(self) -> None:
        here = {local.address for local in addresses()}
        for tunnel in self._tunnels.values():
            tunnel.set_local(is_local=ip_address(tunnel.config.local) in here)

    def _send_out(self, tunnel: Tunnel) -> None:
        """Wrap what this router sends into the tunnel; what the network refuses is lost."""
        to = (tunnel.config.remote, 0)
        for _ in range(_AT_ONCE):
            try:
                inner = os.read(tunnel.fd, _PACKET_MAX)
            except OSError:  # nothing more, or the device is down
                return
            outer = tunnel.wrapped(inner) if tunnel.sends else None
            if outer is not None:
                with suppress(OSError):
                    self._raw.sendto(outer, to)

    def _take_in(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                outer = self._raw.recv(_PACKET_MAX)
            except OSError:
                return
            self._unwrap(outer)

    def _unwrap(self, outer: bytes) -> None:
        """Hand an inner packet to its tunnel; a foreign or damaged one is dropped."""
        tunnels = self._by_ends.get((outer[16:20], outer[12:16]))
        if tunnels is None:
            return
        try:
            packet = decode(outer[(outer[0] & 15) * 4 :])
        except ParseError:
            return
        for tunnel in tunnels:
            if tunnel.accepts(packet):
                with suppress(OSError):  # EIO while the device is down
                    os.write(tunnel.fd, packet.payload)
                return


def _ends(config: TunnelConfig) -> tuple[bytes, bytes]:
    return ip_address(config.local).packed, ip_address(config.remote).packed


def _outer(config: TunnelConfig) -> bytes:
    """Return the outer header; the kernel fills in length, id and checksum (raw(7))."""
    fragment = _DONT_FRAGMENT if config.dont_fragment else 0
    return _OUTER.pack(0x45, 0, 0, 0, fragment, config.ttl, PROTOCOL, 0, *_ends(config))


def _configure(config: TunnelConfig, *, is_new: bool) -> None:
    wish = "up" if config.is_up else "down"
    lines = [f"link set {config.name} mtu {config.inner_mtu} {wish}"]
    if is_new:
        lines = [
            f"address add {config.address} peer {config.destination} dev {config.name}",
            *lines,
            *(f"address add {address} dev {config.name} nodad" for address in config.addresses6),
        ]
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True)


def main() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    file = Path(sys.argv[1])
    told = partial(read_tunnels, file) if sys.argv[2:] == ["-"] else None
    Carrier(read_tunnels(file)).serve(told)


if __name__ == "__main__":
    main()
