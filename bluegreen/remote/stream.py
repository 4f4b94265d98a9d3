"""One program on another host that lives as long as we hold its stdin: bytes in, bytes out."""

import contextlib

from paramiko import Channel
from paramiko.ssh_exception import SSHException

from bluegreen.errors import UnreachableError
from bluegreen.remote.connection import Line, open_line
from bluegreen.remote.exchange import LinkLostError, start
from bluegreen.remote.settings import Escalation, SshSettings

_CHUNK = 64 * 1024
_COMPLAINT_MAX = 400  # characters of a foreign message that we repeat
_BECOME = {"none": "exec", "doas": "exec doas", "sudo": "exec sudo -n"}


class SshStream:
    """An open session; the program is a text for sh without single quotes or `!` (csh)."""

    def __init__(self, settings: SshSettings, script: str) -> None:
        """Connect and start.

        Raises:
            UsageError: a file of the settings cannot be used.
            UnreachableError: no session could be had.
        """
        self._name = settings.name
        self._line: Line = open_line(settings)
        words = words_of(settings.escalate, script)
        try:
            self._channel: Channel = start(self._line.transport, words, settings.connect_timeout_s)
        except LinkLostError as error:
            self._line.close()
            raise UnreachableError(f"no session: {error}", self._name) from error

    def send(self, data: bytes) -> None:
        """Give it to the program; where nobody takes it, ``receive`` says why."""
        with contextlib.suppress(SSHException, OSError, EOFError):
            self._channel.sendall(data)

    def receive(self, wait_s: float) -> bytes | None:
        """Return what has come, b"" after ``wait_s`` without anything, None at the program's end.

        Raises:
            UnreachableError: the connection was lost, and the program's end not seen.
        """
        self._channel.settimeout(wait_s)
        try:
            data = self._channel.recv(_CHUNK)
        except TimeoutError:
            return b""
        if data:
            return data
        if not self._channel.eof_received:
            raise UnreachableError("the connection was lost", self._name)
        return None

    def complaint(self) -> str:
        """Return what the program said on stderr, its end."""
        said = bytearray()
        while self._channel.recv_stderr_ready():
            said += self._channel.recv_stderr(_CHUNK)
        return " / ".join(said.decode(errors="replace").split("\n")).strip(" /")[-_COMPLAINT_MAX:]

    def close(self) -> None:
        """End the program: its stdin ends."""
        with contextlib.suppress(SSHException, OSError, EOFError):
            self._channel.close()
        self._line.close()


def words_of(escalate: Escalation, script: str) -> str:
    """Return what the login shell is given, which may be csh: one word in single quotes."""
    return f"{_BECOME[escalate]} sh -c '{script}'"
