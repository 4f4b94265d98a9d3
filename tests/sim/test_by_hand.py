"""People who edit files and type commands on routers while a run is on its way."""

from dataclasses import replace

from judged import BOOT_S, at_console, but_for_the_system, follow, rolled_back_by_hand
from pairs import BLUE, GREEN
from runs import Story, a_story

RC_CONF = "/etc/rc.conf"
HEAD = 'sshd_enable="YES"\n'
HALF_A_LINE = 'ifconfig_vmx0_alias9="vhid 9 advskew\n'


def stopped_at(step: str) -> Story:
    story = a_story()
    story.stop_at = step
    assert story.go().outcome == "interrupted"
    story.stop_at, story.stop.now = None, False
    return story


def rewrite(story: Story, old: str, new: str) -> None:
    files = story.machine(BLUE).files
    node = files.node(RC_CONF)
    files.put(RC_CONF, replace(node, text=(node.text or "").replace(old, new)))


def test_a_file_that_nobody_can_read_fails_the_step_and_its_leg_is_taken_back() -> None:
    story = stopped_at(f"persist@{BLUE}")
    rewrite(story, HEAD, HEAD + HALF_A_LINE)

    finished = story.go()

    assert finished.outcome == "rolled_back"
    assert f"{BLUE}: rc.conf cannot be read: /etc/rc.conf: line 4" in finished.reason
    assert story.world.violations() == ()
    assert story.world.leftovers() == ()


def test_a_lock_that_somebody_removed_leaves_nothing_behind() -> None:
    story = stopped_at(f"stage@{BLUE}")
    at_console(story, BLUE, "rm", "-f", "/var/log/bluegreen/lock")

    story.back()

    assert story.world.leftovers() == ()


def test_a_router_that_booted_without_its_vhids_is_named_with_what_to_do() -> None:
    story = stopped_at(f"reboot@{BLUE}")
    rewrite(story, HEAD, HEAD + HALF_A_LINE)

    finished = story.go()

    assert finished.outcome == "needs_human"
    assert f"{BLUE} has no vhid" in finished.next_move
    rewrite(story, HALF_A_LINE, "")
    follow(story, finished)
    assert story.back().outcome == "rolled_back"
    assert but_for_the_system(story.now) == but_for_the_system(story.before)


def test_taking_back_waits_for_a_download_that_runs() -> None:
    story = a_story("minor")
    story.world.kill_after(95)
    assert story.one_life() is None
    assert any(machine.running_jobs for machine in story.world.machines)

    finished = story.back()

    assert finished.outcome == "rolled_back"
    assert story.world.leftovers() == ()


def test_a_demotion_that_stays_on_a_router_that_serves_something_is_named() -> None:
    """Its unicast vhid counted send errors while the peer booted, then lost its link."""
    story = stopped_at(f"prove@{GREEN}")
    story.world.network.unplug(0, "vmx1")
    assert story.go().outcome == "needs_human"
    story.world.repair()

    finished = rolled_back_by_hand(story, story.back())

    assert finished.outcome == "rolled_back", finished.reason
    assert but_for_the_system(story.now) == but_for_the_system(story.before)


def test_after_a_power_cut_of_both_neither_waits_for_the_other_to_be_faster() -> None:
    """Both boot with 240, which stands in the files of both by now."""
    story = stopped_at(f"install@{GREEN}")
    for router in (BLUE, GREEN):
        at_console(story, router, "shutdown", "-r", "now")
    story.world.network.advance(story.world.now_s + BOOT_S)
    assert [v.advskew for router in story.now for v in router.vhids] == [240] * 4

    finished = story.back()

    assert finished.outcome == "rolled_back", finished.reason
    assert but_for_the_system(story.now) == but_for_the_system(story.before)
