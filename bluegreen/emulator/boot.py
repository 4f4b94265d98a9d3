"""What a boot does: another environment, its files, its kernel, its vhids."""

from functools import partial

from bluegreen.emulator import site
from bluegreen.emulator.processes import Processes
from bluegreen.emulator.rcfiles import SYSCTL_CONF, settings_of, vhids_of
from bluegreen.emulator.system import System
from bluegreen.errors import ParseError


def go_down(system: System) -> None:
    """End every process and fall silent, without a farewell."""
    system.reboots = False
    system.network.stop()
    system.processes = Processes(system.spec.services)


def boot(system: System, at: float) -> None:
    """Start from the environment that is next; demotion 0, every vhid from INIT."""
    system.storage.boot(wrong=system.faults.boots_wrong_environment)
    system.running = system.storage.now.installed.kernel
    system.booted_s = at
    start_network(system, at)
    system.network.begin_bulk(at)


def start_network(system: System, now: float) -> None:
    """Configure what the files of this boot environment say; rc(8) that stumbles does nothing."""
    files = system.storage.files
    conf = files.find(SYSCTL_CONF)
    settings = settings_of(conf.text or "") if conf else {}
    system.carp_loaded = system.spec.carp_loaded or site.loads_carp(files)
    site.start(system)
    try:
        vhids = vhids_of(files, system.spec) if system.carp_loaded else ()
    except ParseError as error:
        system.network.log.append(f"rc: {error}")
        vhids = ()
    preempt = system.carp_loaded and settings.get("net.inet.carp.preempt") == "1"
    system.network.on_event = partial(site.on_event, system)
    system.network.start(vhids, preempt, now)
