"""The ``rehearsal`` block of a pair, and what holds where nothing is written."""

import re
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from bluegreen.model.checking import Block
from bluegreen.model.duration import Duration
from bluegreen.model.fields import InterfaceName, IpAddress, ReleaseName, Vip
from bluegreen.model.pair import OspfWish, Rehearsal, RehearsedTunnel, RehearsedVhid
from bluegreen.model.release import parse_release
from bluegreen.model.routing import REHEARSED_VERSIONS

DEFAULT_VERSION = "14.2-RELEASE-p1"
DEFAULT_INTERFACE = "vmx0"
DEFAULT_VIP = "198.51.100.1/32"  # TEST-NET-2, RFC 5737


def _daemon_version(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,2}(\.[0-9]{1,3}){0,3}", text):
        raise ValueError("not the version of a daemon, such as 8.5 or 2.15.1")
    return text


DaemonVersion = Annotated[str, AfterValidator(_daemon_version)]
Advskew = Annotated[int, Field(ge=0, le=254)]


class VhidBlock(Block):
    """A vhid as the simulated pair has it at the start."""

    vhid: int = Field(ge=1, le=255)
    interface: InterfaceName = DEFAULT_INTERFACE
    vip: Vip | None = Field(default=None, description="The one address; or vips, a list of them")
    vips: tuple[Vip, ...] | None = None
    advbase: int = Field(default=1, ge=1, le=255, description="Seconds")
    advskew: dict[str, Advskew] = Field(
        default_factory=dict,
        description="1/256 s for each router; default: 0 for the preferred one, 100 for the other",
    )
    unicast: bool = False
    master: str | None = Field(
        default=None, description="Default: the router with the lower advskew"
    )


class TunnelBlock(Block):
    """A GRE tunnel as both simulated routers have it."""

    name: InterfaceName
    local: IpAddress
    remote: IpAddress
    inner: IpAddress
    inner_remote: IpAddress


class DaemonBlock(Block):
    """What speaks OSPF on both simulated routers."""

    daemon: Literal["frr", "quagga", "bird", "openospfd"] | None = Field(
        default=None, description="Default: ospf.daemon of the pair, else frr"
    )
    version: DaemonVersion | None = Field(
        default=None,
        description="frr 7 to 10, quagga, bird 1 to 3: each prints its own words. "
        "Default: frr 10.3, quagga 1.2.4, bird 2.15.1",
    )


class RehearsalBlock(Block):
    """The pair that a rehearsal starts from; every key has a default."""

    version: ReleaseName = DEFAULT_VERSION
    target: ReleaseName | None = Field(default=None, description="Default: the next patch level")
    nothing_staged: tuple[str, ...] = Field(
        default=(), description="Routers that are up to date already"
    )
    root: Literal["zfs", "ufs"] = "zfs"
    vhids: tuple[VhidBlock, ...] = (VhidBlock(vhid=1, vip=DEFAULT_VIP),)
    tunnels: tuple[TunnelBlock, ...] = ()
    preempt: bool = True
    reboot: Duration = 60.0
    ospf: DaemonBlock = DaemonBlock()
    neighbors: int | None = Field(
        default=None,
        ge=0,
        le=64,
        description="OSPF neighbours of each router; default: ospf.min_neighbors",
    )


def resolved_rehearsal(
    block: RehearsalBlock, names: tuple[str, str], prefer: str | None, ospf: OspfWish | None
) -> Rehearsal:
    """Return the pair to rehearse on, with nothing left to choose."""
    wished = 0 if ospf is None or ospf.daemon == "none" else ospf.min_neighbors
    asked = ospf.daemon if ospf and ospf.daemon and ospf.daemon != "none" else "frr"
    daemon = block.ospf.daemon or asked
    return Rehearsal(
        version=block.version,
        target=block.target or next_patch_level(block.version),
        vhids=tuple(_vhid(vhid, names, prefer or names[0]) for vhid in block.vhids),
        nothing_staged=block.nothing_staged,
        root=block.root,
        tunnels=tuple(
            RehearsedTunnel(t.name, t.local, t.remote, t.inner, t.inner_remote)
            for t in block.tunnels
        ),
        preempt=block.preempt,
        reboot_s=block.reboot,
        neighbors=wished if block.neighbors is None else block.neighbors,
        daemon=daemon,
        daemon_version=block.ospf.version or REHEARSED_VERSIONS[daemon],
    )


def next_patch_level(version: str) -> str:
    """Return 14.2-RELEASE-p2 for 14.2-RELEASE-p1."""
    release = parse_release(version)
    return str(replace(release, patch=release.patch + 1))


def _vhid(block: VhidBlock, names: tuple[str, str], first: str) -> RehearsedVhid:
    by_default = {name: 0 if name == first else 100 for name in names}
    advskew = {**by_default, **block.advskew}
    lower = min(names, key=lambda name: (advskew[name], name != first))
    return RehearsedVhid(
        vhid=block.vhid,
        interface=block.interface,
        vips=(*((block.vip,) if block.vip else ()), *(block.vips or ())),
        advskew=(advskew[names[0]], advskew[names[1]]),
        master=block.master or lower,
        advbase=block.advbase,
        unicast=block.unicast,
    )
