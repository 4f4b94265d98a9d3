"""What `bluegreen lab` does with its words."""

import json
import os
import shlex
import signal
import subprocess
from dataclasses import dataclass
from typing import cast, get_args

from pydantic import TypeAdapter

from bluegreen.cli.options import Common
from bluegreen.cli.output import say, tell
from bluegreen.errors import RefusedError, UsageError
from bluegreen.lab.inventory import PAIR
from bluegreen.lab.lab import Lab, Machine, down, find, is_up, named, up
from bluegreen.lab.openssh import HOST
from bluegreen.lab.report import RouterReport
from bluegreen.lab.site import CLIENT, SPARE, Carriage, Endpoints, Options
from bluegreen.model.problems import hint


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was typed for a lab."""

    vhids: int
    skews: str
    carp: str
    active_active: bool
    tunnel: str
    bug166462: bool
    ipsec: bool
    remotes: int
    bare: bool
    spare: bool
    ipfo: bool
    boot_s: float
    install_s: float

    def options(self) -> Options:
        """Return it as what a lab may be told, or refuse a word of it."""
        return Options(
            vhids=self.vhids,
            skews=_skews(self.skews),
            carriage=cast("Carriage", _one_of(self.carp, get_args(Carriage), "--carp")),
            active_active=self.active_active,
            tunnel=cast("Endpoints", _one_of(self.tunnel, get_args(Endpoints), "--tunnel")),
            bug166462=self.bug166462,
            ipsec=self.ipsec,
            remotes=self.remotes,
            bare=self.bare,
            spare=self.spare,
            ipfo=self.ipfo,
            boot_s=self.boot_s,
            install_s=self.install_s,
        )


def make(common: Common, name: str, wanted: Wanted) -> int:
    """Bring a lab up, and say what to type next."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)  # as Ctrl-C: nothing is left half made
    lab = up(wanted.options(), name)
    if common.json:
        return tell_status(common, name)
    routers = lab.options.routers
    sudo = "sudo " if "SUDO_UID" in os.environ else ""
    provision = f"bluegreen provision --pair {PAIR} -i {lab.inventory} --yes"
    first = f"  first    {provision}\n" if lab.options.bare else ""
    join = f"  then     {provision} --join {SPARE}\n" if lab.options.spare else ""
    say(
        f"lab `{name}` is up: {', '.join(m.name for m in lab.machines)}\n"
        f"  status   {sudo}bluegreen lab status{named(name)}\n"
        f"{first}{join}"
        f"  upgrade  bluegreen upgrade --pair {','.join(routers)} -i {lab.inventory} --yes\n"
        f"  log in   {sudo}bluegreen lab shell{named(name)} {routers[0]}\n"
        f"  away     {sudo}bluegreen lab down{named(name)}"
    )
    return 0


def take_away(common: Common, name: str) -> int:
    """Take a lab away; it is no mistake if there is none."""
    was_there = down(name)
    if common.json:
        say(json.dumps({"name": name, "was_there": was_there}))
    else:
        tell(f"lab `{name}` is gone" if was_there else f"there is no lab `{name}`")
    return 0


def tell_status(common: Common, name: str) -> int:
    """Say how a lab is."""
    lab = _found(name)
    reports = {router: _report(lab, router) for router in lab.options.all_routers}
    if common.json:
        say(TypeAdapter(_Status).dump_json(_document(lab, reports), indent=2).decode())
        return 0
    say(f"lab `{name}`: pair `{PAIR}` of {lab.inventory}")
    for machine in lab.machines:
        door = f"{HOST}:{machine.port}" if machine.port else "no sshd"
        say(f"  {machine.name:<11} {machine.namespace:<20} {door:<16} {_role(reports, machine)}")
    return 0


def log_in(name: str, machine: str, command: list[str]) -> int:
    """Log in to a machine, and return what the session ended with; one word is a line for sh."""
    asked = command if len(command) == 1 else (shlex.join(command),) if command else ()
    return subprocess.call(_found(name).ssh(machine, *asked))


@dataclass(frozen=True, slots=True)
class _Reached:
    """How a machine of a lab is reached."""

    namespace: str
    address: str
    port: int | None
    user: str
    identity: str
    known_hosts: str


@dataclass(frozen=True, slots=True)
class _Router(_Reached):
    runs: bool
    master_of: tuple[int, ...]  # vhids
    version: str | None  # of the kernel that runs


@dataclass(frozen=True, slots=True)
class _Status:
    """The document of `lab status --json`."""

    name: str
    pair: str
    inventory: str
    directory: str
    routers: dict[str, _Router]
    client: _Reached
    machines: dict[str, _Reached]


def _document(lab: Lab, reports: dict[str, RouterReport | None]) -> _Status:
    return _Status(
        name=lab.name,
        pair=PAIR,
        inventory=str(lab.inventory),
        directory=str(lab.directory),
        routers={name: _router(lab, name, report) for name, report in reports.items()},
        client=_reached(lab, CLIENT),
        machines={machine.name: _reached(lab, machine.name) for machine in lab.machines},
    )


def _router(lab: Lab, name: str, report: RouterReport | None) -> _Router:
    reached = _reached(lab, name)
    return _Router(
        reached.namespace,
        reached.address,
        reached.port,
        reached.user,
        reached.identity,
        reached.known_hosts,
        runs=report is not None and report.reachable,
        master_of=report.masters if report else (),
        version=report.versions.running if report else None,
    )


def _reached(lab: Lab, name: str) -> _Reached:
    machine = lab.machine(name)
    keys = (str(lab.identity), str(lab.known_hosts))
    return _Reached(machine.namespace, HOST, machine.port, "root", *keys)


def _role(reports: dict[str, RouterReport | None], machine: Machine) -> str:
    if machine.name not in reports:
        return ""
    report = reports[machine.name]
    if report is None:
        return "its process does not answer"
    if not report.reachable:
        return "down, or booting"
    if not report.roles:
        return f"{report.versions.running}, no vhid"
    masters = ", ".join(map(str, report.masters))
    return f"{report.versions.running}, " + (f"MASTER of vhid {masters}" if masters else "BACKUP")


def _report(lab: Lab, router: str) -> RouterReport | None:
    try:
        return lab.machine_state(router)
    except (OSError, ValueError):
        return None


def _found(name: str) -> Lab:
    lab = find(name)
    if lab is None:
        advice = f"`sudo bluegreen lab up{named(name)}` makes one."
        raise RefusedError(f"there is no lab `{name}`", "lab", advice)
    if os.geteuid() != 0:
        raise RefusedError("a lab is root's", "lab", "Run it with sudo.")
    if not is_up(lab):
        advice = f"`sudo bluegreen lab down{named(name)}` clears it away."
        raise RefusedError(f"lab `{name}` has died", "lab", advice)
    return lab


def _skews(words: str) -> tuple[int, int]:
    try:
        first, second = (int(word) for word in words.split(","))
    except ValueError:
        raise UsageError(f"`{words}` is not two numbers", "--skews", "Write 0,100.") from None
    if first == second or not (0 <= first <= 239 and 0 <= second <= 239):
        what = f"{first} and {second}: they must differ, each within 0 to 239"
        raise UsageError(what, "--skews", "Write 0,100.")
    return first, second


def _one_of(word: str, known: tuple[str, ...], option: str) -> str:
    if word not in known:
        raise UsageError(f"`{word}`: {hint(word, known)}", option)
    return word
