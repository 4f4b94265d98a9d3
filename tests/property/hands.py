"""What people do to routers by hand, in the middle of a run, without asking it first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bluegreen.emulator.files import Node
from bluegreen.emulator.rcfiles import CARP_RC, RC_CONF
from bluegreen.emulator.spec import MachineSpec
from bluegreen.freebsd.commands import set_advskew
from bluegreen.freebsd.paths import Paths
from bluegreen.model.command import Output
from bluegreen.model.facts import LocatedVhid
from bluegreen.model.network import CarpVhid
from bluegreen.sim.record import Broken, Violation
from bluegreen.sim.world import SimWorld

AT_ONCE_S = 0.05
NOTICED_S = 6.0  # until a BACKUP whose MASTER is gone serves: 3 * advbase + skew / 256, and slack
OURS = Paths().state


@dataclass(frozen=True, slots=True)
class Touched:
    """What somebody did, when, to which router."""

    at_s: float
    what: str
    router: int

    def excuses(self, violation: Violation) -> bool:
        """Whether nobody could have prevented it: it began with the act, or while it lasted."""
        broken, window_s = EXCUSES.get(self.what, (frozenset(), 0.0))
        since = violation.span.since
        return violation.broken in broken and self.at_s <= since <= self.at_s + window_s


def at_console(world: SimWorld, name: str, *argv: str) -> Output:
    """Run one program on a router as somebody at its console does."""
    router = [machine.name for machine in world.machines].index(name)
    network = world.network
    output = network.machines[router].run(argv, "", network.now)
    network.touched(router)
    return output


# -- the acts -----------------------------------------------------------------------


def power_cycle(world: SimWorld, router: int) -> None:
    world.network.power_off(router)
    world.network.advance(world.now_s + AT_ONCE_S)
    world.machines[router].faults.dead = False
    world.network.wake(router)


def reboot(world: SimWorld, router: int) -> None:
    at_console(world, world.machines[router].name, "shutdown", "-r", "now")


def other_skew(world: SimWorld, router: int) -> None:
    """Try another skew on the first vhid, as somebody does who wants a role to move."""
    machine = world.machines[router]
    config, state = machine.carp.vhids()[0]
    vhid = LocatedVhid(
        config.interface,
        CarpVhid(config.vhid, state, config.advbase, 0, config.peer, config.peer6),
    )
    skew = 0 if config.advskew else 150
    at_console(world, machine.name, *set_advskew(vhid, skew).argv)


def remove_lock(world: SimWorld, router: int) -> None:
    at_console(world, world.machines[router].name, "rm", "-f", f"{OURS}/lock")


def pull_cable(world: SimWorld, router: int) -> None:
    world.network.unplug(router, world.machines[router].carp.vhids()[0][0].interface)


# A configuration manager, or somebody with an editor: what a file becomes.


def add_a_line(node: Node, spec: MachineSpec) -> Node:
    return replace(node, text=f'{node.text}ntpd_enable="YES"\n')


def add_a_remark(node: Node, spec: MachineSpec) -> Node:
    """Put a line before those that we edit: their numbers are other ones then."""
    return replace(node, text=f"# asked for by the NOC\n{node.text}")


def manage_owner(node: Node, spec: MachineSpec) -> Node:
    """Set owner and mode, whatever the file holds."""
    return replace(node, mode=0o640, owner="root:operator")


def manage_content(node: Node, spec: MachineSpec) -> Node:
    """Write the skews that the manager knows: ours are reverted."""
    lines = (node.text or "").splitlines(keepends=True)
    return replace(node, text="".join(_with_its_skew(line, spec) for line in lines))


def type_half_a_line(node: Node, spec: MachineSpec) -> Node:
    """Nobody can read the file until the line is whole."""
    return replace(node, text=f"{node.text}{HALF_A_LINE}")


def mend_the_line(node: Node, spec: MachineSpec) -> Node:
    return replace(node, text=(node.text or "").replace(HALF_A_LINE, ""))


def _with_its_skew(line: str, spec: MachineSpec) -> str:
    for vhid in spec.vhids:
        if f"_{vhid.interface}_" in line and f" vhid {vhid.vhid} " in line:
            before, _, rest = line.partition(" advskew ")
            return f"{before} advskew {vhid.advskew} {rest.partition(' ')[2]}"
    return line


HALF_A_LINE = 'ifconfig_vmx0_alias9="vhid 9 advskew x\n'
Edit = Callable[[Node, MachineSpec], Node]
EDITS: Mapping[str, tuple[str, Edit]] = {
    "line added": (RC_CONF, add_a_line),
    "remark added": (CARP_RC, add_a_remark),
    "owner managed": (CARP_RC, manage_owner),
    "content managed": (CARP_RC, manage_content),
    "line half typed": (RC_CONF, type_half_a_line),
}
ACTS: Mapping[str, Callable[[SimWorld, int], None]] = {
    "power cycle": power_cycle,
    "reboot": reboot,
    "other skew": other_skew,
    "lock removed": remove_lock,
    "cable pulled": pull_cable,
}
BY_HAND = (*ACTS, *EDITS)


def edit(world: SimWorld, router: int, path: str, change: Edit) -> None:
    machine = world.machines[router]
    node = machine.files.find(path)
    if node is not None and node.text is not None:
        machine.files.put(path, change(node, machine.spec))


def act(world: SimWorld, what: str, router: int) -> Touched | None:
    """Do it, if that router can be reached at all; return that it was done."""
    if not world.machines[router].reachable:
        return None
    touched = Touched(world.now_s, what, router)
    if what in EDITS:
        edit(world, router, *EDITS[what])
    else:
        ACTS[what](world, router)
    return touched


_DARK = frozenset({Broken.UNSERVED, Broken.BOTH_DOWN})
EXCUSES: Mapping[str, tuple[frozenset[Broken], float]] = {
    "power cycle": (_DARK, NOTICED_S),
    "reboot": (_DARK, NOTICED_S),
    "cable pulled": (frozenset({Broken.UNSERVED}), NOTICED_S),
}
