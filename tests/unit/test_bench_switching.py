"""When the peer was MASTER is counted from the last command that made it so."""

from dataclasses import replace

from benchmarks.fping import Tally
from benchmarks.lab import table
from benchmarks.switching import Measured, delay, flushed
from benchmarks.variants import VARIANTS, drain_value, set_skews
from bluegreen.lab.report import Changed, Executed, Role, RouterReport
from bluegreen.model.network import CarpState
from bluegreen.model.system import Versions

UNICAST = Role("vmx1", 2, CarpState.MASTER, 1, 0, "192.0.2.12", "ff02::12")
MULTICAST = Role("vmx0", 3, CarpState.MASTER, 1, 50, "224.0.0.18", "ff02::12")
RAISE = ("ifconfig", "vmx1", "vhid", "2", "advskew", "200")
FLUSH = ("sysctl", "net.inet.carp.demotion=0")


def a_router(
    executed: tuple[tuple[float, tuple[str, ...]], ...] = (),
    masters: tuple[tuple[float, str], ...] = (),
) -> RouterReport:
    """Return a router that executed commands, and became MASTER of vhids."""
    return RouterReport(
        name="router-001",
        at_s=99.0,
        reachable=True,
        versions=Versions("14.2-RELEASE", "14.2-RELEASE", "14.2-RELEASE"),
        roles=(UNICAST, MULTICAST),
        preempt=True,
        demotion=0,
        config=(),
        active=("default", "default"),
        environments=(),
        leftovers=(),
        changes=tuple(
            Changed(at_s, vhid, CarpState.BACKUP, CarpState.MASTER) for at_s, vhid in masters
        ),
        executed=tuple(Executed(at_s, argv, (), 0) for at_s, argv in executed),
        unknown=(),
    )


def test_a_switch_is_over_when_the_last_vhid_has_moved() -> None:
    blue = a_router(executed=((1.0, FLUSH), (10.0, RAISE), (10.5, FLUSH), (10.6, ("true",))))
    green = a_router(masters=((2.0, "2@vmx1"), (10.510, "2@vmx1"), (10.525, "3@vmx0")))

    assert delay(blue, green, since_s=9.0) == 25.0


def test_a_peer_that_never_became_master_has_no_delay() -> None:
    assert delay(a_router(executed=((10.0, RAISE),)), a_router(), since_s=9.0) is None


def test_each_switch_of_an_upgrade_is_found_by_its_flush() -> None:
    first = a_router(executed=((10.0, FLUSH), (60.0, FLUSH)), masters=((40.004, "2@vmx1"),))
    second = a_router(executed=((40.0, FLUSH),), masters=((10.002, "2@vmx1"),))

    assert flushed(first, second, since_s=9.0) == (2.0, 4.0)


def test_a_drain_names_a_unicast_peer_again_and_leaves_multicast_alone() -> None:
    assert set_skews((UNICAST, MULTICAST), 200) == (
        "ifconfig vmx1 vhid 2 advskew 200 peer 192.0.2.12 && ifconfig vmx0 vhid 3 advskew 200"
    )


def test_a_drained_router_is_slower_than_any_peer() -> None:
    assert drain_value((UNICAST, MULTICAST)) == 200
    assert drain_value((UNICAST, replace(MULTICAST, advskew=200))) == 220


def test_what_was_changed_is_taken_back_to_what_each_vhid_had() -> None:
    undone = next(v for v in VARIANTS if v.key == "a").undo((UNICAST, MULTICAST), 200)

    assert "vhid 2 advskew 0 " in undone
    assert "vhid 3 advskew 50 " in undone


def test_a_line_of_the_table_holds_the_median_and_the_worst_of_a_variant() -> None:
    runs = [Measured("d", Tally(100, lost, gap), ()) for lost, gap in ((0, 1.0), (4, 9.0))]

    assert table(runs).splitlines()[-1] == (
        "| d | `state backup` | 2 | 200 | 2 (worst 4) | 5 (worst 9) | never |"
    )
