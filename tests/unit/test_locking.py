"""The two scripts that take a router's lock, run by a real sh: one of many has it."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from emulated import Router

from bluegreen.freebsd.locking import beat, break_lock, is_sign_of_life, take_lock
from bluegreen.freebsd.paths import Paths
from bluegreen.model.command import Command, Effect, Script
from bluegreen.model.system import NAMELESS, Lock

MANY = 12


def a_lock(run: str) -> Lock:
    return Lock(run, "alice", "desk", "2026-01-01T00:00:00+00:00", pid=7)


def start(command: Command) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        command.argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def together(commands: Sequence[Command]) -> list[tuple[int, str]]:
    """Start them all, let each read its text, and return how each ended."""
    running = [start(command) for command in commands]
    for process, command in zip(running, commands, strict=True):
        assert process.stdin is not None
        process.stdin.write(command.stdin)
        process.stdin.flush()
    for process in running:  # end of file is what lets a script go on
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
    ended = [process.communicate(timeout=30) for process in running]
    return [(process.returncode, err) for process, (_, err) in zip(running, ended, strict=True)]


def names(state: Path) -> list[str]:
    return sorted(path.name for path in state.iterdir())


def test_a_lock_is_a_whole_file_that_names_who_holds_it(tmp_path: Path) -> None:
    ended = together([take_lock(Paths(str(tmp_path)), a_lock("one"))[-1]])

    assert ended == [(0, "")]
    assert names(tmp_path) == ["lock"]
    assert (tmp_path / "lock").read_text() == (
        "run=one\nowner=alice\nhost=desk\npid=7\nsince=2026-01-01T00:00:00+00:00\n"
    )


@pytest.mark.parametrize("attempt", range(5))
def test_of_many_that_take_a_lock_at_once_one_has_it(tmp_path: Path, attempt: int) -> None:
    del attempt
    paths = Paths(str(tmp_path))
    ended = together([take_lock(paths, a_lock(f"run-{n}"))[-1] for n in range(MANY)])

    winners = [number for number, (code, _) in enumerate(ended) if code == 0]
    assert len(winners) == 1
    assert (tmp_path / "lock").read_text().startswith(f"run=run-{winners[0]}\n")
    assert names(tmp_path) == ["lock"]


@pytest.mark.parametrize("attempt", range(5))
def test_of_many_that_break_a_lock_at_once_one_has_it(tmp_path: Path, attempt: int) -> None:
    del attempt
    paths = Paths(str(tmp_path))
    (tmp_path / "lock").write_text("run=dead\n")
    ended = together([break_lock(paths, a_lock(f"run-{n}"), "dead")[-1] for n in range(MANY)])

    winners = [number for number, (code, _) in enumerate(ended) if code == 0]
    assert len(winners) == 1
    assert (tmp_path / "lock").read_text().startswith(f"run=run-{winners[0]}\n")
    assert names(tmp_path) == ["lock"]


def test_a_lock_that_is_another_one_by_now_is_put_back(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("run=alive\n")

    ((code, err),) = together([break_lock(Paths(str(tmp_path)), a_lock("mine"), "dead")[-1]])

    assert (code, err) == (1, "the lock is another one by now\n")
    assert (tmp_path / "lock").read_text() == "run=alive\n"
    assert names(tmp_path) == ["lock"]


@pytest.mark.parametrize("text", ["", "nonsense\n"])
def test_a_lock_that_names_nobody_is_broken_by_that_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "lock").write_text(text)

    ended = together([break_lock(Paths(str(tmp_path)), a_lock("mine"), NAMELESS)[-1]])

    assert ended == [(0, "")]
    assert (tmp_path / "lock").read_text().startswith("run=mine\n")


def test_a_directory_in_the_place_of_the_lock_is_no_lock_taken(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()

    ((code, err),) = together([take_lock(Paths(str(tmp_path)), a_lock("mine"))[-1]])

    assert code == 1
    assert "File exists" in err
    assert names(tmp_path) == ["lock"]


@pytest.mark.parametrize(
    ("there", "whose"),
    [(None, None), ("run=x\n", None), ("run=x\n", "x"), ("run=y\n", "x"), ("", NAMELESS)],
)
def test_the_emulator_runs_both_as_sh_does(
    tmp_path: Path, there: str | None, whose: str | None
) -> None:
    router, paths = Router(), Paths(str(tmp_path))
    router.run("mkdir", "-p", str(tmp_path))
    if there is not None:
        (tmp_path / "lock").write_text(there)
        router.run("tee", f"{tmp_path}/lock", stdin=there)
        router.run("touch", f"{tmp_path}/lock")
    mine = a_lock("mine")
    command = (break_lock(paths, mine, whose) if whose else take_lock(paths, mine))[-1]

    ((code, _),) = together([command])
    emulated = router.run(*command.argv, stdin=command.stdin)

    assert emulated.code == code
    assert router.run("cat", f"{tmp_path}/lock").stdout == (tmp_path / "lock").read_text()


def test_a_sign_of_life_says_when_and_by_whom() -> None:
    sign = beat(Paths("/s"), a_lock("one"), "2026-01-01T00:00:05+00:00")

    assert sign.argv == ("tee", "/s/heartbeat")
    assert sign.stdin == "2026-01-01T00:00:05+00:00\nrun=one\nowner=alice\nhost=desk\npid=7\n"
    assert is_sign_of_life(Script((sign,)))
    assert not is_sign_of_life(Script((sign, Command(("reboot",), 1, Effect.DISRUPTIVE))))
