"""One emulated router in a network namespace: `python -m bluegreen.lab.namespaced CONFIG`.

It is started in its namespace. What the machine is, its kernel's CARP and its
tunnels are processes beside its root; sshd and FRR live in that root.
"""

import os
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
from bluegreen.lab.node import Node
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
    bug166462: bool = False


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

    @property
    def runs(self) -> bool:
        return self._node.runs

    def start(self) -> None:
        _ip(self._config.routes)
        self._node.start()

    def stop(self) -> None:
        self._node.stop()


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
    node = Node(config.directory, "router")
    diary = Diary(machine, config.directory / "messages", config.directory / "devd.events")
    medium = Segment(machine, diary)
    Router(Station(PROGRAMS, str(config.control)), machine, medium, Booted(config, node)).serve()


if __name__ == "__main__":
    main()
