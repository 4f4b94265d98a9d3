"""Network namespaces of one lab: made, searched for processes, and taken away again."""

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from bluegreen.errors import BluegreenError
from bluegreen.lab.links import SYSCTLS, hub_commands, place_commands
from bluegreen.lab.site import HUB, Site

RUN = Path("/run/netns")
MARK = "BLUEGREEN_LAB"  # in the environment of all that is started for a lab
ENDS_S = 5.0  # how long a killed process may take to be gone
LOOK_S = 0.01


def prefix_of(lab: str) -> str:
    """Return what the names of a lab's namespaces begin with."""
    return f"bg-{lab}-"


def build(site: Site, prefix: str) -> None:
    """Make the namespaces of a site, with every cable plugged in."""
    for name in (HUB, *(place.name for place in site.places)):
        _ip("netns", "add", prefix + name)
        _set(prefix + name)
    batch(prefix + HUB, hub_commands(site, prefix))
    for place in site.places:
        batch(prefix + place.name, place_commands(place))


def batch(namespace: str, commands: Iterable[str]) -> None:
    """Have ip(8) do many things at one go."""
    _ip("-n", namespace, "-batch", "-", said="".join(f"{line}\n" for line in commands))


def inside(namespace: str, argv: Iterable[str]) -> list[str]:
    """Return the words that run a program in a namespace."""
    return ["ip", "netns", "exec", namespace, *argv]


def names(prefix: str) -> tuple[str, ...]:
    """Return the namespaces that exist."""
    if not RUN.is_dir():
        return ()
    return tuple(sorted(path.name for path in RUN.iterdir() if path.name.startswith(prefix)))


def clear(prefix: str) -> None:
    """End every process of a lab, and take its namespaces away.

    A process is found by its namespace, and by the mark that it was started with
    where somebody has deleted the name of that namespace.
    """
    found = names(prefix)
    inodes, mark = set(_inodes(found)), f"{MARK}={prefix}".encode()
    deadline_s = time.monotonic() + ENDS_S
    while (pids := {*_living(inodes), *_marked(mark)}) and time.monotonic() < deadline_s:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(LOOK_S)
    if pids:
        raise BluegreenError(f"processes {', '.join(map(str, sorted(pids)))} do not end", "lab")
    for name in found:
        _ip("netns", "delete", name)


def processes(namespace: str) -> tuple[int, ...]:
    """Return the processes that live in a namespace; none where it does not exist."""
    return tuple(_living(set(_inodes((namespace,)))))


def _living(inodes: set[int]) -> Iterator[int]:
    """Yield what runs in any of these namespaces, but for this process itself."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with suppress(OSError):  # it has just ended
            if (entry / "ns" / "net").stat().st_ino in inodes and not _is_zombie(entry):
                yield int(entry.name)


def _marked(mark: bytes) -> Iterator[int]:
    """Yield what was started for a lab, wherever it lives."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with suppress(OSError):
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    yield int(entry.name)


def _is_zombie(entry: Path) -> bool:
    return (entry / "stat").read_text().rpartition(")")[2].split()[0] == "Z"


def _inodes(found: Iterable[str]) -> Iterator[int]:
    """Yield what identifies a namespace; its file may outlive a mount that was never made."""
    for name in found:
        with suppress(OSError):
            yield (RUN / name).stat().st_ino


def _set(namespace: str) -> None:
    words = [f"{name}={value}" for name, value in SYSCTLS.items()]
    _run(inside(namespace, ["sysctl", "-q", "-w", *words]))


def _ip(*words: str, said: str = "") -> None:
    _run(["ip", *words], said)


def _run(words: list[str], said: str = "") -> None:
    ended = subprocess.run(words, input=said, capture_output=True, text=True, check=False)
    if ended.returncode:
        what = f"`{' '.join(words)}` failed: {ended.stderr.strip() or ended.returncode}"
        raise BluegreenError(what, "lab", "See that this machine has what `lab up` needs.")
