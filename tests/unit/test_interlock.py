"""The last look before a command is sent: each rule by itself."""

from dataclasses import replace

import pytest
from facts import (
    BACKUP,
    BEGAN_S,
    BLUE,
    GREEN,
    LOCK,
    MASTER,
    RUN,
    STATE,
    VIP,
    a_job,
    a_pair,
    a_router,
    a_vhid,
    switched,
    unseen,
)

from bluegreen.engine.interlock import Moment, fresh, permit, settled
from bluegreen.freebsd.commands import advertise_now, reboot
from bluegreen.freebsd.locking import take_lock
from bluegreen.freebsd.paths import Paths
from bluegreen.model.command import Command, Effect, Guard
from bluegreen.model.facts import Outside, PairFacts, Unknown, VipAnswer
from bluegreen.model.system import JobState
from bluegreen.model.system import Lock as LockFacts
from bluegreen.world import Order

NOW = Moment(now_s=BEGAN_S + 1.0, settled_s=BEGAN_S - 60.0, holder=LOCK)
HELD = (f"{STATE}/lock", RUN)
GUARD = Guard(masters=1, backups=0, lock=HELD)
IDLE_GUARD = Guard(masters=0, backups=1, lock=HELD)


def a_command(effect: Effect) -> Command:
    return Command(("true",), 5.0, effect)


def an_order(effect: Effect, router: str = BLUE, guard: Guard | None = GUARD) -> Order:
    return Order(router, (a_command(effect),), guard)


REBOOT = Order(BLUE, (reboot(),), IDLE_GUARD)
RAISE = Order(BLUE, (a_command(Effect.CARP), advertise_now()), GUARD)


def reasons(order: Order, pair: PairFacts, moment: Moment = NOW) -> tuple[str, ...]:
    return permit(order, pair, moment).reasons


# -- freshness -----------------------------------------------------------------


@pytest.mark.parametrize("effect", [e for e in Effect if e is not Effect.READ])
def test_nothing_is_changed_on_facts_older_than_two_seconds(effect: Effect) -> None:
    late = replace(NOW, now_s=BEGAN_S + 2.1)

    assert "what was seen is older than 2 s" in reasons(an_order(effect), a_pair(), late)


def test_what_was_seen_two_seconds_ago_is_fresh() -> None:
    assert reasons(RAISE, a_pair(), replace(NOW, now_s=BEGAN_S + 2.0)) == ()


def test_the_older_of_both_observations_counts() -> None:
    stale = a_pair(green=replace(a_router(GREEN), began_s=BEGAN_S - 5.0))

    assert not fresh(stale, BEGAN_S)
    assert "what was seen is older than 2 s" in reasons(RAISE, stale)


def test_reading_is_always_allowed() -> None:
    order = Order(BLUE, (a_command(Effect.READ),))

    assert permit(order, a_pair(blue=unseen(BLUE)), replace(NOW, now_s=BEGAN_S + 3600))


# -- who is seen ---------------------------------------------------------------


def test_nothing_is_sent_to_a_router_that_was_not_observed() -> None:
    assert reasons(RAISE, a_pair(blue=unseen(BLUE))) == ("router-001 could not be observed",)


def test_configuration_may_be_changed_while_the_peer_is_away() -> None:
    assert reasons(an_order(Effect.CONFIG), a_pair(green=unseen())) == ()


@pytest.mark.parametrize("effect", [e for e in Effect if e is not Effect.READ])
def test_with_two_masters_everything_is_frozen(effect: Effect) -> None:
    split = a_pair(green=a_router(GREEN, a_vhid(2, MASTER, 100)))

    assert f"vhid 2 ({VIP}) is MASTER on both routers: frozen" in reasons(an_order(effect), split)


# -- the lock ------------------------------------------------------------------


def test_the_lock_itself_may_be_taken_without_one() -> None:
    order = Order(BLUE, take_lock(Paths(), LOCK))

    assert reasons(order, a_pair(a_router(BLUE, lock=None))) == ()


@pytest.mark.parametrize("effect", [Effect.CARP, Effect.JOB, Effect.DISRUPTIVE])
def test_nothing_else_is_sent_to_a_router_that_is_not_locked(effect: Effect) -> None:
    unlocked = a_pair(a_router(BLUE, lock=None))

    assert "router-001 is not locked by this run" in (
        reasons(an_order(effect, guard=None), unlocked)
    )


def test_a_guarded_order_to_a_router_that_lost_its_lock_is_refused() -> None:
    unlocked = a_pair(a_router(BLUE, lock=None))

    assert reasons(an_order(Effect.CONFIG), unlocked) == ("router-001 is not locked by this run",)


def test_a_router_that_another_run_holds_is_left_alone() -> None:
    foreign = a_pair(a_router(BLUE, lock=LockFacts("run-7", "somebody", "laptop", "yesterday")))

    assert reasons(RAISE, foreign) == ("router-001 is held by run run-7",)


@pytest.mark.parametrize("guard", [None, Guard(masters=1)])
def test_an_order_that_the_router_cannot_check_is_refused(guard: Guard | None) -> None:
    assert reasons(an_order(Effect.CONFIG, guard=guard), a_pair()) == (
        "the order carries no guard of its own",
    )


# -- an election that runs -----------------------------------------------------


def test_no_carp_command_within_two_seconds_of_a_change_of_roles() -> None:
    young = replace(NOW, settled_s=NOW.now_s - 1.9)

    assert reasons(RAISE, a_pair(), young) == ("a role changed less than 2 s ago",)
    assert reasons(RAISE, a_pair(), replace(young, settled_s=NOW.now_s - 2.0)) == ()


def test_other_commands_need_not_wait_for_an_election() -> None:
    young = replace(NOW, settled_s=NOW.now_s)

    assert settled(an_order(Effect.CONFIG), young)
    assert not settled(RAISE, young)


# -- disruption ----------------------------------------------------------------


def test_an_idle_router_may_be_rebooted() -> None:
    assert reasons(REBOOT, switched()) == ()


def test_a_router_that_serves_may_not() -> None:
    assert "router-001 is MASTER of vhid 2@vmx1" in reasons(REBOOT, a_pair())


def test_nor_one_whose_peer_was_not_observed() -> None:
    assert not permit(REBOOT, switched().with_router(a_router(BLUE)), NOW)
    away = replace(switched(), second=unseen(GREEN))
    assert not permit(REBOOT, away, NOW)


def test_nor_one_while_a_vip_does_not_answer() -> None:
    silent = Outside(answers=(VipAnswer(VIP, 9, 9, 900.0, False),))

    assert reasons(REBOOT, replace(switched(), outside=silent)) == (
        f"{VIP} does not answer the probe",
    )


@pytest.mark.parametrize("name", ["install-1", "rollback-1"])
def test_both_routers_are_never_worked_on_at_once(name: str) -> None:
    green = a_router(GREEN, a_vhid(2, MASTER, 100), jobs=(a_job(name, JobState.RUNNING),))

    assert reasons(REBOOT, switched().with_router(green)) == ("router-002 is being worked on",)


def test_a_download_on_the_peer_disturbs_nobody() -> None:
    green = a_router(GREEN, a_vhid(2, MASTER, 100), jobs=(a_job("stage", JobState.RUNNING),))

    assert reasons(REBOOT, switched().with_router(green)) == ()


@pytest.mark.parametrize("masters", [None, 1])
def test_a_disruptive_order_has_the_router_check_that_it_is_idle(masters: int | None) -> None:
    order = replace(REBOOT, guard=Guard(masters=masters, lock=HELD))

    assert reasons(order, switched()) == (
        "a disruptive order must have the router check that it is idle",
    )


def test_one_disruptive_command_makes_the_whole_order_disruptive() -> None:
    order = Order(BLUE, (a_command(Effect.CONFIG), reboot()), IDLE_GUARD)

    assert "router-001 is MASTER of vhid 2@vmx1" in reasons(order, a_pair())


def test_every_broken_rule_is_named_at_once() -> None:
    blue = a_router(BLUE, a_vhid(2, BACKUP, 200), lock=None)
    late = Moment(now_s=BEGAN_S + 10, settled_s=BEGAN_S + 9, holder=LOCK)

    said = reasons(replace(REBOOT, guard=None), switched().with_router(blue), late)

    assert said == (
        "what was seen is older than 2 s",
        "router-001 is not locked by this run",
        "a disruptive order must have the router check that it is idle",
    )


def test_nothing_is_sent_to_a_router_of_which_nobody_knows_who_holds_it() -> None:
    hidden = Unknown("find: /var/log/bluegreen: Permission denied")
    pair = a_pair()
    blue = pair.seen(BLUE)
    assert blue
    take = Order(BLUE, take_lock(Paths(), LOCK))

    assert reasons(take, pair.with_router(replace(blue, hidden=hidden, lock=None))) == (
        f"{BLUE}: who holds it cannot be read: find: /var/log/bluegreen: Permission denied",
    )
