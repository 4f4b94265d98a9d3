"""The table of programs: what runs under a name, and what its answers depend on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from bluegreen.emulator import (
    bectl,
    birdc,
    fileutils,
    ifconfig,
    netstat,
    ping,
    procutils,
    setkey,
    swanctl,
    sysctl,
    sysutils,
    textutils,
    update,
    vtysh,
)
from bluegreen.emulator.system import Call, System
from bluegreen.model.command import Output


class Versioned(Protocol):
    """A part of a router that counts its changes."""

    version: int


@dataclass(frozen=True, slots=True)
class Program:
    """One program; a question's answer may be kept until what it ``reads`` changes."""

    run: Callable[[System, Call], Output]
    reads: Callable[[System, tuple[str, ...]], Versioned] | None = None
    is_question: Callable[[tuple[str, ...]], bool] = bool


def _network(system: System, _: tuple[str, ...]) -> Versioned:
    return system.network


def _ospf(system: System, _: tuple[str, ...]) -> Versioned:
    return system.network.ospf


def _processes(system: System, _: tuple[str, ...]) -> Versioned:
    return system.processes


def _storage(system: System, _: tuple[str, ...]) -> Versioned:
    return system.storage


def _files(system: System, argv: tuple[str, ...]) -> Versioned:
    return system.storage.files.holding([word for word in argv[1:] if word.startswith("/")])


PROGRAMS: Mapping[str, Program] = {
    "awk": Program(textutils.awk, _files, textutils.reads_files),
    "bectl": Program(bectl.run, _storage, bectl.is_question),
    "birdc": Program(birdc.birdc, _ospf),
    "cat": Program(fileutils.cat, _files, lambda argv: len(argv) > 1),
    "chmod": Program(fileutils.chmod),
    "cp": Program(fileutils.cp),
    "daemon": Program(procutils.daemon),
    "date": Program(sysutils.date),
    "df": Program(fileutils.df, _files),
    "dmesg": Program(sysutils.dmesg, _network),
    "echo": Program(sysutils.echo),
    "env": Program(procutils.env),
    "false": Program(sysutils.false),
    "find": Program(textutils.find, _files),
    "freebsd-update": Program(update.run),
    "freebsd-version": Program(sysutils.freebsd_version, _storage),
    "fsync": Program(fileutils.fsync),
    "hostname": Program(sysutils.hostname),
    "ifconfig": Program(ifconfig.run, _network, ifconfig.is_question),
    "kill": Program(procutils.kill),
    "kldload": Program(procutils.kldload),
    "kldunload": Program(procutils.kldunload),
    "ln": Program(fileutils.ln),
    "mkdir": Program(fileutils.mkdir),
    "mount": Program(fileutils.mount),
    "mv": Program(fileutils.mv),
    "nc": Program(sysutils.nc),
    "netstat": Program(netstat.run, _network, netstat.is_question),
    "ospfctl": Program(birdc.ospfctl, _ospf),
    "pfctl": Program(sysutils.pfctl),
    "ping": Program(ping.run),
    "pkg": Program(sysutils.pkg, _storage),
    "printenv": Program(sysutils.printenv, _storage),
    "ps": Program(procutils.ps, _processes),
    "reboot": Program(procutils.reboot),
    "rm": Program(fileutils.rm),
    "rmdir": Program(fileutils.rmdir),
    "sed": Program(textutils.sed),
    "service": Program(procutils.service),
    "setkey": Program(setkey.run),
    "sh": Program(procutils.sh),
    "sha256": Program(textutils.sha256, _files),
    "shutdown": Program(procutils.shutdown),
    "sleep": Program(sysutils.nothing),
    "swanctl": Program(swanctl.run),
    "sysctl": Program(sysctl.run, _network, sysctl.is_question),
    "tee": Program(fileutils.tee),
    "touch": Program(fileutils.touch),
    "true": Program(sysutils.nothing),
    "umount": Program(fileutils.umount),
    "uname": Program(sysutils.uname),
    "vtysh": Program(vtysh.run, _ospf, vtysh.is_question),
}

ABSENT = frozenset({"birdc6", "doas", "sudo"})
"""Known, and not installed: who asks for them learns just that."""
