"""What a boot would make of CARP, how it is edited, and that no password leaves a router."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bluegreen.errors import ParseError, RefusedError
from bluegreen.freebsd.rcconf import (
    REDACTING_AWK,
    RcVhid,
    apply_edit,
    parse_rc,
    parse_rcconf_text,
    parse_redacted,
    persist_edits,
    redact,
)
from bluegreen.model.system import RcFile

FIXTURE = (Path(__file__).parents[1] / "fixtures/freebsd/rc.conf").read_text()
AWKS = [
    name
    for name in ("awk", "mawk", "gawk", "original-awk", "bwk")
    if shutil.which(name) is not None
]


def rc(path: str, *lines: str) -> RcFile:
    return RcFile(path, lines)


def one(*lines: str) -> RcVhid:
    (row,) = parse_rc((rc("/etc/rc.conf", *lines),))
    return row


def refusal(*lines: str) -> str:
    with pytest.raises(ParseError) as refused:
        parse_rc((rc("/etc/rc.conf", *lines),))
    return refused.value.what


def edited(*lines: str, skew: dict[tuple[str, int], int]) -> list[str]:
    (edit,) = persist_edits((rc("/etc/rc.conf", *lines),), skew)
    return apply_edit("\n".join(lines), edit.expressions).split("\n")


def test_every_spelling_of_a_vhid_is_read_with_its_line_and_addresses() -> None:
    rows = parse_rcconf_text(FIXTURE)

    assert [(r.line, r.interface, r.vhid, r.advskew, r.addresses) for r in rows] == [
        (5, "vmx0", 2, 100, ("192.0.2.230",)),
        (6, "vmx0", 2, 100, ("2001:db8::230",)),
        (7, "vmx1_100", 23, 50, ("10.30.16.34",)),
        (8, "vmx2", 3, 0, ("198.51.100.1",)),
        (9, "vmx2", 4, 10, ("198.51.100.2",)),
        (10, "vmx2", 5, 20, ("198.51.100.5", "198.51.100.6", "198.51.100.7")),
        (11, "vmx3", 6, 7, ("203.0.113.1",)),
        (12, "vmx3", 7, 0, ("2001:db8:3::1",)),
        (13, "vmx4", 1, 0, ("192.168.2.254",)),
    ]
    assert rows[0] == RcVhid(
        path="-",
        line=5,
        variable="ifconfig_vmx0_alias0",
        interface="vmx0",
        vhid=2,
        advskew=100,
        peer="192.0.2.11",
        addresses=("192.0.2.230",),
    )
    assert [(r.advbase, r.peer6, r.vrrp) for r in rows[5:]] == [
        (2, None, False),
        (None, None, False),
        (None, "2001:db8:3::2", False),
        (None, None, True),
    ]
    assert "opensesame" not in repr(rows)


def test_the_last_definition_of_a_variable_is_the_one_a_boot_uses() -> None:
    files = (
        rc("/etc/rc.conf.d/netif/carp", 'ifconfig_em0_alias0="inet vhid 2 advskew 30"'),
        rc("/etc/rc.conf.local", 'ifconfig_em0_alias0="inet vhid 2 advskew 20"'),
        rc(
            "/etc/rc.conf",
            'ifconfig_em0_alias0="inet vhid 2 advskew 10"',
            'ifconfig_em1_alias0="inet vhid 3 advskew 11"',
            'ifconfig_em1_alias0="inet vhid 3 advskew 12"',
        ),
    )

    rows = parse_rc(files)

    assert [(r.path, r.line, r.interface, r.advskew) for r in rows] == [
        ("/etc/rc.conf", 3, "em1", 12),
        ("/etc/rc.conf.d/netif/carp", 1, "em0", 30),
    ]


def test_files_that_netif_does_not_source_count_for_nothing() -> None:
    line = 'ifconfig_em0_alias0="inet vhid 2 advskew 30"'
    paths = ("/etc/rc.conf.d/netif/.carp", "/etc/rc.conf.d/sshd", "/etc/rc.conf.d/netif/old/carp")

    assert parse_rc(tuple(rc(path, line) for path in paths)) == ()


def test_a_password_is_passed_over_whatever_it_looks_like() -> None:
    rows = [
        one('ifconfig_em0_alias0="inet vhid 2 pass advskew advskew 9 alias 192.0.2.1/32"'),
        one('ifconfig_em0_alias0="inet vhid 2 pass \\"vhid 7\\" advskew 9 alias 192.0.2.1/32"'),
        one("ifconfig_em0_alias0=\"inet vhid 2 pass 'vhid 7' advskew 9 alias 192.0.2.1/32\""),
        one("ifconfig_em0_alias0='inet vhid 2 pass $a#b advskew 9 alias 192.0.2.1/32'"),
    ]

    assert [(r.vhid, r.advskew, r.addresses) for r in rows] == [(2, 9, ("192.0.2.1",))] * 4


def test_prose_prompts_and_comments_around_a_paste_are_passed_over() -> None:
    text = (
        "Here's what I have, isn't it?\nroot@fw:~ # cat /etc/rc.conf\n"
        '# ifconfig_em0_alias0="inet vhid 9"\n  ifconfig_em0_alias0="inet vhid 2"; foo=1\n'
    )

    (row,) = parse_rcconf_text(text)

    assert (row.line, row.vhid) == (4, 2)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('ifconfig_em0_alias0="inet vhid {{ vhid }} advskew 0"', "vhid wants a number, not '{{'"),
        ('ifconfig_em0_alias0="inet vhid 2 advskew ${SKEW}"', "advskew wants a number"),
        ('ifconfig_em0_alias0="inet vhid $1"', "vhid wants a number, not '$1'"),
        ('ifconfig_em0_alias0="inet vhid"', "vhid wants a number, not 'nothing'"),
        ('ifconfig_em0_alias0="inet vhid 2x"', "vhid wants a number"),
        ('ifconfig_em0_alias0="inet vhid 256"', "vhid is 1 to 255"),
        ('ifconfig_em0_alias0="inet vhid 2 advskew 255"', "advskew is 0 to 254"),
        ('ifconfig_em0_alias0="inet vhid 2 advskew foo"', "advskew wants a number"),
        ('ifconfig_em0_alias0="inet vhid 2 advskew 1 advskew 2"', "advskew twice"),
        ('ifconfig_em0_alias0="inet advskew 1 vhid 2"', "advskew before its vhid"),
        ('ifconfig_em0_alias0="inet vhid 2 peer router-001"', "peer wants an address"),
        ('ifconfig_em0_alias0="inet vhid 2 alias ${VIP}/32"', "'${VIP}/32' stands where"),
        ('ifconfig_em0_alias0="inet vhid 2 $EXTRA"', "'$EXTRA' stands where a value"),
        ('ifconfig_em0_alias0="inet vhid 2 alias 192.0.2.300/32"', "'192.0.2.300/32' stands"),
        ('ifconfig_em0_aliases="${ifconfig_em0_aliases} inet vhid 2"', "extends itself"),
        ('ifconfig_em0_alias0="inet vhid 2 advskew 1', "a quote that is never closed"),
        ('ifconfig_{{ device }}_alias0="inet vhid {{ vhid }}"', "a template's placeholder"),
        ('test -f /x && ifconfig_em0_alias0="inet vhid 2"', "no plain assignment"),
        ('foo=1 && ifconfig_em0_alias0="inet vhid 2"', "no plain assignment"),
    ],
)
def test_what_is_not_said_outright_is_refused_by_file_and_line(line: str, reason: str) -> None:
    told = refusal('hostname="fw"', line)

    assert told.startswith("/etc/rc.conf: line 2: ")
    assert reason in told


def test_a_vhid_that_depends_on_a_condition_is_refused() -> None:
    told = refusal(
        "if [ $(hostname) = fw1 ]; then",
        '  ifconfig_em0_alias0="inet vhid 2 advskew 0 pass opensesame"',
        "fi",
    )

    assert told.startswith("/etc/rc.conf: line 2: a vhid that depends on a condition")
    assert "opensesame" not in told


def test_what_follows_a_condition_is_read() -> None:
    row = one("if [ -f /x ]; then", "  foo=1", "fi", 'ifconfig_em0_alias0="inet vhid 2"')

    assert row.line == 4


@pytest.mark.parametrize("text", ["", "carp: MASTER vhid 1\n"])
def test_what_is_no_rc_conf_is_refused(text: str) -> None:
    with pytest.raises(ParseError) as refused:
        parse_rcconf_text(text)

    assert "this is no rc.conf" in refused.value.what


def test_an_rc_conf_without_carp_has_no_vhids() -> None:
    assert parse_rcconf_text('hostname="fw"\n') == ()


def test_a_written_skew_is_changed_and_a_missing_one_added() -> None:
    lines = (
        'ifconfig_em0_alias0="inet vhid 2 advskew 100 pass *** alias 192.0.2.1/32"',
        'ifconfig_em0_alias1="inet6 vhid 2 pass *** alias 2001:db8::1/128"  # same vhid',
    )

    (edit,) = persist_edits((rc("/etc/rc.conf", *lines),), {("em0", 2): 240})

    assert edit.path == "/etc/rc.conf"
    assert edit.expressions == (
        "1s/advskew 100/advskew 240/",
        "2s/vhid 2/vhid 2 advskew 240/",
    )


def test_of_several_vhids_on_a_line_each_gets_its_own_skew() -> None:
    line = (
        'ifconfig_em0_aliases="inet 192.0.2.1/32 vhid 23 pass *** inet 192.0.2.2/32 vhid 2'
        ' inet 192.0.2.3/32 vhid 4 advskew 10 inet 192.0.2.4/32 vhid 5 advskew 100"'
    )
    skew = {("em0", 23): 200, ("em0", 2): 201, ("em0", 4): 202, ("em0", 5): 203}

    (changed,) = edited(line, skew=skew)

    assert changed == (
        'ifconfig_em0_aliases="inet 192.0.2.1/32 vhid 23 advskew 200 pass ***'
        " inet 192.0.2.2/32 vhid 2 advskew 201"
        ' inet 192.0.2.3/32 vhid 4 advskew 202 inet 192.0.2.4/32 vhid 5 advskew 203"'
    )


def test_the_interface_of_a_vlan_is_found_under_the_name_its_variable_has() -> None:
    lines = ('ifconfig_vmx1_100_alias0="vhid 23 advskew  50 alias 192.0.2.1/32"',)

    assert edited(*lines, skew={("vmx1.100", 23): 240}) == [
        'ifconfig_vmx1_100_alias0="vhid 23 advskew  240 alias 192.0.2.1/32"'
    ]


def test_a_skew_that_is_there_already_needs_no_edit() -> None:
    files = (rc("/etc/rc.conf", 'ifconfig_em0_alias0="inet vhid 2 advskew 240"'),)

    assert persist_edits(files, {("em0", 2): 240}) == ()


def test_a_vhid_in_no_file_is_refused_by_name() -> None:
    files = (rc("/etc/rc.conf", 'ifconfig_em0_alias0="inet vhid 2 advskew 100"'),)

    with pytest.raises(RefusedError) as refused:
        persist_edits(files, {("em0", 2): 240, ("em1", 3): 240})

    assert refused.value.what == "vhid 3 on em1: in no file that a boot reads"


@pytest.mark.parametrize(
    "lines",
    [
        ('ifconfig_em0_alias0="inet vhid 2 advskew', '100"'),
        ('ifconfig_em0_alias0="inet vhid 2 advskew 1\\', '00"'),
        ('ifconfig_em0_alias0="inet vhid 2 vrrpprio 101 carpver 3"',),
    ],
)
def test_what_cannot_be_edited_on_one_line_is_refused(lines: tuple[str, ...]) -> None:
    with pytest.raises(RefusedError):
        persist_edits((rc("/etc/rc.conf", *lines),), {("em0", 2): 240})


def test_an_expression_of_another_kind_is_not_applied() -> None:
    with pytest.raises(ValueError, match="not an expression"):
        apply_edit("x\n", ("1d",))


vhids = st.lists(
    st.tuples(st.integers(1, 255), st.none() | st.integers(0, 254), st.integers(0, 254)),
    min_size=1,
    max_size=6,
    unique_by=lambda v: v[0],
)


@settings(deadline=None)
@given(vhids=vhids, per_line=st.integers(1, 3), blank=st.sampled_from([" ", "  ", "\t"]))
def test_sed_and_we_agree_and_a_boot_then_has_the_wanted_skews(
    vhids: list[tuple[int, int | None, int]], per_line: int, blank: str
) -> None:
    entries = [
        blank.join(["inet", f"192.0.2.{v}/32", "vhid", str(v), "pass", "***"])
        + (f" advskew{blank}{old}" if old is not None else "")
        for v, old, _ in vhids
    ]
    rows = [" ".join(entries[i : i + per_line]) for i in range(0, len(entries), per_line)]
    lines = ("# head", *('ifconfig_em0_aliases="' + "\n".join(rows) + '"').split("\n"), "# vhid 2")
    wanted = {("em0", v): new for v, _, new in vhids}
    edits = persist_edits((rc("/etc/rc.conf", *lines),), wanted)
    assume(edits)
    text = "\n".join(lines) + "\n"
    words = [word for e in edits[0].expressions for word in ("-e", e)]

    by_sed = subprocess.run(
        ["sed", *words], input=text, capture_output=True, text=True, check=True
    ).stdout

    assert apply_edit(text, edits[0].expressions) == by_sed
    assert {(r.interface, r.vhid): r.advskew for r in parse_rcconf_text(by_sed)} == wanted


REDACTIONS = [
    ('a="vhid 2 pass opensesame alias x"', 'a="vhid 2 pass *** alias x"'),
    ('a="vhid 2 pass opensesame"', 'a="vhid 2 pass ***"'),
    ('a="vhid 2 pass opensesame"; b=1', 'a="vhid 2 pass ***"; b=1'),
    ("a='vhid 2 pass opensesame'", "a='vhid 2 pass ***'"),
    ("a='vhid 2 pass open\"sesame alias x'", "a='vhid 2 pass *** alias x'"),
    ('a="vhid 2 pass \\"open sesame\\" alias x"', 'a="vhid 2 pass *** alias x"'),
    ('a="vhid 2 pass \\"open sesame\\""', 'a="vhid 2 pass ***"'),
    ("a=\"vhid 2 pass 'open sesame' alias x\"", 'a="vhid 2 pass *** alias x"'),
    ('a="vhid 2\tpass\t\topensesame"', 'a="vhid 2\tpass\t\t***"'),
    ('# a="vhid 2 pass opensesame"', '# a="vhid 2 pass ***"'),
    ('a="vhid 2 pass \\\n  opensesame alias x"', 'a="vhid 2 pass \\\n  *** alias x"'),
    ('a="vhid 2 pass\n  opensesame alias x"', 'a="vhid 2 pass\n  *** alias x"'),
    ('a="vhid 2 pass open\\\nsesame alias x"', 'a="vhid 2 pass ***\\\n*** alias x"'),
    ("# the second pass\nifconfig_em0=x", "# the second pass\nifconfig_em0=x"),
    ('wpa_psk="open sesame"', "wpa_psk=***"),
    ("my_Secret=opensesame # why", "my_Secret=*** # why"),
    ("export DB_PASSWORD='open sesame' x=1", "export DB_PASSWORD=*** x=1"),
    ('api_key="open\nsesame\nmore" x=1', "api_key=***\n***\n*** x=1"),
    ('app_flags="--api-key=opensesame -v"', 'app_flags="--api-key=*** -v"'),
    ('ifconfig_key0="inet vhid 2 pass opensesame"', 'ifconfig_key0="inet vhid 2 pass ***"'),
    ('bypass="x" compass y', 'bypass="x" compass y'),
]


@pytest.mark.parametrize(("text", "struck"), REDACTIONS)
def test_secrets_are_struck_out_and_nothing_else(text: str, struck: str) -> None:
    assert redact(text) == struck
    assert redact(struck) == struck


@pytest.mark.parametrize("awk", AWKS)
def test_awk_on_the_router_strikes_out_the_same(awk: str, tmp_path: Path) -> None:
    files = [tmp_path / f"{number:02}" for number in range(len(REDACTIONS))]
    for file, (text, _) in zip(files, REDACTIONS, strict=True):
        file.write_text(text + "\n")

    printed = subprocess.run(
        [awk, REDACTING_AWK, *map(str, files)], capture_output=True, text=True, check=True
    ).stdout

    assert parse_redacted(printed) == tuple(
        RcFile(str(file), tuple(struck.split("\n")))
        for file, (_, struck) in zip(files, REDACTIONS, strict=True)
    )


ATOMS = st.sampled_from(
    [
        "pass ",
        "pass",
        "pass\t",
        " ",
        '"',
        "'",
        "\\",
        '\\"',
        "x",
        "s3cr#t",
        "my_key=",
        "psk='",
        ";",
        "#",
        "\n",
        "\n",
        'ifconfig_em0="vhid 2 ',
        '192.0.2.1/32"',
        "--key=",
        "a=b",
        "***",
        "é",
        "export DB_PASSWORD=",
        '"open sesame"',
    ]
)


@settings(deadline=None)
@given(text=st.lists(ATOMS, max_size=40).map("".join))
def test_awk_and_python_agree_on_any_text(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "any"
    file.write_text(text + "\n")

    printed = subprocess.run(
        ["awk", REDACTING_AWK, str(file)], capture_output=True, text=True, check=True
    ).stdout

    assert printed == f"==> {file}\n{redact(text)}\n"


PASSWORD = st.text("abc\"'$#;&|*{}=<>é", min_size=1, max_size=8).map(lambda t: f"Zz{t}zZ")


@given(password=PASSWORD, quote=st.sampled_from(['"', "'"]), end=st.sampled_from(["", " vhid 9"]))
def test_no_password_passes_and_the_rest_reads_the_same(
    password: str, quote: str, end: str
) -> None:
    assume(quote not in password)
    line = (
        f"ifconfig_em0_alias0={quote}inet 192.0.2.1/32 vhid 2 advskew 7 pass {password}{end}{quote}"
    )

    struck = redact(line)

    assert "Zz" not in struck
    assert "zZ" not in struck
    assert parse_rcconf_text(struck) == parse_rcconf_text(line)


def test_what_the_router_prints_is_read_back_file_by_file() -> None:
    text = '==> /etc/rc.conf\na="b"\n\n==> /etc/rc.conf.d/netif/carp\nc=1\n'

    assert parse_redacted(text) == (
        RcFile("/etc/rc.conf", ('a="b"', "")),
        RcFile("/etc/rc.conf.d/netif/carp", ("c=1",)),
    )


def test_no_files_print_nothing() -> None:
    assert parse_redacted("") == ()


@pytest.mark.parametrize("text", ["a=b\n", "a=b\n==> /etc/rc.conf\n"])
def test_lines_before_the_first_files_name_are_refused(text: str) -> None:
    with pytest.raises(ParseError) as refused:
        parse_redacted(text)

    assert "`==> PATH` is wanted" in refused.value.what
