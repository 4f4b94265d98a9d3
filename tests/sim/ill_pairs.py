"""Pairs that are ill in one way each, and what `check` must call it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pairs import BLUE, GREEN, a_pair
from uneven_pairs import Change, as_is, both, with_vhid

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

ILLNESSES: Mapping[str, Illness] = {
    # -- not alike
    "addresses": Illness(
        "addresses-differ",
        "carp",
        "critical",
        green=with_vhid(3, lambda v: replace(v, addresses=v.addresses[:1])),
        fix=f"ifconfig vmx0 inet6 vhid 3 {VIP6}/128 alias",
    ),
    "one side only": Illness(
        "one-sided",
        "carp",
        "critical",
        green=lambda s: replace(s, vhids=s.vhids[:1]),
    ),
    "prefix length": Illness(
        "prefix-differs",
        "carp",
        "warning",
        green=with_vhid(2, lambda v: replace(v, addresses=(f"{VIP}/24",))),
        seen=f"{VIP}/24",
    ),
    "advbase": Illness(
        "advbase-differs",
        "carp",
        "critical",
        green=with_vhid(2, lambda v: replace(v, advbase=3)),
        fix="ifconfig vmx1 vhid 2 advbase 1 peer 192.0.2.11",
    ),
    "multicast on one side": Illness(
        "peers-differ", "peers", "critical", green=with_vhid(2, lambda v: replace(v, peer=None))
    ),
    "a peer that nobody has": Illness(
        "peer-astray",
        "peers",
        "critical",
        green=with_vhid(2, lambda v: replace(v, peer="192.0.2.99")),
        fix="ifconfig vmx1 vhid 2 peer 192.0.2.11",
    ),
    "preempt": Illness(
        "preempt-differs",
        "preempt",
        "warning",
        green=other(preempt=False),
        fix="sysctl net.inet.carp.preempt=1",
    ),
    "password in a file": Illness(
        "password-differs",
        "passwords",
        "critical",
        happens=other_file,
        seen="/etc/rc.conf.d/netif/carp, line 1",
    ),
    "password spelled by a variable": Illness(
        "passwords", "passwords", "unknown", happens=spelled_by_a_variable
    ),
    "release": Illness(
        "os-differs",
        "versions",
        "warning",
        green=other(kernel="14.3-RELEASE", running="14.3-RELEASE", userland="14.3-RELEASE"),
        fix="bluegreen upgrade --pair router-001,router-002",
    ),
    "patch level": Illness(
        "os-differs",
        "versions",
        "note",
        green=other(
            userland="14.2-RELEASE-p2", kernel="14.2-RELEASE-p2", running="14.2-RELEASE-p2"
        ),
    ),
    "routing daemon": Illness(
        "routing-package-differs",
        "versions",
        "warning",
        blue=other(packages=("frr10-10.3_1", "pkg-1.21.3")),
        green=other(packages=("frr10-10.4", "pkg-1.21.3")),
        seen="frr10-10.4",
    ),
    "any package": Illness(
        "packages-differ", "versions", "note", green=other(packages=("pkg-2.0.1",))
    ),
    # -- on the wire
    "both MASTER for their passwords": Illness(
        "both-master", "roles", "critical", green=OTHER_KEY, seen="of them badly signed"
    ),
    "both MASTER for nothing comes through": Illness(
        "both-master", "roles", "critical", happens=separated, seen=" 0 received"
    ),
    "another speaker with the number": Illness(
        "duplicate-vhid",
        "segment",
        "critical",
        happens=on_wire(RIVAL),
        seen="more discarded for bad authentication",
        fix="tcpdump -eni vmx0 ip proto 112",
    ),
    "VRRP beside it": Illness(
        "vrrp-on-wire", "segment", "unknown", happens=on_wire(Stranger("vmx0", 9, vrrp=True))
    ),
    "a copy of a router": Illness(
        "third-router", "segment", "critical", happens=on_wire(COPY), seen="its peer sent"
    ),
    "nobody MASTER for a copy": Illness("no-master", "roles", "critical", happens=on_wire(COPY)),
    "echoes": Illness(
        "looped-advertisements",
        "segment",
        "critical",
        happens=on_wire(echoes=True),
        fix="esxcli system settings advanced set -o /Net/ReversePathFwdCheckPromisc -i 1",
    ),
    "nobody MASTER for echoes": Illness(
        "no-master", "roles", "critical", happens=on_wire(echoes=True)
    ),
    "a cable": Illness("link-down", "carp", "critical", happens=unplugged),
    "INIT": Illness("init", "roles", "critical", happens=unplugged),
    "an adjacency that sticks": Illness(
        "ospf-mtu",
        "adjacencies",
        "warning",
        blue=speaking,
        green=speaking,
        happens=started_anew_on_a_narrow_path,
        seen="10.255.0.9 on vmx0: ExStart",
        fix="ifconfig vmx0",
    ),
    # -- left over
    "demotion": Illness(
        "demoted",
        "maintenance",
        "warning",
        happens=at_console(BLUE, "sysctl", "net.inet.carp.demotion=20"),
        fix="sysctl net.inet.carp.demotion=-20",
    ),
    "maintenance mode": Illness(
        "left-skew",
        "maintenance",
        "warning",
        happens=at_console(GREEN, "ifconfig", "vmx0", "vhid", "3", "advskew", "254"),
        fix="ifconfig vmx0 vhid 3 advskew 100",
    ),
    "CARP switched off": Illness(
        "carp-off",
        "carp",
        "critical",
        happens=at_console(GREEN, "sysctl", "net.inet.carp.allow=0"),
        fix="sysctl net.inet.carp.allow=1",
    ),
    "roles left switched": Illness(
        "hold",
        "hold",
        "warning",
        happens=left("hold", "run=R0\nvmx1 2 100\n"),
        fix="bluegreen restore --pair router-001,router-002",
    ),
    "values that were lent": Illness(
        "leftovers",
        "leftovers",
        "warning",
        happens=left("lent", "run=R0\nnet.inet.carp.senderr_demotion_factor=240\n"),
        seen="lent: net.inet.carp.senderr_demotion_factor=240",
        fix="bluegreen recover --pair router-001,router-002 --plan",
    ),
    "nobody preempts": Illness(
        "takeover",
        "takeover",
        "critical",
        blue=other(preempt=False),
        green=other(preempt=False),
        seen="sysctl net.inet.carp.preempt: 0",
        fix="sysctl net.inet.carp.preempt=1",
    ),
    "an update half done": Illness(
        "half-updated", "maintenance", "warning", green=other(kernel="14.2-RELEASE-p2")
    ),
    # -- ways
    "reached at a VIP": Illness(
        "control-path", "management", "critical", blue=other(ssh_server=VIP4)
    ),
    "answers over a VIP": Illness(
        "control-path",
        "management",
        "critical",
        green=both(over(VIP4), other(ssh_client="9.9.9.9")),
    ),
    "a VIP that its MASTER does not reach": Illness(
        "vip-not-local",
        "vips",
        "warning",
        blue=other(lacks_own_route=(VIP,)),
        fix=f"route add -host {VIP} -interface lo0",
    ),
    "a VIP that its MASTER gets no answer from": Illness(
        "vip-not-local", "vips", "warning", blue=other(lacks_own_route=(VIP,)), active=True
    ),
    "an IPv6 VIP that the BACKUP answers": Illness(
        "vip-kept-by-backup",
        "vips",
        "warning",
        green=other(keeps_own_route=(VIP6,)),
        fix=f"route delete -inet6 -host {VIP6}",
    ),
    "peers over a gateway": Illness(
        "peer-through-gateway",
        "peer-routes",
        "warning",
        green=hosts_only,
        fix='route_peer_vhid2="-host 192.0.2.11 -interface vmx1"',
    ),
    "a way out over a VIP": Illness("mirrors-unreachable", "mirrors", "warning", green=over(VIP4)),
    "a way out through a tunnel": Illness(
        "mirrors-unreachable", "mirrors", "warning", green=through_a_tunnel
    ),
    "no way out": Illness("mirrors-unreachable", "mirrors", "warning", green=without_routes),
    "mirrors that do not answer": Illness(
        "mirrors-unreachable",
        "mirrors",
        "warning",
        green=other(reaches_out=False),
        seen="nc update.FreeBSD.org:80",
        active=True,
    ),
    # -- states
    "no pfsync": Illness(
        "no-pfsync",
        "states",
        "note",
        blue=with_pfsync(lambda _: None),
        green=with_pfsync(lambda _: None),
        fix='pfsync_enable="YES"',
    ),
    "pfsync on one side": Illness(
        "pfsync-one-sided", "states", "warning", green=with_pfsync(lambda _: None)
    ),
    "pfsync of another version": Illness(
        "pfsync-version",
        "states",
        "warning",
        green=with_pfsync(lambda p: replace(p, version=1500)),
        fix="ifconfig pfsync0 version 1400",
    ),
    "states that do not arrive": Illness(
        "pfsync-deaf", "states", "warning", green=other(pfsync_deaf=True), seen=": 0 received of"
    ),
    "a bulk update that failed": Illness(
        "pfsync-bulk-failed",
        "states",
        "warning",
        happens=bulk_failed,
        fix="ifconfig pfsync0 syncdev vmx0",
    ),
    "not in sync": Illness(
        "pfsync", "pfsync", "warning", green=with_pfsync(lambda p: replace(p, syncok=False))
    ),
    "tables far apart": Illness(
        "states-apart", "states", "warning", green=other(states=1000), seen="current entries 1000"
    ),
    "no pf": Illness("pf-off", "states", "warning", green=other(services=("sshd", "devd"))),
}
