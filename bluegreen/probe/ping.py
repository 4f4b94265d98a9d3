"""ICMP echo over a datagram socket where users may have one, else over a raw one."""

import selectors
import socket
from secrets import token_bytes

from bluegreen.errors import RefusedError
from bluegreen.probe.channel import Endpoint
from bluegreen.probe.icmp import TOKEN_BYTES, Echo, decode_reply, encode_request

PACKET_MAX = 2048  # bytes; ours have 24 and an IP header
READS_MAX = 256  # packets a turn: a raw socket sees everybody's

_PROTOCOL = {4: socket.IPPROTO_ICMP, 6: socket.IPPROTO_ICMPV6}
_NEEDED = (
    "Run as root; or, on Linux, `sysctl -w net.ipv4.ping_group_range='0 2147483647'`; "
    "or probe with `tcp:` or `http:`."
)


class PingChannel:
    """One socket that is not connected, so that it outlives a change of our own address."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._host = _packed(endpoint.family, endpoint.address[0])
        self._token = token_bytes(TOKEN_BYTES)
        self._identifier = int.from_bytes(self._token[:2], "big")
        self._socket = open_socket(endpoint)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._socket, selectors.EVENT_READ)

    def send(self, number: int) -> None:
        echo = Echo(self._token, number, self._identifier)
        packet = encode_request(echo, self._endpoint.version)
        for _ in range(2):  # an earlier probe's ICMP error is reported in place of sending
            try:
                self._socket.sendto(packet, self._endpoint.address)
            except OSError:
                continue
            return

    def answers(self, wait_s: float) -> tuple[int, ...]:
        if not self._selector.select(wait_s):
            return ()
        found = []
        for _ in range(READS_MAX):
            try:
                packet, source = self._socket.recvfrom(PACKET_MAX)
            except BlockingIOError:
                break
            except OSError:
                continue  # an ICMP error, not an answer
            echo = decode_reply(packet, self._endpoint.version)
            ours = echo is not None and echo.token == self._token
            if echo and ours and _packed(self._endpoint.family, source[0]) == self._host:
                found.append(echo.number)
        return tuple(found)

    def forget(self, number: int) -> None:
        """Nothing is held open for one echo."""

    def close(self) -> None:
        self._selector.close()
        self._socket.close()


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
