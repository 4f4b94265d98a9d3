"""What a boot makes of the files that `provision` writes: tunnels, FRR, forwarding, devd's rule."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bluegreen.carp.values import Transition
from bluegreen.emulator.files import Files
from bluegreen.emulator.spec import InterfaceSpec, OspfSpec
from bluegreen.emulator.system import Call, System, failed, ok
from bluegreen.freebsd.devd import HANDLER, RULE, actions
from bluegreen.freebsd.paths import RC_ROOTS
from bluegreen.freebsd.site import FORWARDING, FORWARDING6, FRR_CONF, LOADER_CONF, LOADER_DIR
from bluegreen.model.command import Output
from bluegreen.model.network import CarpState, Tunnel

GRE_MTU = 1476  # 1500 less the outer header and its own (gre(4))
_WITH_VALUE = frozenset({"netmask", "prefixlen", "mtu", "descr", "description"})


def settings(files: Files) -> dict[str, str]:
    """Return the plain variables of rc.conf(5), the later one first; `$x more` extends."""
    found: dict[str, str] = {}
    for root in RC_ROOTS:
        for _, node in files.under(root):
            for name, value in re.findall(
                r'^[ \t]*(\w+)="?([^"\n]*)"?', node.text or "", re.MULTILINE
            ):
                found[name] = value.replace(f"${name}", found.get(name, "")).strip()
    return found


def loads_carp(files: Files) -> bool:
    loaders = (
        node.text or "" for root in (LOADER_CONF, LOADER_DIR) for _, node in files.under(root)
    )
    by_loader = any(re.search(r'^carp_load="YES"', text, re.MULTILINE) for text in loaders)
    return by_loader or "carp" in settings(files).get("kld_list", "").split()


def start(system: System) -> None:
    """Take up what the files of this boot say beyond vhids."""
    files = system.storage.files
    said = settings(files)
    network, spec = system.network, system.spec
    network.created = {
        name: made
        for name in said.get("cloned_interfaces", "").split()
        if name.startswith("gre") and f"ifconfig_{name}" in said
        for made in [configured(bare_tunnel(name), said[f"ifconfig_{name}"].split())]
    }
    system.forwarding = {
        FORWARDING: spec.forwards or said.get("gateway_enable", "").upper() == "YES",
        FORWARDING6: spec.forwards6 or said.get("ipv6_gateway_enable", "").upper() == "YES",
    }
    read_rule(system)
    if said.get("frr_enable", "").upper() == "YES":
        start_frr(system)
    elif spec.ospf is None:
        network.ospf.spec = None


def read_rule(system: System) -> None:
    node = system.storage.files.find(RULE)
    system.devd_rule = node.text if node else None


def has_frr(system: System) -> bool:
    ospf = system.spec.ospf
    return (ospf is not None and ospf.daemon == "frr") or any(
        package.startswith("frr") for package in system.spec.packages
    )


def has_vtysh(system: System) -> bool:
    ospf = system.spec.ospf
    return has_frr(system) or (ospf is not None and ospf.daemon == "quagga")


def start_daemon(system: System, name: str) -> None:
    """Start what speaks OSPF, by the name of its rc script."""
    if name == "frr":
        start_frr(system)
    else:
        system.network.ospf.start()


def start_frr(system: System) -> None:
    """Start ospfd with the router-id of frr.conf, and the neighbours that the spec knows."""
    node, ospf = system.storage.files.find(FRR_CONF), system.network.ospf
    match = re.search(r"ospf router-id (\S+)", (node.text or "") if node else "")
    if match and has_frr(system):
        spoken = re.findall(r"^interface (\S+)$", (node.text or "") if node else "", re.MULTILINE)
        was = ospf.spec or OspfSpec(match[1])
        ospf.spec = OspfSpec(
            match[1],
            was.neighbors,
            daemon=was.daemon,
            version=was.version,
            spoken=tuple(spoken),
        )
    ospf.start()


def bare_tunnel(name: str) -> InterfaceSpec:
    return InterfaceSpec(name, mtu=GRE_MTU, groups=("gre",))


def configured(interface: InterfaceSpec, words: Sequence[str]) -> InterfaceSpec:
    """Return a tunnel with what ifconfig(8) was told: inner ends, outer ends, mtu, description."""
    made, inner = interface, list[str]()
    rest = iter(words)
    for word in rest:
        if word == "tunnel":
            local, remote = next(rest), next(rest)
            made = replace(made, tunnel=Tunnel("inet6" if ":" in local else "inet", local, remote))
        elif word in _WITH_VALUE:
            value = next(rest)
            if word == "mtu":
                made = replace(made, mtu=int(value))
            elif word.startswith("descr"):
                made = replace(made, description=value)
        elif word not in ("inet", "inet6", "up"):
            inner.append(word)
    if len(inner) == 2:
        prefixlen = 128 if ":" in inner[0] else 32
        made = replace(made, addresses=(f"{inner[0]}/{prefixlen}",), destination=inner[1])
    return made


# -- devd -------------------------------------------------------------------------


def _pairs(handler: str, variable: str) -> Iterator[str]:
    match = re.search(rf"^{variable}='?([^'\n]*)'?$", handler, re.MULTILINE)
    yield from (match[1] if match else "").split()


def _role(system: System, vip: str) -> str | None:
    number, _, interface = vip.partition("@")
    carp = system.network.carp
    return next(
        (
            state.value
            for config, state in carp.vhids()
            if (str(config.vhid), config.interface) == (number, interface)
        ),
        None,
    )


def follow(system: System) -> None:
    """Do what the handler does with tunnels; its hook is not emulated."""
    node = system.storage.files.find(HANDLER)
    drained = re.search(r"^DRAINED='?([^'\n]*)'?$", (node.text or "") if node else "", re.MULTILINE)
    if node is None:
        return
    is_drained = bool(drained and system.storage.files.find(drained[1]))
    for pair in _pairs(node.text or "", "TUNNELS"):
        vip, _, tunnel = pair.partition("=")
        wanted = _role(system, vip) == CarpState.MASTER
        is_up = tunnel not in system.network.downed
        if wanted and is_drained:
            continue
        if system.network.interface(tunnel) and wanted is not is_up:
            system.network.set_admin(tunnel, up=wanted, now=system.now)


def on_event(system: System, move: Transition) -> None:
    """devd(8) starts the handler where it runs and has read the rule."""
    if system.devd_rule is None or "devd" not in system.processes.services:
        return
    if system.run_handler is None:
        follow(system)
        return
    for action in actions(system.devd_rule, f"{move.vhid}@{move.interface}", move.new.value):
        system.run_handler(action)


def handler(system: System, call: Call) -> Output:
    """``sh HANDLER --dry-run`` and ``--sync``."""
    files = system.storage.files
    node, rule = files.find(HANDLER), files.find(RULE)
    if node is None:
        return failed(f"sh: cannot open {HANDLER}: No such file or directory", 2)
    if call.words[1:] == ("--sync",):
        if system.run_handler is None:
            follow(system)
        else:
            system.run_handler(f"{HANDLER} --sync")
        return ok()
    wrong = []
    if rule is None:
        wrong.append(f"{RULE} cannot be read: devd starts nothing")
    elif "devd" not in system.processes.services:
        wrong.append("devd(8) is not running")
    elif system.devd_rule != rule.text:
        wrong.append(f"devd(8) has not read {RULE} since it was written")
    vips = [(vip, _role(system, vip)) for vip in _pairs(node.text or "", "VIPS")]
    wrong += [f"{vip}: no such vhid" for vip, role in vips if role is None]
    tunnels = [pair.partition("=")[2] for pair in _pairs(node.text or "", "TUNNELS")]
    wrong += [f"{t}: no such interface" for t in tunnels if system.network.interface(t) is None]
    lines = [f"{vip} is {role}" for vip, role in vips if role]
    lines += [f"wrong: {what}" for what in wrong] or ["ready"]
    return Output("".join(f"{line}\n" for line in lines), "", 1 if wrong else 0)
