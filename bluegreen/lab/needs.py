"""What this machine must have for a lab, said before anything is made."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from bluegreen.errors import RefusedError

PROGRAMS = {
    "ip": "iproute2",
    "unshare": "util-linux",
    "setpriv": "util-linux",
    "sysctl": "procps",
    "perl": "perl-base",
    "ssh-keygen": "openssh-client",
    "/usr/sbin/sshd": "openssh-server",
    "/usr/lib/frr/zebra": "frr",
    "/usr/lib/frr/ospfd": "frr",
    "vtysh": "frr",
}
"""By program: the Debian package that has it."""


def check() -> None:
    """Refuse, and name all that is missing at once.

    Raises:
        RefusedError: this is no Linux, we are not root, or something is not installed.
    """
    missing = tuple(_missing())
    if missing:
        what = "a lab needs " + ", ".join(words for words, _ in missing)
        advice = "; ".join(dict.fromkeys(how for _, how in missing))
        raise RefusedError(what, "lab", f"{advice}. Nothing was made.")


def _missing() -> Iterator[tuple[str, str]]:
    """Yield what is not there, each with what to do about it."""
    if sys.platform != "linux":
        yield "Linux: network namespaces and overlayfs", "Run it in a Linux machine"
        return
    if os.geteuid() != 0:
        yield "root, for namespaces and raw sockets", "Run it with sudo"
    packages = sorted({package for program, package in PROGRAMS.items() if not _is_there(program)})
    if packages:
        yield " and ".join(packages), f"apt-get install {' '.join(packages)}"
    if not Path("/dev/net/tun").exists():
        yield "/dev/net/tun", "modprobe tun"


def _is_there(program: str) -> bool:
    return bool(shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"))
