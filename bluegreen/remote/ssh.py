"""The live door to a router: one SSH connection, one exec a script."""

import secrets
import threading

from bluegreen.errors import (
    BluegreenError,
    OutcomeUnknownError,
    ParseError,
    RefusedError,
    UnreachableError,
)
from bluegreen.freebsd.shell import has_begun, read_answer, render
from bluegreen.model.command import Output, Script
from bluegreen.model.secret import struck
from bluegreen.remote.connection import Line, open_line
from bluegreen.remote.exchange import Ended, LinkLostError, Raw, start, talk
from bluegreen.remote.settings import SshSettings

MARGIN_S = 10.0  # the line's own delays, and the start of the shell

# sshd hands this to the login shell, which may be csh: both know exec and "$NAME".
_SHELL = 'sh -s -- "$SSH_CONNECTION"'
WORDS = {
    "none": f"exec {_SHELL}",
    "doas": f"exec doas {_SHELL}",
    "sudo": f"exec sudo -n {_SHELL}",
}
_COMPLAINT_MAX = 400  # characters of a foreign message that we repeat


class SshTransport:
    """Runs scripts on one router; implements ``world.Transport``.

    One script at a time; several transports may be used from several threads.
    """

    def __init__(self, settings: SshSettings, margin_s: float = MARGIN_S) -> None:
        self.name = settings.name
        self._settings = settings
        self._margin_s = margin_s
        self._line: Line | None = None
        self._lock = threading.Lock()

    @property
    def address(self) -> str | None:
        """The IP address we are connected to; None when closed, or through another host."""
        line = self._line
        return line.address if line else None

    def run(self, script: Script) -> tuple[Output, ...]:
        """Return what ``world.Transport.run`` promises.

        Raises:
            UsageError: a file of the settings cannot be used.
            UnreachableError: nothing was sent, or the answer to a read is lost.
            RefusedError: the router gave no shell, so that nothing was run.
            OutcomeUnknownError: a change was sent, and its answer is lost.
        """
        nonce = secrets.token_hex(16)
        text = render(script, nonce)
        with self._lock:
            raw = self._exchange(text, script.timeout_s + self._margin_s)
        return self._answer(script, nonce, raw)

    def close(self) -> None:
        """Hang up; the next script connects anew."""
        with self._lock:
            self._hang_up()

    def _exchange(self, text: str, limit_s: float) -> Raw:
        """Send the text once; only a connection found dead before that is opened again."""
        words = WORDS[self._settings.escalate]
        kept = self._line is not None
        while True:
            line = self._line = self._line or open_line(self._settings)
            try:
                channel = start(line.transport, words, self._settings.connect_timeout_s)
            except LinkLostError as error:
                self._hang_up()
                if not kept:
                    raise UnreachableError(f"no session: {error}", self.name) from error
                kept = False
                continue
            raw: Raw | None = None
            try:
                raw = talk(line.transport, channel, text, limit_s)
                return raw
            finally:  # hanging up ends the script too: its next output finds no reader
                if raw is None or raw.ended is not Ended.CLOSED:
                    self._hang_up()

    def _hang_up(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def _answer(self, script: Script, nonce: str, raw: Raw) -> tuple[Output, ...]:
        if raw.status is not None and not has_begun(nonce, raw.stdout):
            raise self._no_shell(raw)
        try:
            return read_answer(script, nonce, raw.stdout, raw.stderr, self.name)
        except (UnreachableError, OutcomeUnknownError) as cut:
            what = f"{raw.ended}; {cut.what}"
            if raw.ended is Ended.FLOODED and script.reads_only:
                raise ParseError(what, self.name) from cut
            raise type(cut)(what, self.name) from cut

    def _no_shell(self, raw: Raw) -> BluegreenError:
        """Explain a session that ended before the script began: nothing was run."""
        lines = (raw.stderr.strip() or raw.stdout.strip() or "it said nothing").splitlines()
        said = struck(" / ".join(lines))[-_COMPLAINT_MAX:]
        user = self._line.user if self._line else "the user"
        match self._settings.escalate:
            case "doas":
                rule = f"`permit nopass {user} as root cmd sh` in doas.conf"
            case "sudo":
                rule = f"`{user} ALL=(root) NOPASSWD: /bin/sh` in sudoers"
            case "none":
                return RefusedError(f"no shell for {user}: {said}", self.name)
        return RefusedError(
            f"{self._settings.escalate} gave {user} no shell: {said}",
            self.name,
            f"Nothing was changed. It must ask for no password: {rule}.",
        )
