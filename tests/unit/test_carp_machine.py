"""One router's CARP: what it does with each thing that happens to it."""

from dataclasses import replace

import pytest
from carp_segment import OTHER, VIP, VIP6, a_vhid

from bluegreen.carp.machine import Carp
from bluegreen.carp.values import (
    Advertisement,
    Announced,
    Effects,
    Logged,
    Notified,
    Request,
    Sent,
    Sysctls,
    Transition,
    VhidConfig,
)
from bluegreen.model.network import CarpState

PREEMPTS = Sysctls(preempt=True)


def a_backup(config: VhidConfig | None = None, sysctls: Sysctls = PREEMPTS) -> Carp:
    carp = Carp("router-001", sysctls)
    carp.add(config or a_vhid(), now=0.0)
    return carp


def a_master(*configs: VhidConfig, sysctls: Sysctls = PREEMPTS) -> Carp:
    carp = Carp("router-001", sysctls)
    for config in configs or (a_vhid(),):
        carp.add(config, now=0.0)
        carp.set_state(config.interface, config.vhid, CarpState.MASTER, now=0.0)
    return carp


def heard(advskew: int, advbase: int = 1, source: str = "router-002") -> Advertisement:
    """What the peer sends for the same vhid."""
    other = Carp(source)
    other.add(a_vhid(advskew, advbase=advbase), now=0.0)
    effects = other.set_state("vmx1", 2, CarpState.MASTER, now=0.0)
    return sent(effects)[0]


def sent(effects: Effects) -> list[Advertisement]:
    return [effect.advertisement for effect in effects if isinstance(effect, Sent)]


def log(effects: Effects) -> list[str]:
    return [effect.text for effect in effects if isinstance(effect, Logged)]


# -- timers -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("advbase", "advskew", "waits_s"),
    [(1, 0, 3.0), (1, 100, 3.390625), (1, 200, 3.78125), (1, 240, 3.9375), (2, 100, 6.390625)],
)
def test_a_backup_waits_three_times_advbase_and_its_own_skew(
    advbase: int, advskew: int, waits_s: float
) -> None:
    carp = a_backup(a_vhid(advskew, advbase=advbase))

    effects = carp.tick(waits_s)

    assert carp.state("vmx1", 2) is CarpState.MASTER
    assert log(effects) == ["carp: 2@vmx1: BACKUP -> MASTER (master timed out)"]


def test_a_backup_stays_until_its_patience_is_over() -> None:
    carp = a_backup(a_vhid(100))

    assert carp.tick(3.39) == ()
    assert carp.next_due() == 3.390625


def test_demotion_does_not_lengthen_a_backups_patience() -> None:
    carp = Carp("router-001", PREEMPTS, demotion=240)
    carp.add(a_vhid(), now=0.0)

    assert carp.next_due() == 3.0


@pytest.mark.parametrize(
    ("advskew", "demotion", "every_s"),
    [(0, 0, 1.0), (100, 0, 1.390625), (100, 240, 1.9375), (254, 0, 1.9375), (100, -500, 1.0)],
)
def test_a_master_speaks_every_advbase_and_its_demoted_skew(
    advskew: int, demotion: int, every_s: float
) -> None:
    carp = Carp("router-001", PREEMPTS, demotion)
    carp.add(a_vhid(advskew), now=0.0)

    carp.set_state("vmx1", 2, CarpState.MASTER, now=0.0)

    assert carp.next_due() == every_s


def test_each_family_has_a_patience_of_its_own() -> None:
    carp = a_backup(a_vhid(addresses=(VIP, VIP6)))
    inet = replace(heard(0), digest=carp.by_key["vmx1", 2].digest)

    carp.receive(inet, now=2.5)

    assert carp.next_due() == 3.0
    assert carp.tick(3.0)[0] == Transition(
        "vmx1", 2, CarpState.BACKUP, CarpState.MASTER, "master timed out"
    )


def test_a_late_timer_fires_once_and_counts_from_then() -> None:
    carp = a_master()

    effects = carp.tick(5.5)

    assert len(sent(effects)) == 1
    assert carp.next_due() == 6.5


# -- becoming master ----------------------------------------------------------


def test_a_new_master_logs_tells_devd_advertises_and_announces_ipv4_first() -> None:
    carp = a_backup(a_vhid(addresses=(VIP6, VIP)))

    effects = carp.set_state("vmx1", 2, CarpState.MASTER, now=1.0)

    assert effects[:3] == (
        Transition("vmx1", 2, CarpState.BACKUP, CarpState.MASTER, "user requested via ifconfig"),
        Logged("carp: 2@vmx1: BACKUP -> MASTER (user requested via ifconfig)"),
        Notified("2@vmx1", "MASTER"),
    )
    assert [advertisement.family for advertisement in sent(effects)] == ["inet", "inet6"]
    assert effects[5:] == (Announced("vmx1", 2, VIP), Announced("vmx1", 2, VIP6))


def test_an_advertisement_carries_the_demoted_skew() -> None:
    carp = Carp("router-001", PREEMPTS, demotion=120)
    carp.add(a_vhid(100), now=0.0)

    effects = carp.set_state("vmx1", 2, CarpState.MASTER, now=0.0)

    assert sent(effects)[0].advskew == 220


def test_a_unicast_vhid_speaks_to_its_peers_and_a_multicast_one_to_nobody_in_particular() -> None:
    unicast = replace(a_vhid(addresses=(VIP, VIP6)), peer="192.0.2.12", peer6="ff02::12")
    carp = a_backup(unicast)

    effects = carp.set_state("vmx1", 2, CarpState.MASTER, now=0.0)

    assert [advertisement.destination for advertisement in sent(effects)] == ["192.0.2.12", None]


# -- hearing the peer ---------------------------------------------------------


@pytest.mark.parametrize("advskew", [99, 100])
def test_a_master_yields_to_one_that_is_faster_or_equal(advskew: int) -> None:
    carp = a_master(a_vhid(100))

    effects = carp.receive(heard(advskew), now=0.5)

    assert log(effects) == ["carp: 2@vmx1: MASTER -> BACKUP (more frequent advertisement received)"]
    assert carp.next_due() == 0.5 + 3.390625


def test_a_master_does_not_heed_a_slower_one() -> None:
    carp = a_master(a_vhid(100))

    assert carp.receive(heard(101), now=0.5) == ()
    assert carp.next_due() == 1.390625


def test_a_backup_preempts_a_slower_master() -> None:
    carp = a_backup(a_vhid(100))

    effects = carp.receive(heard(101), now=0.5)

    assert log(effects) == ["carp: 2@vmx1: BACKUP -> MASTER (preempting a slower master)"]


def test_a_backup_does_not_preempt_its_equal() -> None:
    carp = a_backup(a_vhid(240))

    assert carp.receive(heard(254), now=0.5) == ()
    assert carp.next_due() == 0.5 + 3.9375


def test_a_demoted_backup_does_not_preempt() -> None:
    carp = Carp("router-001", PREEMPTS, demotion=240)
    carp.add(a_vhid(0), now=0.0)

    assert carp.receive(heard(200), now=0.5) == ()


def test_without_preempt_a_slower_master_is_only_a_sign_of_life() -> None:
    carp = a_backup(a_vhid(0), Sysctls(preempt=False))

    assert carp.receive(heard(240), now=0.5) == ()
    assert carp.next_due() == 3.5


@pytest.mark.parametrize(("advbase", "gives_up"), [(3, False), (4, True)])
def test_without_preempt_a_master_slower_than_our_patience_is_given_up(
    advbase: int, gives_up: bool
) -> None:
    carp = a_backup(a_vhid(0), Sysctls(preempt=False))

    effects = carp.receive(heard(0, advbase), now=0.5)

    expected = ["carp: 2@vmx1: BACKUP -> MASTER (master will time out)"] if gives_up else []
    assert log(effects) == expected


@pytest.mark.parametrize(
    "foreign",
    [
        replace(heard(0), digest="another"),
        replace(heard(0), vhid=3),
        replace(heard(0), interface="vmx0"),
        replace(heard(0), source_router="router-001"),
    ],
)
def test_an_advertisement_that_is_not_for_us_is_ignored(foreign: Advertisement) -> None:
    carp = a_master(a_vhid(100))

    assert carp.receive(foreign, now=0.5) == ()


def test_the_order_and_spelling_of_addresses_do_not_matter_but_the_set_does() -> None:
    ours = a_backup(a_vhid(addresses=("2001:db8::a", VIP))).by_key["vmx1", 2]

    same = a_backup(a_vhid(addresses=(VIP, "2001:DB8:0::A"))).by_key["vmx1", 2]
    fewer = a_backup(a_vhid(addresses=(VIP,))).by_key["vmx1", 2]

    assert ours.digest == same.digest
    assert ours.digest != fewer.digest


# -- ifconfig and sysctl ------------------------------------------------------


def test_ifconfig_stores_a_skew_and_sends_nothing() -> None:
    carp = a_master()

    effects = carp.request("vmx1", 2, Request(advskew=200), now=0.25)

    assert effects == ()
    assert sent(carp.tick(1.0))[0].advskew == 200
    assert carp.next_due() == 1.0 + 1.78125


def test_writing_zero_to_the_demotion_flushes_a_changed_skew() -> None:
    carp = a_master()
    carp.request("vmx1", 2, Request(advskew=200), now=0.25)

    effects = carp.write_demotion(0, now=0.25)

    assert log(effects) == ["carp: demoted by 0 to 0 (sysctl)"]
    assert [advertisement.advskew for advertisement in sent(effects)] == [200]
    assert carp.next_due() == 0.25 + 1.78125


def test_a_written_demotion_is_added_and_advertised_for_masters_only() -> None:
    carp = a_master(a_vhid(vhid=2), a_vhid(vhid=3))
    carp.set_state("vmx1", 3, CarpState.BACKUP, now=0.1)

    first = carp.write_demotion(240, now=0.2)
    second = carp.write_demotion(-100, now=0.3)

    assert [log(first), log(second)] == [
        ["carp: demoted by 240 to 240 (sysctl)"],
        ["carp: demoted by -100 to 140 (sysctl)"],
    ]
    assert [(a.vhid, a.advskew) for a in sent(first)] == [(2, 240)]


def test_a_skew_of_255_is_refused_after_the_advbase_was_stored() -> None:
    carp = a_master()

    with pytest.raises(ValueError, match="advskew 255"):
        carp.request("vmx1", 2, Request(advbase=4, advskew=255), now=0.5)

    stored = carp.by_key["vmx1", 2].config
    assert (stored.advbase, stored.advskew) == (4, 0)


def test_an_advbase_of_0_keeps_the_value() -> None:
    carp = a_master(a_vhid(advbase=2))

    carp.request("vmx1", 2, Request(advbase=0), now=0.5)

    assert carp.by_key["vmx1", 2].config.advbase == 2


@pytest.mark.parametrize(("vhid", "advbase"), [(0, 1), (256, 1), (2, 256)])
def test_vhid_and_advbase_beyond_an_octet_are_refused(vhid: int, advbase: int) -> None:
    with pytest.raises(ValueError, match="not within 1 to 255"):
        a_master().request("vmx1", vhid, Request(advbase=advbase), now=0.5)


def test_a_skew_for_an_unknown_vhid_makes_a_ghost_that_never_leaves_init() -> None:
    carp = a_master()

    effects = carp.request("vmx0", 2, Request(advskew=200, state=CarpState.MASTER), now=0.5)

    assert effects == ()
    assert carp.vhids()[1] == (VhidConfig("vmx0", 2, advskew=200), CarpState.INIT)
    assert carp.tick(1000.0) != ()
    assert carp.state("vmx0", 2) is CarpState.INIT


def test_state_backup_is_silent_and_a_router_alone_serves_again_after_its_patience() -> None:
    carp = a_master()

    effects = carp.set_state("vmx1", 2, CarpState.BACKUP, now=0.5)

    assert sent(effects) == []
    assert carp.next_due() == 3.5


def test_another_password_makes_the_routers_deaf_to_each_other() -> None:
    carp = a_master(a_vhid(100))

    carp.request("vmx1", 2, Request(password_digest=OTHER), now=0.1)

    assert carp.receive(heard(0), now=0.5) == ()


def test_naming_the_multicast_group_takes_a_unicast_vhid_back_to_multicast() -> None:
    carp = a_master(replace(a_vhid(), peer="192.0.2.12"))

    carp.request("vmx1", 2, Request(advskew=200, peer="224.0.0.18"), now=0.1)

    assert sent(carp.tick(1.0))[0].destination is None


# -- init ---------------------------------------------------------------------


def test_another_address_starts_a_vhid_anew() -> None:
    carp = a_master()

    effects = carp.add(a_vhid(addresses=(VIP, VIP6)), now=10.0)

    assert log(effects) == [
        "carp: 2@vmx1: MASTER -> INIT (hardware interface up)",
        "carp: 2@vmx1: INIT -> BACKUP (initialization complete)",
    ]
    assert carp.next_due() == 13.0


def test_losing_the_last_address_removes_a_vhid() -> None:
    carp = a_master()

    effects = carp.add(a_vhid(addresses=()), now=10.0)

    assert log(effects) == ["carp: 2@vmx1: MASTER -> INIT (hardware interface up)"]
    assert carp.vhids() == ()


def test_a_lost_link_demotes_the_whole_router_which_says_so_at_once() -> None:
    carp = a_master(a_vhid(interface="vmx1"), a_vhid(interface="vmx2", vhid=3))

    effects = carp.link_down("vmx1", now=0.5)

    assert log(effects) == [
        "carp: 2@vmx1: MASTER -> INIT (hardware interface down)",
        "carp: demoted by 240 to 240 (interface down)",
    ]
    assert [(a.interface, a.advskew) for a in sent(effects)] == [("vmx2", 240)]


def test_a_link_that_returns_takes_its_demotion_back_and_is_dark_for_its_patience() -> None:
    carp = a_master()
    carp.link_down("vmx1", now=0.5)

    effects = carp.link_up("vmx1", now=7.0)

    assert log(effects) == [
        "carp: 2@vmx1: INIT -> BACKUP (initialization complete)",
        "carp: demoted by -240 to 0 (interface up)",
    ]
    assert carp.next_due() == 10.0


def test_each_vhid_of_a_lost_link_demotes_and_a_repeated_event_does_not() -> None:
    carp = a_master(a_vhid(vhid=2), a_vhid(vhid=3))

    carp.link_down("vmx1", now=0.5)

    assert carp.link_down("vmx1", now=0.6) == ()
    assert carp.demotion == 480
    assert carp.next_due() is None


def test_a_vhid_removed_while_its_link_is_lost_gives_its_demotion_back() -> None:
    carp = a_master()
    carp.link_down("vmx1", now=0.5)

    effects = carp.remove("vmx1", 2, now=0.6)

    assert log(effects) == ["carp: demoted by -240 to 0 (vhid removed)"]


def test_allow_0_takes_every_vhid_out_and_1_lets_it_wait_its_patience() -> None:
    carp = a_master()

    out = carp.set_allow(False, now=1.0)
    back = carp.set_allow(True, now=2.0)

    assert log(out) == [
        "carp: 2@vmx1: MASTER -> INIT (hardware interface down)",
        "carp: demoted by 240 to 240 (interface down)",
    ]
    assert log(back)[0] == "carp: 2@vmx1: INIT -> BACKUP (initialization complete)"
    assert (carp.next_due(), carp.demotion) == (5.0, 0)


def test_a_router_that_boots_with_allow_0_takes_no_part() -> None:
    carp = a_backup(sysctls=Sysctls(allow=False))

    assert carp.state("vmx1", 2) is CarpState.INIT
    assert carp.receive(heard(240), now=1.0) == ()
    assert carp.next_due() is None


# -- send errors --------------------------------------------------------------


def test_three_failed_sends_in_a_row_demote_and_three_good_ones_take_it_back() -> None:
    carp = a_master()

    failed = [carp.send_result("vmx1", 2, error=64, now=float(n)) for n in range(1, 4)]
    good = [carp.send_result("vmx1", 2, error=0, now=float(n)) for n in range(4, 7)]

    assert [log(effects) for effects in failed] == [
        [],
        [],
        ["carp: demoted by 240 to 240 (send error 64 on vmx1)"],
    ]
    assert [log(effects) for effects in good] == [
        [],
        [],
        ["carp: demoted by -240 to 0 (send ok on vmx1)"],
    ]
    assert sent(failed[2])[0].advskew == 240


def test_less_than_three_good_sends_between_failures_forget_nothing() -> None:
    carp = a_master()

    for error in (64, 64, 0, 0, 64):
        carp.send_result("vmx1", 2, error, now=1.0)

    assert carp.demotion == 240


def test_three_good_sends_between_failures_start_the_count_anew() -> None:
    carp = a_master()

    for error in (64, 64, 0, 0, 0, 64, 64):
        carp.send_result("vmx1", 2, error, now=1.0)

    assert carp.demotion == 0


def test_a_factor_given_back_before_sends_work_takes_off_what_was_never_put_on() -> None:
    carp = a_master()
    carp.set_factors(ifdown=240, senderr=0)
    for _ in range(3):
        carp.send_result("vmx1", 2, 64, now=1.0)

    carp.set_factors(ifdown=240, senderr=240)
    for _ in range(3):
        carp.send_result("vmx1", 2, 0, now=2.0)

    assert carp.demotion == -240


def test_a_failure_among_good_sends_keeps_the_demotion() -> None:
    carp = a_master()

    for error in (64, 64, 64, 0, 0, 64, 0, 0):
        carp.send_result("vmx1", 2, error, now=1.0)

    assert carp.demotion == 240


def test_a_factor_of_0_makes_send_errors_harmless() -> None:
    carp = a_master()
    carp.set_factors(ifdown=240, senderr=0)

    for _ in range(3):
        carp.send_result("vmx1", 2, 64, now=1.0)

    assert carp.demotion == 0
