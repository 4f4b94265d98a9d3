"""What comes back through a tunnel: of a narrow path, of a one-way one, of a silent far end."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from emulated import Router, a_master
from facts import BLUE, GREEN, a_pair, a_router, a_tunnel, switched

from bluegreen.freebsd.ifconfig import parse_ifconfig
from bluegreen.freebsd.tunnelping import PINGS_SH, Through, parse_pings, ping_through, throughs
from bluegreen.model.command import Effect, Output
from bluegreen.model.facts import PairFacts
from bluegreen.model.network import Inet, TunnelPath
from bluegreen.policy.tunnel_path import asked, paths_as, sent_through

FAR, OUTER = "172.27.27.33", "203.0.113.30"
GRE = Through("gre0", OUTER, "172.27.27.252", FAR, 1476)
SIX = Through("gre1", "2001:db8::9", "2001:db8:1::1", "2001:db8:1::2", 1476)
PASSES = TunnelPath("gre0", OUTER, FAR, 1476, small=True, whole=True)
ECHO = f"PING {FAR} ({FAR}): 56 data bytes\n64 bytes from {FAR}: icmp_seq=0 ttl=64 time=1.0 ms\n"
NARROW = (
    "router-002: gre7: small packets pass, one of 1476 octets (its MTU, with DF) "
    "does not, as it did before: MTU mismatch"
)
ONE_WAY = (
    f"router-002: gre7: no echo of {FAR} comes back through the tunnel to {OUTER}, "
    "which passed before: it is one-way, or nobody is there"
)
LOST = f"PING {FAR} ({FAR}): 56 data bytes\n\n--- {FAR} ping statistics ---\n"


def said(small: int, whole: int, text: str = "") -> tuple[Output, ...]:
    """Return what the question prints, by the exit status of each ping."""
    ends = ((56, small, ECHO), (1448, whole, text or (ECHO if whole == 0 else LOST)))
    blocks = (f"ping {s} -S 172.27.27.252 {FAR}\n{t}exit {c}\n" for s, c, t in ends)
    return (Output("".join(blocks)),)


def test_a_small_packet_and_one_as_long_as_the_tunnel_are_sent_through_each() -> None:
    command = ping_through((GRE, SIX))

    assert command.effect is Effect.READ
    assert command.argv[4:] == (
        "2",
        f"56 -S 172.27.27.252 {FAR}",
        f"1448 -S 172.27.27.252 {FAR}",
        "56 -S 2001:db8:1::1 2001:db8:1::2",
        "1428 -S 2001:db8:1::1 2001:db8:1::2",
    )


@pytest.mark.parametrize(
    ("outputs", "wanted"),
    [
        (said(0, 0), PASSES),
        (said(2, 2), replace(PASSES, small=False, whole=False)),
        (said(0, 2), replace(PASSES, whole=False)),
        (
            said(0, 2, "36 bytes from 192.0.2.1: frag needed and DF set (MTU 1400)\n"),
            replace(PASSES, whole=False, detail="a router on the way takes 1400 octets"),
        ),
        (
            said(0, 2, "ping: sendto: Message too long\n"),
            replace(PASSES, whole=False, detail="the kernel finds it too long for the way"),
        ),
        (
            said(0, 71, "ping: bind: Can't assign requested address\n"),
            replace(PASSES, whole=False, detail="bind: Can't assign requested address"),
        ),
    ],
)
def test_what_came_back_is_read(outputs: tuple[Output, ...], wanted: TunnelPath) -> None:
    assert parse_pings((GRE,), outputs) == (wanted,)


def test_a_tunnel_that_was_not_asked_is_not_known() -> None:
    assert parse_pings((GRE, SIX), said(0, 0)) == (PASSES,)
    assert parse_pings((GRE,), (Output("", "sh: ping: not found", 127),)) == ()


def test_the_script_says_of_each_ping_what_it_said(tmp_path: Path) -> None:
    ping = tmp_path / "ping"
    ping.write_text(
        '#!/bin/sh\nprintf "%s\\n" "$*"\n[ "$8" = 56 ] || { echo "ping: lost" >&2; exit 2; }\n'
    )
    ping.chmod(0o755)
    words = ping_through((GRE,)).argv[3:]

    ran = subprocess.run(
        ["/bin/sh", "-c", PINGS_SH, *words],
        env={"PATH": f"{tmp_path}:/bin:/usr/bin"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "-n -D -c 1 -t 2 -s 1448 -S 172.27.27.252 172.27.27.33\n" in ran.stdout
    assert parse_pings((GRE,), (Output(ran.stdout),)) == (
        replace(PASSES, whole=False, detail="lost"),
    )


def through(router: Router) -> TunnelPath:
    tunnels = throughs(parse_ifconfig(router.run("ifconfig", "-a").stdout))
    output = router.run(*ping_through(tunnels).argv)
    (path,) = parse_pings(tunnels, (output,))
    assert router.machine.unknown == []
    return path


def test_an_emulated_far_end_answers_and_is_narrow_or_one_way_where_that_is_wanted() -> None:
    router = a_master()
    assert (through(router).small, through(router).whole) == (True, True)

    router.machine.faults.tunnel_narrow = True
    assert (through(router).small, through(router).whole) == (True, False)

    router.machine.faults.tunnel_one_way = True
    assert (through(router).small, through(router).whole) == (False, False)


def with_tunnel(name: str) -> PairFacts:
    """Return the pair after a switch to green, with one tunnel through which all passed."""
    inet = Inet("172.27.27.252", 32, destination=FAR)
    tunnel = replace(a_tunnel(name), inet=(inet,), mtu=1476)
    start = a_pair(a_router(BLUE), a_router(GREEN))
    before = replace(start, outside=replace(start.outside, paths=(PASSES,)))
    after = switched(before)
    green = after.seen(GREEN)
    assert green
    served = replace(green, interfaces=(*green.interfaces, tunnel))
    return replace(after, second=served, before=before)


@pytest.mark.parametrize(
    ("outputs", "reason"),
    [
        ((), "router-002: nothing was sent through the tunnel to 203.0.113.30 yet"),
        (
            said(0, 2),
            NARROW,
        ),
        (
            said(2, 2),
            ONE_WAY,
        ),
    ],
)
def test_a_narrow_path_and_a_one_way_tunnel_are_told_apart(
    outputs: tuple[Output, ...], reason: str
) -> None:
    pair = replace(with_tunnel("gre7"), said=outputs)

    assert paths_as(pair, GREEN).reasons == (reason,)


def test_what_passes_as_before_holds_and_what_never_passed_is_not_asked_for() -> None:
    pair = with_tunnel("gre7")
    assert paths_as(replace(pair, said=said(0, 0)), GREEN)

    assert pair.before
    silent = replace(PASSES, small=False, whole=False)
    before = replace(pair.before, outside=replace(pair.before.outside, paths=(silent,)))
    assert paths_as(replace(pair, before=before, said=said(2, 2)), GREEN)

    narrow = replace(PASSES, whole=False)
    before = replace(pair.before, outside=replace(pair.before.outside, paths=(narrow,)))
    assert paths_as(replace(pair, before=before, said=said(0, 2)), GREEN)


@pytest.mark.parametrize("address", ["-f", "*", "$(reboot)", "fe80::1%gre0", ""])
def test_what_is_no_plain_address_is_not_asked(address: str) -> None:
    inet = Inet("172.27.27.252", 32, destination=address)

    assert throughs((replace(a_tunnel(), inet=(inet,), mtu=1476),)) == ()


def test_only_tunnels_that_are_up_and_lead_somewhere_are_asked() -> None:
    pair = with_tunnel("gre7")
    green = pair.seen(GREEN)
    assert green

    assert len(sent_through(green)) == 1
    assert not asked(pair, GREEN)
    assert sent_through(a_router(GREEN)) == ()
    assert asked(a_pair(), GREEN)
