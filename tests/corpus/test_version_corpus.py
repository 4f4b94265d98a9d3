"""Every answer of freebsd-version and uname of a real machine is read right, or refused."""

from pathlib import Path

import pytest

from bluegreen.errors import ParseError
from bluegreen.freebsd.version import parse_versions
from bluegreen.model.system import Versions

READ = {
    "version-01-kru-patched-userland-only-143": Versions(
        "14.3-RELEASE-p5", "14.3-RELEASE", "14.3-RELEASE-p6"
    ),
    "version-02-kru-kernel-lags-userland-143": Versions(
        "14.3-RELEASE-p5", "14.3-RELEASE-p5", "14.3-RELEASE-p6"
    ),
    "version-03-kru-between-install1-and-reboot-150": Versions(
        "15.0-RELEASE", "14.3-RELEASE-p5", "14.3-RELEASE-p6"
    ),
    "version-04-kru-complete-150": Versions("15.0-RELEASE", "15.0-RELEASE", "15.0-RELEASE"),
    "version-06-kru-tunbury-143-before": Versions(
        "14.3-RELEASE-p3", "14.3-RELEASE-p3", "14.3-RELEASE-p4"
    ),
    "version-07-kur-133": Versions("13.3-RELEASE-p6", "13.3-RELEASE-p6", "13.3-RELEASE-p6"),
    "version-08-uname-a-103": Versions(None, "10.3-RELEASE-p4", None),
}
REFUSED = {"version-10-bootloader-too-old": "no output of freebsd-version or uname"}


@pytest.mark.parametrize("name", READ)
def test_an_answer_of_a_real_machine_is_read(corpus: Path, name: str) -> None:
    text = (corpus / "version" / f"{name}.txt").read_text()

    assert parse_versions(text) == READ[name]


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_answer_is_refused(corpus: Path, name: str) -> None:
    text = (corpus / "version" / f"{name}.txt").read_text()

    with pytest.raises(ParseError, match=REFUSED[name]):
        parse_versions(text)


def test_no_file_of_the_corpus_is_left_out(corpus: Path) -> None:
    names = {path.stem for path in (corpus / "version").iterdir()}

    assert names == {*READ, *REFUSED}
