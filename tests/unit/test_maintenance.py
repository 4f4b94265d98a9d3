"""What others have left on a router is named, each with what takes it back."""

from dataclasses import replace

import pytest
from facts import BACKUP, BLUE, INIT, LOCK, a_router, a_vhid, rc_conf

from bluegreen.model.facts import RouterFacts
from bluegreen.model.network import Pfsync
from bluegreen.model.system import Versions
from bluegreen.policy.maintenance import maintained


def free(router: RouterFacts) -> RouterFacts:
    return replace(router, lock=None)


def of(router: RouterFacts) -> str:
    return "; ".join(maintained(free(router)).reasons)


def test_a_router_that_nobody_works_on_has_nothing_to_say() -> None:
    assert of(a_router(BLUE)) == ""


def test_what_a_run_of_ours_has_done_is_not_somebody_else_s() -> None:
    assert maintained(a_router(BLUE, a_vhid(state=BACKUP, advskew=240), lock=LOCK))


@pytest.mark.parametrize("advskew", [240, 254])
def test_a_skew_of_maintenance_is_named_with_what_the_files_say(advskew: int) -> None:
    router = a_router(BLUE, a_vhid(state=BACKUP, advskew=advskew))

    said = of(replace(router, rc=(rc_conf((a_vhid(advskew=100),)),)))

    assert f"vhid 2@vmx1 has advskew {advskew}: maintenance mode of pfSense" in said
    assert "rc.conf says 100: `ifconfig vmx1 vhid 2 advskew 100` on router-001" in said
    assert of(router) == ""  # a pair may be configured so


def test_a_demotion_of_240_that_nothing_explains_may_be_opnsense_s() -> None:
    said = of(a_router(BLUE, demotion=240))

    assert "neither a link nor pfsync explains it: OPNsense's persistent maintenance mode" in said
    assert "`sysctl net.inet.carp.demotion=-240`" in said


@pytest.mark.parametrize(("demotion", "back"), [(20, "-20"), (-240, "240")])
def test_any_other_demotion_was_left_over_by_hand(demotion: int, back: str) -> None:
    said = of(a_router(BLUE, demotion=demotion))

    assert f"net.inet.carp.demotion is {demotion}: left over by hand" in said
    assert f"`sysctl net.inet.carp.demotion={back}`" in said


def test_a_bulk_update_that_does_not_end_is_told_from_a_demotion_by_hand() -> None:
    router = a_router(BLUE, demotion=240)
    first = router.interfaces[0]
    pfsync = replace(first, name="pfsync0", carp=(), pfsync=Pfsync(None, None, syncok=False))

    said = of(replace(router, interfaces=(*router.interfaces, pfsync)))

    assert "pfsync0 is fetching the states (syncok: 0)" in said
    assert "the bulk update is stuck" in said


def test_an_interface_that_was_taken_down_is_put_up_again() -> None:
    router = a_router(BLUE, a_vhid(state=INIT), demotion=240)
    down = tuple(replace(i, flags=("BROADCAST",)) if i.carp else i for i in router.interfaces)

    said = of(replace(router, interfaces=down))

    assert "vhid 2@vmx1 is INIT: vmx1 was taken down; put it up: `ifconfig vmx1 up` on" in said
    assert "its return takes it back by itself" in said


def test_an_update_that_others_began_is_theirs_to_end() -> None:
    pending = replace(
        a_router(BLUE), versions=Versions("14.2-RELEASE-p2", "14.2-RELEASE", "14.2-RELEASE")
    )
    half = replace(
        a_router(BLUE), versions=Versions("14.3-RELEASE", "14.3-RELEASE", "14.2-RELEASE")
    )

    assert "a reboot is pending" in of(pending)
    assert maintained(free(pending), updates=False)
    assert "until both are the same: `freebsd-update install` on router-001" in of(half)
