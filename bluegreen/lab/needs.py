"""What this machine must have for a lab, said before anything is made."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from bluegreen.errors import RefusedError
from bluegreen.lab.charon import CHARON, LIBIPSEC, SWANCTL

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
OF_IPSEC = {
    CHARON: "charon-systemd",
    SWANCTL: "strongswan-swanctl",
    LIBIPSEC: "libcharon-extra-plugins",
}
"""What `--ipsec` needs beside those."""


OF_IPFO = {"curl": "curl"}
"""What the hook of `--ipfo` needs."""


def check(*, ipsec: bool = False, ipfo: bool = False) -> None:
    """Refuse, and name all that is missing at once.

    Args:
        ipsec: Whether tunnels are to be protected, by strongSwan.
        ipfo: Whether routers are to have a hook that asks OVH's API.

    Raises:
        RefusedError: this is no Linux, we are not root, or something is not installed.
    """
    wanted = PROGRAMS | (OF_IPSEC if ipsec else {}) | (OF_IPFO if ipfo else {})
    missing = tuple(_missing(wanted))
    if missing:
        what = "a lab needs " + ", ".join(words for words, _ in missing)
        advice = "; ".join(dict.fromkeys(how for _, how in missing))
        raise RefusedError(what, "lab", f"{advice}. Nothing was made.")


def packages(programs: Mapping[str, str]) -> tuple[str, ...]:
    """Return the packages of those programs and plugins that are not here."""
    return tuple(sorted({package for name, package in programs.items() if not _is_there(name)}))


def _missing(programs: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what is not there, each with what to do about it."""
    if sys.platform != "linux":
        yield "Linux: network namespaces and overlayfs", "Run it in a Linux machine"
        return
    if os.geteuid() != 0:
        yield "root, for namespaces and raw sockets", "Run it with sudo"
    if absent := packages(programs):
        yield " and ".join(absent), f"apt-get install {' '.join(absent)}"
    if not Path("/dev/net/tun").exists():
        yield "/dev/net/tun", "modprobe tun"


def _is_there(program: str) -> bool:
    if program.endswith(".so"):  # a plugin, which nobody starts
        return Path(program).exists()
    return bool(shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"))
