"""Small programs in a router's root, which are neither emulated nor this machine's as they are."""

from pathlib import Path

from bluegreen.lab.charon import SWANCTL
from bluegreen.lab.node import BIN

SBIN = "usr/sbin"  # the first directory of the handler's own PATH: /sbin is a link to it
_OF_HANDLER = {
    "daemon": 'shift; exec setsid "$@"',
    "logger": 'tag=$2; shift 4; echo "$tag: $*"',  # -t TAG -p PRIORITY, into node.log
    "sha1": "exec /usr/bin/sha1sum | /usr/bin/cut -d' ' -f1",  # -q, of standard input
    "lockf": 't=$3; shift 3; exec flock -w "$t" -E 75 "$@"',
}
_SHIMS_OF_HANDLER = ("ifconfig", "hostname")  # the latter for a hook
_SWANCTL = f'exec {SWANCTL} "$@"'
_PING = """\
# FreeBSD's words, and its exit status: -n -D -c 1 -t SECONDS -s SIZE -S SOURCE TARGET
[ "$1 $2 $3 $4 $5 $7 $9" = "-n -D -c 1 -t -s -S" ] || exit 64
shift 5
said=$(/usr/bin/ping -n -M do -c 1 -w "$1" -s "$3" -I "$5" "$6" 2>&1) || status=2
echo "$said" |
    /bin/sed 's/local error: message too long/sendto: Message too long/; s/(mtu = /(MTU /'
exit "${status-0}"
"""


def lay_programs(layer: Path, *, has_charon: bool = False) -> None:
    """Put them below a directory that becomes a part of a root, over the shims of its sessions."""
    sbin, sessions = layer / SBIN, layer / BIN.lstrip("/")
    sbin.mkdir(parents=True, exist_ok=True)
    for name, body in _OF_HANDLER.items():
        _write(sbin / name, body)
    for name in _SHIMS_OF_HANDLER:
        (sbin / name).symlink_to(f"{BIN}/{name}")
    _write(sessions / "ping", _PING)
    if has_charon:
        _write(sessions / "swanctl", _SWANCTL)


def _write(file: Path, body: str) -> None:
    file.unlink(missing_ok=True)
    file.write_text(f"#!/bin/sh\n{body.rstrip()}\n")
    file.chmod(0o755)
