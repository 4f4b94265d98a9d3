"""vtysh -c: what FRR and Quagga say of OSPF, each release in its own words."""

from collections.abc import Callable, Mapping

from bluegreen.emulator import site
from bluegreen.emulator.spec import OspfSpec
from bluegreen.emulator.system import NOT_FOUND, Call, System, failed, misused, ok
from bluegreen.freebsd.ospf_costs import COST_MAX
from bluegreen.model.command import Output
from bluegreen.model.routing import Neighbor
from bluegreen.routing import render_quagga
from bluegreen.routing.render import (
    Release,
    render_interfaces_json,
    render_neighbors_json,
    render_process_json,
    render_routes_json,
    state_of,
)
from bluegreen.routing.render_bird import release_of

UNKNOWN = "% Unknown command"  # with the line behind it in FRR, a full stop in Quagga


def run(system: System, call: Call) -> Output:
    if not site.has_vtysh(system):
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
    spec = system.network.ospf.spec
    is_quagga = spec is not None and spec.daemon == "quagga"
    show = (_QUAGGA if is_quagga else _FRR).get(line)
    if show is not None:
        return ok(show(system))
    return failed("", stdout=f"{UNKNOWN}.\n" if is_quagga else f"{UNKNOWN}: {line}\n")


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
                return failed("", stdout=f"{UNKNOWN}: {line}\n")
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


def _table(neighbors: tuple[Neighbor, ...], local: dict[str, str], release: Release) -> str:
    """Source: show_ip_ospf_neighbour_header and _brief, ospfd/ospf_vty.c; up time since FRR 8.2."""
    has_up = release >= (8, 2)
    up, title = (f"{'8m29s':<15} ", f"{'Up Time':<15} ") if has_up else ("", "")
    pri = f"{'Pri':<3}" if has_up else f"{'Pri':>3}"
    dead = f"{'Dead Time':<9}" if has_up else f"{'Dead Time':>9}"
    header = (
        f"\n{'Neighbor ID':<15} {pri} {'State':<15} {title}{dead} {'Address':<15} "
        f"{'Interface':<32} {'RXmtL':>5} {'RqstL':>5} {'DBsmL':>5}\n"
    )
    rows = (
        f"{n.router_id:<15} {n.priority or 0:3d} {state_of(n, release):<15} {up}"
        f"{'32.912s':>9} {n.address or '':<15} "
        f"{(n.interface or '') + ':' + local.get(n.interface or '', ''):<32} "
        f"{0:5d} {0:5d} {0:5d}\n"
        for n in neighbors
    )
    return header + "".join(rows) + "\n"


def _spec(system: System) -> OspfSpec:
    return system.network.ospf.spec or OspfSpec("")


def _release(system: System) -> Release:
    return release_of(_spec(system).version)


Shows = Mapping[str, Callable[[System], str]]
_FRR: Shows = {
    "show ip ospf": lambda s: f" OSPF Routing Process, Router ID: {_spec(s).router_id}\n",
    "show ip ospf json": lambda s: render_process_json(_spec(s).router_id),
    "show ip ospf neighbor": lambda s: _table(s.network.ospf.neighbors(), _local(s), _release(s)),
    "show ip ospf neighbor json": lambda s: render_neighbors_json(
        s.network.ospf.neighbors(), _local(s), _release(s)
    ),
    "show ip ospf interface json": lambda s: render_interfaces_json(
        s.network.ospf.interfaces(), _release(s)
    ),
    "show running-config": running_config,
    "show ip route ospf json": lambda s: render_routes_json(s.network.ospf.routes(), _release(s)),
}
_QUAGGA: Shows = {
    "show ip ospf": lambda s: render_quagga.render_process(_spec(s).router_id),
    "show ip ospf neighbor": lambda s: render_quagga.render_neighbors(
        s.network.ospf.neighbors(), _local(s)
    ),
    "show ip ospf interface": lambda s: render_quagga.render_interfaces(
        s.network.ospf.interfaces(), _local(s)
    ),
    "show running-config": running_config,
    "show ip route ospf": lambda s: render_quagga.render_routes(s.network.ospf.routes()),
}
