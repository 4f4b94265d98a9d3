"""Who serves and who is idle: a router is idle only if nothing speaks against it."""

from dataclasses import replace

import pytest
from facts import (
    BACKUP,
    BLUE,
    GREEN,
    INIT,
    MASTER,
    UP,
    VIP,
    a_pair,
    a_router,
    a_vhid,
    seen,
    switched,
    unseen,
)

from bluegreen.model.facts import Floating, Group, Outside, PairFacts, Unknown, VipAnswer
from bluegreen.model.network import CarpVhid, Interface
from bluegreen.model.roles import dual, healthy_master, idle, roles, same_roles, serves_all, well

ANSWERING = VipAnswer(VIP, 100, 0, 0.0, True)


def split(blue: CarpVhid, green: CarpVhid) -> PairFacts:
    return a_pair(a_router(BLUE, blue), a_router(GREEN, green))


def test_a_backup_whose_peer_serves_everything_is_idle() -> None:
    assert idle(a_pair(), GREEN)
    assert idle(switched(), BLUE)


def test_a_master_is_not_idle() -> None:
    verdict = idle(a_pair(), BLUE)

    assert "router-001 is MASTER of vhid 2@vmx1" in verdict.reasons


def test_a_router_in_init_is_not_idle() -> None:
    verdict = idle(split(a_vhid(), a_vhid(state=INIT)), GREEN)

    assert "router-002 is INIT of vhid 2@vmx1" in verdict.reasons


def test_a_router_is_not_idle_while_nobody_serves() -> None:
    verdict = idle(split(a_vhid(state=BACKUP), a_vhid(state=BACKUP)), GREEN)

    assert verdict.reasons == (f"router-001 is BACKUP of vhid 2 ({VIP})",)


def test_one_vhid_of_two_is_enough_not_to_be_idle() -> None:
    lan = ("192.0.2.254",)
    blue = a_router(BLUE, a_vhid(2), a_vhid(3, BACKUP, addresses=lan))
    green = a_router(GREEN, a_vhid(2, BACKUP), a_vhid(3, MASTER, addresses=lan))

    verdict = idle(a_pair(blue, green), GREEN)

    assert "router-002 is MASTER of vhid 3@vmx1" in verdict.reasons


def test_nobody_is_idle_beside_a_peer_that_was_not_observed() -> None:
    assert not idle(a_pair(blue=unseen(BLUE)), GREEN)
    assert idle(a_pair(green=unseen(GREEN)), GREEN).reasons == (
        "router-002: could not be observed",
    )


def test_a_peer_that_is_demoted_may_not_be_relied_on() -> None:
    verdict = idle(a_pair(blue=a_router(BLUE, demotion=240)), GREEN)

    assert verdict.reasons == ("router-001: net.inet.carp.demotion is 240",)


def test_a_peer_that_takes_no_part_in_carp_may_not_be_relied_on() -> None:
    assert idle(a_pair(blue=a_router(BLUE, allow=False)), GREEN).reasons == (
        "router-001: net.inet.carp.allow is 0",
    )
    assert idle(a_pair(blue=replace(a_router(BLUE), carp=None)), GREEN).reasons == (
        "router-001: carp(4) is not loaded",
    )


def test_a_peer_whose_link_is_lost_may_not_be_relied_on() -> None:
    lost = Interface("vmx1", UP, carp=(a_vhid(),), status="no carrier")

    verdict = idle(a_pair(blue=replace(a_router(BLUE), interfaces=(lost,))), GREEN)

    assert verdict.reasons == ("router-001: vmx1 has vhids and is not up",)


def test_a_floating_address_must_be_at_the_peer() -> None:
    here = Outside(floating=Floating(VIP, GREEN, settled=True))
    nowhere = Outside(floating=Floating(VIP, None, settled=True))
    there = Outside(floating=Floating(VIP, BLUE, settled=True))

    assert idle(a_pair(outside=here), GREEN).reasons == (
        f"{VIP} is bound to router-002, wanted router-001",
    )
    assert idle(a_pair(outside=nowhere), GREEN).reasons == (
        f"{VIP} is bound to neither router, wanted router-001",
    )
    assert idle(a_pair(outside=there), GREEN)


def test_a_floating_address_that_still_moves_is_at_nobody() -> None:
    assert not idle(a_pair(outside=Outside(floating=Floating(VIP, BLUE, settled=False))), GREEN)


def test_a_provider_that_cannot_be_asked_makes_nobody_idle() -> None:
    verdict = idle(a_pair(outside=Outside(floating=Unknown("HTTP 503"))), GREEN)

    assert verdict.reasons == ("the provider cannot be asked: HTTP 503",)


@pytest.mark.parametrize(
    ("answering", "reason"),
    [(False, "does not answer the probe"), (None, "is not known to answer")],
)
def test_a_vip_that_does_not_answer_or_was_not_asked_makes_nobody_idle(
    answering: bool | None, reason: str
) -> None:
    outside = Outside(answers=(ANSWERING, VipAnswer("192.0.2.254", 1, 1, 900.0, answering)))

    verdict = idle(a_pair(outside=outside), GREEN)

    (refusal,) = verdict.reasons
    assert refusal.startswith(f"192.0.2.254 {reason}")


def test_who_serves_is_what_both_routers_say() -> None:
    assert serves_all(a_pair(), BLUE)
    assert serves_all(split(a_vhid(), a_vhid(state=MASTER)), BLUE).reasons == (
        f"router-002 is MASTER of vhid 2 ({VIP})",
    )


def test_routers_that_share_no_vhid_serve_nothing_together() -> None:
    pair = split(a_vhid(2), a_vhid(3, BACKUP))

    assert serves_all(pair, BLUE).reasons == ("the routers share no vhid",)


def test_the_same_number_with_other_addresses_is_another_vhid() -> None:
    pair = split(a_vhid(2), a_vhid(2, BACKUP, addresses=("192.0.2.254",)))

    assert pair.groups() == ()


def test_a_group_is_the_same_whatever_the_order_of_addresses_and_the_interface() -> None:
    blue = a_vhid(2, addresses=(VIP, "192.0.2.254"))
    green = a_vhid(2, BACKUP, addresses=("192.0.2.254", VIP))

    assert split(blue, green).groups() == (Group(2, ("192.0.2.254", VIP)),)


def test_what_only_the_peer_has_must_not_be_served_there() -> None:
    green = a_router(GREEN, a_vhid(2, BACKUP), a_vhid(9, MASTER, addresses=("192.0.2.9",)))

    verdict = serves_all(a_pair(green=green), BLUE)

    assert verdict.reasons == ("router-002 is still MASTER of vhid 9@vmx1",)


def test_a_negative_demotion_harms_nobody() -> None:
    assert well(a_router(demotion=-10))
    assert healthy_master(a_pair(), BLUE)


def test_two_masters_of_one_group_are_seen() -> None:
    assert dual(split(a_vhid(), a_vhid(state=MASTER))) == (Group(2, (VIP,)),)
    assert dual(a_pair()) == ()
    assert dual(a_pair(green=unseen())) == ()


def test_roles_are_the_same_only_with_the_same_master() -> None:
    assert same_roles(a_pair(), a_pair())
    assert same_roles(switched(), a_pair()).reasons == (
        f"vhid 2 ({VIP}): MASTER is router-002, was router-001",
    )
    assert same_roles(a_pair(blue=unseen(BLUE)), a_pair()).reasons == (
        f"vhid 2 ({VIP}): MASTER is nobody, was router-001",
    )


def test_roles_of_two_moments_can_be_compared() -> None:
    assert roles(a_pair()) == ((BLUE, "2@vmx1", "MASTER"), (GREEN, "2@vmx1", "BACKUP"))
    assert roles(switched()) != roles(a_pair())
    assert roles(a_pair(green=unseen())) == ((BLUE, "2@vmx1", "MASTER"),)


def test_who_serves_is_said_in_words() -> None:
    assert a_pair().serving() == "router-001 serves vhid 2"
    assert a_pair(green=unseen()).serving() == (
        "router-001 serves vhid 2; router-002 could not be observed (no answer from sshd)"
    )
    assert seen(a_pair(), BLUE).environment_now() == "default"
