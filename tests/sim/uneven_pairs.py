"""Simulated pairs whose routers are not configured alike."""

from collections.abc import Callable
from dataclasses import replace

from pairs import BLUE, a_pair, a_strategy
from runs import Story

from bluegreen.cli.request import Request
from bluegreen.emulator.spec import MachineSpec, VhidSpec
from bluegreen.model.playbook import Playbook
from bluegreen.sim.build import specs_from_rehearsal
from bluegreen.sim.faults import parse_fault
from bluegreen.sim.start import Start
from bluegreen.sim.world import SimWorld

Change = Callable[[MachineSpec], MachineSpec]


def as_is(spec: MachineSpec) -> MachineSpec:
    return spec


def renaming(old: str, new: str) -> Change:
    """Give an interface another name."""

    def change(spec: MachineSpec) -> MachineSpec:
        return replace(
            spec,
            interfaces=tuple(replace(i, name=new) if i.name == old else i for i in spec.interfaces),
            vhids=tuple(replace(v, interface=new) if v.interface == old else v for v in spec.vhids),
        )

    return change


def with_vhid(number: int, change: Callable[[VhidSpec], VhidSpec]) -> Change:
    """Change one vhid."""
    return lambda spec: replace(
        spec, vhids=tuple(change(v) if v.vhid == number else v for v in spec.vhids)
    )


def skewed(advskew: int) -> Change:
    """Give all vhids one skew."""
    return lambda spec: replace(spec, vhids=tuple(replace(v, advskew=advskew) for v in spec.vhids))


def patient(spec: MachineSpec) -> MachineSpec:
    """Have a router not preempt."""
    return replace(spec, preempt=False)


def both(*changes: Change) -> Change:
    """Make several changes."""

    def change(spec: MachineSpec) -> MachineSpec:
        for one in changes:
            spec = one(spec)
        return spec

    return change


def without_vhid(number: int) -> Change:
    return lambda spec: replace(spec, vhids=tuple(v for v in spec.vhids if v.vhid != number))


def an_uneven_story(
    green: Change = as_is,
    *,
    blue: Change = as_is,
    kind: str = "edge",
    strategy: str | Playbook = "active-first",
    start: Start | None = None,
    allow: tuple[str, ...] = (),
    command: str = "upgrade",
    faults: tuple[str, ...] = (),
) -> Story:
    """Return a run on a pair whose routers were each changed."""
    pair = replace(a_pair(kind), allow=allow)
    first, second = specs_from_rehearsal(pair)
    asked = [parse_fault(text) for text in faults]
    world = SimWorld((blue(first), green(second)), faults=asked, start=start)
    playbook = a_strategy(strategy) if isinstance(strategy, str) else strategy
    return Story(Request(command, pair, playbook, BLUE, "R1"), world)
