"""A TCP connection that is made and given up: the handshake is the answer."""

import errno
import selectors
import socket
import time
from struct import pack

from bluegreen.probe.channel import Answer, Endpoint

_ABORT = pack("ii", 1, 0)  # SO_LINGER: close with a reset, so that no port stays in TIME_WAIT


class TcpChannel:
    """As many handshakes under way as have not timed out."""

    broke = 0  # each handshake is a connection of its own

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._selector = selectors.DefaultSelector()
        self._open: dict[int, socket.socket] = {}
        self._at_once: list[int] = []  # answered within connect(2) itself

    def send(self, number: int) -> None:
        try:
            opened = socket.socket(self._endpoint.family, socket.SOCK_STREAM)
        except OSError:
            return  # out of descriptors: nothing can be asked
        opened.setblocking(False)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
        code = opened.connect_ex(self._endpoint.address)
        if code == errno.EINPROGRESS:
            self._open[number] = opened
            self._selector.register(opened, selectors.EVENT_WRITE, number)
            return
        opened.close()
        if code == 0:
            self._at_once.append(number)

    def answers(self, wait_s: float) -> tuple[Answer, ...]:
        found, self._at_once = self._at_once, []
        for key, _ in self._selector.select(0 if found else wait_s):
            number = key.data
            code = self._open[number].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            self.forget(number)
            if code == 0:
                found.append(number)
        now_s = time.monotonic()
        return tuple(Answer(number, now_s) for number in found)

    def forget(self, number: int) -> None:
        opened = self._open.pop(number, None)
        if opened:
            self._selector.unregister(opened)
            opened.close()

    def close(self) -> None:
        for number in tuple(self._open):
            self.forget(number)
        self._selector.close()
