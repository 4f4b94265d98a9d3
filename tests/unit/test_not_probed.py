"""Which VIPs nobody watches, and what is said of one that nobody has heard of."""

from dataclasses import replace

import pytest
from facts import a_pair
from rehearsed import inventoried

from bluegreen.cli.look import not_probed
from bluegreen.model.facts import Outside, VipAnswer
from bluegreen.model.pair import ProbeTarget
from bluegreen.model.roles import answered

(VIP,) = a_pair().groups()[0].addresses


@pytest.mark.parametrize(
    "target",
    [
        ProbeTarget("icmp", VIP),
        ProbeTarget("flow", f"{VIP}:7"),
        ProbeTarget("http", f"http://{VIP}:8080/alive"),
    ],
)
def test_a_vip_that_is_probed_in_any_way_is_watched(target: ProbeTarget) -> None:
    assert not_probed(replace(inventoried(), probes=(target,)), a_pair()) is None


def test_a_vip_that_nobody_probes_is_named() -> None:
    elsewhere = ProbeTarget("icmp", "203.0.113.99")

    note = not_probed(replace(inventoried(), probes=(elsewhere,)), a_pair())

    assert note == f"not probed: {VIP}; an outage of theirs is neither measured nor waited out"


@pytest.mark.parametrize(
    ("answering", "reason"),
    [
        (True, None),
        (False, f"{VIP} does not answer the probe"),
        (None, f"{VIP} is not known to answer: it was not probed yet, or the host that probes is"),
    ],
)
def test_unknown_is_a_no_and_is_not_called_silence(
    answering: bool | None, reason: str | None
) -> None:
    outside = Outside((VipAnswer(VIP, 10, 0, 1.0, answering),))

    (verdict,) = answered(replace(a_pair(), outside=outside))

    assert bool(verdict) is (reason is None)
    assert reason is None or verdict.reasons[0].startswith(reason)
