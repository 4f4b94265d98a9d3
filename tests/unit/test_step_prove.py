"""Prove: a router is trusted after it has shown what it runs, and that it is well."""

from dataclasses import replace

import pytest
from facts import (
    BACKUP,
    BLUE,
    GREEN,
    INIT,
    KEPT,
    MASTER,
    NEW,
    OLD,
    STAGED_LOG,
    UP_TO_DATE_LOG,
    a_job,
    a_pair,
    a_router,
    a_setting,
    a_tunnel,
    a_vhid,
    an_environment,
    unseen,
)

from bluegreen.model.facts import PairFacts, RouterFacts, Unknown
from bluegreen.model.system import Package, Versions
from bluegreen.steps.prove import Prove

PROVE = Prove(a_setting(), BLUE)
STAGED = a_job("stage", log=STAGED_LOG)


def proven(**versions: str) -> RouterFacts:
    names = {"kernel": NEW, "running": NEW, "userland": NEW, **versions}
    return replace(
        a_router(BLUE, a_vhid(2, BACKUP, 240), jobs=(STAGED,)), versions=Versions(**names)
    )


def pair_of(blue: RouterFacts, elapsed_s: float = 5.0) -> PairFacts:
    pair = a_pair(blue, a_router(GREEN, a_vhid(2, MASTER, 100)), before=a_pair())
    return replace(pair, elapsed_s=elapsed_s)


def reasons(blue: RouterFacts) -> tuple[str, ...]:
    return PROVE.done(pair_of(blue)).reasons


def test_the_new_system_as_a_healthy_backup_is_proof() -> None:
    assert reasons(proven()) == ()


def test_a_backup_is_no_proof_before_one_that_is_deaf_would_have_become_master() -> None:
    assert PROVE.done(pair_of(proven(), elapsed_s=4.4)).reasons == (
        "router-001: whether it hears its peer shows after 4.4 s",
    )
    assert PROVE.done(pair_of(proven(), elapsed_s=4.5)).reasons == ()


def test_a_tunnel_that_went_down_with_the_role_is_no_reason_for_distrust() -> None:
    before = a_pair(a_router(BLUE, more=(a_tunnel(),)), a_router(GREEN, more=(a_tunnel(up=False),)))
    down = proven()
    down = replace(down, interfaces=(*down.interfaces, a_tunnel(up=False)))

    assert PROVE.done(replace(pair_of(down), before=before)).reasons == ()


def test_a_patch_that_leaves_the_kernel_alone_is_normal() -> None:
    assert reasons(proven(kernel=OLD, running=OLD)) == ()


def test_a_kernel_that_is_installed_and_does_not_run_is_not() -> None:
    assert reasons(proven(running=OLD)) == (
        "router-001: kernel 14.2-RELEASE-p2 is installed, 14.2-RELEASE-p1 is running",
    )


def test_the_old_userland_is_no_proof() -> None:
    assert reasons(proven(userland=OLD)) == (
        "router-001: userland is 14.2-RELEASE-p1, wanted 14.2-RELEASE-p2",
    )


def test_the_kernel_of_another_release_is_no_proof() -> None:
    assert reasons(proven(kernel="14.1-RELEASE-p6", running="14.1-RELEASE-p6")) == (
        "router-001: kernel is 14.1-RELEASE-p6, wanted 14.2-RELEASE-p2",
    )


@pytest.mark.parametrize("log", [UP_TO_DATE_LOG.replace(OLD, NEW), STAGED_LOG])
def test_the_target_is_what_was_staged(log: str) -> None:
    blue = replace(proven(), jobs=(a_job("stage", log=log),))

    assert reasons(blue) == ()


def test_without_a_target_nothing_is_proven() -> None:
    assert reasons(replace(proven(), jobs=())) == ("router-001: version or target cannot be read",)
    nameless = replace(proven(), versions=Versions(None, NEW, NEW))
    assert reasons(nameless) == ("router-001: version or target cannot be read",)


def test_another_boot_environment_is_no_proof() -> None:
    assert reasons(replace(proven(), environments=(an_environment(KEPT),))) == (
        f"router-001: runs {KEPT}",
    )


def test_boot_environments_that_cannot_be_read_are_no_proof() -> None:
    assert not PROVE.done(pair_of(replace(proven(), environments=Unknown("exit 1"))))


@pytest.mark.parametrize("state", [INIT, MASTER])
def test_only_a_backup_of_everything_is_healthy(state: str) -> None:
    vhid = a_vhid(2, INIT if state == INIT else MASTER, 240)
    blue = replace(a_router(BLUE, vhid, jobs=(STAGED,)), versions=Versions(NEW, NEW, NEW))

    assert "router-001: 0 of 1 vhids are BACKUP" in reasons(blue)


def test_a_vhid_that_did_not_come_back_is_missed() -> None:
    before = a_pair(a_router(BLUE, a_vhid(2), a_vhid(3, addresses=("192.0.2.254",))))

    assert "router-001: 1 of 2 vhids are BACKUP" in (
        PROVE.done(replace(pair_of(proven()), before=before)).reasons
    )


def test_a_package_that_is_gone_is_missed_and_another_version_is_not() -> None:
    frr, pkg = Package("frr10", "10.3_1"), Package("pkg", "1.21.3")
    before = a_pair(replace(a_router(BLUE), packages=(frr, pkg)))
    gone = replace(pair_of(replace(proven(), packages=(pkg,))), before=before)
    newer = replace(frr, version="10.4")
    fine = replace(pair_of(replace(proven(), packages=(newer, pkg))), before=before)

    assert PROVE.done(gone).reasons == ("router-001: package frr10 is gone",)
    assert PROVE.done(fine)


def test_packages_that_cannot_be_read_any_more_are_no_proof() -> None:
    unread = replace(proven(), packages=Unknown("pkg: no database"))
    never = a_pair(replace(a_router(BLUE), packages=Unknown("pkg is not installed")))

    assert reasons(unread) == ("router-001: packages cannot be read: pkg: no database",)
    assert PROVE.done(replace(pair_of(unread), before=never))


def test_a_demoted_backup_is_not_healthy() -> None:
    blue = a_router(BLUE, a_vhid(2, BACKUP, 240), demotion=240, jobs=(STAGED,))

    assert "router-001: net.inet.carp.demotion is 240" in (
        reasons(replace(blue, versions=Versions(NEW, NEW, NEW)))
    )


def test_a_router_that_was_not_observed_has_proven_nothing() -> None:
    assert PROVE.done(a_pair(blue=unseen(BLUE), before=a_pair())).reasons == (
        "router-001: could not be observed",
    )
