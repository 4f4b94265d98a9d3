"""The tunnels of one router, carried in user space: `python -m bluegreen.lab.gre CONFIG`.

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
from contextlib import suppress
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
        self._tunnels = tuple(Tunnel(config) for config in configs)
        self._by_ends: dict[tuple[bytes, bytes], list[Tunnel]] = {}
        for tunnel in self._tunnels:
            self._by_ends.setdefault(_ends(tunnel.config), []).append(tunnel)
        self._raw = socket.socket(socket.AF_INET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, PROTOCOL)
        self._raw.setsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL, 1)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            self._raw.setsockopt(socket.SOL_SOCKET, option, _BUFFER)
        self._watcher = watch(ADDRESS_EVENTS)
        self._selector = selectors.DefaultSelector()

    def serve(self) -> None:
        """Carry until killed."""
        self._look_around()
        for config in (tunnel.config for tunnel in self._tunnels):
            _configure(config)
        hear = partial(self._selector.register, events=selectors.EVENT_READ)
        hear(self._watcher, data=self._follow_addresses)
        hear(self._raw, data=self._take_in)
        for tunnel in self._tunnels:
            hear(tunnel.fd, data=partial(self._send_out, tunnel))
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            for key, _ in self._selector.select():
                key.data()

    def _follow_addresses(self) -> None:
        if changed(self._watcher):
            self._look_around()

    def _look_around(self) -> None:
        here = {local.address for local in addresses()}
        for tunnel in self._tunnels:
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


def _configure(config: TunnelConfig) -> None:
    lines = [
        f"address add {config.address} peer {config.destination} dev {config.name}",
        f"link set {config.name} mtu {config.inner_mtu} up",
        *(f"address add {address} dev {config.name} nodad" for address in config.addresses6),
    ]
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True)


def main() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    Carrier(read_tunnels(Path(sys.argv[1]))).serve()


if __name__ == "__main__":
    main()
