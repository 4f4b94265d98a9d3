"""An emulated router answers the whole observation, and the real parsers read it."""

from dataclasses import replace

import pytest
from emulated import A_ROUTER, EPOCH_S, VIP, Router, a_master, a_ufs_router

from bluegreen.freebsd.batch import questions
from bluegreen.freebsd.bectl import parse_environments
from bluegreen.freebsd.df import parse_df
from bluegreen.freebsd.ifconfig import parse_ifconfig
from bluegreen.freebsd.netstat import parse_routes
from bluegreen.freebsd.paths import Paths
from bluegreen.freebsd.pkg import parse_packages
from bluegreen.freebsd.rcconf import parse_rc, parse_redacted
from bluegreen.freebsd.sysctl import boot_time_s, carp_sysctls, parse_sysctl
from bluegreen.freebsd.version import parse_versions
from bluegreen.model.carp import CarpSysctls
from bluegreen.model.network import CarpState, CarpVhid, Route
from bluegreen.model.storage import Space
from bluegreen.model.system import Environment, Package, Versions
from bluegreen.routing.frr import parse_ospf_json

ASKED = questions(Paths(), ("frr",))


def answer(router: Router, fact: str) -> str:
    return router.run(*ASKED[fact]).stdout


def test_every_question_is_known() -> None:
    router = a_master()

    for argv in questions(Paths(), ("frr", "quagga", "bird", "openospfd")).values():
        router.run(*argv)

    assert router.machine.unknown == []


def test_its_vhid_is_read_with_state_skew_peer_and_address() -> None:
    interface = parse_ifconfig(answer(a_master(), "ifconfig"))[0]

    assert interface.carp == (
        CarpVhid(2, CarpState.MASTER, 1, 100, "203.0.113.111", "ff02::12", (VIP,)),
    )
    assert interface.is_up


def test_its_tunnel_is_read_with_both_ends() -> None:
    tunnel = parse_ifconfig(answer(a_master(), "ifconfig"))[1]

    assert tunnel.tunnel == A_ROUTER.interfaces[1].tunnel
    assert tunnel.inet[0].destination == "172.27.27.33"
    assert tunnel.description == "drake_to_ysul"


def test_its_sysctls_and_boot_time_are_read() -> None:
    values = parse_sysctl(answer(a_master(), "sysctl"))

    assert carp_sysctls(values) == CarpSysctls(
        allow=True,
        preempt=True,
        demotion=0,
        ifdown_demotion_factor=240,
        senderr_demotion_factor=240,
        log=1,
        dscp=56,
    )
    assert boot_time_s(values) == EPOCH_S - 86400


def test_without_carp_the_sysctls_are_missing_and_nothing_is_complained_of() -> None:
    router = Router(replace(A_ROUTER, carp_loaded=False))

    output = router.run(*ASKED["sysctl"])

    assert (output.ok, output.stderr) == (True, "")
    assert "net.inet.carp.preempt" not in parse_sysctl(output.stdout)


def test_its_versions_and_environments_are_read() -> None:
    router = a_master()

    assert parse_versions(answer(router, "versions")) == Versions(*["14.2-RELEASE-p1"] * 3)
    assert parse_environments(answer(router, "environments")) == (
        Environment("default", True, True, False, "/", "2.41G", "2026-01-14 20:36"),
    )


def test_a_ufs_root_has_no_environments() -> None:
    output = Router(a_ufs_router()).run(*ASKED["environments"])

    assert (output.code, output.stderr) == (255, 'libbe_init("") failed.\n')


def test_the_vip_is_a_local_route_of_the_master_alone() -> None:
    backup, master = Router(), a_master()

    local = Route(VIP, "link#1", "UHS", "lo0", "inet")
    assert local in parse_routes(answer(master, "routes"))
    assert local not in parse_routes(answer(backup, "routes"))


def test_a_learned_route_is_in_the_fib_once_its_neighbour_is_full() -> None:
    master = a_master()

    learned = Route("172.27.27.0/27", "172.27.27.33", "UG1", "gre0", "inet")
    assert learned in parse_routes(answer(master, "routes"))


def test_its_ospf_is_read_with_neighbour_and_route() -> None:
    master = a_master()

    ospf = parse_ospf_json(*(answer(master, f"frr.{n}") for n in range(3)))

    assert ospf.router_id == "172.27.27.252"
    assert [(n.router_id, n.interface, n.full) for n in ospf.neighbors] == [
        ("10.0.0.33", "gre0", True)
    ]
    assert [(r.prefix, r.next_hops, r.installed) for r in ospf.routes] == [
        ("172.27.27.0/27", ("172.27.27.33",), True)
    ]


@pytest.mark.parametrize("program", ["birdc", "ospfctl"])
def test_a_daemon_that_is_not_installed_is_not_found(program: str) -> None:
    assert Router().run(program, "show").code == 127


def test_its_rc_files_are_read_without_the_password() -> None:
    printed = answer(a_master(), "rc")

    assert "correct-horse" not in printed
    rows = parse_rc(parse_redacted(printed))
    assert [(r.interface, r.vhid, r.advskew, r.peer) for r in rows] == [
        ("vmx1", 2, 100, "203.0.113.111")
    ]


def test_the_state_directory_has_room_of_its_own() -> None:
    spaces = parse_df(answer(a_master(), "spaces"))

    assert [(s.filesystem, s.mountpoint) for s in spaces] == [
        ("zroot/ROOT/default", "/"),
        ("zroot/var/log", "/var/log"),
    ]
    assert isinstance(spaces[0], Space)


def test_packages_and_the_ssh_connection_are_read() -> None:
    router = Router(replace(A_ROUTER, packages=("frr10-10.1.2_1,1", "pkg-1.21.3")))

    assert parse_packages(answer(router, "packages")) == (
        Package("frr10", "10.1.2_1,1"),
        Package("pkg", "1.21.3"),
    )
    assert answer(router, "ssh").split()[::2] == ["192.0.2.1", "192.0.2.11"]


def test_unchanged_state_gives_the_very_same_text() -> None:
    router = a_master()
    before = {fact: answer(router, fact) for fact in ASKED}

    router.wait(30)

    moved = [fact for fact in ASKED if answer(router, fact) is not before[fact]]
    assert moved == ["date"]


def test_an_unknown_program_is_noted() -> None:
    router = Router()

    output = router.run("zpool", "status")

    assert output.code == 127
    assert router.machine.unknown == [("zpool", "status")]


def test_an_unknown_option_is_noted() -> None:
    router = Router()

    output = router.run("bectl", "mount", "default")

    assert output.code == 64
    assert router.machine.unknown == [("bectl", "mount", "default")]
