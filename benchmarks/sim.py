"""The simulator: whole upgrades in CPU time; what is explored on all cores, by the clock."""

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from benchmarks.table import Row
from bluegreen.cli.exploring import Exploration, Wish
from bluegreen.cli.files import load_inventory, load_playbook
from bluegreen.cli.rehearsal import Stage, ended, perform
from bluegreen.sim.branches import Branches
from bluegreen.sim.explorer import Explorer, play_many

ROOT = Path(__file__).resolve().parent.parent
PLAYBOOK = "active-first"
WARM = 3  # upgrades before the first that counts
ROUNDS, UPGRADES = 5, 10  # the best round counts: the others were disturbed
SEVERAL = 200  # runs with several faults


def rows() -> list[Row]:
    stage = Stage(load_inventory(ROOT / "hosts.yaml").pair("edge"), None, None)
    request = stage.request("upgrade", load_playbook(PLAYBOOK))

    def upgrade(seed: int) -> None:
        assert ended(perform(stage.world(seed), request, [])).outcome == "done"

    for seed in range(WARM):
        upgrade(seed)
    upgrade_s = min(_upgrades_s(upgrade) for _ in range(ROUNDS))
    exploration = Exploration(stage, request, Wish(()))
    crashes, crashes_s = _explored(exploration)
    several_s = _several_s(exploration)
    return [
        Row(
            "whole upgrades simulated, one core",
            f"{1 / upgrade_s:.0f}/s ({1000 * upgrade_s:.0f} ms each)",
            ">= 50/s",
            upgrade_s <= 1 / 50,
        ),
        Row(
            f"every crash of an upgrade, then resume and rollback: {crashes} scenarios, all cores",
            f"{crashes_s:.0f} s",
            "<= 20 s",
            crashes_s <= 20,
        ),
        Row(
            "runs with two to four faults, brought to an end, all cores",
            f"{SEVERAL / several_s:.0f}/s",
            "none",
            True,
        ),
    ]


def _explored(exploration: Exploration) -> tuple[int, float]:
    """Return how many crashes and lost orders were lived through, and the time it took, s."""
    began_s = time.monotonic()
    branches = Branches(os.cpu_count() or 1, exploration.found.hear)
    explorer = Explorer(exploration.made, branches, exploration.found, lambda: False)
    explorer.explore(replace(exploration.trunks()[0], blows=False))
    assert not exploration.found.bad
    return exploration.found.scenarios.total(), time.monotonic() - began_s


def _several_s(exploration: Exploration) -> float:
    began_s = time.monotonic()
    branches = Branches(os.cpu_count() or 1, exploration.found.hear)
    several = exploration.several(range(SEVERAL), lambda: False)
    play_many(exploration.made, several, exploration.wanted(), branches)
    branches.wait()
    assert not exploration.found.bad
    return time.monotonic() - began_s


def _upgrades_s(upgrade: Callable[[int], None]) -> float:
    """Return the CPU time of one upgrade, s."""
    began_s = time.process_time()
    for seed in range(UPGRADES):
        upgrade(seed)
    return (time.process_time() - began_s) / UPGRADES
