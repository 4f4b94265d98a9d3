"""Reboot: a new boot is proven by a mark that none survives, and by the boot time."""

from dataclasses import replace

from facts import (
    BACKUP,
    BLUE,
    BOOTED_S,
    GREEN,
    KEPT,
    MASTER,
    RUN,
    STATE,
    a_pair,
    a_router,
    a_setting,
    a_vhid,
    an_environment,
    unseen,
)

from bluegreen.freebsd.paths import MARKER
from bluegreen.model.command import Effect, Guard
from bluegreen.model.facts import Boot, PairFacts
from bluegreen.model.system import Environment
from bluegreen.steps.reboot import Reboot

REBOOT = Reboot(a_setting(), BLUE)
MARK = f"{RUN} {BOOTED_S:.0f}"
DEFAULT = an_environment("default")


def booted(
    time_s: float = BOOTED_S, marker: str | None = None, environment: Environment = DEFAULT
) -> PairFacts:
    blue = a_router(BLUE, a_vhid(2, BACKUP, 240))
    return a_pair(
        replace(blue, boot=Boot(time_s, marker), environments=(environment,)),
        a_router(GREEN, a_vhid(2, MASTER, 100)),
        before=a_pair(),
    )


def test_first_this_boot_is_marked_and_nothing_is_rebooted() -> None:
    (order,) = REBOOT.commands(booted())

    assert [str(c) for c in order.commands] == [
        "mkdir -p /var/run/bluegreen",
        "mount -t tmpfs -o size=1m tmpfs /var/run/bluegreen",
        f"tee {MARKER} <<< '{MARK}\n'",
    ]
    assert all(c.effect is Effect.CONFIG for c in order.commands)


def test_only_a_marked_router_that_is_idle_boots_again() -> None:
    (order,) = REBOOT.commands(booted(marker=MARK))

    assert [str(c) for c in order.commands] == ["shutdown -r now"]
    assert order.guard == Guard(0, 1, (f"{STATE}/lock", RUN), MARKER)


def test_the_mark_of_another_run_is_replaced_first() -> None:
    (order,) = REBOOT.commands(booted(marker="run-7 1799999999"))

    assert order.commands[-1].stdin == f"{MARK}\n"


def test_after_the_boot_nothing_is_sent_any_more() -> None:
    assert REBOOT.commands(booted(BOOTED_S + 60)) == ()


def test_a_new_boot_needs_both_witnesses() -> None:
    assert REBOOT.done(booted(BOOTED_S + 60))
    assert REBOOT.done(booted(BOOTED_S + 60, MARK)).reasons == (
        "router-001: the mark of the old boot is still there",
    )
    assert REBOOT.done(booted()).reasons == ("router-001: booted at 1800000000, as before",)


def test_a_boot_time_that_ntpd_moved_by_a_second_is_no_new_boot() -> None:
    assert not REBOOT.done(booted(BOOTED_S + 1))


def test_a_router_that_is_away_is_waited_for() -> None:
    away = a_pair(blue=unseen(BLUE), before=a_pair())

    assert REBOOT.done(away).reasons == ("router-001: does not answer yet",)
    assert REBOOT.failure(away) is None
    assert REBOOT.commands(away) == ()


def test_another_environment_than_the_active_one_is_a_failure_at_once() -> None:
    pair = booted(BOOTED_S + 60, environment=an_environment(KEPT))

    assert REBOOT.failure(pair) == f"router-001: booted {KEPT}, wanted default"
    assert REBOOT.failure(booted(BOOTED_S + 60)) is None
    assert REBOOT.failure(booted()) is None


def test_a_router_that_serves_is_not_rebooted() -> None:
    assert "router-001 is MASTER of vhid 2@vmx1" in REBOOT.ready(a_pair()).reasons
    assert REBOOT.ready(booted())


def test_without_a_baseline_it_is_not_known_what_a_new_boot_is() -> None:
    assert REBOOT.commands(replace(booted(), before=None)) == ()
    assert not REBOOT.done(replace(booted(), before=None))
