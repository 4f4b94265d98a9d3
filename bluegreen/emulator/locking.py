"""The two scripts that take a router's lock, as sh(1) would run them."""

from collections.abc import Sequence
from contextlib import suppress

from bluegreen.emulator.files import Files, PathError
from bluegreen.emulator.system import Call, System, failed, ok
from bluegreen.model.command import Output


def run(system: System, call: Call, words: Sequence[str]) -> Output:
    """Run TAKE, or BREAK where a third word names whose lock is taken."""
    lock, mine, *whose = words
    files = system.storage.files
    try:
        files.write(mine, call.stdin, 0o600)
        return _break(files, lock, mine, whose[0]) if whose else _link(files, mine, lock)
    except PathError as error:
        return failed(f"sh: {error}")
    finally:
        for scratch in (mine, f"{mine}.was"):
            with suppress(PathError):
                files.remove(scratch)


def _break(files: Files, lock: str, mine: str, whose: str) -> Output:
    was = f"{mine}.was"
    try:
        files.node(lock)
        files.rename(lock, was)
    except PathError as error:
        return failed(f"mv: rename {lock} to {was}: {error.reason}")
    lines = files.read(was).splitlines()
    run = "\n".join(line[4:] for line in lines if line.startswith("run="))
    if run == whose:
        return _link(files, mine, lock)
    put_back = _link(files, was, lock)
    return failed(f"{put_back.stderr}the lock is another one by now")


def _link(files: Files, source: str, target: str) -> Output:
    try:
        files.link(source, target)
    except PathError as error:
        return failed(f"link: {error}")
    return ok()
