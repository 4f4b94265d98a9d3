"""Lock and unlock: one run a router, and nothing left behind."""

from dataclasses import replace

from facts import (
    BLUE,
    BOOTED_S,
    GREEN,
    LOCK,
    RUN,
    STATE,
    WRITTEN,
    a_job,
    a_pair,
    a_router,
    a_setting,
    unseen,
)

from bluegreen.freebsd.locking import take_lock
from bluegreen.freebsd.paths import Paths
from bluegreen.model.facts import Boot, PairFacts
from bluegreen.model.system import Lock as LockFacts
from bluegreen.steps.lock import Lock, Unlock

LOCKING, UNLOCKING = Lock(a_setting(), BLUE), Unlock(a_setting(), BLUE)
FOREIGN = LockFacts("run-7", "somebody", "laptop", "2025-12-31T23:00:00+00:00")


def held(lock: LockFacts | None) -> PairFacts:
    return a_pair(a_router(BLUE, lock=lock))


def test_a_free_router_is_locked_without_a_guard_as_there_is_no_lock_to_check() -> None:
    (order,) = LOCKING.commands(held(None))

    assert order.guard is None
    assert order.commands == take_lock(Paths(STATE), LOCK)
    assert not LOCKING.done(held(None))


def test_a_lock_of_ours_is_not_taken_twice() -> None:
    assert LOCKING.done(held(LOCK))
    assert LOCKING.commands(held(LOCK)) == ()


def test_a_lock_of_another_run_is_never_broken() -> None:
    assert LOCKING.commands(held(FOREIGN)) == ()
    assert LOCKING.undo(held(FOREIGN), a_pair()) == ()
    assert UNLOCKING.commands(held(FOREIGN)) == ()
    assert (LOCKING.failure(held(FOREIGN)) or "").startswith(
        "router-001 is held by run run-7 of somebody@laptop since 2025-12-31T23:00:00+00:00"
    )
    assert LOCKING.done(held(FOREIGN)).reasons == ("router-001 is held by run-7",)


def test_neither_router_is_locked_while_another_run_holds_one() -> None:
    pair = a_pair(a_router(BLUE, lock=None), a_router(GREEN, lock=FOREIGN))

    assert "router-002 is held by run run-7 of somebody" in (LOCKING.failure(pair) or "")
    assert LOCKING.failure(a_pair()) is None


def test_everything_of_ours_is_removed_under_our_own_lock() -> None:
    (order,) = UNLOCKING.commands(held(LOCK))

    assert [str(c) for c in order.commands] == [
        f"rm -rf {STATE}/jobs {STATE}/originals",
        f"rm -f {STATE}/heartbeat {STATE}/boot {STATE}/drained {WRITTEN}",
        f"rm -f {STATE}/lock",
    ]
    assert order.guard is not None
    assert order.guard.lock == (f"{STATE}/lock", RUN)


def test_the_mark_of_a_boot_is_removed_where_there_is_one() -> None:
    marked = replace(a_router(BLUE), boot=Boot(BOOTED_S, "mark"))

    (order,) = UNLOCKING.commands(a_pair(marked))

    assert [str(c) for c in order.commands][:2] == [
        "umount /var/run/bluegreen",
        "rmdir /var/run/bluegreen",
    ]


def test_it_is_free_when_neither_lock_nor_job_is_left() -> None:
    left = a_pair(a_router(BLUE, lock=None, jobs=(a_job("stage"),)))

    assert UNLOCKING.done(held(None))
    assert UNLOCKING.done(held(LOCK)).reasons == ("router-001 is still held by this run",)
    assert UNLOCKING.done(left).reasons == ("router-001: jobs were left behind",)


def test_taking_the_lock_back_is_releasing_it_and_the_other_way_round() -> None:
    assert LOCKING.undo(held(LOCK), a_pair()) == UNLOCKING.commands(held(LOCK))
    assert UNLOCKING.undo(held(None), a_pair()) == LOCKING.commands(held(None))
    assert LOCKING.undone(held(None), a_pair())
    assert UNLOCKING.undone(held(LOCK), a_pair())


def test_a_router_that_was_not_observed_is_neither_held_nor_free() -> None:
    away = a_pair(blue=unseen(BLUE))

    assert not LOCKING.ready(away)
    assert not LOCKING.done(away)
    assert not UNLOCKING.done(away)
    assert LOCKING.commands(away) == UNLOCKING.commands(away) == ()


def without_its_lock(*kept: str) -> PairFacts:
    return a_pair(replace(a_router(BLUE, lock=None), kept=kept))


def test_what_lies_there_without_its_lock_is_removed_under_a_lock_taken_again() -> None:
    left = without_its_lock(f"{STATE}/heartbeat", f"{STATE}/originals/etc__rc.conf")

    assert LOCKING.undo(left, a_pair()) == LOCKING.commands(left)
    assert LOCKING.undone(left, a_pair()).reasons == (
        f"router-001: {STATE}/heartbeat, {STATE}/originals/etc__rc.conf left behind",
    )


def test_a_hold_is_not_left_behind_but_kept() -> None:
    assert UNLOCKING.done(without_its_lock(f"{STATE}/hold"))


def test_what_lies_under_another_run_s_lock_is_that_run_s() -> None:
    theirs = a_pair(
        replace(a_router(BLUE, lock=FOREIGN, jobs=(a_job("stage"),)), kept=(f"{STATE}/heartbeat",))
    )

    assert LOCKING.undone(theirs, a_pair())
    assert LOCKING.undo(theirs, a_pair()) == ()
