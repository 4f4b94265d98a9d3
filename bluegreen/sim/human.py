"""Does at the consoles what a report says must be done by hand."""

import re

from bluegreen.freebsd.commands import DEMOTION
from bluegreen.model.events import RunFinished
from bluegreen.sim.world import SimWorld

WAIT_S = 10.0  # what the report says to wait before the value is read again

_DEMOTED = re.compile(r"(\S+) is demoted by (-?\d+)")
_HALF = re.compile(r"(\S+) has the kernel of")


def follow(world: SimWorld, finished: RunFinished | None) -> tuple[str, ...]:
    """Mend and switch on what is broken, then type what the report says, and nothing else.

    Returns:
        The routers whose demotion was written, to be read again later as the report says.
    """
    world.repair()
    said = finished.next_move if finished else ""
    typed: list[str] = []
    for name, demotion in _DEMOTED.findall(said):
        command = f"{DEMOTION}={-int(demotion)}"
        if f"`sysctl {command}`" not in said:
            continue
        world.at_console(name, "sysctl", command)
        world.network.advance(world.now_s + WAIT_S)
        bring_to_zero(world, name)
        typed.append(name)
    for name in _HALF.findall(said):
        if "`freebsd-update install`" in said:
            world.at_console(name, "freebsd-update", "--not-running-from-cron", "install")
    return tuple(typed)


def bring_to_zero(world: SimWorld, router: str) -> None:
    """Read a router's demotion, and write what brings it to 0."""
    left = world.machine(router).carp.demotion
    if left:
        world.at_console(router, "sysctl", f"{DEMOTION}={-left}")
        world.network.advance(world.now_s + WAIT_S)
