"""Requests to OVH's API as commands: built here, journalled, shown in plans, sent by a door.

Paths and bodies: OVH's schemas of /ip and /dedicated/server (ovhcloud-cli, 2025-10-02).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote

from bluegreen.model.command import Command, Effect

OVH = "ovh"  # where an order names a router; also argv[0]
TIMEOUT_S = 10.0  # python-ovh's own default is 180 s


@dataclass(frozen=True, slots=True)
class Call:
    """One request, before it is signed."""

    method: str
    path: str  # below the endpoint, percent-encoded, with its query
    body: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def reads(self) -> bool:
        return self.method == "GET"

    @property
    def data(self) -> dict[str, str] | None:
        return dict(self.body) or None


def command_of(call: Call) -> Command:
    """Return the call as a command: a plan shows it, a journal keeps it."""
    body = (json.dumps(dict(call.body)),) if call.body else ()
    effect = Effect.READ if call.reads else Effect.PROVIDER
    return Command((OVH, call.method, call.path, *body), TIMEOUT_S, effect)


def call_of(command: Command) -> Call:
    """Return the call that a command of ours stands for."""
    _, method, path, *body = command.argv
    fields: Mapping[str, str] = json.loads(body[0]) if body else {}
    return Call(method, path, tuple(fields.items()))


def block(address: str) -> str:
    """Return an address as a path names it: OVH keeps single ones as blocks of one."""
    bits = ip_address(address).max_prefixlen
    return quote(f"{address}/{bits}", safe="")


# -- what changes something ---------------------------------------------------------------


def move(address: str, service: str) -> Command:
    """Have OVH route an address to another server."""
    return command_of(Call("POST", f"/ip/{block(address)}/move", (("to", service),)))


def unbind(service: str, mac: str, address: str) -> Command:
    """Take an address off a virtual MAC. The MAC goes for good with its last address."""
    return command_of(Call("DELETE", f"{_addresses(service, mac)}/{quote(address, safe='')}"))


def bind(service: str, mac: str, address: str, machine: str) -> Command:
    """Put an address onto a virtual MAC; ``machine`` is the name OVH shows beside it."""
    body = (("ipAddress", address), ("virtualMachineName", machine))
    return command_of(Call("POST", _addresses(service, mac), body))


def create(service: str, address: str, kind: str, machine: str) -> Command:
    """Make a virtual MAC for an address; ESXi guests need the kind vmware."""
    body = (("ipAddress", address), ("type", kind), ("virtualMachineName", machine))
    return command_of(Call("POST", f"{_server(service)}/virtualMac", body))


# -- what only asks -----------------------------------------------------------------------


def credential() -> Call:
    return Call("GET", "/auth/currentCredential")


def routing(address: str) -> Call:
    return Call("GET", f"/ip/{block(address)}")


def movable(address: str, service: str) -> Call:
    """Ask whether a server takes an address; nothing comes back where it does."""
    return Call("GET", f"{_server(service)}/ipCanBeMovedTo?ip={block(address)}")


def macs(service: str) -> Call:
    return Call("GET", f"{_server(service)}/virtualMac")


def mac_type(service: str, mac: str) -> Call:
    return Call("GET", f"{_server(service)}/virtualMac/{quote(mac, safe=':')}")


def addresses(service: str, mac: str) -> Call:
    return Call("GET", _addresses(service, mac))


def server_tasks(service: str, status: str) -> Call:
    return Call("GET", f"{_server(service)}/task?status={status}")


def server_task(service: str, number: int) -> Call:
    return Call("GET", f"{_server(service)}/task/{number}")


def ip_tasks(address: str, status: str) -> Call:
    return Call("GET", f"/ip/{block(address)}/task?status={status}")


def ip_task(address: str, number: int) -> Call:
    return Call("GET", f"/ip/{block(address)}/task/{number}")


def _server(service: str) -> str:
    return f"/dedicated/server/{quote(service, safe='')}"


def _addresses(service: str, mac: str) -> str:
    return f"{_server(service)}/virtualMac/{quote(mac, safe=':')}/virtualAddress"
