"""What must hold at every instant, watched from the machines themselves."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

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
    """An invariant that did not hold."""

    UNSERVED = "unserved"
    TWO_MASTERS = "two-masters"
    BOTH_DOWN = "both-down"
    NOT_IDLE = "disruptive-not-idle"


@dataclass(frozen=True, slots=True)
class Violation:
    """Which invariant, of what, from when to when."""

    broken: Broken
    what: str  # a VIP, the pair, or a router and the command it was given
    span: Span

    def __str__(self) -> str:
        since = f"from {self.span.since:.3f} s on for {self.span.seconds:.3f} s"
        return f"{self.broken}: {self.what}, {since}"


class Record:
    """Who served each VIP, who was up, and what was done to a router that was not idle."""

    def __init__(
        self, machines: tuple[Machine, Machine], vips: tuple[str, ...], now: float
    ) -> None:
        self._machines = machines
        self.served = {vip: History[Names](self._serving(vip), now) for vip in vips}
        self.up = History[Names](self._running(), now)
        self._sampled = self._service()
        self.disruptions: list[Violation] = []

    def sample(self, now: float) -> None:
        """Note what has changed; to be called after whatever can change it."""
        service = self._service()
        if service == self._sampled:
            return
        self._sampled = service
        for vip, served in self.served.items():
            served.note(self._serving(vip), now)
        self.up.note(self._running(), now)

    def executing(self, router: int, command: Command, now: float) -> None:
        """Note a command that takes a router out of service while it is MASTER of something."""
        machine = self._machines[router]
        if not is_disruptive(command):
            return
        if any(state is CarpState.MASTER for _, state in machine.carp.vhids()):
            what = f"{machine.name}: {command}"
            self.disruptions.append(Violation(Broken.NOT_IDLE, what, Span(now, now)))

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
        yield from self.disruptions

    def _serving(self, vip: str) -> Names:
        return tuple(machine.name for machine in self._machines if machine.serves(vip))

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
        or (words[0] == "service" and words[-1] in ("stop", "restart"))
    )
