"""How a simulated pair begins: who is plugged into what, and who is MASTER of what."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_interface

from bluegreen.emulator.rcfiles import rc_files
from bluegreen.emulator.setkey import EXAMPLE_KEYS
from bluegreen.emulator.spec import MachineSpec, VhidSpec
from bluegreen.model.network import Route
from bluegreen.model.release import parse_release

CREDENTIALS = "/etc/rc.conf.local"
CREDENTIAL = "tr0ub4dor"

Specs = tuple[MachineSpec, MachineSpec]


@dataclass(frozen=True, slots=True)
class Start:
    """What the pair is doing when a run begins, beyond what its configuration says."""

    masters: frozenset[tuple[str, str, int]]  # router, interface, vhid
    demotions: tuple[tuple[str, int], ...] = ()  # router, net.inet.carp.demotion
    down: tuple[tuple[str, str], ...] = ()  # router, interface that is not UP
    cables: tuple[tuple[str, str], ...] = ()  # interfaces on one wire that carry no vhid yet
    as_running: bool = False  # the vhids of the specification run, whatever their files say


@dataclass(frozen=True, slots=True)
class Wiring:
    """Which interfaces share a wire, and which addresses are whose own."""

    interfaces: Mapping[tuple[int, str], str]  # (router, interface) -> the other's interface
    addresses: tuple[frozenset[str], frozenset[str]]  # without those of a vhid


def wiring(specs: Specs, cables: tuple[tuple[str, str], ...] = ()) -> Wiring:
    """Return the wires: interfaces that carry the same vhid with the same addresses."""
    interfaces: dict[tuple[int, str], str] = {}
    for mine, theirs in cables:
        interfaces[0, mine], interfaces[1, theirs] = theirs, mine
    for first, second in _groups(specs):
        interfaces[0, first.interface] = second.interface
        interfaces[1, second.interface] = first.interface
    return Wiring(interfaces, (_own(specs[0]), _own(specs[1])))


def vips(specs: Specs) -> tuple[str, ...]:
    """Return the addresses of all vhids, without prefix, the first router's first."""
    return tuple(
        dict.fromkeys(bare(a) for spec in specs for vhid in spec.vhids for a in vhid.addresses)
    )


def secrets_of(specs: Specs) -> tuple[str, ...]:
    """Return the words on the routers that must never be told."""
    keys = EXAMPLE_KEYS if any(spec.ipsec for spec in specs) else ()
    words = (w for s in specs for w in (*s.secrets, *keys, *(v.password for v in s.vhids)))
    return tuple(dict.fromkeys(words))


def planted(spec: MachineSpec) -> MachineSpec:
    """Return the router with a credential of another service in its configuration, too."""
    files = {**(spec.files or rc_files(spec))}
    if CREDENTIALS in files:
        return spec
    files[CREDENTIALS] = (f'wlan_psk="{CREDENTIAL}"\n', 0o600)
    return replace(spec, files=files, secrets=(CREDENTIAL,))


def preferred(specs: Specs) -> Start:
    """Return who wins each shared vhid by its skew; of two equals, the first router."""
    masters = (
        (specs[1].name, second.interface, second.vhid)
        if (second.advbase, second.advskew) < (first.advbase, first.advskew)
        else (specs[0].name, first.interface, first.vhid)
        for first, second in _groups(specs)
    )
    return Start(frozenset(masters))


def reach(version: str, target: str) -> tuple[str | None, tuple[str, ...]]:
    """Return what fetch offers and what ``upgrade -r`` can reach, so that a target is met."""
    if parse_release(version) == parse_release(target):
        return None, ()
    if parse_release(version).base == parse_release(target).base:
        return target, ()
    return None, (target,)


def way_out(interface: str, own: str) -> Route:
    """Return a default route over a gateway on the wire of an address, none of the pair's."""
    network = ip_interface(own).network
    if network.version == 6:
        gateway = str(network.network_address + 1) if network.num_addresses > 2 else "fe80::1"
        return Route("default", gateway, "UGS", interface, "inet6")
    hosts = network.num_addresses > 2
    gateway = str(network.broadcast_address - 1) if hosts else "192.0.2.254"
    return Route("default", gateway, "UGS", interface, "inet")


def _groups(specs: Specs) -> Iterator[tuple[VhidSpec, VhidSpec]]:
    """Yield the vhids that both have; where addresses differ, the number alone must do."""
    for first in specs[0].vhids:
        same = [vhid for vhid in specs[1].vhids if vhid.vhid == first.vhid]
        wanted = sorted(map(bare, first.addresses))
        best = [v for v in same if sorted(map(bare, v.addresses)) == wanted] or same
        if best:
            yield first, best[0]


def _own(spec: MachineSpec) -> frozenset[str]:
    return frozenset(bare(a) for interface in spec.interfaces for a in interface.addresses)


def bare(address: str) -> str:
    return address.partition("/")[0]
