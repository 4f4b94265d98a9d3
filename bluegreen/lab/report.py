"""What a router process tells whoever watches the lab; the tool itself never asks."""

from dataclasses import dataclass

from bluegreen.emulator.machine import Machine
from bluegreen.emulator.rcfiles import SYSCTL_CONF
from bluegreen.freebsd.bectl import parse_environments
from bluegreen.freebsd.paths import RC_ROOTS, VOLATILE, Paths
from bluegreen.model.network import CarpState
from bluegreen.model.system import Versions

_SCRATCH = "/etc/.bluegreen."  # freebsd.paths.Paths.scratch
_STOPPING = frozenset({"shutdown", "reboot"})
_DOWN = ("stop", "restart")
_INSTALLING = frozenset({"install", "rollback"})


@dataclass(frozen=True, slots=True)
class Executed:
    """A program that a session started, and what the router was at that moment."""

    at_s: float  # monotonic clock of this machine, the same for both routers
    argv: tuple[str, ...]
    masters: tuple[str, ...]  # vhids that it was MASTER of: 2@vmx1
    code: int

    @property
    def is_disruptive(self) -> bool:
        """Whether it takes a router out of service; devd(8) only reads its rules again."""
        words = set(self.argv)
        return (
            self.argv[0] in _STOPPING
            or ("freebsd-update" in words and bool(words & _INSTALLING))
            or (self.argv[0] == "service" and self.argv[-1] in _DOWN and "devd" not in words)
        )


@dataclass(frozen=True, slots=True)
class Role:
    """One vhid as the kernel has it."""

    interface: str
    vhid: int
    state: CarpState
    advbase: int  # s
    advskew: int  # 1/256 s
    peer: str | None
    peer6: str | None


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A file that rc(8) reads, to the last byte."""

    path: str
    text: str
    mode: int
    owner: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A vhid changed its state."""

    at_s: float  # monotonic clock of this machine
    vhid: str  # 2@vmx1
    old: CarpState
    new: CarpState


@dataclass(frozen=True, slots=True)
class RouterReport:
    """One router, from the inside."""

    name: str
    at_s: float  # monotonic clock of this machine
    reachable: bool
    versions: Versions
    roles: tuple[Role, ...]
    preempt: bool
    demotion: int
    config: tuple[ConfigFile, ...]
    active: tuple[str, str]  # boot environment now, and next
    environments: tuple[str, ...]  # (): UFS, or it is down
    leftovers: tuple[str, ...]  # files of ours, and jobs
    changes: tuple[Changed, ...]
    executed: tuple[Executed, ...]
    unknown: tuple[tuple[str, ...], ...]  # calls that the emulator cannot answer

    @property
    def masters(self) -> tuple[int, ...]:
        """Return the vhids that it is MASTER of."""
        return tuple(r.vhid for r in self.roles if self.reachable and r.state is CarpState.MASTER)

    @property
    def not_idle(self) -> tuple[Executed, ...]:
        """Return what was disruptive while it was MASTER of something: there must be none."""
        return tuple(e for e in self.executed if e.is_disruptive and e.masters)


def masters_of(machine: Machine) -> tuple[str, ...]:
    return tuple(
        f"{config.vhid}@{config.interface}"
        for config, state in machine.carp.vhids()
        if state is CarpState.MASTER
    )


def report_of(machine: Machine, executed: tuple[Executed, ...], now: float) -> RouterReport:
    return RouterReport(
        name=machine.name,
        at_s=now,
        reachable=machine.reachable,
        versions=machine.versions,
        roles=_roles(machine),
        preempt=machine.carp.sysctls.preempt,
        demotion=machine.carp.demotion,
        config=_config(machine),
        active=machine.active,
        environments=_environments(machine, now),
        leftovers=_leftovers(machine, Paths()),
        changes=tuple(
            Changed(
                t.at_s,
                f"{t.transition.vhid}@{t.transition.interface}",
                t.transition.old,
                t.transition.new,
            )
            for t in machine.transitions
        ),
        executed=executed,
        unknown=tuple(machine.unknown),
    )


def _roles(machine: Machine) -> tuple[Role, ...]:
    return tuple(
        Role(c.interface, c.vhid, state, c.advbase, c.advskew, c.peer, c.peer6)
        for c, state in machine.carp.vhids()
    )


def _environments(machine: Machine, now: float) -> tuple[str, ...]:
    if not machine.reachable:
        return ()
    listed = machine.run(("bectl", "list", "-H"), "", now)
    return tuple(e.name for e in parse_environments(listed.stdout)) if listed.ok else ()


def _config(machine: Machine) -> tuple[ConfigFile, ...]:
    return tuple(
        ConfigFile(path, node.text, node.mode, node.owner)
        for root in (*RC_ROOTS, SYSCTL_CONF)
        for path, node in machine.files.under(root)
        if node.text is not None
    )


def _leftovers(machine: Machine, paths: Paths) -> tuple[str, ...]:
    files = machine.files
    found = [
        path
        for root in (paths.state, VOLATILE)
        for path, node in files.under(root)
        if node.text is not None
    ]
    scratch = [path for path, _ in files.under("/etc") if path.startswith(_SCRATCH)]
    return (*found, *scratch, *(f"job {' '.join(argv)}" for argv in machine.running_jobs))
