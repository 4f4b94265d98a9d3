"""One emulated router in a network namespace: `python -m bluegreen.lab.namespaced CONFIG`.

It is started in its namespace. What the machine is, its kernel's CARP and its
tunnels are processes beside its root; sshd and FRR live in that root.
"""

import os
import shlex
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, time

from pydantic import TypeAdapter

from bluegreen.emulator.machine import Machine
from bluegreen.emulator.spec import MachineSpec
from bluegreen.lab.booted import Booted, Carried
from bluegreen.lab.charon import MARK, charon_daemon
from bluegreen.lab.config import Station
from bluegreen.lab.diary import Diary
from bluegreen.lab.frr import frr_daemons
from bluegreen.lab.node import Node
from bluegreen.lab.programs import Fib, programs
from bluegreen.lab.router import Router
from bluegreen.lab.segment import Segment

PROGRAMS = "\0bluegreen"
"""Where the programs of a router's sessions ask: abstract, so that it is seen from their root."""


@dataclass(frozen=True, slots=True)
class NamespacedConfig:
    """What a router of the lab is told when it starts."""

    spec: MachineSpec
    directory: Path
    control: Path
    routes: tuple[str, ...] = ()  # commands of ip(8) that every boot gives
    bug166462: bool = False  # of its tunnels
    starts_frr: bool = False  # with each boot, whatever its files say
    has_charon: bool = False  # which starts with each boot, too
    vip: str | None = None  # that its SAs follow

    @property
    def tunnels_file(self) -> Path:
        return self.directory / "tunnels.json"

    @property
    def daemons(self) -> tuple[str, ...]:
        """Return what runs in its root beside sshd, each a line for sh(1)."""
        frr = frr_daemons() if self.starts_frr else ()
        charon = (charon_daemon(),) if self.has_charon else ()
        return tuple(map(shlex.join, (*frr, *charon)))

    @property
    def has_frr(self) -> bool:
        return self.starts_frr or any(name.startswith("frr") for name in self.spec.packages)


_CONFIG = TypeAdapter(NamespacedConfig)


def write_config(config: NamespacedConfig, file: Path) -> None:
    file.write_bytes(_CONFIG.dump_json(config, indent=1))


def read_config(file: Path) -> NamespacedConfig:
    return _CONFIG.validate_json(file.read_bytes())


def _never_ends() -> None:
    """Have a standard input that stays silent: the lab outlives who made it."""
    reading, _ = os.pipe()
    os.dup2(reading, sys.stdin.fileno())


def main() -> None:
    _never_ends()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    config = read_config(Path(sys.argv[1]))
    machine = Machine(config.spec, monotonic(), time())
    node = Node(config.directory, "router", config.daemons)
    diary = Diary(machine, config.directory / "messages", config.directory / "devd.events")
    medium = Segment(machine, diary)
    station = Station(PROGRAMS, str(config.control))
    answer = programs(
        lambda: node.root if config.has_frr else None, Fib(), has_charon=config.has_charon
    )
    mark = MARK if config.has_charon else 0
    carried = Carried(config.tunnels_file, bug166462=config.bug166462, mark=mark)
    booted = Booted(machine, node, config.routes, carried, config.vip)
    Router(station, machine, medium, booted, answer).serve()


if __name__ == "__main__":
    main()
