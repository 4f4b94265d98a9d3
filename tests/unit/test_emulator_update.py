"""freebsd-update on an emulated router: texts that the real parser reads, real exit codes."""

from dataclasses import replace

import pytest
from emulated import A_ROUTER, Router

from bluegreen.freebsd.commands import (
    fetch_update,
    fetch_upgrade,
    install_update,
    rollback_update,
)
from bluegreen.freebsd.update import parse_update
from bluegreen.freebsd.version import parse_versions
from bluegreen.model.command import Output
from bluegreen.model.system import UpdateOutcome, Versions

OLD, NEW = "14.2-RELEASE-p1", "14.2-RELEASE-p2"
MINOR, MAJOR = "14.3-RELEASE-p5", "15.0-RELEASE"
RELEASES = replace(A_ROUTER, releases=(MINOR, MAJOR))


def outcome(output: Output) -> UpdateOutcome:
    return parse_update(output.stdout + output.stderr).outcome


def versions(router: Router) -> Versions:
    return parse_versions(router.run("freebsd-version", "-kru").stdout)


def rebooted(router: Router) -> None:
    router.run("shutdown", "-r", "now")
    router.wait(20)


def test_a_patch_level_is_staged_and_names_its_target() -> None:
    output = Router().run(*fetch_update())

    update = parse_update(output.stdout)
    assert (output.code, update.outcome, update.target) == (0, UpdateOutcome.STAGED, NEW)


def test_a_patch_level_installs_kernel_and_userland_at_once() -> None:
    router = Router()
    router.run(*fetch_update())

    output = router.run(*install_update())

    assert (output.code, outcome(output)) == (0, UpdateOutcome.INSTALLED)
    assert versions(router) == Versions(NEW, OLD, NEW)
    rebooted(router)
    assert versions(router) == Versions(NEW, NEW, NEW)


def test_a_patch_level_may_leave_the_kernel_alone() -> None:
    router = Router(replace(A_ROUTER, kernel_in_patch=False))
    router.run(*fetch_update())

    router.run(*install_update())
    rebooted(router)

    assert versions(router) == Versions(OLD, OLD, NEW)


def test_nothing_is_needed_on_the_newest_patch_level() -> None:
    router = Router()
    router.run(*fetch_update())
    router.run(*install_update())

    output = router.run(*fetch_update())

    update = parse_update(output.stdout)
    assert (output.code, update.outcome, update.target) == (0, UpdateOutcome.NOTHING_TO_DO, NEW)


def test_without_an_offer_there_is_nothing_to_do() -> None:
    output = Router(replace(A_ROUTER, offered=None)).run(*fetch_update())

    assert outcome(output) is UpdateOutcome.NOTHING_TO_DO


def test_installing_nothing_exits_2() -> None:
    output = Router().run(*install_update())

    assert (output.code, outcome(output)) == (2, UpdateOutcome.NOTHING_TO_DO)


def test_updatesready_tells_by_its_exit_code() -> None:
    router = Router()

    before = router.run("freebsd-update", "updatesready").code
    router.run(*fetch_update())

    assert (before, router.run("freebsd-update", "updatesready").code) == (2, 0)


def test_fetch_without_a_terminal_is_refused() -> None:
    output = Router().run("freebsd-update", "fetch")

    assert (output.code, outcome(output)) == (1, UpdateOutcome.NEEDS_TTY)


def test_a_release_past_its_end_of_life_fails_although_it_is_staged() -> None:
    router = Router(replace(A_ROUTER, end_of_life=True))

    output = router.run(*fetch_update())

    assert (output.code, parse_update(output.stdout).end_of_life) == (1, True)
    assert router.run(*install_update()).ok


def test_a_minor_release_takes_two_installs_with_a_reboot_between() -> None:
    router = Router(RELEASES)
    staged = router.run(*fetch_upgrade("14.3-RELEASE"))

    first = router.run(*install_update())
    between = versions(router)
    rebooted(router)
    second = router.run(*install_update())

    assert parse_update(staged.stdout).target == MINOR
    assert outcome(first) is UpdateOutcome.REBOOT_THEN_INSTALL
    assert between == Versions(MINOR, OLD, OLD)
    assert outcome(second) is UpdateOutcome.INSTALLED
    assert versions(router) == Versions(MINOR, MINOR, MINOR)
    assert router.run(*install_update()).code == 2


def test_a_major_release_takes_a_third_install() -> None:
    router = Router(RELEASES)
    router.run(*fetch_upgrade("15.0-RELEASE"))
    router.run(*install_update())
    rebooted(router)

    outcomes = []
    for _ in range(3):
        outcomes.append(outcome(router.run(*install_update())))
        router.wait(60)

    assert outcomes == [
        UpdateOutcome.REBUILD_THEN_INSTALL,
        UpdateOutcome.INSTALLED,
        UpdateOutcome.NOTHING_TO_DO,
    ]


def test_fetching_over_half_an_upgrade_is_refused() -> None:
    router = Router(RELEASES)
    router.run(*fetch_upgrade("14.3-RELEASE"))
    router.run(*install_update())

    output = router.run(*fetch_update())

    assert (output.code, outcome(output)) == (1, UpdateOutcome.PARTIAL_PENDING)


@pytest.mark.parametrize("release", ["14.2-RELEASE", "99.0-RELEASE"])
def test_a_release_that_cannot_be_reached_fails(release: str) -> None:
    output = Router(RELEASES).run(*fetch_upgrade(release))

    assert output.code == 1
    assert outcome(output) in (UpdateOutcome.FAILED, UpdateOutcome.UNSUPPORTED)


def test_a_rollback_brings_the_old_patch_level_back_once() -> None:
    router = Router()
    router.run(*fetch_update())
    router.run(*install_update())

    first = router.run(*rollback_update())
    second = router.run(*rollback_update())

    assert first.ok
    assert versions(router) == Versions(OLD, OLD, OLD)
    assert (second.code, "No rollback directory found." in second.stdout) == (1, True)


def test_each_install_keeps_the_old_system_in_an_inactive_environment() -> None:
    router = Router()
    router.run(*fetch_update())

    output = router.run(*install_update())

    assert "Creating snapshot of existing boot environment... done.\n" in output.stdout
    rows = router.run("bectl", "list", "-H").stdout.splitlines()
    assert [row.split("\t")[:2] for row in rows] == [
        ["default", "NR"],
        [f"{OLD}_2027-01-15_080000", "-"],
    ]


def test_a_snapshot_whose_name_is_taken_fails_the_install() -> None:
    router = Router(RELEASES)
    router.run(*fetch_upgrade("14.3-RELEASE"))
    router.run("bectl", "create", f"{OLD}_2027-01-15_080000")

    output = router.run(*install_update())

    assert (output.code, outcome(output)) == (1, UpdateOutcome.FAILED)
    assert "boot environment name already taken" in output.stderr


def test_a_ufs_root_gets_no_snapshot() -> None:
    router = Router(replace(A_ROUTER, root="ufs"))
    router.run(*fetch_update())

    output = router.run(*install_update())

    assert (output.code, "snapshot" in output.stdout) == (0, False)


def test_an_install_that_fails_changes_no_version() -> None:
    router = Router()
    router.run(*fetch_update())
    router.machine.faults.install_fails = True

    output = router.run(*install_update())

    assert output.code == 1
    assert "Update files missing -- this should never happen.\n" in output.stdout
    assert versions(router) == Versions(OLD, OLD, OLD)


@pytest.mark.parametrize("root", ["zfs", "ufs"])
def test_a_full_disk_fails_an_install_with_its_reason(root: str) -> None:
    router = Router(replace(A_ROUTER, root=root))
    router.run(*fetch_update())
    router.machine.faults.disk_full = True

    output = router.run(*install_update())

    assert (output.code, "No space left on device" in output.stderr) == (1, True)
    assert outcome(output) is UpdateOutcome.FAILED
    assert versions(router) == Versions(OLD, OLD, OLD)


def test_packaged_base_and_a_raised_securelevel_are_refused() -> None:
    packaged = Router(replace(A_ROUTER, pkgbase=True)).run(*fetch_update())
    secured = Router(replace(A_ROUTER, securelevel=1)).run(*install_update())

    assert (packaged.code, outcome(packaged)) == (1, UpdateOutcome.PKGBASE)
    assert (secured.code, outcome(secured)) == (1, UpdateOutcome.FAILED)
