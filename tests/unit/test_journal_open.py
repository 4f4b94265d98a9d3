"""A journal that is damaged, foreign, newer or not ours: refused with a next move, and kept."""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from facts import RUN
from stories import A_STORY, run_started, step_done

from bluegreen.engine.journal import SqliteJournal
from bluegreen.engine.journal_file import SCHEMA
from bluegreen.errors import JournalError

NOBODY = 65534
BECOME = f"""
import os, resource, signal, sys
from pathlib import Path
from bluegreen.engine.journal import SqliteJournal
from bluegreen.errors import JournalError
from bluegreen.model.events import EVENT
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid({NOBODY})
    os.setuid({NOBODY})
"""
OPEN = f"""{BECOME}
try:
    SqliteJournal(Path(sys.argv[1]))
except JournalError as error:
    print(error)
    sys.exit(error.exit_code)
"""
UNTIL_FULL = f"""{BECOME}
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
journal = SqliteJournal(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
event, kept = EVENT.validate_json(sys.argv[2]), 0
try:
    while True:
        journal.append(event)
        kept += 1
except JournalError as error:
    print(kept)
    print(error)
    sys.exit(error.exit_code)
"""
FULL = f"""{BECOME}
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
{OPEN.removeprefix(BECOME)}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def a_journal(file: Path) -> None:
    journal = SqliteJournal(file)
    for event in A_STORY:
        journal.append(event)
    journal.close()


def edited(file: Path, *statements: str) -> None:
    database = sqlite3.connect(file)
    for statement in statements:
        database.execute(statement)
    database.commit()
    database.close()


def refused(file: Path) -> JournalError:
    """Return the error; what is there afterwards is what was there before."""
    before = {path: path.read_bytes() for path in file.parent.iterdir() if path.is_file()}

    with pytest.raises(JournalError) as caught:
        SqliteJournal(file).events(RUN)

    after = {path: path.read_bytes() for path in file.parent.iterdir() if path.is_file()}
    assert {p: b for p, b in after.items() if not p.name.endswith(("-shm", "-wal"))} == {
        p: b for p, b in before.items() if not p.name.endswith(("-shm", "-wal"))
    }
    assert caught.value.exit_code == 2
    assert str(file) in caught.value.what
    return caught.value


@pytest.mark.parametrize("left", [0, 1, 16, 99, 100, 4096, 6000])
def test_a_journal_that_was_cut_off_is_refused(file: Path, left: int) -> None:
    a_journal(file)
    assert file.stat().st_size > left
    os.truncate(file, left)

    error = refused(file)

    assert "cut off" in error.what or "damaged" in error.what or "malformed" in error.what
    assert "bluegreen recover --pair A,B" in error.next_move


def test_the_way_on_that_it_names_leads_on(file: Path) -> None:
    a_journal(file)
    os.truncate(file, 5000)
    command = refused(file).next_move.split("`")[1]

    subprocess.run(["sh", "-c", command], check=True)

    assert SqliteJournal(file).runs() == ()
    assert (file.parent / "damaged" / file.name).stat().st_size == 5000


def test_pages_of_nonsense_are_refused(file: Path) -> None:
    a_journal(file)
    raw = bytearray(file.read_bytes())
    raw[4096:] = b"\xff" * (len(raw) - 4096)
    file.write_bytes(raw)

    assert "it is damaged" in refused(file).what or "malformed" in refused(file).what


def test_a_text_is_no_database(file: Path) -> None:
    file.write_text("this is no database, but it is long enough to be looked at\n" * 100)

    assert "file is not a database" in refused(file).what


def test_a_database_of_another_program_is_left_alone(file: Path) -> None:
    edited(file, "PRAGMA application_id=42", "CREATE TABLE events (run TEXT)")

    assert "of another program" in refused(file).what
    assert not file.with_name("journal.db-wal").exists()


@pytest.mark.parametrize("version", [0, SCHEMA + 1, 99])
def test_a_journal_of_another_version_of_bluegreen_is_left_alone(file: Path, version: int) -> None:
    a_journal(file)
    edited(file, f"PRAGMA user_version={version}", "PRAGMA wal_checkpoint(TRUNCATE)")

    error = refused(file)

    assert f"its form is {version}, and this version of bluegreen knows {SCHEMA}" in error.what
    assert "the version of bluegreen that wrote it" in error.next_move


@pytest.mark.parametrize("trigger", ["no_update", "no_delete"])
def test_a_guard_that_was_taken_off_is_noticed(file: Path, trigger: str) -> None:
    a_journal(file)
    edited(file, f"DROP TRIGGER {trigger}")

    assert f"`{trigger}` is missing" in refused(file).what


def test_a_guard_that_guards_nothing_any_more_is_noticed(file: Path) -> None:
    a_journal(file)
    idle = "CREATE TRIGGER no_update BEFORE UPDATE ON events BEGIN SELECT 1; END"
    edited(file, "DROP TRIGGER no_update", idle)

    assert "`no_update` is not as it was made" in refused(file).what


def test_a_trigger_of_somebody_else_is_noticed(file: Path) -> None:
    a_journal(file)
    edited(file, "CREATE TRIGGER more AFTER INSERT ON events BEGIN SELECT RAISE(ABORT, 'no'); END")

    assert "`more` was added to it" in refused(file).what


def changed_by_hand(file: Path, statement: str) -> None:
    """Do what somebody with patience does: take the guards off, and put them back."""
    database = sqlite3.connect(file)
    guards = database.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
    kept = guards.fetchall()
    database.close()
    drop = (f"DROP TRIGGER {name}" for name, _ in kept)
    edited(file, *drop, statement, *(sql for _, sql in kept))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET body = replace(body, 'router-001', 'router-002') WHERE number = 2",
        "UPDATE events SET pair = 'other,pair' WHERE number = 1",
        "DELETE FROM events WHERE number = 3",
        "UPDATE events SET seal = 'x' WHERE number = 2",
    ],
)
def test_an_event_that_was_changed_or_taken_away_by_hand_is_noticed(
    file: Path, statement: str
) -> None:
    a_journal(file)
    changed_by_hand(file, statement)

    error = refused(file)

    assert "was changed, or taken away" in error.what
    assert RUN in error.what


def test_a_run_without_its_beginning_is_not_passed_over_in_silence(file: Path) -> None:
    a_journal(file)
    changed_by_hand(file, "DELETE FROM events WHERE number = 1")

    with pytest.raises(JournalError, match=f"events of run {RUN} were taken away"):
        SqliteJournal(file).runs()


def test_a_change_in_one_run_leaves_the_others_readable(file: Path) -> None:
    a_journal(file)
    journal = SqliteJournal(file)
    journal.append(run_started("run-2"))
    journal.close()
    changed_by_hand(file, "UPDATE events SET body = '' WHERE run <> 'run-2' AND number = 2")

    assert SqliteJournal(file).events("run-2") == (run_started("run-2"),)


def test_who_follows_a_run_sees_a_change_behind_what_was_read(file: Path) -> None:
    a_journal(file)
    assert SqliteJournal(file).after(RUN, 2)[0] == (3, A_STORY[2])
    changed_by_hand(file, "UPDATE events SET body = '' WHERE number = 4")

    with pytest.raises(JournalError, match="event 4"):
        SqliteJournal(file).after(RUN, 2)


def test_a_log_without_its_journal_is_not_read_into_a_new_one(file: Path) -> None:
    file.with_name("journal.db-wal").write_bytes(b"x" * 5000)

    assert "it is gone, and journal.db-wal is still there" in refused(file).what
    assert not file.exists()


@pytest.mark.parametrize("make", ["link", "directory"])
def test_what_is_no_file_of_its_own_is_refused(file: Path, tmp_path: Path, make: str) -> None:
    a_journal(tmp_path / "elsewhere.db")
    if make == "link":
        file.symlink_to(tmp_path / "elsewhere.db")
    else:
        file.mkdir()

    with pytest.raises(JournalError, match="it is no file of its own"):
        SqliteJournal(file)


def test_a_directory_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="No such file or directory"):
        SqliteJournal(tmp_path / "missing" / "journal.db")


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_its_files_are_for_their_owner_alone_whatever_the_umask(file: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        journal = SqliteJournal(file)
        journal.append(A_STORY[0])
    finally:
        os.umask(before)

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()}

    assert modes == dict.fromkeys(("journal.db", "journal.db-wal", "journal.db-shm"), 0o600)


def test_a_journal_that_others_may_read_is_closed_to_them(file: Path) -> None:
    a_journal(file)
    file.chmod(0o644)

    SqliteJournal(file)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def as_somebody(script: str, file: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a script as a user who is not root, to whom everything beside the journal belongs."""
    return subprocess.run(
        [sys.executable, "-c", script, str(file), *words],
        capture_output=True,
        text=True,
        check=False,
    )


def given(directory: Path) -> None:
    """Give a directory with all in it to the user that the scripts become."""
    if os.geteuid() == 0:
        for path in (directory, *directory.iterdir()):
            os.chown(path, NOBODY, NOBODY)


@pytest.fixture
def reachable() -> Iterator[Path]:
    """Return where a journal is to lie that somebody else can reach: pytest's places are root's."""
    directory = Path(tempfile.mkdtemp(prefix="bluegreen-"))
    given(directory)
    yield directory / "journal.db"
    directory.chmod(0o700)
    shutil.rmtree(directory)


def test_a_read_only_journal_says_how_it_is_made_writable(reachable: Path) -> None:
    a_journal(reachable)
    given(reachable.parent)
    reachable.chmod(0o400)

    ended = as_somebody(OPEN, reachable)

    assert ended.returncode == 2, ended.stderr
    assert "it is read-only for you" in ended.stdout
    assert f"`chmod u+rw {reachable}`" in ended.stdout


@pytest.mark.parametrize("is_there", [True, False])
def test_a_directory_that_is_not_writable_is_named(reachable: Path, is_there: bool) -> None:
    if is_there:
        a_journal(reachable)
        given(reachable.parent)
    reachable.parent.chmod(0o500)

    ended = as_somebody(OPEN, reachable)

    assert ended.returncode == 2, ended.stderr
    assert str(reachable.parent) in ended.stdout
    assert "yours and writable" in ended.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can own a file beside somebody else's")
def test_a_journal_of_somebody_else_names_both(reachable: Path) -> None:
    a_journal(reachable)
    os.chown(reachable.parent, NOBODY, NOBODY)

    ended = as_somebody(OPEN, reachable)

    assert ended.returncode == 2, ended.stderr
    assert "it belongs to root, and you are nobody" in ended.stdout
    assert "Run bluegreen as root" in ended.stdout


def test_where_there_is_no_room_for_a_journal_none_is_left_half_made(reachable: Path) -> None:
    ended = as_somebody(FULL, reachable)

    assert ended.returncode == 2, ended.stderr
    assert f"Make room in {reachable.parent}" in ended.stdout
    assert [*reachable.parent.iterdir()] == []


def test_a_full_disk_is_told_and_what_was_written_before_is_whole(reachable: Path) -> None:
    event = step_done("drain@router-001").model_dump_json(exclude_none=True)

    ended = as_somebody(UNTIL_FULL, reachable, event)

    assert ended.returncode == 2, ended.stderr
    kept, what, advice = ended.stdout.splitlines()
    assert str(reachable) in what
    assert f"Make room in {reachable.parent}" in advice
    if os.geteuid() == 0:
        for path in (reachable.parent, *reachable.parent.iterdir()):
            os.chown(path, 0, 0)
    assert len(SqliteJournal(reachable).events(RUN)) == int(kept) > 0
