"""What was asked for, resolved: who is blue, what stays switched, what is pinned."""

from dataclasses import replace

import pytest
from facts import BACKUP, BLUE, GREEN, MASTER, a_pair, a_router, a_vhid, switched, unseen
from rehearsed import a_request, inventoried, strategy

from bluegreen.cli.request import choose_blue, stay_switched
from bluegreen.model.facts import PairFacts
from bluegreen.model.network import CarpState

LAN, DMZ = ("192.0.2.254",), ("192.0.2.253",)
EDGE = inventoried()
PREFERS_GREEN = inventoried(f"    prefer: {GREEN}\n")


def serving(*blue: CarpState) -> PairFacts:
    """Return the pair where blue has these states of three vhids, and green the others."""
    addresses = (("198.51.100.230",), LAN, DMZ)
    other = {MASTER: BACKUP, BACKUP: MASTER}
    mine = [a_vhid(2 + n, s, 0, addresses=addresses[n]) for n, s in enumerate(blue)]
    theirs = [a_vhid(2 + n, other[s], 100, addresses=addresses[n]) for n, s in enumerate(blue)]
    return a_pair(a_router(BLUE, *mine), a_router(GREEN, *theirs))


# -- who is blue ---------------------------------------------------------------


def test_blue_is_who_serves_whatever_is_preferred() -> None:
    assert choose_blue(EDGE, a_pair()) == BLUE
    assert choose_blue(EDGE, switched()) == GREEN
    assert choose_blue(PREFERS_GREEN, a_pair()) == BLUE


def test_where_both_serve_something_the_preferred_one_is_blue() -> None:
    assert choose_blue(PREFERS_GREEN, serving(MASTER, MASTER, BACKUP)) == GREEN


def test_without_a_preference_it_is_the_one_that_serves_more() -> None:
    assert choose_blue(EDGE, serving(MASTER, MASTER, BACKUP)) == BLUE
    assert choose_blue(EDGE, serving(MASTER, BACKUP, BACKUP)) == GREEN


def test_where_both_serve_as_much_it_is_the_first_named() -> None:
    assert choose_blue(EDGE, serving(MASTER, BACKUP)) == BLUE
    turned = replace(EDGE, routers=EDGE.routers[::-1])
    assert choose_blue(turned, serving(MASTER, BACKUP)) == GREEN


def test_where_nobody_is_seen_to_serve_it_is_the_preferred_or_the_first_named() -> None:
    """Preflight refuses such a pair; until then it has two names."""
    nobody = a_pair(a_router(BLUE, a_vhid(state=BACKUP)))

    assert choose_blue(EDGE, nobody) == BLUE
    assert choose_blue(PREFERS_GREEN, nobody) == GREEN
    assert choose_blue(EDGE, a_pair(blue=unseen(BLUE))) == BLUE
    assert choose_blue(PREFERS_GREEN, a_pair(blue=unseen(BLUE))) == GREEN


def test_green_is_the_other_one() -> None:
    assert a_request().green == GREEN
    assert replace(a_request(), blue=GREEN).green == BLUE


# -- staying switched ----------------------------------------------------------


def test_staying_switched_ends_with_green_serving_and_a_way_back_written_down() -> None:
    request = replace(a_request(), stay_switched=True)

    ids = [planned.id for planned in request.plan.steps]

    end = ids.index(f"stay-drain@{BLUE}")
    assert ids[end : end + 2] == [f"stay-drain@{BLUE}", f"stay-converge@{GREEN}"]
    assert ids[end + 2 : end + 4] == [f"hold@{BLUE}", f"hold@{GREEN}"]
    assert "restore@pair" not in ids
    assert request.setting().switched


def test_a_switch_that_would_only_be_taken_back_is_left_out() -> None:
    idle_first = stay_switched(strategy("idle-first"))

    *_, blue, pair = idle_first.legs
    assert (blue.router, blue.steps[-1].name, blue.steps[-1].on) == ("blue", "standby", "blue")
    switch = [(entry.name, entry.on) for entry in pair.steps]
    assert (pair.router, switch) == ("pair", [("stay-drain", "blue"), ("stay-converge", "green")])


def test_a_playbook_without_legs_has_nothing_to_stay_in() -> None:
    assert stay_switched(strategy("failover")) == strategy("failover")


@pytest.mark.parametrize(
    ("command", "switched_", "releasing"),
    [
        ("upgrade", False, False),
        ("failover", True, False),
        ("restore", True, True),
    ],
)
def test_a_command_says_whether_roles_stay_and_whether_a_hold_ends(
    command: str, switched_: bool, releasing: bool
) -> None:
    setting = a_request(command=command).setting()

    assert (setting.switched, setting.releasing) == (switched_, releasing)


# -- what a setting takes from the inventory -----------------------------------


def test_ospf_is_looked_at_as_the_inventory_says() -> None:
    def ospf(daemon: str) -> bool | None:
        return a_request(inventoried(f"    ospf: {{{daemon}}}\n")).setting().ospf

    assert a_request().setting().ospf is None
    assert ospf("daemon: none") is False
    assert ospf("daemon: frr") is True
    assert ospf("min_neighbors: 1") is None


def test_only_a_playbook_that_installs_asks_about_the_system() -> None:
    assert a_request().setting().upgrades
    assert not replace(a_request(), playbook=strategy("failover")).setting().upgrades


def test_the_lock_names_the_run_and_who_started_it() -> None:
    request = replace(a_request(), owner="ops", host="bastion", since="now")

    lock = request.setting().lock

    assert (lock.run, lock.owner, lock.host, lock.since) == ("R1", "ops", "bastion", "now")


# -- what is pinned ------------------------------------------------------------


def test_the_same_words_pin_the_same_and_other_words_do_not() -> None:
    assert a_request().pair_digest == a_request().pair_digest
    assert a_request().pair_digest != a_request(PREFERS_GREEN).pair_digest
    other = replace(a_request(), playbook=strategy("idle-first"))
    assert a_request().playbook_digest != other.playbook_digest


def test_whose_lock_is_taken_stands_among_a_run_s_options() -> None:
    assert replace(a_request(), breaks="R9").options == ("break-lock=R9",)
    assert a_request().options == ()


def test_a_pair_has_one_key_whatever_the_order_of_its_routers() -> None:
    assert replace(EDGE, routers=EDGE.routers[::-1]).key == EDGE.key == f"{BLUE},{GREEN}"
