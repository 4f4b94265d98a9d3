"""Make a switch on a lab, and measure it: probes lost, the longest gap, and how long it took."""

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from benchmarks.fping import Tally
from benchmarks.labs import Lab
from benchmarks.variants import FLUSH, Variant, drain_value
from bluegreen.lab.report import Changed, Executed, RouterReport
from bluegreen.model.network import CarpState

BEFORE_S = 1.0  # probed before and after, so that a gap has two ends
AFTER_S = 1.5  # longer than an advertisement takes that takes a role back
TAKEN_S = 10.0  # a dead MASTER is noticed after 3 s and a bit
REST_S = 2.5  # CARP's own quiet: no role changed for that long
BOOT_S = 120.0
LOOK_S = 0.02
_CHANGING = ("ifconfig", "sysctl", "shutdown")


@dataclass(frozen=True, slots=True)
class Measured:
    """One switch, or all of an upgrade."""

    key: str
    tally: Tally
    to_master_ms: tuple[float, ...]  # a switch each; (): the other one never was MASTER


def switch(lab: Lab, variant: Variant) -> Measured:
    """Switch once, take it back, and return with the roles as before."""
    blue, green = lab.routers
    first = lab.report(blue)
    drain = drain_value(lab.report(green).roles)
    numbers = frozenset(first.masters)
    assert numbers == {role.vhid for role in first.roles}, f"{blue} is not MASTER of everything"
    with lab.probe() as tally:
        time.sleep(BEFORE_S + any_phase_s())
        began_s = lab.report(blue).at_s
        lab.exec(blue, variant.script(first.roles, drain))
        if variant.stays:
            until(lambda: numbers <= set(lab.report(green).masters), TAKEN_S)
        elif variant.boots:
            until(lambda: numbers <= set(lab.report(green).masters), TAKEN_S)
            until(lambda: numbers <= set(lab.report(blue).masters), BOOT_S)
        time.sleep(AFTER_S)
    delay_ms = delay(lab.report(blue), lab.report(green), began_s)
    time.sleep(REST_S)
    lab.exec(blue, variant.undo(first.roles, drain))
    assert until(lambda: _as_before(lab, first), BOOT_S), f"{variant.key}: roles are not as before"
    time.sleep(REST_S)
    return Measured(variant.key, tally(), () if delay_ms is None else (delay_ms,))


def upgrade(lab: Lab, key: str, run: Callable[[], None]) -> Measured:
    """Run a whole upgrade under probes; its switches are those with a flush before them."""
    began_s = lab.report(lab.routers[0]).at_s
    with lab.probe() as tally:
        time.sleep(BEFORE_S)
        run()
        time.sleep(AFTER_S)
    first, second = (lab.report(name) for name in lab.routers)
    return Measured(key, tally(), flushed(first, second, began_s))


def delay(blue: RouterReport, green: RouterReport, since_s: float) -> float | None:
    """Return how long after its last command the peer was MASTER of everything, ms.

    Both routers are processes of this machine: their monotonic clock is one.
    """
    sent = [e.at_s for e in blue.executed if e.at_s >= since_s and e.argv[0] in _CHANGING]
    taken = _firsts(green.changes, since_s)
    return round(max(0.0, 1000 * (max(taken) - max(sent))), 1) if sent and taken else None


def flushed(first: RouterReport, second: RouterReport, since_s: float) -> tuple[float, ...]:
    """Return how long each switch took that a flush made, ms; one that moved nothing is none."""
    found = []
    for one, other in ((first, second), (second, first)):
        flushes = [e.at_s for e in one.executed if e.at_s >= since_s and _is_flush(e)]
        for at_s in flushes:
            taken = _firsts(other.changes, at_s - LOOK_S, at_s + TAKEN_S)
            if taken:
                found.append((at_s, round(1000 * (max(taken) - at_s), 1)))
    return tuple(delay_ms for _, delay_ms in sorted(found))


def any_phase_s() -> float:
    """Return 0 to 1 s: what waits for an advertisement depends on when the last one was sent."""
    return os.urandom(1)[0] / 256


def until(holds: Callable[[], bool], limit_s: float) -> bool:
    """Look until it holds, or for so long."""
    deadline_s = time.monotonic() + limit_s
    while not holds():
        if time.monotonic() > deadline_s:
            return False
        time.sleep(LOOK_S)
    return True


def _is_flush(executed: Executed) -> bool:
    return executed.argv == tuple(FLUSH.split())


def _firsts(
    changes: Iterable[Changed], since_s: float, until_s: float = float("inf")
) -> Sequence[float]:
    """Return when each vhid first became MASTER in a span of time."""
    firsts: dict[str, float] = {}
    for change in changes:
        if since_s <= change.at_s <= until_s and change.new is CarpState.MASTER:
            firsts.setdefault(change.vhid, change.at_s)
    return tuple(firsts.values())


def _as_before(lab: Lab, first: RouterReport) -> bool:
    """Whether the MASTER is MASTER again, with its skews, and the other one is demoted no more."""
    blue, green = (lab.report(name) for name in lab.routers)
    return (
        blue.roles == first.roles
        and blue.demotion == 0
        and not green.masters
        and not green.demotion
    )
