"""A plan is a rehearsal on a twin, and its hash binds a run to what was seen."""

from dataclasses import replace
from pathlib import Path

import pytest
from judged import at_console
from pairs import BLUE, GREEN, MINOR, NEW, OLD, PAIRS, a_pair, a_strategy
from runs import Story, a_story

from bluegreen.cli.execute import dialect_of
from bluegreen.cli.files import load_inventory
from bluegreen.cli.options import Common
from bluegreen.cli.planning import Planned, plan_of, plan_on_twin
from bluegreen.cli.rehearsal import Stage, ended, perform
from bluegreen.cli.rehearsing import Rehearsed, rehearse_words
from bluegreen.engine.observer import Observer
from bluegreen.errors import RefusedError, UsageError
from bluegreen.model.codec import write_facts
from bluegreen.model.facts import PairFacts
from bluegreen.model.pair import Pair

ORDINARY = ("edge", "ufs", "gre", "active-active", "green-serves")


def seen(story: Story) -> PairFacts:
    """Return what one look at both routers says, by the real questions and parsers."""
    return Observer(story.world.doors(), dialect_of(story.request.pair)).look()


def planned(story: Story) -> Planned:
    return plan_on_twin(story.request, seen(story))


def lines(plan: Planned) -> dict[str, tuple[str, ...]]:
    return {line.id: line.commands for line in plan.lines}


@pytest.mark.parametrize("kind", ORDINARY)
def test_a_plan_says_the_very_commands_that_the_run_then_sends(kind: str) -> None:
    story = a_story(kind)
    plan = planned(story)

    story.go()

    sent = [e.commands for e in story.events if e.event == "command" and e.step == f"drain@{BLUE}"]
    drained = [command for commands in sent for command in commands]
    assert plan.finished.outcome == "done"
    if story.request.blue == BLUE:
        assert lines(plan)[f"drain@{BLUE}"] == tuple(drained)
    assert [line.id for line in plan.lines if not line.skipped] == story.steps()


def test_a_plan_names_the_way_back_who_serves_and_what_the_router_checks() -> None:
    plan = planned(a_story())

    drain = next(line for line in plan.lines if line.id == f"drain@{BLUE}")
    install = next(line for line in plan.lines if line.id == f"install@{BLUE}")
    assert drain.commands == (
        "ifconfig vmx1 vhid 2 advskew 200 peer 192.0.2.12",
        "ifconfig vmx0 vhid 3 advskew 200",
        "sysctl net.inet.carp.demotion=0",
    )
    assert drain.undo[:2] == (
        "ifconfig vmx1 vhid 2 advskew 0 peer 192.0.2.12",
        "ifconfig vmx0 vhid 3 advskew 0",
    )
    assert drain.serves == f"{GREEN} serves vhid 2, 3"
    assert "0 vhids MASTER, 2 BACKUP" in (install.guard or "")
    assert any("bectl activate bluegreen-RUN" in command for command in install.undo)


@pytest.mark.parametrize("kind", PAIRS)
def test_the_same_facts_give_the_same_hash(kind: str) -> None:
    story, later = a_story(kind), a_story(kind, seed=3)
    first = planned(story)

    later.world.network.advance(later.world.now_s + 3600.0)

    assert planned(story).hash == first.hash
    assert planned(later).hash == first.hash


def test_planning_changes_nothing_and_asks_each_router_once() -> None:
    story = a_story()

    planned(story)

    assert story.now == story.before
    assert len(story.world.traffic.wire) == 2
    assert all(script.reads_only for _, _, script in story.world.traffic.wire)


def test_another_skew_is_another_plan() -> None:
    story = a_story()
    first = planned(story)

    at_console(story, GREEN, "ifconfig", "vmx0", "vhid", "3", "advskew", "190")

    assert planned(story).hash != first.hash


def test_another_version_another_target_and_another_playbook_are_other_plans() -> None:
    story = a_story()
    hashes = {
        planned(story).hash,
        planned(a_story("minor", target=MINOR)).hash,
        planned(a_story("minor")).hash,
        planned(a_story(strategy="idle-first")).hash,
        planned(a_story(strategy=replace(a_strategy("active-first"), outage="stop"))).hash,
    }
    upgraded = a_story()
    upgraded.go()

    assert len(hashes) == 5
    assert planned(upgraded).hash not in hashes


def test_another_word_in_the_inventory_is_another_plan() -> None:
    story = a_story()
    facts = seen(story)

    other = replace(story.request, pair=replace(story.request.pair, outage_budget_s=2.0))

    assert plan_on_twin(other, facts).hash != plan_on_twin(story.request, facts).hash


def test_who_runs_it_when_and_under_which_name_is_no_part_of_a_plan() -> None:
    story = a_story()
    facts = seen(story)

    other = replace(story.request, run="R9", owner="somebody", host="elsewhere", since="later")

    assert plan_on_twin(other, facts).hash == plan_on_twin(story.request, facts).hash


def test_a_pair_that_would_be_refused_says_so_in_its_plan() -> None:
    plan = planned(a_story("no-preempt"))

    assert (plan.finished.outcome, plan.finished.exit_code) == ("refused", 3)
    assert all(line.commands == () for line in plan.lines)


# -- a rehearsal on a file of facts ------------------------------------------------


def written(story: Story, folder: Path) -> Path:
    file = folder / "twin.json"
    file.write_text(write_facts(seen(story)), encoding="utf-8")
    return file


@pytest.mark.parametrize("kind", ORDINARY)
def test_a_real_pair_is_rehearsed_on_from_a_file_alone(kind: str, tmp_path: Path) -> None:
    file = written(a_story(kind), tmp_path)
    stage = Stage(a_pair(kind), file, None)
    world = stage.world(seed=0)
    request = stage.request("upgrade", a_strategy("active-first"))

    finished = ended(perform(world, request, []))

    assert finished.outcome == "done"
    assert [machine.versions.userland for machine in world.machines] == [NEW, NEW]
    assert world.violations() == ()
    assert world.leftovers() == ()


def test_a_twin_starts_where_the_pair_stood(tmp_path: Path) -> None:
    story = a_story("green-serves")
    stage = Stage(a_pair("green-serves"), written(story, tmp_path), None)

    world = stage.world(seed=0)

    assert stage.request("upgrade", a_strategy("active-first")).blue == GREEN
    assert world.masters("198.51.100.230") == (GREEN,)
    assert [machine.versions.userland for machine in world.machines] == [OLD, OLD]


def test_the_plan_of_a_twin_is_the_plan_of_the_pair(tmp_path: Path) -> None:
    story = a_story()
    stage = Stage(a_pair(), written(story, tmp_path), None)

    twin = plan_of(stage.request("upgrade", a_strategy("active-first")), stage.world(seed=0))

    assert twin.hash == planned(story).hash


def test_facts_of_another_pair_are_refused(tmp_path: Path) -> None:
    story = a_story()
    facts = seen(story)
    first = facts.seen(BLUE)
    assert first is not None
    file = tmp_path / "twin.json"
    file.write_text(write_facts(replace(facts, first=replace(first, name="router-009"))), "utf-8")

    with pytest.raises(UsageError, match="holds facts of router-009 and router-002"):
        Stage(a_pair(), file, None)


# -- --expect ----------------------------------------------------------------------


def test_a_plan_that_is_expected_is_rehearsed_and_another_is_refused(tmp_path: Path) -> None:
    inventory = tmp_path / "hosts.yaml"
    inventory.write_text(
        f"routers:\n  {BLUE}: {{address: 192.0.2.11}}\n  {GREEN}: {{address: 192.0.2.12}}\n"
        f"pairs:\n  edge: {{routers: [{BLUE}, {GREEN}]}}\n",
        encoding="utf-8",
    )
    common = Common(inventory=inventory, json=True)
    stage = Stage(a_pair_in(inventory), None, None)
    known = plan_of(stage.request("upgrade", a_strategy("active-first")), stage.world(0)).hash

    agreed = rehearse_words(common, Rehearsed("edge", "active-first", expect=known))

    assert agreed == 0
    with pytest.raises(RefusedError, match=f"the plan is {known}, not {'0' * 16}"):
        rehearse_words(common, Rehearsed("edge", "active-first", expect="0" * 16))


def a_pair_in(inventory: Path) -> Pair:

    return load_inventory(inventory).pair("edge")
