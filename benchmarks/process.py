"""Whole processes, cold: what somebody who types a command waits for."""

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.table import Row

ROOT = Path(__file__).resolve().parent.parent


def seconds(words: Sequence[str], times: int) -> list[float]:
    """Return how long each of several fresh processes took, s."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "bluegreen", *words], cwd=ROOT, check=True, capture_output=True
        )
        taken.append(time.perf_counter() - began)
    return taken


def rows() -> list[Row]:
    help_ms = [1000 * s for s in seconds(["--help"], 15)]
    rehearsal_s = seconds(["rehearse", "--pair", "edge"], 9)
    return [
        Row(
            "`bluegreen --help`, cold", _spread(help_ms, "ms"), "<= 150 ms", _median(help_ms) <= 150
        ),
        Row(
            "rehearsal of a whole upgrade, cold process",
            _spread(rehearsal_s, "s"),
            "<= 1 s",
            _median(rehearsal_s) <= 1,
        ),
        Row(
            "SSH library in a rehearsal",
            _ssh_modules() or "not imported",
            "not imported",
            not _ssh_modules(),
        ),
    ]


def _ssh_modules() -> str:
    code = (
        "import sys; sys.argv = ['bluegreen', 'rehearse', '--pair', 'edge']\n"
        "from bluegreen.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('MODULES', *(m for m in ('fabric', 'paramiko', 'invoke') if m in sys.modules))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return said.stdout.rpartition("MODULES")[2].strip()


def _median(values: Sequence[float]) -> float:
    return statistics.median(values)


def _spread(values: Sequence[float], unit: str) -> str:
    digits = 0 if unit == "ms" else 2
    low, mid, high = (f"{v:.{digits}f}" for v in (min(values), _median(values), max(values)))
    return f"{mid} {unit} ({low} to {high})"
