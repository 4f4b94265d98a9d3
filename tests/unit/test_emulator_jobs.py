"""Detached jobs on an emulated router: they outlive a connection, and end with a status."""

import pytest
from emulated import Router

from bluegreen.freebsd.batch import questions
from bluegreen.freebsd.commands import fetch_update, fetch_upgrade, forget_job, start_job
from bluegreen.freebsd.paths import Paths
from bluegreen.freebsd.state import parse_state
from bluegreen.freebsd.update import parse_update
from bluegreen.model.command import Effect
from bluegreen.model.system import Job, JobState, UpdateOutcome

PATHS = Paths()
ASKED = questions(PATHS, ())


def started(argv: tuple[str, ...] = fetch_update(), *, yes: bool = False) -> Router:
    router = Router()
    outputs = router.do(start_job(PATHS, "stage", "run1", argv, Effect.JOB, answer_yes=yes))
    assert all(output.ok for output in outputs)
    return router


def job_of(router: Router) -> Job:
    pids = frozenset(router.run(*ASKED["processes"]).stdout.split())
    printed, listed = (router.run(*ASKED[fact]).stdout for fact in ("state", "kept"))
    return parse_state(PATHS.state, printed, listed, pids).jobs[0]


def test_a_job_runs_until_its_time_is_over() -> None:
    router = started()

    router.wait(1.9)

    assert (job_of(router).state, job_of(router).code) == (JobState.RUNNING, None)


def test_a_job_that_ended_has_status_and_log_and_no_process() -> None:
    router = started()

    router.wait(2)

    job = job_of(router)
    assert (job.run, job.state, job.code) == ("run1", JobState.ENDED, 0)
    assert parse_update(job.log).outcome is UpdateOutcome.STAGED
    assert router.run("cat", f"{PATHS.job('stage')}/pid").code == 1


def test_a_job_is_not_started_twice_under_one_name() -> None:
    router = started()

    again = router.do(start_job(PATHS, "stage", "run1", fetch_update(), Effect.JOB))

    assert again[-1].stderr == f"ln: {PATHS.job('stage')}/run: File exists\n"


def test_a_second_daemon_with_the_same_pidfile_is_refused() -> None:
    router = started()

    again = router.run("daemon", "-f", "-p", f"{PATHS.job('stage')}/pid", "sleep", "9")

    assert again.code == 3
    assert again.stderr.startswith("daemon: process already running, pid: ")


def test_a_reboot_kills_a_job_which_then_has_no_status() -> None:
    router = started()
    router.run("shutdown", "-r", "now")

    router.wait(30)

    assert (job_of(router).state, job_of(router).code) == (JobState.LOST, None)


def test_a_forgotten_job_leaves_nothing_even_if_it_ends_later() -> None:
    router = started()
    router.do([forget_job(PATHS, "stage")])

    router.wait(5)

    assert router.run("find", PATHS.state, "-type", "f").stdout == ""


def test_a_job_that_fails_leaves_its_status() -> None:
    router = started(fetch_upgrade("99.0-RELEASE"), yes=True)

    router.wait(5)

    job = job_of(router)
    assert job.code == 1
    assert parse_update(job.log).outcome is UpdateOutcome.UNSUPPORTED


@pytest.mark.parametrize(("seconds", "state"), [(7, JobState.RUNNING), (8, JobState.ENDED)])
def test_sleep_takes_as_long_as_it_says(seconds: float, state: JobState) -> None:
    router = started(("sleep", "8"))

    router.wait(seconds)

    assert job_of(router).state is state


def test_a_killed_job_is_lost() -> None:
    router = started()
    pid = router.run("cat", f"{PATHS.job('stage')}/pid").stdout

    assert router.run("kill", pid).ok

    router.wait(5)
    assert job_of(router).state is JobState.LOST
