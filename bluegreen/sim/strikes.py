"""What each fault does to a simulated world when it strikes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bluegreen.emulator.ovh import OvhApi
from bluegreen.emulator.ovh_mishaps import TROUBLES
from bluegreen.sim.faults import Fault
from bluegreen.sim.hazards import Hazard, Hazards
from bluegreen.sim.life import Life
from bluegreen.sim.network import Network
from bluegreen.sim.record import Blow

AHEAD_S = 3600.0  # how wrong a skewed clock is


@dataclass(frozen=True, slots=True)
class Scene:
    """The world at the moment of a strike."""

    fault: Fault
    router: int  # that is struck: its target's, else the one whose step it is
    network: Network
    hazards: Hazards
    life: Life
    ovh: OvhApi | None = None  # where there is a floating address

    @property
    def taker(self) -> int:
        """The router that is to carry the traffic: draining hands it to the other one."""
        drains = self.fault.step == "drain" and self.fault.target is None
        return 1 - self.router if drains else self.router

    @property
    def name(self) -> str:
        return self.network.machines[self.router].name

    def hit(self, blow: Blow, router: int | None = None) -> None:
        """Note what this does to service: it excuses what follows from it, and nothing else."""
        name = self.network.machines[self.router if router is None else router].name
        self.network.record.hit(blow, name, self.network.now)


def strike(scene: Scene) -> None:
    """Let the fault of a scene happen, or lie in wait for the next change."""
    trouble = TROUBLES.get(scene.fault.name)
    if trouble is None:
        STRIKES[scene.fault.name](scene)
    elif scene.ovh:
        trouble.happens(scene.ovh)


def _arm(hazard: Hazard) -> Callable[[Scene], None]:
    def armed(scene: Scene) -> None:
        scene.hazards.arm(scene.name, hazard)

    return armed


def _has(fault: str) -> Callable[[Scene], None]:
    """Have the router that is struck behave so from now on (MachineFaults)."""

    def had(scene: Scene) -> None:
        setattr(scene.network.machines[scene.router].faults, fault, True)

    return had


def _taker_has(fault: str) -> Callable[[Scene], None]:
    """The same of the router that is to carry the traffic."""

    def had(scene: Scene) -> None:
        setattr(scene.network.machines[scene.taker].faults, fault, True)

    return had


def _never_takes_over(scene: Scene) -> None:
    scene.hit(Blow.ROLE, scene.taker)
    scene.network.machines[scene.taker].faults.carp_stuck_backup = True


def _second_master(scene: Scene) -> None:
    """Separate the routers, and do not wait for the patience of the one that is BACKUP."""
    scene.hit(Blow.SPLIT)
    scene.network.cut = True
    for machine in scene.network.machines:
        machine.faults.forced_master = True


def _deaf(scene: Scene) -> None:
    scene.hit(Blow.SPLIT)
    scene.network.machines[scene.router].faults.deaf = True


def _cable_pulled(scene: Scene) -> None:
    """Unplug the peer: its vhids there are INIT, and it is demoted for all others."""
    _unplug(scene, 1 - scene.router)


def _link_lost(scene: Scene) -> None:
    _unplug(scene, scene.router, (scene.fault.target or "").partition("/")[2])


def _unplug(scene: Scene, router: int, interface: str = "") -> None:
    vhids = scene.network.machines[router].carp.vhids()
    name = interface or (vhids[0][0].interface if vhids else None)
    if name is not None:  # while it is down it has none
        scene.hit(Blow.LINK, router)
        scene.network.unplug(router, name)


def _router_dies(scene: Scene) -> None:
    scene.hit(Blow.POWER)
    scene.network.power_off(scene.router)


def _router_reboots(scene: Scene) -> None:
    scene.hit(Blow.POWER)
    scene.network.panic(scene.router)


def _clock_skew(scene: Scene) -> None:
    scene.network.machines[scene.router].faults.clock_offset_s = AHEAD_S


def _controller_killed(scene: Scene) -> None:
    if scene.fault.nth is None:
        _arm(Hazard.KILLED)(scene)
    else:
        scene.life.end()


STRIKES: Mapping[str, Callable[[Scene], None]] = {
    "connection-lost-before": _arm(Hazard.LOST_BEFORE),
    "connection-lost-after": _arm(Hazard.LOST_AFTER),
    "answer-lost": _arm(Hazard.ANSWER_LOST),
    "reboot-hangs": _has("boot_hangs"),
    "wrong-environment": _has("boots_wrong_environment"),
    "install-fails": _has("install_fails"),
    "disk-full": _has("disk_full"),
    "peer-never-takes-over": _never_takes_over,
    "ospf-stuck": _taker_has("ospf_stuck"),
    "gre-down": _taker_has("gre_down"),
    "tunnel-narrow": _taker_has("tunnel_narrow"),
    "tunnel-one-way": _taker_has("tunnel_one_way"),
    "ipsec-unanswered": _taker_has("ipsec_unanswered"),
    "ipsec-one-way": _taker_has("ipsec_one_way"),
    "ipsec-daemon-dead": _taker_has("ipsec_daemon_dead"),
    "second-master": _second_master,
    "cut-short": _arm(Hazard.CUT_SHORT),
    "router-dies": _router_dies,
    "router-reboots": _router_reboots,
    "router-hangs": _has("sshd_hangs"),
    "link-lost": _link_lost,
    "peer-dies": _arm(Hazard.PEER_DIES),
    "deaf-after-boot": _deaf,
    "cable-pulled": _cable_pulled,
    "clock-skew": _clock_skew,
    "controller-killed": _controller_killed,
}
