"""Routers as they come out of the box, and what `provision` is to make of them. Pure."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bluegreen.emulator.spec import InterfaceSpec, MachineSpec, VhidSpec
from bluegreen.lab.frr import FrrInterface

FRR = "frr10-10.3_1"  # a package, as pkg(8) names it
PKG = "pkg-1.21.3"


def stripped(spec: MachineSpec, *, frr: bool) -> MachineSpec:
    """Return a router with its own addresses and nothing else: no carp(4), vhid, tunnel or OSPF.

    Args:
        spec: As it would be.
        frr: Whether FRR is installed; it does not run.
    """
    own = tuple(i for i in spec.interfaces if i.tunnel is None)
    lines = [f'hostname="{spec.hostname}"', 'sshd_enable="YES"', *_own_lines(own)]
    return replace(
        spec,
        interfaces=own,
        vhids=(),
        preempt=False,
        carp_loaded=False,
        packages=(FRR, PKG) if frr else (PKG,),
        files={"/etc/rc.conf": ("".join(f"{line}\n" for line in lines), 0o644)},
    )


def _own_lines(interfaces: tuple[InterfaceSpec, ...]) -> Iterator[str]:
    for interface in interfaces:
        for address in interface.addresses if interface.ether else ():
            family, suffix = ("inet6", "_ipv6") if ":" in address else ("inet", "")
            yield f'ifconfig_{interface.name}{suffix}="{family} {address}"'


@dataclass(frozen=True, slots=True)
class Wanted:
    """What two bare routers are to become."""

    routers: tuple[MachineSpec, MachineSpec]  # as they would be if they had it
    router_ids: tuple[tuple[str, str], ...]  # of these, and of a spare that may join: name, id
    networks: tuple[str, ...]  # that OSPF tells of
    passwords: Path  # a directory with a file for each vhid
    hook: str | None = None  # that moves the address of the WAN


def password_file(directory: Path, vhid: int) -> Path:
    return directory / f"carp-{vhid}"


def provision_lines(wanted: Wanted) -> Iterator[str]:
    """Yield the ``provision`` block of a hosts.yaml; a string of JSON is one of YAML too."""
    first, second = wanted.routers
    names = first.name, second.name
    yield "provision:"
    yield "  forwarding: true"
    yield "  vhids:"
    for one, other in zip(first.vhids, second.vhids, strict=True):
        yield from (f"    {line}" for line in _vhid_lines(one, other, names, wanted.passwords))
    tunnels = [interface for interface in first.interfaces if interface.tunnel is not None]
    if tunnels:
        yield from _tunnel_lines(tunnels, wanted)
    if wanted.hook:
        yield f"  devd: {{hook: {wanted.hook}, bound: [{first.vhids[0].vhid}], settle: 1}}"
    elif tunnels:
        yield "  devd: {}"


def _tunnel_lines(tunnels: list[InterfaceSpec], wanted: Wanted) -> Iterator[str]:
    yield "  tunnels:"
    yield from (f"    - {_tunnel(interface)}" for interface in tunnels)
    timers = FrrInterface("")
    ids = ", ".join(f"{name}: {number}" for name, number in wanted.router_ids)
    yield "  frr:"
    yield f"    router_id: {{{ids}}}"
    yield f"    networks: [{', '.join(wanted.networks)}]"
    yield f"    hello: {timers.hello_s}"
    yield f"    dead: {timers.dead_s}"


def _vhid_lines(
    one: VhidSpec, other: VhidSpec, names: tuple[str, str], passwords: Path
) -> Iterator[str]:
    yield f"- vhid: {one.vhid}"
    yield f"  interface: {one.interface}"
    yield f"  vips: [{', '.join(map(json.dumps, one.addresses))}]"
    if one.peer is not None:
        yield "  unicast: true"
    file = password_file(passwords, one.vhid)
    source = ("file", str(file)) if one.peer is not None else ("command", f"cat {file}")
    yield f"  password: {{{source[0]}: {json.dumps(source[1])}}}"
    yield f"  advskew: {{{names[0]}: {one.advskew}, {names[1]}: {other.advskew}}}"


def _tunnel(interface: InterfaceSpec) -> str:
    assert interface.tunnel is not None
    words = {
        "name": interface.name,
        "local": interface.tunnel.local,
        "remote": interface.tunnel.remote,
        "inner": interface.inet[0].address,
        "inner_remote": interface.destination,
    }
    return f"{{{', '.join(f'{key}: {value}' for key, value in words.items())}}}"
