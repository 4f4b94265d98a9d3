"""Persist and unpersist: what a router boots with, and its configuration back to the byte."""

from dataclasses import replace

from facts import BLUE, RUN, STATE, a_pair, a_router, a_setting, a_vhid, rc_conf, texts, unseen

from bluegreen.model.facts import PairFacts, Unknown
from bluegreen.model.system import RcFile
from bluegreen.steps.persist import Persist, Unpersist

PERSIST, UNPERSIST = Persist(a_setting(), BLUE), Unpersist(a_setting(), BLUE)
RC, SCRATCH = "/etc/rc.conf", "/etc/.bluegreen.etc__rc.conf"
ORIGINAL = f"{STATE}/originals/etc__rc.conf"


def at_rest() -> PairFacts:
    return a_pair(before=a_pair())


def written(*kept: str, digest: str = "d2") -> PairFacts:
    """Return the pair after blue's rc.conf was edited."""
    blue = replace(a_router(BLUE), rc=(rc_conf((a_vhid(advskew=240),), digest),), kept=kept)
    return a_pair(blue, before=a_pair())


def test_240_is_written_where_a_boot_reads_it_and_the_original_is_kept() -> None:
    assert texts(PERSIST.commands(at_rest())) == [
        f"mkdir -p {STATE}/originals",
        f"chmod 0700 {STATE}/originals",
        f"cp -p {RC} {ORIGINAL}.half",
        f"chmod 0600 {ORIGINAL}.half",
        f"mv {ORIGINAL}.half {ORIGINAL}",
        f"cp -p {RC} {SCRATCH}",
        f"sed -i '' -e '1s/advskew 0/advskew 240/' {SCRATCH}",
        f"sh -n {SCRATCH}",
        f"mv {SCRATCH} {RC}",
    ]


def test_the_running_skew_is_left_alone() -> None:
    assert not any("ifconfig" in line for line in texts(PERSIST.commands(at_rest())))


def test_it_is_guarded_by_our_lock() -> None:
    (order,) = PERSIST.commands(at_rest())

    assert order.guard is not None
    assert order.guard.lock == (f"{STATE}/lock", RUN)


def test_it_is_done_when_every_line_of_every_vhid_says_240() -> None:
    assert PERSIST.done(written())
    assert PERSIST.done(at_rest()).reasons == (
        "router-001: vhid 2@vmx1 would boot with its old skew",
    )


def test_one_of_two_lines_is_not_enough() -> None:
    both = RcFile(
        RC,
        (
            'ifconfig_vmx1_alias0="inet vhid 2 advskew 240 pass *** alias 198.51.100.230/32"',
            'ifconfig_vmx1_alias1="inet6 vhid 2 advskew 0 pass *** alias 2001:db8::230/128"',
        ),
        "d2",
    )

    assert not PERSIST.done(a_pair(replace(a_router(BLUE), rc=(both,)), before=a_pair()))


def test_what_is_written_is_not_written_again() -> None:
    assert PERSIST.commands(written(ORIGINAL)) == ()


def test_a_configuration_that_cannot_be_read_is_not_edited() -> None:
    unread = a_pair(replace(a_router(BLUE), rc=Unknown("exit 1")), before=a_pair())

    assert PERSIST.ready(unread).reasons == ("router-001: rc.conf cannot be read: exit 1",)
    assert PERSIST.commands(unread) == ()
    assert not PERSIST.done(unread)


def test_undo_and_unpersist_put_the_original_back() -> None:
    expected = [
        f"cp -p {RC} {SCRATCH}",
        f"cp {ORIGINAL} {SCRATCH}",
        f"mv {SCRATCH} {RC}",
        f"rm -f {ORIGINAL}",
    ]

    assert texts(PERSIST.undo(written(ORIGINAL), a_pair())) == expected
    assert texts(UNPERSIST.commands(written(ORIGINAL))) == expected


def test_a_file_whose_original_is_not_there_is_never_replaced_but_our_words_leave_it() -> None:
    """Originals outlive a boot environment: one that is booted again has our words and none."""
    expected = [
        f"mkdir -p {STATE}/originals",
        f"chmod 0700 {STATE}/originals",
        f"cp -p {RC} {SCRATCH}",
        f"sed -i '' -e '1s/advskew 240/advskew 0/' {SCRATCH}",
        f"sh -n {SCRATCH}",
        f"mv {SCRATCH} {RC}",
    ]

    assert texts(PERSIST.undo(written(), a_pair())) == expected
    assert texts(UNPERSIST.commands(written())) == expected


def test_a_skew_that_somebody_else_wrote_into_a_file_without_an_original_stays() -> None:
    blue = replace(a_router(BLUE), rc=(rc_conf((a_vhid(advskew=150),), "d2"),))
    theirs = a_pair(blue, before=a_pair())

    assert UNPERSIST.commands(theirs) == ()
    assert UNPERSIST.done(theirs).reasons == (
        "router-001: vhid 2 of vmx1 would boot with advskew 150",
    )


def test_a_file_is_as_it_was_once_its_original_is_put_back() -> None:
    assert UNPERSIST.done(at_rest())
    assert UNPERSIST.done(written(ORIGINAL)).reasons == (
        "router-001: /etc/rc.conf is not as it was",
        "router-001: vhid 2 of vmx1 would boot with advskew 240",
    )
    assert PERSIST.undone(at_rest(), a_pair())
    assert not PERSIST.undone(written(ORIGINAL), a_pair())


def test_a_file_that_we_never_edited_is_none_of_our_business() -> None:
    other = replace(a_router(BLUE), rc=(rc_conf((a_vhid(),), "d9"),))

    assert UNPERSIST.done(a_pair(other, before=a_pair()))


def test_what_somebody_else_wrote_meanwhile_is_kept() -> None:
    ours = rc_conf((a_vhid(advskew=240),), "d3")
    theirs = replace(ours, lines=(*ours.lines, 'sshd_enable="YES"'))
    blue = replace(a_router(BLUE), rc=(theirs,), kept=(ORIGINAL,))

    sent = texts(UNPERSIST.commands(a_pair(blue, before=a_pair())))

    assert f"cp {ORIGINAL} {SCRATCH}" not in sent
    assert f"sed -i '' -e '1s/advskew 240/advskew 0/' {SCRATCH}" in sent
    assert sent[-1] == f"rm -f {ORIGINAL}"


def test_giving_back_is_undone_by_writing_again() -> None:
    assert texts(UNPERSIST.undo(at_rest(), a_pair())) == texts(PERSIST.commands(at_rest()))
    assert UNPERSIST.undone(written(), a_pair())


def test_nothing_is_said_of_a_router_that_was_not_observed() -> None:
    pair = a_pair(blue=unseen(BLUE), before=a_pair())

    assert not PERSIST.done(pair)
    assert not UNPERSIST.done(pair)
    assert not UNPERSIST.ready(pair)


def test_without_a_baseline_nothing_is_given_back() -> None:
    assert UNPERSIST.done(a_pair()).reasons == ("no baseline was recorded",)
    assert UNPERSIST.commands(a_pair()) == ()
