"""Where a floating address must be, and which request is due next: from facts alone."""

from dataclasses import replace

import pytest
from facts import (
    BACKUP,
    BEGAN_S,
    BLUE,
    GREEN,
    MASTER,
    RUN,
    VIP,
    a_pair,
    a_router,
    a_setting,
    a_vhid,
    switched,
    unseen,
)

from bluegreen.engine.interlock import PROVIDER_FRESH_S, Moment, permit
from bluegreen.ipfo import calls
from bluegreen.model.command import Effect
from bluegreen.model.facts import Floating, Outside, PairFacts, RouterFacts, Unknown
from bluegreen.model.pair import FloatingAddress
from bluegreen.model.system import Lock
from bluegreen.policy.floating import follow, followed, gave_up, macs_of, server_of
from bluegreen.policy.setting import Setting
from bluegreen.steps.baseline import Baseline
from bluegreen.steps.follow import Follow
from bluegreen.world import Order

OTHER = "203.0.113.7"
SERVER = "ns1.example"
MACS = ((BLUE, "02:00:00:00:00:01"), (GREEN, "02:00:00:00:00:02"))
WANTED = FloatingAddress("ovh", SERVER, VIP, mode="move")
HERE = Floating(VIP, BLUE, True, mac=MACS[0][1], macs=MACS, began_s=BEGAN_S)
OFF = Order(calls.OVH, (calls.unbind(SERVER, MACS[0][1], VIP),))
ON = Order(calls.OVH, (calls.bind(SERVER, MACS[1][1], VIP, GREEN),))
NOW = Moment(now_s=BEGAN_S + 1.0, settled_s=BEGAN_S - 60.0, holder=Lock(RUN, "me", "here", "now"))


def moved(floating: Floating | Unknown | None = HERE, pair: PairFacts | None = None) -> PairFacts:
    """Return a pair whose second router serves."""
    return replace(pair or switched(), outside=Outside(floating=floating))


def each_serves(vip: str, other: str) -> PairFacts:
    """Return an active/active pair: who is MASTER of the vhid of VIP, and who of OTHER's."""

    def router(name: str) -> RouterFacts:
        first = a_vhid(2, MASTER) if name == vip else a_vhid(2, BACKUP, 100)
        second = a_vhid(3, MASTER) if name == other else a_vhid(3, BACKUP, 100)
        return a_router(name, first, replace(second, addresses=(OTHER,)))

    return a_pair(router(BLUE), router(GREEN))


def wishing(wanted: FloatingAddress = WANTED) -> Setting:
    return replace(a_setting(), ipfo=wanted)


# -- who serves --------------------------------------------------------------------------------


def test_who_is_master_for_both_routers_serves() -> None:
    assert server_of(a_pair(), VIP) == BLUE
    assert server_of(switched(), VIP) == GREEN


def test_the_role_that_counts_is_that_of_the_vhid_with_the_address() -> None:
    each = moved(HERE, each_serves(BLUE, GREEN))

    assert (server_of(each, VIP), server_of(each, OTHER)) == (BLUE, GREEN)
    assert Follow(wishing(), BLUE).done(each)
    assert f"is served by {BLUE}, not by {GREEN}" in str(Follow(wishing(), GREEN).done(each))


def test_a_router_that_cannot_be_seen_leaves_it_open_who_serves() -> None:
    assert server_of(a_pair(green=unseen(GREEN)), VIP) is None


def test_two_masters_serve_nobody() -> None:
    both = a_pair(green=a_router(GREEN, a_vhid(state=MASTER)))

    assert server_of(both, VIP) is None


def test_a_master_that_is_about_to_be_preempted_is_none_to_move_to() -> None:
    """On the way back the old MASTER has its skew again, and takes the role with the next ad."""
    slower = a_router(BLUE, a_vhid(state=MASTER, advskew=200))
    faster = a_router(GREEN, a_vhid(state=BACKUP, advskew=100))

    assert server_of(a_pair(slower, faster), VIP) is None
    assert follow(moved(pair=a_pair(slower, faster)), wishing()) == ()


def test_taking_everything_back_moves_nothing_before_the_roles_are_home() -> None:
    """The address follows the roles, and not the other way round."""
    home, away = a_pair(), switched()
    there = Floating(VIP, GREEN, True, mac=MACS[1][1], macs=MACS, began_s=BEGAN_S)
    baseline = Baseline(wishing())

    assert baseline.undo(moved(there, home), home) == (
        Order(calls.OVH, (calls.unbind(SERVER, MACS[1][1], VIP),)),
    )
    assert OFF not in baseline.undo(moved(HERE, away), home)


# -- which request is due ----------------------------------------------------------------------


def test_where_its_master_has_it_nothing_is_asked() -> None:
    assert follow(moved(pair=a_pair()), wishing()) == ()


def test_it_is_taken_off_the_old_mac_first() -> None:
    assert follow(moved(), wishing()) == (OFF,)


def test_what_is_at_neither_mac_is_put_on_the_masters() -> None:
    nowhere = replace(HERE, router=None, mac=None)

    assert follow(moved(nowhere), wishing()) == (ON,)


def test_between_two_servers_it_is_moved_at_once() -> None:
    wanted = replace(WANTED, service="", services=((BLUE, SERVER), (GREEN, "ns2.example")))

    assert follow(moved(), wishing(wanted)) == (
        Order(calls.OVH, (calls.move(VIP, "ns2.example"),)),
    )


@pytest.mark.parametrize(
    "floating",
    [replace(HERE, settled=False), Unknown("HTTP 503"), None, replace(HERE, macs=MACS[:1])],
)
def test_while_it_is_not_known_or_not_settled_nothing_is_asked(
    floating: Floating | Unknown | None,
) -> None:
    assert follow(moved(floating), wishing()) == ()


@pytest.mark.parametrize(
    "wanted",
    [
        replace(WANTED, mode="verify"),
        replace(WANTED, mode="verify", binding="carp"),
        replace(WANTED, mode="verify", binding="role", mac=MACS[0][1]),
    ],
)
def test_what_something_else_moves_is_never_asked_for(wanted: FloatingAddress) -> None:
    assert follow(moved(), wishing(wanted)) == ()


def test_a_pair_without_a_floating_address_waits_for_none() -> None:
    assert followed(moved(None), a_setting())
    assert follow(moved(None), a_setting()) == ()


def test_what_ovh_gave_up_is_told_unless_the_address_has_arrived() -> None:
    failed = replace(HERE, failed="task 7 (virtualMacDelete) is ovhError")

    assert gave_up(moved(failed), wishing()) == "ovh: task 7 (virtualMacDelete) is ovhError"
    assert gave_up(moved(replace(failed, router=GREEN)), wishing()) is None
    assert gave_up(moved(HERE), wishing()) is None


def test_a_provider_that_refuses_for_good_is_not_waited_for() -> None:
    assert gave_up(moved(Unknown("HTTP 503")), wishing()) is None
    assert gave_up(moved(Unknown("no key", final=True)), wishing()) is not None


def test_the_mac_is_that_of_the_interface_with_the_address_unless_said_otherwise() -> None:
    def with_mac(name: str, mac: str) -> PairFacts:
        router = a_router(name)
        lan, wan = router.interfaces
        return a_pair(blue=replace(router, interfaces=(lan, replace(wan, ether=mac))))

    assert macs_of(with_mac(BLUE, "00:50:56:AA:00:01"), WANTED) == {BLUE: "00:50:56:aa:00:01"}
    assert macs_of(a_pair(), replace(WANTED, macs=MACS)) == dict(MACS)


# -- the interlock -----------------------------------------------------------------------------


def locked(pair: PairFacts, run: str = RUN) -> PairFacts:
    for router in pair.both() or ():
        pair = pair.with_router(replace(router, lock=Lock(run, "me", "here", "now")))
    return pair


def reasons(pair: PairFacts, moment: Moment = NOW) -> tuple[str, ...]:
    return permit(OFF, pair, moment).reasons


def test_a_request_is_permitted_once_the_peer_is_a_sound_master() -> None:
    assert reasons(locked(moved())) == ()


def test_the_master_that_counts_is_that_of_the_vhid_with_the_address() -> None:
    assert reasons(locked(moved(pair=each_serves(GREEN, BLUE)))) == ()


def test_it_is_no_read() -> None:
    assert OFF.commands[0].effect is Effect.PROVIDER


def test_no_request_goes_out_without_both_locks() -> None:
    assert f"{BLUE} is not locked by this run" in reasons(locked(moved(), run="other"))


def test_no_request_goes_out_within_two_seconds_of_a_change_of_roles() -> None:
    just_now = replace(NOW, settled_s=NOW.now_s - 1.9)

    assert "a role changed less than 2 s ago" in reasons(locked(moved()), just_now)


def test_no_request_rests_on_an_old_answer_of_the_provider() -> None:
    old = replace(HERE, began_s=NOW.now_s - PROVIDER_FRESH_S - 0.1)

    assert "what was seen is older than 2 s" in reasons(locked(moved(old)))


def test_nothing_is_asked_of_a_provider_that_cannot_be_asked_where_it_is() -> None:
    assert reasons(locked(moved(Unknown("HTTP 503")))) == (
        "the provider cannot be asked where the floating address is",
    )


def test_an_address_is_not_moved_while_its_router_serves() -> None:
    assert f"{VIP} is at {BLUE} already" in reasons(locked(moved(pair=a_pair())))


def test_an_address_is_not_moved_to_a_master_whose_link_is_lost() -> None:
    pair = locked(moved())
    green = pair.seen(GREEN)
    assert green is not None
    lan, wan = green.interfaces
    lost = replace(green, interfaces=(lan, replace(wan, status="no carrier")))

    assert reasons(pair.with_router(lost)) == (f"{GREEN}: vmx1 has vhids and is not up",)
