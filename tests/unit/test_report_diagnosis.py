"""A diagnosis on paper: what people grep for, what they read at 80 columns, what programs get."""

import json

from bluegreen.model.finding import Evidence, Finding, Fix, Severity
from bluegreen.model.verdict import YES, found
from bluegreen.policy.doctor import Diagnosis
from bluegreen.report.diagnosis import render_diagnosis
from bluegreen.report.documents import diagnosis_json

COMMAND = "ifconfig vmx1 vhid 2 advbase 1 peer 203.0.113.11 peer6 2001:db8:0:1::11"
BAD = Finding(
    "advbase-differs",
    Severity.CRITICAL,
    "vhid 2@vmx1 has advbase 1 on router-001 and 3 on router-002: a role would not move",
    (Evidence("router-001", "advbase 1"), Evidence("router-002", "advbase 3")),
    (Fix("router-002", "set it alike", COMMAND),),
)
NOTE = Finding("packages-differ", Severity.NOTE, "pkg differs")
UNKNOWN = Finding(
    "states", Severity.UNKNOWN, "router-001: how many states it has cannot be told: denied"
)
WELL = Diagnosis((("carp", YES),), (("carp", ()), ("vips", ())))
ILL = Diagnosis(
    (("carp", found([BAD])), ("clock", YES)),
    (("carp", (BAD,)), ("clock", ()), ("versions", (NOTE,)), ("states", (UNKNOWN,))),
)


def test_a_healthy_pair_is_a_line_a_check_and_no_more() -> None:
    assert render_diagnosis(WELL).splitlines() == ["ok  carp", "ok  vips", "", "all 2 checks ok"]
    assert WELL.is_well


def test_each_finding_says_what_was_seen_and_what_to_type() -> None:
    assert render_diagnosis(ILL).splitlines()[:12] == [
        "NO  carp      advbase-differs",
        "ok  clock",
        "--  versions  packages-differ",
        "??  states    states",
        "",
        "CRITICAL  advbase-differs",
        f"  {BAD.says}",
        "  seen  router-001  advbase 1",
        "        router-002  advbase 3",
        "  fix   router-002  set it alike:",
        f"                      {COMMAND}",
        "",
    ]


def test_the_last_lines_count_and_name_what_an_upgrade_would_be_refused_for() -> None:
    assert render_diagnosis(ILL).splitlines()[-2:] == [
        "an upgrade would be refused for carp",
        "4 looked at: 1 critical, 1 cannot be told, 1 note",
    ]


def test_a_narrow_terminal_wraps_sentences_and_no_command() -> None:
    lines = render_diagnosis(ILL, 60).splitlines()

    assert f"                      {COMMAND}" in lines
    assert all(len(line) <= 60 for line in lines if COMMAND not in line)


def test_programs_get_everything_in_one_document() -> None:
    told = json.loads(diagnosis_json(ILL))

    assert told["ok"] is False
    assert told["checks"] == [
        {"name": "carp", "ok": False, "reasons": [BAD.sentence]},
        {"name": "clock", "ok": True, "reasons": []},
    ]
    assert told["looks"][2] == {"name": "versions", "ok": True, "findings": ["packages-differ"]}
    assert told["looks"][3]["ok"] is False
    assert told["findings"][0]["fix"] == [
        {"on": "router-002", "do": "set it alike", "type": COMMAND}
    ]


def test_a_note_alone_leaves_a_pair_well_and_what_cannot_be_told_does_not() -> None:
    assert Diagnosis((), (("versions", (NOTE,)),)).is_well
    assert not Diagnosis((), (("states", (UNKNOWN,)),)).is_well
