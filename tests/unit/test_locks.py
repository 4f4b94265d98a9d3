"""One run a pair on this machine: the kernel gives the lock back when its holder dies."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from facts import BLUE, GREEN

from bluegreen.engine.locks import pair_lock
from bluegreen.errors import LockedError
from bluegreen.model.system import Lock

PAIR = f"{BLUE},{GREEN}"
MINE = Lock("run-8", "me", "desk", "11:00")
HOLD = """
import sys
from pathlib import Path
from bluegreen.engine.locks import pair_lock
from bluegreen.model.system import Lock
with pair_lock(Path(sys.argv[1]), sys.argv[2], Lock("run-7", "somebody", "desk", "10:00")):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Give another process that holds the pair until its stdin ends."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path), PAIR],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_run_is_told_who_holds_the_pair(
    tmp_path: Path, holder: "subprocess.Popen[str]"
) -> None:
    with pytest.raises(LockedError) as caught, pair_lock(tmp_path, PAIR, MINE):
        pytest.fail("two runs hold one pair")

    assert caught.value.what == (
        f"run run-7 of somebody@desk (pid {holder.pid}) works on {PAIR} here since 10:00, "
        "last sign of life 10:00"
    )
    assert caught.value.exit_code == 5


def test_a_holder_that_is_killed_gives_the_pair_back(
    tmp_path: Path, holder: "subprocess.Popen[str]"
) -> None:
    holder.kill()
    holder.wait(10)

    with pair_lock(tmp_path, PAIR, MINE):
        held = list((tmp_path / "locks").iterdir())

    assert [path.name for path in held] == ["router-001+router-002.lock"]


def test_another_pair_is_free(tmp_path: Path, holder: "subprocess.Popen[str]") -> None:
    with pair_lock(tmp_path, "router-003,router-004", MINE):
        assert holder.poll() is None


def test_a_lock_is_given_back_whatever_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), pair_lock(tmp_path, PAIR, MINE):
        raise ZeroDivisionError

    with pair_lock(tmp_path, PAIR, MINE):
        pass


def test_a_holder_that_has_not_written_its_name_yet_is_still_a_holder(tmp_path: Path) -> None:
    file = tmp_path / "locks" / "router-001+router-002.lock"
    with pair_lock(tmp_path, PAIR, MINE):
        file.write_text("")

        with (
            pytest.raises(LockedError, match="another process works on"),
            pair_lock(tmp_path, PAIR, MINE),
        ):
            pytest.fail("two runs hold one pair")
