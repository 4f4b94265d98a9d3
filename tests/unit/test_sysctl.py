"""What parse_sysctl reads, and what a run depends on of it."""

from pathlib import Path

import pytest

from bluegreen.errors import ParseError
from bluegreen.freebsd.sysctl import boot_time_s, carp_sysctls, parse_sysctl
from bluegreen.model.carp import CarpSysctls

FIXTURE = (Path(__file__).parents[1] / "fixtures/freebsd/sysctl-14.txt").read_text()


def test_names_and_values_are_read_in_both_spellings() -> None:
    values = parse_sysctl("net.inet.carp.allow: 1\nnet.inet.carp.preempt=0\nkern.hostname:\n")

    assert dict(values) == {
        "net.inet.carp.allow": "1",
        "net.inet.carp.preempt": "0",
        "kern.hostname": "",
    }


def test_carp_is_read_with_its_demotion_and_factors() -> None:
    read = carp_sysctls(parse_sysctl(FIXTURE))

    assert read == CarpSysctls(
        allow=True,
        preempt=False,
        demotion=-240,
        ifdown_demotion_factor=240,
        senderr_demotion_factor=0,
        log=2,
        dscp=56,
    )


def test_older_releases_without_dscp_are_read() -> None:
    text = "".join(line for line in FIXTURE.splitlines(True) if "dscp" not in line)

    assert carp_sysctls(parse_sysctl(text)).dscp is None


def test_the_time_of_the_boot_is_read_with_its_fraction() -> None:
    assert boot_time_s(parse_sysctl(FIXTURE)) == 1732262400.123456


def test_prompts_and_prose_are_passed_over() -> None:
    text = "root@fw1:~ # sysctl net.inet.carp\n# a remark\nIt says:\n" + FIXTURE + "root@fw1:~ #\n"

    assert parse_sysctl(text) == parse_sysctl(FIXTURE)


def test_setting_a_value_prints_the_old_and_the_new_and_the_new_one_counts() -> None:
    values = parse_sysctl("net.inet.carp.demotion: 0 -> 240\n")

    assert values["net.inet.carp.demotion"] == "240"


def test_an_unknown_oid_is_missing_and_whoever_needs_it_says_so() -> None:
    text = FIXTURE.replace(
        "net.inet.carp.preempt: 0", "sysctl: unknown oid 'net.inet.carp.preempt'"
    )

    with pytest.raises(ParseError) as refused:
        carp_sysctls(parse_sysctl(text))

    assert refused.value.what == "net.inet.carp.preempt is missing: is carp.ko loaded?"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("net.inet.carp.dem", "line 2: sysctl line not understood: 'net.inet.carp.dem'"),
        ("net.inet.carp.demotion 240", "line 2: sysctl line not understood"),
    ],
)
def test_a_cut_line_about_carp_is_refused(line: str, reason: str) -> None:
    with pytest.raises(ParseError) as refused:
        parse_sysctl("net.inet.carp.allow: 1\n" + line + "\n")

    assert refused.value.what.startswith(reason)


@pytest.mark.parametrize("value", ["", "on", "2x", "1.5"])
def test_a_value_that_is_no_number_is_refused(value: str) -> None:
    values = parse_sysctl(
        FIXTURE.replace("carp.demotion: -240", f"carp.demotion: {value}"),
    )

    with pytest.raises(ParseError) as refused:
        carp_sysctls(values)

    assert refused.value.what == f"net.inet.carp.demotion: {value!r} is no number"


@pytest.mark.parametrize("text", ["", "Hello\n", "vmx0.7: flags=8843<UP>\n\tcarp: MASTER vhid 1\n"])
def test_what_is_not_sysctls_output_is_refused(text: str) -> None:
    with pytest.raises(ParseError) as refused:
        parse_sysctl(text)

    assert "this is not the output of sysctl" in refused.value.what


@pytest.mark.parametrize("text", ["a.b: 1\n", "kern.boottime: Fri Nov 22\n"])
def test_a_boot_without_a_time_is_refused(text: str) -> None:
    with pytest.raises(ParseError) as refused:
        boot_time_s(parse_sysctl(text))

    assert "kern.boottime" in refused.value.what
