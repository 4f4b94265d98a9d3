"""What freebsd-version and uname say, and how releases compare."""

from itertools import pairwise

import pytest

from bluegreen.errors import ParseError
from bluegreen.freebsd.version import parse_release, parse_versions
from bluegreen.model.release import Release
from bluegreen.model.system import Versions


def test_the_order_of_the_flags_does_not_change_the_order_of_the_answers() -> None:
    text = "root@r1:~ # freebsd-version -urk\n15.0-RELEASE\n14.3-RELEASE-p5\n14.3-RELEASE-p6\n"

    assert parse_versions(text) == Versions("15.0-RELEASE", "14.3-RELEASE-p5", "14.3-RELEASE-p6")


def test_flags_alone_say_which_answers_there_are() -> None:
    assert parse_versions("# freebsd-version -k\n14.3-STABLE").kernel == "14.3-STABLE"
    assert parse_versions("% freebsd-version -u -k\n15.0-RC1\n15.0-BETA2") == Versions(
        "15.0-RC1", None, "15.0-BETA2"
    )


def test_separate_calls_are_put_together() -> None:
    text = "$ freebsd-version -k\n14.3-RELEASE-p2\n$ freebsd-version\n14.3-RELEASE-p3\n"
    text += "$ uname -r\n14.3-RELEASE-p2\n"

    assert parse_versions(text) == Versions("14.3-RELEASE-p2", "14.3-RELEASE-p2", "14.3-RELEASE-p3")


def test_calls_on_one_line_are_answered_in_their_order() -> None:
    text = "freebsd-version -ku && uname -r\n14.3-RELEASE\n14.3-RELEASE-p1\n14.2-RELEASE\n"

    assert parse_versions(text) == Versions("14.3-RELEASE", "14.2-RELEASE", "14.3-RELEASE-p1")


def test_without_a_typed_call_three_lines_are_all_and_one_is_the_userland() -> None:
    assert parse_versions("1\n14.1-RELEASE\n14.0-RELEASE\n14.2-RELEASE") == Versions(
        "14.1-RELEASE", "14.0-RELEASE", "14.2-RELEASE"
    )
    assert parse_versions("14.3-RELEASE-p5\r\n") == Versions(None, None, "14.3-RELEASE-p5")


def test_a_remark_behind_an_answer_is_skipped() -> None:
    text = "# freebsd-version -kru # 三个版本\n14.3-RELEASE # 内核\n14.3-RELEASE\n14.3-RELEASE <- x"

    assert parse_versions(text).kernel == "14.3-RELEASE"


@pytest.mark.parametrize(
    "line",
    [
        "FreeBSD r1 14.3-RELEASE-p2 FreeBSD 14.3-RELEASE-p2 releng/14.3-n271432 GENERIC amd64",
        "FreeBSD 14.3-RELEASE-p2 GENERIC",
        "FreeBSD 14.3-RELEASE-p2 releng/14.3-n271432-8c9ce319fef7 GENERIC",
        "FreeBSD 14.3-RELEASE-p2 #0: Sat May 28 12:23:44 UTC 2016 root@x:/usr/obj GENERIC amd64",
        "FreeBSD 14.3-RELEASE-p2 amd64",
        "FreeBSD 14.3-RELEASE-p2",
    ],
)
def test_uname_knows_the_running_kernel_only(line: str) -> None:
    assert parse_versions(line) == Versions(None, "14.3-RELEASE-p2", None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no output"),
        ("Linux r1 5.15.0-91-generic x86_64 GNU/Linux", "no output"),
        ("FreeBSD 14.3-RELEASE is approaching its End-of-Life date.", "no output"),
        ("14.3-RELEASE\n14.3-RELEASE", "2 versions, and no typed command"),
        ("# freebsd-version -kru\n14.3-RELEASE\n14.3-RELEASE", "2 versions where 3 were asked"),
        ("# freebsd-version -k\n14.3-RELEASE-pX", "not a version that is known: '14.3-RELEASE-pX'"),
        ("# freebsd-version -j www\n14.3-RELEASE", "a jail"),
        ("freebsd-version: unable to locate kernel", "unable to locate kernel"),
        ("# uname -r\n14.2-RELEASE\n# uname -r\n14.3-RELEASE", "two answers for running"),
    ],
)
def test_what_cannot_be_told_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        parse_versions(text)


def test_a_release_is_read_whole() -> None:
    release = parse_release("14.3-RELEASE-p5")

    assert release == Release(14, 3, "RELEASE", 5)
    assert str(release) == "14.3-RELEASE-p5"
    assert release.base == "14.3-RELEASE"
    assert str(parse_release("15.0-RELEASE-p0")) == "15.0-RELEASE"


def test_releases_are_ordered_as_they_appear() -> None:
    names = (
        "13.5-RELEASE-p10 14.0-CURRENT 14.0-ALPHA1 14.0-BETA2 14.0-BETA10 14.0-RC1 14.0-RELEASE "
        "14.0-RELEASE-p2 14.0-RELEASE-p10 14.0-STABLE 14.1-PRERELEASE 14.1-RELEASE"
    )
    releases = [parse_release(name) for name in names.split()]

    assert all(older < newer for older, newer in pairwise(releases))
    assert parse_release("15.0-RELEASE") == parse_release("15.0-RELEASE-p0")


@pytest.mark.parametrize(
    "text",
    ["14.3", "14.3-RELEASE-5", "14.3-FOO", "x14.3-RELEASE", "", f"14.3-RELEASE-p{'9' * 5000}"],
)
def test_what_is_no_release_cannot_be_compared(text: str) -> None:
    with pytest.raises(ParseError, match="not a FreeBSD release"):
        parse_release(text)
