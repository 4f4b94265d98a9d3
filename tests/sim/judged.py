"""What was true of the machines themselves, and what people do with a report."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from runs import Sent, Story

from bluegreen.emulator.machine import Machine
from bluegreen.freebsd.commands import DEMOTION
from bluegreen.model.command import Output
from bluegreen.model.events import RunFinished
from bluegreen.model.network import CarpState
from bluegreen.model.system import Versions
from bluegreen.sim.snapshot import RouterState, Snapshot

BOOT_S = 90.0  # and until it has found its role
NO_VERSIONS = Versions(None, None, None)

# -- the judge: what was true of the machines themselves --------------------------


def roles_at(machine: Machine, at_s: float) -> Mapping[tuple[str, int], CarpState]:
    """Return each vhid's state at an instant, from the machine's own record of changes."""
    states = {(c.interface, c.vhid): state for c, state in machine.carp.vhids()}
    for change in reversed(machine.transitions):
        if change.at_s <= at_s:
            break
        moved = change.transition
        states[moved.interface, moved.vhid] = moved.old
    return states


def masters_at(story: Story, router: str, at_s: float) -> int:
    states = roles_at(story.machine(router), at_s).values()
    return sum(state is CarpState.MASTER for state in states)


def disruptions(story: Story) -> tuple[Sent, ...]:
    return tuple(one for one in story.sent() if one.disrupts)


def lost_probes(finished: RunFinished) -> int:
    """Return what the routers lost; what a provider takes for an address is not their doing."""
    return sum(
        outage.lost
        for outage in finished.outages
        if not outage.gaps or any(gap.layer != "ipfo" for gap in outage.gaps)
    )


def differences(before: Snapshot, after: Snapshot) -> list[str]:
    """Return what is not as it was, a field a line."""
    return list(_differences(before, after))


def _differences(before: Snapshot, after: Snapshot) -> Iterator[str]:
    for was, now in zip(before, after, strict=True):
        for name in RouterState.__dataclass_fields__:
            then, today = getattr(was, name), getattr(now, name)
            if then != today:
                yield f"{was.name}: {name}: was {then}, is {today}"


def but_for_the_system(snapshot: Snapshot) -> tuple[RouterState, ...]:
    """Return a snapshot without what an upgrade is meant to change."""
    return tuple(replace(router, versions=NO_VERSIONS) for router in snapshot)


# -- what people do with a report -------------------------------------------------


def follow(story: Story, finished: RunFinished) -> None:
    """Do at the consoles what a report says must be done by hand."""
    story.world.repair()
    for name, demotion in re.findall(r"(\S+) is demoted by (-?\d+)", finished.next_move):
        command = f"{DEMOTION}={-int(demotion)}"
        assert f"`sysctl {command}`" in finished.next_move
        at_console(story, name, "sysctl", command)
        story.world.network.advance(story.world.now_s + 10.0)
        left = story.machine(name).carp.demotion
        if left:
            at_console(story, name, "sysctl", f"{DEMOTION}={-left}")
    for name in re.findall(r"(\S+) has no vhid", finished.next_move):
        assert "reboot it" in finished.next_move
        at_console(story, name, "shutdown", "-r", "now")
        story.world.network.advance(story.world.now_s + BOOT_S)
    for name in re.findall(r"(\S+) has the kernel of", finished.next_move):
        assert "`freebsd-update install`" in finished.next_move
        at_console(story, name, "freebsd-update", "--not-running-from-cron", "install")


def at_console(story: Story, name: str, *argv: str) -> Output:
    """Run one program on a router as somebody at its console does."""
    network = story.world.network
    router = [machine.name for machine in story.world.machines].index(name)
    output = network.machines[router].run(argv, "", network.now)
    network.touched(router)
    return output


def rolled_back_by_hand(story: Story, finished: RunFinished) -> RunFinished:
    """Follow one report after the other, `rollback` after each, at most three times."""
    for _ in range(3):
        if finished.outcome != "needs_human":
            break
        follow(story, finished)
        finished = story.back()
    return finished
