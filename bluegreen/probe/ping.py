"""ICMP echo over a datagram socket where users may have one, else over a raw one."""

import select
import socket
import struct
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from secrets import token_bytes

from bluegreen.errors import RefusedError
from bluegreen.probe.channel import Answer, Endpoint
from bluegreen.probe.icmp import TOKEN_BYTES, Echo, decode_reply, encode_request

PACKET_MAX = 2048  # bytes; ours have 24 and an IP header
ANCILLARY_MAX = 128  # bytes: one time stamp has 32
AGE_MAX_S = 10.0  # an older stamp means that the time of day was set
READS_MAX = 256  # packets a turn: a raw socket sees everybody's

_SO_TIMESTAMPNS = 35  # no name in the socket module
_TIMESPEC = struct.Struct("@ll")
_PROTOCOL = {4: socket.IPPROTO_ICMP, 6: socket.IPPROTO_ICMPV6}
_NEEDED = (
    "Run as root; or, on Linux, `sysctl -w net.ipv4.ping_group_range='0 2147483647'`; "
    "or probe with `tcp:` or `http:`."
)


class PingChannel:
    """One socket that is not connected, so that it outlives a change of our own address."""

    broke = 0  # there is no connection

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._host = _packed(endpoint.family, endpoint.address[0])
        self._token = token_bytes(TOKEN_BYTES)
        self._identifier = int.from_bytes(self._token[:2], "big")
        self._socket = open_socket(endpoint)
        _ask_for_stamps(self._socket)

    def send(self, number: int) -> None:
        echo = Echo(self._token, number, self._identifier)
        packet = encode_request(echo, self._endpoint.version)
        for _ in range(2):  # an earlier probe's ICMP error is reported in place of sending
            try:
                self._socket.sendto(packet, self._endpoint.address)
            except OSError:
                continue
            return

    def answers(self, wait_s: float) -> tuple[Answer, ...]:
        if not _readable(self._socket, wait_s):
            return ()
        found = []
        for _ in range(READS_MAX):
            try:
                packet, ancillary, _, source = self._socket.recvmsg(PACKET_MAX, ANCILLARY_MAX)
            except BlockingIOError:
                break
            except OSError:
                continue  # an ICMP error, not an answer
            echo = decode_reply(packet, self._endpoint.version)
            ours = echo is not None and echo.token == self._token
            if echo and ours and _packed(self._endpoint.family, source[0]) == self._host:
                found.append(Answer(echo.number, _arrived_s(ancillary)))
        return tuple(found)

    def forget(self, number: int) -> None:
        """Nothing is held open for one echo."""

    def close(self) -> None:
        self._socket.close()


def _readable(opened: socket.socket, wait_s: float) -> bool:
    """Wait in microseconds: poll and epoll wait whole milliseconds, which at 1 kHz misses beats."""
    try:
        return bool(select.select([opened], [], [], wait_s)[0])
    except ValueError:  # a descriptor above FD_SETSIZE
        waiting = select.poll()
        waiting.register(opened, select.POLLIN)
        return bool(waiting.poll(1000 * wait_s))


def _ask_for_stamps(opened: socket.socket) -> None:
    """Have the kernel say when a packet came: a thread that waits for its turn comes later.

    Source:
        SO_TIMESTAMPNS, socket(7) of Linux, include/uapi/asm-generic/socket.h, read 2026-11-22.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            opened.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)


def _arrived_s(ancillary: Sequence[tuple[int, int, bytes]]) -> float:
    """Return when a packet came, on time.monotonic(); without a stamp: now."""
    now_s = time.monotonic()
    for level, kind, data in ancillary:
        if (level, kind, len(data)) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS, _TIMESPEC.size):
            seconds, nanoseconds = _TIMESPEC.unpack(data)
            age_s = time.time() - (seconds + nanoseconds / 1e9)
            return now_s - age_s if 0 <= age_s < AGE_MAX_S else now_s
    return now_s


def open_socket(endpoint: Endpoint) -> socket.socket:
    """Return a non-blocking ICMP socket.

    Raises:
        RefusedError: this user may have none.

    Source:
        icmp(7) of Linux (ping_group_range); macOS grants datagram sockets to
        everybody, FreeBSD has raw ones only. Read 2026-11-22.
    """
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            opened = socket.socket(endpoint.family, kind, _PROTOCOL[endpoint.version])
        except OSError as error:
            last = error
            continue
        opened.setblocking(False)
        return opened
    what = f"this user may not send ICMP to {endpoint.address[0]}: {last.strerror}"
    raise RefusedError(what, advice=_NEEDED) from last


def _packed(family: int, host: str) -> bytes:
    return socket.inet_pton(family, host.partition("%")[0])
