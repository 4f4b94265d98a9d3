"""How a pair is made ill: what is done to its routers, and what happens to it then."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from pairs import GREEN, a_pair
from uneven_pairs import Change, as_is, with_vhid

from bluegreen.emulator.spec import (
    EXAMPLE_KEY,
    InterfaceSpec,
    MachineSpec,
    NeighborSpec,
    OspfSpec,
)
from bluegreen.freebsd.paths import Paths
from bluegreen.model.network import Pfsync, Route, Tunnel
from bluegreen.sim.build import specs_from_rehearsal, start_of_rehearsal
from bluegreen.sim.faults import parse_fault
from bluegreen.sim.strangers import Segment, Stranger
from bluegreen.sim.world import SimWorld, View

Happens = Callable[[SimWorld], None]
SYNCED = Pfsync("vmx0", "224.0.0.240", syncok=True, version=1400, maxupd=128, defer=False)
STATES = 4000
VIP, VIP4, VIP6 = "198.51.100.230", "192.0.2.1", "2001:db8::1"
SETTLED_S = 20.0
AFAR = "203.0.113.99"
CARP_RC = "/etc/rc.conf.d/netif/carp"


def nothing(world: SimWorld) -> None:
    """Leave the pair as it is."""


@dataclass(frozen=True, slots=True)
class Illness:
    """What is done to a pair that is well otherwise, and what it is called then."""

    name: str  # of the finding
    look: str  # under which it stands
    severity: str
    blue: Change = as_is
    green: Change = as_is
    happens: Happens = nothing
    seen: str = ""  # part of the evidence
    fix: str = ""  # part of what is to be typed
    active: bool = False
    kind: str = "edge"
    troubles: tuple[str, ...] = ()  # faults that are there from the start

    def world(self) -> SimWorld:
        """Return the pair as it is when somebody types `check`."""
        world = a_world(self.blue, self.green, kind=self.kind, troubles=self.troubles)
        self.happens(world)
        return world


def synced(spec: MachineSpec) -> MachineSpec:
    """Give a router what the routers of a rehearsal lack: pfsync."""
    sync = InterfaceSpec("pfsync0", mtu=1500, groups=("pfsync",), pfsync=SYNCED)
    *own, lo0 = spec.interfaces
    return replace(spec, states=STATES, interfaces=(*own, sync, lo0))


def a_world(
    blue: Change = as_is,
    green: Change = as_is,
    *,
    kind: str = "edge",
    troubles: tuple[str, ...] = (),
) -> SimWorld:
    """Return a pair, `edge` as a rule, with what each of its routers was made to be."""
    pair = a_pair(kind)
    first, second = (synced(spec) for spec in specs_from_rehearsal(pair))
    return SimWorld(
        (blue(first), green(second)),
        faults=[parse_fault(trouble) for trouble in troubles],
        start=start_of_rehearsal(pair),
        outside=View(ipfo=pair.ipfo),
    )


# -- what is done to a router ----------------------------------------------------


def with_pfsync(change: Callable[[Pfsync], Pfsync | None]) -> Change:
    def changed(spec: MachineSpec) -> MachineSpec:
        return replace(
            spec,
            interfaces=tuple(
                replace(i, pfsync=change(i.pfsync)) if i.pfsync else i for i in spec.interfaces
            ),
        )

    return changed


def over(gateway: str, interface: str = "vmx1") -> Change:
    """Have a router's default route lead over another gateway."""
    route = Route("default", gateway, "UGS", interface, "inet")
    return lambda spec: replace(spec, routes=(route,))


def without_routes(spec: MachineSpec) -> MachineSpec:
    return replace(spec, routes=())


def through_a_tunnel(spec: MachineSpec) -> MachineSpec:
    tunnel = InterfaceSpec(
        "gre0",
        ("172.27.27.252/32",),
        destination="172.27.27.33",
        groups=("gre",),
        tunnel=Tunnel("inet", VIP, "203.0.113.30"),
    )
    *own, lo0 = spec.interfaces
    return over("172.27.27.33", "gre0")(replace(spec, interfaces=(*own, tunnel, lo0)))


def hosts_only(spec: MachineSpec) -> MachineSpec:
    """Have an address of its own, and no network with its peer: all leads over a gateway."""
    return replace(
        spec,
        interfaces=tuple(
            replace(i, addresses=tuple(a.replace("/24", "/32") for a in i.addresses))
            if i.name == "vmx1"
            else i
            for i in spec.interfaces
        ),
    )


def other(**values: object) -> Change:
    return lambda spec: replace(spec, **values)  # type: ignore[arg-type]


# -- what happens to a world -----------------------------------------------------


def on_wire(*strangers: Stranger, echoes: bool = False) -> Happens:
    def joined(world: SimWorld) -> None:
        world.network.join(Segment(strangers, echoes))

    return joined


def at_console(router: str, *argv: str) -> Happens:
    def typed(world: SimWorld) -> None:
        assert world.at_console(router, *argv).ok

    return typed


def left(name: str, text: str) -> Happens:
    """Have a file of a run on a router."""

    def lies(world: SimWorld) -> None:
        at_console(GREEN, "mkdir", "-p", Paths().state)(world)
        world.machine(GREEN).files.write(f"{Paths().state}/{name}", text)

    return lies


def unplugged(world: SimWorld) -> None:
    world.network.unplug(1, "vmx1")


def separated(world: SimWorld) -> None:
    world.network.cut = True


def speaking(spec: MachineSpec) -> MachineSpec:
    """Give a router an OSPF neighbour on the LAN."""
    ospf = OspfSpec(
        f"10.255.255.{spec.name[-1]}", (NeighborSpec("10.255.0.9", "192.0.2.99", "vmx0"),)
    )
    return replace(spec, ospf=ospf, packages=(*spec.packages, "frr10-10.3"))


def started_anew_on_a_narrow_path(world: SimWorld) -> None:
    machine = world.machine(GREEN)
    machine.faults.ospf_stuck = True
    machine.run(("service", "frr", "restart"), "", world.network.now)
    world.network.touched(1)


def other_file(world: SimWorld) -> None:
    """Change the password in a file, and nothing that runs."""
    _rewrite(world, "correct-horse", "correct-cart")


def spelled_by_a_variable(world: SimWorld) -> None:
    _rewrite(world, "correct-horse", "$carp_pass")


def _rewrite(world: SimWorld, old: str, new: str) -> None:
    files = world.machine(GREEN).files
    node = files.node(CARP_RC)
    files.put(CARP_RC, replace(node, text=(node.text or "").replace(old, new)))


def bulk_failed(world: SimWorld) -> None:
    world.machine(GREEN).kernel_says(
        "carp: demoted by 240 to 240 (pfsync bulk start)",
        "carp: demoted by -240 to 0 (pfsync bulk fail)",
    )


OTHERS = {"password": "battery-staple"}
OTHER_KEY = with_vhid(3, lambda v: replace(v, **OTHERS))
RIVAL = Stranger("vmx0", 3, (VIP4, VIP6), **OTHERS)
COPY = Stranger("vmx0", 3, (VIP4, VIP6), EXAMPLE_KEY)
