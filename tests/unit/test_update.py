"""What a freebsd-update call ended with, whatever the version and the quotes."""

from pathlib import Path

import pytest

from bluegreen.errors import ParseError
from bluegreen.freebsd.update import parse_update
from bluegreen.model.system import Update, UpdateOutcome

FIXTURES = Path(__file__).parent.parent / "fixtures" / "system"

FOREIGN_KERNEL = (
    'This system is running a "router" kernel, which is not a kernel configuration'
    " distributed as part of FreeBSD 14.2-RELEASE."
)

LAST_WORDS = {
    "No updates needed to update system to 14.3-RELEASE-p6.": UpdateOutcome.NOTHING_TO_DO,
    "No updates are available to install.": UpdateOutcome.NOTHING_TO_DO,
    "There are updates available to install.": UpdateOutcome.STAGED,
    'To install the downloaded upgrades, run "/usr/sbin/x install".': UpdateOutcome.STAGED,
    "The following files will be added as part of updating to\n14.3-RELEASE-p1:\n/x": (
        UpdateOutcome.STAGED
    ),
    "Kernel updates have been installed.  Please reboot": UpdateOutcome.REBOOT_THEN_INSTALL,
    "Completing this upgrade requires removing old\nshared object files.": (
        UpdateOutcome.REBUILD_THEN_INSTALL
    ),
    "Installing updates... done.": UpdateOutcome.INSTALLED,
    "Installing updates…\nStarting sshd.\n done.": UpdateOutcome.INSTALLED,
    "Uninstalling updates... done.": UpdateOutcome.INSTALLED,
    "You have a partially completed upgrade pending": UpdateOutcome.PARTIAL_PENDING,
    "freebsd-update fetch should not be run non-interactively.": UpdateOutcome.NEEDS_TTY,
    "cannot open /dev/tty: Device not configured": UpdateOutcome.NEEDS_TTY,
    "kernel/generic world/base\nDoes this look reasonable (y/n)?": UpdateOutcome.NEEDS_ANSWER,
    "Merge conflict markers remain in: /etc/group": UpdateOutcome.MERGE_NEEDED,
    "freebsd-update is incompatible with the use of packaged base.": UpdateOutcome.PKGBASE,
    "Cannot upgrade from a version that is not a release": UpdateOutcome.UNSUPPORTED,
}

FAILURES = {
    "Updates cannot be installed when the system securelevel\nis greater than zero.": (
        "Updates cannot be installed when the system securelevel is greater than zero"
    ),
    "freebsd-update: Cannot upgrade from 14.3-RELEASE to itself": (
        "Cannot upgrade from 14.3-RELEASE to itself"
    ),
    "No rollback directory found.": "No rollback directory found",
    "No mirrors remaining, giving up.": "No mirrors remaining, giving up.",
    "You must be root to run this.": "You must be root to run this",
    "Fetching metadata index... failed.": "Fetching metadata index... failed.",
    "Fetching 2 metadata files... metadata is corrupt.": (
        "Fetching 2 metadata files... metadata is corrupt."
    ),
    "Fetching 12 files... ....10.. failed.": "Fetching 12 files... ....10.. failed.",
    "Fetching public key from update1.freebsd.org... failed.": (
        "Fetching public key from update1.freebsd.org... failed."
    ),
    "Creating snapshot of existing boot environment... failed.": (
        "Creating snapshot of existing boot environment... failed"
    ),
    "Update files missing -- this should never happen.": (
        "Update files missing -- this should never happen"
    ),
    "Does this look reasonable (y/n)? n": "Does this look reasonable (y/n)? n",
    "usage: freebsd-update [options] command ...": "usage: freebsd-update [options] command ...",
    "Installing updates...\ninstall: /boot/kernel/kernel: No space left on device\n done.": (
        "install: /boot/kernel/kernel: No space left on device"
    ),
}


@pytest.mark.parametrize("text", LAST_WORDS)
def test_the_last_word_decides(text: str) -> None:
    assert parse_update(text).outcome is LAST_WORDS[text]


@pytest.mark.parametrize("text", FAILURES)
def test_a_failure_is_told_in_its_own_words(text: str) -> None:
    assert parse_update(text) == Update(UpdateOutcome.FAILED, problems=(FAILURES[text],))


def test_the_last_of_several_calls_decides_and_the_target_is_kept() -> None:
    text = (FIXTURES / "freebsd-update-143-whole-run.txt").read_text()

    assert parse_update(text) == Update(
        UpdateOutcome.INSTALLED,
        "14.3-RELEASE-p6",
        problems=(
            "modified locally, so not updated: /etc/ssl/cert.pem",
            "modified locally, so not updated: /var/db/etcupdate/current/etc/rc.subr",
        ),
    )


def test_a_custom_kernel_is_seen_before_the_question_is_answered() -> None:
    text = (FIXTURES / "freebsd-update-142-to-143-custom-kernel.txt").read_text()

    assert parse_update(text) == Update(
        UpdateOutcome.NEEDS_ANSWER,
        custom_kernel=True,
        problems=(FOREIGN_KERNEL,),
    )


def test_a_base_system_without_any_kernel_component_runs_a_custom_kernel() -> None:
    text = (
        "The following components of FreeBSD seem to be installed:\n{}\n\n"
        "The following components of FreeBSD do not seem to be installed:\nworld/lib32\n\n"
        "Does this look reasonable (y/n)? "
    )

    assert parse_update(text.format("kernel/generic-dbg world/base")).custom_kernel
    assert not parse_update(text.format("kernel/generic world/base")).custom_kernel


def test_past_its_end_of_life_a_set_is_staged_all_the_same() -> None:
    passed = "WARNING: FreeBSD 13.1-RELEASE-p9 HAS PASSED ITS END-OF-LIFE DATE.\n"
    needless = "No updates needed to update system to 13.1-RELEASE-p9.\n\n"

    assert parse_update(passed).outcome is UpdateOutcome.STAGED
    assert parse_update(needless + passed) == Update(
        UpdateOutcome.NOTHING_TO_DO,
        "13.1-RELEASE-p9",
        end_of_life=True,
        problems=("FreeBSD 13.1-RELEASE-p9 HAS PASSED ITS END-OF-LIFE DATE",),
    )


def test_approaching_the_end_of_life_is_no_problem() -> None:
    text = "No updates needed to update system to 14.1-RELEASE-p5.\n"
    text += "WARNING: FreeBSD 14.1-RELEASE-p5 is approaching its End-of-Life date.\n"

    assert parse_update(text) == Update(UpdateOutcome.NOTHING_TO_DO, "14.1-RELEASE-p5")


def test_a_failed_fetch_is_not_excused_by_nothing_being_staged() -> None:
    failed = "Fetching 2 metadata files... failed.\n"
    nothing = "No updates are available to install.\nRun 'freebsd-update fetch' first.\n"

    assert parse_update(failed + nothing).outcome is UpdateOutcome.FAILED
    assert parse_update(failed + "# freebsd-update install\n" + nothing) == Update(
        UpdateOutcome.NOTHING_TO_DO
    )


def test_a_mirror_that_fails_is_no_problem_where_another_answers() -> None:
    text = "Fetching public key from update1.freebsd.org... failed.\n"
    text += "Fetching public key from update2.freebsd.org... done.\n"
    text += "No updates needed to update system to 14.3-RELEASE-p6.\n"

    assert parse_update(text) == Update(UpdateOutcome.NOTHING_TO_DO, "14.3-RELEASE-p6")


def test_a_log_keeps_its_prefixes_to_itself() -> None:
    text = "Nov 22 02:29:11 r1 freebsd-update[77]: Kernel updates have been\n"
    text += "Nov 22 02:29:11 r1 freebsd-update[77]: installed.  Please reboot and run\n"

    assert parse_update(text).outcome is UpdateOutcome.REBOOT_THEN_INSTALL


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no output of freebsd-update"),
        ("# pkg upgrade\nYour packages are up to date.", "no output of freebsd-update"),
        ("Inspecting system... done.", "does not say how it ended after 'Inspecting system"),
        ("Does this look reasonable (y/n)? y\nInspecting system... done.", "does not say how"),
        ("# freebsd-update IDS\nInspecting system... done.", "IDS only compares"),
        ("/bin/sh has 0755 permissions, but should have 0555 permissions.", "IDS only compares"),
        ("Installing updates...\nStarting sshd.", "does not say that it ended"),
        ("Installing updates... done.\n# freebsd-update rollback\n", "does not say how it ended"),
        (
            "The following files will be added as part of updating to\n${X}-p1:",
            "not a FreeBSD release",
        ),
    ],
)
def test_a_text_without_an_end_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        parse_update(text)
