"""A pair at rest, as the views are given it."""

from bluegreen.model.carp import CarpSysctls
from bluegreen.model.facts import Boot, Outside, PairFacts, RouterFacts, VipAnswer
from bluegreen.model.network import CarpState, CarpVhid, Inet, Interface, Tunnel
from bluegreen.model.routing import Neighbor, Ospf
from bluegreen.model.system import Environment, Versions

VIP, LAN, LAN6 = "198.51.100.230", "192.0.2.1", "2001:db8::1"
UP = ("UP", "RUNNING")


def a_router(
    name: str = "router-001",
    state: CarpState = CarpState.MASTER,
    advskew: int = 0,
    demotion: int = 0,
) -> RouterFacts:
    wan = CarpVhid(2, state, 1, advskew, addresses=(VIP,))
    lan = CarpVhid(3, state, 1, advskew, addresses=(LAN, LAN6))
    return RouterFacts(
        name=name,
        began_s=10.0,
        clock_s=1000.0 + 3 * 86_400,
        controller_s=1000.0 + 3 * 86_400,
        interfaces=(
            Interface("vmx1", UP, inet=(Inet(VIP, 32, 2),), carp=(wan,)),
            Interface("vmx0", UP, inet=(Inet(LAN, 24, 3),), carp=(lan,)),
            Interface("gre0", UP, tunnel=Tunnel("inet", VIP, "203.0.113.30")),
        ),
        carp=CarpSysctls(True, True, demotion, 240, 240),
        versions=Versions("14.2-RELEASE-p1", "14.2-RELEASE-p1", "14.2-RELEASE-p1"),
        boot=Boot(1000.0, None),
        environments=(Environment("default", True, True, False, "/", "2G", "2026-01-01"),),
        jobs=(),
        lock=None,
        hold=None,
        kept=(),
        rc=(),
        ospf=Ospf("frr", "192.0.2.11", (Neighbor("9.9.9.9", None, None, "Full", True),)),
        routes=(),
        packages=(),
        spaces=(),
    )


def a_pair(first: RouterFacts | None = None, second: RouterFacts | None = None) -> PairFacts:
    return PairFacts(
        first or a_router(),
        second or a_router("router-002", CarpState.BACKUP, advskew=100),
        Outside(answers=(VipAnswer(VIP, 10, 0, 12.0, True),)),
    )
