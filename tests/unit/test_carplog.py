"""What parse_carp_log reads of a kernel log."""

from pathlib import Path

import pytest

from bluegreen.errors import ParseError
from bluegreen.freebsd.carplog import parse_carp_log
from bluegreen.model.carp import CarpLogEvent

FIXTURE = (Path(__file__).parents[1] / "fixtures/freebsd/carp-messages.txt").read_text()
CHANGE = "carp: 2@vmx1.100: BACKUP -> MASTER (master timed out)"


def test_changes_of_role_and_demotion_are_told_in_order_and_the_rest_is_skipped() -> None:
    events = parse_carp_log(FIXTURE)

    assert [(e.kind, e.old, e.new, e.delta, e.total) for e in events] == [
        ("transition", "INIT", "BACKUP", None, None),
        ("demotion", None, None, 240, 240),
        ("demotion", None, None, -240, 0),
        ("transition", "BACKUP", "MASTER", None, None),
    ]
    assert events[3] == CarpLogEvent(
        "transition",
        at="Nov 22 08:00:05",
        host="router-002",
        vhid=2,
        interface="vmx1",
        old="BACKUP",
        new="MASTER",
        reason="preempting a slower master",
    )


@pytest.mark.parametrize(
    ("head", "at", "host"),
    [
        ("", None, None),
        ("[60] ", "60", None),
        ("08:00:05  ", "08:00:05", None),
        ("Nov  2 08:00:05 fw kernel: ", "Nov  2 08:00:05", "fw"),
        ("Nov 22 08:00:05 <kern.notice> fw.example kernel: ", "Nov 22 08:00:05", "fw.example"),
        ("/var/log/messages:Nov 22 08:00:05 fw kernel: ", "Nov 22 08:00:05", "fw"),
        ("<6>1 2026-11-22T08:00:05.1+01:00 fw kernel - - - ", "2026-11-22T08:00:05.1+01:00", "fw"),
        ("2026-11-22T08:00:05Z fw kernel: [12] ", "2026-11-22T08:00:05Z", "fw"),
    ],
)
def test_every_way_to_write_time_and_host_before_a_message(
    head: str, at: str | None, host: str | None
) -> None:
    (event,) = parse_carp_log(head + CHANGE + "\n")

    assert (event.at, event.host) == (at, host)
    assert (event.vhid, event.interface, event.reason) == (2, "vmx1.100", "master timed out")


def test_the_spelling_of_freebsd_10_and_a_note_behind_it() -> None:
    (event,) = parse_carp_log("carp: VHID 54@bge0: INIT -> BACKUP   # <--- here\n")

    assert (event.vhid, event.interface, event.new, event.reason) == (54, "bge0", "BACKUP", None)


def test_lines_of_ifconfig_between_are_no_messages() -> None:
    text = "\tcarp: MASTER vhid 2 advbase 1 advskew 0\n" + CHANGE + "\n"

    assert len(parse_carp_log(text)) == 1


@pytest.mark.parametrize(
    "message",
    [
        "carp: 2",
        "carp: 2@vmx1",
        "carp: 2@vmx1: BACKUP ->",
        "carp: 2@vmx1: BACKUP -> MAST",
        "carp: 2@vmx1: BACKUP -> MASTER (master tim",
        "carp: 2@vmx1: BACKUP -> KING (crowned)",
        "carp: 300@vmx1: BACKUP -> MASTER (master timed out)",
        "carp: demoted by 240",
        "carp: demoted by 240 to 240",
        "carp: demoted by much to 240 (sysctl)",
        "carp: VHID 2@",
    ],
)
def test_a_message_that_is_cut_is_refused_by_its_number(message: str) -> None:
    with pytest.raises(ParseError) as refused:
        parse_carp_log(CHANGE + "\nNov 22 08:00:05 fw kernel: " + message + "\n")

    assert refused.value.what.startswith("line 2: carp message not understood")


@pytest.mark.parametrize("text", ["", "Nov 22 08:00:05 fw sshd[1]: hello\n", "carp: well\n"])
def test_a_log_without_any_message_is_refused(text: str) -> None:
    with pytest.raises(ParseError) as refused:
        parse_carp_log(text)

    assert "no change of a CARP role or demotion" in refused.value.what
