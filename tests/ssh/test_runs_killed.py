"""kill -9 at twenty moments, and `resume`: the end is the one of a run that nobody killed."""

from dataclasses import dataclass, replace

import pytest
from routers import FIRST, SECOND, pair_specs
from running import (
    BOTH_LEGS,
    ONE_LEG,
    Deeds,
    Hire,
    Moment,
    Product,
    StartPair,
    deeds,
    half_done,
    run_of,
    shapes,
    upgraded,
)

from bluegreen.lab.loopback import LoopbackPair

pytest_plugins = ("pair", "product")


@dataclass(frozen=True, slots=True)
class Kill:
    """When a run is killed, and when the resumed one is."""

    at: Moment
    again: Moment | None = None

    def __str__(self) -> str:
        return f"{self.at}, again at {self.again}" if self.again else str(self.at)


def at(event: str, step: str | None = None, nth: int = 1, undo: bool = False) -> Moment:
    return Moment(event, step, nth, undo)


ONE = (
    Kill(at("run_started")),
    Kill(at("command", f"lock@{FIRST}"), at("command", f"lock@{SECOND}")),
    Kill(at("lock_taken", f"lock@{SECOND}")),
    Kill(at("command", f"stage@{FIRST}"), at("answered", f"stage@{SECOND}")),
    Kill(at("command", f"drain@{FIRST}")),
    Kill(at("answered", f"drain@{FIRST}"), at("observed", f"converge@{SECOND}")),
    Kill(at("command", f"persist@{FIRST}")),
    Kill(at("command", f"environment@{FIRST}")),
    Kill(at("command", f"install@{FIRST}"), at("run_resumed")),
    Kill(at("answered", f"install@{FIRST}")),
    Kill(at("answered", f"reboot@{FIRST}")),
    Kill(at("command", f"reboot@{FIRST}", nth=2)),
    Kill(at("answered", f"reboot@{FIRST}", nth=2)),
    Kill(at("command", f"drain@{SECOND}")),
    Kill(at("command", "restore@pair"), at("command", f"unpersist@{FIRST}")),
)
BOTH = (
    Kill(at("command", f"install@{SECOND}")),
    Kill(at("command", f"unlock@{FIRST}"), at("command", f"unlock@{SECOND}")),
)
BACK = (
    Kill(at("rollback_started")),
    Kill(at("command", f"install@{FIRST}", undo=True)),
    Kill(at("command", f"drain@{FIRST}", undo=True), at("command", f"lock@{FIRST}", undo=True)),
)


@pytest.mark.parametrize("kill", ONE, ids=str)
def test_a_killed_upgrade_of_one_router_ends_as_if_nobody_had_killed_it(
    start_pair: StartPair, hire: Hire, kill: Kill
) -> None:
    killed_and_resumed(start_pair(half_done()), hire, kill, ONE_LEG)


@pytest.mark.parametrize("kill", BOTH, ids=str)
def test_a_killed_upgrade_of_two_routers_ends_as_if_nobody_had_killed_it(
    start_pair: StartPair, hire: Hire, kill: Kill
) -> None:
    killed_and_resumed(start_pair(pair_specs()), hire, kill, BOTH_LEGS)


def killed_and_resumed(pair: LoopbackPair, hire: Hire, kill: Kill, expected: Deeds) -> None:
    before, product = shapes(pair), hire(pair.inventory)
    upgrade = product.upgrade()
    upgrade.reach(kill.at)
    killed = upgrade.kill()
    assert killed.code == -9
    resume_killed_too(product, kill)

    resumed = product.run("resume", "--json")

    assert (resumed.code, resumed.finished.outcome) == (0, "done")
    assert resumed.finished.run == run_of(killed.events)
    assert resumed.events[0].event == "run_resumed"
    assert shapes(pair) == upgraded(before)
    assert deeds(pair) == expected


def resume_killed_too(product: Product, kill: Kill) -> None:
    if kill.again:
        resume = product.start("resume", "--json")
        resume.reach(kill.again)
        assert resume.kill().code == -9


@pytest.mark.parametrize("kill", BACK, ids=str)
def test_a_killed_rollback_ends_as_if_nobody_had_killed_it(
    start_pair: StartPair, hire: Hire, kill: Kill
) -> None:
    pair = start_pair(half_done())
    before, product = shapes(pair), hire(pair.inventory)
    assert product.upgrade("--pause-after", f"prove@{FIRST}").end().code == 130
    rollback = product.start("rollback", "--json")
    rollback.reach(kill.at)
    assert rollback.kill().code == -9
    resume_killed_too(product, kill)

    resumed = product.run("resume", "--json")

    assert (resumed.code, resumed.finished.outcome) == (0, "rolled_back")
    assert shapes(pair) == before
    assert deeds(pair) == replace(ONE_LEG, reboots=(2, 0))  # there, and back
