"""What setkey(8) shows is read; a key in it reaches nobody."""

import json
import os
import subprocess
from pathlib import Path
from shutil import which

import pytest
from emulated import A_ROUTER, Router
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.cli.parse import parse
from bluegreen.emulator.setkey import EXAMPLE_KEYS, render_sad, render_spd
from bluegreen.errors import ParseError
from bluegreen.freebsd.ipsec import read_ipsec
from bluegreen.freebsd.setkey import NO_SAD, NO_SPD, SAD_AWK, parse_sad, parse_spd, strike
from bluegreen.model.command import Output
from bluegreen.model.facts import Unknown
from bluegreen.model.ipsec import Ipsec, IpsecPolicy, Sa

NEAR, FAR = "198.51.100.230", "203.0.113.30"
AWKS = [a for a in ("awk", "original-awk", "busybox awk", "gawk") if which(a.split()[0])]
"""Those that this machine has: FreeBSD's is the one true awk, original-awk on Debian."""
KEYS = ("6047c0a9", "b002ae5a", "08681d2a", "a27c176b", "26068868")
# The layout of a dump that went to a mailing list, with other addresses and another key.
SAD = f"""\
{FAR} {NEAR}
\tesp mode=transport spi=186578041(0x0b1ef479) reqid=0(0x00000000)
\tE: aes-cbc  6047c0a9 b1244f40 37937606 2246d408 f3de362c 31f21b89 4cab6800 abde86ff
 b002ae5a 08681d2a d55c99fa ad2a626d d1f3a064 15f898d1
\tA: hmac-sha1  a27c176b 40e0f619 c3a16111 72742867 acfc9b89
\tseq=0x00000000 replay=4 flags=0x00000000 state=mature\x20
\tcreated: Jul 20 20:05:25 2003\tcurrent: Jul 20 20:06:58 2003
\tdiff: 93(s)\thard: 120(s)\tsoft: 96(s)
\tlast:                     \thard: 0(s)\tsoft: 0(s)
\tcurrent: 0(bytes)\thard: 0(bytes)\tsoft: 0(bytes)
\tallocated: 0\thard: 0\tsoft: 0
\tsadb_seq=1 pid=2052 refcnt=0
{NEAR}[4500] {FAR}[4500]
\tesp-udp mode=tunnel spi=55613933(0x035099ed) reqid=16385(0x00004001)
\tNAT: OAI=192.0.2.1
\tE: aes-gcm-16  26068868 78cd42f7
\tseq=0x00000000 replay=4 flags=0x00000000 state=dying\x20
\tsadb_seq=0 pid=2052 refcnt=0
"""
SPD = f"""\
{FAR}[any] {NEAR}[any] gre
\tin ipsec
\tesp/transport//require
\tcreated: Nov 30 14:00:00 2026  lastused: Nov 30 14:00:00 2026
\tlifetime: 0(s) validtime: 0(s)
\tspid=1 seq=1 pid=4242 scope=global\x20
\trefcnt=1
2001:db8::/64 ::/0 icmp6 135,0
\tout none
\tspid=2 seq=0 pid=4242 scope=ifnet ifname=ipsec0
\trefcnt=1
(no selector, probably per-socket policy)\x20
\tin entrust
\tspid=3 seq=0 pid=4242 scope=pcb\x20
\trefcnt=1
"""
WHEN_S = 1_800_000_000.0


def test_associations_are_read_with_ends_spi_mode_state_and_lifetimes() -> None:
    assert parse_sad(SAD) == (
        Sa(FAR, NEAR, "esp", "transport", 186578041, "mature", 0, 93, 120, 96),
        Sa(NEAR, FAR, "esp-udp", "tunnel", 55613933, "dying", 16385),
    )


def test_policies_are_read_and_those_of_a_socket_are_left_out() -> None:
    assert parse_spd(SPD) == (
        IpsecPolicy(
            f"{FAR}[any]", f"{NEAR}[any]", "gre", "in", "ipsec", ("esp/transport//require",)
        ),
        IpsecPolicy("2001:db8::/64", "::/0", "icmp6 135,0", "out", "none"),
    )


def test_nothing_is_an_answer_only_where_it_is_said() -> None:
    assert parse_sad(f"{NO_SAD}\n") == ()
    assert parse_spd(f"{NO_SPD}\n") == ()
    for read in (parse_sad, parse_spd):
        with pytest.raises(ParseError):
            read("")


@pytest.mark.parametrize("lost", ["\tesp mode=", "\tseq=0x", "\tsadb_seq=1"])
def test_an_association_that_is_cut_short_is_refused(lost: str) -> None:
    whole = SAD.splitlines(keepends=True)
    cut = "".join(line for line in whole if not line.startswith(lost))

    with pytest.raises(ParseError, match="is cut short"):
        parse_sad(cut)


def test_a_policy_that_is_cut_short_is_refused() -> None:
    with pytest.raises(ParseError, match="is cut short"):
        parse_spd(SPD.partition("\tlifetime")[0])


def test_an_error_of_setkey_is_told() -> None:
    with pytest.raises(ParseError, match="Operation not permitted"):
        parse_sad("Operation not permitted.\n")


def test_a_key_is_struck_out_also_where_it_goes_on_in_the_next_line() -> None:
    said = strike(SAD)

    assert not [key for key in KEYS if key in said]
    assert said.count("E: ***") == 2
    assert parse_sad(said) == parse_sad(SAD)


@given(st.text(alphabet="EA:\t 0123456789abcdef\n", max_size=200))
def test_no_line_is_let_through_that_is_not_known(text: str) -> None:
    assert {line.strip() for line in strike(text).splitlines()} <= {"E: ***", "A: ***"} | {
        line.strip() for line in text.splitlines() if ":" in line.replace("E: ", "")
    }


lines = st.lists(st.sampled_from(f"{SAD}{SPD}".splitlines()), max_size=30)


@given(lines)
def test_lines_that_were_lost_or_mixed_up_are_read_or_refused(mixed: list[str]) -> None:
    complaints: list[str] = []
    for read in (parse_sad, parse_spd):
        try:
            read("\n".join(mixed))
        except ParseError as error:
            complaints.append(str(error))

    assert not [key for key in KEYS for told in complaints if key in told]


def test_no_key_is_in_what_parse_prints(tmp_path: Path) -> None:
    pasted = tmp_path / "sad"
    pasted.write_text(f"# setkey -D\n{SAD}# setkey -DP\n{SPD}")

    printed = parse("setkey", pasted)

    assert not [key for key in KEYS if key in printed]
    assert [sa["state"] for sa in json.loads(printed)["sas"]] == ["mature", "dying"]
    assert len(json.loads(printed)["policies"]) == 2


def test_no_key_is_in_the_error_about_an_output_that_is_not_understood(tmp_path: Path) -> None:
    pasted = tmp_path / "sad"
    pasted.write_text(SAD.replace("mode=", "MODE "))

    with pytest.raises(ParseError) as caught:
        parse("setkey", pasted)

    assert not [key for key in KEYS if key in str(caught.value)]
    assert "without its keys" in caught.value.next_move


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize("said", [SAD, f"{NO_SAD}\n", "", "Operation not permitted.\n"])
def test_the_program_on_the_router_lets_through_what_we_do(
    tmp_path: Path, said: str, awk: str
) -> None:
    ended = _on_a_router(tmp_path, awk, said, code=0)

    assert (ended.stdout, ended.returncode) == (strike(said), 0)


@pytest.mark.parametrize("awk", AWKS)
def test_the_program_on_the_router_fails_where_setkey_fails(tmp_path: Path, awk: str) -> None:
    ended = _on_a_router(tmp_path, awk, "", code=1)

    assert (ended.stdout, ended.returncode) == ("", 1)
    assert "Protocol not supported" in ended.stderr


def _on_a_router(
    tmp_path: Path, awk: str, said: str, code: int
) -> subprocess.CompletedProcess[str]:
    (tmp_path / "said").write_text(said)
    program = tmp_path / "setkey"
    complaint = "" if code == 0 else "echo pfkey_open: Protocol not supported >&2; "
    program.write_text(f"#!/bin/sh\n{complaint}cat '{tmp_path}/said'; exit {code}\n")
    program.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    return subprocess.run(
        [*awk.split(), SAD_AWK],
        env={"PATH": path, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_the_emulator_renders_is_read_as_it_was() -> None:
    sas = (
        Sa(FAR, NEAR, "esp", "transport", 3221225475, "mature", 1, 93, 3600, 3240),
        Sa(NEAR, FAR, "esp", "tunnel", 3221225474, "larval", 1, 0, 0, 0),
    )
    policies = parse_spd(SPD)

    assert parse_sad(render_sad(sas, WHEN_S)) == sas
    assert parse_spd(render_spd(policies, WHEN_S)) == policies
    assert EXAMPLE_KEYS[0] in render_sad(sas, WHEN_S)


def test_a_kernel_without_ipsec_says_so() -> None:
    output = Router(A_ROUTER).run("awk", SAD_AWK)

    assert (output.stdout, output.code) == ("", 1)
    assert output.stderr == "pfkey_open: Protocol not supported\n"


@pytest.mark.parametrize(
    ("sad", "spd", "why"),
    [
        (Output("", "pfkey_open: Protocol not supported\n", 1), Output(SPD), "Protocol not"),
        (Output("", "recv: Resource temporarily unavailable\n"), Output(SPD), "Resource temp"),
        (Output(SAD), Output(""), "it printed nothing"),
        (Output(SAD.replace("refcnt", "ref")), Output(SPD), "is cut short"),
    ],
)
def test_what_setkey_does_not_tell_is_unknown(sad: Output, spd: Output, why: str) -> None:
    said = read_ipsec(sad, spd, None)

    assert isinstance(said, Unknown)
    assert why in said.unknown


def test_strongswan_is_there_or_not_or_silent() -> None:
    whole = (Output(SAD), Output(f"{NO_SPD}\n"))
    refused = "no files found\nError: connecting to 'default' URI failed: refused\nusage:\n"

    absent = read_ipsec(*whole, Output("", "sh: swanctl: not found\n", 127))
    silent = read_ipsec(*whole, Output("", refused, 61))
    up = read_ipsec(*whole, Output(""))

    told = [(s.ike, s.silent) for s in (absent, silent, up) if isinstance(s, Ipsec)]
    assert told == [(None, None), (None, "connecting to 'default' URI failed: refused"), ((), None)]
