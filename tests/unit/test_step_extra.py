"""What an engineer adds to a playbook: a soak, a pause, a check; and the steps around them."""

from dataclasses import replace

from facts import (
    BACKUP,
    BLUE,
    GREEN,
    MASTER,
    VIP,
    a_pair,
    a_router,
    a_setting,
    a_vhid,
    switched,
    unseen,
)

from bluegreen.model.command import Effect, Output
from bluegreen.model.facts import Outside, PairFacts, VipAnswer
from bluegreen.model.playbook import KNOWN_STEPS, Entry
from bluegreen.steps import STEPS, build
from bluegreen.steps.converge import Converge
from bluegreen.steps.extra import Check, Pause, Soak

SILENT = Outside(answers=(VipAnswer(VIP, 9, 9, 900.0, False),))


def after_s(seconds: float, pair: PairFacts | None = None) -> PairFacts:
    return replace(pair or a_pair(before=a_pair()), elapsed_s=seconds)


def test_a_soak_is_done_when_its_time_has_passed_and_nothing_is_broken() -> None:
    soak = Soak(a_setting(), 600.0)

    assert soak.done(after_s(600.0))
    assert soak.done(after_s(599.0)).reasons == ("599 s have passed",)
    assert soak.commands(after_s(0.0)) == ()


def test_a_soak_is_over_once_something_was_broken_for_half_a_minute() -> None:
    soak, broken = Soak(a_setting(), 600.0), a_pair(outside=SILENT, before=a_pair())

    assert soak.done(after_s(600.0, broken)).reasons == (f"{VIP} does not answer the probe",)
    assert soak.failure(after_s(60.0, replace(broken, broken_s=30.0))) is None
    assert soak.failure(after_s(60.0, replace(broken, broken_s=31.0))) == (
        f"{VIP} does not answer the probe"
    )


def test_a_soak_of_an_active_active_pair_watches_that_each_vip_has_one_master() -> None:
    lan = ("192.0.2.254",)
    blue = a_router(BLUE, a_vhid(2), a_vhid(3, BACKUP, 100, addresses=lan))
    green = a_router(GREEN, a_vhid(2, BACKUP, 100), a_vhid(3, MASTER, addresses=lan))
    dark = a_router(GREEN, a_vhid(2, BACKUP, 100), a_vhid(3, BACKUP, addresses=lan))
    soak = Soak(a_setting(), 60.0)

    assert soak.done(after_s(60.0, a_pair(blue, green)))
    assert soak.done(after_s(60.0, a_pair(blue, dark))).reasons == (
        "vhid 3 (192.0.2.254) has 0 MASTERs",
    )


def test_a_soak_beside_a_router_that_does_not_answer_is_broken() -> None:
    assert not Soak(a_setting(), 1.0).done(after_s(5.0, a_pair(green=unseen(), before=a_pair())))


def test_a_pause_is_a_resting_point_that_the_runner_stops_at() -> None:
    pause = Pause(a_setting(), "look at the graphs")

    assert pause.done(a_pair())
    assert pause.goal == "somebody has looked: look at the graphs"


def test_a_check_runs_the_engineers_words_and_is_taken_as_a_read() -> None:
    check = Check(a_setting(), GREEN, ("pfctl", "-si"), "Status: Enabled")

    (order,) = check.commands(a_pair())

    assert (order.router, order.commands[0].argv) == (GREEN, ("pfctl", "-si"))
    assert order.commands[0].effect is Effect.READ
    assert order.guard is None


def said(stdout: str, code: int = 0, stderr: str = "") -> PairFacts:
    return replace(a_pair(), said=(Output(stdout, stderr, code),))


def test_a_check_holds_when_it_exits_with_0_and_prints_what_is_expected() -> None:
    check = Check(a_setting(), GREEN, ("pfctl", "-si"), r"Status: En\w+")

    assert check.done(said("Status: Enabled for 3 days\n"))
    assert check.done(said("Status: Disabled\n")).reasons == (
        r"'Status: En\\w+' is not in what it printed",
    )
    assert check.done(said("Status: Enabled\n", 1, "oops")).reasons == ("exit status 1: oops",)
    assert check.done(a_pair()).reasons == ("it was not run yet",)


def test_a_check_without_an_expectation_asks_for_the_exit_status_alone() -> None:
    check = Check(a_setting(), GREEN, ("true",))

    assert check.done(said(""))
    assert not check.ready(a_pair(green=unseen()))


def test_converge_names_the_layer_that_has_not_followed() -> None:
    converge = Converge(a_setting(), GREEN)

    assert converge.done(switched())
    assert converge.done(replace(switched(), outside=SILENT)).reasons == (
        f"probe: {VIP} does not answer the probe",
    )
    assert not converge.ready(a_pair(blue=unseen(BLUE)))


def test_every_step_that_a_playbook_may_name_can_be_built() -> None:
    assert set(STEPS) == set(KNOWN_STEPS)
    for name in STEPS:
        step = build(Entry(name, "blue", command=("true",), for_s=1.0), BLUE, a_setting())
        assert step.name == name
        assert step.goal
        assert step.deadline_s >= 0


def test_every_step_can_be_asked_about_a_pair_that_nobody_can_see() -> None:
    """No question raises: what is not known is a no, and nothing is sent to it."""
    nobody = a_pair(unseen(BLUE), unseen(GREEN), before=a_pair())
    for name in STEPS:
        step = build(Entry(name, "blue", command=("true",), for_s=1.0), BLUE, a_setting())
        if name in ("pause", "check"):
            continue
        assert not step.done(nobody), name
        assert step.commands(nobody) == (), name
        assert step.undo(nobody, a_pair()) == (), name
        assert step.failure(nobody) is None, name


def test_a_step_sends_nothing_to_a_pair_on_which_it_is_done() -> None:
    pair = a_pair(a_router(BLUE), a_router(GREEN), before=a_pair())
    for name in ("preflight", "lock", "baseline", "restore", "unpersist", "hold", "release"):
        step = build(Entry(name, "blue"), BLUE, a_setting())
        assert step.done(pair), name
        assert step.commands(pair) == (), name
