"""Pairs as nobody here has drawn them: any vhids, families, peers, skews, names and systems."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st
from pairs import a_strategy
from runs import Story

from bluegreen.cli.execute import dialect_of
from bluegreen.cli.request import Request, choose_blue
from bluegreen.emulator.spec import (
    LO0,
    InterfaceSpec,
    MachineSpec,
    NeighborSpec,
    OspfSpec,
    VhidSpec,
)
from bluegreen.engine.observer import Observer
from bluegreen.model.facts import PairFacts
from bluegreen.model.network import Tunnel, Vlan
from bluegreen.model.pair import Pair, Rehearsal, Router
from bluegreen.sim.faults import Fault
from bluegreen.sim.start import Specs, Start, bare, reach
from bluegreen.sim.world import SimWorld

NAMES = ("router-001", "router-002")
INTERFACES = (
    "vmx0",
    "em1",
    "igb2",
    "ix0.100",
    "vlan10",
    "lagg0.20",
    "epair0b",
    "bridge0",
    "vtnet3",
)
RUNNING = "14.2-RELEASE-p1"
TARGET = "14.2-RELEASE-p2"
SETTLED_S = 10.0
LEFT_OVER = (0, 0, 0, 0, 0, 0, 1, 240, 480, -240)


@dataclass(frozen=True, slots=True)
class Network:
    """A pair, and what is so when a run begins."""

    specs: Specs
    start: Start | None
    strategy: str
    seed: int

    @property
    def pair(self) -> Pair:
        routers = tuple(Router(s.name, s.ssh_server) for s in self.specs)
        rehearsal = Rehearsal(RUNNING, TARGET, ())
        return Pair("edge", (routers[0], routers[1]), rehearsal)

    def world(self, faults: tuple[Fault, ...] = ()) -> SimWorld:
        return SimWorld(self.specs, self.seed, faults, start=self.start)

    def __repr__(self) -> str:
        """Tell only what differs from what it would be by default."""
        return f"Network({'; '.join((*_told(self), self.strategy))})"


def _told(network: Network) -> Iterator[str]:
    for spec in network.specs:
        vhids = ", ".join(
            f"{v.vhid}@{v.interface} {v.advbase}/{v.advskew}"
            f" {'unicast ' if v.peer or v.peer6 else ''}{' '.join(v.addresses)}"
            for v in spec.vhids
        )
        yield (
            f"{spec.name}: {vhids}; preempt {spec.preempt}; {spec.userland} of {spec.offered}; "
            f"{spec.root}{'; ospf' if spec.ospf else ''}"
            f"{'; gre' if any(i.tunnel for i in spec.interfaces) else ''}"
        )
    if network.start:
        yield f"{sorted(network.start.masters)} demoted {network.start.demotions}"


def a_run_on(network: Network, faults: tuple[Fault, ...] = ()) -> Story:
    """Return an upgrade of a pair that has not begun; blue is whoever serves."""
    world, pair = network.world(faults), network.pair
    world.network.advance(SETTLED_S)  # what was left over moves roles, and nobody of ours did it
    blue = choose_blue(pair, look_at(world, pair))
    request = Request("upgrade", pair, a_strategy(network.strategy), blue, "R1")
    return Story(request, world)


def look_at(world: SimWorld, pair: Pair) -> PairFacts:
    return Observer(world.doors(), dialect_of(pair)).look()


# -- drawing ------------------------------------------------------------------------


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Draw a pair; three of four are fit for an upgrade, as far as is known here."""
    fit = draw(st.sampled_from((True, True, True, False)))
    wires = draw(st.integers(1, 3))
    names = draw(_interface_names(wires))
    vhids = _vhids(wires, _FIT_SKEWS if fit else _ANY_SKEWS)
    shapes = draw(st.lists(vhids, min_size=1, max_size=8, unique_by=lambda v: v[1].vhid))
    preempt = (True, True) if fit else draw(st.sampled_from(_PREEMPT))
    versions = draw(_versions())
    tunnel = draw(st.booleans())
    neighbors = draw(st.integers(0, 2)) if tunnel or draw(st.booleans()) else 0
    root = draw(st.sampled_from(("zfs", "zfs", "ufs")))
    bodies = [_machine(router, names, shapes) for router in (0, 1)]
    if tunnel:
        bodies = [_with_tunnel(body, neighbors) for body in bodies]
    elif neighbors:
        bodies = [_with_neighbors(body, neighbors) for body in bodies]
    specs = tuple(
        replace(
            body,
            preempt=preempt[router],
            root=root,
            kernel=versions[router],
            running=versions[router],
            userland=versions[router],
            offered=reach(versions[router], TARGET)[0],
        )
        for router, body in enumerate(bodies)
    )
    assert len(specs) == 2
    return Network(
        specs,
        draw(_start(specs, (0,) if fit else LEFT_OVER)),
        draw(st.sampled_from(("active-first", "idle-first"))),
        draw(st.integers(0, 1000)),
    )


@st.composite
def _interface_names(draw: st.DrawFn, wires: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what each router calls its end of each wire."""
    listed = st.lists(st.sampled_from(INTERFACES), min_size=wires, max_size=wires, unique=True)
    first = tuple(draw(listed))
    return first, first if draw(st.booleans()) else tuple(draw(listed))


@st.composite
def _vhids(
    draw: st.DrawFn, wires: int, any_skews: st.SearchStrategy[tuple[int, int]]
) -> tuple[int, VhidSpec, int]:
    """Return a vhid's wire, what both routers have of it, and the other one's skew."""
    wire = draw(st.integers(0, wires - 1))
    number = draw(st.integers(1, 255))
    families = draw(st.sampled_from(((4,), (6,), (4, 6), (4, 4), (6, 4, 4))))
    lengths = {4: draw(st.sampled_from((24, 32, 28))), 6: draw(st.sampled_from((64, 128)))}
    addresses = tuple(
        f"198.51.{100 + wire}.{number}/{lengths[4]}".replace(
            "198.51", f"198.{51 + families[:at].count(4)}"
        )
        if family == 4
        else f"2001:db8:{wire + 1:x}:1::{number:x}/{lengths[6]}"
        for at, family in enumerate(families)
    )
    skews = draw(any_skews)
    base = draw(st.sampled_from((1, 1, 1, 2, 3)))
    unicast = draw(st.booleans())
    vhid = VhidSpec("", number, addresses, skews[0], base, peer="" if unicast else None)
    return wire, vhid, skews[1]


_PREEMPT = ((True, True), (True, True), (False, False), (True, False), (False, True))
_SKEWS = ((0, 100), (100, 0), (0, 1), (50, 50), (0, 219), (0, 220), (240, 0), (200, 240), (10, 12))
_ANY_SKEWS = st.tuples(st.integers(0, 254), st.integers(0, 254)) | st.sampled_from(_SKEWS)
_FIT_SKEWS = st.tuples(st.integers(0, 199), st.integers(0, 198)).map(
    lambda skews: (skews[0], skews[1] + (skews[1] >= skews[0]))
)


def _machine(
    router: int,
    names: tuple[tuple[str, ...], tuple[str, ...]],
    shapes: list[tuple[int, VhidSpec, int]],
) -> MachineSpec:
    own, peers = (
        [(f"192.0.{2 + wire}.{host}", f"2001:db8:{wire + 1:x}::{host}") for wire in range(3)]
        for host in (11 + router, 12 - router)
    )
    interfaces = tuple(
        InterfaceSpec(
            name,
            (f"{own[wire][0]}/24", f"{own[wire][1]}/64"),
            ether=f"00:50:56:00:{wire:02x}:{11 + router:02x}",
            vlan=Vlan(10, "ix9") if "." in name or name.startswith("vlan") else None,
        )
        for wire, name in enumerate(names[router])
    )
    vhids = tuple(
        replace(
            vhid,
            interface=names[router][wire],
            advskew=(vhid.advskew, other)[router],
            peer=_named(vhid, 4, peers[wire][0]),
            peer6=_named(vhid, 6, peers[wire][1]),
        )
        for wire, vhid, other in shapes
    )
    return MachineSpec(
        name=NAMES[router],
        interfaces=(*interfaces, LO0),
        vhids=vhids,
        ssh_server=own[0][0],
    )


def _named(vhid: VhidSpec, family: int, peer: str) -> str | None:
    """Name the peer of a unicast vhid that has addresses of a family."""
    there = any((":" in address) == (family == 6) for address in vhid.addresses)
    return peer if vhid.peer is not None and there else None


def _with_tunnel(spec: MachineSpec, neighbors: int) -> MachineSpec:
    """Add a GRE tunnel that begins at the first vhid's address, and who is behind it."""
    first = next((v for v in spec.vhids if ":" not in v.addresses[0]), None)
    if first is None:
        return _with_neighbors(spec, neighbors)
    tunnel = InterfaceSpec(
        "gre0",
        ("172.27.27.252/32",),
        mtu=1476,
        destination="172.27.27.33",
        groups=("gre",),
        tunnel=Tunnel("inet", bare(first.addresses[0]), "203.0.113.30"),
    )
    behind = NeighborSpec(
        "10.255.0.1", "172.27.27.33", "gre0", ("10.100.0.0/16",), follows_vhid=first.vhid
    )
    spec = replace(spec, interfaces=(*spec.interfaces[:-1], tunnel, LO0))
    return _with_neighbors(spec, neighbors, *((behind,) if neighbors else ()))


def _with_neighbors(spec: MachineSpec, count: int, *behind: NeighborSpec) -> MachineSpec:
    """Have FRR know routers on the first wire, besides those behind tunnels."""
    if not count:
        return spec
    beside = tuple(
        NeighborSpec(
            f"10.255.1.{index + 1}",
            f"192.0.2.{100 + index}",
            spec.interfaces[0].name,
            (f"10.{200 + index}.0.0/16",),
        )
        for index in range(count - len(behind))
    )
    router_id = f"10.255.255.{spec.name[-1]}"
    return replace(
        spec, ospf=OspfSpec(router_id, (*behind, *beside)), packages=("frr10-10.3_1", "pkg-1.21.3")
    )


@st.composite
def _versions(draw: st.DrawFn) -> tuple[str, str]:
    """Return what each router runs; one or both may be on the target already."""
    known = (RUNNING, RUNNING, RUNNING, "14.2-RELEASE", TARGET)
    return draw(st.sampled_from(known)), draw(st.sampled_from(known))


@st.composite
def _start(draw: st.DrawFn, specs: Specs, left_over: Sequence[int]) -> Start | None:
    """Return who serves, and what was left behind by whoever was here before."""
    demotions = tuple(
        (spec.name, demotion) for spec in specs if (demotion := draw(st.sampled_from(left_over)))
    )
    if not demotions and draw(st.booleans()):
        return None
    masters = frozenset(
        (specs[router].name, specs[router].vhids[at].interface, vhid.vhid)
        for at, vhid in enumerate(specs[0].vhids)
        for router in [draw(st.integers(0, 1))]
    )
    return Start(masters, demotions)


# -- what is in the way of an upgrade, by the words of the documentation ---------------


def obstacles(network: Network) -> tuple[str, ...]:
    """Return a word of each reason to refuse; () where none is known."""
    return tuple(dict.fromkeys(_obstacles(network)))


def _obstacles(network: Network) -> Iterator[str]:
    first, second = network.specs
    if network.start and network.start.demotions:
        yield "net.inet.carp.demotion is"
    if not (first.preempt and second.preempt):
        yield "preempt"
