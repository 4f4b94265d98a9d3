"""What the explorer tries, what it says of it, and that each scenario can be had again."""

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from planted import explored

from bluegreen.cli.exploring import Exploration
from bluegreen.cli.exploring import Wish as ToExplore
from bluegreen.cli.files import load_inventory, load_playbook
from bluegreen.cli.rehearsal import Stage
from bluegreen.sim.dice import Table, scenario
from bluegreen.sim.explorer import BLOW, CRASH_BACK, CRASH_RESUME, LOSSES, Explorer, Trunk, played
from bluegreen.sim.faults import Fault, parse_fault
from bluegreen.sim.scenario import Act, Scenario, parse_act
from bluegreen.sim.shrink import shrunk

ROOT = Path(__file__).parents[2]
HOSTS = ROOT / "hosts.yaml"
TABLE = Table(["drain@a", "reboot@b"], ["a/vmx0", "b/vmx0"], ["a", "b"])


def exploration(strategy: str = "active-first") -> Exploration:
    stage = Stage(load_inventory(HOSTS).pair("edge"), None, None)
    command = "failover" if strategy == "failover" else "upgrade"
    request = stage.request(command, load_playbook(strategy))
    return Exploration(stage, request, ToExplore(("--pair", "edge")))


def test_a_branch_is_a_scenario_that_can_be_played_from_its_beginning() -> None:
    hold = Trunk("the run", Scenario(), at=frozenset({"hold"}))

    found = explored(hold, strategy="failover")

    assert found.bad == []
    assert found.scenarios[CRASH_RESUME] > len(LOSSES)
    assert found.scenarios[CRASH_RESUME] == found.scenarios[CRASH_BACK]


def test_the_rollback_of_a_finished_run_is_struck_as_well() -> None:
    back = Scenario(acts=(Act.ROLLBACK,))
    trunk = Trunk("its rollback", back, back=True, at=frozenset({"undo-drain"}))

    found = explored(trunk, strategy="failover")

    assert found.bad == []
    assert found.scenarios[CRASH_RESUME] > len(LOSSES)
    assert found.scenarios[BLOW] > 0
    assert found.scenarios[CRASH_BACK] == 0


FOUND = (
    ("active-first", "cut-short:router-002@install@router-002#6", ()),
    ("active-first", "router-reboots:router-001@unlock@router-001#14", ()),
    ("failover", "controller-killed@unlock@router-002#16", ()),
    ("failover", "router-dies:router-001@hold@router-001#14", ()),
    (
        "failover",
        "router-reboots:router-001@unlock@router-002#6 controller-killed@unlock@router-002#8",
        (Act.RESUME,),
    ),
    ("failover", "router-reboots:router-001@lock@router-001#2", ()),
    (
        "active-first",
        (
            "wrong-environment@prove@router-001#35 router-dies:router-001@prove@router-002#7 "
            "peer-never-takes-over@environment@router-001#38 controller-killed@alone@router-001#1"
        ),
        (Act.REPAIR,),
    ),
    (
        "active-first",
        "peer-never-takes-over@persist@router-001",
        (Act.REPAIR, Act.ROLLBACK),
    ),
    (
        "active-first",
        "router-reboots:router-001@undo-persist@router-001#24 install-fails@cost-in@router-001#25",
        (Act.ROLLBACK, Act.ROLLBACK, Act.RESUME),
    ),
    ("active-first", "router-dies:router-001@reboot@router-001#28", (Act.ROLLBACK,)),
    (
        "active-first",
        "router-reboots:router-002@stage@router-001#18 controller-killed@prove@router-002#3",
        (Act.ROLLBACK,),
    ),
    (
        "active-first",
        "wrong-environment@baseline@pair#14 router-reboots:router-001@install@router-001#5",
        (Act.REPAIR, Act.REPAIR),
    ),
    (
        "active-first",
        "router-reboots:router-001@undo-environment@router-001#31 wrong-environment@agree@pair#20",
        (Act.RESUME, Act.ROLLBACK),
    ),
    ("idle-first", "link-lost:router-002/vmx1@baseline@pair#2", ()),
    ("idle-first", "router-dies:router-002@persist@router-002#14", ()),
    ("idle-first", "router-dies:router-002@standby@router-002#28", ()),
)
"""Scenarios that broke an invariant once, as they were found."""


@pytest.mark.parametrize(("strategy", "faults", "acts"), FOUND)
def test_what_was_found_once_is_not_found_again(
    strategy: str, faults: str, acts: tuple[Act, ...]
) -> None:
    whole = exploration(strategy)
    once = Scenario(tuple(map(parse_fault, faults.split())), acts)

    assert played(whole.made, once, whole.wanted()).violations == ()


def test_a_leg_that_was_proven_before_the_other_one_failed_keeps_its_system() -> None:
    failing = Trunk("a leg that fails", Scenario((parse_fault("install-fails"),)), blows=False)
    late = Scenario((parse_fault("install-fails@install@router-002"),))
    whole = exploration()
    played_to = Explorer(whole.made, None, whole.found, lambda: False).wanted(failing)

    end = played(whole.made, late, played_to)

    assert (played_to.outcome, end.outcome) == ("rolled_back", "rolled_back")
    assert end.violations == ()


@pytest.mark.parametrize("nth", [1, 7, 30])
def test_a_killed_program_comes_to_the_end_of_one_that_was_not(nth: int) -> None:
    whole = exploration()
    wanted = whole.wanted()

    end = played(whole.made, Scenario((parse_fault(f"controller-killed@drain#{nth}"),)), wanted)

    assert end.violations == ()
    assert end.snapshot == wanted.snapshot


@pytest.mark.parametrize(
    "text",
    [
        "controller-killed@drain@router-001#7",
        "link-lost:router-002/vmx1@undo-drain@router-001#3",
        "router-dies:router-001@start#4",
        "answer-lost@install",
    ],
)
def test_a_fault_is_read_as_it_is_written(text: str) -> None:
    assert str(parse_fault(text)) == text


def test_a_seed_makes_the_same_run_again_and_another_one_another() -> None:
    runs = [scenario(TABLE, seed) for seed in range(40)]

    assert runs == [scenario(TABLE, seed) for seed in range(40)]
    assert len({run.words() for run in runs}) == 40
    assert {len(run.faults) for run in runs} == {2, 3, 4}
    for run in runs:
        words = run.words()
        faults = [parse_fault(b) for a, b in pairwise(words) if a == "--fault"]
        acts = [parse_act(b) for a, b in pairwise(words) if a == "--then"]
        assert (tuple(faults), tuple(acts)) == (run.faults, run.acts)


def test_what_is_not_needed_to_break_it_is_left_out() -> None:
    needed = Fault("disk-full", "install", nth=3)
    whole = Scenario(
        (Fault("gre-down", "drain", nth=9), needed, Fault("ospf-stuck", "drain", nth=2)),
        (Act.REPAIR, Act.RESUME),
        seed=7,
    )

    least = shrunk(whole, lambda one: any(f.name == "disk-full" for f in one.faults))

    assert least == Scenario((Fault("disk-full", "install"),))


def typed(*words: str) -> tuple[int, str]:
    """Return what the program says in a process of its own: one with threads must not fork."""
    argv = (sys.executable, "-m", "bluegreen", "rehearse", "--pair", "edge", *words)
    ended = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=ROOT)
    return ended.returncode, ended.stdout


def test_an_exploration_is_one_document_and_a_budget_ends_it() -> None:
    words = ("--strategy", "failover", "--runs", "10000", "--seed", "11", "--budget", "1s")

    code, text = typed(*words, "--json")
    said = json.loads(text)

    assert code == 0
    assert said["seed"] == 11
    assert said["violations"] == {}
    assert not said["whole"]
    assert said["scenarios"].get("several faults", 0) < 10_000


def test_branches_of_a_process_find_what_is_found_without_them() -> None:
    code, text = typed("--strategy", "failover", "--exhaustive", "--budget", "4s", "--json")
    said = json.loads(text)

    assert code == 0
    assert said["violations"] == {}
    assert said["scenarios"][CRASH_RESUME] > 0
    assert said["scenarios"][CRASH_BACK] > 0
    assert said["joined"] > 0


def test_each_scenario_is_lived_through_where_that_is_asked_for() -> None:
    words = ("--strategy", "failover", "--exhaustive", "--budget", "3s", "--json")

    code, text = typed(*words, "--to-the-end")

    assert code == 0
    assert json.loads(text)["joined"] == 0


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--to-the-end",), "--to-the-end"),
        (("--to-the-end", "--runs", "3"), "--to-the-end"),
        (("--budget", "3s"), "--budget"),
        (("--exhaustive", "--fault", "ospf-stuck"), "--fault"),
        (("--runs", "3", "--then", "resume"), "--then"),
    ],
)
def test_words_that_would_say_nothing_are_refused(words: tuple[str, ...], named: str) -> None:
    argv = (sys.executable, "-m", "bluegreen", "rehearse", "--pair", "edge", *words)

    ended = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=ROOT)

    assert ended.returncode == 2
    assert ended.stderr.startswith(f"bluegreen: {named}: ")
    assert "Traceback" not in ended.stderr
