"""Reboot: a new boot is proven by a mark that none survives, and by the boot time."""

from dataclasses import replace

import pytest
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
NOTE = f"{RUN} reboot {BOOTED_S:.0f}"  # this boot is about to be ended, on purpose
AGAIN_S = BOOTED_S + 60.0
DEFAULT = an_environment("default")


def booted(
    time_s: float = BOOTED_S,
    marker: str | None = None,
    note: str | None = NOTE,
    environment: Environment = DEFAULT,
) -> PairFacts:
    blue = a_router(BLUE, a_vhid(2, BACKUP, 240))
    return a_pair(
        replace(blue, boot=Boot(time_s, marker, note), environments=(environment,)),
        a_router(GREEN, a_vhid(2, MASTER, 100)),
        before=a_pair(),
    )


def texts(pair: PairFacts) -> list[str]:
    return [str(command) for order in REBOOT.commands(pair) for command in order.commands]


def test_first_this_boot_is_marked_and_noted_and_nothing_is_rebooted() -> None:
    (order,) = REBOOT.commands(booted(note=None))

    assert [str(c) for c in order.commands] == [
        "mkdir -p /var/run/bluegreen",
        "mount -t tmpfs -o size=1m tmpfs /var/run/bluegreen",
        f"tee {MARKER} <<< '{RUN}\n'",
        f"tee {STATE}/boot <<< '{NOTE}\n'",
    ]
    assert all(c.effect is Effect.CONFIG for c in order.commands)


def test_a_mark_without_its_note_is_only_noted() -> None:
    assert texts(booted(marker=RUN, note=None)) == [f"tee {STATE}/boot <<< '{NOTE}\n'"]


def test_the_note_of_a_boot_for_something_else_is_replaced() -> None:
    back = f"{RUN} revert {BOOTED_S:.0f}"

    assert texts(booted(marker=RUN, note=back)) == [f"tee {STATE}/boot <<< '{NOTE}\n'"]


def test_only_a_marked_router_that_is_idle_boots_again() -> None:
    (order,) = REBOOT.commands(booted(marker=RUN))

    assert [str(c) for c in order.commands] == ["shutdown -r now"]
    assert order.guard == Guard(0, 1, (f"{STATE}/lock", RUN), MARKER)


def test_the_mark_of_another_run_is_replaced_first() -> None:
    assert f"tee {MARKER} <<< '{RUN}\n'" in texts(booted(marker="run-7"))


def test_after_the_boot_nothing_is_sent_any_more() -> None:
    assert REBOOT.commands(booted(AGAIN_S)) == ()


def test_a_new_boot_needs_the_note_and_both_witnesses() -> None:
    assert REBOOT.done(booted(AGAIN_S))
    assert REBOOT.done(booted(AGAIN_S, RUN)).reasons == (
        "router-001: the mark of the old boot is still there",
    )
    assert REBOOT.done(booted()).reasons == ("router-001: booted at 1800000000, as before",)


@pytest.mark.parametrize(
    "note",
    [None, f"run-7 reboot {BOOTED_S:.0f}", f"{RUN} revert {BOOTED_S:.0f}", f"{RUN} reboot", RUN],
)
def test_a_boot_that_nobody_noted_for_this_is_none_of_ours(note: str | None) -> None:
    pair = booted(AGAIN_S, note=note)

    assert REBOOT.done(pair).reasons == ("router-001: it has not been told to boot yet",)
    assert REBOOT.failure(pair) is None


@pytest.mark.parametrize("noted", ["²", "9" * 5000, "1 2"])
def test_a_boot_noted_at_no_time_is_none_of_ours(noted: str) -> None:
    pair = booted(AGAIN_S, note=f"{RUN} reboot {noted}")

    assert not REBOOT.done(pair)


def test_a_boot_time_that_is_told_a_little_differently_is_no_new_boot() -> None:
    assert not REBOOT.done(booted(BOOTED_S + 0.4))
    assert REBOOT.done(booted(BOOTED_S - 5.0))  # a clock that was ahead was set by the boot


def test_a_router_that_is_away_is_waited_for() -> None:
    away = a_pair(blue=unseen(BLUE), before=a_pair())

    assert REBOOT.done(away).reasons == ("router-001: does not answer yet",)
    assert REBOOT.failure(away) is None
    assert REBOOT.commands(away) == ()


def test_another_environment_than_the_active_one_is_a_failure_at_once() -> None:
    pair = booted(AGAIN_S, environment=an_environment(KEPT))

    assert REBOOT.failure(pair) == f"router-001: booted {KEPT}, wanted default"
    assert REBOOT.failure(booted(AGAIN_S)) is None
    assert REBOOT.failure(booted()) is None


def test_a_router_that_serves_is_not_rebooted() -> None:
    assert "router-001 is MASTER of vhid 2@vmx1" in REBOOT.ready(a_pair()).reasons
    assert REBOOT.ready(booted())


def test_without_a_baseline_no_boot_is_taken_for_a_good_one() -> None:
    assert not REBOOT.done(replace(booted(BOOTED_S + 60, note=NOTE), before=None))
