"""What BIRD has learned by OSPF, among all that a table may hold."""

import pytest

from bluegreen.errors import ParseError
from bluegreen.model.routing import OspfRoute
from bluegreen.routing.bird_routes import parse_routes

WHOLE_TABLE = """\
BIRD 2.0.8 ready.
Table master4:
0.0.0.0/0            unicast [static1 11:51:31.000] * (200)
\tvia 192.0.2.1 on vmx0
                     unicast [ospf1 11:51:40.123] E2 (150/10/10000) [ac1] [10.255.0.1]
\tvia 10.255.0.2 on gre0
172.27.27.0/27       unicast [ospf1 11:51:40.123 from 10.255.0.9] * IA (150/20) [10.255.0.1]
\tvia 10.255.0.2 on gre0 weight 1
\tvia 10.255.1.2 on gre1 weight 1
10.9.0.0/16          unicast [ospf1 2026-01-01] ! I (150/10) [10.255.0.1]
\tdev vmx1

Table other4:
198.51.100.0/24      unreachable [bgp1 11:51:31.000 from 192.0.2.9] * (100/-) [AS64500i]
"""


def test_ospfs_routes_are_told_from_those_of_others() -> None:
    assert parse_routes(WHOLE_TABLE) == (
        OspfRoute("0.0.0.0/0", ("10.255.0.2",), ("gre0",), False),  # the static one is preferred
        OspfRoute("172.27.27.0/27", ("10.255.0.2", "10.255.1.2"), ("gre0", "gre1"), True),
        OspfRoute("10.9.0.0/16", (), ("vmx1",), False),  # the kernel did not take it
    )


def test_bird_1_has_the_one_path_in_the_line_of_its_route() -> None:
    text = (
        "BIRD 1.6.8 ready.\n"
        "172.27.27.0/27     via 10.255.0.2 on gre0 [ospf1 11:51:40] * I (150/20) [10.255.0.1]\n"
        "10.8.0.0/16        multipath [ospf1 11:51:40] * E1 (150/20) [10.255.0.1]\n"
        "\tvia 10.255.0.2 on gre0 weight 1\n\tvia 10.255.1.2 on gre1 weight 1\n"
        "10.9.0.0/16        dev vmx1 [ospf1 11:51:40] * I (150/10) [10.255.0.1]\n"
    )

    assert [(r.prefix, r.next_hops, r.interfaces) for r in parse_routes(text)] == [
        ("172.27.27.0/27", ("10.255.0.2",), ("gre0",)),
        ("10.8.0.0/16", ("10.255.0.2", "10.255.1.2"), ("gre0", "gre1")),
        ("10.9.0.0/16", (), ("vmx1",)),
    ]


@pytest.mark.parametrize(
    "text", ["", "BIRD 2.15.1 ready.\n", "BIRD 1.6.8 ready.\nAccess restricted\n"]
)
def test_no_route_is_an_answer(text: str) -> None:
    assert parse_routes(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "syntax error, unexpected CF_SYM_UNDEFINED\n",
        "BIRD 2.0.8 ready.\n172.27.27.0/27  unicast [ospf1 11:5",
        "Unable to connect to server control socket",
    ],
)
def test_what_is_no_route_is_refused_and_shown(text: str) -> None:
    with pytest.raises(ParseError, match="no route of BIRD: '"):
        parse_routes(text)
