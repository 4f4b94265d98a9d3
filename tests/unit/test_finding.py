"""What a look found, and what becomes of it where a run is refused."""

from bluegreen.model.finding import Evidence, Finding, Fix, Severity, by_severity, cannot_tell
from bluegreen.model.verdict import YES, all_of, found, no

SKEW = Finding(
    "advbase-differs",
    Severity.CRITICAL,
    "vhid 2 has advbase 1 on router-001 and 3 on router-002",
    (Evidence("router-002", "advbase 3"),),
    (Fix("router-002", "set it alike", "ifconfig vmx1 vhid 2 advbase 1"),),
)
NOTE = Finding("packages-differ", Severity.NOTE, "pkg differs")


def test_a_finding_is_one_reason_with_its_fix() -> None:
    [reason] = found([SKEW]).reasons

    assert reason.startswith("vhid 2 has advbase 1 on router-001 and 3 on router-002; set it alike")
    assert reason.endswith("set it alike: `ifconfig vmx1 vhid 2 advbase 1` on router-002")


def test_nothing_found_is_a_yes() -> None:
    assert found(()) is YES


def test_reasons_are_gathered_with_what_was_found() -> None:
    verdict = all_of([YES, no("plain"), found([SKEW])])

    assert verdict.reasons == ("plain", SKEW.sentence)
    assert verdict.findings == (SKEW,)


def test_the_worst_comes_first() -> None:
    assert by_severity([NOTE, SKEW]) == (SKEW, NOTE)


def test_what_cannot_be_told_is_not_in_order_and_a_note_is() -> None:
    unknown = cannot_tell("states", "router-001", "the number of states", "denied", "ask as root")

    assert unknown.is_wrong
    assert not NOTE.is_wrong
