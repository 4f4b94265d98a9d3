"""The directory of the journal is for its owner alone, however it came to be there."""

import os
import stat
from pathlib import Path

import pytest
from facts import LOCK

from bluegreen.cli.options import Common
from bluegreen.cli.state_dir import own_directory
from bluegreen.engine.locks import pair_lock
from bluegreen.errors import UsageError

NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "state"


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def refused(directory: Path) -> UsageError:
    mode = mode_of(directory) if directory.exists() else None
    with pytest.raises(UsageError) as caught:
        own_directory(directory, pytest.fail)

    assert (mode_of(directory) if directory.exists() else None) == mode
    assert caught.value.exit_code == 2
    assert "--state-dir" in caught.value.next_move
    return caught.value


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_it_is_made_for_its_owner_alone_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        made = own_directory(tmp_path / "state", pytest.fail)
    finally:
        os.umask(before)

    assert mode_of(made) == 0o700


def test_one_that_is_there_and_closed_is_taken_without_a_word(directory: Path) -> None:
    directory.mkdir(mode=0o700)

    assert own_directory(directory, pytest.fail) == directory


@pytest.mark.parametrize("inside", [(), ("journal.db", "journal.db-wal", "locks")])
@pytest.mark.parametrize("mode", [0o755, 0o750, 0o701, 0o777])
def test_one_of_ours_that_others_could_enter_is_closed_with_a_word(
    directory: Path, inside: tuple[str, ...], mode: int
) -> None:
    directory.mkdir()
    for name in inside:
        (directory / name).touch()
    directory.chmod(mode)
    told: list[str] = []

    own_directory(directory, told.append)

    assert mode_of(directory) == 0o700
    assert told == [f"note: {directory} was open to others (mode {mode:04o}); it is 0700 now"]


def test_one_that_holds_other_things_is_left_as_it_is(directory: Path) -> None:
    directory.mkdir(mode=0o755)
    (directory / "hosts.yaml").touch()

    error = refused(directory)

    assert f"others may enter {directory} (mode 0755), and hosts.yaml in it is not ours" in str(
        error
    )
    assert f"`chmod 700 {directory}`" in error.next_move


def test_nobody_is_told_to_close_a_directory_that_all_share(directory: Path) -> None:
    directory.mkdir()
    (directory / "of-others").touch()
    directory.chmod(0o1777)

    assert "chmod" not in refused(directory).next_move


def test_a_link_is_refused_even_to_a_directory_of_ours(directory: Path, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    directory.symlink_to(tmp_path / "real")

    assert f"is a link, to {tmp_path / 'real'}" in refused(directory).what


def test_a_file_is_no_directory(directory: Path) -> None:
    directory.touch(mode=0o600)

    assert "is no directory" in refused(directory).what


@as_root
def test_one_of_somebody_else_is_refused_with_both_names(directory: Path) -> None:
    directory.mkdir(mode=0o700)
    os.chown(directory, NOBODY, NOBODY)

    error = refused(directory)

    assert "belongs to nobody, and you are root" in error.what
    assert "Run it as nobody" in error.next_move


@as_root
@pytest.mark.parametrize("how", [("SUDO_UID", str(NOBODY)), ("DOAS_USER", "nobody")])
def test_root_by_way_of_sudo_leaves_nothing_in_the_home_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: tuple[str, str]
) -> None:
    monkeypatch.setenv(*how)
    os.chown(tmp_path, NOBODY, NOBODY)

    error = refused(tmp_path / ".local" / "state" / "bluegreen")

    assert "would be root's, in a directory of nobody" in error.what
    assert "without sudo or doas" in error.next_move
    assert list(tmp_path.iterdir()) == []


@as_root
@pytest.mark.parametrize("told", ["nonsense", "0", ""])
def test_root_who_is_root_keeps_its_journal_where_it_likes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    monkeypatch.setenv("SUDO_UID", told)
    os.chown(tmp_path, NOBODY, NOBODY)

    assert own_directory(tmp_path / "state", pytest.fail).is_dir()


def test_a_place_where_nothing_can_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(UsageError, match="Not a directory"):
        own_directory(tmp_path / "file" / "state", pytest.fail)


def test_the_locks_of_pairs_are_closed_as_well(directory: Path) -> None:
    state = Common(state_dir=directory).state()
    before = os.umask(0)
    try:
        with pair_lock(state, "a,b", LOCK):
            modes = [mode_of(path) for path in (state / "locks", *(state / "locks").iterdir())]
    finally:
        os.umask(before)

    assert modes == [0o700, 0o600]
