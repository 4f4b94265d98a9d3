"""What `check` alone asks: counters, states, passwords that leave no router."""

import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest
from facts import BLUE, GREEN, a_pair, a_router, a_setting, unseen
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.emulator.carpcounters import Counters, render_carp, render_pfsync, render_states
from bluegreen.errors import ParseError
from bluegreen.freebsd.carpcounters import (
    parse_carp_counters,
    parse_pfsync_counters,
    parse_states,
)
from bluegreen.freebsd.exam import exam_questions, exam_script, read_exam
from bluegreen.freebsd.passes import PASSES_SH, parse_passes, passwords_in
from bluegreen.model.command import Output
from bluegreen.model.exam import PassDigest, RouterExam, Sample
from bluegreen.model.facts import PairFacts, Unknown
from bluegreen.policy.alone import checks_alone
from bluegreen.policy.checks import preflight
from bluegreen.policy.doctor import diagnose
from bluegreen.report.diagnosis import render_diagnosis
from bluegreen.report.documents import diagnosis_json

SALT = "5a17"
LINES = (
    'ifconfig_vmx1_alias0="inet vhid 2 advskew 100 pass first peer 203.0.113.2 alias 192.0.2.1/32"',
    "ifconfig_vmx0_alias0='inet vhid 3 pass \"quoted one\" alias 192.0.2.2/32'",
    'ifconfig_vmx0_alias1="inet vhid 4 pass $carp_pass alias 192.0.2.3/32"',
    'ifconfig_vmx0_alias2="inet vhid 5 alias 192.0.2.4/32"',
    'ifconfig_vmx0_aliases="inet vhid 6 pass a; inet vhid 7 pass b"',
    'ifconfig_vmx0_alias3="vhid 8\tpass\tlast"',
    "# nothing here",
)
FOUND = (("2", "first"), ("3", None), ("4", None), ("6", "a"), ("7", "b"), ("8", "last"))


def digest(word: str) -> str:
    return hashlib.sha256(f"{SALT} {word}".encode()).hexdigest()


def test_counters_are_read_as_netstat_prints_them() -> None:
    counters = Counters(ipackets=1, ipackets6=2, badlen=3, badauth=4, badvhid=5, opackets=6)

    text = render_carp(counters)

    assert text.startswith("carp:\n\t1 packet received (IPv4)\n\t2 packets received (IPv6)\n\t\t0")
    read = parse_carp_counters(text)
    assert (read.all_received, read.too_short, read.bad_auth, read.all_sent) == (3, 3, 4, 6)


def test_what_was_heeded_is_what_was_not_refused() -> None:
    read = parse_carp_counters(render_carp(Counters(ipackets=9, badauth=2, badvhid=3, badlen=1)))

    assert (read.heeded, read.vrrp) == (3, 1)


def test_counters_of_pfsync_are_both_families_and_a_stray_slash_is_passed_over() -> None:
    values = {"ipackets": 3, "ipackets6": 4, "opackets": 5, "badif": 7, "badver": 2}

    read = parse_pfsync_counters(render_pfsync(values))

    assert (read.received, read.sent, read.bad_version) == (7, 5, 2)


@pytest.mark.parametrize("text", ["", "carp:\n", "pfsync:\n\t1 packet received (IPv4)\n", "tcp:\n"])
def test_counters_that_are_not_all_there_are_refused(text: str) -> None:
    with pytest.raises(ParseError):
        parse_carp_counters(text)


def test_a_counter_that_was_reset_meanwhile_has_not_grown() -> None:
    before, after = (parse_carp_counters(render_carp(Counters(ipackets=n))) for n in (9, 2))

    assert Sample(before, after, 5.0).grown.received == 0


def test_the_number_of_states_is_read_from_the_table_s_head() -> None:
    assert parse_states(render_states(4711)) == 4711
    with pytest.raises(ParseError):
        parse_states("Status: Disabled\n")


def test_passwords_are_found_where_a_boot_finds_them() -> None:
    assert tuple(found for line in LINES for found in passwords_in(line)) == FOUND


def test_the_shell_finds_the_same_and_tells_digests_only(tmp_path: Path) -> None:
    conf = tmp_path / "rc.conf"
    conf.write_text("\n".join(LINES))
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "sha256").write_text("#!/bin/sh\nsha256sum\n")
    (programs / "sha256").chmod(0o755)

    said = subprocess.run(
        ["sh", "-c", PASSES_SH, "passes", SALT, str(conf)],
        env={"PATH": f"{programs}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )

    told = parse_passes(said.stdout)
    assert [(str(d.vhid), d.digest) for d in told] == [
        (vhid, word and digest(word)) for vhid, word in FOUND
    ]
    assert told[0] == PassDigest(str(conf), 1, 2, digest("first"))
    assert "first" not in said.stdout + said.stderr


def test_a_line_that_is_no_digest_is_refused_without_being_repeated_whole() -> None:
    with pytest.raises(ParseError):
        parse_passes("sh: pass secret: not found\n")


def answered(**other: Output) -> RouterExam:
    counters = Output(render_carp(Counters(ipackets=1)))
    said = {
        **dict.fromkeys(("carp", "carp again"), counters),
        "log": Output(""),
        "passwords": Output(""),
        **{name.replace("_", " "): output for name, output in other.items()},
    }
    return read_exam(BLUE, said, 5)


def test_a_kernel_that_has_said_nothing_of_carp_is_an_answer() -> None:
    assert answered().log == ()


@pytest.mark.parametrize(
    ("name", "fact"),
    [("carp_again", "carp"), ("log", "log"), ("passwords", "passwords"), ("states", "states")],
)
def test_a_question_that_was_refused_is_unknown_with_the_reason(name: str, fact: str) -> None:
    refused = Output("", "it: /dev/x: Permission denied\n", 1)

    found = getattr(answered(**{name: refused}), fact)

    assert found == Unknown("it: /dev/x: Permission denied")


def test_a_file_that_is_not_there_is_no_secret_that_is_kept() -> None:
    absent = Output("", "find: /etc/rc.conf.local: No such file or directory\n", 1)

    assert answered(passwords=absent).passwords == ()


def test_what_a_router_lacks_is_not_asked_for() -> None:
    asked = exam_questions(a_router(BLUE), 5, SALT)

    assert list(asked) == ["carp", "watch", "carp again", "log", "passwords"]
    assert exam_script(asked, 5).reads_only


PRINTED = st.text(max_size=200) | st.sampled_from(
    [render_carp(Counters()), render_pfsync({}), render_states(7), "carp: 1@em0: MASTER -> "]
)
NAMES = ("carp", "carp again", "pfsync", "pfsync again", "states", "log", "passwords")


@pytest.mark.parametrize("pair", [a_pair(), a_pair(green=unseen()), a_pair(blue=unseen(BLUE))])
@given(printed=st.lists(st.tuples(PRINTED, PRINTED, st.integers(0, 255)), min_size=7, max_size=7))
def test_whatever_a_router_prints_is_read_or_unknown_and_ends_no_check(
    printed: list[tuple[str, str, int]], pair: PairFacts
) -> None:
    said = {name: Output(*outputs) for name, outputs in zip(NAMES, printed, strict=True)}
    exams = {name: read_exam(name, said, 5) for name in (BLUE, GREEN)}
    setting = a_setting()
    checks = preflight(pair, setting) if pair.both() else checks_alone(pair, setting, {})

    diagnosis = diagnose(pair, checks, exams)

    assert json.loads(diagnosis_json(diagnosis))["looks"]
    assert render_diagnosis(diagnosis, 80)
