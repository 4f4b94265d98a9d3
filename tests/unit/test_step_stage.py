"""Stage and agree: the same system is downloaded on both, and nobody notices."""

from dataclasses import replace

import pytest
from facts import (
    BLUE,
    GREEN,
    NEW,
    RUN,
    STAGED_LOG,
    STATE,
    UP_TO_DATE_LOG,
    a_job,
    a_pair,
    a_router,
    a_setting,
    unseen,
)

from bluegreen.model.command import Effect
from bluegreen.model.events import PAIR
from bluegreen.model.facts import PairFacts
from bluegreen.model.system import Job, JobState, UpdateOutcome
from bluegreen.policy.jobs import ended_badly, outcome
from bluegreen.steps.stage import Agree, Stage, nothing_to_install, target_of
from bluegreen.world import Order

STAGE = Stage(a_setting(), BLUE)
STAGED, UP_TO_DATE = a_job("stage", log=STAGED_LOG), a_job("stage", log=UP_TO_DATE_LOG)


def with_jobs(blue: Job | None, green: Job | None = None) -> PairFacts:
    return a_pair(
        a_router(BLUE, jobs=(blue,) if blue else ()),
        a_router(GREEN, jobs=(green,) if green else ()),
    )


def daemon(orders: tuple[Order, ...]) -> tuple[str, ...]:
    return orders[0].commands[-1].argv


def test_a_patch_level_is_fetched_in_a_job_that_disrupts_nobody() -> None:
    orders = STAGE.commands(a_pair())

    assert daemon(orders)[-2:] == ("--not-running-from-cron", "fetch")
    assert orders[0].commands[-1].effect is Effect.JOB


def test_another_patch_level_of_the_same_release_is_fetched_too() -> None:
    step = Stage(replace(a_setting(), target="14.2-RELEASE-p2"), BLUE)

    assert daemon(step.commands(a_pair()))[-1] == "fetch"


def test_another_release_is_an_upgrade_that_is_answered_yes() -> None:
    step = Stage(replace(a_setting(), target="14.3-RELEASE-p1"), BLUE)

    argv = daemon(step.commands(a_pair()))

    assert argv[-3:] == ("upgrade", "-r", "14.3-RELEASE")
    assert "--currently-running" in argv
    assert any("yes y |" in word for word in argv)


def test_a_job_that_runs_or_ended_is_not_started_again() -> None:
    assert STAGE.commands(with_jobs(a_job("stage", JobState.RUNNING))) == ()
    assert STAGE.commands(with_jobs(STAGED)) == ()


def test_a_job_that_never_began_is_started_anew() -> None:
    (order,) = STAGE.commands(with_jobs(a_job("stage", JobState.UNSTARTED)))

    assert str(order.commands[0]) == f"rm -rf {STATE}/jobs/stage"
    assert str(order.commands[1]) == f"mkdir -p {STATE}/jobs/stage"


def test_it_is_done_when_something_is_staged_or_nothing_is_needed() -> None:
    assert STAGE.done(with_jobs(STAGED))
    assert STAGE.done(with_jobs(UP_TO_DATE))
    assert not STAGE.done(with_jobs(a_job("stage", JobState.RUNNING, STAGED_LOG)))
    assert not STAGE.done(a_pair())


def test_a_download_that_failed_is_not_waited_for() -> None:
    failed = a_job("stage", log="Fetching metadata signature... failed.\n", code=1)

    assert STAGE.failure(with_jobs(failed)) == (
        "router-001: freebsd-update ended with failed (exit 1): "
        "Fetching metadata signature... failed."
    )
    assert STAGE.failure(with_jobs(STAGED)) is None
    assert STAGE.failure(a_pair(blue=unseen(BLUE))) is None


def test_a_job_that_was_cut_short_has_failed() -> None:
    lost = a_job("stage", JobState.LOST, STAGED_LOG)

    update = outcome(lost)

    assert update is not None
    assert update.outcome is UpdateOutcome.FAILED
    assert ended_badly(BLUE, lost, (UpdateOutcome.STAGED,)) == (
        "router-001: freebsd-update ended with failed (exit None): "
        "it was cut short: no exit status was left"
    )


def test_a_job_that_printed_nothing_has_failed() -> None:
    assert STAGE.failure(with_jobs(a_job("stage", log="", code=1))) == (
        "router-001: freebsd-update ended with failed (exit 1): it printed nothing"
    )


def test_a_leg_is_moot_only_where_the_download_said_so() -> None:
    assert nothing_to_install(with_jobs(UP_TO_DATE), BLUE)
    assert not nothing_to_install(with_jobs(STAGED), BLUE)
    assert not nothing_to_install(a_pair(), BLUE)
    assert not nothing_to_install(a_pair(blue=unseen(BLUE)), BLUE)


def test_what_is_done_for_the_pair_is_moot_only_where_neither_has_anything_to_install() -> None:
    due, none = (a_router(BLUE, jobs=(job,)) for job in (STAGED, UP_TO_DATE))
    current = a_router(GREEN, jobs=(UP_TO_DATE,))

    assert nothing_to_install(a_pair(none, current), PAIR)
    assert not nothing_to_install(a_pair(due, current), PAIR)


def test_both_agree_on_what_they_will_be_on() -> None:
    agree = Agree(a_setting())
    ahead = a_router(GREEN, version=NEW, jobs=(UP_TO_DATE,))

    assert agree.done(with_jobs(STAGED, STAGED))
    assert agree.done(a_pair(a_router(BLUE, jobs=(STAGED,)), ahead))
    assert target_of(a_pair(green=ahead), GREEN) == NEW


def test_one_that_stays_behind_is_refused_at_once() -> None:
    agree, pair = Agree(a_setting()), with_jobs(STAGED, UP_TO_DATE)

    assert agree.failure(pair) == (
        "router-001 would be on 14.2-RELEASE-p2, router-002 on 14.2-RELEASE-p1"
    )
    assert agree.failure(with_jobs(STAGED, None)) is None
    assert agree.done(with_jobs(STAGED, None)).reasons == (
        "what was staged cannot be read on both routers",
    )


@pytest.mark.parametrize("wanted", ["14.2-RELEASE", "14.2-RELEASE-p2", None])
def test_a_target_without_a_patch_level_takes_any(wanted: str | None) -> None:
    agree = Agree(replace(a_setting(), target=wanted))

    assert agree.done(with_jobs(STAGED, STAGED))


def test_another_target_than_the_wanted_one_is_refused() -> None:
    agree = Agree(replace(a_setting(), target="14.2-RELEASE-p3"))

    assert agree.done(with_jobs(STAGED, STAGED)).reasons == (
        "router-001 staged 14.2-RELEASE-p2, not 14.2-RELEASE-p3",
        "router-002 staged 14.2-RELEASE-p2, not 14.2-RELEASE-p3",
    )


def test_a_job_is_recorded_under_the_name_of_its_run() -> None:
    (order,) = STAGE.commands(a_pair())

    assert order.commands[1].stdin == f"{RUN}\n"
