"""Every list of boot environments of a real machine is read right, or refused."""

from pathlib import Path

import pytest

from bluegreen.errors import ParseError
from bluegreen.freebsd.bectl import parse_environments
from bluegreen.model.system import Environment


def _default(space: str, created: str = "2025-01-14 20:36") -> Environment:
    return Environment("default", True, True, False, "/", space, created)


def _idle(name: str, space: str, created: str) -> Environment:
    return Environment(name, False, False, False, None, space, created)


READ = {
    "01-list-after-create": (
        _idle("15.0-RELEASE", "176K", "2025-12-05 22:27"),
        _default("10.6G"),
    ),
    "04-list-temporary-T": (
        Environment(
            "15.0-RELEASE", False, False, True, "/mnt/upgrade", "8.75G", "2025-12-05 23:22"
        ),
        _default("10.9G"),
    ),
    "06-list-auto-be-names": (
        _idle("0915", "4.00M", "2023-09-19 19:44"),
        _idle("13.2-RELEASE-p2_2023-09-13_141111", "29.0M", "2023-09-13 14:11"),
        _idle("new", "432K", "2023-09-20 15:17"),
        _default("40.8G", "2023-04-10 10:06"),
    ),
    "09-list-H-tab-separated": (
        _default("1.21G", "2026-10-01 10:00"),
        _idle("manual-1", "8K", "2026-10-05 12:30"),
        Environment("old_20261001", False, False, True, None, "512M", "2026-09-30 08:00"),
    ),
    "11-list-a-column-layout-fixture": (_default("1.21G", "2026-10-01 10:00"),),
}
REFUSED = {
    "02-mount": "bectl was asked else: '# bectl mount 15.0-RELEASE /mnt/upgrade'",
    "03-activate-t": "'Successfully activated boot environment 15.0-RELEASE'",
    "10-messages-from-source": "no ZFS root",
}


@pytest.mark.parametrize("name", READ)
def test_a_list_of_a_real_machine_is_read(corpus: Path, name: str) -> None:
    text = (corpus / "bectl" / f"bectl-{name}.txt").read_text()

    assert parse_environments(text) == READ[name]


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_list_is_refused(corpus: Path, name: str) -> None:
    text = (corpus / "bectl" / f"bectl-{name}.txt").read_text()

    with pytest.raises(ParseError, match=REFUSED[name]):
        parse_environments(text)


def test_no_file_of_the_corpus_is_left_out(corpus: Path) -> None:
    names = {path.stem.removeprefix("bectl-") for path in (corpus / "bectl").iterdir()}

    assert names == {*READ, *REFUSED}
