"""What is said of an outage: in a line, while a run goes on, and in the end."""

from datetime import UTC, datetime, timedelta

import pytest

from bluegreen.model.events import Observed, RunFinished, VipGap, VipOutage
from bluegreen.model.measured import read, written
from bluegreen.model.outage import Gap, Outage
from bluegreen.model.state import RunState, fold
from bluegreen.report.documents import event_json
from bluegreen.report.finish import render_finish
from bluegreen.report.lines import tell
from bluegreen.report.words import gaps, outage

AT = datetime(2026, 1, 1, 12, 0, 3, 512000, tzinfo=UTC)
VIP = "198.51.100.230"
GAP = VipGap(began=AT, ms=39.4, during="drain@router-001", layer="carp")
QUIET = VipOutage(vip=VIP, sent=100, lost=0, longest_gap_ms=1.2)
LOSSY = VipOutage(vip=VIP, sent=100, lost=38, longest_gap_ms=39.4, gaps=(GAP,))


def told(seen: VipOutage, detail: str = "", step: str | None = "install@router-001") -> Observed:
    return Observed(at=AT, run="R1", step=step, what="outage", detail=detail, outages=(seen,))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, f"{VIP}: 100 sent, none lost, longest gap 1 ms"),
        ({"via": "bastion"}, f"{VIP} via bastion: 100 sent, none lost, longest gap 1 ms"),
        ({"kind": "flow"}, f"{VIP}: 100 sent, none lost, longest gap 1 ms, flow unbroken"),
        (
            {"kind": "flow", "broke": 1},
            f"{VIP}: 100 sent, none lost, longest gap 1 ms, flow broke once",
        ),
        (
            {"kind": "flow", "broke": 3},
            f"{VIP}: 100 sent, none lost, longest gap 1 ms, flow broke 3 times",
        ),
        (
            {"unseen_ms": 12_000.0},
            f"{VIP}: 100 sent, none lost, longest gap 1 ms, not known for 12 s",
        ),
        ({"sent": 0, "unseen_ms": 12_000.0}, f"{VIP}: not known for 12 s"),
    ],
)
def test_an_outage_in_one_line(more: dict[str, object], words: str) -> None:
    assert outage(QUIET.model_copy(update=more)) == words


def test_a_gap_has_its_time_its_step_and_its_layer() -> None:
    assert gaps(LOSSY) == ("  39 ms from 12:00:03.512 during drain@router-001: carp",)


def test_of_many_gaps_the_longest_are_told_in_the_order_of_time() -> None:
    many = tuple(
        VipGap(began=AT + timedelta(seconds=n), ms=ms) for n, ms in enumerate((30, 90, 50, 40))
    )

    lines = gaps(LOSSY.model_copy(update={"gaps": many}))

    assert [line.split()[0] for line in lines] == ["90", "50", "40", "and"]
    assert lines[-1] == "  and 1 shorter gaps"


def test_a_switch_is_told_in_any_case_and_what_is_between_only_if_it_cost_something() -> None:
    assert tell(told(QUIET, "switch")) == (outage(QUIET),)
    assert tell(told(QUIET)) == ()
    assert tell(told(LOSSY)) == (outage(LOSSY), *gaps(LOSSY))


def test_the_end_of_a_run_tells_its_gaps() -> None:
    finished = RunFinished(at=AT, run="R1", outcome="done", exit_code=0, outages=(LOSSY,))

    text = render_finish(finished, RunState())

    assert f"outage    {VIP}: 100 sent, 38 lost, longest gap 39 ms\n" in text
    assert "39 ms from 12:00:03.512 during drain@router-001: carp\n" in text


def test_an_event_begins_with_the_keys_that_it_always_had() -> None:
    assert f'"outages":[{{"vip":"{VIP}","sent":100,"lost":0,"longest_gap_ms":1.2}}]' in event_json(
        told(QUIET)
    )


def test_what_is_written_reads_back_and_a_journal_adds_up() -> None:
    gap = Gap(AT.timestamp(), AT.timestamp() + 0.0394, during="drain@router-001", layer="carp")
    seen = Outage(VIP, 100, 38, 39.4, None, "flow", "bastion", 2, 5.0, (gap,))

    (event,) = written([seen], UTC)
    (back,) = read([event])

    assert back.gaps[0].ms == pytest.approx(39.4, abs=0.01)
    assert (back.key, back.sent, back.lost, back.broke) == (seen.key, 100, 38, 2)
    assert fold([told(event), told(event)]).outages[0].sent == 200
