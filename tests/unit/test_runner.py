"""The run itself, where a rehearsal of a whole upgrade does not already show it."""

import pytest
from facts import BLUE, GREEN, RUN
from rehearsed import an_upgrade, inventoried

from bluegreen.cli.execute import dialect_of
from bluegreen.cli.worlds import rehearsed_world
from bluegreen.engine.observer import Observer
from bluegreen.engine.runner import Orders
from bluegreen.engine.watch import FrozenError, Watch
from bluegreen.freebsd.locking import take_lock
from bluegreen.freebsd.paths import Paths
from bluegreen.model.command import Script
from bluegreen.model.events import Answered, CommandSent, Observed, StepDone, StepStarted
from bluegreen.model.system import Lock
from bluegreen.sim.world import SimWorld
from bluegreen.world import Order

SWITCHING = [
    "drain",
    "drain",
    "install",
    "install",
    "reboot",
    "reboot",
    "restore",
    "standby",
    "standby",
]


def a_watch(world: SimWorld) -> Watch:
    doors = world.doors()
    return Watch(Observer(doors, dialect_of(inventoried())), doors.clock, RUN)


# -- somebody asks to stop -----------------------------------------------------


@pytest.mark.parametrize("asked", [1, 2, 20, 60])
def test_a_signal_stops_the_run_at_a_safe_point_and_resume_ends_it(asked: int) -> None:
    run = an_upgrade()
    run.stop_at = asked

    stopped = run.go()
    run.stop_at = None
    ended = run.go()

    assert (stopped.outcome, stopped.exit_code) == ("interrupted", 130)
    assert stopped.reason == "stopped by a signal"
    assert "`bluegreen resume R1` goes on" in stopped.next_move
    assert ended.outcome == "done"
    assert run.world.violations() == ()
    assert run.world.leftovers() == ()


def test_nothing_is_sent_after_somebody_asked_to_stop() -> None:
    run = an_upgrade()
    run.stop_at = 1

    run.go()

    assert run.sent() == []


def test_a_resumed_run_does_no_step_twice() -> None:
    run = an_upgrade()
    run.stop_at = 40
    run.go()
    run.stop_at = None
    run.go()

    done = [event.step for event in run.events if isinstance(event, StepDone)]

    assert len(done) == len(set(done))


def test_a_pause_is_where_it_was_asked_for() -> None:
    run = an_upgrade()

    paused = run.go(Orders(pause_after=f"drain@{BLUE}"))

    last = [event.step for event in run.events if isinstance(event, StepDone)][-1]
    assert (paused.outcome, last) == ("interrupted", f"drain@{BLUE}")
    assert paused.reason == f"paused after drain@{BLUE}, as asked"
    assert paused.serving == "router-002 serves vhid 1"


# -- both routers say they are MASTER ------------------------------------------


def test_two_masters_for_three_seconds_freeze_everything() -> None:
    world = rehearsed_world(inventoried())
    watch = a_watch(world)
    watch.look()
    world.network.cut = True
    world.network.advance(world.now_s + 10.0)

    watch.look()
    world.network.advance(world.now_s + 3.0)

    with pytest.raises(FrozenError, match="both routers are MASTER of vhid 1"):
        watch.look()


def test_a_role_that_changed_while_we_looked_is_settled_from_the_end_of_that_look_on() -> None:
    world = rehearsed_world(inventoried())
    watch = a_watch(world)
    watch.look()
    world.network.power_off(1)

    seen = watch.look()

    assert world.now_s - seen.first.began_s >= 1.0  # nobody answered for a second
    assert watch.moment().settled_s == world.now_s


def test_two_masters_for_a_moment_are_how_a_switch_looks() -> None:
    world = rehearsed_world(inventoried())
    watch = a_watch(world)
    world.network.cut = True
    world.network.advance(world.now_s + 10.0)
    watch.look()

    world.repair()

    assert watch.look().serving() == "router-001 serves vhid 1"
    assert watch.look().serving() == "router-001 serves vhid 1"


def test_a_frozen_run_sends_nothing_more_and_says_what_to_do() -> None:
    run = an_upgrade(["second-master@drain"])

    ended = run.go()

    assert (ended.outcome, ended.exit_code) == ("needs_human", 4)
    assert "both routers are MASTER of vhid 1" in ended.reason
    assert "they do not hear each other" in ended.next_move
    assert {event.step for event in run.sent()[-1:]} <= {f"drain@{BLUE}", f"stage@{GREEN}"}


def test_roles_are_settled_only_since_they_were_first_seen_as_they_are() -> None:
    world = rehearsed_world(inventoried())
    watch = a_watch(world)
    watch.look()
    world.network.advance(world.now_s + 30.0)
    watch.look()
    assert watch.moment().now_s - watch.moment().settled_s >= 30.0

    world.network.power_off(0)
    world.network.advance(world.now_s + 10.0)
    watch.look()

    assert watch.moment().now_s - watch.moment().settled_s < 30.0
    watch.rest()
    assert watch.moment().now_s - watch.moment().settled_s >= 2.0


# -- one look for the end of a step and the beginning of the next -------------------


def test_what_was_just_seen_need_not_be_looked_at_again() -> None:
    watch = a_watch(rehearsed_world(inventoried()))

    seen = watch.look()

    assert watch.still_good() is seen


def test_what_was_seen_before_an_order_is_not_what_comes_of_it() -> None:
    watch = a_watch(rehearsed_world(inventoried()))
    watch.look()

    watch.sending(Order("router-001", ()))

    assert watch.still_good() is None
    seen = watch.look()
    assert watch.still_good() is seen


def test_what_was_seen_more_than_two_seconds_ago_is_looked_at_again() -> None:
    world = rehearsed_world(inventoried())
    watch = a_watch(world)
    watch.look()

    world.network.advance(world.now_s + 2.01)

    assert watch.still_good() is None


def test_a_look_that_missed_a_router_is_not_used_twice() -> None:
    world = rehearsed_world(inventoried())
    watch = a_watch(world)
    world.network.power_off(0)

    watch.look()

    assert watch.still_good() is None


def test_both_are_seen_together_since_the_first_look_that_has_shown_both_again() -> None:
    world = rehearsed_world(inventoried())
    watch = a_watch(world)

    def seen_for_s() -> int:
        watch.look()
        world.network.advance(world.now_s + 10.0)
        return round(watch.whole_s())

    assert (seen_for_s(), seen_for_s()) == (10, 20)
    world.network.power_off(0)
    assert seen_for_s() == 0
    world.network.repair(0)
    world.network.advance(world.now_s + 600.0)  # it boots while nobody looks
    assert (seen_for_s(), seen_for_s()) == (10, 20)


def test_nothing_that_moves_roles_or_disrupts_rests_on_the_look_of_the_step_before() -> None:
    run = an_upgrade()
    started_s, waited_s = 0.0, {}

    run.go()
    for event in run.events:
        if isinstance(event, StepStarted):
            started_s = event.at.timestamp()
        if isinstance(event, CommandSent) and event.effect in ("carp", "disruptive"):
            waited_s[event.step] = event.at.timestamp() - started_s

    assert sorted(step.partition("@")[0] for step in waited_s if step) == SWITCHING
    assert all(passed_s > 0.05 for passed_s in waited_s.values())  # a look takes that long


def test_what_came_of_a_change_is_looked_at_at_once() -> None:
    run = an_upgrade()
    answered_s, passed_s = 0.0, {}

    run.go()
    for event in run.events:
        if isinstance(event, Answered):
            answered_s = event.at.timestamp()
        if isinstance(event, StepDone):
            passed_s[event.step] = event.at.timestamp() - answered_s

    look_s = passed_s[f"lock@{BLUE}"]
    quick = ("persist", "environment", "unpersist", "unlock")
    assert all(passed_s[f"{name}@{BLUE}"] == pytest.approx(look_s, abs=0.001) for name in quick)
    assert look_s < 0.2  # both routers one after the other, and no pause


# -- refusals ------------------------------------------------------------------


def test_a_router_that_another_run_holds_ends_the_run_with_its_holder_named() -> None:
    run = an_upgrade()
    lock = Lock("run-7", "somebody", "laptop", "2025-12-31T23:00:00Z")
    run.world.doors().transports[GREEN].run(Script(take_lock(Paths(), lock)))

    ended = run.go()

    assert (ended.outcome, ended.exit_code) == ("refused", 5)
    assert run.sent() == []
    assert "router-002 is held by run run-7 of somebody@laptop" in ended.reason


def test_a_router_that_does_not_answer_is_refused_before_anything_is_changed() -> None:
    run = an_upgrade()
    run.world.network.power_off(1)

    ended = run.go()

    assert (ended.outcome, ended.exit_code) == ("refused", 3)
    assert "router-002: could not be observed" in ended.reason
    assert run.sent() == []


# -- the outage budget ---------------------------------------------------------


def test_a_budget_that_the_first_switch_exceeds_is_not_spent_on_a_second_one() -> None:
    run = an_upgrade()

    ended = run.go(Orders(outage_budget_ms=-1.0))

    assert (ended.outcome, ended.exit_code) == ("rolled_back", 1)
    assert "ms without an answer, budget -1 ms" in ended.reason
    assert not any(event.effect == "disruptive" for event in run.sent())


def test_a_playbook_may_rather_stop_there() -> None:
    run = an_upgrade()

    ended = run.go(Orders(outage_budget_ms=-1.0, over_budget="stop"))

    assert ended.outcome == "interrupted"
    assert ended.serving == "router-002 serves vhid 1"


# -- the journal ---------------------------------------------------------------


def test_every_step_begins_before_its_first_command_and_every_layer_has_a_time() -> None:
    run = an_upgrade()
    run.go()

    begun: set[str | None] = set()
    for event in run.events:
        if isinstance(event, StepStarted):
            begun.add(event.step)
    layers = [e for e in run.events if isinstance(e, Observed) and e.what == "layer"]

    assert {event.step for event in run.sent()} <= begun
    assert ("carp", f"converge@{GREEN}") in {(e.layer, e.step) for e in layers}
    assert all(e.after_s is not None and e.after_s >= 0 for e in layers)
