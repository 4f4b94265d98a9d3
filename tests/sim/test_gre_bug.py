"""FreeBSD bug 166462 on simulated pairs: found where a BACKUP shows it, and only there."""

import json
from collections.abc import Mapping
from dataclasses import replace

import provisioned
import pytest
from pairs import BLUE, GREEN, a_pair
from runs import Story

from bluegreen.cli.execute import dialect_of
from bluegreen.cli.gre import judged_twice
from bluegreen.engine.observer import Observer
from bluegreen.freebsd.paths import Paths
from bluegreen.model.facts import PairFacts, Unknown
from bluegreen.model.finding import Severity
from bluegreen.model.network import CarpState, Counters
from bluegreen.policy.gre_bug import (
    AFFECTED,
    CANNOT_TELL,
    NOT_AFFECTED,
    Judged,
    hello_s,
    judge_tunnels,
)
from bluegreen.report.gre import NOTHING, gre_json, render_gre
from bluegreen.sim.bare import specs_from_design, start_of_bare
from bluegreen.sim.build import specs_from_rehearsal, start_of_rehearsal
from bluegreen.sim.world import SimWorld

PAIR = a_pair("gre")


def a_world(*, bug: bool = False, kind: str = "gre") -> SimWorld:
    pair = a_pair(kind)
    first, second = (replace(spec, bug166462=bug) for spec in specs_from_rehearsal(pair))
    return SimWorld((first, second), start=start_of_rehearsal(pair))


def judged(world: SimWorld, kind: str = "gre") -> tuple[Judged, ...]:
    return judged_twice(a_pair(kind), world.doors())


def test_a_backup_that_sends_from_the_vip_is_found_with_evidence_and_fix() -> None:
    (found,) = judged(a_world(bug=True))

    assert (found.router, found.tunnel, found.verdict) == (GREEN, "gre0", AFFECTED)
    assert found.finding.severity is Severity.CRITICAL
    seen = [evidence.seen for evidence in found.finding.evidence]
    assert "its source 198.51.100.230 is of vhid 2@vmx1, which is BACKUP here" in seen
    assert "ifconfig gre0: UP,RUNNING" in seen
    assert any("packets sent and 0 refused in 1" in line for line in seen)
    assert [fix.type for fix in found.finding.fix] == [
        "ifconfig gre0 down",
        f"bluegreen provision --pair {BLUE},{GREEN} --plan",
    ]


def test_where_devd_has_taken_the_tunnel_down_it_is_silent() -> None:
    world = a_world(bug=True)
    world.at_console(GREEN, "ifconfig", "gre0", "down")

    (found,) = judged(world)

    assert found.verdict == NOT_AFFECTED
    assert "it is down, as devd's handler has it on a BACKUP" in found.finding.says


def test_a_kernel_without_the_bug_refuses_what_is_sent() -> None:
    (found,) = judged(a_world())

    assert found.verdict == NOT_AFFECTED
    assert "the kernel refuses what is sent into it" in found.finding.says


def test_without_anything_sent_it_cannot_be_told() -> None:
    world = a_world(bug=True)
    world.at_console(GREEN, "service", "frr", "stop")

    (found,) = judged(world)

    assert found.verdict == CANNOT_TELL
    assert found.finding.severity is Severity.UNKNOWN
    assert found.finding.fix[0].type == "ping -c 20 172.27.27.33"


def test_a_pair_without_tunnels_from_a_vip_has_nothing_to_judge() -> None:
    assert judged(a_world(bug=True, kind="edge"), "edge") == ()
    assert render_gre(()) == NOTHING


def looks(world: SimWorld) -> tuple[PairFacts, PairFacts]:
    observer = Observer(world.doors(), dialect_of(PAIR, counters=True))
    first = observer.look()
    world.network.advance(world.now_s + 12)
    return first, observer.look()


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ({"counters": Unknown("netstat: no")}, "its counters cannot be read: netstat: no"),
        ({"counters": ()}, "its counters cannot be read: netstat does not list it"),
        ({"counters": (Counters("gre0", 0, 0, 0),)}, "its counters began anew"),
    ],
)
def test_counters_that_say_nothing_are_no_verdict(what: Mapping[str, object], why: str) -> None:
    world = a_world(bug=True)
    world.network.advance(world.now_s + 60)
    first, second = looks(world)
    green = second.seen(GREEN)
    assert green

    (found,) = judge_tunnels(first, second.with_router(replace(green, **what)), 12.0)

    assert found.verdict == CANNOT_TELL
    assert why in found.finding.says


def test_roles_that_move_between_the_looks_are_no_verdict() -> None:
    first, second = looks(a_world(bug=True))

    swapped = replace(first, first=replace(second.first, name=GREEN))
    (found,) = judge_tunnels(swapped, second, 12.0)

    assert found.verdict == CANNOT_TELL
    assert "changed between the two looks" in found.finding.says


def test_the_looks_are_further_apart_than_a_hello() -> None:
    first, _ = looks(a_world())
    blue = first.seen(BLUE)
    assert blue
    assert {v.carp.state for v in blue.vhids} == {CarpState.MASTER}

    assert hello_s(first) == 10.0


def test_it_is_told_in_words_and_as_json() -> None:
    found = judged(a_world(bug=True))

    words = render_gre(found)
    assert words.startswith(f"NO  {GREEN} sends into gre0 from a VIP that its peer serves")
    assert f"bluegreen provision --pair {BLUE},{GREEN} --plan" in words

    (tunnel,) = json.loads(gre_json(found))["tunnels"]
    assert (tunnel["router"], tunnel["tunnel"], tunnel["verdict"]) == (GREEN, "gre0", AFFECTED)
    assert tunnel["fix"][1]["type"] == f"bluegreen provision --pair {BLUE},{GREEN} --plan"


def test_devds_handler_keeps_the_bug_from_showing_on_a_pair_that_was_provisioned() -> None:
    pair = provisioned.a_pair("site")
    assert pair.design
    first, second = (replace(s, bug166462=True) for s in specs_from_design(pair, pair.design))
    paths = {router.name: Paths(router.state_dir) for router in pair.routers}
    world = SimWorld((first, second), start=start_of_bare(pair, pair.design), paths=paths)
    story = Story(provisioned.a_request(pair), world)
    assert story.go().outcome == "done"

    (kept,) = judged_twice(pair, story.doors)
    provisioned.by_hand(story, provisioned.OTHER, "ifconfig", "gre0", "up")
    (shown,) = judged_twice(pair, story.doors)

    assert (kept.router, kept.verdict) == (provisioned.OTHER, NOT_AFFECTED)
    assert (shown.router, shown.verdict) == (provisioned.OTHER, AFFECTED)
