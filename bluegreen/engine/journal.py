"""An append-only log of events: the single source of truth of a run."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError

from bluegreen.errors import JournalError
from bluegreen.model.events import EVENT, Event


class Journal(Protocol):
    """Where events are put before anything is done."""

    def append(self, event: Event) -> None:
        """Return only once the event would survive a power cut."""
        ...

    def events(self, run: str) -> tuple[Event, ...]: ...


class MemoryJournal:
    """For rehearsals: nothing outlives them."""

    def __init__(self) -> None:
        self._events: list[Event] = []

    def append(self, event: Event) -> None:
        self._events.append(event)

    def events(self, run: str) -> tuple[Event, ...]:
        return tuple(event for event in self._events if event.run == run)


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run, as the list of runs shows it."""

    run: str
    pair: str
    started: str  # RFC 3339
    events: int


_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    run TEXT NOT NULL, number INTEGER NOT NULL, pair TEXT, body TEXT NOT NULL,
    PRIMARY KEY (run, number)
) WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS no_update BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER IF NOT EXISTS no_delete BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
"""


class SqliteJournal:
    """WAL with synchronous=FULL: each append is one fsync (sqlite.org/pragma.html)."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._numbers: dict[str, int] = {}
        with self._told():
            self._db = sqlite3.connect(file, isolation_level=None, timeout=10)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_SCHEMA)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn SQLite's error into one with a next move."""
        try:
            yield
        except sqlite3.Error as error:
            raise JournalError(f"the journal {self._file}: {error}", "this machine") from error

    def append(self, event: Event) -> None:
        number = self._next(event.run)
        pair = getattr(event, "pair", None)
        with self._told():
            self._db.execute(
                "INSERT INTO events VALUES (?, ?, ?, ?)",
                (event.run, number, pair, event.model_dump_json(exclude_none=True)),
            )
        self._numbers[event.run] = number

    def _next(self, run: str) -> int:
        if run not in self._numbers:
            with self._told():
                row = self._db.execute(
                    "SELECT coalesce(max(number), 0) FROM events WHERE run = ?", (run,)
                ).fetchone()
            self._numbers[run] = int(row[0])
        return self._numbers[run] + 1

    def events(self, run: str) -> tuple[Event, ...]:
        return tuple(event for _, event in self.after(run, 0))

    def after(self, run: str, number: int) -> tuple[tuple[int, Event], ...]:
        """Return the events of a run behind a number, each with its own."""
        with self._told():
            rows = self._db.execute(
                "SELECT number, body FROM events WHERE run = ? AND number > ? ORDER BY number",
                (run, number),
            ).fetchall()
        return tuple((int(n), self._event(run, n, body)) for n, body in rows)

    def _event(self, run: str, number: int, body: str) -> Event:
        try:
            return EVENT.validate_json(body)
        except ValidationError as error:
            raise JournalError(
                f"the journal {self._file}: event {number} of run {run} is none that this version "
                f"knows: {error.errors()[0]['msg']}",
                "this machine",
                "Go on with the version of bluegreen that wrote it.",
            ) from error

    def runs(self, pair: str | None = None) -> tuple[RunRow, ...]:
        """Return the runs, the newest first."""
        with self._told():
            rows = self._db.execute(
                "SELECT run, pair, json_extract(body, '$.at'), "
                "(SELECT count(*) FROM events e WHERE e.run = s.run) "
                "FROM events s WHERE number = 1 ORDER BY 3 DESC, run DESC"
            ).fetchall()
        found = (RunRow(str(r), str(p), str(at), int(n)) for r, p, at, n in rows)
        return tuple(row for row in found if pair is None or row.pair == pair)

    def close(self) -> None:
        self._db.close()
