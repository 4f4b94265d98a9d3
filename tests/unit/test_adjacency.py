"""Why an OSPF neighbour is not Full, each reason by its name, and who need not be."""

from dataclasses import replace

import pytest
from facts import BACKUP, BLUE, GREEN, VIP, a_pair, a_router, a_setting, a_tunnel, a_vhid, seen

from bluegreen.model.facts import PairFacts, RouterFacts, Unknown
from bluegreen.model.finding import Finding, Severity
from bluegreen.model.network import Interface, Tunnel
from bluegreen.model.routing import Neighbor, Ospf
from bluegreen.policy.adjacency import adjacencies_as, standby_adjacencies, why_not

FAR = Neighbor("10.0.0.33", "172.27.27.33", "gre0", "Full", full=True)
NEAR = Neighbor("10.0.0.44", "192.0.2.44", "vmx0", "Full", full=True, role="DR")
OWN = {BLUE: "10.255.255.11", GREEN: "10.255.255.12"}


def speaking(facts: RouterFacts, *neighbors: Neighbor, mtu: int = 1476) -> RouterFacts:
    """Return a router with a tunnel that ends at the VIP, and neighbours."""
    tunnel = replace(a_tunnel(), mtu=mtu)
    ospf = Ospf("frr", OWN[facts.name], neighbors)
    return replace(facts, interfaces=(*facts.interfaces, tunnel), ospf=ospf)


def in_state(neighbor: Neighbor, state: str, role: str | None = None) -> Neighbor:
    return replace(neighbor, state=state, full=state == "Full", role=role)


WAS = speaking(a_router(BLUE), FAR, NEAR)


def reasons(*neighbors: Neighbor, mtu: int = 1476) -> tuple[str, ...]:
    return adjacencies_as(speaking(a_router(GREEN), *neighbors, mtu=mtu), WAS, a_setting()).reasons


def named(*neighbors: Neighbor) -> Finding:
    return why_not(speaking(a_router(GREEN), *neighbors), WAS, FAR.router_id)


@pytest.mark.parametrize(
    ("state", "name", "means"),
    [
        ("ExStart", "ospf-mtu", "the two ends differ in their MTU, or long packets are lost"),
        ("Exchange", "ospf-mtu", "the two ends differ in their MTU, or long packets are lost"),
        ("Init", "ospf-one-way", "it is heard and does not hear us: one-way"),
        ("Attempt", "ospf-silent", "nothing is heard of it"),
        ("Down", "ospf-silent", "nothing is heard of it any more"),
    ],
)
def test_each_state_in_which_a_neighbour_sticks_has_its_name_and_its_cause(
    state: str, name: str, means: str
) -> None:
    found = named(in_state(FAR, state))

    assert (found.name, found.severity) == (name, Severity.CRITICAL)
    assert found.sentence == f"router-002: OSPF neighbour 10.0.0.33 on gre0 is {state}: {means}"


def test_loading_takes_its_time_and_means_nothing_else() -> None:
    assert named(in_state(FAR, "Loading")).says == (
        "router-002: OSPF neighbour 10.0.0.33 on gre0 is Loading"
    )


def test_two_mtus_of_one_tunnel_are_told_where_they_differ() -> None:
    assert reasons(in_state(FAR, "ExStart"), NEAR, mtu=1500) == (
        (
            "router-002: OSPF neighbour 10.0.0.33 on gre0 is ExStart: the two ends differ in their "
            "MTU, or long packets are lost: gre0 has MTU 1500, gre0 of router-001 1476"
        ),
    )


def test_a_neighbour_behind_an_interface_that_is_down_is_put_down_to_that() -> None:
    down = replace(a_router(GREEN), interfaces=(*a_router(GREEN).interfaces, a_tunnel(up=False)))

    now = replace(down, ospf=Ospf("frr", OWN[GREEN], (NEAR,)))

    assert adjacencies_as(now, WAS, a_setting()).reasons == (
        "router-002: OSPF neighbour 10.0.0.33 on gre0 is not there: gre0 is down here",
    )


def test_a_tunnel_is_known_by_its_far_end_where_the_neighbour_is_gone() -> None:
    renamed = Interface("gre7", ("UP", "RUNNING"), tunnel=Tunnel("inet", VIP, "203.0.113.30"))
    now = replace(a_router(GREEN), interfaces=(*a_router(GREEN).interfaces, renamed))

    found = why_not(replace(now, ospf=Ospf("bird", OWN[GREEN], ())), WAS, FAR.router_id)

    assert "OSPF neighbour 10.0.0.33 on gre7 is not there: nothing is heard of it" in found.says


def test_two_way_is_all_there_is_between_two_that_are_neither_dr_nor_bdr() -> None:
    other = Neighbor("10.0.0.55", "192.0.2.55", "vmx0", "2-Way", full=False, role="DROther")
    was = speaking(a_router(BLUE), NEAR, in_state(other, "Full", "DROther"))

    def judged(*neighbors: Neighbor) -> tuple[str, ...]:
        now = speaking(a_router(GREEN), *neighbors)
        return adjacencies_as(now, was, a_setting()).reasons

    assert judged(NEAR, other) == ()
    assert judged(in_state(NEAR, "Full", "Backup"), other) == (  # nobody knows the network's DR
        (
            "router-002: OSPF neighbour 10.0.0.55 on vmx0 is 2-Way: "
            "both hear each other, and neither is DR or BDR"
        ),
    )


def test_a_router_id_that_is_a_vip_or_the_other_routers_is_told_first() -> None:
    stuck = speaking(a_router(GREEN), in_state(FAR, "ExStart"), NEAR)
    assert isinstance(stuck.ospf, Ospf)

    def told(router_id: str) -> str:
        assert isinstance(stuck.ospf, Ospf)
        now = replace(stuck, ospf=replace(stuck.ospf, router_id=router_id))
        return adjacencies_as(now, WAS, a_setting()).reasons[0]

    fix = "give each router a router-id of its own that is no VIP"
    assert told(VIP) == (
        f"router-002: its OSPF router-id {VIP} is a VIP: after a switch both routers would have "
        f"it; {fix}"
    )
    assert told(OWN[BLUE]) == (
        f"router-002: its OSPF router-id {OWN[BLUE]} is that of router-001 as well; {fix}"
    )


# -- a BACKUP ---------------------------------------------------------------------


def rebooted(*blues: Neighbor, was_green: tuple[Neighbor, ...] = (NEAR,)) -> PairFacts:
    """Return blue as a BACKUP that has booted; at the start it served, and had both neighbours."""
    before = a_pair(WAS, speaking(a_router(GREEN), *was_green))
    blue = speaking(a_router(BLUE, a_vhid(state=BACKUP, advskew=240)), *blues)
    green = speaking(a_router(GREEN, a_vhid(advskew=100)), FAR, NEAR)
    return a_pair(blue, green, before=before)


def test_what_came_with_the_role_of_master_is_rightly_down_on_a_backup() -> None:
    assert standby_adjacencies(rebooted(NEAR), BLUE, a_setting())


def test_what_a_backup_had_must_be_there_before_it_is_trusted() -> None:
    assert standby_adjacencies(rebooted(), BLUE, a_setting()).reasons == (
        (
            "router-001: OSPF neighbour 10.0.0.44 on vmx0 is not there: "
            "nothing is heard of it: nothing arrives, or area, timers or key differ"
        ),
    )


def test_one_that_was_backup_itself_must_have_what_it_had() -> None:
    pair = rebooted()
    green = speaking(a_router(GREEN))

    assert standby_adjacencies(pair.with_router(green), GREEN, a_setting()).reasons == (
        (
            "router-002: OSPF neighbour 10.0.0.44 on vmx0 is not there: "
            "nothing is heard of it: nothing arrives, or area, timers or key differ"
        ),
    )


def test_what_a_backup_spoke_to_through_a_tunnel_of_a_vip_is_not_asked_for() -> None:
    """It should not have: that is bug 166462, and another kernel may be rid of it."""
    pair = rebooted(was_green=(FAR, NEAR))
    green = speaking(a_router(GREEN), NEAR)

    assert standby_adjacencies(pair.with_router(green), GREEN, a_setting())
    assert standby_adjacencies(rebooted(NEAR, was_green=(FAR, NEAR)), BLUE, a_setting())


def test_a_daemon_that_does_not_come_back_after_a_boot_is_no_healthy_backup() -> None:
    pair = rebooted(NEAR)
    silent = replace(seen(pair, BLUE), ospf=None)
    broken = replace(seen(pair, BLUE), ospf=Unknown("frr: ospfd is not running"))

    def judged(blue: RouterFacts, ospf: bool | None = None) -> tuple[str, ...]:
        setting = replace(a_setting(), ospf=ospf)
        return standby_adjacencies(pair.with_router(blue), BLUE, setting).reasons

    assert judged(silent) == ("router-001: OSPF cannot be read: no daemon answers",)
    assert judged(broken) == ("router-001: OSPF cannot be read: frr: ospfd is not running",)
    assert judged(silent, ospf=False) == ()


def test_a_router_that_had_no_ospf_needs_none() -> None:
    pair = rebooted()
    before = a_pair(a_router(BLUE), a_router(GREEN))

    assert standby_adjacencies(replace(pair, before=before), BLUE, a_setting())
