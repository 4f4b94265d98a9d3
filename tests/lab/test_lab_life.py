"""A lab from its making to its end: nothing of it is left, however it ends."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from conftest import MakeLab
from routers import until

from bluegreen.errors import RefusedError, UsageError
from bluegreen.lab import lab as labs
from bluegreen.lab import namespaces
from bluegreen.lab.lab import Lab, directory_of, down, find, up
from bluegreen.lab.site import Options

PLAIN = Options(tunnel="none")
NAME = f"l{os.getpid()}"


def left_of(name: str) -> list[str]:
    """Return what is still there of a lab."""
    mounts = Path("/proc/self/mounts").read_text().splitlines()
    own = str(directory_of(name))
    processes = list(command_lines())
    return [
        *namespaces.names(namespaces.prefix_of(name)),
        *([own] if directory_of(name).exists() else []),
        *(line for line in mounts if own in line),
        *(words for words in processes if own in words or f"bg-{name}-" in words),
    ]


def command_lines() -> Iterator[str]:
    """Yield the words of every process; one that has just ended has none."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                yield (entry / "cmdline").read_bytes().decode(errors="replace")


@contextmanager
def making() -> Iterator[subprocess.Popen[bytes]]:
    """Start a lab in a process of its own, which is dead afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bluegreen", "lab", "up", "--name", NAME, "--tunnel", "none"]
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def bluegreen(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bluegreen", *words], capture_output=True, text=True, check=False
    )


def test_a_lab_that_is_taken_down_leaves_nothing(make_lab: MakeLab) -> None:
    lab = make_lab(PLAIN)

    assert down(lab.name)

    assert left_of(lab.name) == []
    assert not down(lab.name)


def test_status_says_how_its_machines_are_reached(lab: Lab) -> None:
    said = bluegreen("lab", "status", "--json", "--name", lab.name)

    status = json.loads(said.stdout)
    assert said.returncode == 0
    assert status["inventory"] == str(lab.inventory)
    assert list(status["routers"]) == ["router-001", "router-002"]
    assert status["routers"]["router-001"]["master_of"] == [2, 3]
    assert status["routers"]["router-002"]["master_of"] == []
    assert status["client"]["namespace"] == f"bg-{lab.name}-client"


def test_the_shell_of_a_router_is_freebsd_s(lab: Lab) -> None:
    shell = ("lab", "shell", "--name", lab.name, "router-002")
    said = bluegreen(*shell, "freebsd-version", "-k")
    line = bluegreen(*shell, "freebsd-version -k | tr - _")

    assert (said.returncode, said.stdout) == (0, "14.2-RELEASE-p1\n")
    assert (line.returncode, line.stdout) == (0, "14.2_RELEASE_p1\n")


def test_a_second_lab_of_the_same_name_is_refused(lab: Lab) -> None:
    with pytest.raises(RefusedError, match="is up already"):
        up(PLAIN, lab.name)

    assert find(lab.name) == lab


def test_what_a_killed_lab_left_goes_before_the_next_one_comes() -> None:
    with making():
        assert until(lambda: len(left_of(NAME)) > 8, limit_s=40)

    made = up(PLAIN, NAME)

    assert labs.is_up(made)
    assert down(NAME)
    assert left_of(NAME) == []


def test_what_a_killed_lab_left_goes_with_down() -> None:
    with making():
        assert until(lambda: len(left_of(NAME)) > 5, limit_s=40)

    assert down(NAME)

    assert left_of(NAME) == []


def test_a_lab_that_does_not_come_up_says_why_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(labs, "START_S", 0.5)

    with pytest.raises(labs.BluegreenError, match=r"the lab does not come up: (sshd|vhid)"):
        up(PLAIN, NAME)

    assert left_of(NAME) == []


def test_who_is_not_root_is_told_what_a_lab_needs() -> None:
    words = [sys.executable, "-m", "bluegreen", "lab", "up", "--name", NAME]
    said = subprocess.run(
        ["setpriv", "--reuid", "65534", "--clear-groups", *words],
        capture_output=True,
        text=True,
        check=False,
    )

    assert said.returncode == 3
    assert "a lab needs root" in said.stderr
    assert left_of(NAME) == []


def test_a_name_that_no_namespace_could_have_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot name a lab"):
        directory_of("../etc")
