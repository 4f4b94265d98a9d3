"""A machine that was only asleep wakes up behind, or in the middle of, a recovery of its run."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from beside import together
from judged import but_for_the_system, differences
from pairs import BLUE, GREEN, NEW, a_pair
from recovered import carried_on, case_of, elsewhere, found, killed
from runs import Story
from test_holding import a_run

from bluegreen.cli.execute import started
from bluegreen.cli.recovering import refuse_known
from bluegreen.cli.worlds import rehearsed_world
from bluegreen.engine.journal import SqliteJournal
from bluegreen.errors import RefusedError
from bluegreen.model.command import GUARD_EXIT, Output, Script
from bluegreen.model.events import Answered, LockTaken, RunFinished
from bluegreen.model.holding import STALE_S
from bluegreen.sim.life import Killed
from bluegreen.world import Transport

SLEEPS_S = 2 * STALE_S
Recovery = tuple[Story, Callable[[], RunFinished]]


@dataclass(slots=True)
class Nap:
    """When a machine falls asleep: before its n-th order from now arrives; and when it did, s."""

    orders: int
    since_s: float | None = None


class Sleepy:
    """Falls asleep with an order in its hands: what it decided, it sends when it wakes up."""

    def __init__(self, story: Story, door: Transport, nap: Nap) -> None:
        self.name = door.name
        self._story, self._door, self._nap = story, door, nap

    @property
    def address(self) -> str | None:
        return self._door.address

    def run(self, script: Script) -> tuple[Output, ...]:
        if not script.reads_only and script.guard is not None:
            self._nap.orders -= 1
            if self._nap.orders == 0:
                self._nap.since_s = self._story.doors.clock.now_s()
                self._story.doors.clock.sleep(SLEEPS_S)
        return self._door.run(script)

    def close(self) -> None:
        self._door.close()


def asleep_at(order: int) -> tuple[Story, Nap]:
    """Return a run whose machine sleeps before its n-th order arrives."""
    story, nap = a_run(rehearsed_world(a_pair()), "R1"), Nap(order)
    doors = {name: Sleepy(story, door, nap) for name, door in story.doors.transports.items()}
    story.doors = replace(story.doors, transports=doors)
    return story, nap


def recovers(sleeper: Story, nap: Nap, way: str, ahead_s: float, name: str = "other") -> Recovery:
    """Return another machine, and what it does: recover the run before the first one wakes up."""
    story = Story(replace(sleeper.request, owner=name, host="elsewhere"), sleeper.world)

    def act() -> RunFinished:
        while nap.since_s is None:
            story.doors.clock.sleep(1.0)
        wakes_s = nap.since_s + SLEEPS_S
        story.doors.clock.sleep(wakes_s - ahead_s - story.doors.clock.now_s())
        return carried_on(story, case_of(story), way)

    return story, act


def woken(order: int, way: str, ahead_s: float) -> tuple[Story, RunFinished, Story, RunFinished]:
    """Return the run that slept and its end, and how its recovery, begun before, ended."""
    sleeper, nap = asleep_at(order)
    other, act = recovers(sleeper, nap, way, ahead_s)
    finished, recovered = together([sleeper, other], 0, [sleeper.go, act])
    assert finished is not None
    assert recovered is not None
    return sleeper, finished, other, recovered


ORDERS = (8, 11, 14, 16, 20, 24)


@pytest.mark.parametrize("way", ["finish", "undo"])
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("ahead_s", [1.0, 30.0, 900.0])
def test_who_was_asleep_changes_nothing_more_and_stops(
    order: int, way: str, ahead_s: float
) -> None:
    sleeper, finished, other, recovered = woken(order, way, ahead_s)

    taken_at = next(e.at for e in other.events if isinstance(e, LockTaken))
    late = [e.codes for e in sleeper.events if isinstance(e, Answered) and e.at > taken_at]
    assert set(late) <= {(GUARD_EXIT,), ()}  # () is what did not reach a router that boots
    assert (finished.outcome, finished.exit_code) == ("needs_human", 4)
    assert recovered.outcome == {"finish": "done", "undo": "rolled_back"}[way]
    assert other.world.violations() == ()
    assert other.world.leftovers() == ()
    if way == "undo":
        assert differences(other.before, other.now) == []
    else:
        assert {router.versions.userland for router in other.now} == {NEW}
        assert but_for_the_system(other.now) == but_for_the_system(other.before)


def test_who_was_asleep_is_told_who_has_the_run_and_to_leave_it() -> None:
    _, finished, other, _ = woken(14, "finish", 30.0)

    taken = [e.broken or "" for e in other.events if isinstance(e, LockTaken)]
    assert "is held by run R1 of other@elsewhere since " in finished.reason
    assert "who recovered it" in finished.reason
    assert "Leave it to elsewhere: the journal here is out of date." in finished.next_move
    assert f"`bluegreen status --pair {BLUE},{GREEN}`" in finished.next_move
    assert [who[: who.index(" since")] for who in taken] == [
        f"{router} is held by run R1 of ada@desk" for router in (BLUE, GREEN)
    ]
    assert "STALE" in taken[0]


def test_a_resume_in_the_middle_of_a_recovery_is_refused_and_names_it() -> None:
    sleeper, nap = asleep_at(14)
    other, act = recovers(sleeper, nap, "finish", 30.0)

    def resumed() -> RunFinished:
        sleeper.go()
        return sleeper.go()

    finished, recovered = together([sleeper, other], 0, [resumed, act])

    assert finished is not None
    assert recovered is not None
    assert finished.exit_code == 5
    assert "is held by run R1 of other@elsewhere" in finished.reason
    assert "`bluegreen resume R1` or `bluegreen rollback R1`, on elsewhere" in finished.next_move
    assert recovered.outcome == "done"


def test_a_resume_behind_a_recovery_changes_nothing_more() -> None:
    sleeper, _, other, _ = woken(14, "finish", 900.0)
    left, sent = sleeper.now, len(sleeper.sent())

    finished = sleeper.go()

    assert (finished.outcome, finished.exit_code) == ("needs_human", 4)
    assert "nothing of run R1 lies on either router" in finished.reason
    assert f"`bluegreen status --pair {BLUE},{GREEN}`" in finished.next_move
    assert (sleeper.now, len(sleeper.sent())) == (left, sent)
    assert other.world.leftovers() == ()


def test_of_two_machines_that_recover_one_run_together_exactly_one_goes_on() -> None:
    sleeper, nap = asleep_at(14)
    (first, one), (second, two) = (recovers(sleeper, nap, "undo", 600.0, n) for n in ("a", "b"))

    ends = together([sleeper, first, second], 3, [sleeper.go, one, two])

    outcomes = sorted(end.outcome for end in ends[1:] if end is not None)
    assert outcomes == ["needs_human", "rolled_back"]
    assert differences(sleeper.before, sleeper.now) == []
    assert sleeper.world.leftovers() == ()
    assert sleeper.world.violations() == ()


def test_a_journal_that_somebody_has_overtaken_says_who_has_the_run(tmp_path: Path) -> None:
    story = killed("edge", "active-first", 300)
    journal = SqliteJournal(tmp_path / "journal.db")
    journal.append(started(story.prepared(), story.request))
    case = case_of(story)
    story.world.kill_after(60)
    with pytest.raises(Killed):
        carried_on(story, case, "finish")
    remains = found(elsewhere(story))
    assert remains is not None

    with pytest.raises(RefusedError, match="run R1 was recovered by other@elsewhere") as refused:
        refuse_known(journal, remains)

    assert "the journal here is out of date" in refused.value.what
    assert "`bluegreen resume R1` on elsewhere" in refused.value.next_move
