"""The ``provision`` block of a pair: its keys, their types, and what they come to."""

import re
from collections.abc import Callable, Iterator
from typing import Annotated

from pydantic import AfterValidator, Field

from bluegreen.model.checking import Block
from bluegreen.model.design import (
    Design,
    DevdDesign,
    FrrDesign,
    PasswordSource,
    TunnelDesign,
    VhidDesign,
)
from bluegreen.model.document import Document
from bluegreen.model.fields import AbsolutePath, InterfaceName, IpAddress, Line, Prefix, Vip
from bluegreen.model.problems import Path, Problem, hint

PREFERRED, OTHER = 0, 100  # advskew, 1/256 s
SOURCES = ("env", "file", "command", "keyring")
DEAD_HELLOS = 4  # RouterDeadInterval of RFC 2328, C.3, in hellos
Interval = Annotated[int, Field(ge=1, le=65535)]
ADVSKEW_MAX = 219  # of the pair, 1/256 s: a drain goes at least 20 higher, and below 240
Advskew = Annotated[int, Field(ge=0, le=239)]  # that of a spare is higher than a drain


def _variable(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text):
        raise ValueError("not the name of an environment variable")
    return text


def _entry(text: str) -> str:
    service, _, name = text.rpartition("/")
    if not service or not name:
        raise ValueError("not service/name")
    return text


def _plain(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,60}", text):
        raise ValueError("a description is one word of letters, digits, `.`, `_` and `-`")
    return text


def _gre(text: str) -> str:
    if not re.fullmatch(r"gre[0-9]{1,5}", text):
        raise ValueError("not the name of a gre(4) interface, such as gre0")
    return text


class PasswordBlock(Block):
    """Exactly one of env, file, command and keyring: where the password is."""

    env: Annotated[str, AfterValidator(_variable)] | None = None
    file: Line | None = Field(default=None, description="Relative to this file; its first line")
    command: Line | None = Field(
        default=None, description="Prints it; a program and its arguments, never through a shell"
    )
    keyring: Annotated[str, AfterValidator(_entry)] | None = Field(
        default=None, description="service/name of the operating system's key ring"
    )


class ProvisionedVhid(Block):
    """A vhid that both routers are to have."""

    vhid: int = Field(ge=1, le=255)
    interface: InterfaceName | None = Field(default=None, description="Of both routers")
    interfaces: dict[str, InterfaceName] = Field(
        default_factory=dict, description="Or of each router, by its name"
    )
    vips: tuple[Vip, ...] = Field(description="Each with its prefix length")
    password: PasswordBlock
    advskew: dict[str, Advskew] = Field(
        default_factory=dict,
        description="1/256 s for each router, at most 219, and for a spare, at most 239; "
        "default: 0 for the preferred one, 100 for the other",
    )
    advbase: int = Field(default=1, ge=1, le=255, description="Seconds")
    unicast: bool = Field(default=False, description="Advertise to the peer's address alone")
    addresses: dict[str, IpAddress] = Field(
        default_factory=dict,
        description="unicast: a router's own IPv4 address; default: the first on the interface",
    )
    addresses6: dict[str, IpAddress] = Field(
        default_factory=dict, description="unicast: a router's own IPv6 address"
    )


class ProvisionedTunnel(Block):
    """A GRE tunnel that both routers are to have."""

    name: Annotated[str, AfterValidator(_gre)]
    local: IpAddress
    remote: IpAddress
    inner: IpAddress
    inner_remote: IpAddress
    mtu: int | None = Field(default=None, ge=576, le=9216)
    description: Annotated[str, AfterValidator(_plain)] | None = None


class FrrBlock(Block):
    """What ospfd of FRR is told; never a VIP as router-id."""

    router_id: dict[str, IpAddress]
    networks: tuple[Prefix, ...] = ()
    area: str = Field(default="0", pattern=r"^[0-9.]{1,15}$")
    hello: Interval | None = Field(
        default=None, description="Seconds, as the far ends have it; default: FRR's, 10"
    )
    dead: Interval | None = Field(
        default=None, description="Seconds, as the far ends have it; default: four hellos"
    )


class DevdBlock(Block):
    """What an event of CARP causes."""

    hook: AbsolutePath | None = Field(
        default=None, description="A program: `observe VHID@IF` (0: bound here), `bind VHID@IF`"
    )
    bound: tuple[int, ...] = Field(
        default=(), description="vhids whose address a provider sends; default with a hook: all"
    )
    settle: int = Field(default=3, ge=0, le=60, description="Seconds of rest before the hook")


class ProvisionBlock(Block):
    """What `bluegreen provision` makes of two routers."""

    vhids: tuple[ProvisionedVhid, ...]
    tunnels: tuple[ProvisionedTunnel, ...] = ()
    forwarding: bool = False
    frr: FrrBlock | None = None
    devd: DevdBlock | None = None


def resolved_design(
    block: ProvisionBlock | None,
    names: tuple[str, ...],
    prefer: str | None,
    locate: Callable[[str], str],
) -> Design | None:
    """Return the design with nothing left to choose; ``locate`` opens a path from anywhere."""
    if block is None:
        return None
    return Design(
        vhids=tuple(_vhid(vhid, names, prefer or names[0], locate) for vhid in block.vhids),
        tunnels=tuple(
            TunnelDesign(t.name, t.local, t.remote, t.inner, t.inner_remote, t.mtu, t.description)
            for t in block.tunnels
        ),
        forwarding=block.forwarding,
        frr=_frr(block.frr) if block.frr else None,
        devd=_devd(block.devd, block) if block.devd else None,
    )


def _vhid(
    block: ProvisionedVhid, names: tuple[str, ...], first: str, locate: Callable[[str], str]
) -> VhidDesign:
    same = tuple((name, block.interface or "") for name in names)
    return VhidDesign(
        vhid=block.vhid,
        interfaces=tuple(block.interfaces.items()) or same,
        vips=block.vips,
        advskew=tuple(
            {**{n: PREFERRED if n == first else OTHER for n in names}, **block.advskew}.items()
        ),
        password=_source(block.password, locate),
        advbase=block.advbase,
        unicast=block.unicast,
        peers=tuple(block.addresses.items()),
        peers6=tuple(block.addresses6.items()),
    )


def _source(block: PasswordBlock, locate: Callable[[str], str]) -> PasswordSource:
    written = (block.env, block.file, block.command, block.keyring)
    kind, words = next((k, w) for k, w in zip(SOURCES, written, strict=True) if w is not None)
    return PasswordSource(kind, locate(words) if kind == "file" else words)


def _frr(block: FrrBlock) -> FrrDesign:
    dead = block.dead or (block.hello * DEAD_HELLOS if block.hello else None)
    ids = tuple(block.router_id.items())
    return FrrDesign(ids, block.networks, block.area, block.hello, dead)


def _devd(block: DevdBlock, whole: ProvisionBlock) -> DevdDesign:
    every = tuple(vhid.vhid for vhid in whole.vhids) if block.hook else ()
    return DevdDesign(block.hook, block.bound or every, block.settle)


def check_designs(document: Document) -> Iterator[Problem]:
    """Names are routers of the file, vhids stand once, and a password comes from one place."""
    for pair in document.keys("pairs"):
        base: Path = ("pairs", pair, "provision")
        yield from _repeated(document, base)
        if document.at(*base, "vhids") == ():
            yield document.problem((*base, "vhids"), "no vhid at all")
        for index in document.indices(*base, "vhids"):
            yield from _check_vhid(document, pair, (*base, "vhids", index))


def _repeated(document: Document, base: Path) -> Iterator[Problem]:
    seen: set[tuple[object, str]] = set()
    for index in document.indices(*base, "vhids"):
        key = (document.at(*base, "vhids", index, "vhid"), str(_interface(document, base, index)))
        if key in seen:
            path = (*base, "vhids", index, "vhid")
            yield document.problem(path, f"vhid {key[0]} stands twice on the same interface")
        seen.add(key)


def _interface(document: Document, base: Path, index: int) -> object:
    at: Path = (*base, "vhids", index)
    return document.at(*at, "interface") or document.at(*at, "interfaces")


def _check_skews(document: Document, members: list[str], path: Path) -> Iterator[Problem]:
    """A drain must fit above the skews of the pair; a spare's is above the drain."""
    for name in members:
        skew = document.at(*path, "advskew", name)
        if isinstance(skew, int) and skew > ADVSKEW_MAX:
            sentence = f"at most {ADVSKEW_MAX}: a drain goes at least 20 higher, and below 240"
            yield document.problem((*path, "advskew", name), sentence)


def _check_vhid(document: Document, pair: str, path: Path) -> Iterator[Problem]:
    members = [
        text
        for i in document.indices("pairs", pair, "routers")
        if (text := document.text("pairs", pair, "routers", i))
    ]
    known = document.keys("routers")
    for key in ("interfaces", "advskew", "addresses", "addresses6"):
        for name in document.keys(*path, key):
            if name not in known:
                sentence = f"`{name}` is no router; {hint(name, known)}"
                yield document.problem((*path, key, name), sentence, at_key=True)
    named, keys = document.keys(*path, "interfaces"), document.keys(*path)
    for name in members if named else ():
        if name not in named:
            yield document.problem((*path, "interfaces"), f"no interface for {name}")
    if keys and ("interface" in keys) == ("interfaces" in keys):
        found = "both" if "interface" in keys else "neither"
        yield document.problem(path, f"exactly one of interface and interfaces, found {found}")
    yield from _check_skews(document, members, path)
    if document.at(*path, "vips") == ():
        yield document.problem((*path, "vips"), "no address at all")
    given = [kind for kind in SOURCES if document.at(*path, "password", kind) is not None]
    if document.at(*path, "password") is not None and len(given) != 1:
        sentence = f"exactly one of {', '.join(SOURCES)}, found {' and '.join(given) or 'none'}"
        yield document.problem((*path, "password"), sentence)
