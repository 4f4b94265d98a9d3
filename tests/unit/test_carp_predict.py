"""What is foretold of a pair is what the pair then does."""

import pytest
from carp_segment import a_vhid
from hypothesis import example, given
from hypothesis import strategies as st

from bluegreen.carp.machine import Carp
from bluegreen.carp.predict import (
    Speaker,
    advbase_way,
    advertisement_interval_s,
    drain_value,
    effective_advskew,
    patience_s,
    will_take_over,
)
from bluegreen.carp.values import Request, Sent, Sysctls
from bluegreen.model.network import CarpState


def a_speaker(
    state: CarpState,
    advskew: int = 0,
    *,
    advbase: int = 1,
    demotion: int = 0,
    preempt: bool = True,
    allow: bool = True,
) -> Speaker:
    name = "router-001" if state is CarpState.MASTER else "router-002"
    return Speaker(advbase, advskew, demotion, preempt, allow, state, name)


MASTER = a_speaker(CarpState.MASTER)


@pytest.mark.parametrize(
    ("advskew", "demotion", "effective"),
    [(0, 0, 0), (100, 120, 220), (254, 0, 240), (100, 240, 240), (100, -240, 0)],
)
def test_the_effective_skew_is_clamped_to_0_and_240(
    advskew: int, demotion: int, effective: int
) -> None:
    assert effective_advskew(advskew, demotion) == effective


def test_intervals_and_patience_are_those_of_the_kernel() -> None:
    assert advertisement_interval_s(1, 100, 0) == 1.390625
    assert advertisement_interval_s(1, 100, 240) == 1.9375
    assert patience_s(1, 0) == 3.0
    assert patience_s(1, 100) == 3.390625
    assert patience_s(1, 254) == 3.9921875


@pytest.mark.parametrize(
    ("peer", "drain"), [(0, 200), (100, 200), (180, 200), (181, 201), (219, 239), (220, None)]
)
def test_the_drain_value_is_200_or_20_above_the_peer_and_always_below_240(
    peer: int, drain: int | None
) -> None:
    assert drain_value(peer) == drain


@pytest.mark.parametrize(("peer", "way"), [(1, 4), (2, 7), (84, 253), (85, None)])
def test_a_peer_without_preempt_needs_more_than_three_times_its_advbase(
    peer: int, way: int | None
) -> None:
    assert advbase_way(peer) == way


def test_a_backup_that_preempts_and_is_faster_takes_over() -> None:
    assert will_take_over(MASTER, a_speaker(CarpState.BACKUP, 100), advskew=200)


@pytest.mark.parametrize(
    ("master", "backup", "reasons"),
    [
        (
            MASTER,
            a_speaker(CarpState.BACKUP, 100, preempt=False),
            ["router-002: net.inet.carp.preempt is 0, so it ignores a slower MASTER until"],
        ),
        (
            MASTER,
            a_speaker(CarpState.BACKUP, 200),
            ["router-002 is as slow as the raised MASTER (1.781 s against 1.781 s): a tie"],
        ),
        (
            MASTER,
            a_speaker(CarpState.BACKUP, 100, demotion=120),
            [
                "router-002 stays slower than the raised MASTER (1.859 s against 1.781 s)",
                "router-002: net.inet.carp.demotion is 120: see what demoted it",
            ],
        ),
        (
            a_speaker(CarpState.MASTER, demotion=240),
            a_speaker(CarpState.BACKUP, 100, demotion=240),
            [
                "router-002 is as slow as the raised MASTER (1.938 s against 1.938 s): a tie",
                "both would advertise 240, the most there is",
                "router-002: net.inet.carp.demotion is 240: see what demoted it",
            ],
        ),
        (
            MASTER,
            a_speaker(CarpState.BACKUP, 100, allow=False),
            ["router-002: net.inet.carp.allow is 0, it takes no part"],
        ),
        (
            MASTER,
            a_speaker(CarpState.INIT),
            ["router-002 is INIT, not BACKUP"],
        ),
        (
            a_speaker(CarpState.BACKUP),
            a_speaker(CarpState.BACKUP, 100),
            ["router-002 is BACKUP, not MASTER"],
        ),
    ],
)
def test_each_reason_against_a_takeover_is_named(
    master: Speaker, backup: Speaker, reasons: list[str]
) -> None:
    verdict = will_take_over(master, backup, advskew=200)

    assert len(verdict.reasons) == len(reasons)
    assert all(map(str.startswith, verdict.reasons, reasons))


def test_without_preempt_a_raised_advbase_is_a_way() -> None:
    raised = a_speaker(CarpState.MASTER, advbase=4)

    assert will_take_over(raised, a_speaker(CarpState.BACKUP, 254, preempt=False), advskew=0)


def does_take_over(master: Speaker, backup: Speaker, advskew: int) -> bool:
    """Play it: a MASTER with that advbase raises its skew and flushes, the BACKUP hears it."""
    active, idle = (
        Carp(s.name, Sysctls(preempt=s.preempt, allow=s.allow), s.demotion)
        for s in (master, backup)
    )
    active.add(a_vhid(master.advskew, advbase=master.advbase), 0.0)
    active.set_state("vmx1", 2, CarpState.MASTER, 0.0)
    idle.add(a_vhid(backup.advskew, advbase=backup.advbase), 0.0)

    active.request("vmx1", 2, Request(advskew=advskew), 1.0)
    flushed = active.write_demotion(0, 1.0)
    answer = tuple(
        back
        for effect in flushed
        if isinstance(effect, Sent)
        for back in idle.receive(effect.advertisement, 1.0)
    )
    for effect in answer:
        if isinstance(effect, Sent):
            active.receive(effect.advertisement, 1.0)
    yielded = active.state("vmx1", 2) is CarpState.BACKUP
    took_over = idle.state("vmx1", 2) is CarpState.MASTER
    assert yielded == took_over
    return took_over


speakers = {
    "advskew": st.integers(0, 254),
    "advbase": st.integers(1, 8),
    "demotion": st.integers(-300, 300),
    "preempt": st.booleans(),
}


@given(
    master=st.builds(a_speaker, st.just(CarpState.MASTER), **speakers),
    backup=st.builds(a_speaker, st.just(CarpState.BACKUP), **speakers),
    advskew=st.integers(0, 254),
)
@example(master=MASTER, backup=a_speaker(CarpState.BACKUP, 200), advskew=200)
def test_the_prediction_is_what_the_routers_do(
    master: Speaker, backup: Speaker, advskew: int
) -> None:
    foretold = bool(will_take_over(master, backup, advskew))

    assert foretold == does_take_over(master, backup, advskew)


@given(
    backup=st.builds(a_speaker, st.just(CarpState.BACKUP), **{**speakers, "preempt": st.just(True)})
)
def test_every_drain_value_moves_a_peer_that_preempts(backup: Speaker) -> None:
    advskew = drain_value(backup.effective)
    way = a_speaker(CarpState.MASTER, advbase=backup.advbase)

    assert advskew is None or does_take_over(way, backup, advskew)


@given(
    backup=st.builds(a_speaker, st.just(CarpState.BACKUP), **speakers),
    demotion=st.integers(-300, 300),
    advskew=st.integers(0, 254),
)
def test_the_advbase_way_moves_every_peer(backup: Speaker, demotion: int, advskew: int) -> None:
    advbase = advbase_way(backup.advbase)
    assert advbase is not None
    master = a_speaker(CarpState.MASTER, advskew, advbase=advbase, demotion=demotion)

    assert does_take_over(master, backup, advskew)
