"""The vhids that a design gives a router, a row an address, and the lines that say so."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_address, ip_interface

from bluegreen.freebsd.rcedit import rc_name
from bluegreen.freebsd.rcprefix import prefixlen_in
from bluegreen.freebsd.rcvhids import RcVhid
from bluegreen.freebsd.siteedit import Text, with_secret
from bluegreen.model.design import Design, VhidDesign
from bluegreen.model.facts import PairFacts, RouterFacts
from bluegreen.model.hidden import SHOWN, Secret
from bluegreen.model.network import Interface
from bluegreen.model.site import SiteFacts
from bluegreen.policy.setting import Setting

_ASSIGNMENT = re.compile(r"[ \t]*(?P<name>ifconfig_\w+)=(?P<quote>[\"'])(?P<value>.*)(?P=quote)\s*")


@dataclass(frozen=True, slots=True)
class Row:
    """One address of one vhid on one router, as it is to be."""

    interface: str
    vhid: int
    address: str  # with prefix length
    advbase: int  # s
    advskew: int  # 1/256 s
    peer: str | None = None
    peer6: str | None = None

    @property
    def bare(self) -> str:
        return self.address.partition("/")[0]

    @property
    def prefixlen(self) -> int:
        return ip_interface(self.address).network.prefixlen

    @property
    def family(self) -> str:
        return "inet6" if ":" in self.address else "inet"

    def value(self) -> str:
        """Return what a boot hands to ifconfig(8), the password struck out."""
        advbase = f" advbase {self.advbase}" if self.advbase != 1 else ""
        peers = "".join(
            f" {word} {peer}" for word, peer in (("peer", self.peer), ("peer6", self.peer6)) if peer
        )
        return (
            f"{self.family} vhid {self.vhid}{advbase} advskew {self.advskew} pass {SHOWN}{peers}"
            f" alias {self.address}"
        )

    def line(self, variable: str, password: Secret) -> Text:
        return with_secret(f'{variable}="{self.value()}"', password)


def rows_of(pair: PairFacts, name: str, setting: Setting) -> tuple[Row, ...]:
    """Return every address that a router is to have, in the design's order."""
    if setting.design is None:
        return ()
    return tuple(row for vhid in setting.design.vhids for row in _rows(pair, name, vhid))


def _rows(pair: PairFacts, name: str, vhid: VhidDesign) -> list[Row]:
    peer, peer6 = peers_of(pair, name, vhid)
    return [
        Row(
            interface=vhid.interface_of(name),
            vhid=vhid.vhid,
            address=vip,
            advbase=vhid.advbase,
            advskew=vhid.advskew_of(name),
            peer=peer,
            peer6=peer6,
        )
        for vip in vhid.vips
    ]


def peers_of(pair: PairFacts, name: str, vhid: VhidDesign) -> tuple[str | None, str | None]:
    """Return what a unicast vhid advertises to: the peer's own address of each family it has."""
    if not vhid.unicast:
        return None, None
    other = pair.peer_name(name)
    families = {ip_interface(vip).version for vip in vhid.vips}
    given = {4: dict(vhid.peers).get(other), 6: dict(vhid.peers6).get(other)}
    found = {
        version: given[version] or own_address(pair, other, vhid, version) for version in families
    }
    return found.get(4), found.get(6)


def own_address(pair: PairFacts, name: str, vhid: VhidDesign, version: int) -> str | None:
    """Return a router's first address of its own on the vhid's interface; None: there is none."""
    facts = pair.seen(name)
    interface = interface_of(facts, vhid.interface_of(name)) if facts else None
    if interface is None:
        return None
    owned = interface.inet if version == 4 else interface.inet6
    usable = (
        i.address for i in owned if i.vhid is None and not ip_address(i.address).is_link_local
    )
    return next(usable, None)


def interface_of(facts: RouterFacts, name: str) -> Interface | None:
    return next((i for i in facts.interfaces if i.name == name), None)


def says(row: Row, found: RcVhid, line: str) -> bool:
    """Whether a line of rc.conf(5) means what a row wants; its password is another question."""
    return (
        (found.advskew, found.advbase or 1) == (row.advskew, row.advbase)
        and (found.peer, found.peer6) == (row.peer, row.peer6)
        and prefixlen_in(line, row.bare) == row.prefixlen
    )


def has_password(site: SiteFacts, path: str, number: int, line: str, password: Secret) -> bool:
    """Whether a line, which is known with its password struck out, holds this one."""
    real = f"{line.replace(SHOWN, password.reveal())}\n"
    wanted = sha256(real.encode("utf-8", "surrogateescape")).hexdigest()
    return any((d.path, d.line, d.digest) == (path, number, wanted) for d in site.vhid_lines)


def is_plain(line: str) -> bool:
    """Whether a line is one assignment and nothing else, so that it can be replaced as a whole."""
    match = _ASSIGNMENT.fullmatch(line)
    return match is not None and "\\" not in match["value"]


def variables(facts_lines: Mapping[str, tuple[str, ...]], interface: str) -> dict[int, str]:
    """Return the alias numbers of an interface that any file assigns, and in which."""
    pattern = re.compile(rf"^[ \t]*(?:export[ \t]+)?ifconfig_{rc_name(interface)}_alias([0-9]+)=")
    return {
        int(match[1]): path
        for path, lines in facts_lines.items()
        for line in lines
        if (match := pattern.match(line))
    }


def tunnel_vip(design: Design, name: str, local: str) -> str | None:
    """Return VHID@INTERFACE of the vhid that an outer address belongs to, on one router."""
    for vhid in design.vhids:
        if local in [vip.partition("/")[0] for vip in vhid.vips]:
            return f"{vhid.vhid}@{vhid.interface_of(name)}"
    return None
