"""One router without sessions in a namespace: `python carp_router.py CONFIG`."""

import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, time

from pydantic import TypeAdapter

from bluegreen.emulator.machine import Machine
from bluegreen.emulator.spec import MachineSpec
from bluegreen.lab.config import Station
from bluegreen.lab.diary import Diary
from bluegreen.lab.router import Router
from bluegreen.lab.segment import Segment


@dataclass(frozen=True, slots=True)
class Lone:
    """What its process is told."""

    spec: MachineSpec
    station: Station
    directory: Path  # of messages and events


LONE = TypeAdapter(Lone)


class Nobody:
    """A userland in which nobody logs in."""

    def __init__(self) -> None:
        self.port = 0
        self.runs = False

    def start(self) -> None:
        self.runs = True

    def follow(self) -> None:
        """Run nothing."""

    def stop(self) -> None:
        self.runs = False


def main() -> None:
    lone = LONE.validate_json(Path(sys.argv[1]).read_bytes())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    machine = Machine(lone.spec, monotonic(), time())
    diary = Diary(machine, lone.directory / "messages", lone.directory / "events")
    Router(lone.station, machine, Segment(machine, diary), Nobody()).serve()


if __name__ == "__main__":
    main()
