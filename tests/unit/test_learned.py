"""What was learned must not lead to the BACKUP: here, and at the far ends."""

from dataclasses import replace

import pytest
from facts import (
    BACKUP,
    BLUE,
    GREEN,
    MASTER,
    a_pair,
    a_route,
    a_router,
    a_setting,
    a_tunnel,
    a_vhid,
    seen,
)

from bluegreen.model.facts import Outside, PairFacts, RemoteFacts, RouterFacts, Unknown
from bluegreen.model.network import Inet, Route, Tunnel
from bluegreen.policy.layers import converged
from bluegreen.policy.learned import past_backup, remotes_have
from bluegreen.policy.setting import RemoteRoute

NET = "172.27.27.0/27"
INNER = {BLUE: "10.255.1.1", GREEN: "10.255.2.1"}
SETTING = replace(a_setting(), remotes=(RemoteRoute("windriver", NET),))


def at(facts: RouterFacts, *routes: Route, local: str | None = None) -> RouterFacts:
    """Return a router with a tunnel of its own inner address, and routes."""
    tunnel = replace(a_tunnel(), inet=(Inet(INNER[facts.name], 32),))
    if local:
        tunnel = replace(tunnel, tunnel=Tunnel("inet", local, "203.0.113.30"))
    return replace(facts, interfaces=(*facts.interfaces, tunnel), routes=routes)


def switched_pair(
    now: tuple[Route, ...],
    was: tuple[Route, ...] = (a_route(NET, "10.255.0.2", "gre0"),),
    outside: Outside | None = None,
    local: str | None = None,
) -> PairFacts:
    """Return the pair after a switch: green serves; what blue, now BACKUP, had as MASTER is was."""
    before = a_pair(at(a_router(BLUE), *was), at(a_router(GREEN)))
    blue = at(a_router(BLUE, a_vhid(2, BACKUP, 200)), *was, local=local)
    green = at(a_router(GREEN, a_vhid(2, MASTER, 100)), *now, local=local)
    return a_pair(blue, green, outside or Outside(), before=before)


def judged(*now: Route, was: tuple[Route, ...] | None = None) -> tuple[str, ...]:
    pair = switched_pair(now) if was is None else switched_pair(now, was)
    assert pair.before is not None
    return past_backup(pair, seen(pair, GREEN), seen(pair.before, BLUE)).reasons


def test_a_route_of_the_new_masters_own_is_fine() -> None:
    assert judged(a_route(NET, "10.255.0.6", "gre0")) == ()


@pytest.mark.parametrize("gateway", ["192.0.2.11", INNER[BLUE]])
def test_a_route_through_the_backup_is_none(gateway: str) -> None:
    assert judged(a_route(NET, gateway, "vmx0")) == (
        f"router-002: {NET} still leads to router-001 ({gateway}), which is BACKUP",
    )


def test_one_of_two_ways_may_lead_through_the_backup() -> None:
    assert judged(a_route(NET, "192.0.2.11"), a_route(NET, "10.255.0.6", "gre0")) == ()


def test_what_led_through_the_peer_before_may_do_so_again() -> None:
    assert judged(a_route(NET, "192.0.2.11"), was=(a_route(NET, "192.0.2.12"),)) == ()


def test_a_default_that_the_backup_still_announces_is_told_by_its_name() -> None:
    static = Route("default", "203.0.113.254", "UGS", "vmx1", "inet")

    assert judged(a_route("default", "192.0.2.11"), was=(static,)) == (
        (
            "router-002: its default still leads to router-001 (192.0.2.11), which is BACKUP; "
            "where it announces one, without `always`: it ends with its own"
        ),
    )


def test_the_gate_refuses_a_route_through_the_backup() -> None:
    pair = switched_pair((a_route(NET, "192.0.2.11"),))

    layers = dict(converged(pair, GREEN, a_setting()))

    assert layers["routes"].reasons == (
        f"router-002: {NET} still leads to router-001 (192.0.2.11), which is BACKUP",
    )


# -- far ends ---------------------------------------------------------------------


def far(*routes: Route) -> Outside:
    return Outside(remotes=(RemoteFacts("windriver", routes),))


def at_far_end(*routes: Route, local: str | None = None) -> tuple[str, ...]:
    pair = switched_pair((a_route(NET, "10.255.0.6"),), outside=far(*routes), local=local)
    return remotes_have(pair, SETTING, GREEN).reasons


def test_a_far_end_takes_the_tunnel_of_the_new_master() -> None:
    assert at_far_end(a_route(NET, INNER[GREEN], "gre0")) == ()


def test_a_route_that_is_left_over_from_the_old_master_has_not_converged() -> None:
    assert at_far_end(a_route(NET, INNER[BLUE], "gre0")) == (
        f"windriver: {NET} still leads to router-001 ({INNER[BLUE]}), which is BACKUP",
    )


def test_a_default_of_the_backup_is_found_at_the_far_end_too() -> None:
    routes = (a_route(NET, INNER[GREEN]), a_route("default", INNER[BLUE]))

    assert at_far_end(*routes)[0].startswith(
        f"windriver: its default still leads to router-001 ({INNER[BLUE]}), which is BACKUP; "
        "where it announces one"
    )


def test_a_tunnel_to_the_backups_own_address_lives_and_is_asked_about_before_its_reboot() -> None:
    assert at_far_end(a_route(NET, INNER[BLUE], "gre0"), local="203.0.113.11") == ()


def test_a_far_end_whose_routes_cannot_be_read_has_not_converged() -> None:
    outside = Outside(remotes=(RemoteFacts("windriver", Unknown("no answer")),))

    assert remotes_have(switched_pair((), outside=outside), SETTING, GREEN).reasons == (
        "windriver: its routes cannot be read",
    )
