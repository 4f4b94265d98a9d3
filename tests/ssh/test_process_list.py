"""Whoever may list processes sees no password, no key and no command of a run, on either end."""

import threading
from contextlib import suppress
from pathlib import Path

import pytest
from routers import FIRST, SECOND
from running import Hire, StartPair, half_done

from bluegreen.emulator.spec import EXAMPLE_KEY

pytest_plugins = ("pair", "product")

pytestmark = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="no /proc here")


class Watch:
    """Reads the command lines and environments of all processes, again and again."""

    def __init__(self) -> None:
        self.lines: set[bytes] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(0.002):
            for file in Path("/proc").glob("[0-9]*/cmdline"):
                with suppress(OSError):
                    self.lines.add(file.read_bytes())


def test_the_process_list_shows_no_password_while_a_run_is_made(
    start_pair: StartPair, hire: Hire
) -> None:
    pair = start_pair(half_done())
    product = hire(pair.inventory)
    texts = [f.text for name in (FIRST, SECOND) for f in pair.machine_state(name).config]
    assert any(EXAMPLE_KEY in text for text in texts), "the routers hold a password"

    with Watch() as watch:
        ended = product.upgrade().end()

    assert ended.code == 0, ended.err
    seen = b"\n".join(watch.lines)
    assert b"sh\0-s\0--" in seen, "a session was seen"
    assert EXAMPLE_KEY.encode() not in seen
    assert b"PRIVATE KEY" not in seen
    sessions = [line for line in watch.lines if b"sh\0-s\0--" in line]
    assert all(line.count(b"\n") == 0 for line in sessions), "no script is an argument"
