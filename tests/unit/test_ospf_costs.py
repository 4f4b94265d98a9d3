"""What OSPF's links cost, on an emulated router: the questions, the orders, and a real awk."""

import subprocess
from dataclasses import replace

from emulated import A_ROUTER, OSPF, Router, a_master

from bluegreen.freebsd.ospf_costs import (
    COST_MAX,
    COSTS_AWK,
    give_costs_back,
    parse_costs,
    raise_costs,
    save_costs,
)
from bluegreen.freebsd.paths import Paths
from bluegreen.model.routing import OspfCost
from bluegreen.routing.interfaces import parse_ospf_interfaces

PATHS = Paths()
SPEC = replace(A_ROUTER, ospf=replace(OSPF, passive=("vmx1",), costs=(("gre0", 20),)))
RUNNING_CONFIG = """\
Building configuration...

Current configuration:
!
frr version 10.3
interface gre0
 ip ospf area 0
 ip ospf cost 20
 ip ospf message-digest-key 1 md5 s3cret
exit
!
interface vmx1
 ip ospf cost 30 192.0.2.11
exit
!
router ospf
 ospf router-id 172.27.27.252
exit
!
end
"""


def costs(router: Router) -> dict[str, int | None]:
    said = router.run("vtysh", "-c", "show ip ospf interface json")
    return {i.name: i.cost for i in parse_ospf_interfaces(said.stdout)}


def saved(router: Router) -> tuple[OspfCost, ...]:
    return parse_costs(router.run("cat", PATHS.costs).stdout.splitlines())


def test_costs_are_raised_and_come_back_as_they_were() -> None:
    router = a_master(SPEC)
    router.run("mkdir", "-p", PATHS.state)
    before = costs(router)

    router.do([save_costs(PATHS), raise_costs(("gre0", "vmx1"), ())])
    raised, kept = costs(router), saved(router)
    router.do(give_costs_back(("gre0", "vmx1"), kept, PATHS))

    assert before == {"gre0": 20, "vmx1": 10}
    assert raised == {"gre0": COST_MAX, "vmx1": COST_MAX}
    assert kept == (OspfCost("gre0", 20),)
    assert costs(router) == before
    assert not router.run("cat", PATHS.costs).ok


def test_a_daemon_that_is_started_anew_has_forgotten_what_was_typed() -> None:
    router = a_master(SPEC)
    router.do([raise_costs(("gre0", "vmx1"), ())])

    router.run("service", "frr", "restart")

    assert costs(router) == {"gre0": 20, "vmx1": 10}


def test_nothing_is_written_down_of_a_daemon_that_does_not_run() -> None:
    router = a_master(SPEC)
    router.run("mkdir", "-p", PATHS.state)
    router.run("service", "frr", "stop")

    (said,) = router.do([save_costs(PATHS)])

    assert not said.ok
    assert not router.run("cat", PATHS.costs).ok


def test_of_a_configuration_only_costs_are_kept_and_no_key() -> None:
    said = subprocess.run(
        ["awk", COSTS_AWK], input=RUNNING_CONFIG, capture_output=True, text=True, check=True
    )

    assert parse_costs(said.stdout.splitlines()) == (
        OspfCost("gre0", 20),
        OspfCost("vmx1", 30, "192.0.2.11"),
    )
