"""The configuration files of a router, written from what it is, and read when it boots."""

import re
from collections.abc import Iterable, Iterator, Mapping

from bluegreen.emulator.files import Files
from bluegreen.emulator.spec import EXAMPLE_KEY, MachineSpec, VhidSpec
from bluegreen.freebsd.paths import RC_ROOTS
from bluegreen.freebsd.rcconf import RcVhid, parse_rc, rc_name
from bluegreen.freebsd.rcprefix import prefixlen_in
from bluegreen.model.hidden import SHOWN
from bluegreen.model.system import RcFile

RC_CONF, SYSCTL_CONF, CARP_RC = "/etc/rc.conf", "/etc/sysctl.conf", "/etc/rc.conf.d/netif/carp"

_PASSWORD = re.compile(
    r"""^\s*ifconfig_(\w+)_(?:alias\d+|ipv6)=.*\bvhid (\d+)\b.*\bpass ([^\s"']+)"""
)
_SETTING = re.compile(r"^\s*([\w.%-]+)\s*=\s*(\S+)", re.MULTILINE)


def rc_files(spec: MachineSpec) -> Mapping[str, tuple[str, int]]:
    """Return path: text, mode, in the layout of a managed router: the vhids in a file of their own.

    That file holds passwords, so only root reads it.
    """
    own = [
        f'ifconfig_{rc_name(interface.name)}="inet {interface.addresses[0]}"'
        for interface in spec.interfaces
        if interface.addresses and interface.tunnel is None and interface.name != "lo0"
    ]
    rc_conf = "\n".join((f'hostname="{spec.hostname}"', 'sshd_enable="YES"', *own, ""))
    files = {
        RC_CONF: (rc_conf, 0o644),
        SYSCTL_CONF: (f"net.inet.carp.preempt={int(spec.preempt)}\n", 0o644),
    }
    if spec.vhids:
        files[CARP_RC] = ("".join(_lines(spec.vhids)), 0o600)
    return files


def _lines(vhids: Iterable[VhidSpec]) -> Iterable[str]:
    numbers: dict[str, int] = {}
    for vhid in vhids:
        peers = f" peer {vhid.peer}" if vhid.peer else ""
        peers += f" peer6 {vhid.peer6}" if vhid.peer6 else ""
        advbase = f" advbase {vhid.advbase}" if vhid.advbase != 1 else ""
        for address in vhid.addresses:
            number = numbers.setdefault(vhid.interface, 0)
            numbers[vhid.interface] += 1
            family = "inet6" if ":" in address else "inet"
            variable = f"ifconfig_{rc_name(vhid.interface)}_alias{number}"
            yield (
                f'{variable}="{family} vhid {vhid.vhid}{advbase}'
                f' advskew {vhid.advskew} pass {vhid.password}{peers} alias {address}"\n'
            )


def vhids_of(files: Files, spec: MachineSpec) -> tuple[VhidSpec, ...]:
    """Return the vhids that rc(8) configures from the files as they are now.

    A prefix length that its line does not write is the specification's.
    """
    sourced = tuple(
        RcFile(path, tuple((node.text or "").split("\n")))
        for root in RC_ROOTS
        for path, node in files.under(root)
        if node.text is not None
    )
    known = {(vhid.interface, vhid.vhid): vhid for vhid in spec.vhids}
    interfaces = {re.sub(r"[./+-]", "_", i.name): i.name for i in spec.interfaces}
    passwords = {
        (interface, int(vhid)): password
        for file in sourced
        for line in file.lines
        for interface, vhid, password in _PASSWORD.findall(line)
    }
    lines = {file.path: file.lines for file in sourced}
    found: dict[tuple[str, int], VhidSpec] = {}
    for row in parse_rc(sourced):
        key = (interfaces.get(row.interface, row.interface), row.vhid)
        before = found.get(key)
        found[key] = VhidSpec(
            interface=key[0],
            vhid=row.vhid,
            addresses=(
                *(before.addresses if before else ()),
                *_whole(row, known.get(key), lines[row.path][row.line - 1]),
            ),
            advskew=row.advskew,
            advbase=row.advbase or 1,
            password=key_of(passwords.get((row.interface, row.vhid), EXAMPLE_KEY)),
            peer=row.peer or (before.peer if before else None),
            peer6=row.peer6 or (before.peer6 if before else None),
        )
    return tuple(found.values())


def _whole(row: RcVhid, known: VhidSpec | None, line: str) -> Iterator[str]:
    """Yield the addresses of a row with their prefix lengths."""
    prefixed = {a.partition("/")[0]: a for a in known.addresses} if known else {}
    for address in row.addresses:
        written = prefixlen_in(line, address)
        otherwise = prefixed.get(address, f"{address}/{128 if ':' in address else 32}")
        yield otherwise if written is None else f"{address}/{written}"


def key_of(word: str) -> str:
    """Return a password; where it is struck out, what every router of a twin has."""
    return EXAMPLE_KEY if word == SHOWN else word


def settings_of(text: str) -> Mapping[str, str]:
    """Return what sysctl.conf(5) sets."""
    return dict(_SETTING.findall(text))
