"""The exact words that are sent to a router, and what they may do there."""

from collections.abc import Iterable

import pytest
from facts import RUN, STATE, WRITTEN, a_vhid
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.freebsd import commands
from bluegreen.freebsd.paths import Paths
from bluegreen.freebsd.rcconf import RcEdit
from bluegreen.model.command import Command, Effect
from bluegreen.model.facts import LocatedVhid

PATHS = Paths()
RC, SCRATCH = "/etc/rc.conf", "/etc/.bluegreen.etc__rc.conf"
ORIGINAL = f"{STATE}/originals/etc__rc.conf"


def texts(sent: Iterable[Command]) -> list[str]:
    return [str(command) for command in sent]


def located(peer: str | None = None, peer6: str | None = None) -> LocatedVhid:
    return LocatedVhid("vmx1", a_vhid(2, peer=peer, peer6=peer6))


def test_a_skew_is_set_in_place_on_its_own_vhid() -> None:
    command = commands.set_advskew(located(), 200)

    assert command.argv == ("ifconfig", "vmx1", "vhid", "2", "advskew", "200")
    assert command.effect is Effect.CARP
    assert command.timeout_s == 10.0


def test_unicast_peers_of_both_families_are_named_again() -> None:
    command = commands.set_advskew(located("192.0.2.12", "2001:db8::12"), 200)

    assert command.argv[-6:] == ("advskew", "200", "peer", "192.0.2.12", "peer6", "2001:db8::12")


def test_multicast_peers_are_left_to_their_default() -> None:
    command = commands.set_advskew(located("224.0.0.18", "ff02::12"), 200)

    assert command.argv[-2:] == ("advskew", "200")


def test_one_unicast_peer_is_named_without_the_other() -> None:
    command = commands.set_advbase(located("192.0.2.12", "ff02::12"), 4)

    assert command.argv == ("ifconfig", "vmx1", "vhid", "2", "advbase", "4", "peer", "192.0.2.12")
    assert command.effect is Effect.CARP


def test_254_is_the_highest_skew_that_the_kernel_takes() -> None:
    assert commands.set_advskew(located(), 254).argv[-1] == "254"
    with pytest.raises(ValueError, match="advskew 255 is not within"):
        commands.set_advskew(located(), 255)
    with pytest.raises(ValueError, match="advskew -1 is not within"):
        commands.set_advskew(located(), -1)


@pytest.mark.parametrize("advbase", [0, 256])
def test_an_advbase_outside_of_1_to_255_is_a_defect_of_ours(advbase: int) -> None:
    with pytest.raises(ValueError, match="is not within 1"):
        commands.set_advbase(located(), advbase)


@given(skew=st.integers(0, 254))
def test_a_skew_that_is_read_can_always_be_written_again(skew: int) -> None:
    assert commands.set_advskew(located(), skew).argv[5] == str(skew)


def test_advertising_now_adds_nothing() -> None:
    assert commands.advertise_now().argv == ("sysctl", "net.inet.carp.demotion=0")
    assert commands.advertise_now().effect is Effect.CARP


def test_a_demotion_is_written_as_the_difference_it_makes() -> None:
    assert commands.add_demotion(-240).argv == ("sysctl", "net.inet.carp.demotion=-240")
    assert commands.add_demotion(-240).effect is Effect.CARP


def test_the_lock_is_given_back_last() -> None:
    assert texts(commands.release(PATHS, marked=True)) == [
        "umount /var/run/bluegreen",
        "rmdir /var/run/bluegreen",
        f"rm -rf {STATE}/jobs {STATE}/originals",
        f"rm -f {STATE}/heartbeat {STATE}/boot {STATE}/drained {WRITTEN}",
        f"rm -f {STATE}/lock",
    ]


def test_a_record_is_whole_and_on_the_disk_before_it_has_its_name() -> None:
    written = commands.write_record(PATHS, "{}\n", "eJyr\n")

    assert texts(written) == [
        f"tee {STATE}/baseline.new <<< 'what both routers have now, packed'",
        f"tee {STATE}/record.new <<< '{{}}\n'",
        f"fsync {STATE}/baseline.new {STATE}/record.new",
        f"mv {STATE}/baseline.new {STATE}/baseline",
        f"mv {STATE}/record.new {STATE}/record",
    ]
    assert written[0].reads == "eJyr\n"


def test_what_is_of_the_moment_makes_no_other_command() -> None:
    first, second = (commands.write_record(PATHS, "{}", packed) for packed in ("one", "two"))

    assert first == second
    assert [c.reads for c in first] != [c.reads for c in second]


def test_a_note_of_how_far_a_run_has_come_replaces_the_one_before() -> None:
    assert texts(commands.note_reached(PATHS, "{}\n")) == [
        f"tee {STATE}/reached.new <<< '{{}}\n'",
        f"mv {STATE}/reached.new {STATE}/reached",
    ]


def test_where_no_boot_was_marked_nothing_is_unmounted() -> None:
    assert texts(commands.release(PATHS, marked=False))[0] == (
        f"rm -rf {STATE}/jobs {STATE}/originals"
    )


def test_a_file_is_kept_then_edited_as_a_copy_checked_and_renamed_into_place() -> None:
    edit = RcEdit(RC, ("3s/advskew 0/advskew 240/", "4s/vhid 3/vhid 3 advskew 240/"))

    assert texts(commands.edit_config(PATHS, [edit])) == [
        f"mkdir -p {STATE}/originals",
        f"chmod 0700 {STATE}/originals",
        f"cp -p {RC} {ORIGINAL}.half",
        f"chmod 0600 {ORIGINAL}.half",
        f"mv {ORIGINAL}.half {ORIGINAL}",
        f"cp -p {RC} {SCRATCH}",
        "sed -i '' -e '3s/advskew 0/advskew 240/' -e '4s/vhid 3/vhid 3 advskew 240/' " + SCRATCH,
        f"sh -n {SCRATCH}",
        f"mv {SCRATCH} {RC}",
    ]


def test_an_original_that_is_kept_is_never_overwritten_by_an_edited_file() -> None:
    edit = RcEdit(RC, ("3s/advskew 0/advskew 240/",))

    sent = texts(commands.edit_config(PATHS, [edit], kept=[ORIGINAL]))

    assert not any(line.startswith("mv") and line.endswith(ORIGINAL) for line in sent)
    assert f"mv {SCRATCH} {RC}" in sent


def test_no_scratch_file_lies_where_a_script_would_source_it() -> None:
    assert (
        PATHS.scratch("/etc/rc.conf.d/netif/carp") == "/etc/.bluegreen.etc__rc.conf.d__netif__carp"
    )


def test_an_original_comes_back_with_owner_and_mode_of_the_file() -> None:
    assert texts(commands.restore_config(PATHS, [RC])) == [
        f"cp -p {RC} {SCRATCH}",
        f"cp {ORIGINAL} {SCRATCH}",
        f"mv {SCRATCH} {RC}",
        f"rm -f {ORIGINAL}",
    ]


def test_a_hold_is_one_line_a_vhid_in_a_fixed_order() -> None:
    held = commands.hold_skews(PATHS, RUN, {("vmx1", 3): 0, ("vmx0", 2): 100})

    assert held.argv == ("tee", f"{STATE}/hold")
    assert held.stdin == f"run={RUN}\nvmx0 2 100\nvmx1 3 0\n"
    assert str(commands.drop_hold(PATHS)) == f"rm -f {STATE}/hold"


def test_a_job_is_claimed_by_a_link_that_fails_the_second_time() -> None:
    argv = commands.install_update()

    started = commands.start_job(PATHS, "install-1", RUN, argv, Effect.DISRUPTIVE)

    where = f"{STATE}/jobs/install-1"
    assert [c.argv for c in started[:3]] == [
        ("mkdir", "-p", where),
        ("tee", f"{where}/claim"),
        ("ln", f"{where}/claim", f"{where}/run"),
    ]
    assert started[1].stdin == f"{RUN}\n"
    assert started[3].argv == (
        *("daemon", "-f", "-p", f"{where}/pid", "-o", f"{where}/log"),
        *("sh", "-c", commands.JOB, "job", f"{where}/status"),
        *("env", "PAGER=cat", "freebsd-update", "--not-running-from-cron", "install"),
    )
    assert [c.effect for c in started] == [*[Effect.CONFIG] * 3, Effect.DISRUPTIVE]


def test_a_job_that_asks_is_answered_yes() -> None:
    argv = commands.fetch_upgrade("14.3-RELEASE")

    started = commands.start_job(PATHS, "stage", RUN, argv, Effect.JOB, answer_yes=True)

    assert started[-1].argv[8] == commands.JOB_YES
    assert started[-1].effect is Effect.JOB


def test_a_patch_level_is_fetched_without_a_terminal() -> None:
    assert commands.fetch_update() == (
        *("env", "PAGER=cat", "freebsd-update"),
        *("--not-running-from-cron", "fetch"),
    )


def test_an_upgrade_opens_no_editor_and_says_what_userland_is() -> None:
    assert commands.fetch_upgrade("14.3-RELEASE", "14.2-RELEASE-p1") == (
        *("env", "PAGER=cat", "EDITOR=/usr/bin/false", "freebsd-update"),
        *("--not-running-from-cron", "--currently-running", "14.2-RELEASE-p1"),
        *("upgrade", "-r", "14.3-RELEASE"),
    )


def test_a_rollback_is_the_updates_own() -> None:
    assert commands.rollback_update()[-1] == "rollback"


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (commands.create_environment("kept"), "bectl create kept"),
        (commands.activate_environment("kept"), "bectl activate kept"),
        (commands.rename_environment("default", "kept"), "bectl rename default kept"),
        (commands.destroy_environment("kept"), "bectl destroy kept"),
    ],
)
def test_boot_environments_are_configuration(command: Command, text: str) -> None:
    assert (str(command), command.effect) == (text, Effect.CONFIG)


def test_the_mark_of_a_boot_lies_where_no_boot_survives_and_its_note_where_each_does() -> None:
    marked = commands.mark_boot(PATHS, RUN, f"{RUN} reboot 1800000000", marked=False)

    assert texts(marked) == [
        "mkdir -p /var/run/bluegreen",
        "mount -t tmpfs -o size=1m tmpfs /var/run/bluegreen",
        f"tee /var/run/bluegreen/marker <<< '{RUN}\n'",
        f"tee {STATE}/boot <<< '{RUN} reboot 1800000000\n'",
    ]


def test_a_boot_that_is_marked_is_only_noted() -> None:
    noted = commands.mark_boot(PATHS, RUN, f"{RUN} revert 1800000000", marked=True)

    assert texts(noted) == [f"tee {STATE}/boot <<< '{RUN} revert 1800000000\n'"]


def test_originals_are_forgotten_one_by_one() -> None:
    assert texts(commands.forget_originals(PATHS, [RC])) == [f"rm -f {ORIGINAL}"]


def test_a_reboot_is_disruptive() -> None:
    assert commands.reboot().argv == ("shutdown", "-r", "now")
    assert commands.reboot().effect is Effect.DISRUPTIVE
