"""vtysh -c: what FRR says of OSPF."""

from collections.abc import Callable, Mapping

from bluegreen.emulator import site
from bluegreen.emulator.system import NOT_FOUND, Call, System, failed, misused, ok
from bluegreen.freebsd.ospf_costs import COST_MAX
from bluegreen.model.command import Output
from bluegreen.model.routing import Neighbor
from bluegreen.routing.render import (
    render_interfaces_json,
    render_neighbors_json,
    render_process_json,
    render_routes_json,
)

_HEADER = (
    "\nNeighbor ID     Pri State           Up Time         Dead Time Address"
    "         Interface                        RXmtL RqstL DBsmL\n"
)


def run(system: System, call: Call) -> Output:
    if not site.has_frr(system):
        return failed("sh: vtysh: not found", NOT_FOUND)
    lines = call.words[1::2]
    if not lines or call.words != tuple(word for line in lines for word in ("-c", line)):
        return misused("vtysh [OPTION...]")
    if not system.network.ospf.is_running:
        return failed("", stdout="ospfd is not running\n")
    if lines[0] == "configure terminal":
        return _configure(system, lines[1:])
    return _show(system, lines[0]) if len(lines) == 1 else misused("vtysh [OPTION...]")


def is_question(argv: tuple[str, ...]) -> bool:
    return "configure terminal" not in argv


def _show(system: System, line: str) -> Output:
    show = _SHOWS.get(line)
    return ok(show(system)) if show else failed("", stdout=f"% Unknown command: {line}\n")


def _configure(system: System, lines: tuple[str, ...]) -> Output:
    """Take costs of interfaces; the first line that is none ends it, as vtysh(1) does."""
    interface = ""
    for line in lines:
        match line.split():
            case ["interface", name]:
                interface = name
            case ["ip", "ospf", "cost", cost] if interface and 1 <= int(cost) <= COST_MAX:
                system.network.ospf.set_cost(interface, int(cost))
            case ["no", "ip", "ospf", "cost"] if interface:
                system.network.ospf.set_cost(interface, None)
            case _:
                return failed("", stdout=f"% Unknown command: {line}\n")
    return ok("")


def running_config(system: System) -> str:
    """Return ``show running-config`` as far as costs go (vtysh_write_config, FRR)."""
    blocks = (
        f"interface {name}\n ip ospf cost {cost}\nexit\n!\n"
        for name, cost in sorted(system.network.ospf.costs.items())
    )
    return f"Building configuration...\n\nCurrent configuration:\n!\n{''.join(blocks)}end\n"


def _local(system: System) -> dict[str, str]:
    """Return the router's own IPv4 address on each interface."""
    return {i.name: i.inet[0].address for i in system.network.interfaces if i.inet}


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
    ospf = system.network.ospf.spec
    return ospf.router_id if ospf else ""


_SHOWS: Mapping[str, Callable[[System], str]] = {
    "show ip ospf": lambda s: f" OSPF Routing Process, Router ID: {_router_id(s)}\n",
    "show ip ospf json": lambda s: render_process_json(_router_id(s)),
    "show ip ospf neighbor": lambda s: _table(s.network.ospf.neighbors(), _local(s)),
    "show ip ospf neighbor json": lambda s: render_neighbors_json(
        s.network.ospf.neighbors(), _local(s)
    ),
    "show ip ospf interface json": lambda s: render_interfaces_json(s.network.ospf.interfaces()),
    "show running-config": running_config,
    "show ip route ospf json": lambda s: render_routes_json(s.network.ospf.routes()),
}
