"""ifconfig(8) of FreeBSD 14, as far as vhids and links go."""

import re
from dataclasses import replace
from ipaddress import ip_address

from bluegreen.carp.values import Request, VhidConfig
from bluegreen.emulator import site
from bluegreen.emulator.network import MULTICAST, MULTICAST6
from bluegreen.emulator.rcfiles import key_of
from bluegreen.emulator.render import PLAIN, Look, render_interface, render_interfaces
from bluegreen.emulator.spec import InterfaceSpec
from bluegreen.emulator.system import Call, System, failed, misused, ok
from bluegreen.model.command import Output
from bluegreen.model.network import CarpState, CarpVhid, Inet, Interface, Pfsync

_ETHERNET = Look(
    options="4e000bb<RXCSUM,TXCSUM,VLAN_MTU,VLAN_HWTAGGING,JUMBO_MTU,VLAN_HWCSUM,"
    "RXCSUM_IPV6,TXCSUM_IPV6,HWRXTSTMP>",
    media="Ethernet autoselect",
    nd6="29<PERFORMNUD,IFDISABLED,AUTO_LINKLOCAL>",
)
_WORDS = ("vhid", "advskew", "advbase", "peer", "peer6", "state", "pass")
_ATOI = re.compile(r"\s*([+-]?\d+)")


def is_question(argv: tuple[str, ...]) -> bool:
    return len(argv) <= 2


def run(system: System, call: Call) -> Output:
    """Show interfaces, or change one."""
    words = call.words
    if not words or words == ("-a",):
        return ok(render_interfaces(_shown(system, i) for i in system.network.interfaces))
    if words[1:] == ("create",) and re.fullmatch(r"gre[0-9]+", words[0]):
        return _create(system, words[0])
    interface = system.network.interface(words[0])
    if interface is None:
        return failed(f"ifconfig: interface {words[0]} does not exist")
    if not words[1:]:
        return ok(render_interface(*_shown(system, interface)))
    return _changed(system, interface, words[1:])


def _changed(system: System, interface: InterfaceSpec, words: tuple[str, ...]) -> Output:
    match words:
        case ("up" | "down" as wish,):
            system.network.set_admin(interface.name, up=wish == "up", now=system.now)
        case ("destroy",):
            if not system.network.drop_interface(interface.name):
                return failed("ifconfig: SIOCIFDESTROY: Invalid argument")
        case ("inet" | "inet6", address, "-alias"):
            if not system.network.remove_address(interface.name, address, system.now):
                return failed("ifconfig: ioctl (SIOCDIFADDR): Can't assign requested address")
        case ("inet" | "inet6", "vhid", *rest) if "alias" in rest:
            return _add_alias(system, interface.name, tuple(rest))
        case wishes if "tunnel" in wishes:
            system.network.put_interface(site.configured(interface, wishes))
            system.network.set_admin(interface.name, up=True, now=system.now)
        case wishes if len(wishes) % 2 == 0 and set(wishes[::2]) <= set(_WORDS):
            return _set_vhid(system, interface.name, wishes)
        case _:
            return misused("ifconfig")
    return ok()


def _create(system: System, name: str) -> Output:
    if system.network.interface(name) is not None:
        return failed("ifconfig: create: SIOCIFCREATE2: File exists")
    system.network.put_interface(site.bare_tunnel(name))
    system.network.downed.add(name)
    return ok()


def _add_alias(system: System, interface: str, words: tuple[str, ...]) -> Output:
    """``vhid N advskew S pass P [peer A] alias A/len``: the vhid is made where there is none."""
    if not system.carp_loaded:
        return failed("ifconfig: SIOCSVH: Protocol not supported")
    at = words.index("alias")
    number, named, address = _atoi(words[0]), words[1:at], words[at + 1]
    known = {c.vhid: c for c, _ in system.network.carp.vhids() if c.interface == interface}
    said = dict(zip(named[::2], named[1::2], strict=True))
    config = known.get(number) or VhidConfig(interface, number)
    system.network.add_address(
        replace(
            config,
            advbase=_atoi(said.get("advbase", str(config.advbase))),
            advskew=_atoi(said.get("advskew", str(config.advskew))),
            password_digest=key_of(said.get("pass", config.password_digest)),
            peer=_peer(said["peer"]) if "peer" in said else MULTICAST,
            peer6=said.get("peer6", MULTICAST6),
        ),
        address,
        system.now,
    )
    return ok()


def _set_vhid(system: System, interface: str, wishes: tuple[str, ...]) -> Output:
    """Read the vhid, change what is named, write all of it back (setcarp_callback, carp.c)."""
    if wishes[0] != "vhid":
        return failed(f"ifconfig: {wishes[0]} requires vhid")
    named = dict(zip(wishes[::2], wishes[1::2], strict=True))
    vhid = _atoi(named["vhid"])
    if not 1 <= vhid <= 255:
        return failed("ifconfig: vhid must be greater than 0 and less than 255")
    state = named.get("state", "").upper()
    if state and state not in ("MASTER", "BACKUP"):
        return failed(f"ifconfig: unknown CARP state '{named['state']}'")
    advbase, advskew = named.get("advbase"), named.get("advskew")
    forgets = system.spec.peers_default_to_multicast
    request = Request(
        advbase=None if advbase is None else _atoi(advbase),
        advskew=None if advskew is None else _atoi(advskew),
        state=CarpState(state) if state else None,
        password_digest=named.get("pass"),
        peer=_peer(named["peer"]) if "peer" in named else (MULTICAST if forgets else None),
        peer6=named.get("peer6", MULTICAST6 if forgets else None),
    )
    try:
        system.network.request(interface, vhid, request, system.now)
    except ValueError:
        return failed("ifconfig: SIOCSVH: Invalid argument")
    return ok()


def _atoi(text: str) -> int:
    """Return what atoi(3) makes of a word: 0 of what is no number."""
    found = _ATOI.match(text)
    return int(found[1]) if found else 0


def _peer(text: str) -> str:
    """Return what inet_addr(3) makes of a word, unchecked: INADDR_NONE of what is no address."""
    try:
        return str(ip_address(text))
    except ValueError:
        return "255.255.255.255"


def _shown(system: System, spec: InterfaceSpec) -> tuple[Interface, Look]:
    network = system.network
    carp = [(c, state) for c, state in network.carp.vhids() if c.interface == spec.name]
    vips = [
        _vip(address, network.prefixlens.get((spec.name, address), ""), config.vhid)
        for config, _ in carp
        for address in config.addresses
    ]
    ethernet = spec.ether is not None
    plugged = spec.name not in network.unplugged
    interface = Interface(
        name=spec.name,
        flags=_flags(system, spec, has_vhids=bool(carp)),
        mtu=spec.mtu,
        ether=spec.ether,
        description=spec.description,
        inet=(*spec.inet, *(vip for vip in vips if ":" not in vip.address)),
        inet6=(*spec.inet6, *(vip for vip in vips if ":" in vip.address)),
        carp=tuple(
            CarpVhid(c.vhid, state, c.advbase, c.advskew, c.peer, c.peer6, _ordered(c.addresses))
            for c, state in carp
        ),
        tunnel=spec.tunnel,
        pfsync=_pfsync(system, spec.pfsync),
        vlan=spec.vlan,
        laggports=spec.laggports,
        groups=spec.groups,
        status=("active" if plugged else "no carrier") if ethernet else None,
    )
    return interface, _ETHERNET if ethernet else PLAIN


def _pfsync(system: System, spec: Pfsync | None) -> Pfsync | None:
    """Return it out of sync as long as it catches up; an old spelling may not say."""
    if spec is None or spec.syncok is None:
        return spec
    return replace(spec, syncok=spec.syncok and system.network.bulk_ends_s is None)


def _ordered(addresses: tuple[str, ...]) -> tuple[str, ...]:
    """Return IPv4 before IPv6, as the address lines stand."""
    return tuple(sorted(addresses, key=lambda address: ":" in address))


def _vip(address: str, prefixlen: str, vhid: int) -> Inet:
    if ":" in address:
        return Inet(address, int(prefixlen or 128), vhid)
    return Inet(address, int(prefixlen or 32), vhid, None, address)


def _flags(system: System, spec: InterfaceSpec, *, has_vhids: bool) -> tuple[str, ...]:
    """Return the names in the order of their bits."""
    up = system.network.is_up(spec.name)
    admin = spec.name not in system.network.downed
    names = ["UP"] if admin else []
    if isinstance(spec.pfsync, Pfsync):
        return (*names, "RUNNING", "LOWER_UP") if admin else ()
    if spec.name.startswith("lo"):
        kind = ["LOOPBACK"]
    else:
        kind = ["POINTOPOINT"] if spec.tunnel or spec.destination else ["BROADCAST"]
    running = up or (admin and spec.ether is not None)
    names += [*kind, *(["RUNNING"] if running else [])]
    names += ["PROMISC"] if has_vhids else []
    names += ["SIMPLEX"] if kind == ["BROADCAST"] else []
    return (*names, "MULTICAST", *(["LOWER_UP"] if up else []))
