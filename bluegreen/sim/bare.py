"""Two routers as they come out of the box, for a design to be tried on: addresses and no CARP."""

from collections.abc import Iterator
from ipaddress import ip_interface

from bluegreen.emulator.spec import LO0, InterfaceSpec, MachineSpec
from bluegreen.model.design import Design, VhidDesign
from bluegreen.model.network import Route
from bluegreen.model.pair import Pair
from bluegreen.sim.start import Specs, Start, reach, way_out

FIRST_HOST = 11


def specs_from_design(pair: Pair, design: Design) -> Specs:
    """Return both routers; what the design does not say of them is an example (RFC 5737)."""
    return _spec(pair, design, 0), _spec(pair, design, 1)


def start_of_bare(pair: Pair, design: Design) -> Start:
    """Return that nobody serves anything, and which interfaces share a wire."""
    return Start(frozenset(), cables=cables_of(pair, design))


def cables_of(pair: Pair, design: Design) -> tuple[tuple[str, str], ...]:
    """Return the interfaces of both routers that carry the same vhid."""
    first, second = pair.names
    return tuple(
        dict.fromkeys((v.interface_of(first), v.interface_of(second)) for v in design.vhids)
    )


def _spec(pair: Pair, design: Design, router: int) -> MachineSpec:
    name, rehearsal = pair.names[router], pair.rehearsal
    names = tuple(dict.fromkeys(v.interface_of(name) for v in design.vhids))
    interfaces = tuple(
        InterfaceSpec(
            interface,
            _addresses(design, pair, router, interface),
            ether=f"00:50:56:00:{index:02x}:{FIRST_HOST + router:02x}",
        )
        for index, interface in enumerate(names)
    )
    offered, releases = reach(rehearsal.version, rehearsal.target)
    return MachineSpec(
        name=name,
        interfaces=(*interfaces, LO0),
        vhids=(),
        preempt=False,
        carp_loaded=False,
        kernel=rehearsal.version,
        running=rehearsal.version,
        userland=rehearsal.version,
        offered=offered,
        releases=releases,
        root=rehearsal.root,
        routes=tuple(_routes(design, name, interfaces)),
        packages=("frr10-10.3_1", "pkg-1.21.3") if design.frr else ("pkg-1.21.3",),
        ssh_server=interfaces[0].addresses[0].partition("/")[0],
        files={"/etc/rc.conf": (_rc_conf(name, interfaces), 0o644)},
    )


def _routes(design: Design, name: str, interfaces: tuple[InterfaceSpec, ...]) -> Iterator[Route]:
    """Yield a way out, and unicast peers on the wire itself: addresses here have no network."""
    yield way_out(interfaces[0].name, interfaces[0].addresses[0])
    for vhid in design.vhids:
        for peers in (vhid.peers, vhid.peers6):
            for other, address in peers:
                if other != name:
                    family = "inet6" if ":" in address else "inet"
                    yield Route(address, "link#1", "UHS", vhid.interface_of(name), family)


def _rc_conf(name: str, interfaces: tuple[InterfaceSpec, ...]) -> str:
    own = [f'ifconfig_{i.name}="inet {i.addresses[0]}"' for i in interfaces]
    return "\n".join((f'hostname="{name}.example.net"', 'sshd_enable="YES"', *own, ""))


def _addresses(design: Design, pair: Pair, router: int, interface: str) -> tuple[str, ...]:
    name = pair.names[router]
    here = [v for v in design.vhids if v.interface_of(name) == interface]
    given = [own for vhid in here for own in _given(vhid, name)]
    families = {":" in vip for vhid in here for vip in vhid.vips}
    found = list(dict.fromkeys(given))
    for is_v6 in sorted(families):
        if not any((":" in address) is is_v6 for address in found):
            vip = next(v for vhid in here for v in vhid.vips if (":" in v) is is_v6)
            found.append(_beside(vip, router))
    return tuple(found)


def _given(vhid: VhidDesign, name: str) -> list[str]:
    own = [*dict(vhid.peers).items(), *dict(vhid.peers6).items()]
    return [f"{address}/{128 if ':' in address else 32}" for n, address in own if n == name]


def _beside(vip: str, router: int) -> str:
    """Return an address in the VIP's network, or one of an example network where it has none."""
    network = ip_interface(vip).network
    if network.num_addresses < 2 * FIRST_HOST:
        host = FIRST_HOST + router
        return f"2001:db8:0:ff::{host}/64" if network.version == 6 else f"192.0.2.{host}/24"
    return f"{network.network_address + FIRST_HOST + router}/{network.prefixlen}"
