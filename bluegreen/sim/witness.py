"""Stands at each router's door and compares what is run there with what the journal holds."""

from collections.abc import Sequence

from bluegreen.emulator.machine import Machine
from bluegreen.freebsd.paths import Paths
from bluegreen.model.command import Command, Script
from bluegreen.model.events import CommandSent, Event
from bluegreen.sim.record import Broken, Record

LOCKING = frozenset({"lock", "unlock"})  # steps that take the lock, or give it back

CLOSED_BY = {"postflight": ("step_done",), "baseline": ("step_done", "undo_done")}
"""Gates over the whole pair, and the event that says that one has opened."""


class Witness:
    """Judges each change at the moment at which it is made."""

    def __init__(self, record: Record, paths: dict[str, Paths], secrets: Sequence[str]) -> None:
        self._record = record
        self._paths = paths
        self._secrets = tuple(secrets)
        self.last: Event | None = None  # that is durable
        self.durable = 0  # how many events would outlive a crash
        self.changes = 0  # how many scripts were run that are more than questions
        self.gated_s = 0.0  # when the look began by which a gate over the whole pair opened last
        self._heard: dict[str, float] = {}  # router: when it was asked or told something last, s
        self._is_told = False  # somebody keeps a journal

    def journalled(self, event: Event, now: float) -> None:
        """Hear what is durable now."""
        name = (event.step or "").partition("@")[0]
        if event.event in CLOSED_BY.get(name, ()):
            self.gated_s = min(self._heard.values(), default=now)
        self._is_told = True
        self.durable += 1
        self.last = event
        self._look_for_secrets(f"the journal's {event.event}", event.model_dump_json(), now)

    def arrived(self, machine: Machine, script: Script, now: float) -> None:
        """Judge a script right before it is run."""
        self._heard[machine.name] = now
        if script.reads_only:
            return
        self.changes += 1
        for command in script.commands:
            self._look_for_secrets(f"{machine.name}: an argument list", " ".join(command.argv), now)
            self._look_for_secrets(f"{machine.name}: what is sent", command.reads, now)
        if self._is_told and not self._announces(machine.name, script):
            what = f"{machine.name}: {'; '.join(map(str, script.commands))}"
            self._record.act(Broken.NOT_JOURNALLED, what, now)

    def running(self, machine: Machine, command: Command, now: float) -> None:
        """Judge one command of a change, right before it is run."""
        if not self._is_told or self._locks() or self._holds_lock(machine):
            return
        self._record.act(Broken.NOT_LOCKED, f"{machine.name}: {command}", now)

    @property
    def _order(self) -> CommandSent | None:
        """Return the order that the last event announced, if it did."""
        return self.last if isinstance(self.last, CommandSent) else None

    def _announces(self, router: str, script: Script) -> bool:
        """The run's notes and signs of life are no acts of its own."""
        paths = self._paths_of(router)
        own = {paths.heartbeat, paths.reached, f"{paths.reached}.new"}
        order = self._order
        texts = tuple(map(str, script.commands))
        acts = tuple(str(c) for c in script.commands if not own.issuperset(c.argv[1:]))
        if not acts:
            return True
        return order is not None and order.router == router and order.commands in (acts, texts)

    def _locks(self) -> bool:
        step = self._order.step if self._order else None
        return step is not None and step.partition("@")[0] in LOCKING

    def _holds_lock(self, machine: Machine) -> bool:
        run = self.last.run if self.last else None
        node = machine.files.find(self._paths_of(machine.name).lock)
        return node is not None and run is not None and f"run={run}\n" in (node.text or "")

    def _paths_of(self, router: str) -> Paths:
        return self._paths.get(router, Paths())

    def _look_for_secrets(self, where: str, text: str, now: float) -> None:
        if any(secret in text for secret in self._secrets):
            self._record.act(Broken.SECRET_TOLD, where, now)
