"""More pairs that are ill in one way each: without an answer, unfit for an upgrade, without what
must follow the VIP."""

from collections.abc import Mapping
from dataclasses import replace

from ill_makers import (
    CARP_RC,
    VIP,
    VIP4,
    Happens,
    Illness,
    at_console,
    other,
    over,
    speaking,
)
from pairs import BLUE, GREEN
from uneven_pairs import Change

from bluegreen.emulator.spec import (
    Durations,
    InterfaceSpec,
    MachineSpec,
    NeighborSpec,
    OspfSpec,
    VhidSpec,
)
from bluegreen.freebsd.commands import start_job
from bluegreen.freebsd.paths import Paths
from bluegreen.model.command import Effect
from bluegreen.model.network import Tunnel
from bluegreen.sim.world import SimWorld

FAR = "10.255.0.9"
RC_LOCAL = "/etc/rc.conf.local"


def denied(*words: str) -> Change:
    """Have a router refuse what begins with these words."""
    return other(denied=(words,))


def also(vhid: VhidSpec) -> Change:
    return lambda spec: replace(spec, vhids=(*spec.vhids, vhid))


def without_vhids(spec: MachineSpec) -> MachineSpec:
    return replace(spec, vhids=())


def with_neighbor(neighbor: NeighborSpec | None, router_id: str | None = None) -> Change:
    """Give a router OSPF with a neighbour, or with none."""

    def changed(spec: MachineSpec) -> MachineSpec:
        own = router_id or f"10.255.255.{spec.name[-1]}"
        ospf = OspfSpec(own, (neighbor,) if neighbor else (), spoken=("vmx0",))
        return replace(spec, ospf=ospf, packages=(*spec.packages, "frr10-10.3"))

    return changed


def staying(state: str) -> Change:
    return with_neighbor(NeighborSpec(FAR, "192.0.2.99", "vmx0", stays=state))


def behind_a_vip(spec: MachineSpec) -> MachineSpec:
    """Give a router a tunnel that ends at a VIP, and a neighbour behind it."""
    tunnel = InterfaceSpec(
        "gre0",
        (f"172.27.27.{spec.name[-1]}/32",),
        destination="172.27.27.33",
        groups=("gre",),
        tunnel=Tunnel("inet", VIP, "203.0.113.30"),
    )
    *own, lo0 = spec.interfaces
    neighbor = NeighborSpec(FAR, "172.27.27.33", "gre0", follows_vhid=2)
    return with_neighbor(neighbor)(replace(spec, interfaces=(*own, tunnel, lo0)))


def powered_off(name: str) -> Happens:
    return lambda world: world.network.power_off([BLUE, GREEN].index(name))


def closed(name: str) -> Happens:
    """Have nobody get in any more; the kernel goes on."""

    def shut(world: SimWorld) -> None:
        world.machine(name).faults.sshd_hangs = True

    return shut


def unplugged_both(world: SimWorld) -> None:
    for router in (0, 1):
        world.network.unplug(router, "vmx0")


def unplugged_all(world: SimWorld) -> None:
    unplugged_both(world)
    for router in (0, 1):
        world.network.unplug(router, "vmx1")


def ahead(world: SimWorld) -> None:
    world.machine(GREEN).faults.clock_offset_s = 3600.0


def full(world: SimWorld) -> None:
    world.machine(GREEN).faults.disk_full = True


def in_file(path: str, old: str, new: str) -> Happens:
    """Change a file of green's; where there is nothing to change, add to it."""

    def changed(world: SimWorld) -> None:
        files = world.machine(GREEN).files
        node = files.find(path)
        text = (node.text if node else None) or ""
        assert old in text
        files.write(path, text.replace(old, new) if old else text + new)

    return changed


def at_work(world: SimWorld) -> None:
    """Have a job of another run be under way."""
    words = ("freebsd-update", "--not-running-from-cron", "fetch")
    for command in start_job(Paths(), "stage", "R0", words, Effect.JOB):
        world.machine(GREEN).run(command.argv, command.reads, world.network.now)


MORE: Mapping[str, Illness] = {
    # -- nobody answers
    "a router without power": Illness(
        "reachable",
        "reachable",
        "critical",
        happens=powered_off(GREEN),
        seen="no answer from sshd",
        fix="ssh -o BatchMode=yes 192.0.2.12 true",
    ),
    "half of a pair": Illness(
        "peer-unseen",
        "takeover",
        "unknown",
        happens=powered_off(GREEN),
        seen="no answer from sshd",
        fix="bluegreen check --pair router-001,router-002",
    ),
    "a MASTER that lets nobody in": Illness(
        "master-unseen",
        "roles",
        "unknown",
        happens=closed(BLUE),
        seen="BACKUP vhid 3",
        fix="tcpdump -eni vmx0 ip proto 112",
    ),
    # -- not alike
    "a vhid without an address": Illness(
        "ghost-vhid",
        "carp",
        "warning",
        happens=at_console(GREEN, "ifconfig", "vmx0", "vhid", "9", "advskew", "100"),
        seen="no address",
    ),
    "one group twice": Illness(
        "vhid-twice",
        "carp",
        "critical",
        green=also(VhidSpec("vmx1", 3, (f"{VIP4}/24", "2001:db8::1/64"), advskew=100)),
        seen="ifconfig vmx1",
    ),
    "nothing in common": Illness(
        "carp", "carp", "critical", green=without_vhids, seen="ifconfig -a: no"
    ),
    "nobody who serves": Illness(
        "roles", "roles", "warning", happens=unplugged_all, seen="ifconfig vmx0: INIT vhid 3"
    ),
    # -- questions that are refused
    "routes that are not shown": Illness(
        "management",
        "management",
        "critical",
        green=denied("netstat", "-rn"),
        seen="netstat -rn: netstat: Permission denied",
    ),
    "routes of VIPs that are not shown": Illness(
        "vips", "vips", "unknown", green=denied("netstat", "-rn"), seen="Permission denied"
    ),
    "routes to peers that are not shown": Illness(
        "peer-routes", "peer-routes", "unknown", green=denied("netstat", "-rn"), seen="denied"
    ),
    "a way out that is not shown": Illness(
        "mirrors", "mirrors", "unknown", green=denied("netstat", "-rn"), seen="denied"
    ),
    "counters that are not shown": Illness(
        "segment", "segment", "unknown", green=denied("netstat", "-s", "-p", "carp"), seen="denied"
    ),
    "a pf that is not shown": Illness(
        "states", "states", "unknown", green=denied("pfctl"), seen="pfctl: Permission denied"
    ),
    "packages that are not shown": Illness(
        "versions", "versions", "unknown", green=denied("pkg", "query"), seen="denied"
    ),
    "a log that is not shown": Illness(
        "states", "states", "unknown", green=denied("dmesg"), seen="dmesg: Permission denied"
    ),
    # -- pfsync
    "pfsync taken down": Illness(
        "pfsync-down",
        "states",
        "warning",
        happens=at_console(GREEN, "ifconfig", "pfsync0", "down"),
        fix="ifconfig pfsync0 up",
    ),
    # -- OSPF
    "a neighbour that does not hear us": Illness(
        "ospf-one-way",
        "adjacencies",
        "warning",
        blue=speaking,
        green=staying("Init"),
        seen=f"{FAR} on vmx0: Init",
        fix="tcpdump -ni vmx0 proto ospf",
    ),
    "a neighbour that is silent": Illness(
        "ospf-silent", "adjacencies", "warning", blue=speaking, green=with_neighbor(None)
    ),
    "a neighbour that goes on loading": Illness(
        "ospf-adjacency", "adjacencies", "warning", blue=speaking, green=staying("Loading")
    ),
    "a neighbour behind a VIP": Illness(
        "ospf-with-the-role", "adjacencies", "note", blue=behind_a_vip, green=behind_a_vip
    ),
    "one router-id": Illness(
        "ospf-router-id",
        "ospf",
        "critical",
        blue=with_neighbor(None, "10.255.255.9"),
        green=with_neighbor(None, "10.255.255.9"),
        seen="router-id 10.255.255.9",
    ),
    "a router-id that is a VIP": Illness(
        "ospf-router-id", "ospf", "critical", green=with_neighbor(None, VIP), seen=VIP
    ),
    "a default by way of the BACKUP": Illness(
        "ospf-default-of-backup",
        "adjacencies",
        "warning",
        blue=over("192.0.2.12", "vmx0"),
        seen="netstat -rn: default 192.0.2.12",
    ),
    "a daemon that has died": Illness(
        "ospf",
        "ospf",
        "warning",
        blue=speaking,
        green=speaking,
        happens=at_console(GREEN, "service", "frr", "stop"),
    ),
    # -- what must follow
    "a BACKUP that sends from a VIP": Illness(
        "bug-166462",
        "tunnels",
        "critical",
        green=other(bug166462=True),
        kind="gre",
        seen="packets sent and 0 refused in 1",
        fix="ifconfig gre0 down",
    ),
    "IPsec that nobody watches": Illness(
        "ipsec",
        "ipsec",
        "critical",
        happens=in_file(RC_LOCAL, "", 'strongswan_enable="YES"\n'),
        seen=f'{RC_LOCAL}: strongswan_enable="YES"',
    ),
    "a floating address elsewhere": Illness(
        "ipfo",
        "ipfo",
        "critical",
        kind="ipfo",
        troubles=("ipfo-elsewhere",),
        fix="bluegreen ipfo show --pair router-001,router-002",
    ),
    "a VIP that does not answer": Illness(
        "probe", "probe", "critical", happens=unplugged_both, seen="lost"
    ),
    # -- what an upgrade needs
    "a clock that is ahead": Illness("clock", "clock", "warning", happens=ahead, seen="date +%s"),
    "a skew by a variable": Illness(
        "persistence",
        "persistence",
        "warning",
        happens=in_file(CARP_RC, "advskew 100", "advskew $skew"),
        seen=f"{CARP_RC}: line 1: advskew wants a number",
    ),
    "a packaged base": Illness("version", "version", "warning", green=other(pkgbase=True)),
    "a securelevel": Illness(
        "version", "version", "warning", green=other(securelevel=1), seen="kern.securelevel: 1"
    ),
    "another environment next": Illness(
        "environments",
        "environments",
        "warning",
        green=other(environments=("default", "old")),
        happens=at_console(GREEN, "bectl", "activate", "old"),
        seen="bectl list -H: default N, old R",
    ),
    "a state_dir that is reverted": Illness(
        "state", "state", "warning", green=other(datasets=()), seen="df -k: zroot/ROOT/default"
    ),
    "a full disk": Illness("space", "space", "warning", happens=full, seen="df -k: "),
    "a job of another run": Illness(
        "jobs",
        "jobs",
        "warning",
        green=other(durations=Durations(fetch=600.0)),
        happens=at_work,
        seen="jobs/stage",
    ),
}
