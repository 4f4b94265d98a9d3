"""The same results for programs: plain JSON, keys in snake_case, stable."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

from bluegreen.model.events import EVENT, Event, RunFinished
from bluegreen.model.facts import PairFacts
from bluegreen.model.state import RunState
from bluegreen.policy.doctor import Diagnosis
from bluegreen.report.pair_status import pair_status
from bluegreen.report.plan import PlanPage
from bluegreen.report.runs import RunLine, line_of
from bluegreen.report.words import public, shown


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One check; its fields are the keys of the JSON document."""

    name: str
    ok: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LookLine:
    """One thing that was looked at; its fields are keys, too."""

    name: str
    ok: bool
    findings: tuple[str, ...]  # by name


def event_json(event: Event) -> str:
    """Return an event on one line, as it is in the journal but for what files are made of."""
    return EVENT.dump_json(public(event), exclude_none=True).decode()


def finish_json(finished: RunFinished) -> str:
    """Return how a run ended: its last event."""
    return event_json(finished)


def status_json(
    pair: PairFacts, state: RunState | None = None, elsewhere: tuple[str, ...] = ()
) -> str:
    return _document(asdict(pair_status(pair, state, elsewhere)))


def runs_json(rows: Iterable[RunLine]) -> str:
    return _document({"runs": [asdict(row) for row in rows]})


def show_json(events: Iterable[Event], state: RunState) -> str:
    """Return a run in short, and each of its events."""
    line = line_of(state)
    told = [json.loads(event_json(event)) for event in events]
    return _document({"run": asdict(line) if line else None, "events": told})


def diagnosis_json(diagnosis: Diagnosis) -> str:
    """Return preflight's verdicts, what else was looked at, and every finding once."""
    checks = [CheckLine(name, bool(verdict), verdict.reasons) for name, verdict in diagnosis.checks]
    refused = {line.name for line in checks if not line.ok}
    looks = [
        LookLine(
            name,
            name not in refused and not any(one.is_wrong for one in found),
            tuple(dict.fromkeys(one.name for one in found)),
        )
        for name, found in diagnosis.looks
    ]
    return _document(
        {
            "ok": diagnosis.is_well,
            "checks": [asdict(line) for line in checks],
            "looks": [asdict(look) for look in looks],
            "findings": [asdict(finding) for finding in diagnosis.findings],
        }
    )


def plan_json(page: PlanPage) -> str:
    lines = tuple(
        replace(line, commands=tuple(map(shown, line.commands)), undo=tuple(map(shown, line.undo)))
        for line in page.lines
    )
    return _document(asdict(replace(page, lines=lines)))


def _document(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
