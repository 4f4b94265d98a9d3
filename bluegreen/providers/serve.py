"""The emulated API as an HTTP server, for the real client with real signatures."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bluegreen.emulator.ovh import OvhApi
from bluegreen.emulator.ovh_http import Reply, Request

PREFIX = "/1.0"
LOOPBACK = "127.0.0.1"
BODY_MAX = 1 << 16


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, api: OvhApi, at: tuple[str, int], ahead_s: float) -> None:
        self.api = api
        self.host = at[0]
        self.ahead_s = ahead_s  # of OVH's time of day before ours
        self.turn = threading.Lock()
        super().__init__(at, _Handler)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.server_address[1]}{PREFIX}"

    def answer(self, request: Request) -> Reply:
        with self.turn:
            return self.api.answer(request, time.monotonic(), time.time() + self.ahead_s)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        if self.path.startswith("/auth/"):
            self._validate()
            return
        length = min(int(self.headers.get("Content-Length") or 0), BODY_MAX)
        reply = self.server.answer(
            Request(
                method=self.command,
                path=self.path.removeprefix(PREFIX),
                url=f"http://{self.headers.get('Host', '')}{self.path}",
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self.rfile.read(length).decode("utf-8", "replace"),
            )
        )
        if reply.lost:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._send(reply.status, json.dumps(reply.body), reply.headers)

    def _validate(self) -> None:
        """Somebody opened the validation URL: here nobody has to log in."""
        self.server.api.key.status = "validated"
        self._send(200, json.dumps("the key is validated"), ())

    def _send(self, status: int, text: str, headers: tuple[tuple[str, str], ...]) -> None:
        payload = text.encode()
        self.send_response(status)
        for name, value in (*headers, ("Content-Type", "application/json")):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *_: object) -> None:
        """Say nothing: what was asked stands in the emulator's own list."""


@contextmanager
def serving(
    api: OvhApi, port: int = 0, ahead_s: float = 0.0, host: str = LOOPBACK
) -> Iterator[str]:
    """Serve while the block lasts; gives the endpoint.

    Args:
        api: What answers.
        port: 0: any free one.
        ahead_s: How far OVH's time of day is ahead of ours.
        host: An address of this machine, or of the namespace that this process is in.
    """
    server = _Server(api, (host, port), ahead_s)
    api.key.validation_url = server.url.removesuffix(PREFIX) + "/auth/?credentialToken=lab"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.url
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
