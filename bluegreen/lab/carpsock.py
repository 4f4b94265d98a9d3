"""Raw sockets of protocol 112: what one interface hears, and what goes to a unicast peer."""

import ctypes
import errno
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from bluegreen.carp.packet import GROUP, GROUP6, PROTOCOL, TTL
from bluegreen.carp.values import Family
from bluegreen.lab.frames import DSCP_OCTET

BURST_MAX = 64  # packets taken at a time
PACKET_MAX = 2048  # octets
UNREACHABLE_S = 4.0
"""How long a neighbour that was not found counts as gone: Linux asks for it 3 times, 1 s each."""

EHOSTDOWN = 64  # FreeBSD's sys/errno.h, as the next three
_FREEBSD = {errno.ENETDOWN: 50, errno.ENETUNREACH: 51, errno.ENOBUFS: 55}

_IP_MTU_DISCOVER, _IP_PMTUDISC_DO, _IP_RECVERR = 10, 2, 11  # linux/in.h
_IPV6_RECVERR, _IPV6_AUTOFLOWLABEL = 25, 70  # linux/in6.h
_OPTIONS = (
    (socket.IP_TTL, TTL),
    (socket.IP_TOS, DSCP_OCTET),
    (_IP_MTU_DISCOVER, _IP_PMTUDISC_DO),
    (_IP_RECVERR, 1),
)
_OPTIONS6 = (
    (socket.IPV6_UNICAST_HOPS, TTL),
    (socket.IPV6_TCLASS, DSCP_OCTET),
    (_IPV6_RECVERR, 1),
    (_IPV6_AUTOFLOWLABEL, 0),
)
_SO_ATTACH_FILTER = 26  # asm-generic/socket.h
_RETURN_0 = struct.pack("HBBI", 0x06, 0, 0, 0)  # BPF_RET | BPF_K, linux/filter.h: no octet of it


@dataclass(frozen=True, slots=True)
class Heard:
    """A packet of protocol 112 that arrived on an interface."""

    family: Family
    source: str  # without zone
    destination: str | None  # None: the group
    hops: int  # TTL or hop limit left
    carp: bytes


class Hearing:
    """Both families on one interface, as a member of both groups."""

    def __init__(self, interface: str) -> None:
        number = socket.if_nametoindex(interface)
        self.inet = _raw(socket.AF_INET, interface)
        membership = GROUP.packed + struct.pack("=4si", b"", number)
        self.inet.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
        self.inet6 = _raw(socket.AF_INET6, interface)
        membership = GROUP6.packed + struct.pack("=i", number)
        self.inet6.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, membership)
        self.inet6.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        self.inet6.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)

    def heard(self) -> Iterator[Heard]:
        """Yield what has arrived in either family."""
        for read in (self._read, self._read6):
            for _ in range(BURST_MAX):
                try:
                    yield read()
                except OSError:  # nothing more, or the link went down
                    break

    def close(self) -> None:
        self.inet.close()
        self.inet6.close()

    def _read(self) -> Heard:
        packet = self.inet.recv(PACKET_MAX)
        length = (packet[0] & 15) * 4
        source, destination = (socket.inet_ntoa(packet[at : at + 4]) for at in (12, 16))
        to = None if destination == str(GROUP) else destination
        return Heard("inet", source, to, packet[8], packet[length:])

    def _read6(self) -> Heard:
        carp, told, _, sender = self.inet6.recvmsg(PACKET_MAX, 256)
        values = {kind: value for _, kind, value in told}
        destination = socket.inet_ntop(socket.AF_INET6, values[socket.IPV6_PKTINFO][:16])
        (hops,) = struct.unpack("=i", values[socket.IPV6_HOPLIMIT])
        to = None if destination == str(GROUP6) else destination
        return Heard("inet6", str(sender[0]).partition("%")[0], to, hops, carp)


class Unicast:
    """Sends to one peer from one address, and learns afterwards whether it was there."""

    def __init__(self, source: str, peer: str) -> None:
        family = socket.AF_INET6 if ":" in peer else socket.AF_INET
        self._peer = peer
        self._failed_at: float | None = None
        self._socket = socket.socket(family, socket.SOCK_RAW, PROTOCOL)
        self._socket.setblocking(False)
        _hear_nothing(self._socket)
        inet6 = family == socket.AF_INET6
        for option, value in _OPTIONS6 if inet6 else _OPTIONS:
            self._socket.setsockopt(
                socket.IPPROTO_IPV6 if inet6 else socket.IPPROTO_IP, option, value
            )
        if source:
            self._socket.bind((source, 0))

    def send(self, carp: bytes, now: float) -> int:
        """Send a packet; return 0, or the errno of FreeBSD's that says why it does not arrive."""
        found = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if found == errno.EHOSTUNREACH:  # all else was said by a peer that is there
            self._failed_at = now
        self._forget_errors()
        try:
            self._socket.sendto(carp, (self._peer, 0))
        except OSError as error:
            return _FREEBSD.get(error.errno or 0, EHOSTDOWN)
        gone = self._failed_at is not None and now < self._failed_at + UNREACHABLE_S
        return EHOSTDOWN if gone else 0

    def close(self) -> None:
        self._socket.close()

    def _forget_errors(self) -> None:
        """Empty the queue of errors: that there was one is all there is to know."""
        for _ in range(BURST_MAX):
            try:
                self._socket.recvmsg(0, 0, socket.MSG_ERRQUEUE)
            except OSError:
                return


def _raw(family: socket.AddressFamily, interface: str) -> socket.socket:
    raw = socket.socket(family, socket.SOCK_RAW, PROTOCOL)
    raw.setblocking(False)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
    return raw


def _hear_nothing(raw: socket.socket) -> None:
    """Let no packet in (socket(7), SO_ATTACH_FILTER); errors come by another way."""
    filtered = ctypes.create_string_buffer(_RETURN_0)
    program = struct.pack("HP", 1, ctypes.addressof(filtered))
    raw.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
