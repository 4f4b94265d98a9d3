"""Runs with several faults, each made from one number: the same number, the same run."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from bluegreen.emulator.machine import Machine
from bluegreen.sim.faults import FAULTS, KILLED, START, UNDO, Fault
from bluegreen.sim.scenario import Act, Scenario

FAULTS_MIN, FAULTS_MAX = 2, 4
ACTS_MAX = 3
FAR = 40  # moments behind the start of a step: more than most steps have
KILLED_EACH = 3  # one fault in so many kills the program: it may strike anywhere
UNDOING_EACH = 6  # one fault in so many waits for a step to be taken back
TARGETED = frozenset(
    {"router-dies", "router-reboots", "router-hangs", "link-lost", "deaf-after-boot"}
)


@dataclass(frozen=True, slots=True)
class Table:
    """What there is to choose from."""

    steps: Sequence[str]  # name@router, in the order of the plan
    interfaces: Sequence[str]  # router/interface
    routers: Sequence[str]


def table_of(steps: Sequence[str], machines: Sequence[Machine]) -> Table:
    """Return what faults of a run can strike: its steps, a pair, and the interfaces with vhids."""
    return Table(
        steps=steps,
        interfaces=sorted({f"{m.name}/{c.interface}" for m in machines for c, _ in m.carp.vhids()}),
        routers=[machine.name for machine in machines],
    )


def scenario(table: Table, seed: int) -> Scenario:
    """Return two to four faults anywhere, and what people type after each stop."""
    dice = random.Random(seed)  # noqa: S311 - guards nothing
    count = dice.randint(FAULTS_MIN, FAULTS_MAX)
    faults = tuple(_fault(table, dice) for _ in range(count))
    acts = tuple(
        dice.choice((Act.RESUME, Act.ROLLBACK, Act.REPAIR))
        for _ in range(dice.randint(0, ACTS_MAX))
    )
    return Scenario(faults, acts, seed)


def _fault(table: Table, dice: random.Random) -> Fault:
    if dice.randrange(KILLED_EACH) == 0:
        name = KILLED
    else:
        name = dice.choice([name for name in FAULTS if name not in (KILLED, "clock-skew")])
    step, _, router = dice.choice((START, *table.steps)).partition("@")
    if dice.randrange(UNDOING_EACH) == 0 and step != START:
        step = f"{UNDO}{step}"
    nth = dice.randint(1, FAR)
    return Fault(name, step, router or None, nth, _target(name, table, dice))


def _target(name: str, table: Table, dice: random.Random) -> str | None:
    if name == "link-lost":
        return dice.choice(table.interfaces)
    return dice.choice(table.routers) if name in TARGETED else None
