"""One exec on an open connection: text in, both streams and the exit status out."""

import contextlib
import selectors
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from paramiko import Channel, Transport
from paramiko.ssh_exception import SSHException

OUTPUT_MAX = 8 * 1024 * 1024  # bytes of both streams together
_CHUNK = 64 * 1024
_LOOK_S = 0.25  # paramiko wakes us; this only bounds a wake-up that was missed


class Ended(StrEnum):
    """How an exec came to its end, in words for the operator."""

    CLOSED = "the router closed the session"
    LOST = "the connection was lost"
    EXPIRED = "no answer in time"
    FLOODED = f"more than {OUTPUT_MAX // 1024**2} MiB were printed"


@dataclass(frozen=True, slots=True)
class Raw:
    """What came back of one exec."""

    stdout: str
    stderr: str
    status: int | None  # None: the shell's end was not seen
    ended: Ended


class LinkLostError(Exception):
    """The connection is dead, and nothing of the script was sent."""


def start(transport: Transport, words: str, limit_s: float) -> Channel:
    """Open a session without a terminal and start its program.

    Raises:
        LinkLostError: no session could be had.
    """
    with _expiring(transport, limit_s) as expired:
        try:
            channel = transport.open_session(timeout=limit_s)
            channel.exec_command(words)
        except (SSHException, OSError, EOFError) as error:
            why = Ended.EXPIRED if expired.is_set() else str(error) or Ended.LOST
            raise LinkLostError(why) from error
        return channel


def talk(transport: Transport, channel: Channel, text: str, limit_s: float) -> Raw:
    """Send the text as stdin, and read to the end, the deadline or the bound."""
    out, err = bytearray(), bytearray()
    with _expiring(transport, limit_s) as expired:
        _send(channel, text.encode("utf-8", "surrogateescape"))
        whole = _read(channel, out, err)
    status = channel.recv_exit_status() if whole and channel.eof_received else -1
    if not whole:
        ended = Ended.FLOODED
    elif expired.is_set():
        ended = Ended.EXPIRED
    else:
        ended = Ended.LOST if status < 0 else Ended.CLOSED
    channel.close()
    # Bytes that are no UTF-8 pass both ways unchanged: a configuration file may hold them.
    stdout, stderr = (bytes(part).decode("utf-8", "surrogateescape") for part in (out, err))
    return Raw(stdout, stderr, status if status >= 0 else None, ended)


def _send(channel: Channel, data: bytes) -> None:
    # A program that ended without reading closes its session: its answer says why.
    with contextlib.suppress(SSHException, OSError, EOFError):
        channel.sendall(data)
        channel.shutdown_write()


def _read(channel: Channel, out: bytearray, err: bytearray) -> bool:
    """Read both streams until the session is closed; False where there is too much."""
    with selectors.DefaultSelector() as selector:
        selector.register(channel.fileno(), selectors.EVENT_READ)
        while True:
            closed = channel.closed  # before the last look, so that nothing is missed
            while channel.recv_ready():
                out += channel.recv(_CHUNK)
                if len(out) + len(err) > OUTPUT_MAX:
                    return False
            while channel.recv_stderr_ready():
                err += channel.recv_stderr(_CHUNK)
                if len(out) + len(err) > OUTPUT_MAX:
                    return False
            if closed:
                return True
            selector.select(_LOOK_S)


@contextlib.contextmanager
def _expiring(transport: Transport, limit_s: float) -> Iterator[threading.Event]:
    """Close the connection after ``limit_s``: that ends every wait of paramiko."""
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        transport.close()

    timer = threading.Timer(limit_s, expire)
    timer.daemon = True
    timer.start()
    try:
        yield expired
    finally:
        timer.cancel()
