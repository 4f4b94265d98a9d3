"""ospfctl(8)'s text from values: what an emulated router with OpenOSPFD answers.

Source: show_neighbor_msg and show_summary, OpenBSD usr.sbin/ospfctl/output.c at 87862bd30e5f, read
2026-11-22.
"""

from collections.abc import Sequence

from bluegreen.model.routing import Neighbor

# neighbor.c and log.c there; what it calls SNAPSHOT lies between ExStart and Exchange
_STATES = {"Full": "FULL", "ExStart": "EXSTA", "Exchange": "EXCHG", "Loading": "LOAD"}


def render_neighbors(neighbors: Sequence[Neighbor]) -> str:
    """Return ``ospfctl show neighbor``."""
    form = "{:<15} {:<3} {:<12} {:<8} {:<15} {:<9} {}\n"
    rows = (
        form.format(
            n.router_id,
            n.priority or 0,
            f"{_STATES.get(n.state, n.state.upper())}/P2P",
            "00:00:32",
            n.address or "",
            n.interface or "",
            "00:08:29",
        )
        for n in neighbors
    )
    return form.format("ID", "Pri", "State", "DeadTime", "Address", "Iface", "Uptime") + "".join(
        rows
    )


def render_summary(router_id: str) -> str:
    """Return the part of ``ospfctl show summary`` that holds for any router."""
    return (
        f"Router ID: {router_id}\nUptime: 00:08:29\nRFC1583 compatibility flag is disabled\n"
        "SPF delay is 1000 msec(s), hold time between two SPFs is 5000 msec(s)\n"
        "Number of external LSA(s) 0 (Checksum sum 0x0)\n"
        "Number of areas attached to this router: 1\n"
    )
