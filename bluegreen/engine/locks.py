"""One run a pair on this machine: flock(2), which the kernel gives back when we die."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bluegreen.errors import LockedError


@contextmanager
def pair_lock(state_dir: Path, pair: str, run: str, owner: str) -> Iterator[None]:
    """Hold a pair while the block runs.

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
        os.ftruncate(descriptor, 0)
        text = json.dumps({"run": run, "owner": owner, "pid": os.getpid()})
        os.pwrite(descriptor, text.encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _holder(descriptor: int, pair: str) -> str:
    try:
        said = json.loads(os.pread(descriptor, 4096, 0))
        return f"run {said['run']} of {said['owner']} (pid {said['pid']}) works on {pair} here"
    except (ValueError, KeyError, TypeError):
        return f"another process works on {pair} on this machine"
