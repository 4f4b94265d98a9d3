"""Install and finish on an idle router, and the whole way back to its old system."""

from dataclasses import replace

from facts import (
    BACKUP,
    BLUE,
    BOOTED_S,
    GREEN,
    INSTALLED_LOG,
    KEPT,
    KERNEL_LOG,
    MASTER,
    NEW,
    NOTHING_LEFT_LOG,
    OLD,
    RUN,
    STATE,
    a_job,
    a_pair,
    a_router,
    a_setting,
    a_vhid,
    an_environment,
    texts,
    unseen,
)

from bluegreen.freebsd.paths import MARKER
from bluegreen.model.command import Effect
from bluegreen.model.facts import Boot, PairFacts, RouterFacts, Unknown
from bluegreen.model.system import Environment, Job, JobState, Versions
from bluegreen.steps.environment import MakeEnvironment
from bluegreen.steps.install import Finish, Install

INSTALL, FINISH = Install(a_setting(), BLUE), Finish(a_setting(), BLUE)
GREEN_SERVES = a_router(GREEN, a_vhid(2, MASTER, 100))
NOTE = f"{RUN} revert {BOOTED_S:.0f}"
INSTALLED = a_job("install-1", log=INSTALLED_LOG)
UPGRADED = (an_environment("default"), an_environment(KEPT, now=False, after=False))


def idle(*jobs: Job, advskew: int = 200) -> RouterFacts:
    return a_router(BLUE, a_vhid(2, BACKUP, advskew), jobs=jobs)


def pair_of(blue: RouterFacts) -> PairFacts:
    return a_pair(blue, GREEN_SERVES, before=a_pair())


def undo(blue: RouterFacts, before: PairFacts | None = None) -> list[str]:
    return texts(INSTALL.undo(pair_of(blue), before or a_pair()))


# -- forth ---------------------------------------------------------------------


def test_an_idle_router_may_be_installed_on_and_no_other() -> None:
    assert INSTALL.ready(pair_of(idle()))
    assert "router-001 is MASTER of vhid 2@vmx1" in INSTALL.ready(a_pair()).reasons


def test_the_install_is_a_disruptive_job_that_the_router_guards_itself() -> None:
    (order,) = INSTALL.commands(pair_of(idle()))

    assert order.commands[-1].argv[-2:] == ("--not-running-from-cron", "install")
    assert order.commands[-1].effect is Effect.DISRUPTIVE
    assert order.guard is not None
    assert (order.guard.masters, order.guard.backups) == (0, 1)


def test_it_is_done_when_the_kernel_or_everything_is_installed() -> None:
    assert INSTALL.done(pair_of(idle(INSTALLED)))
    assert INSTALL.done(pair_of(idle(a_job("install-1", log=KERNEL_LOG))))
    assert not INSTALL.done(pair_of(idle(a_job("install-1", JobState.RUNNING))))
    assert not INSTALL.done(pair_of(idle()))


def test_an_install_that_failed_is_not_waited_for() -> None:
    failed = idle(a_job("install-1", log="install: /boot/kernel: Read-only file system\n", code=1))

    assert INSTALL.failure(pair_of(failed)) == (
        "router-001: freebsd-update ended with failed (exit 1): "
        "install: /boot/kernel: Read-only file system"
    )
    assert INSTALL.failure(pair_of(idle(INSTALLED))) is None


def test_after_the_reboot_the_world_is_installed_by_a_second_job() -> None:
    pair = pair_of(idle(a_job("install-1", log=KERNEL_LOG)))

    assert FINISH.commands(pair)[0].commands[0].argv[-1].endswith("/jobs/install-2")
    assert not FINISH.done(pair)


def test_nothing_more_is_installed_where_nothing_is_left() -> None:
    assert FINISH.done(pair_of(idle(INSTALLED)))
    assert FINISH.commands(pair_of(idle(INSTALLED))) == ()
    twice = idle(a_job("install-1", log=KERNEL_LOG), a_job("install-2", log=NOTHING_LEFT_LOG))
    assert FINISH.done(pair_of(twice))


def test_the_number_of_installs_is_bounded() -> None:
    endless = idle(*(a_job(f"install-{n}", log=KERNEL_LOG) for n in range(1, 6)))

    assert FINISH.commands(pair_of(endless)) == ()
    assert FINISH.failure(pair_of(endless)) == (
        "router-001: freebsd-update wants more than 5 installs"
    )


def test_the_old_system_is_kept_under_a_name_of_its_own_before() -> None:
    keep = MakeEnvironment(a_setting(), BLUE)
    kept = replace(idle(), environments=UPGRADED)

    assert texts(keep.commands(pair_of(idle()))) == [f"bectl create {KEPT}"]
    assert keep.done(pair_of(kept))
    assert texts(keep.undo(pair_of(kept), a_pair())) == [f"bectl destroy {KEPT}"]
    assert keep.undone(pair_of(idle()), a_pair())


def test_without_zfs_there_is_nothing_to_keep_and_unknown_is_not_without() -> None:
    keep = MakeEnvironment(a_setting(), BLUE)
    unknown = pair_of(replace(idle(), environments=Unknown("exit 1")))

    assert keep.done(pair_of(replace(idle(), environments=())))
    assert keep.ready(unknown).reasons == ("router-001: boot environments: exit 1",)
    assert not keep.done(unknown)


# -- and back: ZFS -------------------------------------------------------------


def upgraded(
    environments: tuple[Environment, ...], version: str = NEW, marker: str | None = None
) -> RouterFacts:
    blue = idle(INSTALLED, advskew=240)
    return replace(
        blue,
        versions=Versions(version, version, version),
        environments=environments,
        boot=Boot(BOOTED_S, marker, NOTE if marker else None),
    )


def test_while_an_install_runs_nothing_is_taken_back() -> None:
    running = replace(upgraded(UPGRADED, OLD), jobs=(a_job("install-1", JobState.RUNNING),))
    back = replace(idle(a_job("install-1", JobState.RUNNING)), environments=UPGRADED[:1])

    assert undo(running) == []
    assert INSTALL.undone(pair_of(back), a_pair()).reasons == (
        "router-001: an install is still running",
    )


def test_first_the_old_environment_becomes_the_next_boot() -> None:
    assert undo(upgraded(UPGRADED)) == [f"bectl activate {KEPT}"]


def test_then_this_boot_is_marked() -> None:
    waiting = (an_environment("default", after=False), an_environment(KEPT, now=False))

    assert undo(upgraded(waiting))[-2:] == [
        f"tee {MARKER} <<< '{RUN}\n'",
        f"tee {STATE}/boot <<< '{NOTE}\n'",
    ]


def test_then_it_is_rebooted_under_the_guard_of_the_mark() -> None:
    waiting = (an_environment("default", after=False), an_environment(KEPT, now=False))

    (order,) = INSTALL.undo(pair_of(upgraded(waiting, marker=RUN)), a_pair())

    assert texts((order,)) == ["shutdown -r now"]
    assert order.guard is not None
    assert (order.guard.masters, order.guard.marker) == (0, MARKER)


def test_then_what_failed_makes_room_for_the_old_name() -> None:
    booted = (an_environment("default", now=False, after=False), an_environment(KEPT))

    assert undo(upgraded(booted, OLD)) == [f"bectl rename default {KEPT}-undone"]


def booted_elsewhere(elapsed_s: float) -> list[str]:
    """Return what is sent to a router that booted for the old system a minute ago, and got
    another one."""
    waiting = (an_environment("default", after=False), an_environment(KEPT, now=False))
    router = upgraded(waiting)
    booted = replace(
        router,
        boot=Boot(BOOTED_S, None, f"{RUN} revert {BOOTED_S - 500:.0f}"),
        clock_s=BOOTED_S + 60,
    )
    return texts(INSTALL.undo(replace(pair_of(booted), elapsed_s=elapsed_s), a_pair()))


def test_a_boot_that_ended_elsewhere_is_made_again_by_the_next_attempt_and_not_by_this_one() -> (
    None
):
    assert booted_elsewhere(elapsed_s=300.0) == []
    assert booted_elsewhere(elapsed_s=5.0)[-1] == f"tee {STATE}/boot <<< '{NOTE}\n'"


def test_an_environment_booted_once_is_made_to_stay_first() -> None:
    once = (an_environment("default", now=False), an_environment(KEPT, after=False))

    assert undo(upgraded(once, OLD)) == [f"bectl activate {KEPT}"]


def test_then_it_takes_its_old_name_back() -> None:
    renamed = (
        an_environment(f"{KEPT}-undone", now=False, after=False),
        an_environment(KEPT),
    )

    assert undo(upgraded(renamed, OLD)) == [f"bectl rename {KEPT} default"]


def test_last_it_is_given_a_skew_at_which_it_relieves_its_peer() -> None:
    back = (an_environment("default"), an_environment(f"{KEPT}-undone", now=False, after=False))

    assert undo(upgraded(back, OLD)) == ["ifconfig vmx1 vhid 2 advskew 200"]


def test_it_is_undone_when_everything_is_as_it_was() -> None:
    back = (an_environment("default"),)
    resting = replace(idle(INSTALLED), environments=back)
    unrenamed = upgraded((an_environment(KEPT),), OLD)

    assert INSTALL.undone(pair_of(resting), a_pair())
    assert INSTALL.undone(pair_of(upgraded(UPGRADED)), a_pair()).reasons[0] == (
        "router-001: runs 14.2-RELEASE-p2, userland 14.2-RELEASE-p2"
    )
    assert f"router-001: {KEPT} has not taken its old name back" in (
        INSTALL.undone(pair_of(unrenamed), a_pair()).reasons
    )


def test_a_router_that_waits_for_another_boot_is_not_undone() -> None:
    waiting = replace(
        idle(INSTALLED),
        environments=(an_environment("default", after=False), an_environment(KEPT, now=False)),
    )

    assert "router-001: default runs, and the next boot would be another" in (
        INSTALL.undone(pair_of(waiting), a_pair()).reasons
    )


def test_a_router_that_was_never_touched_only_gets_its_skew() -> None:
    assert undo(idle(advskew=240)) == ["ifconfig vmx1 vhid 2 advskew 200"]
    assert INSTALL.undone(pair_of(idle()), a_pair())


def test_a_router_that_was_not_observed_is_left_alone() -> None:
    assert INSTALL.undo(a_pair(blue=unseen(BLUE)), a_pair()) == ()
    assert not INSTALL.undone(a_pair(blue=unseen(BLUE)), a_pair())


# -- and back: UFS -------------------------------------------------------------


def on_ufs(*jobs: Job, versions: Versions, marker: str | None = None) -> RouterFacts:
    return replace(
        idle(INSTALLED, *jobs, advskew=240),
        environments=(),
        versions=versions,
        boot=Boot(BOOTED_S, marker, NOTE if marker else None),
    )


UFS_BEFORE = a_pair(replace(a_router(BLUE), environments=()))
INSTALLED_NOW = Versions(NEW, OLD, NEW)
BOOTED_NEW = Versions(NEW, NEW, NEW)
TAKEN_BACK = Versions(OLD, NEW, OLD)


def test_without_environments_freebsd_update_takes_back_one_set_a_call() -> None:
    (order,) = INSTALL.undo(pair_of(on_ufs(versions=BOOTED_NEW)), UFS_BEFORE)

    assert texts((order,))[0].endswith("/jobs/rollback-1")
    assert order.commands[-1].argv[-1] == "rollback"
    assert order.commands[-1].effect is Effect.DISRUPTIVE


def test_one_rollback_is_waited_for_before_the_next() -> None:
    running = on_ufs(a_job("rollback-1", JobState.RUNNING), versions=BOOTED_NEW)
    ended = on_ufs(a_job("rollback-1"), versions=BOOTED_NEW)

    assert undo(running, UFS_BEFORE) == []
    assert undo(ended, UFS_BEFORE)[0].endswith("/jobs/rollback-2")


def test_rollbacks_are_bounded() -> None:
    jobs = tuple(a_job(f"rollback-{n}") for n in range(1, 5))

    assert undo(on_ufs(*jobs, versions=BOOTED_NEW), UFS_BEFORE) == []


def test_once_the_old_files_are_there_it_is_marked_and_rebooted() -> None:
    job = a_job("rollback-1")

    marked = undo(on_ufs(job, versions=TAKEN_BACK), UFS_BEFORE)
    rebooted = undo(on_ufs(job, versions=TAKEN_BACK, marker=RUN), UFS_BEFORE)

    assert marked[-2:] == [
        f"tee {MARKER} <<< '{RUN}\n'",
        f"tee {STATE}/boot <<< '{NOTE}\n'",
    ]
    assert rebooted == ["shutdown -r now"]


def test_then_the_skew_is_given() -> None:
    back = on_ufs(a_job("rollback-1"), versions=Versions(OLD, OLD, OLD))

    assert undo(back, UFS_BEFORE) == ["ifconfig vmx1 vhid 2 advskew 200"]
    assert INSTALL.undone(pair_of(replace(back, interfaces=idle().interfaces)), UFS_BEFORE)


def test_what_is_installed_and_not_booted_is_taken_back_too() -> None:
    assert undo(on_ufs(versions=INSTALLED_NOW), UFS_BEFORE)[0].endswith("/jobs/rollback-1")
