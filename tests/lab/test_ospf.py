"""FRR over GRE in user space: adjacencies, routes, and what bluegreen reads of them."""

import re
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from gre_net import (
    BEHIND,
    FAR_INNER,
    INNER,
    NEAR_INNER,
    REAL,
    VIP,
    Frr,
    GreNet,
    far_tunnel,
    gre_net,
    tunnel,
    wait_for,
)

from bluegreen.freebsd.netstat import parse_routes
from bluegreen.lab.frr import FrrInterface, FrrSpec
from bluegreen.lab.programs import Fib, programs
from bluegreen.lab.vty import DIRECT
from bluegreen.model.network import Route
from bluegreen.model.routing import Neighbor, OspfRoute
from bluegreen.routing.interfaces import parse_ospf_interfaces
from bluegreen.routing.router_id import parse_router_id

GRE = FrrInterface("gre0", point_to_point=True)
ROUTER_IDS = {"a": "10.255.255.1", "b": "10.255.255.2", "far": "10.255.255.30"}
LEARNED = Route(INNER, NEAR_INNER, "UG1", "gre0", "inet")


@pytest.fixture
def net(tmp_path: Path) -> Iterator[GreNet]:
    with gre_net(tmp_path) as made:
        yield made


def start_router(net: GreNet, place: str) -> Frr:
    inner = FrrInterface("vmx2", passive=True)
    return net.route(place, FrrSpec(place, ROUTER_IDS[place], (GRE, inner)))


def start_far(net: GreNet) -> Frr:
    return net.route("far", FrrSpec("far", ROUTER_IDS["far"], (GRE, FrrInterface("lo"))))


def start_pair_on_the_vip(net: GreNet) -> tuple[Frr, Frr, Frr]:
    """Return a, b and the far end; a has the VIP."""
    net.ip("a", f"address add {VIP}/32 dev vmx1")
    for router in ("a", "b"):
        net.carry(router, tunnel(VIP))
    net.carry("far", far_tunnel(VIP))
    return start_router(net, "a"), start_router(net, "b"), start_far(net)


def is_full(frr: Frr, router_id: str) -> bool:
    """Whether these, and only these, are Full."""
    return frr.answers() and {n.router_id for n in frr.ospf().neighbors if n.full} == {router_id}


def test_two_frr_become_full_over_gre_and_the_far_end_learns_the_inner_network(
    net: GreNet,
) -> None:
    net.carry("a", tunnel(REAL["a"]))
    net.carry("far", far_tunnel(REAL["a"]))

    near, far = start_router(net, "a"), start_far(net)

    wait_for(lambda: is_full(far, ROUTER_IDS["a"]), "Full seen from the far end")
    wait_for(lambda: LEARNED in parse_routes(net.netstat("far")), "the far end's FIB")
    read = near.ospf()
    assert read.router_id == ROUTER_IDS["a"]
    assert read.neighbors == (
        Neighbor(ROUTER_IDS["far"], FAR_INNER, "gre0", "Full", full=True, role=None, priority=1),
    )
    assert OspfRoute(BEHIND, (FAR_INNER,), ("gre0",), installed=True) in read.routes
    assert "3 received" in net.run("far", "ping", "-qc3", "-i0.01", "172.27.27.2")


def test_what_is_asked_of_a_daemon_itself_is_what_vtysh_prints(net: GreNet) -> None:
    net.carry("a", tunnel(REAL["a"]))
    net.carry("far", far_tunnel(REAL["a"]))
    near, far = start_router(net, "a"), start_far(net)
    wait_for(lambda: is_full(near, ROUTER_IDS["far"]), "Full")
    wait_for(lambda: LEARNED in parse_routes(net.netstat("far")), "the far end's FIB")

    for question in DIRECT:
        asked, printed = far.ask(question), far.real_vtysh(question)

        assert _without_time(asked.stdout) == _without_time(printed.stdout)
        assert (asked.stderr, asked.code) == (printed.stderr, printed.code)
        assert asked.stdout.strip()


def test_of_a_daemon_that_is_gone_it_says_what_vtysh_says(net: GreNet) -> None:
    frr = start_far(net)
    wait_for(frr.answers, "FRR answers")

    frr.signal("ospfd", "KILL")
    wait_for(lambda: not frr.ask("show ip ospf json").ok, "ospfd is gone")
    without_ospfd = frr.ask("show ip ospf json")
    told_without_ospfd = frr.real_vtysh("show ip ospf json")
    frr.signal("zebra", "KILL")
    wait_for(lambda: not frr.ask("show ip route ospf json").ok, "zebra is gone")

    assert without_ospfd == told_without_ospfd
    assert without_ospfd.stderr == "ospfd is not running\n"
    assert frr.ask("show ip ospf json") == frr.real_vtysh("show ip ospf json")


def test_of_a_daemon_that_hangs_it_says_so_and_everything_else_is_asked_of_vtysh(
    net: GreNet,
) -> None:
    frr = start_far(net)
    wait_for(frr.answers, "FRR answers")

    shown = frr.ask("show ip ospf interface lo json")
    refused, told = frr.ask("show nonsense"), frr.real_vtysh("show nonsense")
    frr.signal("ospfd", "STOP")
    hung = frr.ask("show ip ospf json")

    assert [i.name for i in parse_ospf_interfaces(shown.stdout)] == ["lo"]
    assert refused == told
    assert hung.stderr == "ospfd does not answer within 0.25 s\n"
    assert hung.code == 1


def test_programs_answer_for_vtysh_and_netstat_alone(net: GreNet) -> None:
    frr, fib = start_far(net), Fib()
    wait_for(frr.answers, "FRR answers")

    with closing(fib):
        answer, down = programs(lambda: frr.root, fib), programs(lambda: None, fib)
        vtysh = answer(("/usr/local/bin/vtysh", "-c", "show ip ospf json"), "")
        netstat = answer(("netstat", "-rn"), "")

        assert vtysh is not None
        assert parse_router_id(vtysh.stdout) == ROUTER_IDS["far"]
        assert netstat is not None
        assert netstat.stdout.startswith("Routing tables\n")
        assert answer(("netstat", "-i"), "") is None
        assert answer(("ifconfig", "-a"), "") is None
        assert down(("vtysh", "-c", "show ip ospf json"), "") is None


def test_a_route_that_comes_later_is_told_by_the_same_reader(net: GreNet) -> None:
    add = "import subprocess; subprocess.run(['ip', 'route', 'add', '192.0.2.0/24', 'dev', 'vmx1'])"
    look = "from bluegreen.lab.programs import Fib; fib = Fib(); print(fib.netstat())"

    said = net.run(
        "a", sys.executable, "-c", f"{look}; {add}; print('later'); print(fib.netstat())"
    )

    before, _, after = said.partition("later\n")
    came = set(parse_routes(after)) - set(parse_routes(before))
    assert came == {Route("192.0.2.0/24", "link#2", "US", "vmx1", "inet")}


def test_when_the_vip_moves_the_far_end_is_full_with_the_other_router_and_keeps_the_route(
    net: GreNet,
) -> None:
    _, _, far = start_pair_on_the_vip(net)
    wait_for(lambda: is_full(far, ROUTER_IDS["a"]), "Full with a")
    wait_for(lambda: LEARNED in parse_routes(net.netstat("far")), "learned from a")
    monitor = net.start("far", "ip", "monitor", "route")

    net.move_vip("a", "b")
    wait_for(lambda: is_full(far, ROUTER_IDS["b"]), "Full with b alone")
    through_b = net.run("far", "ping", "-qc3", "-i0.01", "172.27.27.3")
    net.move_vip("b", "a")
    wait_for(lambda: is_full(far, ROUTER_IDS["a"]), "Full with a alone")
    through_a = net.run("far", "ping", "-qc3", "-i0.01", "172.27.27.2")

    monitor.terminate()
    assert "3 received" in through_b
    assert "3 received" in through_a
    assert monitor.communicate()[0] == ""
    assert LEARNED in parse_routes(net.netstat("far"))


def test_the_far_end_loses_the_inner_network_with_the_vip_and_learns_it_again_with_it(
    net: GreNet,
) -> None:
    _, _, far = start_pair_on_the_vip(net)
    wait_for(lambda: LEARNED in parse_routes(net.netstat("far")), "learned from a")

    net.ip("a", f"address delete {VIP}/32 dev vmx1")
    wait_for(lambda: LEARNED not in parse_routes(net.netstat("far")), "lost")
    adjacent = far.ospf().neighbors
    net.give_vip("b")

    wait_for(lambda: LEARNED in parse_routes(net.netstat("far")), "learned from b")
    assert adjacent == ()
    assert is_full(far, ROUTER_IDS["b"])


def test_without_a_router_id_ospfd_takes_the_vip_that_is_there_when_it_starts(
    net: GreNet,
) -> None:
    net.ip("a", f"address add {VIP}/32 dev vmx1")

    frr = net.route("a", FrrSpec("a", None, (FrrInterface("vmx2", passive=True),)))

    wait_for(lambda: frr.answers() and frr.ospf().router_id == VIP, "the VIP as router-id")


@pytest.mark.parametrize("bug166462", [False, True])
def test_a_backup_with_freebsd_bug_166462_speaks_ospf_with_the_vip_as_source(
    net: GreNet, bug166462: bool
) -> None:
    net.carry("b", replace(tunnel(VIP), bug166462=bug166462))
    backup = start_router(net, "b")
    wait_for(backup.answers, "FRR answers")
    capture = net.capture("far", f"proto 47 and src {VIP}")

    net.ping("b", "-c", "6", "-i", "0.5", FAR_INNER)  # longer than from Hello to Hello

    assert any("OSPFv2, Hello" in line for line in capture.lines()) is bug166462


def _without_time(text: str) -> str:
    """Every number but addresses: timers and counters go on between two questions."""
    return re.sub(r"(?<![\d.])[\d:]+(?:\.\d+)?(?:ms|s|m\d+s)?(?![\d.])", "N", text)
