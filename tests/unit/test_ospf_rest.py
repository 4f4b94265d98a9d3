"""What `check` says of OSPF: each finding by its name, and nothing of a pair that is well."""

from dataclasses import replace

from facts import BLUE, GREEN, VIP, a_pair, a_route, a_router, a_tunnel, seen

from bluegreen.model.facts import Outside, PairFacts, RemoteFacts, RouterFacts
from bluegreen.model.finding import Severity
from bluegreen.model.network import Inet, Route
from bluegreen.model.routing import Neighbor, Ospf
from bluegreen.policy.ospf_rest import at_rest, rightly_down

FAR = Neighbor("10.0.0.33", "172.27.27.33", "gre0", "Full", full=True)
NEAR = Neighbor("10.0.0.44", "192.0.2.44", "vmx0", "Full", full=True)
OWN = {BLUE: "10.255.255.11", GREEN: "10.255.255.12"}


def speaking(name: str, *neighbors: Neighbor, routes: tuple[Route, ...] = ()) -> RouterFacts:
    """Return a router with a tunnel that ends at the VIP, and neighbours."""
    facts = a_router(name)
    inner = Inet("10.255.1.1" if name == BLUE else "10.255.2.1", 32)
    return replace(
        facts,
        interfaces=(*facts.interfaces, replace(a_tunnel(), inet=(inner,))),
        ospf=Ospf("frr", OWN[name], neighbors),
        routes=routes,
    )


def a_well_pair(*greens: Neighbor) -> PairFacts:
    return a_pair(speaking(BLUE, FAR, NEAR), speaking(GREEN, *(greens or (NEAR,))))


def named(pair: PairFacts) -> dict[str, Severity]:
    return {finding.name: finding.severity for finding in at_rest(pair)}


def test_why_a_neighbour_is_rightly_down_on_a_backup_is_a_note() -> None:
    (note,) = at_rest(a_well_pair())

    assert (note.name, note.severity) == ("ospf-with-the-role", Severity.NOTE)
    assert note.says == (
        "router-002: OSPF neighbour 10.0.0.33 on gre0 is rightly not Full on a BACKUP: "
        f"it ends at {VIP}, a VIP"
    )


def test_a_tunnel_that_is_down_with_the_role_is_a_note_too() -> None:
    pair = a_well_pair()
    green = seen(pair, GREEN)
    own = replace(a_tunnel(up=False), tunnel=replace(a_tunnel().tunnel, local="203.0.113.12"))

    down = replace(green, interfaces=(*a_router(GREEN).interfaces, own))

    assert named(pair.with_router(down)) == {"ospf-with-the-role": Severity.NOTE}


def test_one_that_nothing_ties_to_the_role_is_a_warning() -> None:
    found = at_rest(a_well_pair(replace(NEAR, state="Init", full=False)))

    (warning,) = [one for one in found if one.severity is Severity.WARNING]
    assert warning.name == "ospf-one-way"
    assert warning.fix[0].type == "tcpdump -ni vmx0 proto ospf"


def test_a_neighbour_that_sticks_on_the_master_is_told_with_where_to_look() -> None:
    narrow = replace(FAR, state="ExStart", full=False)

    found = at_rest(a_pair(speaking(BLUE, narrow, NEAR), speaking(GREEN, NEAR)))

    assert [(one.name, one.severity) for one in found] == [("ospf-mtu", Severity.WARNING)]
    assert found[0].fix[0].type == "ifconfig gre0"


def test_two_way_beside_a_dr_is_no_finding() -> None:
    dr = replace(NEAR, role="DR")
    other = Neighbor("10.0.0.55", "192.0.2.55", "vmx0", "2-Way", full=False, role="DROther")

    pair = a_pair(speaking(BLUE, dr, other), speaking(GREEN, dr, other))

    assert at_rest(pair) == ()


def test_a_default_that_leads_to_the_backup_is_found_here_and_at_the_far_ends() -> None:
    backup = a_route("default", "192.0.2.12")
    pair = a_pair(speaking(BLUE, NEAR, routes=(backup,)), speaking(GREEN, NEAR))
    far = RemoteFacts("windriver", (a_route("default", "10.255.2.1"),))

    found = at_rest(replace(pair, outside=Outside(remotes=(far,))))

    assert [(one.name, one.says) for one in found] == [
        (
            "ospf-default-of-backup",
            "router-001: its default still leads to router-002 (192.0.2.12), which is BACKUP",
        ),
        (
            "ospf-default-of-backup",
            "windriver: its default still leads to router-002 (10.255.2.1), which is BACKUP",
        ),
    ]


def test_routers_without_ospf_have_nothing_said_of_it() -> None:
    assert at_rest(a_pair()) == ()
    assert rightly_down(a_pair()) == ()
