"""Every routing table of a real machine is read right, or refused."""

from pathlib import Path

import pytest

from bluegreen.errors import ParseError
from bluegreen.freebsd.netstat import parse_routes

READ = {
    "gre-09-freebsd-netstat-rn-bird-jail": (
        "inet 127.0.0.1 link#16 UH lo0",
        "inet 192.168.10.0/24 link#26 U1 lo1",
        "inet 192.168.10.1 link#26 UH lo1",
        "inet 192.168.12.0/24 link#4 U epair112a",
        "inet 192.168.12.1 link#4 UHS lo0",
        "inet 192.168.23.0/24 192.168.12.2 UG1 epair112a",
        "inet 192.168.34.0/24 192.168.12.2 UG1 epair112a",
        "inet 192.168.45.0/24 192.168.12.2 UG1 epair112a",
        "inet 192.168.56.0/24 192.168.12.2 UG1 epair112a",
        "inet 192.168.60.0/24 192.168.12.2 UG1 epair112a",
        "inet6 ::/96 ::1 UGRS lo0",
        "inet6 ::1 link#16 UHS lo0",
        "inet6 ::ffff:0.0.0.0/96 ::1 UGRS lo0",
        "inet6 2001:db8:10::/64 link#26 U lo1",
        "inet6 2001:db8:10::1 link#26 UHS lo0",
        "inet6 2001:db8:12::/64 link#4 U epair112a",
        "inet6 2001:db8:12::1 link#4 UHS lo0",
    ),
    "gre-10-freebsd-netstat-rn-ec2": (
        "inet default 172.31.32.1 UGS xn0",
        "inet 127.0.0.1 link#1 UH lo0",
        "inet 172.31.32.0/20 link#2 U xn0",
        "inet 172.31.32.246 link#2 UHS lo0",
        "inet6 ::/96 ::1 URS lo0",
        "inet6 ::1 link#1 UHS lo0",
        "inet6 ::ffff:0.0.0.0/96 ::1 URS lo0",
        "inet6 fe80::/10 ::1 URS lo0",
    ),
    "gre-14-freebsd-wrong-netif-same-subnet": (
        "inet default 192.168.1.1 UGS em0",
        "inet 192.168.1.0/24 link#1 U em0",
        "inet 192.168.1.154 link#3 UHS lo0",
        "inet 192.168.1.252 link#3 UHS lo0",
        "inet 192.168.10.0/24 link#7 U vlan01",
    ),
}


@pytest.mark.parametrize("name", READ)
def test_a_table_of_a_real_machine_is_read(corpus: Path, name: str) -> None:
    routes = parse_routes((corpus / "gre" / f"{name}.txt").read_text())

    assert READ[name] == tuple(
        f"{route.family} {route.destination} {route.gateway} {route.flags} {route.interface}"
        for route in routes
    )
    assert {route.expire for route in routes} == {None}


def test_a_file_without_a_table_is_refused(corpus: Path) -> None:
    others = [path for path in (corpus / "gre").iterdir() if path.stem not in READ]

    assert len(others) >= 8
    for path in others:
        with pytest.raises(ParseError, match="netstat"):
            parse_routes(path.read_text())
