"""Lines that are cut, routers that hang in their boot, installs that fail."""

from pathlib import Path

import pytest
from routers import FIRST, SECOND
from running import (
    ONE_LEG,
    Deeds,
    Hire,
    Moment,
    StartPair,
    deeds,
    half_done,
    impatient,
    shapes,
    upgraded,
)

pytest_plugins = ("pair", "product")


@pytest.mark.parametrize(
    "moment",
    [
        Moment("answered", f"install@{FIRST}"),
        Moment("command", f"drain@{FIRST}"),
    ],
    ids=str,
)
def test_a_line_that_is_cut_is_opened_again_and_the_run_goes_on(
    start_pair: StartPair, hire: Hire, moment: Moment
) -> None:
    """An install lives on while nobody is connected."""
    pair = start_pair(half_done())
    before = shapes(pair)
    upgrade = hire(pair.inventory).upgrade()
    upgrade.reach(moment)

    pair.cut_off(FIRST)
    pair.cut_off(SECOND)
    ended = upgrade.end()

    assert (ended.code, ended.finished.outcome) == (0, "done")
    assert shapes(pair) == upgraded(before)
    assert deeds(pair) == ONE_LEG


@pytest.mark.parametrize("way_out", ["rollback", "resume"])
def test_a_router_that_hangs_in_its_boot_needs_somebody_and_is_then_taken_back(
    start_pair: StartPair, hire: Hire, tmp_path: Path, way_out: str
) -> None:
    pair = start_pair(half_done())
    before, product = shapes(pair), hire(pair.inventory)
    playbook = impatient("active-first", tmp_path, seconds=8)
    pair.set_fault(FIRST, "boot_hangs", True)

    stuck = product.upgrade("--playbook", str(playbook)).end()

    assert (stuck.code, stuck.finished.outcome) == (4, "needs_human")
    assert f"reboot@{FIRST}" in stuck.finished.reason
    assert stuck.finished.next_move.startswith(f"See to {FIRST} (console, power).")
    assert stuck.finished.routers[0].startswith(f"{FIRST}: not observed: ")
    assert stuck.finished.serving.startswith(f"{SECOND} serves vhid 2, 3; {FIRST} could not")

    pair.power_cycle(FIRST)
    out = product.run(way_out, "--json")

    assert out.finished.outcome == "rolled_back"
    assert out.code == (0 if way_out == "rollback" else 1)
    assert shapes(pair) == before
    assert deeds(pair).wrong == ()


def test_an_install_that_fails_is_taken_back_without_being_asked(
    start_pair: StartPair, hire: Hire
) -> None:
    pair = start_pair(half_done())
    before = shapes(pair)
    pair.set_fault(FIRST, "install_fails", True)

    ended = hire(pair.inventory).upgrade().end()

    assert (ended.code, ended.finished.outcome) == (1, "rolled_back")
    assert ended.finished.reason.startswith(f"install@{FIRST}: ")
    assert shapes(pair) == before
    assert deeds(pair) == Deeds((1, 1), (1, 0), (1, 0))
