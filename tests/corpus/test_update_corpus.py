"""Every run of freebsd-update of a real machine is read right, or refused."""

from pathlib import Path

import pytest

from bluegreen.errors import ParseError
from bluegreen.freebsd.update import parse_update
from bluegreen.model.system import Update, UpdateOutcome

READ = {
    "01-143-to-150-upgrade": Update(
        UpdateOutcome.STAGED,
        "15.0-RELEASE-p0",
        problems=(
            "could not be merged automatically: /etc/pkg/FreeBSD.conf",
            "modified locally, so not updated: /etc/ssl/cert.pem",
        ),
    ),
    "02-150-install1-kernel": Update(UpdateOutcome.REBOOT_THEN_INSTALL),
    "03-150-install2-world": Update(UpdateOutcome.REBUILD_THEN_INSTALL),
    "04-150-install3-oldlibs-done": Update(UpdateOutcome.INSTALLED),
    "05-140-fetch-p8": Update(UpdateOutcome.STAGED, "14.0-RELEASE-p8"),
    "06-140-install-patchlevel": Update(UpdateOutcome.INSTALLED),
    "07-140-to-141-upgrade": Update(UpdateOutcome.STAGED, "14.1-RELEASE-p2"),
    "10-133-fetch-install-oneshot": Update(UpdateOutcome.INSTALLED, "13.3-RELEASE-p7"),
    "11-134-merge-sshd_config": Update(UpdateOutcome.STAGED),
    "13-103-merge-conflict-editor": Update(
        UpdateOutcome.MERGE_NEEDED,
        problems=(
            "could not be merged automatically: /etc/rc.subr",
            "could not be merged automatically: /etc/ssh/sshd_config",
        ),
    ),
    "15-142-install-kernel-then-world": Update(UpdateOutcome.INSTALLED),
    "16-dormant-be-basedir-three-installs": Update(UpdateOutcome.INSTALLED),
    "17-no-updates-available-fetch-first-old": Update(UpdateOutcome.NOTHING_TO_DO),
    "19-150-nothing-to-do": Update(UpdateOutcome.NOTHING_TO_DO, "15.0-RELEASE-p6"),
    "20-143-install-no-bectl-ufs-root": Update(UpdateOutcome.INSTALLED),
    "22-eol-passed-then-install-121": Update(
        UpdateOutcome.INSTALLED,
        end_of_life=True,
        problems=("FreeBSD 12.1-RELEASE HAS PASSED ITS END-OF-LIFE DATE",),
    ),
    "25-fetch-noninteractive-refused": Update(UpdateOutcome.NEEDS_TTY),
    "26-metadata-files-failed": Update(
        UpdateOutcome.FAILED, problems=("Fetching 2 metadata files... failed.",)
    ),
    "27-workdir-missing": Update(
        UpdateOutcome.FAILED,
        problems=("Directory does not exist or is not writable: /var/db/freebsd-update",),
    ),
    "29-rollback": Update(UpdateOutcome.INSTALLED),
    "32-80-fetch-install-old": Update(UpdateOutcome.INSTALLED, "8.0-RELEASE-p3"),
    "34-122-no-updates-uname-lags": Update(UpdateOutcome.NOTHING_TO_DO, "12.2-RELEASE-p10"),
    "38-no-mirrors-remaining-from-source": Update(
        UpdateOutcome.UNSUPPORTED,
        problems=(
            "No mirrors remaining, giving up.",
            "upgrading from this platform (${ARCH}) or release (${RELNUM}) is unsupported",
        ),
    ),
    "39-eol-131-exit1-logged": Update(
        UpdateOutcome.STAGED,
        end_of_life=True,
        problems=("FreeBSD 13.1-RELEASE HAS PASSED ITS END-OF-LIFE DATE",),
    ),
}
REFUSED = {
    "12-110-to-111-upgrade-merge": "does not say how it ended after 'Inspecting system... done.'",
    "23-eol-approaching": "does not say how it ended after 'release within the next 2 months.'",
    "31-IDS-clean": "does not say how it ended after 'Inspecting system... done.'",
    "35-install-rmdir-noise": "began to install, and the text does not say that it ended",
    "36-fixed-messages-from-source": "not a FreeBSD release: '\\${RELNUM}-p\\${RELPATCHNUM}'",
}


@pytest.mark.parametrize("name", READ)
def test_a_run_of_a_real_machine_is_read(corpus: Path, name: str) -> None:
    text = (corpus / "freebsd-update" / f"freebsd-update-{name}.txt").read_text()

    assert parse_update(text) == READ[name]


@pytest.mark.parametrize("name", REFUSED)
def test_a_run_that_does_not_say_its_end_is_refused(corpus: Path, name: str) -> None:
    text = (corpus / "freebsd-update" / f"freebsd-update-{name}.txt").read_text()

    with pytest.raises(ParseError, match=REFUSED[name]):
        parse_update(text)


def test_no_file_of_the_corpus_is_left_out(corpus: Path) -> None:
    files = (corpus / "freebsd-update").iterdir()

    assert {path.stem.removeprefix("freebsd-update-") for path in files} == {*READ, *REFUSED}
