"""The pair that the tests over SSH work on, and how they reach it."""

import threading
from collections.abc import Callable
from dataclasses import replace
from time import monotonic

from bluegreen.emulator.spec import (
    LO0,
    InterfaceSpec,
    MachineSpec,
    NeighborSpec,
    OspfSpec,
    VhidSpec,
)
from bluegreen.lab.config import Specs
from bluegreen.lab.loopback import QUICK, LoopbackRouter
from bluegreen.model.network import Tunnel
from bluegreen.remote.settings import SshSettings
from bluegreen.remote.ssh import SshTransport
from bluegreen.sim.start import way_out

FIRST, SECOND = "router-001", "router-002"
DURATIONS = replace(QUICK, boot=0.6)
GRE0 = InterfaceSpec(
    "gre0",
    ("172.27.27.252/32",),
    mtu=1476,
    destination="172.27.27.33",
    groups=("gre",),
    tunnel=Tunnel("inet", "198.51.100.230", "203.0.113.30"),
)
_LOOK_S = 0.01

Doors = dict[str, SshTransport]


def door_to(router: LoopbackRouter) -> SshTransport:
    reached = (router.host, router.port, router.user, router.identity, router.known_hosts)
    return SshTransport(SshSettings(router.name, *reached, connect_timeout_s=5))


def pair_specs() -> Specs:
    """Return routers with a unicast vhid under a tunnel, and a multicast one of two families."""
    return _spec(0), _spec(1)


def _spec(index: int) -> MachineSpec:
    own, other = 11 + index, 12 - index
    skew = 100 * index
    return MachineSpec(
        name=(FIRST, SECOND)[index],
        interfaces=(
            InterfaceSpec(
                "vmx0",
                (f"192.0.2.{own}/24", f"2001:db8::{own}/64"),
                ether=f"00:50:56:00:00:{own}",
            ),
            InterfaceSpec("vmx1", (f"10.99.1.{own}/24",), ether=f"00:50:56:00:01:{own}"),
            GRE0,
            LO0,
        ),
        vhids=(
            VhidSpec("vmx1", 2, ("198.51.100.230/32",), skew, peer=f"10.99.1.{other}"),
            VhidSpec("vmx0", 3, ("192.0.2.1/24", "2001:db8::1/64"), skew),
        ),
        ospf=OspfSpec(
            f"10.255.255.{own}",
            (
                NeighborSpec("10.255.0.1", "172.27.27.33", "gre0", ("10.100.0.0/16",), 2),
                NeighborSpec("10.255.1.1", "192.0.2.100", "vmx0", ("10.200.0.0/16",)),
            ),
        ),
        routes=(way_out("vmx0", f"192.0.2.{own}/24"),),
        packages=("frr10-10.3_1", "pkg-1.21.3"),
        ssh_server=f"192.0.2.{own}",
        durations=DURATIONS,
    )


def until(holds: Callable[[], bool], limit_s: float) -> bool:
    """Look until a claim holds; what routers do takes real time here."""
    end = monotonic() + limit_s
    while not holds():
        if monotonic() > end:
            return False
        threading.Event().wait(_LOOK_S)
    return True
