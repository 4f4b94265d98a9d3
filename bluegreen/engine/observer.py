"""Ask both routers at once, and the outside, and freeze what they say."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Protocol

from bluegreen.engine.bindings import Bindings
from bluegreen.engine.together import together
from bluegreen.errors import BluegreenError
from bluegreen.model.command import Command, Output, Script, legible
from bluegreen.model.facts import (
    Outside,
    PairFacts,
    RemoteFacts,
    RouterFacts,
    Unknown,
    Unseen,
    VipAnswer,
)
from bluegreen.model.pair import FloatingAddress
from bluegreen.model.system import Lock
from bluegreen.world import Order, Transport, World


class Dialect(Protocol):
    """The language of the routers: what to ask, and how to read the answers."""

    def questions(self, router: str) -> Script: ...

    def read(
        self,
        router: str,
        outputs: tuple[Output, ...],
        began_s: float,
        controller_s: float,
        address: str | None,
    ) -> RouterFacts: ...

    def remote_questions(self) -> Script: ...

    def read_remote(self, name: str, outputs: tuple[Output, ...]) -> RemoteFacts: ...

    def sign_of_life(self, router: str, holder: Lock, at: str) -> Script:
        """Return what writes down that a run lives, where it still holds the router."""
        ...

    def note(self, router: str, reached: str) -> tuple[Command, ...]: ...

    def lock_of(self, router: str) -> str: ...


class Observer:
    """One observation costs one exec a router, all of them at the same time."""

    def __init__(
        self, world: World, dialect: Dialect, floating: FloatingAddress | None = None
    ) -> None:
        self._world = world
        self._dialect = dialect
        self._bindings = Bindings(world, floating) if floating else None

    def look(self) -> PairFacts:
        """Return what is seen now; a router that does not answer is Unseen, never absent."""
        if self._bindings:
            self._bindings.ask()
        first, second = self._world.transports
        asked: dict[str, Callable[[], RouterFacts | Unseen | RemoteFacts]] = {
            name: self._asking(self._world.transports[name]) for name in (first, second)
        }
        for name, transport in (self._world.remotes or {}).items():
            asked[f"remote {name}"] = self._asking_remote(name, transport)
        seen = together(asked, parallel=self._world.parallel)
        one, two = seen[first], seen[second]
        assert not isinstance(one, RemoteFacts)
        assert not isinstance(two, RemoteFacts)
        remotes = tuple(r for r in seen.values() if isinstance(r, RemoteFacts))
        pair = PairFacts(one, two, self._outside(remotes))
        if self._bindings is None:
            return pair
        return replace(pair, outside=replace(pair.outside, floating=self._bindings.answer(pair)))

    def asked_for(self, order: Order) -> None:
        """What is known of the floating address says nothing of what comes of an order."""
        if self._bindings and order.router not in self._world.transports:
            self._bindings.forget()

    def _asking(self, transport: Transport) -> Callable[[], RouterFacts | Unseen]:
        def ask() -> RouterFacts | Unseen:
            clock = self._world.clock
            began_s, controller_s = clock.now_s(), clock.now().timestamp()
            try:
                outputs = legible(transport.run(self._dialect.questions(transport.name)))
                return self._dialect.read(
                    transport.name, outputs, began_s, controller_s, transport.address
                )
            except BluegreenError as error:
                kind = type(error).__name__
                return Unseen(transport.name, error.what, began_s, kind, error.next_move)

        return ask

    def _asking_remote(self, name: str, transport: Transport) -> Callable[[], RemoteFacts]:
        def ask() -> RemoteFacts:
            try:
                return self._dialect.read_remote(
                    name, legible(transport.run(self._dialect.remote_questions()))
                )
            except BluegreenError as error:
                return RemoteFacts(name, Unknown(error.what))

        return ask

    def _outside(self, remotes: Iterable[RemoteFacts]) -> Outside:
        probe = self._world.probe
        answers = tuple(
            VipAnswer(o.vip, o.sent, o.lost, o.longest_gap_ms, o.answering)
            for o in (probe.outages() if probe else ())
        )
        return Outside(answers, None, tuple(remotes))
