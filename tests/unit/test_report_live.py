"""What somebody watches at 03:00, at any size of terminal."""

import re
from io import StringIO

import pytest
from report_story import (
    BLUE,
    GREEN_SERVES,
    RUN,
    START,
    Story,
    a_rollback,
    an_upgrade,
    opening,
    rows,
)
from rich.console import Console

from bluegreen.model.events import Event, Observed
from bluegreen.model.outage import Outage
from bluegreen.report.frame import Seen, frame
from bluegreen.report.live import LiveView
from bluegreen.report.screen import Screen, Standing, following, see, standing

WELL = Outage("198.51.100.230", 7512, 0, 18.4, answering=True)
SILENT = Outage("192.0.2.1", 7512, 2, 218.4, answering=False)


def after(events: tuple[Event, ...]) -> Screen:
    screen = Screen()
    for event in events:
        screen = see(screen, event)
    return screen


def drawn(events: tuple[Event, ...], width: int = 79, height: int | None = 23) -> list[str]:
    seen = Seen(after(events), rows(), events[-1].at, (WELL, SILENT))
    return ["".join(words for _, words in line) for line in frame(seen, width, height)]


def installing() -> tuple[Event, ...]:
    events = an_upgrade()
    log = next(i for i, event in enumerate(events) if isinstance(event, Observed) and event.detail)
    return events[: log + 1]


def rolling_back() -> tuple[Event, ...]:
    return a_rollback()[:-4]


def test_the_screen_says_who_serves_what_runs_and_what_is_safe_to_press() -> None:
    lines = drawn(installing())

    assert lines[1] == f"traffic  {GREEN_SERVES}"
    assert lines[3].endswith("2 lost, longest gap 218 ms, DOES NOT ANSWER")
    assert any(line.startswith("> running  install@router-001") for line in lines)
    assert any(
        line.startswith("  next     reboot@router-001       runs a new boot") for line in lines
    )
    assert "log      Installing updates..." in lines
    assert lines[-2].startswith("Ctrl-C   once: stops at a safe point")
    assert lines[-1] == f"         `bluegreen resume {RUN}`"


def test_the_running_step_shows_its_time_and_its_deadline() -> None:
    seen = Seen(after(installing()), rows(), START.replace(minute=5), ())
    lines = ["".join(words for _, words in line) for line in frame(seen, 79, 23)]

    running = next(line for line in lines if line.startswith(">"))

    assert running.endswith("2 min 50 s of 30 min at most")


@pytest.mark.parametrize("height", [4, 8, 11, 16, 24, 40, 60])
@pytest.mark.parametrize("width", [20, 50, 80, 120])
def test_no_frame_is_larger_than_its_terminal(width: int, height: int) -> None:
    for events in (installing(), rolling_back(), an_upgrade(), installing()[:1]):
        lines = drawn(events, width, height)

        assert len(lines) <= height
        assert max(map(len, lines)) <= width


def test_on_a_low_terminal_the_running_step_and_the_keys_stay() -> None:
    lines = drawn(installing(), 79, 12)

    assert any("> running  install@router-001" in line for line in lines)
    assert any(line.startswith("Ctrl-C") for line in lines)


def test_roles_seen_before_a_switch_was_commanded_are_told_as_old() -> None:
    events = tuple(opening().starts(f"drain@{BLUE}").sends("ifconfig vmx1").events)

    assert drawn(events)[1].startswith("traffic  before the last CARP command: router-001 serves")


def test_a_rollback_says_why_and_what_is_undone_next() -> None:
    lines = drawn(rolling_back())

    assert "back     taking back: install@router-001: No space left on device" in lines
    assert any(line.startswith("> undoing  install@router-001") for line in lines)
    assert "next     undo drain@router-001" in lines
    assert any("10 min at most" in line for line in lines)


def test_each_step_stands_where_its_last_event_left_it() -> None:
    screen = after(rolling_back())
    coming = following(screen, rows())

    assert standing(screen, "lock@router-001", coming) is Standing.DONE
    assert standing(screen, "install@router-001", coming) is Standing.UNDOING
    assert standing(screen, "drain@router-001", coming) is Standing.DONE
    assert standing(screen, "reboot@router-001", coming) is Standing.WAITING
    assert standing(after(a_rollback()), "drain@router-001", None) is Standing.UNDONE


def test_a_failed_step_an_interrupted_one_and_a_skipped_one_say_so() -> None:
    begun = opening().starts(f"drain@{BLUE}")
    failed = after((*begun.events, *Story().starts(f"drain@{BLUE}").fails("no").events))
    stopped = after(tuple(begun.ends("interrupted", 130).events))
    skipped = after(tuple(opening().skipped(f"drain@{BLUE}", "up to date").events))

    assert standing(failed, f"drain@{BLUE}", None) is Standing.FAILED
    assert standing(stopped, f"drain@{BLUE}", None) is Standing.STOPPED
    assert standing(skipped, f"drain@{BLUE}", None) is Standing.SKIPPED


def test_the_last_frame_holds_every_step_and_the_verdict() -> None:
    lines = drawn(an_upgrade(), height=None)

    assert sum(line.startswith("  done") for line in lines) == len(rows())
    assert lines[-1] == "DONE: router-001 and router-002 upgraded to 14.2-RELEASE-p2"
    assert not any("Ctrl-C" in line for line in lines)


def watched(console: Console) -> None:
    events = installing()
    view = LiveView(console, rows(), lambda: events[-1].at, lambda: (WELL,), past=events[:5])
    view.start()
    for event in events[5:]:
        view(event)
    view.stop()


def test_on_a_terminal_the_view_is_drawn_and_left_whole() -> None:
    out = StringIO()

    watched(Console(file=out, force_terminal=True, width=80, height=24))

    assert "\x1b[1;36m> running" in out.getvalue()
    assert "unlock@router-002" in out.getvalue()


def test_without_colour_the_words_say_the_same() -> None:
    out = StringIO()

    watched(Console(file=out, force_terminal=True, no_color=True, width=80, height=24))

    assert "> running  install@router-001" in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", out.getvalue())
    assert "36m" not in out.getvalue()


def test_what_a_router_prints_is_no_markup() -> None:
    story = opening().starts(f"stage@{BLUE}").sees("job", "Fetching [bold]x[/bold] \x1b[2J")

    assert "log      Fetching [bold]x[/bold] [2J" in drawn(tuple(story.events))
