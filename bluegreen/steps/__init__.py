"""One file a capability, pure. This is the one table of their names."""

from collections.abc import Callable, Mapping

from bluegreen.model.playbook import Entry
from bluegreen.policy.setting import Setting
from bluegreen.steps.baseline import Baseline, Postflight
from bluegreen.steps.converge import Converge
from bluegreen.steps.cost import CostIn, CostOut
from bluegreen.steps.drain import Drain
from bluegreen.steps.environment import MakeEnvironment
from bluegreen.steps.extra import Check, Pause, Soak
from bluegreen.steps.follow import Follow
from bluegreen.steps.install import Finish, Install
from bluegreen.steps.lock import Lock, Unlock
from bluegreen.steps.persist import Persist, Unpersist
from bluegreen.steps.preflight import Preflight
from bluegreen.steps.prove import Prove
from bluegreen.steps.provision_files import Files
from bluegreen.steps.provision_kernel import Kernel
from bluegreen.steps.provision_pair import Provisionable, Provisioned, Survey
from bluegreen.steps.provision_services import Daemons, Tunnels
from bluegreen.steps.provision_vhids import Vhids
from bluegreen.steps.reboot import Reboot
from bluegreen.steps.restore import KeepSwitched, Release, Restore
from bluegreen.steps.stage import Agree, Stage, nothing_to_install
from bluegreen.steps.standby import Standby
from bluegreen.world import Step

__all__ = ["STEPS", "build", "nothing_to_install"]

Maker = Callable[[Entry, str, Setting], Step]

STEPS: Mapping[str, Maker] = {
    "preflight": lambda _, __, setting: Preflight(setting),
    "lock": lambda _, router, setting: Lock(setting, router),
    "baseline": lambda _, __, setting: (Survey if setting.provisions else Baseline)(setting),
    "stage": lambda _, router, setting: Stage(setting, router),
    "agree": lambda _, __, setting: Agree(setting),
    "drain": lambda _, router, setting: Drain(setting, router),
    "converge": lambda _, router, setting: Converge(setting, router),
    "follow": lambda _, router, setting: Follow(setting, router),
    "cost-out": lambda _, router, setting: CostOut(setting, router),
    "persist": lambda _, router, setting: Persist(setting, router),
    "environment": lambda _, router, setting: MakeEnvironment(setting, router),
    "install": lambda _, router, setting: Install(setting, router),
    "reboot": lambda _, router, setting: Reboot(setting, router),
    "finish": lambda _, router, setting: Finish(setting, router),
    "prove": lambda _, router, setting: Prove(setting, router),
    "cost-in": lambda _, router, setting: CostIn(setting, router),
    "standby": lambda _, router, setting: Standby(setting, router),
    "restore": lambda _, __, setting: Restore(setting),
    "release": lambda _, __, setting: Release(setting),
    "unpersist": lambda _, router, setting: Unpersist(setting, router),
    "hold": lambda _, router, setting: KeepSwitched(setting, router),
    "postflight": lambda _, __, setting: Postflight(setting, setting.switched),
    "unlock": lambda _, router, setting: Unlock(setting, router),
    "provisionable": lambda _, __, setting: Provisionable(setting),
    "files": lambda _, router, setting: Files(setting, router),
    "kernel": lambda _, router, setting: Kernel(setting, router),
    "vhids": lambda _, router, setting: Vhids(setting, router),
    "tunnels": lambda _, router, setting: Tunnels(setting, router),
    "daemons": lambda _, router, setting: Daemons(setting, router),
    "provisioned": lambda _, __, setting: Provisioned(setting),
    "soak": lambda entry, router, setting: Soak(setting, entry.for_s or 0.0, router),
    "pause": lambda entry, router, setting: Pause(setting, entry.message or "paused", router),
    "check": lambda entry, router, setting: Check(setting, router, entry.command, entry.expect),
}


def build(entry: Entry, router: str, setting: Setting) -> Step:
    """Return the step that a line of a playbook means for a router."""
    return STEPS[entry.step](entry, router, setting)
