"""The simulator: whole upgrades and crash points, in CPU time: others may use the machine."""

import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.table import Row
from bluegreen.cli.files import load_inventory, load_playbook
from bluegreen.cli.rehearsal import Stage, ended, perform

ROOT = Path(__file__).resolve().parent.parent
PLAYBOOK = "active-first"
WARM = 3  # upgrades before the first that counts
ROUNDS, UPGRADES = 5, 10  # the best round counts: the others were disturbed
KILLED = 40  # crash points, spread over the whole upgrade
ON_CORES = 2


def rows() -> list[Row]:
    stage = Stage(load_inventory(ROOT / "hosts.yaml").pair("edge"), None, None)
    request = stage.request("upgrade", load_playbook(PLAYBOOK))

    def upgrade(seed: int, kill_at: int | None = None) -> int:
        """Upgrade a pair; return how often the world was touched."""
        world = stage.world(seed)
        if kill_at is not None:
            world.kill_after(kill_at)
        assert ended(perform(world, request, [])).outcome == "done"
        return world.touches

    touches = max(upgrade(seed) for seed in range(WARM))
    upgrade_s = min(_upgrades_s(upgrade) for _ in range(ROUNDS))
    points = range(1, touches + 1, touches // KILLED)
    began_s = time.process_time()
    for point in points:
        upgrade(0, point)
    point_s = (time.process_time() - began_s) / len(points)
    exhaustive_s = touches * point_s / ON_CORES
    return [
        Row(
            "whole upgrades simulated, one core",
            f"{1 / upgrade_s:.0f}/s ({1000 * upgrade_s:.0f} ms each)",
            ">= 50/s",
            upgrade_s <= 1 / 50,
        ),
        Row(
            "crash points explored, one core",
            f"{1 / point_s:.0f}/s",
            ">= 15/s",
            point_s <= 1 / 15,
        ),
        Row(
            f"`rehearse --exhaustive`, {touches} crash points on {ON_CORES} cores, computed",
            f"{exhaustive_s:.0f} s",
            "<= 20 s",
            exhaustive_s <= 20,
        ),
    ]


def _upgrades_s(upgrade: Callable[[int], int]) -> float:
    """Return the CPU time of one upgrade, s."""
    began_s = time.process_time()
    for seed in range(UPGRADES):
        upgrade(seed)
    return (time.process_time() - began_s) / UPGRADES
