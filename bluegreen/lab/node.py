"""The processes of one machine of the lab: a root, an sshd and daemons that live and die together.

They have a PID namespace, a mount namespace and an overlay of this machine's
own root: killing its first process ends them all, and every mount with them.
"""

import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

from bluegreen.lab.openssh import SSHD, dies_with_us

Kind = Literal["router", "host"]

BIN = "/usr/local/bluegreen/bin"  # what stands there asks the emulated router
HOME = "/etc/bluegreen-lab"
FILES = "files"  # what init.sh lays into the root, boot after boot
PORT = 22
_INIT = Path(__file__).with_name("init.sh")
_PATHS: Mapping[Kind, str] = {
    "router": f"{BIN}:/usr/bin:/bin",
    "host": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
}
_SSHD_CONFIG = """\
Port {port}
HostKey {home}/host_key
AuthorizedKeysFile {home}/authorized_keys
PidFile none
StrictModes no
UsePAM no
UseDNS no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
PrintMotd no
MaxStartups 100
LogLevel VERBOSE
Subsystem sftp internal-sftp
SetEnv PATH={path} HOME=/root
"""


class Node:
    """One machine's userland; started in the network namespace that it is to live in."""

    port = PORT

    def __init__(self, directory: Path, kind: Kind, daemons: Sequence[str] = ()) -> None:
        """Take a directory that ``lay_down`` has filled; each daemon is a line for sh(1)."""
        self._directory = directory
        self._kind = kind
        self._daemons = (f"{SSHD} -D -e -f {HOME}/sshd_config", *daemons)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def runs(self) -> bool:
        return self._process is not None

    @property
    def root(self) -> Path | None:
        """Return where its files are seen from outside; None while it is down."""
        first = self._first()
        return None if first is None else Path(f"/proc/{first}/root{self._directory}/fs/root")

    def start(self) -> None:
        """Start everything; sshd listens some 50 ms later."""
        with (self._directory / "node.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*dies_with_us(), *launch(self._directory, self._kind, self._daemons)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd="/",
                bufsize=0,
            )
        if self._process.stdin is not None:
            os.set_blocking(self._process.stdin.fileno(), False)  # its peer is patient for 3 s

    def run(self, line: str) -> None:
        """Start one more line for sh(1) in its root; nothing where it is down, or takes no more."""
        if self._process is not None and self._process.stdin is not None:
            with suppress(BrokenPipeError):  # it has just died
                self._process.stdin.write(f"{line}\n".encode())

    def put(self, path: str, text: str, mode: int = 0o644) -> None:
        """Have a file in its root before the next line runs, and after each boot."""
        file = self._directory / FILES / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)

    def remove(self, path: str) -> None:
        """Take away what was put there, now and after each boot."""
        (self._directory / FILES / path.lstrip("/")).unlink(missing_ok=True)
        self.run(f"rm -f {shlex.quote(path)}")

    def stop(self) -> None:
        """Kill all that runs, and return once nothing of it is left."""
        first, process = self._first(), self._process
        self._process = None
        if process is None:
            return
        if first is None:
            process.kill()
        else:
            os.kill(first, signal.SIGKILL)
        process.wait()
        if process.stdin is not None:
            process.stdin.close()

    def _first(self) -> int | None:
        """Return process 1 of the machine as this one sees it."""
        if self._process is None or self._process.poll() is not None:
            return None
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return int(children[0]) if children else None


def launch(directory: Path, kind: Kind, daemons: Sequence[str]) -> list[str]:
    """Return the words that start a machine."""
    unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "--propagation"]
    return [*unshare, "private", "sh", str(_INIT), str(directory), kind, *daemons]


def daemons_of_host() -> tuple[str, ...]:
    """Return what runs on a machine that only people and probes log in to."""
    return (f"{SSHD} -D -e -f {HOME}/sshd_config",)


def lay_down(directory: Path, kind: Kind, keys: Path, files: Mapping[str, str]) -> None:
    """Fill a directory with what a machine's root is made of.

    Args:
        directory: Its own; must not exist.
        kind: Whose programs its sessions find.
        keys: A directory with this machine's host_key and the client's public key.
        files: Further files of its root, by absolute path.
    """
    layer = directory / "layer"
    home = layer / HOME.lstrip("/")
    home.mkdir(parents=True)
    (directory / "fs").mkdir()
    for name, mode in (("host_key", 0o600), ("authorized_keys", 0o644)):
        shutil.copyfile(keys / name, home / name)
        (home / name).chmod(mode)
    config = _SSHD_CONFIG.format(port=PORT, home=HOME, path=_PATHS[kind])
    write(layer, {**files, f"{HOME}/sshd_config": config})


def keep_secret(file: Path, text: str) -> None:
    """Write what nobody but its owner may read, at no moment."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(0o600)
    file.write_text(text)


def write(layer: Path, files: Mapping[str, str]) -> None:
    """Write files below a directory that becomes a part of a root."""
    for path, text in files.items():
        file = layer / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
