"""Cost-out: OSPF leads nobody through a router before it goes down; cost-in gives that back."""

from dataclasses import replace

import pytest
from facts import (
    BACKUP,
    BLUE,
    GREEN,
    MASTER,
    STATE,
    a_pair,
    a_route,
    a_router,
    a_setting,
    a_tunnel,
    a_vhid,
)

from bluegreen.errors import ParseError
from bluegreen.freebsd.ospf_costs import COST_MAX, COSTS_AWK, SAVE, parse_costs
from bluegreen.model.facts import Outside, PairFacts, RemoteFacts, RouterFacts, Unknown
from bluegreen.model.network import Inet
from bluegreen.model.routing import Neighbor, Ospf, OspfCost, OspfInterface
from bluegreen.policy.setting import RemoteRoute
from bluegreen.steps.cost import CostIn, CostOut

OUT, IN = CostOut(a_setting(), BLUE), CostIn(a_setting(), BLUE)
OWN, ITS = "10.255.1.1", "10.255.2.1"  # inner addresses of the tunnels
NOTHING_SET: tuple[OspfCost, ...] = ()


def on_tunnel(facts: RouterFacts, cost: int, costs: tuple[OspfCost, ...] | None) -> RouterFacts:
    """Return a router with a tunnel of its own, a Full neighbour behind it, and the LAN."""
    name = OWN if facts.name == BLUE else ITS
    tunnel = replace(a_tunnel(), inet=(Inet(name, 32),))
    ospf = Ospf(
        "frr",
        name,
        (Neighbor("10.0.0.33", "10.255.0.2", "gre0", "Full", True),),
        interfaces=(
            OspfInterface("gre0", True, area="0.0.0.1", cost=cost),
            OspfInterface("vmx1", True, area="0.0.0.1", cost=cost),
            OspfInterface("vmx0", True),
        ),
    )
    return replace(facts, ospf=ospf, interfaces=(*facts.interfaces, tunnel), costs=costs)


def a_drained_pair(
    cost: int = 10, costs: tuple[OspfCost, ...] | None = None, outside: Outside | None = None
) -> PairFacts:
    blue = on_tunnel(a_router(BLUE, a_vhid(2, BACKUP, 200)), cost, costs)
    green = on_tunnel(a_router(GREEN, a_vhid(2, MASTER, 100)), 10, None)
    return a_pair(blue, green, outside or Outside(), before=a_pair())


def lines(pair: PairFacts, step: CostOut | CostIn = OUT) -> list[str]:
    return [str(command) for order in step.commands(pair) for command in order.commands]


def test_what_links_cost_is_written_down_before_anything_is_raised() -> None:
    (order,) = OUT.commands(a_drained_pair())

    assert [c.argv for c in order.commands] == [
        ("sh", "-c", SAVE, "costs", COSTS_AWK, f"{STATE}/costs")
    ]
    assert order.guard is not None
    assert order.guard.masters == 0


def test_every_interface_that_ospf_runs_on_is_raised_the_lan_as_well() -> None:
    pair = a_drained_pair(costs=NOTHING_SET)

    raised = "vtysh -c 'configure terminal' -c 'interface gre0' -c 'ip ospf cost 65535'"
    assert lines(pair) == [f"{raised} -c 'interface vmx1' -c 'ip ospf cost 65535'"]
    assert OUT.done(pair).reasons == (
        "router-001: gre0 costs 10, not 65535",
        "router-001: vmx1 costs 10, not 65535",
    )


def test_it_is_done_once_all_cost_the_most_there_is() -> None:
    assert OUT.done(a_drained_pair(COST_MAX, NOTHING_SET))


def test_far_ends_that_still_come_this_way_keep_it_from_being_done() -> None:
    setting = replace(a_setting(), remotes=(RemoteRoute("windriver", "172.27.27.0/27"),))

    def judged(gateway: str) -> tuple[str, ...]:
        remote = RemoteFacts("windriver", (a_route("172.27.27.0/27", gateway),))
        pair = a_drained_pair(COST_MAX, NOTHING_SET, Outside(remotes=(remote,)))
        return CostOut(setting, BLUE).done(pair).reasons

    assert judged(OWN) == (f"windriver still reaches 172.27.27.0/27 through router-001 ({OWN})",)
    assert judged(ITS) == ()


def test_a_default_that_costs_do_not_move_keeps_it_from_being_done_too() -> None:
    setting = replace(a_setting(), remotes=(RemoteRoute("windriver", "172.27.27.0/27"),))
    routes = (a_route("172.27.27.0/27", ITS), a_route("default", OWN))
    outside = Outside(remotes=(RemoteFacts("windriver", routes),))

    pair = a_drained_pair(COST_MAX, NOTHING_SET, outside)

    assert CostOut(setting, BLUE).done(pair).reasons == (
        (
            f"windriver still has its default through router-001 ({OWN}), which announces one that "
            "costs do not move: `default-information originate`"
        ),
    )


def test_nothing_is_sent_where_ospf_leads_nobody_here() -> None:
    """A tunnel that ends at a VIP has no adjacency on the router that does not serve."""
    pair = a_drained_pair()
    blue = pair.seen(BLUE)
    assert blue is not None
    assert isinstance(blue.ospf, Ospf)
    alone = replace(blue, ospf=replace(blue.ospf, neighbors=()))
    with_peer = replace(blue.ospf, neighbors=(Neighbor(ITS, ITS, "vmx1", "Full", True),))

    assert OUT.done(pair.with_router(alone))
    assert OUT.done(pair.with_router(replace(blue, ospf=with_peer)))
    assert OUT.done(pair.with_router(replace(blue, ospf=None)))
    assert CostOut(replace(a_setting(), ospf=False), BLUE).done(pair)


def test_costs_go_back_to_what_was_configured_and_else_to_what_frr_computes() -> None:
    saved = (OspfCost("gre0", 20), OspfCost("vmx1", 30, "192.0.2.11"))
    pair = a_drained_pair(COST_MAX, saved)

    tunnel = "-c 'interface gre0' -c 'ip ospf cost 20'"
    lan = "-c 'interface vmx1' -c 'ip ospf cost 30 192.0.2.11' -c 'no ip ospf cost'"
    back = [
        f"vtysh -c 'configure terminal' {tunnel} {lan}",
        f"rm -f {STATE}/costs {STATE}/costs.new",
    ]

    assert lines(pair, IN) == back
    assert [str(c) for o in OUT.undo(pair, a_pair()) for c in o.commands] == back
    assert not IN.done(pair)
    assert IN.done(a_drained_pair())


def test_a_router_that_has_booted_has_its_own_costs_and_only_the_note_goes() -> None:
    assert lines(a_drained_pair(10, NOTHING_SET), IN) == [f"rm -f {STATE}/costs {STATE}/costs.new"]


def test_a_daemon_that_does_not_come_back_is_waited_for_and_has_no_costs_to_give_back() -> None:
    pair = a_drained_pair(COST_MAX, NOTHING_SET)
    blue = pair.seen(BLUE)
    assert blue is not None
    silent = pair.with_router(replace(blue, ospf=Unknown("frr: no answer")))

    assert lines(replace(silent, elapsed_s=29.0), IN) == []
    assert lines(replace(silent, elapsed_s=30.0), IN) == [f"rm -f {STATE}/costs {STATE}/costs.new"]


@pytest.mark.parametrize(
    "text", ["", "gre0 20", "costs\ngre0", "costs\ngre0 x", "costs\ngre0 999999"]
)
def test_saved_costs_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(ParseError, match="saved OSPF costs"):
        parse_costs(text.splitlines())


def test_saved_costs_are_read_with_and_without_an_address() -> None:
    assert parse_costs(["costs", "gre0 20 ", "vmx1 30 192.0.2.11"]) == (
        OspfCost("gre0", 20),
        OspfCost("vmx1", 30, "192.0.2.11"),
    )
