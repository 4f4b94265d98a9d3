"""Everything that a program on a router can see and change."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from bluegreen.emulator.faults import MachineFaults
from bluegreen.emulator.network import Network
from bluegreen.emulator.processes import Processes
from bluegreen.emulator.spec import MachineSpec
from bluegreen.emulator.storage import Storage
from bluegreen.model.command import Output

NOT_FOUND, USAGE = 127, 64  # sh(1); EX_USAGE of sysexits(3)


@dataclass(frozen=True, slots=True)
class Call:
    """How a program was called, and how it calls another."""

    argv: tuple[str, ...]
    stdin: str
    run: Callable[[tuple[str, ...], str], Output]

    @property
    def words(self) -> tuple[str, ...]:
        """Return the arguments without the program's name."""
        return self.argv[1:]


class System:
    """One router, from its disk to its processes, at one instant."""

    def __init__(self, spec: MachineSpec, now: float, epoch_s: float) -> None:
        self.spec = spec
        self.faults = MachineFaults()
        self.storage = Storage(spec)
        self.network = Network(spec, self.faults)
        self.processes = Processes(spec.services)
        self.running = spec.running  # the kernel
        self.now = now  # s, on the caller's clock
        self._epoch_s = epoch_s - now
        self.booted_s = now - 86400.0  # s, on the caller's clock: up for a day
        self.reboots = False  # shutdown(8) was called
        self.carp_loaded = spec.carp_loaded
        self.forwarding: dict[str, bool] = {}  # by the name of its sysctl
        self.devd_rule: str | None = None  # as devd(8) read it when it started
        self.run_handler: Callable[[str], None] | None = None  # None: it is emulated

    @property
    def time_of_day_s(self) -> float:
        """Return what date(1) says, s since the epoch."""
        return self._epoch_s + self.now + self.faults.clock_offset_s

    @property
    def boot_time_s(self) -> float:
        """Return kern.boottime, s since the epoch."""
        return self._epoch_s + self.booted_s + self.faults.clock_offset_s

    def stamp(self, form: str) -> str:
        """Return the time of day in the words of strftime(3), UTC."""
        return datetime.fromtimestamp(self.time_of_day_s, UTC).strftime(form)


def ok(stdout: str = "", stderr: str = "") -> Output:
    return Output(stdout, stderr)


def failed(stderr: str, code: int = 1, stdout: str = "") -> Output:
    """Return a failure; the message gets its newline here."""
    return Output(stdout, f"{stderr}\n" if stderr else "", code)


def misused(program: str) -> Output:
    """Return what a program says that does not know an option; the machine takes note of it."""
    return Output("", f"usage: {program}\n", USAGE)
