"""What a router's shell checks right before it acts, answered by a simulated one."""

import re

from bluegreen.emulator.machine import Machine
from bluegreen.model.command import GUARD_EXIT, Guard, Output

_ROLE = re.compile(r"^[ \t]*carp: ([A-Z]+) vhid ", re.MULTILINE)


def refusal(machine: Machine, guard: Guard, now: float) -> Output | None:
    """Return the answer of a guard that does not hold, word for word as freebsd.shell's."""
    complaints: list[str] = []
    bad = _roles(machine, guard.masters, guard.backups, now)
    if guard.lock is not None:
        bad += _lock(machine, guard.lock, complaints, now)
    if guard.marker is not None and not _cat(machine, guard.marker, complaints, now).ok:
        bad += f"marker {guard.marker} is gone: the router has booted; "
    if not bad:
        return None
    return Output("", "".join((*complaints, f"guard: {bad.removesuffix('; ')}\n")), GUARD_EXIT)


def _roles(machine: Machine, masters: int | None, backups: int | None, now: float) -> str:
    if masters is None and backups is None:
        return ""
    roles = _ROLE.findall(machine.run(("ifconfig", "-a"), "", now).stdout)
    seen = (roles.count("MASTER"), roles.count("BACKUP"))
    if masters in (None, seen[0]) and backups in (None, seen[1]):
        return ""
    wanted = " ".join("any" if count is None else str(count) for count in (masters, backups))
    return f"vhids MASTER and BACKUP: {seen[0]} {seen[1]}, wanted {wanted}; "


def _lock(machine: Machine, lock: tuple[str, str], complaints: list[str], now: float) -> str:
    path, run = lock
    seen = _cat(machine, path, complaints, now).stdout.rstrip("\n")
    if f"\nrun={run}\n" in f"\n{seen}\n":
        return ""
    return f"lock {path} is not held by run {run}, it says: {seen or 'nothing'}; "


def _cat(machine: Machine, path: str, complaints: list[str], now: float) -> Output:
    output = machine.run(("cat", path), "", now)
    complaints.append(output.stderr)
    return output
