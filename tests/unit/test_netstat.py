"""Routes as netstat shows them."""

from pathlib import Path

import pytest

from bluegreen.errors import ParseError
from bluegreen.freebsd.netstat import parse_routes
from bluegreen.model.network import Route

FIXTURES = Path(__file__).parent.parent / "fixtures" / "system"
LINUX = """Kernel IP routing table
Destination     Gateway         Genmask         Flags   MSS Window  irtt Iface
0.0.0.0         10.0.0.1        0.0.0.0         UG        0 0          0 eth0
"""
PLAIN = "Destination        Gateway            Flags     Netif Expire\n"


def test_wide_columns_are_found_by_their_header() -> None:
    text = (FIXTURES / "netstat-rn-W-143.txt").read_text()

    assert parse_routes(text) == (
        Route("default", "192.0.2.1", "UGS", "vmx0", "inet"),
        Route("127.0.0.1", "link#3", "UH", "lo0", "inet"),
        Route("172.27.27.0/27", "10.0.0.2", "UG1", "gre0", "inet", "300"),
        Route("198.51.100.230", "link#1", "UHS", "lo0", "inet"),
        Route("default", "fe80::1%vmx0", "UG1", "vmx0", "inet6"),
        Route("fe80::%vmx0/64", "link#1", "U", "vmx0", "inet6"),
    )


def test_old_releases_count_references_and_use() -> None:
    text = """Internet:
Destination        Gateway            Flags    Refs      Use  Netif Expire
default            10.0.0.1           UGS         0    49378    em1
10.10.110.5        00:1b:0d:e6:58:40  UHLW        2        0    em0   1145
10                 link#2             UC          0        0    em0 =>
"""

    assert parse_routes(text) == (
        Route("default", "10.0.0.1", "UGS", "em1", "inet"),
        Route("10.10.110.5", "00:1b:0d:e6:58:40", "UHLW", "em0", "inet", "1145"),
        Route("10", "link#2", "UC", "em0", "inet"),
    )


def test_prose_and_notes_are_skipped_and_what_follows_a_prompt_is_no_route() -> None:
    text = f"Voilà:\nInternet:\n{PLAIN}default 192.0.2.1 UGS vmx0 <- ici\n...\nand so on\n"
    text += "\n10.0.0.0/8 fe80::1%em0 UG1 em0 # RFC 5549\n$ ping 10.0.0.1\n10.0.0.1 is alive\n"

    assert [route.destination for route in parse_routes(text)] == ["default", "10.0.0.0/8"]


def test_a_family_is_taken_from_the_call_where_no_heading_names_it() -> None:
    text = f"# netstat -rn -f inet6\n{PLAIN}default link#1 US gre0\n"
    text += f"# netstat -4rn\n{PLAIN}default link#1 US gre0\n"

    assert [route.family for route in parse_routes(text)] == ["inet6", "inet"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no output of `netstat -rn`"),
        ("default via 10.0.0.1 dev eth0 proto dhcp", "Linux's `ip route`"),
        (LINUX, "Linux's netstat"),
        (
            "Destination Gateway Flags Refs Use Mtu Prio Iface\ndefault 10.0.0.1 UGS 2 1 - 12 em0",
            "another system's netstat",
        ),
        (f"Internet:\n{PLAIN}10.0.0.0/8 link#1 U\n", "cannot be read: '10.0.0.0/8 link#1 U'"),
        (f"Internet:\n{PLAIN}10.0.0.0/8 link#1 U em0 what\n", "cannot be read"),
        (f"{PLAIN}default link#1 US gre0\n", "family of these routes is not clear"),
        (f"Internet:\n{PLAIN}::1 link#1 UH lo0\n", "family of these routes is not clear"),
        (f"Netgraph:\n{PLAIN}default link#1 UH lo0\n", "a family that is not read: Netgraph"),
        (
            f"{PLAIN}10.0.0.1 link#1 UH lo0\nInternet:\n{PLAIN}10.0.0.2 link#1 UH lo0\n",
            "two tables of one family that differ",
        ),
    ],
)
def test_half_a_table_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        parse_routes(text)
