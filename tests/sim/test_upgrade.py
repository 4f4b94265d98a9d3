"""Whole upgrades: what each kind of pair ends as, and that nobody outside noticed."""

import pytest
from judged import at_console, but_for_the_system, disruptions, lost_probes
from pairs import BLUE, GREEN, MINOR, NEW, OLD, STRATEGIES
from runs import Story, a_story

from bluegreen.model.system import Versions

PATCHED = ("edge", "one-vhid", "ufs", "gre", "ipfo", "active-active", "green-serves")
ENVIRONMENTS = tuple(f"{name}: boot environment bluegreen-R1" for name in (BLUE, GREEN))


def on(version: str) -> Versions:
    return Versions(version, version, version)


def drains(story: Story) -> list[str]:
    return [step for step in story.steps() if step.partition("@")[0] in ("drain", "yield")]


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("kind", PATCHED)
def test_both_routers_end_on_the_new_patch_level_and_else_as_they_were(
    kind: str, strategy: str
) -> None:
    story = a_story(kind, strategy)

    finished = story.go()

    assert (finished.outcome, finished.exit_code) == ("done", 0)
    assert [router.versions for router in story.now] == [on(NEW), on(NEW)]
    assert but_for_the_system(story.now) == but_for_the_system(story.before)
    assert lost_probes(finished) == 0
    assert story.world.violations() == ()
    assert story.world.leftovers() == ()


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("kind", ["minor", "minor-ufs"])
def test_a_minor_release_is_installed_in_two_parts_around_one_boot(
    kind: str, strategy: str
) -> None:
    story = a_story(kind, strategy, target=MINOR)

    finished = story.go()

    assert finished.outcome == "done"
    assert [router.versions for router in story.now] == [on(MINOR), on(MINOR)]
    assert but_for_the_system(story.now) == but_for_the_system(story.before)
    assert lost_probes(finished) == 0
    assert story.world.violations() == ()
    for router in (BLUE, GREEN):
        told = [one.texts[-1] for one in disruptions(story) if one.router == router]
        assert ["install-1/" in told[0], "shutdown" in told[1], "install-2/" in told[2]] == [
            True
        ] * 3
        assert len(told) == 3


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_outside_is_asked_all_the_time_and_always_answered(strategy: str) -> None:
    story = a_story(strategy=strategy)

    finished = story.go()

    assert [(o.vip, o.lost) for o in finished.outages] == [
        ("198.51.100.230", 0),
        ("192.0.2.1", 0),
        ("2001:db8::1", 0),
    ]
    assert all(outage.sent > 10_000 for outage in finished.outages)
    assert all(outage.longest_gap_ms <= 20 for outage in finished.outages)


@pytest.mark.parametrize("kind", ["edge", "minor"])
def test_boot_environments_that_are_kept_are_listed(kind: str) -> None:
    story = a_story(kind, target=MINOR if kind == "minor" else None)

    finished = story.go()

    assert finished.kept == ENVIRONMENTS


def test_without_zfs_there_is_nothing_to_keep() -> None:
    assert a_story("ufs").go().kept == ()


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize(("kind", "old"), [("blue-is-new", GREEN), ("green-is-new", BLUE)])
def test_a_router_that_is_up_to_date_has_its_leg_skipped(
    kind: str, old: str, strategy: str
) -> None:
    story = a_story(kind, strategy)

    finished = story.go()

    assert finished.outcome == "done"
    assert [router.versions for router in story.now] == [on(NEW), on(NEW)]
    assert {one.router for one in disruptions(story)} == {old}
    assert story.steps("step_skipped") != []
    assert lost_probes(finished) == 0
    assert story.world.violations() == ()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_where_nothing_is_staged_no_traffic_moves_at_all(strategy: str) -> None:
    story = a_story("both-are-new", strategy)

    finished = story.go()

    assert (finished.outcome, finished.exit_code) == ("done", 0)
    assert drains(story) == []
    assert [str(command) for one in story.sent() for command in one.carp] == []
    assert [len(machine.transitions) for machine in story.world.machines] == [
        len(machine.transitions) for machine in a_story("both-are-new").world.machines
    ]
    assert story.now == story.before


def test_an_active_active_pair_is_drained_whole_and_shares_again_afterwards() -> None:
    story = a_story("active-active")

    finished = story.go()

    assert finished.serving == f"{BLUE} serves vhid 1; {GREEN} serves vhid 2"
    assert story.world.masters("198.51.100.1") == (BLUE,)
    assert story.world.masters("198.51.100.2") == (GREEN,)


def test_a_unicast_vhid_keeps_its_peer_on_a_release_whose_ifconfig_forgets_it() -> None:
    trap, story = a_story(), a_story()

    at_console(trap, GREEN, "ifconfig", "vmx1", "vhid", "2", "advskew", "100")
    trap.world.network.advance(10.0)
    story.go()

    assert trap.router(GREEN).vhids[0].peer == "224.0.0.18"
    assert trap.world.masters("198.51.100.230") == (BLUE, GREEN)
    assert story.router(BLUE).vhids[0].peer == "192.0.2.12"
    assert story.router(GREEN).vhids[0].peer == "192.0.2.11"


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_tunnels_and_ospf_are_seen_on_each_router_that_comes_to_serve(strategy: str) -> None:
    story = a_story("gre", strategy)

    story.go()

    layers = [(e.step, e.layer) for e in story.events if e.event == "observed" and e.layer]
    for step in (f"converge@{GREEN}", f"converge@{BLUE}"):
        seen = [layer for at, layer in layers if at == step]
        assert seen[0] == "carp"
        assert {"carp", "tunnels", "ospf", "routes", "probe"} == set(seen)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_router_is_not_touched_before_the_floating_address_has_left_it(strategy: str) -> None:
    story = a_story("ipfo", strategy)

    story.go()

    layers = [(e.step, e.layer) for e in story.events if e.event == "observed" and e.layer]
    after_s = [e.after_s for e in story.events if e.event == "observed" and e.layer == "ipfo"]
    assert (f"converge@{GREEN}", "ipfo") in layers
    assert (f"converge@{BLUE}", "ipfo") in layers
    assert max(after or 0.0 for after in after_s) > 3.0


def test_a_pair_that_could_not_switch_is_refused_before_anything_is_changed() -> None:
    story = a_story("no-preempt")

    finished = story.go()

    assert (finished.outcome, finished.exit_code) == ("refused", 3)
    assert "net.inet.carp.preempt is 0" in finished.reason
    assert story.sent() == ()
    assert story.now == story.before


@pytest.mark.parametrize("seed", range(1, 6))
def test_when_advertisements_fall_makes_no_difference(seed: int) -> None:
    story = a_story(seed=seed)

    finished = story.go()

    assert finished.outcome == "done"
    assert lost_probes(finished) == 0
    assert story.world.violations() == ()
    assert but_for_the_system(story.now) == but_for_the_system(story.before)


def test_the_versions_before_were_others() -> None:
    assert [router.versions for router in a_story().before] == [on(OLD), on(OLD)]
