"""An emulated router with its clock, for tests: commands in, outputs out."""

from collections.abc import Iterable
from dataclasses import replace

from bluegreen.carp.values import Advertisement
from bluegreen.emulator.machine import Machine
from bluegreen.emulator.spec import (
    LO0,
    Durations,
    InterfaceSpec,
    MachineSpec,
    NeighborSpec,
    OspfSpec,
    VhidSpec,
)
from bluegreen.model.command import Command, Output
from bluegreen.model.network import Tunnel

VIP = "198.51.100.230"
EPOCH_S = 1_800_000_000.0
QUICK = Durations(fetch=2, upgrade=4, install=3, rollback=2, boot=10, ospf_converge=2)

VMX1 = InterfaceSpec("vmx1", ("203.0.113.110/24",), ether="00:50:56:00:01:10")
GRE0 = InterfaceSpec(
    "gre0",
    ("172.27.27.252/32",),
    mtu=1476,
    destination="172.27.27.33",
    groups=("gre",),
    description="drake_to_ysul",
    tunnel=Tunnel("inet", "203.0.113.110", "192.0.2.132"),
)
OSPF = OspfSpec(
    "172.27.27.252",
    (NeighborSpec("10.0.0.33", "172.27.27.33", "gre0", ("172.27.27.0/27",), follows_vhid=2),),
)
A_ROUTER = MachineSpec(
    interfaces=(VMX1, GRE0, LO0),
    vhids=(VhidSpec("vmx1", 2, (f"{VIP}/32",), advskew=100, peer="203.0.113.111"),),
    ospf=OSPF,
    durations=QUICK,
)


class Router:
    """A machine that is alone, and the instant it is at."""

    def __init__(self, spec: MachineSpec = A_ROUTER) -> None:
        self.machine = Machine(spec, 0.0, EPOCH_S)
        self.now = 0.0
        self.sent: list[Advertisement] = []

    def run(self, *argv: str, stdin: str = "") -> Output:
        output = self.machine.run(argv, stdin, self.now)
        self.sent += self.machine.take_outbox()
        return output

    def do(self, commands: Iterable[Command]) -> tuple[Output, ...]:
        """Run commands until one fails, as a script does."""
        outputs: list[Output] = []
        for command in commands:
            outputs.append(self.run(*command.argv, stdin=command.stdin))
            if not outputs[-1].ok:
                break
        return tuple(outputs)

    def wait(self, seconds: float) -> None:
        """Let time pass, each thing at its instant."""
        until = self.now + seconds
        while (due := self.machine.next_due()) is not None and due <= until:
            self.now = max(self.now, due)
            self.sent += self.machine.tick(self.now)
        self.now = until
        self.sent += self.machine.tick(until)

    def hear(self, advertisement: Advertisement) -> None:
        self.sent += self.machine.receive(advertisement, self.now)


def a_master(spec: MachineSpec = A_ROUTER) -> Router:
    """Return a router that nobody else's advertisement reached: MASTER, OSPF Full."""
    router = Router(spec)
    router.wait(10)
    router.sent.clear()
    return router


def a_ufs_router() -> MachineSpec:
    return replace(A_ROUTER, root="ufs")
