"""The words of a rehearsal, turned into one."""

from dataclasses import dataclass
from pathlib import Path

from bluegreen.cli.files import load_inventory, load_playbook
from bluegreen.cli.options import Common
from bluegreen.cli.planning import plan_of
from bluegreen.cli.rehearsal import Stage, rehearse
from bluegreen.cli.running import check_pause, orders_of, show_plan
from bluegreen.errors import RefusedError


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What was typed for a rehearsal."""

    pair_words: str
    playbook: str
    target: str | None = None
    pause_after: str | None = None
    stay_switched: bool = False
    plan_only: bool = False
    expect: str | None = None
    faults: tuple[str, ...] = ()
    exhaustive: bool = False
    seed: int = 0
    twin: Path | None = None


def rehearse_words(common: Common, words: Rehearsed) -> int:
    """Rehearse as typed, and return the exit status that the run would have."""
    pair = load_inventory(common.inventory).pair(words.pair_words)
    playbook = load_playbook(words.playbook)
    check_pause(words.pause_after, playbook, pair)
    stage = Stage(pair, words.twin, words.target)
    request = stage.request("upgrade", playbook, words.stay_switched)
    if words.plan_only or words.expect:
        planned = plan_of(request, stage.world(words.seed))
        if words.expect and planned.hash != words.expect:
            what = f"the plan is {planned.hash}, not {words.expect}"
            raise RefusedError(what, pair.name, "Read it again: --plan.")
        if words.plan_only:
            return show_plan(common, request, planned)
    if words.exhaustive:
        from bluegreen.cli.exploring import explore  # brings multiprocessing along

        return explore(common, stage, request, words.seed)
    orders = orders_of(pair, playbook, words.pause_after)
    return rehearse(common, stage, request, words.seed, words.faults, orders)
