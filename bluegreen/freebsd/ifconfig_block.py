"""What was read of one interface so far, and the value that becomes of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bluegreen.freebsd.text import refusal
from bluegreen.model.network import (
    CarpState,
    CarpVhid,
    Inet,
    Interface,
    LaggPort,
    Pfsync,
    Tunnel,
    Vlan,
    VrrpGroup,
)

CarpRow = tuple[int, CarpState, int, int, str | None, str | None]


@dataclass(slots=True)
class Block:
    """What was read of one interface so far; without a header: of one excerpt."""

    name: str | None
    line: int
    flags: tuple[str, ...] = ()
    mtu: int | None = None
    ether: str | None = None
    description: str | None = None
    inet: list[Inet] = field(default_factory=list)
    inet6: list[Inet] = field(default_factory=list)
    vips: list[tuple[int, str]] = field(default_factory=list)  # vhid and address, as listed
    carp: list[CarpRow] = field(default_factory=list)
    vrrp: list[VrrpGroup] = field(default_factory=list)
    tunnel: Tunnel | None = None
    sync: dict[str, str] = field(default_factory=dict)
    vlan: Vlan | None = None
    laggports: list[LaggPort] = field(default_factory=list)
    groups: tuple[str, ...] = ()
    status: str | None = None
    seen: set[str] = field(default_factory=set)
    awaits_peer: str = ""  # "carp" or "vrrp" right after such a line

    def first(self, what: str, number: int, line: str) -> bool:
        """Return whether this is the only such line; an excerpt may mix interfaces."""
        if what not in self.seen:
            self.seen.add(what)
            return True
        if self.name is not None:
            raise refusal(number, line, f"{self.name} says this twice; is a header missing?")
        return False


def built(block: Block) -> Interface:
    """Return what was read, each vhid with the addresses that bear it."""
    return Interface(
        block.name,
        block.flags,
        block.mtu,
        block.ether,
        block.description,
        tuple(block.inet),
        tuple(block.inet6),
        _vhids(block) if block.carp else (),
        tuple(block.vrrp),
        block.tunnel,
        _pfsync(block.sync) if block.sync else None,
        block.vlan,
        tuple(block.laggports),
        block.groups,
        block.status,
    )


def _vhids(block: Block) -> tuple[CarpVhid, ...]:
    borne: dict[int, list[str]] = {}
    for vhid, address in block.vips:
        borne.setdefault(vhid, []).append(address)
    if not borne and block.name and _PSEUDO.match(block.name):
        borne[block.carp[0][0]] = [inet.address for inet in (*block.inet, *block.inet6)]
    return tuple([CarpVhid(*row, tuple(borne.get(row[0], ()))) for row in block.carp])


# Up to FreeBSD 9 a vhid is an interface of its own, and all its addresses are the vhid's.
_PSEUDO = re.compile(r"carp[0-9]+$")


def _pfsync(sync: Mapping[str, str]) -> Pfsync:
    return Pfsync(
        syncdev=sync.get("syncdev"),
        syncpeer=sync.get("syncpeer"),
        syncok=sync["syncok"] == "1" if "syncok" in sync else None,
        version=int(sync["version"]) if "version" in sync else None,
        maxupd=int(sync["maxupd"]) if "maxupd" in sync else None,
        defer=sync["defer"] == "on" if "defer" in sync else None,
    )
