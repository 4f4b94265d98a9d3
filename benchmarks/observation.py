"""What one look at a pair costs: execs in simulation, milliseconds over a real sshd."""

import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.table import Row
from bluegreen.cli.execute import dialect_of
from bluegreen.cli.files import load_inventory
from bluegreen.cli.rehearsal import Stage
from bluegreen.cli.worlds import live_world
from bluegreen.engine.observer import Observer
from bluegreen.lab.loopback import LoopbackPair
from bluegreen.sim.build import specs_from_rehearsal

ROOT = Path(__file__).resolve().parent.parent
LOOKS = 20


def rows() -> list[Row]:
    pair = load_inventory(ROOT / "hosts.yaml").pair("edge")
    world = Stage(pair, None, None).world(0)
    Observer(world.doors(), dialect_of(pair)).look()
    execs = world.traffic.execs
    return [
        Row("execs to observe a pair", f"{execs}, in parallel", "one a router", execs == 2),
        _over_ssh(),
    ]


def _over_ssh() -> Row:
    """Both routers are emulated processes on this machine, behind OpenSSH on loopback."""
    pair = load_inventory(ROOT / "hosts.yaml").pair("edge")
    with (
        tempfile.TemporaryDirectory() as folder,
        LoopbackPair(specs_from_rehearsal(pair), Path(folder) / "pair") as there,
    ):
        reached = load_inventory(there.inventory).pair("edge")
        doors = live_world(reached)
        observer = Observer(doors, dialect_of(reached))
        observer.look()  # connects
        taken_ms = []
        for _ in range(LOOKS):
            began = time.perf_counter()
            facts = observer.look()
            taken_ms.append(1000 * (time.perf_counter() - began))
            assert facts.both()
        for door in doors.transports.values():
            door.close()
    low, mid, high = min(taken_ms), statistics.median(taken_ms), max(taken_ms)
    return Row(
        "a pair observed over OpenSSH on loopback (emulated userland)",
        f"{mid:.0f} ms ({low:.0f} to {high:.0f})",
        "few ms more than one exec",
        mid < 250,
    )
