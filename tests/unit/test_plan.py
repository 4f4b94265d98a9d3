"""A playbook made concrete: roles become routers, `both` two steps, and where undo ends."""

from dataclasses import replace

import pytest
from facts import BLUE, GREEN, VIP, a_setting
from rehearsed import strategy

from bluegreen.engine.plan import Plan, compile_plan
from bluegreen.model.pair import FloatingAddress
from bluegreen.model.playbook import Entry, Leg, Playbook
from bluegreen.steps import build


def plan_of(*entries: Entry, closing: tuple[Entry, ...] = ()) -> Plan:
    playbook = Playbook("mine", "", "rollback", opening=entries, closing=closing)
    return compile_plan(playbook, a_setting(), build)


@pytest.fixture
def whole() -> Plan:
    return compile_plan(strategy(), a_setting(), build)


def test_an_id_is_the_steps_name_at_its_router(whole: Plan) -> None:
    ids = [planned.id for planned in whole.steps]

    assert ids[:7] == [
        "preflight@pair",
        f"lock@{BLUE}",
        f"lock@{GREEN}",
        "baseline@pair",
        f"stage@{BLUE}",
        f"stage@{GREEN}",
        "agree@pair",
    ]
    assert ids[-2:] == [f"unlock@{BLUE}", f"unlock@{GREEN}"]
    assert len(ids) == len(set(ids))


def test_the_legs_are_of_their_routers(whole: Plan) -> None:
    assert {p.leg for p in whole.steps if p.step.name == "install"} == {BLUE, GREEN}
    assert whole.find(f"install@{GREEN}").leg == GREEN
    assert whole.find(f"drain@{GREEN}").leg == BLUE  # the switch back belongs to blue's leg
    assert whole.find("preflight@pair").leg is None


def test_blue_and_green_are_who_they_were_at_the_start() -> None:
    setting = replace(a_setting(), blue=GREEN, green=BLUE)

    plan = compile_plan(strategy(), setting, build)

    assert plan.steps[plan.index(f"drain@{GREEN}")].step.router == GREEN
    assert plan.index(f"install@{GREEN}") < plan.index(f"install@{BLUE}")


def test_an_id_of_its_own_stands_before_the_at() -> None:
    plan = plan_of(Entry("drain", "blue", id="again"))

    assert plan.steps[0].id == f"again@{BLUE}"
    assert plan.steps[0].step.name == "drain"


def test_a_deadline_is_the_steps_own_unless_the_playbook_says_otherwise() -> None:
    plan = plan_of(
        Entry("drain", "blue"), Entry("reboot", "blue", deadline_s=60.0, undo_deadline_s=90.0)
    )

    assert [p.deadline_s for p in plan.steps] == [30.0, 60.0]
    assert [p.undo_deadline_s for p in plan.steps] == [60.0, 90.0]


def test_the_time_to_undo_is_bounded_from_below_and_above(whole: Plan) -> None:
    assert {p.undo_deadline_s for p in whole.steps if p.step.deadline_s < 60.0} == {60.0}
    assert whole.find(f"stage@{BLUE}").undo_deadline_s == 1800.0


def test_what_a_provider_may_take_comes_on_top_of_what_the_routers_may() -> None:
    floating = FloatingAddress("ovh", "ns1.example", VIP, mode="move", budget_s=600.0)
    setting = replace(a_setting(), ipfo=floating)
    plain, slow = (compile_plan(strategy(), chosen, build) for chosen in (a_setting(), setting))

    longer = {
        step.id: (step.deadline_s - was.deadline_s, step.undo_deadline_s - was.undo_deadline_s)
        for was, step in zip(plain.steps, slow.steps, strict=True)
    }

    extra_s = setting.provider_s
    assert longer[f"drain@{BLUE}"] == (0.0, extra_s)  # `converge` waits for it on the way there
    assert longer["baseline@pair"] == (0.0, extra_s)
    assert longer[f"converge@{GREEN}"] == (extra_s, 0.0)
    assert longer[f"reboot@{BLUE}"] == (0.0, 0.0)


def test_only_the_end_of_a_playbook_is_closing(whole: Plan) -> None:
    names = {planned.step.name for planned in whole.steps if planned.closing}

    assert names == {"restore", "unpersist", "postflight", "unlock"}


def test_a_pause_says_why() -> None:
    plan = plan_of(Entry("pause", message="look at the graphs"), Entry("pause", id="again"))

    assert [p.pauses for p in plan.steps] == ["look at the graphs", "paused"]
    assert plan_of(Entry("drain", "blue")).steps[0].pauses is None


def test_a_leg_may_be_of_green() -> None:
    leg = Leg("green", (Entry("install", "green"),))
    plan = compile_plan(Playbook("mine", "", "stop", legs=(leg,)), a_setting(), build)

    assert [(p.id, p.leg) for p in plan.steps] == [(f"install@{GREEN}", GREEN)]


# -- the checkpoint ------------------------------------------------------------


def upto(plan: Plan, step_id: str) -> list[str]:
    return [planned.id for planned in plan.steps[: plan.index(step_id) + 1]]


def test_before_a_router_is_trusted_everything_is_undone(whole: Plan) -> None:
    assert whole.checkpoint([]) == 0
    assert whole.checkpoint(upto(whole, f"converge@{GREEN}")) == 0
    assert whole.checkpoint(upto(whole, f"prove@{BLUE}")) == 0


def test_a_proven_router_that_has_carried_the_traffic_stays(whole: Plan) -> None:
    trusted = upto(whole, f"converge@{BLUE}")

    assert whole.checkpoint(trusted) == whole.index(f"converge@{BLUE}") + 1


def test_a_failing_second_leg_is_undone_up_to_there(whole: Plan) -> None:
    failing = upto(whole, f"install@{GREEN}")

    assert whole.checkpoint(failing) == whole.index(f"alone@{BLUE}") + 1


def test_a_second_router_that_is_proven_and_has_not_served_moves_nothing(whole: Plan) -> None:
    proven = upto(whole, f"standby@{GREEN}")

    assert whole.checkpoint(proven) == whole.index(f"alone@{BLUE}") + 1


def test_the_first_leg_of_idle_first_is_trusted_after_the_switch() -> None:
    plan = compile_plan(strategy("idle-first"), a_setting(), build)

    assert plan.checkpoint(upto(plan, f"prove@{GREEN}")) == 0
    assert plan.checkpoint(upto(plan, f"converge@{GREEN}")) == plan.index(f"converge@{GREEN}") + 1


def test_nothing_is_trusted_until_every_proven_router_has_served() -> None:
    plan = plan_of(
        Entry("prove", "blue"),
        Entry("prove", "green"),
        Entry("converge", "blue"),
        Entry("converge", "green"),
    )

    assert plan.checkpoint(upto(plan, f"converge@{BLUE}")) == 0
    assert plan.checkpoint(upto(plan, f"converge@{GREEN}")) == 4
