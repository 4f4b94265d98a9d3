"""The journal: append-only, durable, readable by others, and plain about what is wrong with it."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from facts import RUN
from stories import A_STORY, run_started, step_done

from bluegreen.engine.journal import MemoryJournal, SqliteJournal
from bluegreen.engine.journal_file import seal
from bluegreen.errors import JournalError

READ_ALL = """
import sys
from pathlib import Path
from bluegreen.engine.journal import SqliteJournal
print(len(SqliteJournal(Path(sys.argv[1])).events(sys.argv[2])))
"""
APPEND_AND_DIE = """
import os, signal, sys
from pathlib import Path
from bluegreen.engine.journal import SqliteJournal
from bluegreen.model.events import EVENT
journal = SqliteJournal(Path(sys.argv[1]))
journal.append(EVENT.validate_json(sys.argv[2]))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def a_journal(file: Path) -> SqliteJournal:
    journal = SqliteJournal(file)
    for event in A_STORY:
        journal.append(event)
    return journal


def test_events_come_back_as_they_were_in_their_order(file: Path) -> None:
    assert a_journal(file).events(RUN) == A_STORY


def test_a_memory_journal_tells_the_same(file: Path) -> None:
    journal = MemoryJournal()
    for event in A_STORY:
        journal.append(event)

    assert journal.events(RUN) == a_journal(file).events(RUN)
    assert journal.events("another") == ()


def test_it_survives_being_opened_again_and_goes_on_counting(file: Path) -> None:
    a_journal(file).close()

    again = SqliteJournal(file)
    again.append(step_done("drain@router-001"))

    assert len(again.events(RUN)) == len(A_STORY) + 1
    assert again.after(RUN, len(A_STORY)) == ((len(A_STORY) + 1, step_done("drain@router-001")),)


def test_what_was_appended_survives_kill_9(file: Path) -> None:
    text = A_STORY[0].model_dump_json(exclude_none=True)

    died = subprocess.run([sys.executable, "-c", APPEND_AND_DIE, str(file), text], check=False)

    assert died.returncode == -9
    assert SqliteJournal(file).events(RUN) == A_STORY[:1]


def test_another_process_reads_while_this_one_writes(file: Path) -> None:
    journal = a_journal(file)

    read = subprocess.run(
        [sys.executable, "-c", READ_ALL, str(file), RUN],
        capture_output=True,
        text=True,
        check=True,
    )
    journal.append(step_done("drain@router-001"))

    assert read.stdout.strip() == str(len(A_STORY))
    assert len(journal.events(RUN)) == len(A_STORY) + 1


@pytest.mark.parametrize("change", ["UPDATE events SET body = '{}'", "DELETE FROM events"])
def test_nobody_changes_or_removes_what_is_written(file: Path, change: str) -> None:
    a_journal(file).close()
    database = sqlite3.connect(file)

    with pytest.raises(sqlite3.IntegrityError, match="the journal is append-only"):
        database.execute(change)
    database.close()


def test_every_append_is_synced_to_the_disk(file: Path) -> None:
    """Source: sqlite.org/pragma.html: with WAL, synchronous=FULL syncs after each commit."""
    journal = a_journal(file)

    mode = sqlite3.connect(file).execute("PRAGMA journal_mode").fetchone()
    level = journal._db.execute("PRAGMA synchronous").fetchone()

    assert mode == ("wal",)
    assert level == (2,)  # FULL


def test_two_writers_of_one_run_do_not_both_get_the_same_number(file: Path) -> None:
    one, other = a_journal(file), SqliteJournal(file)
    other.append(step_done("drain@router-001"))

    with pytest.raises(JournalError, match="UNIQUE"):
        one.append(step_done("drain@router-001"))


def test_runs_are_listed_newest_first_and_by_pair(file: Path) -> None:
    journal = a_journal(file)
    journal.append(run_started("0-named-before", "router-003,router-004", second=60))

    assert [(row.run, row.pair, row.events) for row in journal.runs()] == [
        ("0-named-before", "router-003,router-004", 1),
        (RUN, "router-001,router-002", len(A_STORY)),
    ]
    assert [row.run for row in journal.runs("router-001,router-002")] == [RUN]
    assert journal.runs("nobody") == ()


def test_runs_do_not_see_each_others_events(file: Path) -> None:
    journal = a_journal(file)
    journal.append(run_started("run-2"))

    assert journal.events("run-2") == (run_started("run-2"),)


@pytest.mark.parametrize("body", ["not JSON", "{}", '{"event": "run_teleported"}'])
def test_an_event_that_this_version_does_not_know_is_an_error(file: Path, body: str) -> None:
    a_journal(file).close()
    database = sqlite3.connect(file)
    (number, before), *_ = database.execute("SELECT max(number), seal FROM events")
    row = (RUN, number + 1, None, body)
    database.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?)", (*row, seal(before, row)))
    database.commit()
    database.close()

    with pytest.raises(
        JournalError, match=f"event {len(A_STORY) + 1} of run {RUN} is none"
    ) as caught:
        SqliteJournal(file).events(RUN)

    assert caught.value.exit_code == 2
