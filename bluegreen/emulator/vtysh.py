"""vtysh -c: what FRR says of OSPF."""

from collections.abc import Callable, Mapping

from bluegreen.emulator.system import NOT_FOUND, Call, System, failed, misused, ok
from bluegreen.model.command import Output
from bluegreen.model.routing import Neighbor
from bluegreen.routing.render import (
    render_neighbors_json,
    render_process_json,
    render_routes_json,
)

_HEADER = (
    "\nNeighbor ID     Pri State           Up Time         Dead Time Address"
    "         Interface                        RXmtL RqstL DBsmL\n"
)


def run(system: System, call: Call) -> Output:
    if system.spec.ospf is None:
        return failed("sh: vtysh: not found", NOT_FOUND)
    if len(call.words) != 2 or call.words[0] != "-c":
        return misused("vtysh [OPTION...]")
    show = _SHOWS.get(call.words[1])
    if show is None:
        return failed("", stdout=f"% Unknown command: {call.words[1]}\n")
    if not system.network.ospf.is_running:
        return failed("", stdout="ospfd is not running\n")
    return ok(show(system))


def _local(system: System) -> dict[str, str]:
    """Return the router's own IPv4 address on each interface."""
    return {i.name: i.inet[0].address for i in system.spec.interfaces if i.inet}


def _table(neighbors: tuple[Neighbor, ...], local: dict[str, str]) -> str:
    """Source: show_ip_ospf_neighbor_sub, FRR 10 ospfd/ospf_vty.c."""
    rows = (
        f"{n.router_id:<15} {n.priority or 0:3d} {n.state + '/-':<15} {'8m29s':<15} "
        f"{'32.912s':>9} {n.address or '':<15} "
        f"{(n.interface or '') + ':' + local.get(n.interface or '', ''):<32} "
        f"{0:5d} {0:5d} {0:5d}\n"
        for n in neighbors
    )
    return _HEADER + "".join(rows) + "\n"


def _router_id(system: System) -> str:
    return system.spec.ospf.router_id if system.spec.ospf else ""


_SHOWS: Mapping[str, Callable[[System], str]] = {
    "show ip ospf": lambda s: f" OSPF Routing Process, Router ID: {_router_id(s)}\n",
    "show ip ospf json": lambda s: render_process_json(_router_id(s)),
    "show ip ospf neighbor": lambda s: _table(s.network.ospf.neighbors(), _local(s)),
    "show ip ospf neighbor json": lambda s: render_neighbors_json(
        s.network.ospf.neighbors(), _local(s)
    ),
    "show ip route ospf json": lambda s: render_routes_json(s.network.ospf.routes()),
}
