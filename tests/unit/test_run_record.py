"""What a run writes down on its routers, and what is made of it elsewhere."""

import json

import pytest
from facts import RUN, a_pair
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.cli.files import load_playbook, strategies
from bluegreen.errors import ParseError
from bluegreen.model.codec import pack_facts, read_facts, unpack_facts
from bluegreen.model.playbook import parse_playbook
from bluegreen.model.playbook_text import playbook_data
from bluegreen.model.run_record import Reached, RunRecord, read, write

RECORD = RunRecord(
    run=RUN,
    version="0.1.0",
    command="upgrade",
    routers=("router-001", "router-002"),
    blue="router-001",
    green="router-002",
    playbook={"name": "mine"},
    playbook_digest="abc",
)
OWN = """
name: mine
description: everything that a playbook can say
outage: stop
opening:
  - {step: preflight, deadline: 7s}
  - {step: lock, on: both}
  - {step: baseline}
  - {step: check, on: both, id: look, command: "grep -c 'a b' /etc/motd", expect: "[0-9]+"}
middle:
  - {step: drain, on: blue, allow: [advbase], undo_deadline: 1m30s}
  - {step: converge, on: green}
  - {step: soak, for: 500ms}
  - {step: pause, message: have a look}
closing:
  - {step: restore}
  - {step: postflight}
  - {step: unlock, on: both}
"""


def test_a_record_is_read_as_it_was_written() -> None:
    assert read(RunRecord, write(RECORD), "record") == RECORD


def test_a_note_is_read_as_it_was_written() -> None:
    note = Reached(run=RUN, number=7, step="drain@router-001", done=("a@b",), undoing=())

    assert read(Reached, write(note), "reached") == note


@given(cut=st.integers(0, len(write(RECORD)) - 3))
def test_a_record_that_is_cut_short_is_refused(cut: int) -> None:
    with pytest.raises(ParseError, match="router-001: record is cut short"):
        read(RunRecord, write(RECORD)[:cut], "router-001: record")


def test_a_record_of_a_newer_bluegreen_is_refused_as_that() -> None:
    newer = json.dumps({"form": 2, "run": RUN, "something": "new"})

    with pytest.raises(ParseError, match="form 2, written by a newer bluegreen; this one reads 1"):
        read(RunRecord, newer, "record")


@pytest.mark.parametrize("text", ["[]", "{}", "null", "7", '{"form": 1}', '{"form": "x"}'])
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(ParseError, match="cannot be read"):
        read(RunRecord, text, "record")


@pytest.mark.parametrize("run", ["../../etc/passwd", "", "a b", "-rf", "a\n", "x" * 65])
def test_a_run_whose_name_is_no_name_is_refused(run: str) -> None:
    text = json.dumps({**json.loads(write(RECORD)), "run": run})

    with pytest.raises(ParseError, match="record cannot be read: run:"):
        read(RunRecord, text, "record")


@pytest.mark.parametrize("name", strategies())
def test_a_playbook_of_ours_outlives_its_file(name: str) -> None:
    playbook = load_playbook(name)

    assert parse_playbook(json.dumps(playbook_data(playbook)), "record") == playbook


def test_a_playbook_of_a_users_own_outlives_its_file() -> None:
    playbook = parse_playbook(OWN, "mine.yaml")

    assert parse_playbook(json.dumps(playbook_data(playbook)), "record") == playbook


def test_a_baseline_is_unpacked_as_it_was_packed() -> None:
    pair = a_pair()

    packed = pack_facts(pair.first, pair.second, pair.outside)

    assert read_facts(unpack_facts(packed, "baseline")) == pair


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_a_baseline_that_is_cut_short_is_refused(share: float) -> None:
    pair = a_pair()
    packed = pack_facts(pair.first, pair.second, pair.outside)

    with pytest.raises(ParseError, match="baseline"):
        unpack_facts(packed[: int(share * len(packed))], "baseline")


@pytest.mark.parametrize("text", ["garbage!", "AAAA", "\x00\xff", "eJwDAAAAAAE="])
def test_a_baseline_that_is_none_is_never_taken_for_one(text: str) -> None:
    try:
        said = unpack_facts(text, "baseline")
    except ParseError:
        return
    assert said == ""
