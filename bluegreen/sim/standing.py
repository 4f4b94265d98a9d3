"""Where a simulated run stands: all that decides how it goes on, as one number to be compared.

Two runs that stand the same go on the same. Compared is what the journal tells the program, and
everything that the machines, the medium and the provider hold, but for what is named here: what
is new is compared, until somebody says that it decides nothing. Instants count by the second,
like the moments of an exploration; within which second an advertisement falls is not compared.
"""

import re
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from enum import Enum
from functools import cache
from math import floor, inf
from typing import cast

from bluegreen.emulator.files import Node
from bluegreen.model.facts import PairFacts
from bluegreen.model.state import RunState
from bluegreen.sim.scenario import CLOSED, Act, Session
from bluegreen.sim.world import SimWorld

LONG_AGO_S = 30.0  # what began before, nothing of the simulation still waits for
HISTORY = frozenset({"log", "transitions", "changes", "requests", "unknown", "booted_s"})
COUNTS = frozenset({"version", "_faults_seen", "starts", "carp_counters", "counters", "sent"})
NUMBERS = frozenset({"inode", "number", "pid", "supervisor"})  # given out one after the other
KEPT = frozenset({"_kept", "_batch", "_mount_of", "_ads"})  # to answer faster
GIVEN = frozenset({"spec", "pace", "converge_s", "_negotiate_s", "now", "_now_s", "_epoch_s"})
PHASES = frozenset({"due", "deadlines", "_anchor", "_count", "_every"})  # of a vhid's timers
TOOLS = frozenset({"_plan", "_world", "_clock", "_recorder", "_tools", "_orders", "_probe"})
LOOKS = frozenset({"last", "known", "dialect", "_observer"})  # a program looks again, and then acts
NOTES = frozenset({"_lapped_s", "_given_s"})  # when the next lap and sign of life are due
UNTOLD = HISTORY | COUNTS | NUMBERS | KEPT | GIVEN | PHASES | TOOLS | LOOKS | NOTES

DATES = re.compile(r"\d{4}-\d\d-\d\d[T _][\d:.]+(?:[+-][\d:]+|Z)?|\b1[67]\d{8}\b")
NOTED = ("/reached", "/reached.new")  # files that say what the journal says


def standing(session: Session, step: str) -> int | None:
    """Return where a run stands as a step begins; None: it cannot be compared.

    That is so while a fault is still to come, while one has harmed service, where a VIP has not
    exactly one MASTER, and where a human has been asked for help.
    """
    world, finished = session.world, session.finished
    asked_for_help = finished is not None and finished.outcome not in CLOSED
    if asked_for_help or session.typed or not _is_undisturbed(world):
        return None
    going_back = session.act is Act.ROLLBACK or session.asked_back
    outcome = finished and finished.outcome
    told = (step, session.judged_blind, outcome, going_back, *session.acts)
    passes = all(fault.kind.passes for _, fault, _ in world.struck)
    memory = _frozen(session.controller.memory, world.now_s)
    program = _program(session.controller.state, bool(session.acts))
    return hash((told, passes, memory, program, *_surroundings(world)))


def _is_undisturbed(world: SimWorld) -> bool:
    record = world.network.record
    served_once = all(len(served.value) == 1 for served in record.served.values())
    return served_once and not record.harms and not world.never_struck()


def _program(state: RunState, goes_on: bool) -> Hashable:
    """Return what a program reads from its journal; how it came to what it is to undo decides
    nothing any more, unless something else is to be typed after it."""
    acted, undone = frozenset(state.acted), frozenset(state.undone)
    if state.undoing is not None and not goes_on:
        acted, undone = acted & {*state.done, *state.undoing}, frozenset()
    lost = tuple((outage.vip, outage.lost, outage.broke) for outage in state.outages)
    way = (state.done, state.skipped, state.undoing, state.whole, acted, undone)
    return (*way, state.changed, state.turn, state.baseline is None, lost)


def _surroundings(world: SimWorld) -> Iterator[Hashable]:
    now_s, network = world.now_s, world.network
    for vip in network.record.served:
        yield sum(span.seconds for span in network.record.unserved(vip, now_s))
    yield from (_frozen(part, now_s) for part in (world.machines, world.threats()))
    yield network.cut
    if world.ovh:
        yield _frozen(world.ovh.api, now_s)


def _frozen(value: object, now_s: float) -> Hashable:
    """Return everything that a value holds, but for what is untold."""
    told: Hashable
    match value:
        case None | int() | Enum():
            told = value
        case PairFacts():
            told = hash(value)
        case Node():
            told = _file(value)
        case str():
            told = _undated(value)
        case float():
            told = _second(value - now_s)
        case tuple() | list() | deque():
            told = tuple([_frozen(item, now_s) for item in value])
        case Mapping():
            items = [item for item in value.items() if not str(item[0]).endswith(NOTED)]
            told = frozenset([_frozen(item, now_s) for item in items])
        case AbstractSet():
            told = frozenset(value)
        case Callable():
            told = None
        case _:
            told = (type(value).__name__, *_held(value, now_s))
    return told


def _second(ahead_s: float) -> int | None:
    """Return in which second an instant lies, if that can still matter."""
    return floor(ahead_s + LONG_AGO_S) if -LONG_AGO_S < ahead_s < inf else None


def _held(value: object, now_s: float) -> Iterator[Hashable]:
    for name in _slots(cast("Hashable", type(value))):
        yield _frozen(getattr(value, name), now_s)
    for name, item in getattr(value, "__dict__", {}).items():
        if name not in UNTOLD:
            yield name, _frozen(item, now_s)


@cache
def _slots(kind: type) -> tuple[str, ...]:
    slots = [name for base in kind.__mro__ for name in base.__dict__.get("__slots__", ())]
    return tuple(name for name in slots if name not in UNTOLD)


@cache
def _file(node: Node) -> Hashable:
    return (None if node.text is None else _undated(node.text)), node.mode, node.owner


@cache
def _undated(text: str) -> str:
    return DATES.sub("", text)
