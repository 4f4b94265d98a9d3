"""One long-lived TCP connection: numbered lines go out, an echo service sends them back.

What the other probes cannot see: whether a stateful flow outlives a switch. A firewall that
was told nothing of it (no pfsync), or a new MASTER that translates addresses anew, resets it.
"""

import errno
import select
import socket
import time
from secrets import token_hex

from bluegreen.probe.channel import Answer, Endpoint

CONNECT_S = 1.0  # a handshake that takes longer is begun anew
DEAD_S = 10.0  # a connection that echoes nothing for so long is taken for dead
PENDING_MAX = 64 * 1024  # bytes that wait to be sent; more lines are not written
READ_MAX = 64 * 1024
_PAUSE_S = 0.05  # between two handshakes: at 1 kHz a refusal would be asked for 1,000 times


class FlowChannel:
    """A connection that is made again whenever it dies, and counted."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.broke = 0
        self._endpoint = endpoint
        self._token = token_hex(4)
        self._socket: socket.socket | None = None
        self._connected = False
        self._since_s = 0.0  # of the handshake; of the oldest line that is not echoed
        self._unsent = b""
        self._heard = b""
        self._waiting = False

    def send(self, number: int) -> None:
        self._tend()
        if self._connected and len(self._unsent) < PENDING_MAX:
            if not self._waiting:
                self._waiting, self._since_s = True, time.monotonic()
            self._unsent += f"{self._token} {number}\n".encode()
            self._write()

    def answers(self, wait_s: float) -> tuple[Answer, ...]:
        if self._socket is None:
            time.sleep(wait_s)
            return ()
        wants_to_write = [self._socket] if self._unsent or not self._connected else []
        readable, writable = _ready(self._socket, wants_to_write, wait_s)
        if writable and not self._connected:
            self._finish()
        elif writable:
            self._write()
        return self._read() if readable and self._connected else ()

    def forget(self, number: int) -> None:
        """A line that is late still comes: TCP sends it again until the connection dies."""

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket, self._connected, self._waiting = None, False, False
        self._unsent = self._heard = b""

    def _tend(self) -> None:
        """Begin a handshake where there is no connection; give up what has died silently."""
        now_s = time.monotonic()
        passed_s = now_s - self._since_s
        if self._socket is None and passed_s >= _PAUSE_S:
            self._begin(now_s)
        elif self._connected and self._waiting and passed_s >= DEAD_S:
            self._break()
        elif self._socket is not None and not self._connected and passed_s >= CONNECT_S:
            self.close()

    def _begin(self, now_s: float) -> None:
        self._since_s = now_s
        try:
            self._socket = socket.socket(self._endpoint.family, socket.SOCK_STREAM)
        except OSError:
            return  # out of descriptors: nothing can be asked
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        code = self._socket.connect_ex(self._endpoint.address)
        self._connected = code == 0
        if code not in (0, errno.EINPROGRESS):
            self.close()

    def _finish(self) -> None:
        """Learn how a handshake ended; one that failed is not a flow that broke."""
        assert self._socket is not None
        if self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
            self._connected = True
        else:
            self.close()

    def _write(self) -> None:
        assert self._socket is not None
        try:
            self._unsent = self._unsent[self._socket.send(self._unsent) :]
        except BlockingIOError:
            return
        except OSError:
            self._break()

    def _read(self) -> tuple[Answer, ...]:
        assert self._socket is not None
        try:
            data = self._socket.recv(READ_MAX)
        except BlockingIOError:
            return ()
        except OSError:
            data = b""
        if not data:
            self._break()
            return ()
        *lines, self._heard = (self._heard + data)[-READ_MAX:].split(b"\n")
        now_s = time.monotonic()
        ours = [line.split() for line in lines]
        found = [int(n) for t, n in (w for w in ours if len(w) == 2) if self._is_ours(t, n)]
        if found:
            self._waiting = False
        return tuple(Answer(number, now_s) for number in found)

    def _is_ours(self, token: bytes, number: bytes) -> bool:
        return token == self._token.encode() and number.isdigit()

    def _break(self) -> None:
        """Reset, closed by its other end, or silent for too long: the flow is dead."""
        self.close()
        self.broke += 1
        self._since_s = 0.0  # at once: how long nothing gets through is what we measure


def _ready(opened: socket.socket, writing: list[socket.socket], wait_s: float) -> tuple[bool, bool]:
    try:
        readable, writable, _ = select.select([opened], writing, [], wait_s)
    except ValueError:  # a descriptor above FD_SETSIZE
        waiting = select.poll()
        waiting.register(opened, select.POLLIN | (select.POLLOUT if writing else 0))
        events = sum(event for _, event in waiting.poll(1000 * wait_s))
        return bool(events & ~select.POLLOUT), bool(events & select.POLLOUT)
    return bool(readable), bool(writable)
