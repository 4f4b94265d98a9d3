"""Interfaces and boot environments as ifconfig(8) and bectl(8) of FreeBSD 14 print them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from bluegreen.model.network import CarpVhid, Inet, Interface, LaggPort, Pfsync
from bluegreen.model.system import Environment

# Source: sys/net/if.h, FreeBSD 14; the order of the names is that of the bits.
_BITS = {
    "UP": 0x1,
    "BROADCAST": 0x2,
    "DEBUG": 0x4,
    "LOOPBACK": 0x8,
    "POINTOPOINT": 0x10,
    "RUNNING": 0x40,
    "NOARP": 0x80,
    "PROMISC": 0x100,
    "ALLMULTI": 0x200,
    "OACTIVE": 0x400,
    "SIMPLEX": 0x800,
    "LINK0": 0x1000,
    "LINK1": 0x2000,
    "LINK2": 0x4000,
    "MULTICAST": 0x8000,
    "PPROMISC": 0x20000,
    "MONITOR": 0x40000,
    "STATICARP": 0x80000,
    "STICKYARP": 0x100000,
    "LOWER_UP": 0x1000000,
}
_LAGG_BITS = {"MASTER": 1, "STACK": 2, "ACTIVE": 4, "COLLECTING": 8, "DISTRIBUTING": 0x10}


@dataclass(frozen=True, slots=True)
class Look:
    """What ifconfig prints of an interface and nobody reads; None: no such line."""

    options: str | None = None
    media: str | None = None
    nd6: str | None = None
    scopeid: int = 1


PLAIN = Look()


def render_interfaces(interfaces: Iterable[tuple[Interface, Look]]) -> str:
    """Return ``ifconfig -a``."""
    return "".join(render_interface(interface, look) for interface, look in interfaces)


def render_interface(interface: Interface, look: Look = PLAIN) -> str:
    """Return one block of ifconfig's output; a value that is None has no line."""
    lines = [
        f"\tdescription: {interface.description}" if interface.description else None,
        f"\toptions={look.options}" if look.options else None,
        f"\tether {interface.ether}" if interface.ether else None,
        *_tunnel(interface),
        *(_inet(inet) for inet in interface.inet),
        *(_inet6(inet, look.scopeid) for inet in interface.inet6),
        *_pfsync(interface.pfsync),
        f"\tgroups: {' '.join(interface.groups)}" if interface.groups else None,
        *(line for carp in interface.carp for line in _carp(carp)),
        *_vlan(interface),
        *_lagg(interface.laggports),
        f"\tmedia: {look.media}" if look.media else None,
        f"\tstatus: {interface.status}" if interface.status else None,
        f"\tnd6 options={look.nd6}" if look.nd6 else None,
    ]
    head = f"{interface.name}: flags={_flags(interface.flags)} metric 0 mtu {interface.mtu}"
    return "".join(f"{line}\n" for line in (head, *lines) if line is not None)


def _flags(names: Sequence[str]) -> str:
    return f"{sum(_BITS[name] for name in names):x}<{','.join(names)}>"


def _tunnel(interface: Interface) -> tuple[str, ...]:
    tunnel = interface.tunnel
    return (f"\ttunnel {tunnel.family} {tunnel.local} --> {tunnel.remote}",) if tunnel else ()


def _inet(inet: Inet) -> str:
    netmask = (1 << 32) - (1 << (32 - inet.prefixlen))
    destination = f" --> {inet.destination}" if inet.destination else ""
    broadcast = f" broadcast {inet.broadcast}" if inet.broadcast else ""
    return f"\tinet {inet.address}{destination} netmask {netmask:#010x}{broadcast}{_vhid(inet)}"


def _inet6(inet: Inet, scopeid: int) -> str:
    zone = f"%{inet.zone}" if inet.zone else ""
    destination = f" --> {inet.destination}" if inet.destination else ""
    scope = f" scopeid {scopeid:#x}" if inet.zone else ""
    prefix = f"{destination} prefixlen {inet.prefixlen}"
    return f"\tinet6 {inet.address}{zone}{prefix}{scope}{_vhid(inet)}"


def _vhid(inet: Inet) -> str:
    return "" if inet.vhid is None else f" vhid {inet.vhid}"


def _carp(carp: CarpVhid) -> tuple[str, ...]:
    line = f"\tcarp: {carp.state} vhid {carp.vhid} advbase {carp.advbase} advskew {carp.advskew}"
    peers = [f"peer {carp.peer}"] if carp.peer else []
    peers += [f"peer6 {carp.peer6}"] if carp.peer6 else []
    return (line, f"\t      {' '.join(peers)}") if peers else (line,)


def _vlan(interface: Interface) -> tuple[str, ...]:
    vlan = interface.vlan
    if vlan is None:
        return ()
    parent = vlan.parent or "<none>"
    return (f"\tvlan: {vlan.tag} vlanproto: 802.1q vlanpcp: 0 parent interface: {parent}",)


def _lagg(ports: Sequence[LaggPort]) -> tuple[str, ...]:
    if not ports:
        return ()
    return (
        "\tlaggproto failover lagghash l2,l3,l4",
        *(
            f"\tlaggport: {port.name} flags={sum(_LAGG_BITS[f] for f in port.flags):x}"
            f"<{','.join(port.flags)}>"
            for port in ports
        ),
    )


def _pfsync(pfsync: Pfsync | None) -> tuple[str, ...]:
    if pfsync is None:
        return ()
    defer = None if pfsync.defer is None else ("on" if pfsync.defer else "off")
    named = (
        ("syncdev", pfsync.syncdev),
        ("syncpeer", pfsync.syncpeer),
        ("maxupd", pfsync.maxupd),
        ("defer", defer),
        ("version", pfsync.version),
    )
    first = " ".join(f"{name}: {value}" for name, value in named if value is not None)
    second = () if pfsync.syncok is None else (f"\tsyncok: {int(pfsync.syncok)}",)
    return (f"\t{first}", *second) if first else second


def render_environments(environments: Sequence[Environment]) -> str:
    """Return ``bectl list``: columns as wide as their widest value, the last one not padded.

    Source: print_padding() in sbin/bectl/bectl_list.c.
    """
    rows = [("BE", "Active", "Mountpoint", "Space", "Created")]
    rows += [_row(environment) for environment in environments]
    widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")][:-1]
    return "".join(
        " ".join((*(f"{c:{w}}" for c, w in zip(row, widths, strict=False)), row[-1])) + "\n"
        for row in rows
    )


def render_environments_plain(environments: Sequence[Environment]) -> str:
    """Return ``bectl list -H``: no header, columns parted by one tab."""
    return "".join("\t".join(_row(environment)) + "\n" for environment in environments)


def _row(be: Environment) -> tuple[str, str, str, str, str]:
    flags = "".join(
        letter for letter, held in (("N", be.now), ("R", be.next), ("T", be.once)) if held
    )
    return be.name, flags or "-", be.mountpoint or "-", be.space, be.created
