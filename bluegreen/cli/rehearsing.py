"""The words of a rehearsal, turned into one."""

from dataclasses import dataclass
from pathlib import Path

from bluegreen.cli.files import load_inventory, load_playbook
from bluegreen.cli.options import Common
from bluegreen.cli.planning import plan_of
from bluegreen.cli.rehearsal import Stage, rehearse
from bluegreen.cli.running import check_pause, orders_of, show_plan
from bluegreen.errors import RefusedError, UsageError
from bluegreen.sim.faults import parse_fault
from bluegreen.sim.scenario import Scenario, parse_act

OTHERS = frozenset({"failover", "restore"})  # playbooks with a command of their own


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
    then: tuple[str, ...] = ()
    exhaustive: bool = False
    to_the_end: bool = False
    runs: int = 0
    budget_s: float | None = None
    seed: int = 0
    twin: Path | None = None

    @property
    def explores(self) -> bool:
        return self.exhaustive or bool(self.runs)


def rehearse_words(common: Common, words: Rehearsed) -> int:
    """Rehearse as typed, and return the exit status that the run would have."""
    _check(words)
    pair = load_inventory(common.inventory).pair(words.pair_words)
    playbook = load_playbook(words.playbook)
    check_pause(words.pause_after, playbook, pair)
    stage = Stage(pair, words.twin, words.target)
    command = playbook.name if playbook.name in OTHERS else "upgrade"
    request = stage.request(command, playbook, words.stay_switched)
    if words.plan_only or words.expect:
        planned = plan_of(request, stage.world(words.seed))
        if words.expect and planned.hash != words.expect:
            what = f"the plan is {planned.hash}, not {words.expect}"
            raise RefusedError(what, pair.name, "Read it again: --plan.")
        if words.plan_only:
            return show_plan(common, request, planned)
    if words.explores:
        from bluegreen.cli.exploring import Wish, explore  # brings the judge along

        typed = _typed(common, words)
        wish = Wish(
            typed,
            words.exhaustive,
            words.runs,
            words.seed,
            words.budget_s,
            words.to_the_end,
        )
        return explore(common, stage, request, wish)
    orders = orders_of(pair, playbook, words.pause_after)
    scenario = Scenario(
        tuple(map(parse_fault, words.faults)), tuple(map(parse_act, words.then)), words.seed
    )
    return rehearse(common, stage, request, scenario, orders)


def _check(words: Rehearsed) -> None:
    """Refuse words that would say nothing."""
    explores, one = "--exhaustive or --runs", "one rehearsal, and not an exploration"
    useless = (
        ("--to-the-end", words.to_the_end and not words.exhaustive, "--exhaustive"),
        ("--budget", words.budget_s is not None and not words.explores, explores),
        ("--fault", bool(words.faults) and words.explores, one),
        ("--then", bool(words.then) and words.explores, one),
    )
    for option, given, belongs in useless:
        if given:
            raise UsageError(
                f"it belongs to {belongs}", option, "Correct that. Nothing was rehearsed."
            )


def _typed(common: Common, words: Rehearsed) -> tuple[str, ...]:
    """Return what must be typed to have the same run on the same pair."""
    given = {
        "--pair": words.pair_words,
        "-i": common.inventory,
        "--playbook"
        if words.playbook.endswith((".yaml", ".yml"))
        else "--strategy": words.playbook,
        "--to": words.target,
        "--twin": words.twin,
    }
    typed = (word for name, value in given.items() if value for word in (name, str(value)))
    return (*typed, *(("--stay-switched",) if words.stay_switched else ()))
