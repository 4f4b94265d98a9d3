"""Every way to end in "needs a human": the report is followed as it stands, and the run ends."""

import re
from collections.abc import Callable

import pytest
from judged import at_console, but_for_the_system, differences, follow
from pairs import BLUE, GREEN, MINOR
from recovered import found, killed, recovered
from runs import Story, a_story

from bluegreen.engine.runner import Orders
from bluegreen.errors import NeedsHumanError
from bluegreen.model.events import RunFinished
from bluegreen.sim.faults import parse_fault

ROUNDS_MAX = 5
LOCK = "/var/log/bluegreen/lock"
TYPED = re.compile(r"`bluegreen (resume|rollback) R1`")


def faulty(*faults: str, kind: str = "edge", target: str | None = None) -> Callable[[], Story]:
    def made() -> Story:
        return a_story(kind, faults=faults, target=target)

    return made


WAYS: dict[str, Callable[[], Story]] = {
    # taking back cannot reach a router, or cannot change it
    "a router does not come back from its boot": faulty("reboot-hangs"),
    "the second router does not come back": faulty(f"reboot-hangs@reboot@{GREEN}"),
    "the peer dies while a router is drained": faulty("peer-dies"),
    "the peer dies during the download": faulty("peer-dies@stage"),
    "the router that serves dies during an install": faulty("peer-dies@install"),
    "the router that serves dies during the other boot": faulty("peer-dies@reboot"),
    "the first router dies while the second installs": faulty(f"peer-dies@install@{GREEN}"),
    "the peer dies when a router is proven": faulty(f"peer-dies@standby@{GREEN}"),
    "a disk is full before anything is installed": faulty("disk-full"),
    "a disk is full during an install": faulty("disk-full@install"),
    "a cable is pulled from the router that serves": faulty("cable-pulled"),
    "a cable is pulled during a boot": faulty("cable-pulled@reboot"),
    "an install without boot environments ends half way": faulty(
        "install-fails@finish", kind="minor-ufs", target=MINOR
    ),
    # both MASTER
    "both are MASTER at the switch": faulty("second-master"),
    "both are MASTER at an edit": faulty("second-master@persist"),
    "both are MASTER at the end": faulty("second-master@restore"),
    "a router hears nobody after its boot": faulty("deaf-after-boot"),
    # a closing step fails: everything is upgraded
    "the peer dies before the skews are given back": faulty("peer-dies@restore"),
    "the peer dies before the files are given back": faulty("peer-dies@unpersist"),
    "the peer dies before the other file is": faulty(f"peer-dies@unpersist@{GREEN}"),
    "a disk is full before a file is given back": faulty("disk-full@unpersist"),
    "a disk is full when the first leg is closed behind a second one that failed": faulty(
        f"install-fails@install@{GREEN}", f"disk-full@unpersist@{BLUE}"
    ),
    # at the provider of a floating address
    "the provider takes the key no more": faulty("ipfo-key-expired", kind="ipfo-move"),
    "a task at the provider never ends": faulty("ipfo-task-stays-doing", kind="ipfo-move"),
}


def seen_to(story: Story, finished: RunFinished) -> RunFinished:
    """Do what a report says at the consoles, then type the first command of ours in it."""
    assert finished.exit_code == 4
    assert [line.split(":")[0] for line in finished.routers][:2] == [BLUE, GREEN]
    assert finished.reason
    typed = TYPED.search(finished.next_move)
    assert typed, finished.next_move
    assert "`bluegreen resume`" not in finished.next_move
    follow(story, finished)
    return story.back() if typed[1] == "rollback" else story.go()


@pytest.mark.parametrize("way", WAYS)
def test_a_report_that_asks_for_a_human_can_be_followed_word_by_word_to_an_end(way: str) -> None:
    story = WAYS[way]()
    finished = story.go()
    assert finished.outcome == "needs_human"

    for _ in range(ROUNDS_MAX):
        if finished.outcome == "needs_human":
            finished = seen_to(story, finished)

    assert finished.outcome in ("done", "rolled_back"), finished.reason
    assert story.world.leftovers() == ()
    assert but_for_the_system(story.now) == but_for_the_system(story.before)
    assert story.world.violations() == ()


# -- a lock that is gone -------------------------------------------------------------


def test_a_lock_that_cannot_be_taken_again_is_taken_once_there_is_room() -> None:
    story = a_story(orders=Orders(pause_after=f"drain@{BLUE}"))
    assert story.go().outcome == "interrupted"
    story.orders = Orders()
    at_console(story, GREEN, "rm", "-f", LOCK)
    story.world.strike(parse_fault("disk-full"), GREEN)

    stuck = story.go()
    finished = seen_to(story, stuck)

    assert stuck.outcome == "needs_human"
    assert stuck.reason.startswith(f"{GREEN}: ")
    assert "No space left on device" in stuck.reason
    assert finished.outcome == "done", finished.reason
    assert but_for_the_system(story.now) == but_for_the_system(story.before)
    assert story.world.leftovers() == ()


# -- a recovery that finds what it cannot tell apart -------------------------------------


def assert_it_asks(story: Story, what: str) -> None:
    with pytest.raises(NeedsHumanError) as asked:
        found(story)

    assert what in asked.value.what
    for router in (BLUE, GREEN):
        assert f"{router}: vhid 2@vmx1 " in asked.value.what
    assert "remove what belongs to no run that you know" in asked.value.next_move
    assert f"`bluegreen recover --pair {BLUE},{GREEN}`" in asked.value.next_move


def test_what_two_runs_left_can_be_told_apart_and_recovered_behind_that() -> None:
    story = killed("edge", "active-first", 300)
    files = story.machine(GREEN).files
    ours = files.read(LOCK)
    files.write(LOCK, "run=R7\nowner=ops\nhost=bastion\nsince=yesterday\n")
    assert_it_asks(story, f"{GREEN}: a lock of run R7")

    at_console(story, GREEN, "rm", "-f", LOCK)
    finished = recovered(story, "undo")

    assert ours.startswith("run=R1")
    assert finished is not None
    assert finished.outcome == "rolled_back"
    assert differences(story.before, story.now) == []


def test_what_bears_no_run_s_name_is_left_to_a_human_and_nothing_is_left_behind_that() -> None:
    story = a_story()
    kept = "/var/log/bluegreen/originals/etc/rc.conf"
    at_console(story, BLUE, "mkdir", "-p", kept.rpartition("/")[0])
    at_console(story, BLUE, "cp", "-p", "/etc/rc.conf", kept)
    assert_it_asks(story, f"what lies on {BLUE} names no run")

    at_console(story, BLUE, "rm", "-f", kept)

    assert found(story) is None
