"""A pair is provisioned once its roles are those of before, where it had any."""

from dataclasses import replace

from facts import (
    BACKUP,
    BLUE,
    GREEN,
    MASTER,
    VIP,
    a_pair,
    a_router,
    a_setting,
    a_vhid,
    switched,
)

from bluegreen.model.design import Design, PasswordSource, VhidDesign
from bluegreen.model.facts import PairFacts
from bluegreen.steps.provision_pair import Provisioned

VHID = VhidDesign(
    2,
    interfaces=((BLUE, "vmx1"), (GREEN, "vmx1")),
    vips=(f"{VIP}/32",),
    advskew=((BLUE, 0), (GREEN, 100)),
    password=PasswordSource("env", "CARP"),
)
STEP = Provisioned(replace(a_setting(), design=Design((VHID,))))


def roles(pair: PairFacts) -> tuple[str, ...]:
    return dict(STEP.layers(pair))["roles"].reasons


def test_a_role_that_somebody_had_is_his_at_the_end() -> None:
    assert roles(a_pair(before=a_pair())) == ()
    assert roles(switched(before=a_pair())) == ("vhid 2 (1): MASTER is router-002, was router-001",)


def test_where_nobody_had_it_exactly_one_must_have_it_at_the_end() -> None:
    nobody = a_pair(a_router(BLUE, a_vhid(2, BACKUP)))
    both = a_pair(green=a_router(GREEN, a_vhid(2, MASTER)))

    assert roles(a_pair()) == ()
    assert roles(nobody) == ("vhid 2 (1): MASTER is nobody",)
    assert roles(both) == ("vhid 2 (1): MASTER is router-001 and router-002",)
