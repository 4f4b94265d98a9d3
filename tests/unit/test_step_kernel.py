"""What loading carp(4) is taken back by: never by what would take somebody's addresses away."""

from dataclasses import replace

from facts import BLUE, a_pair, a_router, a_setting, texts, with_blue

from bluegreen.model.design import Design
from bluegreen.model.facts import PairFacts
from bluegreen.steps.provision_kernel import Kernel


def undone_by(now: PairFacts, before: PairFacts) -> list[str]:
    return texts(Kernel(a_setting(), BLUE).undo(now, before))


def without_vhids(pair: PairFacts) -> PairFacts:
    blue = a_router(BLUE)
    bare = tuple(replace(interface, carp=()) for interface in blue.interfaces)
    return with_blue(pair, replace(blue, interfaces=bare))


def test_a_module_that_was_not_there_is_unloaded_where_nothing_uses_it() -> None:
    before = with_blue(a_pair(), replace(a_router(BLUE), carp=None))

    assert undone_by(without_vhids(a_pair()), before) == ["kldunload carp"]
    assert undone_by(a_pair(), before) == []


def test_a_module_that_was_there_stays_and_has_its_sysctls_back() -> None:
    before = with_blue(a_pair(), a_router(BLUE, preempt=False))

    assert undone_by(without_vhids(a_pair()), before) == ["sysctl net.inet.carp.preempt=0"]


def test_carp_that_is_switched_off_is_switched_on() -> None:
    now = with_blue(a_pair(), a_router(BLUE, preempt=False, allow=False))

    orders = Kernel(replace(a_setting(), design=Design(())), BLUE).commands(now)

    assert {"sysctl net.inet.carp.preempt=1", "sysctl net.inet.carp.allow=1"} <= {*texts(orders)}
