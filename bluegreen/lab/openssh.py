"""The sshd of one emulated router: starts with its boot, ends with all its sessions."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

HOST = "127.0.0.1"
SSHD = "/usr/sbin/sshd"  # sshd wants its absolute path, since it starts itself anew

_CONFIG = """\
ListenAddress {host}
Port {port}
HostKey {directory}/host_key
AuthorizedKeysFile {directory}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
PrintMotd no
LogLevel VERBOSE
SetEnv PATH={directory}/bin:/usr/bin:/bin HOME={directory}
"""


def make_key(path: Path) -> str:
    """Make a private key, and return its public half, which lies beside it."""
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", path.name, "-f", str(path)]
    subprocess.run(words, check=True)
    return path.with_name(f"{path.name}.pub").read_text()


class OpenSsh:
    """One server that comes and goes on a port that stays its own.

    The port is bound here all the time, and nobody listens on it while the
    server is gone: connections are refused, and nobody else gets it meanwhile.
    """

    def __init__(self, directory: Path) -> None:
        """Take a port; ``directory`` holds host_key, authorized_keys and bin."""
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None
        self._held = socket.socket()
        self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._held.bind((HOST, 0))
        self.port = int(self._held.getsockname()[1])

    @property
    def runs(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        """Start the server; it listens some 20 ms later."""
        if os.geteuid() == 0:  # where its unprivileged process is shut in
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        config = self._directory / "sshd_config"
        config.write_text(_CONFIG.format(host=HOST, port=self.port, directory=self._directory))
        with (self._directory / "sshd.log").open("ab") as log:
            words = [*dies_with_us(), SSHD, "-D", "-e", "-f", str(config)]
            self._process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stderr=log)

    def follow(self) -> None:
        """Run nothing else."""

    def stop(self) -> None:
        """Listen no longer, and end every session with all that it started."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGSTOP)  # it lets nobody in while we look
        for pid, group in _descendants(process.pid):
            with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                os.kill(pid, signal.SIGKILL)
                if group == pid:  # a session's shell leads its own group
                    os.killpg(group, signal.SIGKILL)
        process.kill()
        process.wait()


def dies_with_us() -> tuple[str, ...]:
    """Return what makes the kernel end the server when this process is killed (prctl(2))."""
    return ("setpriv", "--pdeathsig", "KILL") if shutil.which("setpriv") else ()


def _descendants(ancestor: int) -> Iterator[tuple[int, int]]:
    """Yield process and process group of all that a process has started, parents first."""
    words = ["ps", "-A", "-o", "pid=,ppid=,pgid="]
    listed = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    rows = [tuple(map(int, line.split())) for line in listed.splitlines()]
    found = {ancestor}
    for _ in rows:  # a child may be listed before its parent
        born = [row for row in rows if row[1] in found and row[0] not in found]
        if not born:
            return
        for pid, _, group in born:
            found.add(pid)
            yield pid, group
