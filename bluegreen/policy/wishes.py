"""What the files of a router must say, compared with what they say: the edits in between.

A line that is right stays as it is, in whatever file and spelling; one that is wrong is replaced
where it stands; one that is missing goes into a file of ours, under a number that nobody has.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from bluegreen.errors import BluegreenError
from bluegreen.freebsd.devd import HANDLER, RULE, Devd, handler, rule
from bluegreen.freebsd.frrconf import MARK, frr_conf
from bluegreen.freebsd.rcedit import rc_name
from bluegreen.freebsd.rcvhids import Occurrence, occurrences
from bluegreen.freebsd.site import FRR_CONF, LOADER_CONF, LOADER_DIR, SYSCTL_CONF
from bluegreen.freebsd.sitecommands import tunnel_words
from bluegreen.freebsd.siteedit import FileEdit, Text
from bluegreen.model.design import Design
from bluegreen.model.facts import PairFacts, Unknown
from bluegreen.model.hidden import Secret
from bluegreen.model.site import SiteFacts
from bluegreen.model.system import RcFile
from bluegreen.policy.rows import (
    Row,
    has_password,
    is_plain,
    rows_of,
    says,
    tunnel_vip,
    variables,
)
from bluegreen.policy.setting import Setting

OWN_NETIF = "/etc/rc.conf.d/netif/bluegreen"
OWN_ROUTING = "/etc/rc.conf.d/routing/bluegreen"
OWN_FRR = "/etc/rc.conf.d/frr/bluegreen"
OWN_LOADER = f"{LOADER_DIR}/bluegreen.conf"
OURS = frozenset(
    {OWN_NETIF, OWN_ROUTING, OWN_FRR, OWN_LOADER, SYSCTL_CONF, FRR_CONF, RULE, HANDLER}
)
"""Every file that may be written as a whole: what was not there before is removed again."""
HEAD = "# Written by `bluegreen provision`; it is written again when the pair changes.\n"
_KLD_LIST = re.compile(r"^[ \t]*kld_list=.*\bcarp\b")


@dataclass(slots=True)
class Draft:
    """Edits as they are collected, and what stands in their way."""

    exists: frozenset[str]
    replaced: dict[str, dict[int, Text]] = field(default_factory=dict)
    appended: dict[str, list[Text]] = field(default_factory=dict)
    wholes: list[FileEdit] = field(default_factory=list)
    obstacles: list[str] = field(default_factory=list)

    def replace(self, path: str, number: int, text: Text) -> None:
        self.replaced.setdefault(path, {})[number] = text

    def append(self, path: str, text: Text) -> None:
        self.appended.setdefault(path, []).append(text)

    def edits(self) -> tuple[FileEdit, ...]:
        """Return an edit a file; one of ours that is not there is written as a whole."""
        found = list(self.wholes)
        for path in sorted({*self.replaced, *self.appended}):
            lines = tuple(sorted(self.replaced.get(path, {}).items()))
            more = tuple(self.appended.get(path, ()))
            is_shell = path.startswith("/etc/rc.conf")
            if path in self.exists:
                found.append(FileEdit(path, True, replaced=lines, appended=more, is_shell=is_shell))
            else:
                mode = 0o600 if any(text.real for text in more) else 0o644
                found.append(FileEdit(path, False, _joined(more), mode=mode, is_shell=is_shell))
        return tuple(found)


def _joined(texts: Iterable[Text]) -> Text:
    lines = tuple(texts)
    shown = HEAD + "".join(f"{text.shown}\n" for text in lines)
    real = HEAD + "".join(f"{text.written}\n" for text in lines)
    return Text(shown, None if real == shown else Secret(real))


def draft(pair: PairFacts, name: str, setting: Setting) -> Draft:
    """Return what is wrong in the files of a router."""
    facts, design = pair.seen(name), setting.design
    if facts is None or design is None:
        return Draft(frozenset(), obstacles=[f"{name}: could not be observed"])
    if isinstance(facts.rc, Unknown):
        return Draft(frozenset(), obstacles=[f"{name}: rc.conf: {facts.rc.unknown}"])
    if not isinstance(facts.site, SiteFacts):
        why = facts.site.unknown if facts.site else "it was not asked for"
        return Draft(frozenset(), obstacles=[f"{name}: {why}"])
    unknown = [str(v.vhid) for v in design.vhids if v.vhid not in setting.passwords]
    if unknown:
        return Draft(
            frozenset(), obstacles=[f"the password of vhid {', '.join(unknown)} is not known"]
        )
    made = Draft(frozenset(f.path for f in (*facts.rc, *facts.site.files)))
    _vhids(made, facts.rc, facts.site, rows_of(pair, name, setting), setting)
    _tunnels(made, facts.rc, design)
    _kernel(made, facts.rc, facts.site)
    if design.forwarding:
        _forwarding(made, facts.rc, design)
    if design.frr:
        _assigned(made, facts.rc, "frr_enable", "YES", OWN_FRR)
        _assigned(made, facts.rc, "frr_daemons", "zebra ospfd", OWN_FRR)
        _frr(made, facts.site, frr_conf(design, design.frr, name))
    devd = devd_of(name, setting)
    if devd:
        _whole(made, facts.site, RULE, rule(devd), 0o644)
        _whole(made, facts.site, HANDLER, handler(devd), 0o755)
    made.obstacles = [f"{name}: {why}" for why in made.obstacles]
    return made


def devd_of(name: str, setting: Setting) -> Devd | None:
    """Return what the handler of a router is built from."""
    design = setting.design
    if design is None or design.devd is None:
        return None
    wish = design.devd
    vips = {vhid.vhid: f"{vhid.vhid}@{vhid.interface_of(name)}" for vhid in design.vhids}
    following = ((tunnel_vip(design, name, t.local), t.name) for t in design.tunnels)
    return Devd(
        vips=tuple(vips.values()),
        tunnels=tuple((vip, tunnel) for vip, tunnel in following if vip),
        hook=wish.hook,
        bound=tuple(vips[number] for number in wish.bound if number in vips),
        drained=setting.paths_of(name).drained,
        settle_s=wish.settle_s,
    )


# -- vhids ------------------------------------------------------------------------


def _vhids(
    made: Draft,
    rc: tuple[RcFile, ...],
    site: SiteFacts,
    rows: tuple[Row, ...],
    setting: Setting,
) -> None:
    try:
        found = occurrences(rc)
    except BluegreenError as error:
        made.obstacles.append(error.what)
        return
    lines = {f.path: f.lines for f in rc}
    unmatched = list(rows)
    for place in found:
        mine = [r for r in unmatched if _same_vhid(r, place)]
        row = next((r for r in mine if r.bare in place.row.addresses), None)
        row = row or next((r for r in mine if _is_spare(r, place, found, rows)), None)
        if row is None:
            if any(_same_vhid(r, place) for r in rows):
                made.obstacles.append(_surplus(place))
            continue
        unmatched.remove(row)
        number = place.row.line
        line = lines[place.row.path][number - 1]
        password = setting.passwords[row.vhid]
        right = place.row.addresses == (row.bare,) and says(row, place.row, line)
        if right and has_password(site, place.row.path, number, line, password):
            continue
        if not is_plain(line) or len(place.row.addresses) > 1:
            made.obstacles.append(
                f"{place.row.path}, line {number}: vhid {row.vhid} is not as wanted, and the line "
                f"cannot be replaced as a whole; it should say: {row.value()}"
            )
            continue
        made.replace(place.row.path, number, row.line(place.row.variable, password))
    _add(made, unmatched, lines, setting)


def _same_vhid(row: Row, place: Occurrence) -> bool:
    return (rc_name(row.interface), row.vhid) == (rc_name(place.row.interface), place.row.vhid)


def _is_spare(
    row: Row, place: Occurrence, found: tuple[Occurrence, ...], rows: tuple[Row, ...]
) -> bool:
    """A line that gives the vhid an address which nobody wants may give it this one instead."""
    wanted = {r.bare for r in rows if _same_vhid(r, place)}
    elsewhere = any(row.bare in o.row.addresses for o in found if _same_vhid(row, o))
    family = ":" in row.bare
    return (
        not elsewhere
        and not wanted & set(place.row.addresses)
        and all((":" in address) is family for address in place.row.addresses)
    )


def _surplus(place: Occurrence) -> str:
    what = ", ".join(place.row.addresses) or "no address"
    return (
        f"{place.row.path}, line {place.row.line}: vhid {place.row.vhid} has {what}, which the "
        "inventory does not name: add it there, or remove the line and its address"
    )


def _add(
    made: Draft, rows: Iterable[Row], lines: dict[str, tuple[str, ...]], setting: Setting
) -> None:
    """Give each row the next number that is free; rc(8) stops at the first one that is missing."""
    if f"{OWN_NETIF.rpartition('/')[0]}" in made.exists:
        made.obstacles.append(
            "/etc/rc.conf.d/netif is a file; move it to /etc/rc.conf.d/netif/site"
        )
        return
    taken: dict[str, dict[int, str]] = {}
    for row in rows:
        used = taken.setdefault(row.interface, variables(lines, row.interface))
        number = next(n for n in range(len(used) + 1) if n not in used)
        asleep = [n for n in used if n > number]
        if asleep:
            made.obstacles.append(
                f"{used[min(asleep)]}: ifconfig_{rc_name(row.interface)}_alias{min(asleep)} is "
                f"read by no boot today, since alias{number} is missing; a new one would wake it"
            )
            return
        used[number] = OWN_NETIF
        variable = f"ifconfig_{rc_name(row.interface)}_alias{number}"
        made.append(OWN_NETIF, row.line(variable, setting.passwords[row.vhid]))


# -- everything else --------------------------------------------------------------


def _assignments(files: Iterable[RcFile], variable: str) -> Iterator[tuple[str, int, str]]:
    """Yield path, line and value of each assignment, unquoted."""
    pattern = re.compile(rf"^[ \t]*{re.escape(variable)}[ \t]*=[ \t]*(.*?)[ \t]*$")
    for file in files:
        for number, line in enumerate(file.lines, 1):
            match = pattern.match(line)
            if match:
                yield file.path, number, match[1].strip("\"'")


def _assigned(
    made: Draft, files: Iterable[RcFile], variable: str, value: str, own: str, quote: str = '"'
) -> None:
    """Have the last assignment give a variable its value."""
    found = list(_assignments(files, variable))
    text = Text(f"{variable}={quote}{value}{quote}")
    if not found:
        made.append(own, text)
    elif found[-1][2].split() != value.split() and found[-1][2].upper() != value:
        made.replace(found[-1][0], found[-1][1], text)


def _tunnels(made: Draft, rc: tuple[RcFile, ...], design: Design) -> None:
    for tunnel in design.tunnels:
        cloned = any(
            tunnel.name in value.split() for _, _, value in _assignments(rc, "cloned_interfaces")
        )
        if not cloned:
            made.append(OWN_NETIF, Text(f'cloned_interfaces="$cloned_interfaces {tunnel.name}"'))
        words = tunnel_words(tunnel)
        found = list(_assignments(rc, f"ifconfig_{tunnel.name}"))
        if found and _normal(found[-1][2].split()) == _normal(words):
            continue
        text = Text(f'ifconfig_{tunnel.name}="{" ".join(words)}"')
        if found:
            made.replace(found[-1][0], found[-1][1], text)
        else:
            made.append(OWN_NETIF, text)


def _normal(words: Iterable[str]) -> list[str]:
    """Return the words without what may be left out, masks written one way."""
    same = {"0xffffffff": "255.255.255.255", "description": "descr"}
    return [same.get(word, word) for word in words if word not in ("inet", "up")]


def _kernel(made: Draft, rc: tuple[RcFile, ...], site: SiteFacts) -> None:
    loaders = [f for f in site.files if f.path == LOADER_CONF or f.path.startswith(LOADER_DIR)]
    if not any(_KLD_LIST.match(line) for f in rc for line in f.lines):
        _assigned(made, loaders, "carp_load", "YES", OWN_LOADER)
    conf = [f for f in site.files if f.path == SYSCTL_CONF]
    _assigned(made, conf, "net.inet.carp.preempt", "1", SYSCTL_CONF, quote="")
    for files in (conf, loaders):
        shut = [a for a in _assignments(files, "net.inet.carp.allow") if a[2] != "1"]
        for path, number, _ in shut:
            quote = '"' if path != SYSCTL_CONF else ""
            made.replace(path, number, Text(f"net.inet.carp.allow={quote}1{quote}"))


def _forwarding(made: Draft, rc: tuple[RcFile, ...], design: Design) -> None:
    _assigned(made, rc, "gateway_enable", "YES", OWN_ROUTING)
    if any(":" in vip for vhid in design.vhids for vip in vhid.vips):
        _assigned(made, rc, "ipv6_gateway_enable", "YES", OWN_ROUTING)


def _frr(made: Draft, site: SiteFacts, text: str) -> None:
    """Write frr.conf where there is none, or one of ours; somebody else's is theirs."""
    found = site.file(FRR_CONF)
    if found and found.lines and MARK not in found.lines and found.digest != _digest(text):
        wanted = f" ospf router-id {text.partition('router-id ')[2].partition(chr(10))[0]}"
        if wanted not in found.lines:
            made.obstacles.append(
                f"{FRR_CONF} is somebody else's and does not say `{wanted.strip()}`: add it there, "
                "or leave `frr` out of the inventory"
            )
        return
    _whole(made, site, FRR_CONF, text, 0o640)


def _whole(made: Draft, site: SiteFacts, path: str, text: str, mode: int) -> None:
    found = site.file(path)
    if found is None or found.digest != _digest(text):
        is_shell = path == HANDLER
        made.wholes.append(FileEdit(path, found is not None, Text(text), mode, is_shell=is_shell))


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
