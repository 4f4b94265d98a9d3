"""Whole upgrades over SSH, as a user runs them."""

import re

import pytest
from routers import FIRST, SECOND, pair_specs
from running import (
    BOTH_LEGS,
    NEW,
    Deeds,
    Hire,
    Product,
    StartPair,
    deeds,
    shapes,
    up_to_date,
    upgraded,
)

from bluegreen.lab.loopback import LoopbackPair
from bluegreen.model.events import Answered, CommandSent, Event, RunStarted, StepDone, StepStarted

pytest_plugins = ("pair", "product")

LINE = re.compile(r"\d\d:\d\d:\d\d  (router-00[12]|pair)  +[a-z-]+( +\S.*)?")
FIRST_TOUCHED = {"active-first": FIRST, "idle-first": SECOND}


@pytest.mark.parametrize("strategy", ["active-first", "idle-first"])
def test_a_planned_upgrade_changes_the_systems_and_nothing_else(
    product: Product, ssh_pair: LoopbackPair, strategy: str
) -> None:
    before = shapes(ssh_pair)
    words = ("--pair", "edge", "--strategy", strategy)
    first, second = (product.run("upgrade", *words, "--plan") for _ in range(2))
    assert (first.code, first.out) == (0, second.out)
    (plan_hash,) = set(re.findall(r"\b[0-9a-f]{16}\b", first.out))
    assert shapes(ssh_pair) == before

    ended = product.upgrade("--strategy", strategy, "--expect", plan_hash).end()

    assert ended.code == 0
    assert shapes(ssh_pair) == upgraded(before)
    assert deeds(ssh_pair) == BOTH_LEGS
    assert_in_order(ended.events)
    started = ended.events[0]
    assert isinstance(started, RunStarted)
    assert (started.plan_hash, started.playbook, started.blue) == (plan_hash, strategy, FIRST)
    assert (ended.finished.outcome, ended.finished.exit_code) == ("done", 0)
    assert ended.finished.serving == f"{FIRST} serves vhid 2, 3"
    installs = [s for s in started.steps if s.startswith("install")]
    assert installs[0] == f"install@{FIRST_TOUCHED[strategy]}"
    assert_plain(ended.err)


def assert_in_order(events: tuple[Event, ...]) -> None:
    """One run, its clock forwards; every step begins and ends; every command has its answer."""
    kinds = [event.event for event in events]
    assert (kinds[0], kinds[-1]) == ("run_started", "run_finished")
    assert kinds.count("run_started") == kinds.count("run_finished") == 1
    assert {event.run for event in events} == {events[0].run}
    assert [event.at for event in events] == sorted(event.at for event in events)
    started = events[0]
    assert isinstance(started, RunStarted)
    begun = [event.step for event in events if isinstance(event, StepStarted)]
    ended = [event.step for event in events if isinstance(event, StepDone)]
    assert begun == ended == list(started.steps)
    pairs = [(e.event, e.number) for e in events if isinstance(e, CommandSent | Answered)]
    sent = [number for kind, number in pairs if kind == "command"]
    assert sent == list(range(1, len(sent) + 1))
    assert pairs == [one for n in sent for one in (("command", n), ("answered", n))]


def assert_plain(err: str) -> None:
    assert "\x1b" not in err
    assert [line for line in err.splitlines() if not LINE.fullmatch(line)] == []


def test_a_pair_that_is_up_to_date_is_left_alone(start_pair: StartPair, hire: Hire) -> None:
    first, second = map(up_to_date, pair_specs())
    pair = start_pair((first, second))
    before = shapes(pair)

    ended = hire(pair.inventory).run("upgrade", "--pair", f"{FIRST},{SECOND}", "--yes")

    assert ended.code == 0
    assert "up to date" in ended.out
    assert NEW in ended.out
    assert shapes(pair) == before
    assert deeds(pair) == Deeds((1, 1), (0, 0), (0, 0))
