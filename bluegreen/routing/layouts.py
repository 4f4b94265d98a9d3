"""The tables of FRR and Quagga: ospfd's and ospf6d's neighbours."""

import re

from bluegreen.routing.tables import Layout

_ID = r"(?P<id>\S+)"
_PRIORITY = r"(?P<priority>[0-9]{1,3})"

# ``show ip ospf neighbor``: show_ip_ospf_neighbour_brief, FRR ospfd/ospf_vty.c at fbfc8222da,
# read 2026-11-22. "Up Time" since FRR 8.2; a neighbour that is Down ("neighbor all") has none.
OSPFD = Layout(
    header=re.compile(r"Neighbor ID Pri State (?:Up Time )?Dead Time Address Interface\b", re.I),
    row=re.compile(
        rf"{_ID} {_PRIORITY} (?P<state>\S+) \S+ (?:\S+ )?(?P<address>\S+) (?P<interface>\S+)"
        r" [0-9]+ [0-9]+ [0-9]+"
    ),
    stands_alone=True,
)

# ``show ipv6 ospf6 neighbor``: ospf6_neighbor_show, FRR ospf6d/ospf6_neighbor.c, same day.
# It prints no address.
OSPF6D = Layout(
    header=re.compile(r"Neighbor ID Pri DeadTime State/ ?IfState Duration I/F\[State\]", re.I),
    row=re.compile(
        rf"{_ID} {_PRIORITY} \S+ (?P<state>[^\s/]+/ ?\S+) \S+ (?P<interface>[^\s\[]+)\[\S*\]"
    ),
)

# ``show ipv6 ospf6 neighbor drchoice``: behind the slash stands a duration, not a role.
OSPF6D_DRCHOICE = Layout(
    header=re.compile(r"RouterID State/ ?Duration DR BDR I/F\[State\]", re.I),
    row=re.compile(
        rf"{_ID} (?P<state>[^\s/]+)/ ?\S+ [0-9.]+ [0-9.]+ (?P<interface>[^\s\[]+)\[\S*\]"
    ),
)

LAYOUTS = (OSPFD, OSPF6D, OSPF6D_DRCHOICE)
