"""What a rollback must bring back, and what a run must not leave behind."""

from dataclasses import dataclass

from bluegreen.emulator.machine import Machine
from bluegreen.emulator.rcfiles import SYSCTL_CONF
from bluegreen.freebsd.paths import RC_ROOTS, VOLATILE, Paths
from bluegreen.model.network import CarpState
from bluegreen.model.system import Versions

SCRATCH = "/etc/.bluegreen."  # freebsd.paths.Paths.scratch


@dataclass(frozen=True, slots=True)
class VhidState:
    interface: str
    vhid: int
    state: CarpState
    advbase: int  # s
    advskew: int  # 1/256 s
    addresses: tuple[str, ...]
    peer: str | None
    peer6: str | None


@dataclass(frozen=True, slots=True)
class FileState:
    """A configuration file, to the last byte."""

    path: str
    text: str
    mode: int
    owner: str


@dataclass(frozen=True, slots=True)
class RouterState:
    """One router, without what time alone changes."""

    name: str
    reachable: bool
    vhids: tuple[VhidState, ...]
    preempt: bool
    allow: bool
    demotion: int
    senderr: int  # net.inet.carp.senderr_demotion_factor
    config: tuple[FileState, ...]
    versions: Versions
    active: tuple[str, str]  # boot environment now, and next


Snapshot = tuple[RouterState, RouterState]


def router_state(machine: Machine) -> RouterState:
    """Return how a router is, read from the machine itself and not through its programs."""
    carp, files = machine.carp, machine.files
    return RouterState(
        name=machine.name,
        reachable=machine.reachable,
        vhids=tuple(
            VhidState(
                c.interface, c.vhid, state, c.advbase, c.advskew, c.addresses, c.peer, c.peer6
            )
            for c, state in carp.vhids()
        ),
        preempt=carp.sysctls.preempt,
        allow=carp.sysctls.allow,
        demotion=carp.demotion,
        senderr=carp.sysctls.senderr_demotion_factor,
        config=tuple(
            FileState(path, node.text, node.mode, node.owner)
            for root in (*RC_ROOTS, SYSCTL_CONF)
            for path, node in files.under(root)
            if node.text is not None
        ),
        versions=machine.versions,
        active=machine.active,
    )


def leftovers(machine: Machine, paths: Paths) -> tuple[str, ...]:
    """Return every file of ours that lies on a router, and every job that runs."""
    files = machine.files
    found = [
        path
        for root in (paths.state, VOLATILE)
        for path, node in files.under(root)
        if node.text is not None
    ]
    scratch = [path for path, _ in files.under("/etc") if path.startswith(SCRATCH)]
    return (*found, *scratch, *(f"job {' '.join(argv)}" for argv in machine.running_jobs))
