"""The table of transitions is whole and speaks the kernel's language."""

import re
from pathlib import Path

import pytest

from bluegreen.carp.table import PATIENT, PREEMPT, Move, Seen, step
from bluegreen.model.network import CarpState

EVERY_CELL = [(state, seen) for state in CarpState for seen in Seen]


@pytest.mark.parametrize(("state", "seen"), EVERY_CELL)
@pytest.mark.parametrize("preempt", [True, False])
def test_every_event_has_an_answer_in_every_state(
    state: CarpState, seen: Seen, preempt: bool
) -> None:
    move = step(state, seen, preempt=preempt)

    assert bool(move.reason) == (move.state is not state)


def test_preempt_decides_about_slower_masters_and_nothing_else() -> None:
    differing = {
        (state, seen) for state, seen in EVERY_CELL if PREEMPT[state][seen] != PATIENT[state][seen]
    }

    assert differing == {
        (CarpState.BACKUP, Seen.PEER_SLOWER),
        (CarpState.BACKUP, Seen.PEER_HOPELESS),
    }


def test_a_hopeless_master_is_replaced_even_without_preempt() -> None:
    assert step(CarpState.BACKUP, Seen.PEER_HOPELESS, preempt=False) == Move(
        CarpState.MASTER, "master will time out"
    )


def test_nothing_but_readiness_leaves_init() -> None:
    leaving = {seen for seen in Seen if PREEMPT[CarpState.INIT][seen].state is not CarpState.INIT}

    assert leaving == {Seen.READY}


def test_what_real_kernels_logged_stands_in_the_table(corpus: Path) -> None:
    line = re.compile(r"carp: \d+@[\w.]+: (\w+) -> (\w+) \(([^)]+)\)")
    text = "\n".join(p.read_text(errors="replace") for p in (corpus / "carp").glob("*.txt"))
    logged = {match.groups() for match in line.finditer(text)}

    known = {
        (state.value, move.state.value, move.reason)
        for table in (PREEMPT, PATIENT)
        for state, moves in table.items()
        for move in moves.values()
    }

    assert ("MASTER", "INIT", "hardware interface down") in logged
    assert len(logged) == 5
    assert logged <= known
