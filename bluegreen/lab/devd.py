"""What devd's handler finds in a router's root: programs of the router, and of this machine."""

from pathlib import Path

from bluegreen.lab.node import BIN

SBIN = "usr/sbin"  # the first directory of the handler's own PATH: /sbin is a link to it
_SCRIPTS = {
    "daemon": 'shift; exec setsid "$@"',
    "logger": 'shift 4; echo "carp-event: $*"',  # into node.log
    "lockf": 't=$3; shift 3; exec flock -w "$t" -E 75 "$@"',
}
_SHIMS = ("ifconfig",)


def lay_programs(layer: Path) -> None:
    """Put them below a directory that becomes a part of a root."""
    directory = layer / SBIN
    directory.mkdir(parents=True, exist_ok=True)
    for name, body in _SCRIPTS.items():
        (directory / name).write_text(f"#!/bin/sh\n{body}\n")
        (directory / name).chmod(0o755)
    for name in _SHIMS:
        (directory / name).symlink_to(f"{BIN}/{name}")
