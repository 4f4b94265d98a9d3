"""Restore, hold and release: skews and roles as they were, or on purpose not yet."""

from dataclasses import replace

from facts import (
    BACKUP,
    BLUE,
    GREEN,
    MASTER,
    RUN,
    STATE,
    VIP,
    a_pair,
    a_route,
    a_router,
    a_setting,
    a_tunnel,
    a_vhid,
    switched,
    unseen,
)

from bluegreen.model.facts import Hold, PairFacts
from bluegreen.steps.baseline import Baseline, Postflight
from bluegreen.steps.restore import KeepSwitched, Release, Restore
from bluegreen.world import Order

RESTORE = Restore(a_setting())
HELD = Hold(RUN, (("vmx1", 2, 0),))


def texts(orders: tuple[Order, ...]) -> list[str]:
    return [f"{order.router}: {command}" for order in orders for command in order.commands]


def after_upgrade() -> PairFacts:
    """Return blue MASTER at 200, green BACKUP at 220: both legs are over."""
    return a_pair(
        a_router(BLUE, a_vhid(2, MASTER, 200)),
        a_router(GREEN, a_vhid(2, BACKUP, 220)),
        before=a_pair(),
    )


def test_the_masters_skew_is_given_back_first() -> None:
    assert texts(RESTORE.commands(after_upgrade())) == [
        "router-001: ifconfig vmx1 vhid 2 advskew 0",
        "router-001: sysctl net.inet.carp.demotion=0",
    ]


def test_then_the_backups_and_it_has_nothing_to_advertise() -> None:
    pair = after_upgrade().with_router(a_router(BLUE))

    assert texts(RESTORE.commands(pair)) == ["router-002: ifconfig vmx1 vhid 2 advskew 100"]


def test_it_is_done_when_skews_and_roles_are_back() -> None:
    assert RESTORE.done(a_pair(before=a_pair()))
    assert RESTORE.commands(a_pair(before=a_pair())) == ()
    assert RESTORE.done(after_upgrade()).reasons == (
        "vhid 2@vmx1: advskew is 200, wanted 0",
        "vhid 2@vmx1: advskew is 220, wanted 100",
    )


def test_old_skews_with_other_roles_are_not_done() -> None:
    pair = a_pair(
        a_router(BLUE, a_vhid(2, BACKUP, 0)),
        a_router(GREEN, a_vhid(2, MASTER, 100)),
        before=a_pair(),
    )

    assert RESTORE.done(pair).reasons == (f"vhid 2 ({VIP}): MASTER is router-002, was router-001",)


def test_undo_parks_the_backup_first_and_moves_nothing() -> None:
    assert texts(RESTORE.undo(a_pair(), a_pair())) == [
        "router-002: ifconfig vmx1 vhid 2 advskew 220"
    ]
    second = a_pair(green=a_router(GREEN, a_vhid(2, BACKUP, 220)))
    assert texts(RESTORE.undo(second, a_pair())) == ["router-001: ifconfig vmx1 vhid 2 advskew 200"]
    assert RESTORE.undone(after_upgrade(), a_pair())


def test_without_a_baseline_nothing_is_given_back() -> None:
    assert RESTORE.commands(replace(after_upgrade(), before=None)) == ()
    assert RESTORE.done(a_pair()).reasons == ("no baseline was recorded",)


def test_a_router_that_was_not_observed_is_not_restored() -> None:
    assert not RESTORE.done(a_pair(green=unseen(), before=a_pair()))
    assert not RESTORE.ready(a_pair(green=unseen(), before=a_pair()))


# -- a hold --------------------------------------------------------------------


def test_what_to_come_back_to_is_written_on_the_router_itself() -> None:
    keep = KeepSwitched(a_setting(), BLUE)

    (order,) = keep.commands(switched())

    assert order.commands[0].argv == ("tee", f"{STATE}/hold")
    assert order.commands[0].stdin == f"run={RUN}\nvmx1 2 0\n"
    assert not keep.done(switched())


def test_a_router_with_its_own_skews_holds_nothing() -> None:
    keep = KeepSwitched(a_setting(), GREEN)

    assert keep.done(switched())
    assert keep.commands(switched()) == ()


def test_a_hold_is_taken_back_by_removing_it() -> None:
    keep = KeepSwitched(a_setting(), BLUE)
    held = switched().with_router(replace(a_router(BLUE, a_vhid(2, BACKUP, 200)), hold=HELD))

    assert keep.done(held)
    assert texts(keep.undo(held, a_pair())) == [f"router-001: rm -f {STATE}/hold"]
    assert keep.undone(switched(), a_pair())
    assert not keep.undone(held, a_pair())


def test_release_gives_the_held_skews_back_then_drops_the_hold() -> None:
    release = Release(a_setting())
    held = switched().with_router(replace(a_router(BLUE, a_vhid(2, BACKUP, 200)), hold=HELD))
    given = a_pair(replace(a_router(BLUE), hold=HELD), before=held)

    assert texts(release.commands(replace(held, before=held))) == [
        "router-001: ifconfig vmx1 vhid 2 advskew 0"
    ]
    assert not release.done(given)
    assert texts(release.commands(given)) == [f"router-001: rm -f {STATE}/hold"]
    assert release.done(a_pair(before=held))


def test_what_no_skew_brings_back_is_written_down_with_the_skews() -> None:
    at_rest = a_pair(
        a_router(BLUE, a_vhid(2, MASTER, 100)), a_router(GREEN, a_vhid(2, BACKUP, 100))
    )

    (order,) = KeepSwitched(a_setting(), BLUE).commands(switched(at_rest))

    assert order.commands[0].stdin == f"run={RUN}\nvmx1 2 100 MASTER\n"


def test_release_moves_what_no_skew_brings_back_before_it_gives_the_skews_back() -> None:
    equal = Hold(RUN, (("vmx1", 2, 100),), (("vmx1", 2),))
    held = switched().with_router(replace(a_router(BLUE, a_vhid(2, BACKUP, 200)), hold=equal))

    assert texts(Release(a_setting()).commands(replace(held, before=held))) == [
        "router-002: ifconfig vmx1 vhid 2 advskew 220",
        "router-002: sysctl net.inet.carp.demotion=0",
    ]


def test_what_was_held_is_held_again_before_a_restore_counts_as_taken_back() -> None:
    blue = a_router(BLUE, a_vhid(2, BACKUP, 200))
    held = switched().with_router(replace(blue, hold=HELD))
    let_go = switched().with_router(replace(blue, hold=None))

    assert "router-001 is not held again" not in Release(a_setting()).undone(held, held).reasons
    assert "router-001 is not held again" in Release(a_setting()).undone(let_go, held).reasons


# -- the baseline, before and after --------------------------------------------


def test_a_baseline_is_of_both_routers_and_of_one_master() -> None:
    baseline = Baseline(a_setting())
    split = a_pair(green=a_router(GREEN, a_vhid(2, MASTER, 100)))

    assert baseline.done(a_pair())
    assert not baseline.done(a_pair(green=unseen()))
    assert baseline.done(split).reasons == (f"vhid 2 ({VIP}) is MASTER on both routers",)


def test_nothing_is_let_go_before_the_roles_have_followed() -> None:
    baseline = Baseline(a_setting())

    assert baseline.undone(a_pair(), a_pair())
    assert not baseline.undone(switched(), a_pair())


def test_everything_that_was_there_is_there_at_the_end() -> None:
    learned = replace(a_router(BLUE), routes=(a_route("172.27.27.0/27"),))
    before = a_pair(learned)

    assert Postflight(a_setting()).done(a_pair(learned, before=before))
    assert Postflight(a_setting()).done(a_pair(before=before)).reasons == (
        "router-001: no route to 172.27.27.0/27",
    )


def test_roles_are_as_they_were_unless_they_were_to_be_exchanged() -> None:
    assert not Postflight(a_setting()).done(switched())
    assert Postflight(a_setting(), switched=True).done(switched())


def test_a_tunnel_may_have_gone_to_the_peer_with_the_role() -> None:
    up, down = (a_tunnel(),), (a_tunnel(up=False),)
    before = a_pair(a_router(BLUE, more=up), a_router(GREEN, more=down))
    blue = a_router(BLUE, a_vhid(2, BACKUP, 200), more=down)
    now = a_pair(blue, a_router(GREEN, a_vhid(2, MASTER, 100), more=up), before=before)

    assert Postflight(a_setting(), switched=True).done(now).reasons == ()


def test_a_backup_that_is_unwell_is_not_passed_over_at_the_end() -> None:
    demoted = a_pair(green=a_router(GREEN, demotion=240), before=a_pair())

    assert Postflight(a_setting()).done(demoted).reasons == (
        "router-002: net.inet.carp.demotion is 240",
    )
