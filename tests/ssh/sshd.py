"""A real sshd on the loopback, with keys of its own, for one test."""

import contextlib
import os
import signal
import socket
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
_LOOK_S = 0.002  # a server takes some 20 ms to listen
_STARTS_MAX = 5  # another program may take the port that we found free

_CONFIG = """\
ListenAddress {host}
Port {port}
HostKey {directory}/host_key
HostKey {directory}/second_host_key
AuthorizedKeysFile {directory}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
AllowTcpForwarding yes
PrintMotd no
LogLevel VERBOSE
SetEnv PATH={path} HOME={directory}
"""


def make_key(path: Path, passphrase: str = "", kind: str = "ed25519") -> Path:
    """Return a new private key; its public half lies beside it."""
    words = ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", path.name, "-f", str(path)]
    subprocess.run(words, check=True)
    return path


@dataclass
class Sshd:
    """One server; ``start`` it, and ``stop`` it when done.

    ``path_prefix`` is a directory that comes first on the PATH of its sessions.
    """

    directory: Path
    path_prefix: Path | None = None
    port: int = 0
    _process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> list[str]:
        """What the server said since it was started."""
        return (self.directory / "log").read_text().splitlines()

    @property
    def host_key(self) -> Path:
        return self.directory / "host_key"

    @property
    def second_host_key(self) -> Path:
        """Of another type, and not in ``known_hosts``."""
        return self.directory / "second_host_key"

    @property
    def client_key(self) -> Path:
        """The private key that may log in."""
        return self.directory / "client_key"

    @property
    def known_hosts(self) -> Path:
        return self.directory / "known_hosts"

    def start(self) -> None:
        """Listen, on the port of the last time if there was one."""
        self.directory.mkdir(exist_ok=True)
        keys = {self.host_key: "ed25519", self.second_host_key: "ecdsa", self.client_key: "ed25519"}
        for key, kind in keys.items():
            if not key.exists():
                make_key(key, kind=kind)
        self.allow(self.client_key)
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        for _ in range(_STARTS_MAX):
            if self._try(self.port or _free_port()):
                return
        raise RuntimeError("sshd does not start: " + "\n".join(self.log))

    def allow(self, key: Path) -> None:
        """Let the holder of one more key log in."""
        with (self.directory / "authorized_keys").open("a") as keys:
            keys.write(public_half(key))

    def stop(self) -> None:
        """Listen no longer, and cut every session."""
        if self._process is None:
            return
        self.kill_sessions()
        self._process.kill()
        self._process.wait()
        self._process = None

    def kill_sessions(self) -> None:
        """Cut every connection, as a crash or a power failure does."""
        for pid in self.sessions():
            with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                os.kill(pid, signal.SIGKILL)

    def sessions(self) -> list[int]:
        """Return the processes of all connections: one each for root, else two."""
        if self._process is None:
            return []
        listed = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid=,comm="], check=True, capture_output=True, text=True
        )
        rows = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
        servers = [(int(pid), int(parent)) for pid, parent, name in rows if "sshd" in name]
        first = [pid for pid, parent in servers if parent == self._process.pid]
        return first + [pid for pid, parent in servers if parent in first]

    def logins(self) -> int:
        """Return how many connections were accepted so far."""
        return sum("Accepted publickey" in line for line in self.log)

    def _try(self, port: int) -> bool:
        path = ":".join(filter(None, [str(self.path_prefix or ""), "/usr/bin:/bin:/usr/sbin"]))
        config = self.directory / "sshd_config"
        config.write_text(_CONFIG.format(host=HOST, port=port, directory=self.directory, path=path))
        with (self.directory / "log").open("w") as log:
            words = ["/usr/sbin/sshd", "-D", "-e", "-f", str(config)]
            self._process = subprocess.Popen(words, stderr=log)
        while self._process.poll() is None:
            if any(line.startswith("Server listening") for line in self.log):
                self.port = port
                self._know_host_key()
                return True
            threading.Event().wait(_LOOK_S)
        return False

    def _know_host_key(self) -> None:
        self.known_hosts.write_text(f"[{HOST}]:{self.port} {public_half(self.host_key)}")


def public_half(key: Path) -> str:
    return key.with_name(f"{key.name}.pub").read_text()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((HOST, 0))
        return int(found.getsockname()[1])
