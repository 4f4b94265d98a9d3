"""What is seen on a terminal, in a tmux of its own."""

import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from routers import FIRST, SECOND, until
from running import (
    ONE_LEG,
    Hire,
    Product,
    StartPair,
    deeds,
    half_done,
    run_of,
    shapes,
    upgraded,
)
from test_runs_recovered import silent_for_long

pytest_plugins = ("pair", "product")

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")

LOOK_LIMIT_S = 90.0
PROMPT = "Go on? [y/N]"


class Terminal:
    """A screen of 120 columns and 50 lines; its server ends with the test."""

    def __init__(self, directory: Path) -> None:
        self._socket = directory / "tmux"

    def start(self, product: Product, command: str, *more: str) -> None:
        settings = " ".join(
            f"{name}={shlex.quote(product.env[name])}" for name in ("HOME", "PYTHONPATH")
        )
        words = shlex.join(product.words(command, *more))
        shown = f"env {settings} {words}; echo status $?; read -r end"
        size = ("-x", "120", "-y", "50")
        self._tmux("-f", "/dev/null", "new-session", "-d", *size, "sh", "-c", shown)

    def type(self, *keys: str) -> None:
        self._tmux("send-keys", *keys)

    def text(self) -> str:
        return self._tmux("capture-pane", "-p", "-J")

    def shows(self, *words: str) -> bool:
        return until(lambda: all(word in self.text() for word in words), LOOK_LIMIT_S)

    def close(self) -> None:
        subprocess.run(self._words("kill-server"), check=False, capture_output=True)

    def _tmux(self, *words: str) -> str:
        done = subprocess.run(self._words(*words), check=True, capture_output=True, text=True)
        return done.stdout

    def _words(self, *words: str) -> list[str]:
        return ["tmux", "-S", str(self._socket), *words]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path)
    yield terminal
    terminal.close()


def test_whoever_says_no_has_changed_nothing(
    start_pair: StartPair, hire: Hire, terminal: Terminal
) -> None:
    pair = start_pair(half_done())
    before = shapes(pair)

    terminal.start(hire(pair.inventory), "upgrade", "--pair", "edge")
    assert terminal.shows(f"active-first: {FIRST} serves now, {SECOND} is its peer", PROMPT)
    terminal.type("n", "Enter")

    assert terminal.shows("nothing was changed", "status 130")
    assert shapes(pair) == before
    assert deeds(pair).stages == (0, 0)


def test_whoever_is_not_sure_that_nobody_works_there_has_taken_no_lock(
    start_pair: StartPair, hire: Hire, terminal: Terminal
) -> None:
    pair = start_pair(half_done())
    words = ("upgrade", "--pair", "edge", "--yes", "--json", "--pause-after", f"lock@{SECOND}")
    run = run_of(hire(pair.inventory).start(*words).end().events)
    silent_for_long(pair)
    left = shapes(pair)

    terminal.start(hire(pair.inventory), "upgrade", "--pair", "edge", "--break-lock", run)
    assert terminal.shows(f"{FIRST} is held by run {run} of ", "Is nobody at work there? [y/N]")
    terminal.type("n", "Enter")

    assert terminal.shows("nothing was changed", "status 130")
    assert shapes(pair) == left


def test_a_live_view_shows_who_serves_and_how_far_the_steps_are(
    start_pair: StartPair, hire: Hire, terminal: Terminal
) -> None:
    pair = start_pair(half_done())
    before = shapes(pair)

    terminal.start(hire(pair.inventory), "upgrade", "--pair", "edge")
    assert terminal.shows(PROMPT)
    terminal.type("y", "Enter")

    assert terminal.shows(f"{FIRST} serves vhid 2, 3", "preflight", "running")
    assert terminal.shows(f"{SECOND} serves vhid 2, 3", "install", "done")
    assert terminal.shows("DONE: ", "status 0")
    assert "Traceback" not in terminal.text()
    assert shapes(pair) == upgraded(before)
    assert deeds(pair) == ONE_LEG
