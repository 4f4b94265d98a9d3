"""Where the floating address is: asked beside the routers, and no more often than need be."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import Event

import pytest
from facts import BLUE, GREEN, VIP, a_pair

from bluegreen.engine.bindings import POLL_S, REFUSALS_MAX, Bindings
from bluegreen.errors import BluegreenError, UnreachableError
from bluegreen.ipfo.errors import CredentialError
from bluegreen.model.command import Output, Script
from bluegreen.model.facts import Floating, Unknown
from bluegreen.model.pair import FloatingAddress
from bluegreen.world import Binding, World

MACS = ((BLUE, "02:00:00:00:00:01"), (GREEN, "02:00:00:00:00:02"))
WANTED = FloatingAddress("ovh", "ns1.example", VIP, settle_s=30.0, macs=MACS)
HERE = Binding(VIP, BLUE, settled=True)
PAIR = a_pair()


@dataclass(slots=True)
class HandClock:
    """A clock that goes when the test says so."""

    s: float = 100.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.s, UTC)

    def now_s(self) -> float:
        return self.s

    def sleep(self, seconds: float) -> None:
        self.s += seconds


@dataclass(slots=True)
class Told:
    """A provider that answers what it is told to."""

    says: Binding | BluegreenError = HERE
    name: str = "told"
    asked: list[bool] = field(default_factory=list)  # each time, whether for everything
    gate: Event | None = None  # where there is one, an answer waits for it

    def binding(self, macs: Mapping[str, str], *, thorough: bool = False) -> Binding:
        self.asked.append(thorough)
        assert dict(macs) == dict(MACS)
        if self.gate:
            self.gate.wait(10.0)
        if isinstance(self.says, BluegreenError):
            raise self.says
        return self.says

    def run(self, script: Script) -> tuple[Output, ...]:
        raise AssertionError(f"{script} was sent")


def watching(provider: Told, clock: HandClock, parallel: bool = False) -> Bindings:
    return Bindings(World("sim", {}, clock, provider=provider, parallel=parallel), WANTED)


def test_the_first_look_asks_for_everything_and_the_next_one_for_nothing() -> None:
    provider, clock = Told(), HandClock()
    bindings = watching(provider, clock)

    first = bindings.answer(PAIR)
    clock.sleep(POLL_S - 0.1)
    second = bindings.answer(PAIR)

    assert isinstance(first, Floating)
    assert (first.router, first.settled, first.began_s) == (BLUE, True, 100.0)
    assert second == first
    assert provider.asked == [True]


def test_it_is_asked_again_after_five_seconds_and_then_for_where_it_is_only() -> None:
    provider, clock = Told(), HandClock()
    bindings = watching(provider, clock)
    bindings.answer(PAIR)

    clock.sleep(POLL_S)
    bindings.answer(PAIR)

    assert provider.asked == [True, False]


def test_after_an_order_everything_is_asked_for_at_once() -> None:
    provider, clock = Told(), HandClock()
    bindings = watching(provider, clock)
    bindings.answer(PAIR)

    bindings.forget()
    bindings.answer(PAIR)

    assert provider.asked == [True, True]


def test_an_address_that_has_come_is_given_time_to_settle() -> None:
    provider, clock = Told(), HandClock()
    bindings = watching(provider, clock)
    bindings.answer(PAIR)
    provider.says = replace(HERE, router=GREEN)

    clock.sleep(POLL_S)
    early = bindings.answer(PAIR)
    clock.sleep(WANTED.settle_s)
    late = bindings.answer(PAIR)

    assert isinstance(early, Floating)
    assert isinstance(late, Floating)
    assert (early.router, early.settled) == (GREEN, False)
    assert early.detail == "there for 0 s of 30 s to settle"
    assert (late.router, late.settled) == (GREEN, True)


def test_what_problems_there_were_is_remembered_between_two_thorough_looks() -> None:
    provider, clock = Told(replace(HERE, problems=("no rule",))), HandClock()
    bindings = watching(provider, clock)
    bindings.answer(PAIR)
    provider.says = HERE

    clock.sleep(POLL_S)
    later = bindings.answer(PAIR)

    assert isinstance(later, Floating)
    assert later.problems == ("no rule",)


def test_a_provider_that_is_not_there_makes_it_unknown_and_is_asked_again_soon() -> None:
    provider, clock = Told(UnreachableError("HTTP 503", "ovh")), HandClock()
    bindings = watching(provider, clock)

    unknown = bindings.answer(PAIR)
    provider.says = HERE
    clock.sleep(1.0)
    known = bindings.answer(PAIR)

    assert unknown == Unknown("HTTP 503")
    assert isinstance(known, Floating)


@pytest.mark.parametrize(
    ("error", "final"),
    [(CredentialError("expired", "ovh"), True), (UnreachableError("HTTP 503", "ovh"), False)],
)
def test_only_what_is_refused_again_and_again_is_final(error: BluegreenError, final: bool) -> None:
    provider, clock = Told(error), HandClock()
    bindings = watching(provider, clock)

    answers = []
    for _ in range(REFUSALS_MAX):
        answers.append(bindings.answer(PAIR))
        clock.sleep(1.0)

    assert [a.final for a in answers if isinstance(a, Unknown)] == [False, False, final]


def test_a_slow_provider_does_not_hold_up_a_look() -> None:
    provider, clock = Told(), HandClock()
    bindings = watching(provider, clock, parallel=True)
    before = bindings.answer(PAIR)
    provider.gate = Event()
    provider.says = replace(HERE, router=GREEN)

    clock.sleep(POLL_S)
    bindings.ask()
    during = bindings.answer(PAIR)
    provider.gate.set()
    clock.sleep(POLL_S)
    after = bindings.answer(PAIR)

    assert during == before
    assert isinstance(after, Floating)
    assert after.router == GREEN
    assert provider.asked == [True, False]


def test_an_answer_that_was_under_way_when_something_was_asked_for_is_not_used() -> None:
    provider, clock = Told(), HandClock()
    bindings = watching(provider, clock, parallel=True)
    bindings.answer(PAIR)
    provider.gate = Event()
    clock.sleep(POLL_S)
    bindings.ask()

    bindings.forget()
    provider.says = replace(HERE, router=GREEN)
    provider.gate.set()
    after = bindings.answer(PAIR)

    assert isinstance(after, Floating)
    assert after.router == GREEN
    assert provider.asked == [True, False, True]
