"""The doors to a world: live, lab or simulated. Engine and steps know no other."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bluegreen.model.command import Command, Guard, Output, Script
from bluegreen.model.facts import PairFacts
from bluegreen.model.outage import Outage
from bluegreen.model.verdict import YES, Verdict


@dataclass(frozen=True, slots=True)
class Order:
    """What one router is to do, as one exec."""

    router: str
    commands: tuple[Command, ...]
    guard: Guard | None = None

    @property
    def script(self) -> Script:
        return Script(self.commands, self.guard)


class Step(Protocol):
    """Four questions, each answered from facts alone: they may be asked twice, or in a plan."""

    @property
    def name(self) -> str: ...

    @property
    def router(self) -> str:
        """Return the router it is about, or "pair"."""
        ...

    @property
    def goal(self) -> str:
        """Return what will be true afterwards, as a sentence for people."""
        ...

    @property
    def deadline_s(self) -> float:
        """Return how long it may take; undoing has a time of its own, as long."""
        ...

    def ready(self, pair: PairFacts) -> Verdict:
        """May I act now?"""
        ...

    def done(self, pair: PairFacts) -> Verdict:
        """Is the goal reached, by another witness than the one commanded?"""
        ...

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        """What would take us there from here; () means: wait."""
        ...

    def failure(self, pair: PairFacts) -> str | None:
        """Why waiting longer is pointless, if it is."""
        ...

    def layers(self, pair: PairFacts) -> tuple[tuple[str, Verdict], ...]:
        """What is watched on the way to the goal, each with a time of its own in the journal."""
        ...

    def layers_back(self, pair: PairFacts, before: PairFacts) -> tuple[tuple[str, Verdict], ...]:
        """What is watched while it is taken back, each with a time of its own, too."""
        ...

    def note(self, pair: PairFacts) -> str:
        """Which way is taken, and why, where there are several; "" where there is one."""
        ...

    def pinned(self, pair: PairFacts) -> PairFacts:
        """What is to be known of the pair from now on: as seen, and what the step has asked."""
        ...

    def undo(self, pair: PairFacts, before: PairFacts) -> tuple[Order, ...]:
        """What takes back exactly what we gave."""
        ...

    def undone(self, pair: PairFacts, before: PairFacts) -> Verdict:
        """Is it as it was before the step?"""
        ...


class Quiet:
    """The answers of a step that sends nothing and leaves nothing to take back."""

    __slots__ = ()

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        return ()

    def failure(self, pair: PairFacts) -> str | None:
        return None

    def layers(self, pair: PairFacts) -> tuple[tuple[str, Verdict], ...]:
        return ()

    def layers_back(self, pair: PairFacts, before: PairFacts) -> tuple[tuple[str, Verdict], ...]:
        return ()

    def note(self, pair: PairFacts) -> str:
        return ""

    def pinned(self, pair: PairFacts) -> PairFacts:
        return pair

    def undo(self, pair: PairFacts, before: PairFacts) -> tuple[Order, ...]:
        return ()

    def undone(self, pair: PairFacts, before: PairFacts) -> Verdict:
        return YES


class Transport(Protocol):
    """The only door to one router."""

    name: str

    @property
    def address(self) -> str | None:
        """Return the address really connected to, where there is one."""
        ...

    def run(self, script: Script) -> tuple[Output, ...]:
        """Return one output a command that was run, in order.

        A script that does not ``keep_going`` ends with its first failure, so
        that fewer outputs come back than it has commands. A guard that does
        not hold gives one output with code 75.

        Raises:
            UnreachableError: nothing was sent.
            OutcomeUnknownError: it was sent, and the answer is lost.
        """
        ...

    def close(self) -> None: ...


class Clock(Protocol):
    """The world's time."""

    def now(self) -> datetime:
        """Return the time of day, with its zone, for journals and people."""
        ...

    def now_s(self) -> float:
        """Return seconds on a clock that never goes back."""
        ...

    def sleep(self, seconds: float) -> None: ...


class Probe(Protocol):
    """Watches the VIPs from outside, all the time of a run."""

    def start(self) -> None: ...

    def outages(self) -> tuple[Outage, ...]:
        """Return one outage a VIP that is probed, since the start; none where nothing is."""
        ...

    def lap(self) -> tuple[Outage, ...]:
        """Return what was seen since the last lap, or the start, and begin another.

        It waits a moment, until it is known what became of the probes sent so far.
        """
        ...

    def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Binding:
    """Where the provider sends a floating address."""

    address: str
    router: str | None  # one of the pair, or None: elsewhere or unknown
    settled: bool  # nothing of the provider is under way
    detail: str = ""  # what is under way, or why it is at neither router
    service: str | None = None  # the server it is routed to, where that was asked
    mac: str | None = None  # the virtual MAC it is bound to
    failed: str | None = None  # what the provider gave up since it was last asked to move it
    problems: tuple[str, ...] = ()  # why it could not be moved


class Provider(Protocol):
    """Who owns the floating address outside of CARP."""

    name: str

    def binding(self, macs: Mapping[str, str], *, thorough: bool = False) -> Binding:
        """Return where the address is now.

        Args:
            macs: The MAC of each router that the address can be bound to, as far as known.
            thorough: Ask for everything that could keep it from being moved, too.

        Raises:
            BluegreenError: the provider cannot be asked.
        """
        ...

    def run(self, script: Script) -> tuple[Output, ...]:
        """Send requests, one after the other, each only if it is safe at that moment.

        As with a router, a request that must not be made gives one output with code 75.

        Raises:
            UnreachableError: nothing was done, and it may be asked again.
            OutcomeUnknownError: it was sent, and the answer is lost.
        """
        ...


@dataclass(frozen=True, slots=True)
class World:
    """Everything a run can touch."""

    kind: str  # live, lab or sim
    transports: Mapping[str, Transport]
    clock: Clock
    probe: Probe | None = None
    provider: Provider | None = None
    remotes: Mapping[str, Transport] | None = None  # far ends of the tunnels
    parallel: bool = True  # transports may be used from several threads at once
