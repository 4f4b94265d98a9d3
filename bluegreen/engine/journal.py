"""An append-only log of events: the single source of truth of a run."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError

from bluegreen.engine.journal_file import aside, broken, prepare, seal, see_schema, told
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


class SqliteJournal:
    """WAL with synchronous=FULL: each append is one fsync (sqlite.org/pragma.html).

    Each row is sealed: a digest of itself and of the seal before it in its run. Who can write the
    file could seal it anew, so this finds slips and broken disks, not somebody who means it.
    """

    def __init__(self, file: Path) -> None:
        """Open the journal, or make it.

        Raises:
            JournalError: it is not ours, not whole, or not writable; nothing was changed then.
        """
        self._file = file
        self._last: dict[str, tuple[int, str]] = {}  # number and seal of a run's last event
        prepare(file)
        with self._told():
            self._db = sqlite3.connect(file, isolation_level=None, timeout=10)
            self._db.execute("PRAGMA synchronous=FULL")
            see_schema(self._db, file)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise told(self._file, error) from error

    def append(self, event: Event) -> None:
        number, before = self._end(event.run)
        pair = getattr(event, "pair", None)
        body = event.model_dump_json(exclude_none=True)
        row = (event.run, number + 1, pair, body)
        sealed = seal(before, row)
        with self._told():
            self._db.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?)", (*row, sealed))
        self._last[event.run] = number + 1, sealed

    def _end(self, run: str) -> tuple[int, str]:
        if run not in self._last:
            with self._told():
                row = self._db.execute(
                    "SELECT number, seal FROM events WHERE run = ? ORDER BY number DESC LIMIT 1",
                    (run,),
                ).fetchone()
            self._last[run] = (int(row[0]), str(row[1])) if row else (0, "")
        return self._last[run]

    def events(self, run: str) -> tuple[Event, ...]:
        return tuple(event for _, event in self.after(run, 0))

    def after(self, run: str, number: int) -> tuple[tuple[int, Event], ...]:
        """Return the events of a run behind a number, each with its own.

        Raises:
            JournalError: one is missing, was changed, or is none that this version knows.
        """
        with self._told():
            rows = self._db.execute(
                "SELECT number, pair, body, seal FROM events WHERE run = ? AND number >= ? "
                "ORDER BY number",
                (run, number),
            ).fetchall()
        before = rows.pop(0)[3] if number and rows else ""
        found: list[tuple[int, Event]] = []
        for wanted, (at, pair, body, sealed) in enumerate(rows, number + 1):
            if at != wanted or sealed != seal(before, (run, at, pair, body)):
                what = f"event {wanted} of run {run} was changed, or taken away"
                raise broken(self._file, what, aside(self._file))
            found.append((at, self._event(run, at, body)))
            before = sealed
        return tuple(found)

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
        """Return the runs, the newest first.

        Raises:
            JournalError: one of them has lost events.
        """
        with self._told():
            rows = self._db.execute(
                "SELECT run, count(*), max(number), max(pair) FILTER (WHERE number = 1), "
                "max(body) FILTER (WHERE number = 1) FROM events GROUP BY run"
            ).fetchall()
        if lost := sorted(str(row[0]) for row in rows if row[1] != row[2] or row[4] is None):
            what = f"events of run {lost[0]} were taken away"
            raise broken(self._file, what, aside(self._file))
        found = (RunRow(str(r), str(p), _at(body), int(n)) for r, n, _, p, body in rows)
        ordered = sorted(found, key=lambda row: (row.started, row.run), reverse=True)
        return tuple(row for row in ordered if pair is None or row.pair == pair)

    def close(self) -> None:
        self._db.close()


def _at(body: str) -> str:
    """Return when an event was; of one that cannot be read, whoever reads it will say so."""
    try:
        return str(json.loads(body)["at"])
    except (ValueError, KeyError, TypeError):
        return ""
