"""One run a pair: who holds it, who may take it from whom, and what the loser is told."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from beside import together
from judged import at_console, but_for_the_system, differences
from pairs import BLUE, GREEN, NEW, a_pair, a_strategy
from runs import Story

from bluegreen.cli.request import Request
from bluegreen.cli.worlds import rehearsed_world
from bluegreen.engine.runner import Orders
from bluegreen.freebsd.locking import is_sign_of_life
from bluegreen.model.events import LockTaken, RunFinished
from bluegreen.model.holding import BEAT_S, STALE_S
from bluegreen.model.system import NAMELESS
from bluegreen.sim.build import specs_from_rehearsal, start_of_rehearsal
from bluegreen.sim.world import SimWorld

SEEDS = range(20)
BREAKS = range(10)
LOCK = "/var/log/bluegreen/lock"
SINCE = "2026-01-01T00:00:00+00:00"


def a_run(world: SimWorld, run: str, *, kind: str = "edge", blue: str = BLUE) -> Story:
    """Return an upgrade with a journal of its own, as from a host of its own."""
    pair = a_pair(kind)
    request = Request(
        command="upgrade",
        pair=pair,
        playbook=a_strategy("active-first"),
        blue=blue,
        run=run,
        since=SINCE,
        owner=OWNERS[run],
        host="desk",
    )
    return Story(request, world)


OWNERS = {"R1": "ada", "R2": "bob", "R3": "eve"}


def breaking(story: Story, run: str) -> Story:
    story.request = replace(story.request, breaks=run)
    return story


def two(kind: str = "edge", blues: tuple[str, str] = (BLUE, BLUE), seed: int = 0) -> list[Story]:
    world = rehearsed_world(a_pair(kind), seed)
    return [
        a_run(world, run, kind=kind, blue=blue)
        for run, blue in zip(("R1", "R2"), blues, strict=True)
    ]


def assert_one_proceeds(stories: list[Story], seed: int) -> None:
    ended = [end for end in together(stories, seed, [s.go for s in stories]) if end is not None]

    codes = [finished.exit_code for finished in ended]
    assert sorted(codes) == [0, 5], [f"{e.outcome}: {e.reason}" for e in ended]
    winner, loser = codes.index(0), codes.index(5)
    name = stories[winner].request.run
    assert ended[loser].outcome == "refused"
    assert f"is held by run {name} of {OWNERS[name]}@desk" in ended[loser].reason
    assert f"`bluegreen resume {name}`" in ended[loser].next_move
    assert {router.versions.userland for router in stories[0].now} == {NEW}
    assert but_for_the_system(stories[0].now) == but_for_the_system(stories[0].before)
    assert stories[0].world.leftovers() == ()
    assert stories[0].world.violations() == ()


# -- together ------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_of_two_controllers_that_begin_together_exactly_one_proceeds(seed: int) -> None:
    assert_one_proceeds(two(seed=seed), seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_two_that_take_the_routers_in_opposite_order_neither_wait_for_ever_nor_both_give_up(
    seed: int,
) -> None:
    assert_one_proceeds(two("active-active", (BLUE, GREEN), seed), seed)


@pytest.mark.parametrize("seed", BREAKS)
def test_of_two_that_break_one_lock_together_exactly_one_proceeds(seed: int) -> None:
    stories = two(seed=seed)
    died_after(a_run(stories[0].world, "R3"), f"lock@{GREEN}")
    stories[0].world.network.advance(stories[0].world.now_s + STALE_S)

    assert_one_proceeds([breaking(story, "R3") for story in stories], seed)


# -- a run that waits ------------------------------------------------------------


def test_a_run_that_waits_for_hours_says_once_a_minute_that_it_lives() -> None:
    pair = a_pair()
    first, second = (
        replace(spec, durations=replace(spec.durations, fetch=7200.0, install=5400.0, boot=600.0))
        for spec in specs_from_rehearsal(pair)
    )
    story = a_run(SimWorld((first, second), start=start_of_rehearsal(pair)), "R1")

    finished = story.go()

    signs = [
        at_s
        for at_s, _, script in story.world.traffic.wire
        if is_sign_of_life(replace(script, commands=script.commands[-1:]))
    ]
    waited = [later_s - sign_s for sign_s, later_s in pairwise(signs)]
    assert finished.outcome == "done", finished.reason
    assert story.world.now_s > 4 * 3600
    assert max(waited) < BEAT_S + 30.0 < STALE_S / 2
    assert story.world.leftovers() == ()


# -- a run that died ---------------------------------------------------------------


def died_after(story: Story, step: str) -> Story:
    """Let a run end with a step, as if its machine had died there: it holds what it held."""
    story.orders = Orders(pause_after=step)
    stopped = story.go()
    story.orders = Orders()
    assert stopped.outcome == "interrupted"
    return story


@pytest.mark.parametrize("step", [f"lock@{BLUE}", f"lock@{GREEN}"])
def test_a_lock_of_a_run_that_died_is_named_and_never_taken_by_itself(step: str) -> None:
    dead = died_after(a_run(rehearsed_world(a_pair()), "R1"), step)
    world = dead.world
    world.network.advance(world.now_s + 3 * 3600)

    refused = a_run(world, "R2").go()

    assert (refused.outcome, refused.exit_code) == ("refused", 5)
    assert f"{BLUE} is held by run R1 of ada@desk since {SINCE}" in refused.reason
    assert "last sign of life 3 h" in refused.reason
    assert "STALE" in refused.reason
    assert "`bluegreen resume R1` or `bluegreen rollback R1`, on desk" in refused.next_move
    assert "`--break-lock R1`" in refused.next_move
    assert f"`bluegreen recover --pair {BLUE},{GREEN}`" in refused.next_move
    assert dead.go().outcome == "done"
    assert world.leftovers() == ()


@pytest.mark.parametrize("step", [f"lock@{BLUE}", f"lock@{GREEN}"])
def test_a_lock_that_is_broken_on_request_is_journalled_with_whose_it_was(step: str) -> None:
    dead = died_after(a_run(rehearsed_world(a_pair()), "R1"), step)
    dead.world.network.advance(dead.world.now_s + STALE_S)
    story = breaking(a_run(dead.world, "R2"), "R1")

    finished = story.go()

    taken = [event for event in story.events if isinstance(event, LockTaken)]
    assert finished.outcome == "done"
    assert [event.router for event in taken] == [BLUE, GREEN]
    assert f"{BLUE} is held by run R1 of ada@desk since {SINCE}" in (taken[0].broken or "")
    assert (taken[1].broken is None) == (step == f"lock@{BLUE}")
    assert story.world.leftovers() == ()


def test_a_run_that_gives_signs_of_life_again_keeps_its_lock() -> None:
    slow = died_after(a_run(rehearsed_world(a_pair()), "R1"), f"lock@{GREEN}")
    slow.world.network.advance(slow.world.now_s + BEAT_S)

    refused = breaking(a_run(slow.world, "R2"), "R1").go()

    assert (refused.outcome, refused.exit_code) == ("refused", 3)
    assert "run R1 gives signs of life again: its lock is not taken" in refused.reason
    assert slow.go().outcome == "done"


def test_a_lock_that_names_nobody_holds_the_router_until_somebody_says_it_is_nobody() -> None:
    world = rehearsed_world(a_pair())
    story = a_run(world, "R1")
    at_console(story, GREEN, "mkdir", "-p", "/var/log/bluegreen")
    at_console(story, GREEN, "touch", LOCK)

    refused = story.go()
    finished = breaking(a_run(world, "R2"), NAMELESS).go()

    assert (refused.outcome, refused.exit_code) == ("refused", 5)
    assert f"{GREEN} is held by a lock that names no run" in refused.reason
    assert f"`--break-lock {NAMELESS}`" in refused.next_move
    assert finished.outcome == "done"
    assert world.leftovers() == ()


# -- a run whose lock is gone --------------------------------------------------------


def later(story: Story, seconds: float, act: Callable[[], object]) -> Callable[[], None]:
    """Return what waits, then acts, through the story's clock."""

    def acts() -> None:
        story.doors.clock.sleep(seconds)
        act()

    return acts


def robbed(run: Story, text: str | None, after_s: float) -> RunFinished:
    """Return how a run ends whose lock on the second router is another one's, or gone."""
    thief = Story(run.request, run.world)

    def rob() -> None:
        if text is None:
            at_console(run, GREEN, "rm", "-f", LOCK)
        else:
            router = next(m for m in run.world.machines if m.name == GREEN)
            router.run(("tee", LOCK), text, run.world.now_s)

    ended, _ = together([run, thief], 0, [run.go, later(thief, after_s, rob)])
    assert ended is not None
    return ended


THEIRS = f"run=R9\nowner=mallory\nhost=tower\npid=77\nsince={SINCE}\n"


@pytest.mark.parametrize("after_s", [5.0, 30.0, 60.0, 120.0, 200.0])
def test_a_run_whose_lock_was_taken_stops_and_says_who_has_it(after_s: float) -> None:
    run = a_run(rehearsed_world(a_pair()), "R1")

    ended = robbed(run, THEIRS, after_s)

    late = [s for s in run.sent() if s.at_s > after_s + 5.0]
    assert (ended.outcome, ended.exit_code) == ("needs_human", 4)
    assert f"{GREEN} is held by run R9 of mallory@tower (pid 77)" in ended.reason
    assert late == []
    assert run.world.violations() == ()


def test_a_run_whose_lock_was_removed_stops_and_resume_takes_it_again() -> None:
    run = a_run(rehearsed_world(a_pair()), "R1")

    ended = robbed(run, None, 60.0)
    finished = run.go()

    assert (ended.outcome, ended.exit_code) == ("needs_human", 4)
    assert "the lock of run R1 is gone: it was removed" in ended.reason
    assert "`bluegreen resume R1`" in ended.next_move
    assert finished.outcome == "done"
    assert run.world.leftovers() == ()


def test_a_resume_while_another_run_holds_the_pair_changes_nothing_and_stays_resumable() -> None:
    run = a_run(rehearsed_world(a_pair()), "R1")
    robbed(run, THEIRS, 60.0)
    sent = len(run.sent())

    locked = run.go()
    untouched = len(run.sent())
    at_console(run, GREEN, "rm", "-f", LOCK)
    finished = run.back()

    assert (locked.outcome, locked.exit_code) == ("needs_human", 5)
    assert f"{GREEN} is held by run R9 of mallory@tower" in locked.reason
    assert untouched == sent
    assert finished.outcome == "rolled_back"
    assert differences(run.before, run.now) == []
