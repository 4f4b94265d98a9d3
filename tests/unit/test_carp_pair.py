"""Two routers on one segment: who serves, how soon after a change, and nothing in between."""

import re
from dataclasses import dataclass
from pathlib import Path

from carp_segment import VIP, VIP6, Segment, a_vhid
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bluegreen.carp.machine import Carp
from bluegreen.carp.predict import drain_value
from bluegreen.carp.quiet import Delivery, leap
from bluegreen.carp.values import Advertisement, Request, Sysctls, VhidConfig
from bluegreen.model.network import CarpState

SKEWS = st.integers(0, 254)
NAMES = ("router-001", "router-002")


def a_pair(
    first: VhidConfig,
    second: VhidConfig,
    *,
    preempt: tuple[bool, bool] = (True, True),
    demotions: tuple[int, int] = (0, 0),
    delay_s: float = 0.0,
) -> Segment:
    """Two routers that have just been configured, at 0 s."""
    routers = [
        Carp(name, Sysctls(preempt=preempts), demotion)
        for name, preempts, demotion in zip(NAMES, preempt, demotions, strict=True)
    ]
    segment = Segment(*routers, delay_s=delay_s)
    for router, config in zip(routers, (first, second), strict=True):
        segment.take(router, router.add(config, now=0.0))
    return segment


def a_serving_pair() -> Segment:
    """router-001, skew 0, serves; router-002, skew 100, backs it up; the time is 10 s."""
    segment = a_pair(a_vhid(0), a_vhid(100))
    segment.run(until=10.0)
    for lines in segment.logged.values():
        lines.clear()
    return segment


# -- examples -----------------------------------------------------------------


def test_the_faster_router_serves_three_seconds_after_both_have_booted() -> None:
    segment = a_pair(a_vhid(0), a_vhid(100))

    segment.run(until=2.999)
    before = segment.masters()
    segment.run(until=3.0)

    assert (before, segment.masters()) == ([], ["router-001"])


def test_a_flushed_drain_moves_the_role_at_the_same_instant() -> None:
    segment = a_serving_pair()
    blue = segment.routers[0]

    blue.request("vmx1", 2, Request(advskew=200), segment.now)
    segment.take(blue, blue.write_demotion(0, segment.now))

    assert segment.masters() == ["router-002"]
    assert segment.logged == {
        "router-001": [
            "carp: demoted by 0 to 0 (sysctl)",
            "carp: 2@vmx1: MASTER -> BACKUP (more frequent advertisement received)",
        ],
        "router-002": ["carp: 2@vmx1: BACKUP -> MASTER (preempting a slower master)"],
    }


def test_a_drain_that_is_not_flushed_waits_for_the_next_advertisement() -> None:
    segment = a_serving_pair()
    segment.run(until=10.25)

    segment.routers[0].request("vmx1", 2, Request(advskew=200), segment.now)
    segment.run(until=10.999)
    before = segment.masters()
    segment.run(until=11.0)

    assert (before, segment.masters()) == (["router-001"], ["router-002"])


def test_a_skew_equal_to_the_peers_moves_nobody() -> None:
    segment = a_serving_pair()
    blue = segment.routers[0]

    blue.request("vmx1", 2, Request(advskew=100), segment.now)
    segment.take(blue, blue.write_demotion(0, segment.now))

    assert segment.masters() == ["router-001"]


def test_a_peer_without_preempt_is_moved_by_advbase_four() -> None:
    segment = a_pair(a_vhid(0), a_vhid(100), preempt=(False, False))
    segment.run(until=10.0)
    blue = segment.routers[0]

    blue.request("vmx1", 2, Request(advskew=254), segment.now)
    segment.take(blue, blue.write_demotion(0, segment.now))
    by_skew = segment.masters()
    blue.request("vmx1", 2, Request(advbase=4, advskew=0), segment.now)
    segment.take(blue, blue.write_demotion(0, segment.now))

    assert (by_skew, segment.masters()) == (["router-001"], ["router-002"])


def test_state_backup_leaves_nobody_until_a_patience_is_over() -> None:
    segment = a_serving_pair()  # the last advertisement left at 10 s
    blue = segment.routers[0]

    segment.take(blue, blue.set_state("vmx1", 2, CarpState.BACKUP, segment.now))
    segment.run(until=12.999)
    meanwhile = segment.masters()
    segment.run(until=13.0)

    assert (meanwhile, segment.masters()) == ([], ["router-001"])


def test_a_dead_master_is_missed_for_three_seconds_and_the_backups_skew() -> None:
    segment = a_serving_pair()  # the last advertisement left at 10 s
    blue, green = segment.routers

    alone = Segment(green)
    alone.run(until=13.39)
    before = alone.masters()
    alone.run(until=13.390625)

    assert (blue.state("vmx1", 2), before) == (CarpState.MASTER, [])
    assert alone.masters() == ["router-002"]


def test_a_drained_router_still_relieves_a_peer_that_loses_a_link() -> None:
    segment = a_serving_pair()
    blue, green = segment.routers
    for router in segment.routers:
        segment.take(router, router.add(a_vhid(0, interface="vmx2", vhid=3), segment.now))
    blue.request("vmx1", 2, Request(advskew=200), segment.now)
    segment.take(blue, blue.write_demotion(0, segment.now))

    segment.take(green, green.link_down("vmx2", segment.now))

    assert segment.masters() == ["router-001"]


def test_different_address_lists_make_both_master() -> None:
    segment = a_pair(a_vhid(0), a_vhid(100, addresses=(VIP, VIP6)))

    segment.run(until=60.0)

    assert segment.masters() == ["router-001", "router-002"]


# -- what real kernels logged -------------------------------------------------


def carp_lines(log: Path) -> list[str]:
    return re.findall(r"carp: .*", "\n".join(log.read_text().splitlines()[1:]))


def test_the_log_of_a_real_drain_by_demotion_is_ours(corpus: Path) -> None:
    first, second = (a_vhid(skew, vhid=1, interface="igb1") for skew in (0, 100))
    segment = a_pair(first, second)
    segment.run(until=10.0)
    blue = segment.routers[0]
    segment.logged[blue.router].clear()

    segment.take(blue, blue.write_demotion(240, segment.now))

    assert segment.logged["router-001"] == [
        "carp: demoted by 240 to 240 (sysctl)",
        "carp: 1@igb1: MASTER -> BACKUP (more frequent advertisement received)",
    ]
    logged = carp_lines(corpus / "carp/syslog-carp-06-sysctl-demotion-failover.txt")
    assert segment.logged["router-001"] == logged


def test_the_log_of_a_real_lost_link_is_ours(corpus: Path) -> None:
    first, second = (a_vhid(skew, vhid=2, interface="em0") for skew in (0, 100))
    segment = a_pair(first, second)
    for router, skew in zip(segment.routers, (0, 100), strict=True):
        other = a_vhid(skew, vhid=1, interface="em1")
        segment.take(router, router.add(other, segment.now))
    segment.run(until=10.0)
    blue = segment.routers[0]
    segment.logged[blue.router].clear()

    segment.take(blue, blue.link_down("em0", segment.now))

    assert segment.logged["router-001"] == [
        "carp: 2@em0: MASTER -> INIT (hardware interface down)",
        "carp: demoted by 240 to 240 (interface down)",
        "carp: 1@em1: MASTER -> BACKUP (more frequent advertisement received)",
    ]
    logged = carp_lines(corpus / "carp/syslog-carp-05-link-down-failover.txt")
    assert segment.logged["router-001"] == logged


# -- laws ---------------------------------------------------------------------

vhids = st.builds(
    a_vhid,
    SKEWS,
    advbase=st.integers(1, 5),
    addresses=st.shared(st.sampled_from([(VIP,), (VIP6,), (VIP, VIP6)]), key="addresses"),
)
both = st.tuples(st.booleans(), st.booleans())
demoted = st.integers(-300, 300)


@dataclass(frozen=True, slots=True)
class Setup:
    """How two routers are configured that list the same addresses."""

    first: VhidConfig
    second: VhidConfig
    preempt: tuple[bool, bool]
    demotions: tuple[int, int]

    def boot(self, delay_s: float = 0.0) -> Segment:
        return a_pair(
            self.first,
            self.second,
            preempt=self.preempt,
            demotions=self.demotions,
            delay_s=delay_s,
        )


setups = st.builds(Setup, vhids, vhids, both, st.tuples(demoted, demoted))


@given(setup=setups)
def test_two_routers_that_hear_each_other_end_with_one_master_for_good(setup: Setup) -> None:
    segment = setup.boot()

    segment.run(until=60.0)
    settled = segment.masters()
    changes = sum(map(len, segment.logged.values()))
    segment.run(until=180.0)

    assert len(settled) == 1
    assert segment.masters() == settled
    assert sum(map(len, segment.logged.values())) == changes


@given(skew=SKEWS, preempt=both, later_s=st.floats(0, 5))
@example(skew=240, preempt=(True, True), later_s=0.0)
def test_equal_skews_still_give_exactly_one_master(
    skew: int, preempt: tuple[bool, bool], later_s: float
) -> None:
    segment = a_pair(a_vhid(skew), a_vhid(skew), preempt=preempt)
    second = segment.routers[1]
    segment.run(until=later_s)
    segment.take(second, second.add(a_vhid(skew), segment.now))

    segment.run(until=60.0)

    assert len(segment.masters()) == 1


@given(
    skew=st.integers(0, 219),
    others=st.integers(0, 219),
    at_s=st.floats(10, 20),
    flushed=st.booleans(),
)
def test_a_drained_master_yields_with_its_next_advertisement_and_never_leaves_nobody(
    skew: int, others: int, at_s: float, flushed: bool
) -> None:
    segment = a_pair(a_vhid(skew), a_vhid(others))
    segment.run(until=at_s)
    serving = segment.masters()
    active = next(router for router in segment.routers if router.router in serving)
    peer_skew = others if active.router == "router-001" else skew
    drain = drain_value(peer_skew)
    assert drain is not None
    sends_next = active.next_due()
    assert sends_next is not None

    active.request("vmx1", 2, Request(advskew=drain), at_s)
    segment.take(active, active.write_demotion(0, at_s) if flushed else ())
    by_flush = segment.masters()
    segment.run(until=sends_next)

    assert len(serving) == 1
    assert (by_flush != serving) == flushed
    assert len(by_flush) == len(segment.masters()) == 1
    assert segment.masters() != serving


# -- leaping over quiet time --------------------------------------------------


def everything(segment: Segment) -> list[object]:
    return [
        (vhid.config, vhid.state, vhid.due, dict(vhid.deadlines), router.demotion)
        for router in segment.routers
        for vhid in router.by_key.values()
    ]


def test_half_an_hour_of_quiet_is_one_leap() -> None:
    stepped, leapt = a_serving_pair(), a_serving_pair()
    fired = leapt.fired

    stepped.run(until=1810.0)
    assert leap(leapt.routers, leapt.reach, to=1810.0)
    leapt.run(until=1810.0)

    assert leapt.fired - fired == 2  # what is due at the very end, and its arrival
    assert everything(leapt) == everything(stepped)


def test_there_is_no_leap_over_a_change() -> None:
    segment = a_serving_pair()
    before = everything(segment)

    cut_off = leap(segment.routers, lambda _: (), to=60.0)
    segment.routers[0].request("vmx1", 2, Request(advskew=200), segment.now)
    drained = leap(segment.routers, segment.reach, to=60.0)
    segment.routers[0].request("vmx1", 2, Request(advskew=0), segment.now)
    segment.routers[0].send_result("vmx1", 2, 64, segment.now)
    failing = leap(segment.routers, segment.reach, to=60.0)

    assert (cut_off, drained, failing) == (False, False, False)
    assert everything(segment) == before


def test_a_backup_whose_second_family_goes_unheard_stops_a_leap() -> None:
    segment = a_pair(a_vhid(0, addresses=(VIP, VIP6)), a_vhid(100, addresses=(VIP, VIP6)))
    segment.run(until=10.0)

    def inet_only(advertisement: Advertisement) -> list[Delivery]:
        return segment.reach(advertisement) if advertisement.family == "inet" else []

    assert not leap(segment.routers, inet_only, to=60.0)
    assert leap(segment.routers, inet_only, to=13.0)


@given(
    setup=setups,
    delay_s=st.sampled_from([0.0, 0.001, 0.0203]),
    start_s=st.floats(20, 40),
    quiet_s=st.floats(0, 300),
)
def test_a_leap_equals_every_step_of_it(
    setup: Setup, delay_s: float, start_s: float, quiet_s: float
) -> None:
    stepped, leapt = setup.boot(delay_s), setup.boot(delay_s)
    for segment in (stepped, leapt):
        segment.run(until=start_s)
    assume(leapt.is_clear)
    end_s = start_s + quiet_s

    stepped.run(until=end_s)
    leap(leapt.routers, leapt.reach, to=end_s)
    leapt.run(until=end_s)

    assert everything(leapt) == everything(stepped)
    assert leapt.logged == stepped.logged
