"""Files are found and read, and whatever is wrong with one is said in a sentence."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bluegreen.cli.files import load_inventory, load_playbook, strategies
from bluegreen.errors import UsageError

ROOT = Path(__file__).parents[2]


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def refusal_of(path: Path) -> UsageError:
    with pytest.raises(UsageError) as refused:
        load_inventory(path)
    return refused.value


def test_a_missing_file_is_named_with_the_way_to_another(tmp_path: Path) -> None:
    error = refusal_of(tmp_path / "hosts.yaml")

    assert error.what == f"{tmp_path}/hosts.yaml: there is no such file"
    assert "-i FILE" in error.next_move


def test_a_directory_is_no_inventory(tmp_path: Path) -> None:
    assert refusal_of(tmp_path).what == f"{tmp_path}: a directory, not a file"


def test_a_file_within_a_file_cannot_be_read(tmp_path: Path) -> None:
    path = write(tmp_path / "file", b"") / "hosts.yaml"

    assert refusal_of(path).what == f"{path}: cannot be read: Not a directory"


def test_a_name_no_file_can_have_is_refused() -> None:
    assert "cannot be read" in refusal_of(Path("a\0b")).what


def test_a_file_that_is_not_utf_8_is_refused_at_the_byte(tmp_path: Path) -> None:
    path = write(tmp_path / "h.yaml", "routers:\n  é: ".encode() + b"\xe9\n")

    assert refusal_of(path).what == f"{path}:2:6: byte 0xe9 is not UTF-8"


def test_a_file_that_never_ends_is_refused() -> None:
    assert refusal_of(Path("/dev/zero")).what == "/dev/zero: larger than 1 MiB"


def test_a_home_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "h.yaml", b"routers: {a: {address: x, identity: ~nobody-here/key}}\n")

    assert refusal_of(path).what == f"{path}: ~nobody-here/key: there is no such home directory"


def test_a_path_without_a_suffix_is_a_strategy_s_name() -> None:
    with pytest.raises(UsageError) as refused:
        load_playbook("active-frist")

    assert refused.value.what == "`active-frist` is no strategy; did you mean `active-first`?"
    assert refused.value.next_move == (
        "Strategies: active-first, failover, follow, idle-first, join, provision, restore. "
        "A file of yours: --playbook FILE."
    )


def test_a_strategy_far_from_any_other_is_answered_with_all_of_them() -> None:
    with pytest.raises(UsageError) as refused:
        load_playbook("x")

    assert refused.value.what == (
        "`x` is no strategy; known: active-first, failover, follow, idle-first, join, provision, "
        "restore"
    )


def test_a_missing_playbook_is_named_with_the_strategies(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        load_playbook(f"{tmp_path}/mine.yml")

    assert refused.value.what == f"{tmp_path}/mine.yml: there is no such file"
    assert "active-first, failover, follow, idle-first" in refused.value.next_move


def test_a_playbook_of_one_s_own_is_read_from_its_file(tmp_path: Path) -> None:
    mine = write(tmp_path / "mine.yaml", b"name: look\nopening: [{step: preflight}]\n")

    assert load_playbook(str(mine)).name == "look"


def test_strategies_are_known_by_name() -> None:
    assert strategies() == (
        "active-first",
        "failover",
        "follow",
        "idle-first",
        "join",
        "provision",
        "restore",
    )
    assert [load_playbook(name).name for name in strategies()] == list(strategies())


def test_an_installed_package_finds_its_strategies_from_an_empty_directory(tmp_path: Path) -> None:
    site, empty = tmp_path / "site", tmp_path / "empty"
    shutil.copytree(ROOT / "bluegreen", site / "bluegreen")
    shutil.copytree(ROOT / "playbooks", site / "bluegreen" / "playbooks")
    empty.mkdir()
    program = (
        "import bluegreen, bluegreen.cli.files as f;"
        "print(bluegreen.__file__, f.load_playbook('idle-first').legs[0].router)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=empty,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert done.stdout == f"{site}/bluegreen/__init__.py green\n"


def test_the_command_line_can_say_help_without_reading_yaml() -> None:
    program = (
        "import sys, bluegreen.cli;"
        "print([name for name in ('pydantic', 'ruamel') if name in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert done.stdout == "[]\n"
