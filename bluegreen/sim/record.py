"""What must hold at every instant, watched from the machines themselves."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum, auto
from math import inf

from bluegreen.emulator.machine import Machine
from bluegreen.model.command import Command, Effect
from bluegreen.model.network import CarpState
from bluegreen.sim.history import History, Span

SWITCH_WINDOW_S = 0.02  # longest time a planned switch may leave a VIP unserved
BOTH_WINDOW_S = 0.05  # both serve from the new one's announcement until the old one hears it

DISRUPTIVE = frozenset({"shutdown", "reboot", "service", "freebsd-update", "env", "daemon"})
"""Programs that can take a router out of service, whatever effect a command claims to have."""

Names = tuple[str, ...]


class Broken(StrEnum):
    """An invariant that did not hold; its value is the name that people read."""

    UNSERVED = "unserved"
    TWO_MASTERS = "two-masters"
    BOTH_DOWN = "both-down"
    NOT_IDLE = "disruptive-not-idle"
    BOTH_WORKED_ON = "both-worked-on"
    NOT_JOURNALLED = "act-before-journal"
    NOT_LOCKED = "changed-without-lock"
    SECRET_TOLD = "secret-told"  # noqa: S105 - the name of an invariant
    OTHER_END = "resumed-to-another-end"
    NOT_AS_BEFORE = "not-as-before"
    LEFT_BEHIND = "left-behind"
    NEVER_ENDS = "neither-done-nor-undone"
    DEFECT = "defect"  # the program itself broke: an exception that is no answer to anything


@dataclass(frozen=True, slots=True)
class Violation:
    """Which invariant, of what, from when to when."""

    broken: Broken
    what: str  # a VIP, the pair, or a router and the command it was given
    span: Span

    def __str__(self) -> str:
        since = f"from {self.span.since:.3f} s on for {self.span.seconds:.3f} s"
        return f"{self.broken}: {self.what}, {since}"


class Blow(StrEnum):
    """What a fault does to service, whatever any program does."""

    POWER = auto()  # the router goes down
    LINK = auto()  # an interface of it loses its link
    ROLE = auto()  # its vhids become BACKUP, whatever CARP says
    SPLIT = auto()  # the routers do not hear each other, or do not heed it


@dataclass(frozen=True, slots=True)
class Harm:
    """A blow to a router, and until when it lasted."""

    blow: Blow
    router: str
    at: float
    mended: float = inf


class Record:
    """Who served each VIP, who could, who was up, and what was done to whom."""

    def __init__(
        self, machines: tuple[Machine, Machine], vips: tuple[str, ...], now: float
    ) -> None:
        self._machines = machines
        self._sampled = self._service()
        self.served = {vip: History[Names](self._serving(vip), now) for vip in vips}
        self.able = {vip: History[Names](self._able(vip), now) for vip in vips}
        self.up = History[Names](self._running(), now)
        self.harms: list[Harm] = []
        self.acts: list[Violation] = []  # what was wrong with a command when it was run
        self._last_order: dict[str, float] = {}  # router: when it was told to go down

    def sample(self, now: float) -> None:
        """Note what has changed; to be called after whatever can change it."""
        service = self._service()
        if service == self._sampled:
            return
        self._sampled = service
        for vip, served in self.served.items():
            served.note(self._serving(vip), now)
            self.able[vip].note(self._able(vip), now)
        running = self._running()
        self.up.note(running, now)
        for name in running:
            self._last_order.pop(name, None)

    def hit(self, blow: Blow, router: str, now: float) -> None:
        """Note what a fault is about to do to service."""
        self.harms.append(Harm(blow, router, now))

    def mended(self, now: float) -> None:
        self.harms = [h if h.mended < now else replace(h, mended=now) for h in self.harms]

    def executing(self, router: int, command: Command, now: float) -> None:
        """Judge a command that takes a router out of service, by what both routers really are."""
        if not is_disruptive(command):
            return
        machine, peer = self._machines[router], self._machines[1 - router]
        if any(state is CarpState.MASTER for _, state in machine.carp.vhids()):
            self.act(Broken.NOT_IDLE, f"{machine.name}: {command}", now)
        if any("install" in " ".join(job) for job in peer.running_jobs) or self._told(peer):
            self.act(Broken.BOTH_WORKED_ON, f"{machine.name}: {command}", now)
        if command.argv[0] in ("shutdown", "reboot"):
            self._last_order[machine.name] = now

    def act(self, broken: Broken, what: str, now: float) -> None:
        self.acts.append(Violation(broken, what, Span(now, now)))

    def went_down_by_order(self, router: str, at: float) -> bool:
        """Whether it was us who took a router down at an instant, and no fault."""
        return not any(
            h.blow is Blow.POWER and h.router == router and h.at == at for h in self.harms
        )

    def unserved(self, vip: str, now: float) -> Iterator[Span]:
        return self.served[vip].spans(lambda servers: not servers, now)

    def served_twice(self, vip: str, now: float) -> Iterator[Span]:
        return self.served[vip].spans(lambda servers: len(servers) > 1, now)

    def both_down(self, now: float) -> Iterator[Span]:
        return self.up.spans(lambda up: not up, now)

    def violations(self, now: float) -> Iterator[Violation]:
        """Yield everything that was not as it must be, longest known windows taken off."""
        for vip in self.served:
            for span in self.unserved(vip, now):
                if span.seconds > SWITCH_WINDOW_S:
                    yield Violation(Broken.UNSERVED, vip, span)
            for span in self.served_twice(vip, now):
                if span.seconds > BOTH_WINDOW_S:
                    yield Violation(Broken.TWO_MASTERS, vip, span)
        for span in self.both_down(now):
            yield Violation(Broken.BOTH_DOWN, "pair", span)
        yield from self.acts

    def _told(self, peer: Machine) -> bool:
        """Whether a router went down as it was told to, and is not back."""
        return not peer.reachable and peer.name in self._last_order

    def _serving(self, vip: str) -> Names:
        return tuple(machine.name for machine in self._machines if machine.serves(vip))

    def _able(self, vip: str) -> Names:
        """Return who would serve a VIP once nobody else does: up, linked, and free to."""
        return tuple(
            machine.name
            for machine in self._machines
            if machine.runs
            and not machine.faults.carp_stuck_backup
            and any(
                state is not CarpState.INIT and vip in config.addresses
                for config, state in machine.carp.vhids()
            )
        )

    def _service(self) -> tuple[tuple[bool, int, int], ...]:
        return tuple(machine.service for machine in self._machines)

    def _running(self) -> Names:
        return tuple(machine.name for machine in self._machines if machine.reachable)


def is_disruptive(command: Command) -> bool:
    """Whether a command takes a router out of service, whatever it calls itself."""
    words = command.argv
    return (
        command.effect is Effect.DISRUPTIVE
        or words[0] in ("shutdown", "reboot")
        or ("freebsd-update" in words and "install" in words)
        or (words[0] == "service" and words[1] != "devd" and words[-1] in ("stop", "restart"))
    )
