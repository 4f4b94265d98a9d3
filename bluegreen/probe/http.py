"""An HTTP request a probe; whatever the server says below 500 is an answer."""

import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from queue import Empty, SimpleQueue
from urllib.parse import quote, urlsplit

from bluegreen.probe.channel import Answer, Endpoint

SERVER_ERROR = 500
_SAFE = "/%?:@!$&'()*+,;=~[]"  # what people have escaped already stays as it is


@dataclass(frozen=True, slots=True)
class Page:
    """What is asked for."""

    host: str
    port: int
    path: str
    encrypted: bool


def parse_page(url: str) -> Page:
    """Return the parts of a URL that a request needs."""
    parts = urlsplit(url)
    encrypted = parts.scheme == "https"
    written = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    path = quote(written, safe=_SAFE)
    return Page(parts.hostname or "", parts.port or (443 if encrypted else 80), path, encrypted)


class HttpChannel:
    """A short-lived thread a probe, since http.client waits; giving a probe up ends its thread."""

    broke = 0  # each request has a connection of its own

    def __init__(self, endpoint: Endpoint, page: Page, limit_s: float) -> None:
        self._endpoint = endpoint
        self._page = page
        self._limit_s = limit_s
        self._tls = _unjudging() if page.encrypted else None
        self._answered: SimpleQueue[Answer] = SimpleQueue()
        self._open: dict[int, socket.socket] = {}

    def send(self, number: int) -> None:
        try:
            opened = socket.socket(self._endpoint.family, socket.SOCK_STREAM)
        except OSError:
            return  # out of descriptors: nothing can be asked
        opened.settimeout(self._limit_s)
        if self._tls:
            opened = self._tls.wrap_socket(opened, server_hostname=self._page.host)
        self._open[number] = opened
        threading.Thread(target=self._ask, args=(number, opened), daemon=True).start()

    def _ask(self, number: int, opened: socket.socket) -> None:
        """Put the number among the answered ones, or end without a word."""
        with suppress(OSError, HTTPException), opened:
            opened.connect(self._endpoint.address)
            if status(opened, self._page) < SERVER_ERROR:
                self._answered.put(Answer(number, time.monotonic()))

    def answers(self, wait_s: float) -> tuple[Answer, ...]:
        found = []
        with suppress(Empty):
            found.append(self._answered.get(timeout=wait_s))
            while True:
                found.append(self._answered.get_nowait())
        for number, _ in found:
            self._open.pop(number, None)
        return tuple(found)

    def forget(self, number: int) -> None:
        opened = self._open.pop(number, None)
        if opened:
            with suppress(OSError):  # closed by its thread, or never connected
                socket.socket.shutdown(
                    opened, socket.SHUT_RDWR
                )  # TLS would unwrap under its thread

    def close(self) -> None:
        for number in tuple(self._open):
            self.forget(number)


def status(connected: socket.socket, page: Page) -> int:
    """Return the status that a server answers a request with."""
    connection = HTTPConnection(page.host, page.port)
    connection.sock = connected
    try:
        connection.request("GET", page.path, headers={"Connection": "close"})
        return connection.getresponse().status
    finally:
        connection.close()


def _unjudging() -> ssl.SSLContext:
    """Accept any certificate: nothing secret is sent, and only whether somebody answers counts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
