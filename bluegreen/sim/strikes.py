"""What each fault does to a simulated world when it strikes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bluegreen.sim.faults import Fault
from bluegreen.sim.hazards import Hazard, Hazards
from bluegreen.sim.life import Life
from bluegreen.sim.network import Network

AHEAD_S = 3600.0  # how wrong a skewed clock is


@dataclass(frozen=True, slots=True)
class Scene:
    """The world at the moment of a strike."""

    fault: Fault
    router: int  # whose step it is
    network: Network
    hazards: Hazards
    life: Life

    @property
    def taker(self) -> int:
        """The router that is to carry the traffic: draining hands it to the other one."""
        return 1 - self.router if self.fault.step == "drain" else self.router


def strike(scene: Scene) -> None:
    """Let the fault of a scene happen, or lie in wait for the next change."""
    STRIKES[scene.fault.name](scene)


def _arm(hazard: Hazard) -> Callable[[Scene], None]:
    def armed(scene: Scene) -> None:
        scene.hazards.arm(scene.network.machines[scene.router].name, hazard)

    return armed


def _reboot_hangs(scene: Scene) -> None:
    scene.network.machines[scene.router].faults.boot_hangs = True


def _wrong_environment(scene: Scene) -> None:
    scene.network.machines[scene.router].faults.boots_wrong_environment = True


def _install_fails(scene: Scene) -> None:
    scene.network.machines[scene.router].faults.install_fails = True


def _disk_full(scene: Scene) -> None:
    scene.network.machines[scene.router].faults.disk_full = True


def _never_takes_over(scene: Scene) -> None:
    scene.network.machines[scene.taker].faults.carp_stuck_backup = True


def _ospf_stuck(scene: Scene) -> None:
    scene.network.machines[scene.taker].faults.ospf_stuck = True


def _gre_down(scene: Scene) -> None:
    scene.network.machines[scene.taker].faults.gre_down = True


def _second_master(scene: Scene) -> None:
    """Separate the routers, and do not wait for the patience of the one that is BACKUP."""
    scene.network.cut = True
    for machine in scene.network.machines:
        machine.faults.forced_master = True


def _deaf(scene: Scene) -> None:
    scene.network.machines[scene.router].faults.deaf = True


def _cable_pulled(scene: Scene) -> None:
    """Unplug the peer: its vhids there are INIT, and it is demoted for all others."""
    peer = 1 - scene.router
    config, _ = scene.network.machines[peer].carp.vhids()[0]
    scene.network.unplug(peer, config.interface)


def _clock_skew(scene: Scene) -> None:
    scene.network.machines[scene.router].faults.clock_offset_s = AHEAD_S


def _controller_killed(scene: Scene) -> None:
    if scene.fault.nth is None:
        _arm(Hazard.KILLED)(scene)
    else:
        scene.life.end_after(scene.fault.nth)


STRIKES: Mapping[str, Callable[[Scene], None]] = {
    "connection-lost-before": _arm(Hazard.LOST_BEFORE),
    "connection-lost-after": _arm(Hazard.LOST_AFTER),
    "answer-lost": _arm(Hazard.ANSWER_LOST),
    "reboot-hangs": _reboot_hangs,
    "wrong-environment": _wrong_environment,
    "install-fails": _install_fails,
    "disk-full": _disk_full,
    "peer-never-takes-over": _never_takes_over,
    "ospf-stuck": _ospf_stuck,
    "gre-down": _gre_down,
    "second-master": _second_master,
    "peer-dies": _arm(Hazard.PEER_DIES),
    "deaf-after-boot": _deaf,
    "cable-pulled": _cable_pulled,
    "clock-skew": _clock_skew,
    "controller-killed": _controller_killed,
}
