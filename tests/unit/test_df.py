"""Free space as df shows it."""

import pytest

from bluegreen.errors import ParseError
from bluegreen.freebsd.df import parse_df
from bluegreen.model.storage import Space

HEADER = "Filesystem         1024-blocks    Used    Avail Capacity  Mounted on\n"


def test_each_path_has_its_line() -> None:
    text = f"root@r1:~ # df -k / /var/log\n{HEADER}"
    text += "zroot/ROOT/default    20000000 5000000 15000000    25%    /\n"
    text += "/dev/ada0p4 100 109 -9 109% /mnt/a b\nroot@r1:~ #\n"

    assert parse_df(text) == (
        Space("zroot/ROOT/default", 15_000_000, "/"),
        Space("/dev/ada0p4", -9, "/mnt/a b"),
    )


def test_a_long_device_name_has_its_numbers_on_the_next_line() -> None:
    text = f"{HEADER}/dev/gptid/aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee\n"
    text += "                       20000000 5000000 15000000    25%    /\n"

    assert parse_df(text) == (
        Space("/dev/gptid/aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", 15_000_000, "/"),
    )


def test_the_columns_of_type_and_inodes_are_passed_over() -> None:
    text = "Filesystem Type 1M-blocks Used Avail Capacity iused ifree %iused Mounted on\n"
    text += "/dev/ada0p2 ufs 100 20 80 20% 10 100 9% /\n"

    assert parse_df(text) == (Space("/dev/ada0p2", 80 * 1024, "/"),)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no output of `df -k`"),
        ("Filesystem 512-blocks Used Avail Capacity Mounted on\n", "df counts in '512-blocks'"),
        ("Filesystem Size Used Avail Capacity Mounted on\n/x 1G 1G 1G 1% /", "counts in 'Size'"),
        (f"{HEADER}/dev/ada0p2 100 20", "cannot be read: '/dev/ada0p2 100 20'"),
        (f"{HEADER}100 20 80 20% /", "cannot be read"),
        (f"{HEADER}/dev/gptid/aaaa\n", "without its numbers"),
        (f"{HEADER}df: /x: No such file or directory", "No such file"),
    ],
)
def test_what_is_not_a_whole_answer_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        parse_df(text)


def test_a_number_that_no_disk_has_is_refused() -> None:
    text = f"{HEADER}zroot/ROOT/default 20000000 5000000 {'9' * 5000} 25% /\n"

    with pytest.raises(ParseError, match="cannot be read"):
        parse_df(text)
