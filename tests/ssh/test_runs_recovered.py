"""kill -9 over real SSH, the journal gone: another machine finishes the run, or undoes it."""

import json
import shutil
from collections.abc import Iterator

import pytest
from pair import opened
from routers import FIRST, SECOND, until
from running import (
    ONE_LEG,
    Hire,
    Moment,
    StartPair,
    deeds,
    half_done,
    run_of,
    shapes,
    upgraded,
)

from bluegreen.errors import UnreachableError
from bluegreen.freebsd.paths import Paths
from bluegreen.lab.loopback import LoopbackPair
from bluegreen.model.command import Command, Effect, Script

pytest_plugins = ("pair", "product")

PATHS = Paths()
LONG_AGO = "2020-01-01T00:00:00+00:00"
RECOVER = ("recover", "--pair", "edge")
MOMENTS = (
    Moment("answered", f"stage@{FIRST}"),
    Moment("answered", f"drain@{FIRST}"),
    Moment("command", f"install@{FIRST}"),
    Moment("answered", f"install@{FIRST}"),
    Moment("answered", f"reboot@{FIRST}", nth=2),
    Moment("answered", "restore@pair"),
    Moment("answered", f"unlock@{FIRST}", nth=2),
)


def silent_for_long(pair: LoopbackPair) -> None:
    """Have the signs of life on both routers say that the run has been silent for years."""
    assert until(lambda: all(answer(pair)), limit_s=30)
    with opened(pair) as doors:
        for door in doors.values():
            said = door.run(_ASK)[0]
            if not said.ok:
                continue
            lines = [line for line in said.stdout.splitlines() if not line.startswith("since=")]
            lock = "\n".join([*lines, f"since={LONG_AGO}"]) + "\n"
            door.run(Script((_write(PATHS.lock, lock), _write(PATHS.heartbeat, f"{LONG_AGO}\n"))))


def answer(pair: LoopbackPair) -> Iterator[bool]:
    """Tell of each router whether it has booted by now."""
    with opened(pair) as doors:
        for door in doors.values():
            try:
                door.run(_ASK)
            except UnreachableError:
                yield False
            else:
                yield True


_ASK = Script((Command(("cat", PATHS.lock), 5.0, Effect.READ),))


def _write(path: str, text: str) -> Command:
    return Command(("tee", path), 5.0, Effect.CONFIG, text)


def killed_at(pair: LoopbackPair, hire: Hire, moment: Moment) -> str:
    """Kill an upgrade, and take its machine away."""
    first = hire(pair.inventory)
    upgrade = first.upgrade()
    upgrade.reach(moment)
    run = run_of(upgrade.kill().events)
    shutil.rmtree(first.state)
    return run


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_a_killed_upgrade_is_finished_from_another_machine(
    start_pair: StartPair, hire: Hire, moment: Moment
) -> None:
    pair = start_pair(half_done())
    before = shapes(pair)
    run = killed_at(pair, hire, moment)
    silent_for_long(pair)
    other = hire(pair.inventory)

    recovered = other.run(*RECOVER, "--finish", "--yes", "--json")

    assert (recovered.code, recovered.finished.outcome) == (0, "done")
    assert recovered.finished.run == run
    assert [event.event for event in recovered.events[:2]] == ["run_started", "run_recovered"]
    assert shapes(pair) == upgraded(before)
    assert deeds(pair) == ONE_LEG
    assert other.run("show", run).code == 0


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_a_killed_upgrade_is_undone_from_another_machine(
    start_pair: StartPair, hire: Hire, moment: Moment
) -> None:
    pair = start_pair(half_done())
    before = shapes(pair)
    killed_at(pair, hire, moment)
    silent_for_long(pair)

    recovered = hire(pair.inventory).run(*RECOVER, "--undo", "--yes", "--json")

    assert (recovered.code, recovered.finished.outcome) == (0, "rolled_back")
    assert shapes(pair) == before
    assert deeds(pair).wrong == ()


def test_a_recovery_that_is_killed_is_resumed_under_the_name_that_its_locks_bear(
    start_pair: StartPair, hire: Hire
) -> None:
    pair = start_pair(half_done())
    before = shapes(pair)
    run = killed_at(pair, hire, Moment("answered", f"drain@{FIRST}"))
    silent_for_long(pair)
    other = hire(pair.inventory)
    recovery = other.start(*RECOVER, "--undo", "--yes", "--json")
    recovery.reach(Moment("lock_taken", f"lock@{SECOND}"))
    recovery.kill()

    with opened(pair) as doors:
        lock = doors[SECOND].run(_ASK)[0].stdout
    refused = hire(pair.inventory).run(*RECOVER, "--undo", "--yes")
    resumed = other.run("rollback", run)

    assert f"run={run}/2-" in lock
    assert refused.code == 5
    assert "who recovered it, may be at work: its last sign of life was" in refused.err
    assert resumed.code == 0
    assert shapes(pair) == before


def test_a_run_that_gave_a_sign_of_life_a_moment_ago_is_left_alone(
    start_pair: StartPair, hire: Hire
) -> None:
    pair = start_pair(half_done())
    run = killed_at(pair, hire, Moment("answered", f"drain@{FIRST}"))
    left = shapes(pair)

    refused = hire(pair.inventory).run(*RECOVER, "--undo", "--yes")

    assert refused.code == 5
    assert f"run {run} of " in refused.err
    assert "sign of life" in refused.err
    assert shapes(pair) == left


def test_what_lies_there_is_told_without_changing_anything(
    start_pair: StartPair, hire: Hire
) -> None:
    pair = start_pair(half_done())
    run = killed_at(pair, hire, Moment("answered", f"drain@{FIRST}"))
    silent_for_long(pair)
    left, other = shapes(pair), hire(pair.inventory)

    told = other.run(*RECOVER, "--plan")
    document = json.loads(other.run(*RECOVER, "--plan", "--json").out)
    asked = other.run(*RECOVER)

    assert told.code == 0
    assert f"run {run}: upgrade of {FIRST} and {SECOND}, active-first" in told.out
    assert f"for drain@{FIRST}, going ahead" in told.out
    assert "--finish  goes on with" in told.out
    assert (document["run"], document["finish"], document["undo"]) == (run, True, True)
    assert asked.code == 2
    assert "--finish --yes, or --undo --yes" in asked.err
    assert shapes(pair) == left


def test_nothing_to_recover_is_said_and_is_no_error(start_pair: StartPair, hire: Hire) -> None:
    pair = start_pair(half_done())

    recovered = hire(pair.inventory).run(*RECOVER)

    assert (recovered.code, recovered.err) == (0, "")
    assert recovered.out.startswith("nothing to recover")


def test_a_run_that_is_in_the_journal_here_is_resumed_instead(
    start_pair: StartPair, hire: Hire
) -> None:
    pair = start_pair(half_done())
    product = hire(pair.inventory)
    upgrade = product.upgrade()
    upgrade.reach(Moment("answered", f"drain@{FIRST}"))
    run = run_of(upgrade.kill().events)

    refused = product.run(*RECOVER, "--finish", "--yes")

    assert refused.code == 3
    assert f"`bluegreen resume {run}`" in refused.err
    assert product.run("rollback", run).code == 0


def test_with_one_router_alone_nothing_is_changed(start_pair: StartPair, hire: Hire) -> None:
    pair = start_pair(half_done())
    run = killed_at(pair, hire, Moment("answered", f"drain@{FIRST}"))
    silent_for_long(pair)
    left = shapes(pair)
    pair.set_fault(SECOND, "dead", True)

    refused = hire(pair.inventory).run(*RECOVER, "--undo", "--yes")

    assert refused.code == 4
    assert f"run {run}: upgrade of" in refused.out
    assert SECOND in refused.err
    assert "bluegreen recover --pair edge" in refused.err
    now = shapes(pair)[0]
    assert (now.leftovers, now.config) == (left[0].leftovers, left[0].config)

    pair.set_fault(SECOND, "dead", False)
    assert until(lambda: all(answer(pair)), limit_s=60)
    assert hire(pair.inventory).run(*RECOVER, "--undo", "--yes").code == 0


def test_whoever_looks_at_the_pair_is_told_to_recover_it(start_pair: StartPair, hire: Hire) -> None:
    pair = start_pair(half_done())
    run = killed_at(pair, hire, Moment("answered", f"drain@{FIRST}"))
    other = hire(pair.inventory)
    advice = f"`bluegreen recover --pair {FIRST},{SECOND}`"

    status = other.run("status", "--pair", "edge")
    document = json.loads(other.run("status", "--pair", "edge", "--json").out)
    check = other.run("check", "--pair", "edge")

    assert (status.code, check.code) == (0, 3)
    assert f"run {run} has left something" in status.out
    assert advice in status.out
    assert document["elsewhere"] == [run]
    assert advice in check.err
