"""A second terminal, on the same machine and on another, while a run is under way."""

import json

from routers import FIRST, SECOND
from running import ONE_LEG, Hire, Moment, StartPair, deeds, half_done, run_of, shapes, upgraded

pytest_plugins = ("pair", "product")


def test_a_second_terminal_looks_on_and_is_kept_from_a_second_run(
    start_pair: StartPair, hire: Hire
) -> None:
    pair = start_pair(half_done())
    before, product = shapes(pair), hire(pair.inventory)
    upgrade = product.upgrade()
    started = upgrade.reach(Moment("step_started", f"converge@{SECOND}"))
    follow = product.start("show", "--follow")

    second = product.run("upgrade", "--pair", "edge", "--yes")
    status = product.run("status", "--pair", "edge")
    runs = product.run("runs", "--json")
    show = product.run("show", started.run)
    ended, followed = upgrade.end(), follow.end()

    assert second.code == 5
    assert f"run {started.run} of " in second.err
    assert f"bluegreen resume {started.run}" in second.err
    assert (status.code, runs.code, show.code) == (0, 0, 0)
    assert f"run {started.run} (upgrade) is OPEN" in status.out
    assert f"{SECOND} serves vhid 2, 3" in status.out
    (row,) = json.loads(runs.out)["runs"]
    assert (row["run"], row["outcome"], row["open"]) == (started.run, "open", True)
    assert f"drain@{FIRST}" in show.out
    assert (ended.code, followed.code) == (0, 0)
    assert followed.out.splitlines()[0].endswith(
        f"run {started.run}: upgrade of {FIRST},{SECOND}, active-first"
    )
    assert "DONE: " in followed.out
    assert shapes(pair) == upgraded(before)
    assert deeds(pair) == ONE_LEG


def test_a_killed_run_keeps_its_routers_until_somebody_ends_it(
    start_pair: StartPair, hire: Hire
) -> None:
    pair = start_pair(half_done())
    before, here, elsewhere = shapes(pair), hire(pair.inventory), hire(pair.inventory)
    upgrade = here.upgrade()
    upgrade.reach(Moment("answered", f"drain@{FIRST}"))
    run = run_of(upgrade.kill().events)

    refused = elsewhere.run("upgrade", "--pair", "edge", "--yes")
    status = here.run("status", "--pair", "edge")
    nothing = elsewhere.run("resume", run)
    rollback = here.run("rollback", run)

    assert refused.code == 5
    assert f"{FIRST} is held by run {run} of " in refused.err
    assert f"`bluegreen resume {run}` or `bluegreen rollback {run}`" in refused.err
    assert f"`bluegreen resume {run}` or `bluegreen rollback {run}`" in status.out
    assert nothing.code == 2
    assert f"no run `{run}`" in nothing.err
    assert rollback.code == 0
    assert shapes(pair) == before
    assert deeds(pair).wrong == ()
