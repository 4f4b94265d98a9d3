"""What the MASTER had, the new MASTER must have; what a BACKUP lacked, it may lack."""

from dataclasses import replace

from facts import (
    BACKUP,
    BLUE,
    GREEN,
    MASTER,
    UNWATCHED,
    UP,
    VIP,
    a_pair,
    a_route,
    a_router,
    a_setting,
    a_tunnel,
    a_vhid,
    seen,
    switched,
)

from bluegreen.model.facts import (
    Floating,
    Outside,
    PairFacts,
    RemoteFacts,
    RouterFacts,
    Unknown,
    VipAnswer,
)
from bluegreen.model.network import Inet, Interface, Pfsync, Route, Tunnel
from bluegreen.model.routing import Neighbor, Ospf
from bluegreen.policy.adjacency import adjacencies_as
from bluegreen.policy.layers import Layers, converged, standby_as
from bluegreen.policy.setting import RemoteRoute, Setting

FAR = Neighbor("10.0.0.33", "172.27.27.33", "gre0", "Full", True)
STUCK = replace(FAR, state="ExStart", full=False)
LEARNED = a_route("172.27.27.0/27", "172.27.27.33", "gre0")


def with_all(facts: RouterFacts, *, up: bool = True) -> RouterFacts:
    """Return a router with a tunnel, a neighbour and a learned route, or without any of it."""
    own = "10.255.255.11" if facts.name == BLUE else "10.255.255.12"
    return replace(
        facts,
        interfaces=(*facts.interfaces, a_tunnel(up=up)),
        ospf=Ospf("frr", own, (FAR,) if up else ()),
        routes=(LEARNED,) if up else (),
    )


def at_start() -> PairFacts:
    """Return the baseline: only the MASTER has tunnel, adjacency and route."""
    return a_pair(with_all(a_router(BLUE)), with_all(a_router(GREEN), up=False))


def after(green: RouterFacts | None = None, outside: Outside = UNWATCHED) -> PairFacts:
    """Return the pair after the switch: green serves, and has what it is given."""
    moved = switched(at_start())
    served = green or with_all(seen(moved, GREEN))
    return replace(moved, second=served, outside=outside)


def new_master() -> RouterFacts:
    return with_all(seen(switched(), GREEN))


def refused(layers: Layers) -> dict[str, tuple[str, ...]]:
    return {name: verdict.reasons for name, verdict in layers if not verdict}


def judged(pair: PairFacts, setting: Setting | None = None) -> dict[str, tuple[str, ...]]:
    return refused(converged(pair, GREEN, setting or a_setting()))


def test_all_that_the_master_had_is_all_that_is_watched_in_the_order_of_the_layers() -> None:
    outside = Outside(
        answers=(VipAnswer(VIP, 9, 0, 0.0, True),),
        floating=Floating(VIP, GREEN, settled=True),
        remotes=(RemoteFacts("windriver", (a_route("172.27.27.0/27"),)),),
    )
    setting = replace(a_setting(), remotes=(RemoteRoute("windriver", "172.27.27.0/27"),))

    layers = converged(after(outside=outside), GREEN, setting)

    assert [name for name, _ in layers] == [
        *("carp", "ipfo", "tunnels", "ospf", "routes", "remotes", "probe"),
    ]
    assert refused(layers) == {}


def test_what_was_never_there_is_no_layer() -> None:
    names = [name for name, _ in converged(switched(), GREEN, a_setting())]

    assert names == ["carp"]


def test_a_router_that_does_not_serve_yet_has_not_converged() -> None:
    pair = replace(at_start(), before=at_start())

    assert judged(pair)["carp"][0] == f"router-002 is BACKUP of vhid 2 ({VIP})"


def test_without_a_baseline_nothing_can_be_said() -> None:
    assert judged(replace(after(), before=None)) == {"carp": ("router-002 could not be observed",)}


def test_a_tunnel_that_was_up_must_be_up() -> None:
    down = replace(
        new_master(), interfaces=(*seen(switched(), GREEN).interfaces, a_tunnel("gre7", up=False))
    )

    assert judged(after(down))["tunnels"] == (
        "router-002: tunnel to 203.0.113.30 (gre0 before) is not up",
    )


def test_a_tunnel_is_known_by_its_far_end_whatever_it_is_called() -> None:
    renamed = replace(
        new_master(), interfaces=(*seen(switched(), GREEN).interfaces, a_tunnel("gre7"))
    )

    assert judged(after(renamed)) == {}


def test_a_neighbour_that_was_full_must_be_full() -> None:
    stuck = replace(new_master(), ospf=Ospf("frr", "10.255.255.12", (STUCK,)))
    gone = replace(new_master(), ospf=Ospf("frr", "10.255.255.12", ()))

    why = "the two ends differ in their MTU, or long packets are lost"
    assert judged(after(stuck))["ospf"] == (
        f"router-002: OSPF neighbour 10.0.0.33 on gre0 is ExStart: {why}",
    )
    assert judged(after(gone))["ospf"] == (
        (
            "router-002: OSPF neighbour 10.0.0.33 on gre0 is not there: "
            "nothing is heard of it: nothing arrives, or area, timers or key differ"
        ),
    )


def test_a_neighbour_that_does_not_hear_us_is_told_from_one_that_takes_no_long_packets() -> None:
    deaf = replace(new_master(), ospf=Ospf("frr", "10.255.255.12", (replace(STUCK, state="Init"),)))

    assert judged(after(deaf))["ospf"] == (
        (
            "router-002: OSPF neighbour 10.0.0.33 on gre0 is Init: "
            "it is heard and does not hear us: one-way"
        ),
    )


def test_the_two_routers_need_not_be_neighbours_of_themselves() -> None:
    green_seen_by_blue = Neighbor("10.255.255.12", "192.0.2.12", "vmx0", "Full", True)
    was = replace(a_router(BLUE), ospf=Ospf("frr", "10.255.255.11", (FAR, green_seen_by_blue)))
    now = replace(a_router(GREEN), ospf=Ospf("frr", "10.255.255.12", (FAR,)))

    assert adjacencies_as(now, was, a_setting())


def test_ospf_that_was_unknown_or_cannot_be_read_now_has_not_converged() -> None:
    known = new_master()
    unknown = replace(known, ospf=Unknown("frr: no answer"))

    assert adjacencies_as(known, unknown, a_setting()).reasons == (
        "OSPF was unknown at the start: frr: no answer",
    )
    assert adjacencies_as(unknown, known, a_setting()).reasons == (
        "router-002: OSPF cannot be read: frr: no answer",
    )
    assert adjacencies_as(replace(known, ospf=None), known, a_setting()).reasons == (
        "router-002: OSPF cannot be read: no daemon answers",
    )


def test_ospf_that_is_not_looked_at_is_not_waited_for() -> None:
    gone = replace(new_master(), ospf=None)

    assert judged(after(gone), replace(a_setting(), ospf=False)) == {}


def test_more_neighbours_may_be_wished_for_than_there_were() -> None:
    setting = replace(a_setting(), min_neighbors=2)

    assert judged(after(), setting)["ospf"] == ("router-002: 1 neighbours are Full, wanted 2",)


def test_a_learned_route_must_be_in_the_fib() -> None:
    without = replace(new_master(), routes=())

    assert judged(after(without))["routes"] == ("router-002: no route to 172.27.27.0/27",)


def test_a_destination_on_a_link_of_its_own_need_not_be_learned() -> None:
    link = Interface("vmx2", UP, inet=(Inet("172.27.27.5", 27),))
    connected = replace(new_master(), routes=(), interfaces=(*new_master().interfaces, link))

    assert judged(after(connected)) == {}


def test_a_static_route_is_not_asked_for() -> None:
    static = Route("10.9.0.0/16", "192.0.2.1", "UGS", "vmx0", "inet")
    before = at_start().with_router(replace(with_all(a_router(BLUE)), routes=(LEARNED, static)))

    assert judged(replace(after(), before=before)) == {}


def test_routes_that_cannot_be_read_have_not_converged() -> None:
    unread = replace(new_master(), routes=Unknown("exit 1"))

    assert judged(after(unread))["routes"] == ("router-002: routes cannot be read: exit 1",)


def test_what_was_never_there_is_asked_for_where_it_cannot_be_read() -> None:
    unread = replace(seen(switched(), GREEN), routes=Unknown("exit 1"))

    assert judged(switched().with_router(unread)) == {
        "routes": ("router-002: routes cannot be read: exit 1",)
    }


def test_a_far_end_must_have_its_route_back() -> None:
    setting = replace(a_setting(), remotes=(RemoteRoute("windriver", "172.27.27.0/27"),))
    without = Outside(remotes=(RemoteFacts("windriver", ()),))
    unread = Outside(remotes=(RemoteFacts("windriver", Unknown("no answer")),))

    assert judged(after(outside=without), setting)["remotes"] == (
        "windriver: no route to 172.27.27.0/27",
    )
    assert judged(after(outside=unread), setting)["remotes"] == (
        "windriver: its routes cannot be read",
    )
    assert judged(after(), setting)["remotes"] == ("windriver: its routes cannot be read",)


def test_a_floating_address_that_is_on_its_way_has_not_arrived() -> None:
    moving = Outside(floating=Floating(VIP, GREEN, settled=False))

    assert judged(after(outside=moving))["ipfo"] == (
        f"{VIP} is bound to router-002, a task is under way, wanted router-002",
    )


def test_a_vip_that_does_not_answer_has_not_converged() -> None:
    silent = Outside(answers=(VipAnswer(VIP, 9, 9, 900.0, False),))

    assert judged(after(outside=silent))["probe"] == (f"{VIP} does not answer the probe",)


def test_a_demoted_master_has_not_converged() -> None:
    demoted = with_all(a_router(GREEN, a_vhid(2, MASTER, 100), demotion=240))

    assert judged(after(demoted))["carp"] == ("router-002: net.inet.carp.demotion is 240",)


def test_what_a_backup_lacked_it_may_lack() -> None:
    was = seen(at_start(), GREEN)

    assert standby_as(was, was)


def test_what_a_backup_had_it_must_have() -> None:
    was = with_all(a_router(GREEN))

    verdict = standby_as(with_all(a_router(GREEN), up=False), was)

    assert verdict.reasons == (
        "router-002: tunnel to 203.0.113.30 (gre0 before) is not up",
        "router-002: gre0 is not up",
    )


def test_a_tunnel_of_the_vip_that_only_the_master_had_up_may_be_down_on_a_backup() -> None:
    start = at_start()
    was, peer_was = seen(start, BLUE), seen(start, GREEN)
    now = with_all(a_router(BLUE, a_vhid(2, BACKUP)), up=False)

    assert standby_as(now, was, peer_was)
    assert not standby_as(now, was, with_all(peer_was))


def test_a_tunnel_of_its_own_address_is_up_on_a_backup_too() -> None:
    start = at_start()
    own = replace(a_tunnel(), tunnel=Tunnel("inet", "192.0.2.11", "203.0.113.30"))
    was = replace(seen(start, BLUE), interfaces=(*a_router(BLUE).interfaces, own))
    now = with_all(a_router(BLUE, a_vhid(2, BACKUP)), up=False)

    verdict = standby_as(now, was, seen(start, GREEN))

    assert "router-001: gre0 is not up" in verdict.reasons


def test_a_backup_that_is_not_in_sync_is_not_trusted_yet() -> None:
    catching_up = Interface("pfsync0", UP, pfsync=Pfsync("vmx0", None, syncok=False))

    assert standby_as(a_router(GREEN, more=(catching_up,)), a_router(GREEN)).reasons == (
        "router-002: pfsync is not in sync (syncok: 0)",
    )
