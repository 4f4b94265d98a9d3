"""vtysh(1), as the programs of a router ask it.

What is asked at each look goes straight to the daemon's own socket: 0.1 ms,
where a vtysh takes 10 to 30. Everything else is the real vtysh's.
"""

import os
import socket
import subprocess
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from bluegreen.lab.frr import RUN
from bluegreen.model.command import Output

ANSWER_S = 0.25  # a daemon that takes longer hangs
VTYSH_S = 0.8  # the router's loop waits: its peer is patient for 3 s
_CHUNK = 1 << 16
_ANSWER_MAX = 1 << 24  # octets
_END = b"\0\0\0"  # and one octet: how it went (vtysh_client_run, FRR vtysh/vtysh.c)

DIRECT: Mapping[str, str] = {
    f"{question}{form}": daemon
    for question, daemon in {
        "show ip ospf neighbor": "ospfd",
        "show ip ospf": "ospfd",
        "show ip ospf interface": "ospfd",
        "show ip route ospf": "zebra",
    }.items()
    for form in ("", " json")
}
"""Which daemon answers what is asked at each look."""


def vtysh(root: Path, words: tuple[str, ...]) -> Output:
    """Return what vtysh prints in a router's root.

    Args:
        root: The router's root as this process sees it.
        words: What follows ``vtysh``.
    """
    daemon = DIRECT.get(words[1]) if len(words) == 2 and words[0] == "-c" else None
    if daemon is None:
        return _real(root, words)
    return _direct(root / RUN.lstrip("/"), daemon, words[1])


def _direct(run: Path, daemon: str, question: str) -> Output:
    """Ask one daemon; one that is not there is what vtysh says of it."""
    try:
        octets = _ask(run, daemon, question)
    except TimeoutError:
        return Output("", f"{daemon} does not answer within {ANSWER_S} s\n", 1)
    except OSError:
        return _absent(run, daemon)
    text = octets[: -len(_END) - 1].decode(errors="replace")
    return Output(text, code=int(octets[-1] != 0))


def _ask(run: Path, daemon: str, question: str) -> bytes:
    """Go by a descriptor of the directory: a socket's path has at most 107 octets (unix(7))."""
    directory = os.open(run, os.O_PATH | os.O_DIRECTORY)
    try:
        with closing(socket.socket(socket.AF_UNIX)) as door:
            door.settimeout(ANSWER_S)
            door.connect(f"/proc/self/fd/{directory}/{daemon}.vty")
            door.sendall(question.encode() + b"\0")
            octets = b""
            while octets[-4:-1] != _END:
                chunk = door.recv(_CHUNK)
                if not chunk or len(octets) > _ANSWER_MAX:
                    raise ConnectionError(f"{daemon} said half an answer")
                octets += chunk
            return octets
    finally:
        os.close(directory)


def _absent(run: Path, daemon: str) -> Output:
    """Say what vtysh 8.4 says on stderr where one daemon is missing, or all are."""
    if any(_listens(run, other) for other in set(DIRECT.values()) - {daemon}):
        return Output("", f"{daemon} is not running\n", 1)
    return Output("", "Exiting: failed to connect to any daemons.\n", 1)


def _listens(run: Path, daemon: str) -> bool:
    try:
        _ask(run, daemon, "show version")
    except OSError:
        return False
    return True


def _real(root: Path, words: tuple[str, ...]) -> Output:
    argv = ["chroot", str(root), "vtysh", *words]
    try:
        ended = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=VTYSH_S, check=False
        )
    except subprocess.TimeoutExpired:
        return Output("", f"vtysh: no answer within {VTYSH_S} s\n", 1)
    return Output(
        ended.stdout.decode(errors="replace"),
        ended.stderr.decode(errors="replace"),
        ended.returncode,
    )
