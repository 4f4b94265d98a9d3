"""One run a pair on this machine: flock(2), which the kernel gives back when we die."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bluegreen.engine.record import Listener
from bluegreen.errors import LockedError
from bluegreen.model.events import Event
from bluegreen.model.system import Lock

READ_MAX = 4096  # octets


@contextmanager
def pair_lock(state_dir: Path, pair: str, holder: Lock) -> Iterator[Listener]:
    """Hold a pair while the block runs; give what notes each event as a sign of life.

    Raises:
        LockedError: another process holds it; the message names it.
    """
    file = state_dir / "locks" / f"{pair.replace(',', '+').replace('/', '_')}.lock"
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise LockedError(_holder(descriptor, pair), pair) from None

        def alive(event: Event) -> None:
            _write(descriptor, holder, event.at.isoformat(timespec="seconds"))

        _write(descriptor, holder, holder.since)
        yield alive
    finally:
        os.close(descriptor)


def _write(descriptor: int, holder: Lock, at: str) -> None:
    said = {
        "run": holder.run,
        "owner": holder.owner,
        "host": holder.host,
        "pid": os.getpid(),
        "since": holder.since,
        "heartbeat": at,
    }
    text = json.dumps(said).encode()
    os.pwrite(descriptor, text, 0)
    os.ftruncate(descriptor, len(text))


def _holder(descriptor: int, pair: str) -> str:
    try:
        said = json.loads(os.pread(descriptor, READ_MAX, 0))
        return (
            f"run {said['run']} of {said['owner']}@{said['host']} (pid {said['pid']}) works on "
            f"{pair} here since {said['since']}, last sign of life {said['heartbeat']}"
        )
    except (ValueError, KeyError, TypeError):
        return f"another process works on {pair} on this machine"
