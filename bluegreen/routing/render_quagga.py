"""Quagga's text from values: what an emulated router with Quagga answers.

Sources: ospfd/ospf_vty.c, ospfd/ospf_dump.c and zebra/zebra_vty.c at quagga-1.2.4 (ddece19766),
read 2026-11-30. Its table of neighbours ends without an empty line; zebra prints no legend where
there is no route.
"""

from collections.abc import Mapping, Sequence
from itertools import zip_longest

from bluegreen.model.routing import Neighbor, OspfInterface, OspfRoute
from bluegreen.routing.render import state_of

_BEFORE_FRR = (0, 0)
_HEADER = (
    f"\n{'Neighbor ID':<15} {'Pri':>3} {'State':<15} {'Dead Time':>9} {'Address':<15} "
    f"{'Interface':<20} {'RXmtL':>5} {'RqstL':>5} {'DBsmL':>5}\n"
)
_LEGEND = """\
Codes: K - kernel route, C - connected, S - static, R - RIP,
       O - OSPF, I - IS-IS, B - BGP, P - PIM, A - Babel, N - NHRP,
       > - selected route, * - FIB route

"""
_PROCESS = """\
 OSPF Routing Process, Router ID: {router_id}
 Supports only single TOS (TOS0) routes
 This implementation conforms to RFC2328
 RFC1583Compatibility flag is disabled
 OpaqueCapability flag is disabled
"""
_INTERFACE = """\
{i.name} is up
  ifindex {index}, MTU {i.mtu} bytes, BW 0 Kbit <UP,POINTOPOINT,RUNNING,MULTICAST>
  Internet Address {address}, Area {i.area}
  MTU mismatch detection:enabled
  Router ID {i.router_id}, Network Type {i.network_type}, Cost: {i.cost}
  Transmit Delay is 1 sec, State {i.state}, Priority 1
  No designated router on this network
  No backup designated router on this network
  Multicast group memberships: OSPFAllRouters
  Timer intervals configured, Hello 10s, Dead 40s, Wait 40s, Retransmit 5
    Hello due in 2.719s
  Neighbor Count is {i.neighbors}, Adjacent neighbor count is {i.adjacent}
"""
_OFF = """\
{i.name} is {state}
  ifindex {index}, MTU {i.mtu} bytes, BW 0 Kbit <POINTOPOINT,MULTICAST>
  {why}
"""


def render_neighbors(neighbors: Sequence[Neighbor], local: Mapping[str, str]) -> str:
    """Return ``show ip ospf neighbor``; ``local``: the own address on each interface."""
    rows = (
        f"{n.router_id:<15} {n.priority or 0:3d} {state_of(n, _BEFORE_FRR):<15} "
        f"{'32.912s':>9} {n.address or '':<15} "
        f"{(n.interface or '') + ':' + local.get(n.interface or '', ''):<20} "
        f"{0:5d} {0:5d} {0:5d}\n"
        for n in neighbors
    )
    return _HEADER + "".join(rows)


def render_process(router_id: str) -> str:
    """Return the part of ``show ip ospf`` that holds for any router."""
    return _PROCESS.format(router_id=router_id)


def render_interfaces(interfaces: Sequence[OspfInterface], local: Mapping[str, str]) -> str:
    """Return ``show ip ospf interface``."""
    return "".join(_interface(i, n, local) for n, i in enumerate(interfaces, 1))


def render_routes(routes: Sequence[OspfRoute]) -> str:
    """Return ``show ip route ospf``; a second path stands below the first one."""
    return (_LEGEND if routes else "") + "".join(map(_route, routes))


def _interface(each: OspfInterface, index: int, local: Mapping[str, str]) -> str:
    if each.up and each.area is not None:
        address = f"{local.get(each.name, each.router_id)}/32"
        return _INTERFACE.format(i=each, index=index, address=address)
    why = "OSPF not enabled on this interface"
    if each.area is not None:
        why = "OSPF is enabled, but not running on this interface"
    return _OFF.format(i=each, index=index, state="up" if each.up else "down", why=why)


def _route(each: OspfRoute) -> str:
    chosen, taken = (">", "*") if each.installed else (" ", " ")
    head = f"O{chosen}{taken} {each.prefix} [110/20]"
    lines: list[str] = []
    for hop, interface in zip_longest(each.next_hops, each.interfaces):
        start = f"  {taken}{' ' * (len(head) - 3)}" if lines else head
        path = f"via {hop}, {interface}" if hop else f"is directly connected, {interface}"
        lines.append(f"{start} {path}, 00:08:29\n")
    return "".join(lines)
