"""One FreeBSD router, emulated: programs in, outputs out, and time as the caller gives it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields

from bluegreen.carp.machine import Carp
from bluegreen.carp.values import Advertisement
from bluegreen.emulator import boot, jobs
from bluegreen.emulator.batch import Batch
from bluegreen.emulator.faults import MachineFaults
from bluegreen.emulator.files import Files
from bluegreen.emulator.network import TransitionAt
from bluegreen.emulator.programs import ABSENT, PROGRAMS, Versioned
from bluegreen.emulator.spec import InterfaceSpec, MachineSpec
from bluegreen.emulator.system import NOT_FOUND, USAGE, Call, System
from bluegreen.model.command import Command, Output
from bluegreen.model.system import Versions


class Machine:
    """A router with explicit time: ``now`` is the caller's monotonic clock, s.

    It has been up for a day when it is made; its vhids start as BACKUP.
    """

    def __init__(self, spec: MachineSpec, now: float, epoch_s: float) -> None:
        """Make a router; ``epoch_s`` is the time of day at ``now``."""
        self.name = spec.name
        self.spec = spec
        self.unknown: list[tuple[str, ...]] = []  # calls that nobody knows how to answer
        self._system = System(spec, now, epoch_s)
        self._boots_at: float | None = None
        self._hangs = False
        self._faults_seen = 0
        self._kept: dict[tuple[str, ...], tuple[Output, Versioned, int]] = {}
        self._batch: Batch | None = None
        boot.start_network(self._system, now)
        self._system.network.settle(now)

    # -- what is so ----------------------------------------------------------

    @property
    def carp(self) -> Carp:
        """Return the CARP of this boot."""
        return self._system.network.carp

    @property
    def prefixlens(self) -> Mapping[tuple[str, str], str]:
        """Return the prefix length of each VIP, by interface and address."""
        return self._system.network.prefixlens

    @property
    def faults(self) -> MachineFaults:
        return self._system.faults

    @property
    def files(self) -> Files:
        return self._system.storage.files

    @property
    def transitions(self) -> list[TransitionAt]:
        """Return every change of a vhid since the machine was made."""
        return self._system.network.transitions

    @property
    def log(self) -> Sequence[str]:
        """Return the kernel's lines since the machine was made, the oldest first."""
        return self._system.network.log

    @property
    def downed(self) -> frozenset[str]:
        """Return the interfaces that ``ifconfig IF down`` took down in this boot."""
        return frozenset(self._system.network.downed)

    @property
    def unplugged(self) -> frozenset[str]:
        """Return the interfaces whose cables are pulled."""
        return frozenset(self._system.network.unplugged)

    @property
    def tunnels(self) -> tuple[InterfaceSpec, ...]:
        """Return the interfaces that wrap packets, with both outer ends."""
        return tuple(i for i in self._system.network.interfaces if i.tunnel is not None)

    @property
    def routing_starts(self) -> int:
        """Return how often the routing daemon was started; 0 while it does not run."""
        ospf = self._system.network.ospf
        return ospf.starts if ospf.is_running else 0

    @property
    def versions(self) -> Versions:
        """Return what is installed and what runs, as freebsd-version(1) tells it."""
        installed = self._system.storage.now.installed
        return Versions(installed.kernel, self._system.running, installed.userland)

    @property
    def active(self) -> tuple[str, str]:
        """Return the boot environment that is booted, and the next one."""
        storage = self._system.storage
        return storage.booted, storage.once or storage.next

    @property
    def environments(self) -> tuple[str, ...]:
        return tuple(self._system.storage.environments)

    @property
    def running_jobs(self) -> tuple[tuple[str, ...], ...]:
        return tuple(job.argv for job in self._system.processes.jobs)

    @property
    def runs(self) -> bool:
        return self._boots_at is None and not self._hangs and not self.faults.dead

    @property
    def reachable(self) -> bool:
        """Whether sshd answers."""
        return self.runs

    def serves(self, address: str) -> bool:
        return self.runs and self._system.network.serves(address)

    @property
    def service(self) -> tuple[bool, int, int]:
        """Return a value that is another one whenever ``serves`` can answer otherwise."""
        return self.runs, self._system.network.version, self.faults.changes

    def next_due(self) -> float | None:
        """Return when ``tick`` must be called next; None: nothing is going on."""
        return self._soonest(self.carp.next_due())

    def next_due_but_carp(self) -> float | None:
        """Return when something else than a CARP timer is due: how far quiet may be leapt over."""
        return self._soonest(None)

    def _soonest(self, carp_due: float | None) -> float | None:
        if self._faults_seen != self.faults.changes:
            return self._system.now
        if self.faults.dead:
            return None
        if self._boots_at is not None:
            return self._boots_at
        if not self.runs:
            return None
        system = self._system
        network = system.network
        dues = (
            carp_due,
            network.ospf.next_due(),
            network.ipsec.next_due(),
            network.bulk_ends_s,
            system.processes.next_end(),
        )
        return min((due for due in dues if due is not None), default=None)

    # -- what happens --------------------------------------------------------

    def have_handler_run(self, run: Callable[[str], None]) -> None:
        """Have devd's actions, words for sh(1), run by somebody who can; else it is emulated."""
        self._system.run_handler = run

    def run(self, argv: tuple[str, ...], stdin: str, now: float) -> Output:
        """Run one program; what nobody knows answers 127 or 64 and stands in ``unknown``."""
        if not self.runs:
            raise AssertionError(f"{self.name} is not reachable: the transport must refuse")
        self._system.now = now
        if self._faults_seen != self.faults.changes:
            self._notice_faults()
        kept = self._kept.get(argv)
        if kept is not None and kept[1].version == kept[2]:
            return kept[0]
        output = self._dispatch(argv, stdin)
        if self._system.reboots:
            self._go_down()
        return output

    def run_batch(
        self, commands: tuple[Command, ...], instants: Sequence[float]
    ) -> tuple[Output, ...]:
        """Run commands one by one, each at its instant; nothing else happens meanwhile."""
        state, known = self._state(), self._batch
        if known is not None and known.still_holds(commands, state):
            outputs = list(known.outputs)
            for index in known.live:
                command = commands[index]
                outputs[index] = self.run(command.argv, command.reads, instants[index])
            self._system.now = instants[-1]
            return tuple(outputs)
        answers = tuple(
            self.run(command.argv, command.reads, at)
            for command, at in zip(commands, instants, strict=True)
        )
        if state == self._state():
            live = (i for i, command in enumerate(commands) if command.argv not in self._kept)
            self._batch = Batch(commands, state, answers, tuple(live))
        return answers

    def tick(self, now: float) -> tuple[Advertisement, ...]:
        """Do what is due: boot, end jobs, fire timers; return what goes onto the wire."""
        self._system.now = max(self._system.now, now)
        if self._faults_seen != self.faults.changes:
            self._notice_faults()
        if self._boots_at is not None and self._boots_at <= now and not self.faults.dead:
            at, self._boots_at = self._boots_at, None
            self._forget()
            boot.boot(self._system, at)
        if self.runs:
            self._end_jobs(now)
            self._system.network.tick(now)
        return self.take_outbox()

    def receive(self, advertisement: Advertisement, now: float) -> tuple[Advertisement, ...]:
        """Hear an advertisement; its interface is the one here that it came in by."""
        self._system.now = max(self._system.now, now)
        if self.runs:
            self._system.network.receive(advertisement, now)
        return self.take_outbox()

    def kernel_says(self, *lines: str) -> None:
        """Have lines in the kernel's buffer, as something that is not emulated leaves them."""
        self._system.network.log += lines
        self._system.network.version += 1

    def hear_vrrp(self) -> None:
        """Hear somebody who speaks VRRP: nothing comes of it but a count."""
        if self.runs:
            self._system.network.carp_counters.heard_vrrp()

    def take_outbox(self) -> tuple[Advertisement, ...]:
        """Return what has to go onto the wire since it was asked last."""
        outbox = self._system.network.outbox
        taken = tuple(outbox)
        outbox.clear()
        return taken

    def set_link(self, interface: str, *, up: bool, now: float) -> tuple[Advertisement, ...]:
        """Plug or unplug a cable."""
        self._system.now = now
        self._system.network.set_link(interface, up=up, now=now)
        return self.take_outbox()

    def send_result(self, interface: str, vhid: int, error: int, now: float) -> None:
        """Tell whether an advertisement could be sent: 0, or an errno."""
        self._system.now = now
        network = self._system.network
        network.apply(network.carp.send_result(interface, vhid, error, now), now)

    def panic(self, now: float) -> None:
        """Boot without being told to, as after a panic or a blink of the power."""
        self._system.now = now
        if self.runs:
            self._go_down()

    def mend(self, now: float) -> None:
        """Take every fault off; switch it off and on again, as a human does, if it hangs."""
        self._system.now = now
        mended = MachineFaults()
        for fault in fields(mended):
            if fault.name != "changes":
                setattr(self.faults, fault.name, getattr(mended, fault.name))
        if self._hangs:
            self._hangs = False
            self._go_down()

    # -- programs ------------------------------------------------------------

    def _dispatch(self, argv: tuple[str, ...], stdin: str) -> Output:
        if any(argv[: len(words)] == words for words in self.spec.denied):
            return Output("", f"{argv[0]}: Permission denied\n", 1)
        program = PROGRAMS.get(argv[0].rsplit("/", 1)[-1])
        if program is None:
            output = Output("", f"sh: {argv[0]}: not found\n", NOT_FOUND)
            if argv[0] in ABSENT:
                self._keep(argv, self._system.storage, output)
            else:
                self.unknown.append(argv)
            return output
        output = program.run(self._system, Call(argv, stdin, self._dispatch))
        if output.code == USAGE:
            self.unknown.append(argv)
        elif program.reads is not None and program.is_question(argv):
            self._keep(argv, program.reads(self._system, argv), output)
        return output

    def _keep(self, argv: tuple[str, ...], source: Versioned, output: Output) -> None:
        """Keep an answer, so that the same state gives the very same text."""
        before = self._kept.get(argv)
        if before is not None and before[0] == output:
            output = before[0]
        self._kept[argv] = (output, source, source.version)

    def _forget(self) -> None:
        """Forget what was answered before a boot or a fault, which the versions do not count."""
        self._kept.clear()
        self._batch = None

    def _state(self) -> tuple[int, ...]:
        """Return the version of every part that answers depend on; see PROGRAMS."""
        network, storage = self._system.network, self._system.storage
        return (
            network.version,
            network.ospf.version,
            storage.version,
            storage.files.version,
            self._system.processes.version,
            self.faults.changes,
        )

    def _end_jobs(self, now: float) -> None:
        for job in [job for job in self._system.processes.jobs if job.ends_s <= now]:
            jobs.finish(self._system, job, self._dispatch(job.argv, job.stdin))
            if self._system.reboots:
                self._go_down()
                return

    # -- power ---------------------------------------------------------------

    def _notice_faults(self) -> None:
        system = self._system
        self._faults_seen = self.faults.changes
        self._forget()
        system.storage.files.full = self.faults.disk_full
        if self.faults.dead:
            system.network.stop()
            self._boots_at = None  # a boot that the power cut ends begins anew with the power
        elif self.runs and not system.network.is_running:
            self._go_down()  # the power is back
        elif self.runs:
            system.network.refresh(system.now)

    def _go_down(self) -> None:
        """Come back after the time a boot takes, or hang."""
        boot.go_down(self._system)
        if self.faults.boot_hangs:
            self._hangs = True
        else:
            self._boots_at = self._system.now + self.spec.durations.boot
