"""A rollback on request gives everything back, from wherever a run stands."""

import pytest
from judged import differences, disruptions, lost_probes, masters_at
from pairs import BLUE, GREEN, MINOR, NEW, STRATEGIES
from runs import Story, a_story

from bluegreen.engine.runner import Orders

POINTS = {
    "active-first": (
        f"lock@{GREEN}",
        "baseline@pair",
        "agree@pair",
        f"drain@{BLUE}",
        f"persist@{BLUE}",
        f"install@{BLUE}",
        f"reboot@{BLUE}",
        f"standby@{BLUE}",
        f"converge@{BLUE}",
        f"install@{GREEN}",
        f"prove@{GREEN}",
        "restore@pair",
        f"unpersist@{BLUE}",
        "postflight@pair",
        f"unlock@{BLUE}",
    ),
    "idle-first": (
        f"stage@{BLUE}",
        f"environment@{GREEN}",
        f"reboot@{GREEN}",
        f"standby@{GREEN}",
        f"converge@{GREEN}",
        f"install@{BLUE}",
        f"drain@{GREEN}",
        f"unpersist@{GREEN}",
    ),
}
CASES = [(strategy, point) for strategy, points in POINTS.items() for point in points]


def paused(point: str, strategy: str, kind: str = "gre", target: str | None = None) -> Story:
    story = a_story(kind, strategy, orders=Orders(pause_after=point), target=target)
    finished = story.go()
    assert (finished.outcome, finished.exit_code) == ("interrupted", 130)
    return story


def assert_given_back(story: Story) -> None:
    assert differences(story.before, story.now) == []
    assert story.world.leftovers() == ()
    assert story.world.violations() == ()
    assert story.unjournalled == []
    sent = disruptions(story)
    assert [masters_at(story, one.router, one.at_s) for one in sent] == [0] * len(sent)


@pytest.mark.parametrize(("strategy", "point"), CASES)
def test_a_rollback_from_any_point_equals_the_original(strategy: str, point: str) -> None:
    story = paused(point, strategy)

    finished = story.back()

    assert finished.outcome == "rolled_back"
    assert lost_probes(finished) == 0
    assert_given_back(story)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("edge", None),
        ("ufs", None),
        ("gre", None),
        ("ipfo", None),
        ("active-active", None),
        ("green-serves", None),
        ("blue-is-new", None),
        ("minor", MINOR),
        ("minor-ufs", MINOR),
    ],
)
def test_a_finished_run_is_taken_back_whole(kind: str, target: str | None, strategy: str) -> None:
    story = a_story(kind, strategy, target=target)
    assert story.go().outcome == "done"

    finished = story.back()

    assert finished.outcome == "rolled_back"
    assert lost_probes(finished) == 0
    assert_given_back(story)


@pytest.mark.parametrize("point", [f"install@{BLUE}", f"reboot@{BLUE}", f"prove@{GREEN}"])
@pytest.mark.parametrize("kind", ["minor", "minor-ufs"])
def test_half_of_a_minor_release_is_taken_back(kind: str, point: str) -> None:
    story = paused(point, "active-first", kind, MINOR)

    finished = story.back()

    assert finished.outcome == "rolled_back"
    assert_given_back(story)


def test_a_rollback_goes_through_the_routers_one_at_a_time() -> None:
    story = a_story()
    story.go()
    behind = len(disruptions(story))

    story.back()

    order = [one.router for one in disruptions(story)[behind:]]
    assert order == [GREEN, BLUE]


def test_a_rollback_that_is_rolled_back_again_has_nothing_left_to_do() -> None:
    story = paused(f"drain@{BLUE}", "active-first")
    story.back()
    sent = len(story.sent())

    finished = story.back()

    assert finished.outcome == "rolled_back"
    assert finished.serving == f"{BLUE} serves vhid 2"
    assert not any("not observed" in told for told in finished.routers)
    assert len(story.sent()) == sent
    assert_given_back(story)


def test_a_run_that_was_paused_goes_on_instead_of_back() -> None:
    story = paused(f"converge@{GREEN}", "active-first")
    story.orders = Orders()

    finished = story.go()

    assert finished.outcome == "done"
    assert [router.versions.userland for router in story.now] == [NEW, NEW]


def test_a_rollback_that_is_stopped_is_resumed_as_a_rollback() -> None:
    story = a_story()
    story.go()
    story.stop_at = f"install@{GREEN}"
    stopped = story.back()
    story.stop_at, story.stop.now = None, False

    finished = story.go()

    assert (stopped.outcome, stopped.exit_code) == ("interrupted", 130)
    assert finished.outcome == "rolled_back"
    assert_given_back(story)


def test_a_second_run_after_a_rollback_finds_a_pair_as_new() -> None:
    story = a_story()
    story.go()
    story.back()

    again = Story(story.request, story.world)
    finished = again.go()

    assert finished.outcome == "done"
    assert [router.versions.userland for router in again.now] == [NEW, NEW]
