"""One frame of the live view as lines of words: pure, and never larger than the terminal."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bluegreen.model.outage import Outage
from bluegreen.report.finish import headline
from bluegreen.report.screen import Screen, Standing, StepRow, following, standing, took_s
from bluegreen.report.words import clean, cut, duration, outage

Kind = Literal["good", "busy", "bad", "warn", "faint", "strong", "plain"]
Line = tuple[tuple[Kind, str], ...]
LABEL = 9  # characters before what a label names
STEPS_MIN = 3  # what was, what is, what comes
NOTES_MIN = 4  # with fewer steps on the screen, none gives way to a note
LOG_MIN = 2  # lines of a job's log, before steps are left out for more of it
OUTAGES_MAX = 3

_KINDS: dict[Standing, Kind] = {
    Standing.WAITING: "faint",
    Standing.NEXT: "plain",
    Standing.RUNNING: "busy",
    Standing.DONE: "good",
    Standing.SKIPPED: "faint",
    Standing.FAILED: "bad",
    Standing.UNDOING: "warn",
    Standing.UNDONE: "warn",
    Standing.STOPPED: "warn",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything a frame is drawn from."""

    screen: Screen
    rows: tuple[StepRow, ...]
    now: datetime
    outages: tuple[Outage, ...] = ()


def frame(seen: Seen, width: int, height: int | None) -> list[Line]:
    """Return at most ``height`` lines of at most ``width`` characters; None: as many as needed.

    What gives way first: the log, then steps far from the current one, then what was sent.
    """
    head, doing, foot = _head(seen, width), _doing(seen), _foot(seen)
    if height is None:
        steps = [_step(seen, row, width) for row in seen.rows]
        return [_fit(line, width) for line in (*head, _GAP, *steps, _GAP, *doing, *foot)]
    fixed = len(head) + len(doing) + len(foot) + 2  # and two empty lines
    spared = min(LOG_MIN, len(seen.screen.job))
    room = max(STEPS_MIN, min(len(seen.rows), height - fixed - spared))
    steps = _window(seen, room, width)
    log = _log(seen, height - fixed - len(steps))
    body = [*head, _GAP, *steps, _GAP, *doing, *log]
    whole = [*body[: max(0, height - len(foot))], *foot][:height]
    return [_fit(line, width) for line in whole]


_GAP: Line = ()


def _fit(line: Line, width: int) -> Line:
    """Cut a line at the terminal's edge."""
    left, parts = width, []
    for kind, words in line:
        piece = cut(words, left) if left > 3 else words[: max(0, left)]
        parts.append((kind, piece))
        left -= len(piece)
    return tuple(parts)


def _labelled(label: str, kind: Kind, text: str) -> Line:
    return (("faint", f"{label:<{LABEL}}"), (kind, text))


def _head(seen: Seen, width: int) -> list[Line]:
    """Say what runs, how far it is, who carries the traffic, and what that cost so far."""
    state = seen.screen.state
    if not state.started:
        return [(("strong", "bluegreen "), ("plain", "has not begun"))]
    end = seen.now if state.finished is None else state.finished.at
    over = {*state.done, *state.skipped}.intersection(row.id for row in seen.rows)
    passed = duration((end - state.started.at).total_seconds())
    count = f"  {len(over)} of {len(seen.rows)} steps, {passed}"
    what = f"{state.started.command} {state.started.pair}, {state.started.playbook}"
    title = cut(what, max(10, width - len(count)))
    gap = " " * max(0, width - len(title) - len(count))
    return [
        (("strong", title), ("plain", gap + count)),
        _labelled("traffic", *_traffic(seen.screen)),
        *_outages(seen.outages),
    ]


def _traffic(screen: Screen) -> tuple[Kind, str]:
    """Say who serves; what was seen before a switch was commanded may be over."""
    if not screen.serving:
        return "plain", "not told yet"
    if screen.moving:
        return "warn", f"before the last CARP command: {clean(screen.serving)}"
    return "strong", clean(screen.serving)


def _outages(outages: tuple[Outage, ...]) -> list[Line]:
    """Return the worst few: whoever watches wants to know whether anything was lost."""
    worst = sorted(outages, key=lambda o: -o.longest_gap_ms)[:OUTAGES_MAX]
    lines = [
        _labelled("outage", _outage_kind(o), f"{outage(o)}{_mute(o)}")
        for o in outages
        if o in worst
    ]
    more = len(outages) - len(worst)
    return [*lines, _labelled("", "faint", f"and {more} more, each less")] if more else lines


def _outage_kind(seen: Outage) -> Kind:
    if seen.answering is False:
        return "bad"
    return "warn" if seen.lost else "good"


def _mute(seen: Outage) -> str:
    return ", DOES NOT ANSWER" if seen.answering is False else ""


def _window(seen: Seen, room: int, width: int) -> list[Line]:
    """Return the steps around the current one, and how many are left out."""
    rows, state = seen.rows, seen.screen.state
    if len(rows) <= room:
        return [_step(seen, row, width) for row in rows]
    here = state.current or following(seen.screen, rows)
    at = next((number for number, row in enumerate(rows) if row.id == here), len(rows) - 1)
    behind = room * 2 // 3 if state.undoing else room // 3  # more of where it goes
    first = max(0, min(at - behind, len(rows) - room))
    lines = [_step(seen, row, width) for row in rows[first : first + room]]
    later = len(rows) - first - room
    if first and room > NOTES_MIN:
        lines[0] = (("faint", f"           ... {first + 1} earlier"),)
    if later and room > NOTES_MIN:
        lines[-1] = (("faint", f"           ... {later + 1} later"),)
    return lines


def _step(seen: Seen, row: StepRow, width: int) -> Line:
    stands = standing(seen.screen, row.id, following(seen.screen, seen.rows))
    kind = _KINDS[stands]
    names = min(max(len(r.id) for r in seen.rows), width // 2)
    active = stands in (Standing.RUNNING, Standing.UNDOING)
    return (
        (kind, f"{'>' if active else ' '} {stands:<9}"),
        (kind if active else "plain", f"{cut(row.id, names):<{names}}  "),
        (kind if active else "faint", _aside(seen, row, stands)),
    )


def _aside(seen: Seen, row: StepRow, stands: Standing) -> str:
    """Return how long a step has taken, else what it is for."""
    match stands:
        case Standing.RUNNING | Standing.UNDOING:
            return _elapsed(seen, row)
        case Standing.DONE | Standing.UNDONE:
            passed_s = took_s(seen.screen, row.id)
            return "" if passed_s is None else duration(passed_s)
        case Standing.SKIPPED | Standing.FAILED | Standing.STOPPED:
            return ""
        case Standing.WAITING | Standing.NEXT:
            return clean(row.goal).removeprefix(f"{row.router} ")  # its id has named it


def _elapsed(seen: Seen, row: StepRow) -> str:
    since = seen.screen.state.current_since
    passed = duration((seen.now - since).total_seconds()) if since else "?"
    limit_s = row.undo_deadline_s if seen.screen.undoing else row.deadline_s
    return f"{passed} of {duration(limit_s)} at most" if limit_s else f"{passed}, no limit"


def _doing(seen: Seen) -> list[Line]:
    """Say what the current step wants, did, saw and suffers."""
    screen = seen.screen
    state = screen.state
    if state.finished:
        kind: Kind = "good" if state.finished.outcome == "done" else "bad"
        return [((kind, headline(state.finished, state)),)]
    row = next((row for row in seen.rows if row.id == state.current), None)
    back = state.undoing is not None
    told: list[tuple[str, Kind, str]] = [
        ("back", "warn", f"taking back: {clean(state.reason)}" if back else ""),
        ("wanted", "plain", _wanted(screen, row)),
        ("sent", "plain", screen.sent),
        ("layers", "good", ", ".join(screen.layers)),
        ("problem", "bad", "" if back and screen.complaint in state.reason else screen.complaint),
    ]
    return [_labelled(label, kind, text) for label, kind, text in told if text]


def _wanted(screen: Screen, row: StepRow | None) -> str:
    if row is None:
        return ""
    return f"{row.router} as before `{row.id}`" if screen.undoing else clean(row.goal)


def _log(seen: Seen, room: int) -> list[Line]:
    lines = seen.screen.job[-room:] if room > 0 else ()
    return [_labelled("" if number else "log", "faint", line) for number, line in enumerate(lines)]


def _foot(seen: Seen) -> list[Line]:
    """Say what comes, and what is safe to press."""
    state = seen.screen.state
    if state.finished or not state.started:
        return []
    run = state.started.run
    step = following(seen.screen, seen.rows)
    coming = f"undo {step}" if step and state.undoing else step or "the end of the run"
    return [
        _labelled("next", "plain", coming),
        _labelled(
            "Ctrl-C", "plain", "once: stops at a safe point; twice: at once. Both can be resumed:"
        ),
        _labelled("", "plain", f"`bluegreen resume {run}`"),
    ]
