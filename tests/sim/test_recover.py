"""The machine that ran it is gone with its journal: another one finishes the run, or undoes it."""

import json
import re
from dataclasses import replace

import pytest
from judged import differences, disruptions, masters_at
from pairs import BLUE, GREEN, STRATEGIES, a_strategy
from recovered import a_run, carried_on, case_of, elsewhere, found, killed, recovered
from runs import Story, a_story

from bluegreen.cli.recovering import refuse_alive
from bluegreen.errors import BluegreenError, LockedError, NeedsHumanError, RefusedError
from bluegreen.model.codec import unpack_facts
from bluegreen.model.events import RunFinished, RunRecovered, RunStarted
from bluegreen.model.playbook_text import playbook_data
from bluegreen.sim.life import Killed

EVERY = 7  # of WHOLE parts
WHOLE = 100  # parts of a run
TOUCHES = range(1, WHOLE, EVERY)
RUNS = [(kind, strategy) for strategy in STRATEGIES for kind in ("gre", "active-active")]
RUNS += [("edge", "failover")]


@pytest.fixture(scope="module")
def whole() -> dict[tuple[str, str], Story]:
    """Return runs that nobody killed, by pair and playbook."""
    return {}


def uninterrupted(whole: dict[tuple[str, str], Story], kind: str, strategy: str) -> Story:
    if (kind, strategy) not in whole:
        story = a_run(kind, strategy)
        assert story.go().outcome == "done"
        whole[kind, strategy] = story
    return whole[kind, strategy]


def at(part: int, story: Story) -> int:
    """Return the touch that is this far into a run."""
    return max(1, part * story.world.touches // WHOLE)


def assert_safe(story: Story) -> None:
    assert story.world.violations() == ()
    assert story.unjournalled == []
    sent = disruptions(story)
    assert [masters_at(story, one.router, one.at_s) for one in sent] == [0] * len(sent)


@pytest.mark.parametrize(("kind", "strategy"), RUNS)
@pytest.mark.parametrize("part", TOUCHES)
def test_a_run_that_is_finished_elsewhere_ends_as_an_uninterrupted_one(
    part: int, kind: str, strategy: str, whole: dict[tuple[str, str], Story]
) -> None:
    wanted = uninterrupted(whole, kind, strategy)
    story = killed(kind, strategy, at(part, wanted))

    finished = recovered(story, "finish")

    if finished is not None:
        assert (finished.outcome, finished.exit_code) == ("done", 0)
        assert differences(wanted.now, story.now) == []
        assert story.world.leftovers() == wanted.world.leftovers()
        assert [story.count(r, "shutdown -r now") for r in (BLUE, GREEN)] == [
            wanted.count(r, "shutdown -r now") for r in (BLUE, GREEN)
        ]
    assert_safe(story)


@pytest.mark.parametrize(("kind", "strategy"), RUNS)
@pytest.mark.parametrize("part", TOUCHES)
def test_a_run_that_is_undone_elsewhere_leaves_everything_as_it_was(
    part: int, kind: str, strategy: str, whole: dict[tuple[str, str], Story]
) -> None:
    story = killed(kind, strategy, at(part, uninterrupted(whole, kind, strategy)))

    finished = recovered(story, "undo")

    if finished is not None:
        assert (finished.outcome, finished.exit_code) == ("rolled_back", 0)
        assert differences(story.before, story.now) == []
        assert story.world.leftovers() == ()
    assert_safe(story)


@pytest.mark.parametrize("part", range(2, WHOLE, 12))
def test_a_retreat_that_is_finished_elsewhere_ends_as_an_uninterrupted_one(part: int) -> None:
    faults = (f"install-fails@install@{GREEN}",)
    wanted = a_run("edge", "active-first", faults)
    assert wanted.go().outcome == "rolled_back"
    touches = wanted.world.touches
    retreat = next(i for i, e in enumerate(wanted.events) if e.event == "rollback_started")
    share = retreat / len(wanted.events)
    story = killed(
        "edge", "active-first", int(touches * (share + (1 - share) * part / WHOLE)), faults
    )

    finished = recovered(story, "finish")

    if finished is not None:
        assert finished.outcome == "rolled_back"
        assert differences(wanted.now, story.now) == []
    assert story.world.leftovers() == ()
    assert_safe(story)


def test_a_job_that_runs_is_attached_to_and_not_started_again() -> None:
    story = a_run("edge", "active-first", ("controller-killed@install",))
    assert story.one_life() is None
    other = elsewhere(story)

    finished = recovered(other, "finish")

    assert finished is not None
    assert finished.outcome == "done"
    assert other.count(BLUE, "jobs/install-1/status") == 1


def test_a_recovered_run_has_the_name_and_the_beginning_that_it_had() -> None:
    other = killed("edge", "active-first", 300)

    recovered(other, "finish")

    first, second = other.events[:2]
    assert isinstance(first, RunStarted)
    assert isinstance(second, RunRecovered)
    assert (first.run, first.playbook, first.blue) == ("R1", "active-first", BLUE)
    assert (second.owner, second.host) == ("other", "elsewhere")
    assert isinstance(other.events[-1], RunFinished)


def test_a_clock_that_is_ahead_makes_no_run_look_dead() -> None:
    remains = found(killed("edge", "active-first", 300))
    assert remains is not None
    both = remains.facts.both()
    assert both is not None
    ahead = replace(remains.facts, first=replace(both[0], clock_s=both[0].clock_s + 3600))

    with pytest.raises(LockedError, match=r"run R1 of .*: its last sign of life was .* s ago"):
        refuse_alive(replace(remains, facts=ahead))


def test_a_recovered_run_that_is_killed_is_resumed_by_its_new_journal() -> None:
    other = killed("edge", "active-first", 300)
    wanted = a_run("edge", "active-first")
    wanted.go()
    case = case_of(other)
    other.world.kill_after(60)
    with pytest.raises(Killed):
        carried_on(other, case, "finish")
    other.begin_anew()

    finished = other.go()

    assert finished.outcome == "done"
    assert differences(wanted.now, other.now) == []
    assert_safe(other)


def test_a_recovered_run_that_is_done_is_taken_back_by_its_new_journal() -> None:
    other = killed("edge", "active-first", 300)
    recovered(other, "finish")

    finished = other.back()

    assert finished.outcome == "rolled_back"
    assert differences(other.before, other.now) == []
    assert other.world.leftovers() == ()


@pytest.mark.parametrize("touch", [20, 60, 150])
def test_a_machine_that_dies_while_it_recovers_is_recovered_from_again(touch: int) -> None:
    other = killed("edge", "active-first", 300)
    case = case_of(other)
    other.world.kill_after(touch)
    with pytest.raises(Killed):
        carried_on(other, case, "undo")
    third = elsewhere(other)

    finished = recovered(third, "undo")

    assert finished is not None
    assert finished.outcome == "rolled_back"
    assert differences(third.before, third.now) == []
    assert third.world.leftovers() == ()
    assert_safe(third)


def test_a_rollback_of_a_finished_run_is_recovered_too() -> None:
    story = a_run("edge", "active-first")
    story.go()
    before = story.before
    story.world.kill_after(120)
    assert story.one_life(back=True) is None
    other = elsewhere(story)

    finished = recovered(other, "finish")

    assert finished is not None
    assert finished.outcome == "rolled_back"
    assert differences(before, other.now) == []
    assert other.world.leftovers() == ()


# -- what is refused -------------------------------------------------------------

STATE = "/var/log/bluegreen"


def left_by(touch: int = 300) -> Story:
    return killed("edge", "active-first", touch)


def spoil(story: Story, name: str, text: str | None, *routers: str) -> None:
    """Give a file of the run another text, or none at all: on both routers, or on those."""
    for router in routers or (BLUE, GREEN):
        files = story.machine(router).files
        if text is None:
            files.remove(f"{STATE}/{name}")
        else:
            files.write(f"{STATE}/{name}", text)


def text_of(story: Story, name: str, router: str = BLUE) -> str:
    return story.machine(router).files.read(f"{STATE}/{name}")


def assert_refused(story: Story, kind: type[BluegreenError], *words: str) -> None:
    left, sent = story.now, len(story.sent())

    with pytest.raises(kind) as refused:
        case_of(story)

    for word in words:
        assert word in str(refused.value)
    assert refused.value.exit_code in (3, 4)
    assert (story.now, len(story.sent())) == (left, sent)


@pytest.mark.parametrize("name", ["record", "baseline", "reached"])
def test_what_is_cut_short_on_both_routers_is_refused(name: str) -> None:
    story = left_by()
    spoil(story, name, text_of(story, name)[:100])

    assert_refused(story, RefusedError, "is cut short", "Nothing was changed")


@pytest.mark.parametrize("name", ["record", "baseline"])
def test_what_is_cut_short_on_one_router_is_taken_from_the_other(name: str) -> None:
    story = left_by()
    spoil(story, name, text_of(story, name)[:100], GREEN)

    finished = recovered(story, "undo")

    assert finished is not None
    assert finished.outcome == "rolled_back"
    assert differences(story.before, story.now) == []


def test_a_record_of_a_newer_bluegreen_is_refused_as_that() -> None:
    story = left_by()
    spoil(story, "record", '{"form": 2}')

    assert_refused(story, RefusedError, "written by a newer bluegreen")


def changed(story: Story, **fields: object) -> None:
    said = json.loads(text_of(story, "record"))
    spoil(story, "record", json.dumps({**said, **fields}))


def test_another_version_is_refused_with_the_one_that_is_needed() -> None:
    story = left_by()
    changed(story, version="9.9.9")

    assert_refused(story, RefusedError, "bluegreen 9.9.9", "Install bluegreen 9.9.9")


def test_a_playbook_that_is_not_the_one_it_began_with_is_refused() -> None:
    story = left_by()
    changed(story, playbook=playbook_data(a_strategy("idle-first")))

    assert_refused(story, RefusedError, "the playbook that run R1 wrote down")


def test_other_words_of_the_inventory_are_refused_with_those_it_had() -> None:
    story = left_by()
    changed(story, words={"ospf": '{"daemon": "frr"}'})

    assert_refused(story, RefusedError, "inventory's words", 'ospf: {"daemon": "frr"}')


def test_routers_under_other_names_are_refused_with_the_names_they_had() -> None:
    story = left_by()
    changed(story, routers=["r1", "r2"])

    assert_refused(story, RefusedError, "calls its routers r1 and r2")


def test_what_two_runs_left_is_told_apart_and_left_alone() -> None:
    story = left_by()
    spoil(story, "lock", "run=R7\nowner=ops\nhost=bastion\nsince=yesterday\n", GREEN)

    assert_refused(
        story, NeedsHumanError, f"{BLUE}: a lock of run R1", f"{GREEN}: a lock of run R7"
    )


def test_a_run_of_which_nothing_is_written_down_is_left_to_a_human() -> None:
    story = left_by()
    for name in ("record", "baseline", "reached"):
        spoil(story, name, None)

    assert_refused(story, RefusedError, "run R1 cannot be rebuilt", "bluegreen-R1")


def test_a_note_of_how_far_it_came_that_is_gone_is_no_zero() -> None:
    story = left_by()
    spoil(story, "reached", None)

    assert_refused(story, RefusedError, "how far run R1 has come is not noted")


def test_locks_that_somebody_removed_are_taken_again() -> None:
    story = left_by()
    spoil(story, "lock", None)

    finished = recovered(story, "finish")

    assert finished is not None
    assert finished.outcome == "done"
    assert story.world.leftovers() == ()


def test_a_run_that_had_only_taken_its_locks_gives_them_back() -> None:
    story = killed("edge", "active-first", 12)
    case = case_of(story)
    assert case.record is None

    finished = recovered(story, "undo")

    assert finished is not None
    assert finished.outcome == "rolled_back"
    assert story.world.leftovers() == ()


def test_a_playbook_of_ones_own_is_rebuilt_from_what_lies_on_the_routers() -> None:
    own = replace(a_strategy("idle-first"), name="mine")
    story = a_story("edge", own)
    story.request = replace(story.request, playbook_file="mine.yaml")
    story.world.kill_after(300)
    assert story.one_life() is None

    case = case_of(elsewhere(story))

    assert case.request.playbook == own


def test_no_password_is_in_what_lies_there_for_a_recovery() -> None:
    story = left_by()
    files = story.machine(BLUE).files
    secrets = {w for _, n in files.under("/etc") for w in re.findall(r"pass (\S+)", n.text or "")}

    told = text_of(story, "record") + text_of(story, "reached")
    told += unpack_facts(text_of(story, "baseline"), "baseline")

    assert secrets
    assert not [secret for secret in secrets if secret in told]


@pytest.mark.parametrize("strategy", [*STRATEGIES, "failover"])
def test_a_run_that_has_ended_leaves_nothing_to_recover(strategy: str) -> None:
    story = a_run("edge", strategy)
    story.go()

    assert found(elsewhere(story)) is None
