"""The journal: what a durable event costs, and what reading a long run costs."""

import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.table import Row
from bluegreen.engine.journal import SqliteJournal
from bluegreen.model.events import Answered, CommandSent, Event, StepDone, StepStarted
from bluegreen.model.state import fold

APPENDED = 500
FOLDED = 10_000


def _story(count: int) -> list[Event]:
    """Return events as a run writes them, four to a step."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    events: list[Event] = []
    for number in range(count // 4):
        step = f"step-{number}@router-001"
        now = at + timedelta(seconds=number)
        said = (
            "ifconfig vmx1 vhid 2 advskew 200 peer 192.0.2.12",
            "sysctl net.inet.carp.demotion=0",
        )
        events += [
            StepStarted(at=now, run="R", step=step, router="router-001", goal="as planned"),
            CommandSent(
                at=now,
                run="R",
                step=step,
                router="router-001",
                number=number,
                effect="carp",
                commands=said,
                guard="2 vhids MASTER, 0 BACKUP, lock of run R",
            ),
            Answered(at=now, run="R", step=step, router="router-001", number=number, codes=(0, 0)),
            StepDone(at=now, run="R", step=step, router="router-001", took_s=0.5),
        ]
    return events


def rows() -> list[Row]:
    events = _story(FOLDED)
    with tempfile.TemporaryDirectory() as folder:
        journal = SqliteJournal(Path(folder) / "journal.db")
        costs_ms = []
        for event in events[:APPENDED]:
            began = time.perf_counter()
            journal.append(event)
            costs_ms.append(1000 * (time.perf_counter() - began))
    folds_ms = []
    for _ in range(5):
        began = time.perf_counter()
        fold(events)
        folds_ms.append(1000 * (time.perf_counter() - began))
    event_ms, fold_ms = statistics.median(costs_ms), statistics.median(folds_ms)
    return [
        Row("a durable journal event", f"{event_ms:.2f} ms", "<= 1 ms", event_ms <= 1),
        Row(f"{FOLDED:,} events folded", f"{fold_ms:.0f} ms", "<= 50 ms", fold_ms <= 50),
    ]
