"""Pairs whose routers are configured differently: refused by name, or no matter at all."""

from dataclasses import replace

import pytest
from judged import differences, lost_probes
from pairs import BLUE, GREEN, NEW
from uneven_pairs import Change, an_uneven_story, renaming, with_vhid, without_vhid

OTHER_KEY = {"password": "battery-staple"}
BROKEN: dict[str, tuple[Change, str]] = {
    "one side only": (
        without_vhid(3),
        f"{BLUE}: vhid 3 (192.0.2.1, 2001:db8::1) on vmx0 is not on its peer: {GREEN} has 2@vmx1",
    ),
    "fewer addresses": (
        with_vhid(3, lambda v: replace(v, addresses=v.addresses[:1])),
        "vhid 3 does not have the same addresses",
    ),
    "another prefix length": (
        with_vhid(2, lambda v: replace(v, addresses=("198.51.100.230/24",))),
        f"198.51.100.230 is a /32 on {BLUE} and a /24 on {GREEN}",
    ),
    "another advbase": (
        with_vhid(3, lambda v: replace(v, advbase=3)),
        f"vhid 3@vmx0 has advbase 1 on {BLUE} and 3 on {GREEN}",
    ),
    "another password": (
        with_vhid(3, lambda v: replace(v, **OTHER_KEY)),
        "vhid 3 (192.0.2.1, 2001:db8::1) is MASTER on both routers: split brain (their passwords",
    ),
    "multicast on one side": (
        with_vhid(2, lambda v: replace(v, peer=None)),
        f"vhid 2: {BLUE} sends IPv4 to peer",
    ),
    "a peer that nobody has": (
        with_vhid(2, lambda v: replace(v, peer="10.99.1.99")),
        f"{GREEN}: vhid 2@vmx1 names peer 10.99.1.99, which {BLUE} does not have",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_differs_is_found_before_anything_is_changed(what: str) -> None:
    change, message = BROKEN[what]
    story = an_uneven_story(change)
    story.world.network.advance(10.0)

    finished = story.go()

    assert (finished.outcome, finished.exit_code) == ("refused", 3)
    assert message in finished.reason
    assert story.sent() == ()


def test_an_interface_that_is_down_is_found_before_anything_is_changed() -> None:
    story = an_uneven_story()
    story.world.network.unplug(1, "vmx1")

    finished = story.go()

    assert finished.outcome == "refused"
    assert f"{GREEN}: vmx1 is down" in finished.reason
    assert "carries vhid 2" in finished.reason
    assert story.sent() == ()


HARMLESS: dict[str, Change] = {
    "names of interfaces": renaming("vmx1", "igb3"),
    "order of addresses": with_vhid(3, lambda v: replace(v, addresses=v.addresses[::-1])),
}


@pytest.mark.parametrize("what", HARMLESS)
def test_what_routers_may_have_otherwise_makes_no_difference(what: str) -> None:
    story = an_uneven_story(HARMLESS[what])

    finished = story.go()

    assert finished.outcome == "done"
    assert [router.versions.userland for router in story.now] == [NEW, NEW]
    assert lost_probes(finished) == 0
    assert story.world.violations() == ()
    assert [d for d in differences(story.before, story.now) if "versions" not in d] == []
