"""Explore: rehearse once for every moment at which the controller could be killed."""

import json
import os
import signal
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from bluegreen.cli.options import Common
from bluegreen.cli.output import say
from bluegreen.cli.rehearsal import Stage, ended, perform
from bluegreen.cli.request import Request
from bluegreen.sim.snapshot import Snapshot

CHUNKS_EACH = 4  # for each process: none is left waiting long for the last one


@dataclass(frozen=True, slots=True)
class Exploration:
    """The run that nothing interrupted, and what it came to: all others must come to the same."""

    stage: Stage
    request: Request
    seed: int
    outcome: str
    wanted: Snapshot

    def killed_at(self, touch: int) -> str | None:
        """Return what was different with a kill at the n-th touch of the world, if anything."""
        world = self.stage.world(self.seed)
        world.kill_after(touch)
        end = ended(perform(world, self.request, []))
        violations = world.violations()
        same = end.outcome == self.outcome and world.snapshot() == self.wanted
        if same and not violations and not world.leftovers():
            return None
        return f"killed at touch {touch}: {end.outcome} {end.reason} {violations}"


def explore(common: Common, stage: Stage, request: Request, seed: int) -> int:
    """Kill the controller at every touch of the world, resume, and compare the ends."""
    whole = stage.world(seed)
    finished = ended(perform(whole, request, []))
    bad = [] if finished.outcome == "done" else [f"uninterrupted: {finished.reason}"]
    exploration = Exploration(stage, request, seed, finished.outcome, whole.snapshot())
    found = _killed_at_each(exploration, range(1, whole.touches + 1))
    bad += [what for what in found if what is not None]
    text = f"{whole.touches} crash points explored, {len(bad)} ended differently"
    if common.json:
        say(json.dumps({"crash_points": whole.touches, "bad": bad}))
    else:
        say("\n".join([*bad, text]))
    return 0 if not bad else 1


def _killed_at_each(exploration: Exploration, touches: Sequence[int]) -> Sequence[str | None]:
    """Explore on every core there is; the answers come in the order of the touches."""
    processes = os.cpu_count() or 1
    if processes == 1:
        return [exploration.killed_at(touch) for touch in touches]
    try:
        pool = ProcessPoolExecutor(
            processes, initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN)
        )
    except (OSError, NotImplementedError):  # a container without shared semaphores
        return [exploration.killed_at(touch) for touch in touches]
    with pool:
        chunk = max(1, len(touches) // (processes * CHUNKS_EACH))
        return list(pool.map(exploration.killed_at, touches, chunksize=chunk))
