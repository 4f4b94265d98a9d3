"""Boot environments as bectl lists them."""

from pathlib import Path

import pytest

from bluegreen.errors import ParseError
from bluegreen.freebsd.bectl import parse_environments
from bluegreen.model.system import Environment

FIXTURES = Path(__file__).parent.parent / "fixtures" / "system"
HEADER = "BE        Active Mountpoint Space Created\n"


@pytest.mark.parametrize(
    ("flags", "now", "once", "following"),
    [
        ("N", True, False, False),
        ("R", False, False, True),
        ("T", False, True, False),
        ("NR", True, False, True),
        ("NT", True, True, False),
        ("RT", False, True, True),
        ("NRT", True, True, True),
        ("-", False, False, False),
    ],
)
def test_each_flag_says_one_thing(flags: str, now: bool, once: bool, following: bool) -> None:
    (found,) = parse_environments(f"{HEADER}green     {flags:6} - 8K 2026-11-20 09:00\n")

    assert found == Environment("green", now, following, once, None, "8K", "2026-11-20 09:00")


def test_names_and_mountpoints_may_hold_anything_but_a_line_end() -> None:
    text = f"{HEADER}my be (2) ü\tN\t/mnt/a b\t0\t2026-11-20 09:00\r\n"

    (found,) = parse_environments(text)

    assert (found.name, found.mountpoint, found.space) == ("my be (2) ü", "/mnt/a b", "0")


def test_of_all_datasets_only_the_roots_are_environments() -> None:
    text = (FIXTURES / "bectl-list-a-150.txt").read_text()

    assert parse_environments(text) == (
        Environment("default", True, False, False, "/", "3.81G", "2026-10-01 10:00"),
        Environment("green 15.0", False, True, False, None, "8K", "2026-11-20 09:00"),
    )


def test_prompts_remarks_and_prose_are_skipped() -> None:
    text = (
        f"Voici:\nroot@r1:~ # bectl list # toutes\n{HEADER}x NR / 1G 2026-11-20 09:00 # la nôtre\n"
    )
    text += "......\ny - - 1G 2026-11-21 09:00\n\nVoilà.\nroot@r1:~ # reboot\n"

    assert [found.name for found in parse_environments(text)] == ["x", "y"]


def test_the_same_list_twice_is_one_list() -> None:
    text = f"{HEADER}x NR / 1G 2026-11-20 09:00\n"

    assert len(parse_environments(f"{text}$ bectl list\n{text}")) == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no list of boot environments in this text"),
        ('libbe_init("") failed.', "no ZFS root"),
        ("Successfully mounted x at /mnt\n# bectl mount x /mnt", "was asked else"),
        (f"{HEADER}x NX / 8K 2026-11-20 09:00", "cannot be read: 'x NX / 8K"),
        (f"{HEADER}x NR /", "cannot be read: 'x NR /'"),
        ("x\tNR\t/\t8K", "cannot be read"),
        (f"{HEADER}x N / 8K 2026-11-20 09:00\nx R - 8K 2026-11-20 09:00", "listed twice"),
        (
            f"{HEADER}x N / 8K 2026-11-20 09:00\n{HEADER}y N / 8K 2026-11-20 09:00",
            "2 lists of boot environments that differ",
        ),
        (f"{HEADER}green\n  zroot/ROOT/green/var - - 8K 2026-11-20 09:00", "no root dataset"),
    ],
)
def test_half_a_list_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        parse_environments(text)
