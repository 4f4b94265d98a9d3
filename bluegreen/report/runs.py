"""The list of runs: one line each, the open ones with the command that goes on."""

from collections.abc import Iterable
from dataclasses import dataclass

from bluegreen.model.events import Event
from bluegreen.model.state import RunState, fold
from bluegreen.report.words import duration, moment

FINAL = ("done", "rolled_back", "refused")


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run in short; its fields are the keys of the JSON document."""

    run: str
    pair: str
    command: str
    playbook: str
    started: str  # RFC 3339
    took_s: float  # until its last event
    outcome: str  # open: it runs, or whoever ran it died
    open: bool  # resume or rollback would go on
    at_step: str | None
    reason: str


def run_line(events: Iterable[Event]) -> RunLine | None:
    """Return a run in short; None where the journal has no beginning of it."""
    return line_of(fold(events))


def line_of(state: RunState) -> RunLine | None:
    started, finished = state.started, state.finished
    if not started:
        return None
    outcome = finished.outcome if finished else "open"
    last = state.last_at or started.at
    return RunLine(
        run=started.run,
        pair=started.pair,
        command=started.command,
        playbook=started.playbook,
        started=started.at.isoformat(),
        took_s=round((last - started.at).total_seconds(), 3),
        outcome=outcome,
        open=is_open(state),
        at_step=state.current,
        reason=(finished.reason if finished else "") or state.reason,
    )


def is_open(state: RunState) -> bool:
    """Something of it may still be on the routers."""
    if not state.started:
        return False
    return state.finished is None or state.finished.outcome not in FINAL


def where_open(state: RunState) -> str:
    """Say in two lines where an open run stands, and what to type."""
    if not state.started:
        return ""
    run = state.started.run
    place = f"at {state.current}" if state.current else "between two steps"
    turned = ", taking back" if state.undoing else ""
    how = state.finished.outcome if state.finished else "no end is recorded"
    last = f", last event {moment(state.last_at)}" if state.last_at else ""
    return (
        f"run {run} ({state.started.command}) is OPEN: {how}, {place}{turned}{last}\n"
        f"if nobody runs it now: `bluegreen resume {run}` or `bluegreen rollback {run}`"
    )


def open_elsewhere(run: str, routers: Iterable[str]) -> str:
    """Say what to type for a run that lies on the routers and in no journal here."""
    return (
        f"run {run} has left something on the routers, and is not open in the journal here\n"
        "if nobody runs it now: `bluegreen resume` where it was begun, or "
        f"`bluegreen recover --pair {','.join(routers)}`"
    )


def render_runs(rows: Iterable[RunLine]) -> str:
    """Return a table, in the order given."""
    lines = [
        f"{row.run:<24} {row.started[:16].replace('T', ' ')}  {row.command:<8} "
        f"{row.outcome:<12} {duration(row.took_s):>13}  {row.pair}{_tail(row)}"
        for row in rows
    ]
    return "\n".join(lines) if lines else "no run is recorded"


def _tail(row: RunLine) -> str:
    if row.open:
        at = f"at {row.at_step}; " if row.at_step else ""
        return f"\n{'':<25}{at}`bluegreen resume {row.run}` goes on"
    return ""
