"""One emulated router in a network namespace: `python -m bluegreen.lab.namespaced CONFIG`.

It is started in its namespace. What the machine is, its kernel's CARP and its
tunnels are processes beside its root; sshd and FRR live in that root.
"""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, time

from pydantic import TypeAdapter

from bluegreen.emulator.machine import Machine
from bluegreen.emulator.spec import MachineSpec
from bluegreen.lab.config import Station
from bluegreen.lab.diary import Diary
from bluegreen.lab.frr import frr_daemons
from bluegreen.lab.gre_config import TunnelConfig, write_tunnels
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
    tunnels: tuple[TunnelConfig, ...] = ()
    has_frr: bool = False

    @property
    def tunnels_file(self) -> Path:
        return self.directory / "tunnels.json"

    @property
    def daemons(self) -> tuple[str, ...]:
        """Return what runs in its root beside sshd, each a line for sh(1)."""
        return tuple(map(shlex.join, frr_daemons())) if self.has_frr else ()


_CONFIG = TypeAdapter(NamespacedConfig)


def write_config(config: NamespacedConfig, file: Path) -> None:
    file.write_bytes(_CONFIG.dump_json(config, indent=1))


def read_config(file: Path) -> NamespacedConfig:
    return _CONFIG.validate_json(file.read_bytes())


class Booted:
    """What begins with a boot: static routes, tunnels, and the processes of the node."""

    def __init__(self, config: NamespacedConfig, node: Node) -> None:
        self._config = config
        self._node = node
        self.port = node.port
        self._carrier: subprocess.Popen[bytes] | None = None

    @property
    def runs(self) -> bool:
        return self._node.runs

    def start(self) -> None:
        _ip(self._config.routes)
        if self._config.tunnels:
            words = [sys.executable, "-m", "bluegreen.lab.gre", str(self._config.tunnels_file)]
            self._carrier = subprocess.Popen(words)
        self._node.start()

    def stop(self) -> None:
        self._node.stop()
        carrier, self._carrier = self._carrier, None
        if carrier is not None:
            carrier.kill()
            carrier.wait()


def _ip(commands: Iterable[str]) -> None:
    """Give the static routes, which left with the links."""
    said = "".join(f"{line}\n" for line in commands)
    subprocess.run(["ip", "-force", "-batch", "-"], input=said, text=True, check=False)


def _never_ends() -> None:
    """Have a standard input that stays silent: the lab outlives who made it."""
    reading, _ = os.pipe()
    os.dup2(reading, sys.stdin.fileno())


def main() -> None:
    _never_ends()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    config = read_config(Path(sys.argv[1]))
    machine = Machine(config.spec, monotonic(), time())
    write_tunnels(config.tunnels, config.tunnels_file)
    node = Node(config.directory, "router", config.daemons)
    diary = Diary(machine, config.directory / "messages", config.directory / "devd.events")
    medium = Segment(machine, diary)
    station = Station(PROGRAMS, str(config.control))
    answer = programs(lambda: node.root if config.has_frr else None, Fib())
    Router(station, machine, medium, Booted(config, node), answer).serve()


if __name__ == "__main__":
    main()
