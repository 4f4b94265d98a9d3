"""One FreeBSD router, emulated: programs in, outputs out, and time as the caller gives it."""

from bluegreen.carp.machine import Carp
from bluegreen.carp.values import Advertisement
from bluegreen.emulator.faults import MachineFaults
from bluegreen.emulator.files import Files, PathError
from bluegreen.emulator.network import TransitionAt
from bluegreen.emulator.processes import Job, Processes
from bluegreen.emulator.programs import ABSENT, PROGRAMS, Versioned
from bluegreen.emulator.rcfiles import SYSCTL_CONF, settings_of, vhids_of
from bluegreen.emulator.spec import MachineSpec
from bluegreen.emulator.system import NOT_FOUND, USAGE, Call, System
from bluegreen.errors import ParseError
from bluegreen.model.command import Output


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
        self._start_network(now)
        self._system.network.ospf.settle()

    # -- what is so ----------------------------------------------------------

    @property
    def carp(self) -> Carp:
        """Return the CARP of this boot."""
        return self._system.network.carp

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
    def runs(self) -> bool:
        return self._boots_at is None and not self._hangs and not self.faults.dead

    @property
    def reachable(self) -> bool:
        """Whether sshd answers."""
        return self.runs

    def serves(self, address: str) -> bool:
        return self.runs and self._system.network.serves(address)

    def next_due(self) -> float | None:
        """Return when ``tick`` must be called next; None: nothing is going on."""
        if self._faults_seen != self.faults.changes:
            return self._system.now
        if self._boots_at is not None:
            return self._boots_at
        if not self.runs:
            return None
        dues = (self._system.network.next_due(), self._system.processes.next_end())
        return min((due for due in dues if due is not None), default=None)

    # -- what happens --------------------------------------------------------

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

    def tick(self, now: float) -> tuple[Advertisement, ...]:
        """Do what is due: boot, end jobs, fire timers; return what goes onto the wire."""
        self._system.now = max(self._system.now, now)
        if self._faults_seen != self.faults.changes:
            self._notice_faults()
        if self._boots_at is not None and self._boots_at <= now and not self.faults.dead:
            self._boot(self._boots_at)
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

    # -- programs ------------------------------------------------------------

    def _dispatch(self, argv: tuple[str, ...], stdin: str) -> Output:
        program = PROGRAMS.get(argv[0].rsplit("/", 1)[-1])
        if program is None:
            if argv[0] not in ABSENT:
                self.unknown.append(argv)
            return Output("", f"sh: {argv[0]}: not found\n", NOT_FOUND)
        output = program.run(self._system, Call(argv, stdin, self._dispatch))
        if output.code == USAGE:
            self.unknown.append(argv)
        elif program.reads is not None and program.is_question(argv):
            self._keep(argv, program.reads(self._system), output)
        return output

    def _keep(self, argv: tuple[str, ...], source: Versioned, output: Output) -> None:
        """Keep an answer, so that the same state gives the very same text."""
        before = self._kept.get(argv)
        if before is not None and before[0] == output:
            output = before[0]
        self._kept[argv] = (output, source, source.version)

    def _end_jobs(self, now: float) -> None:
        for job in [job for job in self._system.processes.jobs if job.ends_s <= now]:
            self._end_job(job)
            if self._system.reboots:
                self._go_down()
                return

    def _end_job(self, job: Job) -> None:
        """Do a job's work at its last instant; log and status may have lost their directory."""
        said = self._dispatch(job.argv, job.stdin)
        files = self._system.storage.files
        texts = ((job.log, said.stdout + said.stderr), (job.status, f"{said.code}\n"))
        for path, text in texts:
            try:
                if path is not None:
                    files.write(path, text)
            except PathError as error:
                self._system.network.log.append(f"daemon: {error}")
        if job.pidfile is not None and files.find(job.pidfile) is not None:
            files.remove(job.pidfile)
        self._system.processes.end(job)

    # -- power ---------------------------------------------------------------

    def _notice_faults(self) -> None:
        system = self._system
        self._faults_seen = self.faults.changes
        self._kept.clear()
        system.storage.files.full = self.faults.disk_full
        if self.faults.dead:
            system.network.stop()
        elif self.runs and not system.network.is_running:
            self._go_down()  # the power is back
        elif self.runs:
            system.network.refresh(system.now)

    def _go_down(self) -> None:
        """Processes die, CARP falls silent; it comes back after its time, or hangs."""
        system = self._system
        system.reboots = False
        system.network.stop()
        system.processes = Processes(self.spec.services)
        if self.faults.boot_hangs:
            self._hangs = True
        else:
            self._boots_at = system.now + self.spec.durations.boot

    def _boot(self, at: float) -> None:
        system = self._system
        system.storage.boot(wrong=self.faults.boots_wrong_environment)
        system.running = system.storage.now.installed.kernel
        system.booted_s = at
        self._boots_at = None
        self._kept.clear()
        self._start_network(at)

    def _start_network(self, now: float) -> None:
        """Configure what the files of this boot environment say."""
        files = self._system.storage.files
        conf = files.find(SYSCTL_CONF)
        settings = settings_of(conf.text or "") if conf else {}
        try:
            vhids = vhids_of(files, self.spec)
        except ParseError as error:
            self._system.network.log.append(f"rc: {error}")
            vhids = ()
        self._system.network.start(vhids, settings.get("net.inet.carp.preempt") == "1", now)
