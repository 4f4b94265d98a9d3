"""What an inventory must make sense of beyond its form: names, and one of several."""

import re
from collections.abc import Iterator

from bluegreen.model.document import Document
from bluegreen.model.fields import NAME, NAME_WORDS
from bluegreen.model.problems import Path, Problem, hint
from bluegreen.model.rehearsal import DEFAULT_INTERFACE
from bluegreen.model.release import RELEASE, parse_release

PROBE_KINDS = ("icmp", "tcp", "flow", "http")


def check_names(document: Document) -> Iterator[Problem]:
    """Names of routers and pairs can be typed in `--pair a,b`."""
    for section in ("routers", "pairs"):
        for name in document.keys(section):
            if not NAME.fullmatch(name):
                yield document.problem((section, name), NAME_WORDS, at_key=True)
    if document.at("routers") == {}:
        yield document.problem(("routers",), "no router at all")


def check_jumps(document: Document) -> Iterator[Problem]:
    """SSH goes through one host, and that is not the router itself."""
    for name in document.keys("routers"):
        jump = _jump(document, name)
        own: Path = ("routers", name, "jump")
        path = own if own in document.spots else ("defaults", "jump")
        if jump == name:
            yield document.problem(path, "a router is not reached through itself")
        elif jump in document.keys("routers") and (further := _jump(document, jump)):
            sentence = f"`{jump}` is itself reached through `{further}`; one host is gone through"
            yield document.problem(path, sentence)


def _jump(document: Document, router: str) -> str | None:
    """Return what a router is reached through; the jump host in `defaults` needs none."""
    if "jump" in document.keys("routers", router):
        return document.text("routers", router, "jump")
    default = document.text("defaults", "jump")
    return None if default == router else default


def check_pairs(document: Document) -> Iterator[Problem]:
    """A pair is two different routers of this file, and named once."""
    seen: dict[frozenset[str], str] = {}
    for name in document.keys("pairs"):
        path: Path = ("pairs", name, "routers")
        members = _members(document, name)
        yield from _unknown(document, name)
        if isinstance(document.at(*path), tuple) and len(document.indices(*path)) != 2:
            count = len(document.indices(*path))
            yield document.problem(path, f"a pair takes exactly two routers, found {count}")
        elif len(members) == 2 and members[0] == members[1]:
            yield document.problem((*path, 1), f"`{members[0]}` twice; a pair takes two routers")
        elif len(members) == 2 and (first := seen.setdefault(frozenset(members), name)) != name:
            yield document.problem(path, f"`{first}` is a pair of the same routers")
        yield from _member(document, members, ("pairs", name, "prefer"))


def check_probes(document: Document) -> Iterator[Problem]:
    """A probe has exactly one target."""
    for name in document.keys("pairs"):
        for index in document.indices("pairs", name, "probes"):
            path: Path = ("pairs", name, "probes", index)
            found = [kind for kind in PROBE_KINDS if kind in document.keys(*path)]
            if isinstance(document.at(*path), dict) and len(found) != 1:
                seen = " and ".join(found) or "none"
                yield document.problem(
                    path, f"exactly one of icmp, tcp, flow and http, found {seen}"
                )


def check_remotes(document: Document) -> Iterator[Problem]:
    """A far end's name is its own: facts are kept by it."""
    for name in document.keys("pairs"):
        taken = set(document.keys("routers"))
        for index in document.indices("pairs", name, "remotes"):
            path: Path = ("pairs", name, "remotes", index, "name")
            remote = document.text(*path)
            if remote is None:
                continue
            if not NAME.fullmatch(remote):
                yield document.problem(path, NAME_WORDS)
            elif remote in taken:
                yield document.problem(path, f"the name `{remote}` is taken")
            taken.add(remote)


def check_rehearsals(document: Document) -> Iterator[Problem]:
    """A rehearsal speaks of the pair's own routers, and of each vhid once."""
    for name in document.keys("pairs"):
        members = _members(document, name)
        path: Path = ("pairs", name, "rehearsal")
        for index in document.indices(*path, "nothing_staged"):
            yield from _member(document, members, (*path, "nothing_staged", index))
        yield from _target(document, path)
        seen: set[tuple[str, int]] = set()
        for index in document.indices(*path, "vhids"):
            vhid = (*path, "vhids", index)
            yield from _vhid(document, vhid, members)
            interface = document.text(*vhid, "interface") or DEFAULT_INTERFACE
            number = document.at(*vhid, "vhid")
            if not isinstance(number, int):
                continue
            if (interface, number) in seen:
                yield document.problem(vhid, f"vhid {number} stands twice on {interface}")
            seen.add((interface, number))


def _vhid(document: Document, path: Path, members: tuple[str, ...]) -> Iterator[Problem]:
    if not isinstance(document.at(*path), dict):
        return
    keys = document.keys(*path)
    if ("vip" in keys) == ("vips" in keys):
        found = "both" if "vip" in keys else "neither"
        yield document.problem(path, f"exactly one of vip and vips, found {found}")
    elif document.at(*path, "vips") == ():
        yield document.problem((*path, "vips"), "no address at all")
    yield from _member(document, members, (*path, "master"))
    for router in document.keys(*path, "advskew"):
        if members and router not in members:
            sentence = f"not a router of this pair; {hint(router, members)}"
            yield document.problem((*path, "advskew", router), sentence, at_key=True)


def _target(document: Document, path: Path) -> Iterator[Problem]:
    """A fetch never offers what is older; a router that is up to date is said so by name."""
    version, target = document.text(*path, "version"), document.text(*path, "target")
    if version is None or target is None:
        return
    if not (_is_release(version) and _is_release(target)):
        return
    if parse_release(target) <= parse_release(version):
        sentence = f"not newer than {version}; `nothing_staged` names routers that are up to date"
        yield document.problem((*path, "target"), sentence)


def _members(document: Document, pair: str) -> tuple[str, ...]:
    """Return the names that a pair lists, where they are text."""
    path = ("pairs", pair, "routers")
    texts = (document.text(*path, index) for index in document.indices(*path))
    return tuple(text for text in texts if text is not None)


def _unknown(document: Document, pair: str) -> Iterator[Problem]:
    known = document.keys("routers")
    path: Path = ("pairs", pair, "routers")
    for index in document.indices(*path):
        name = document.text(*path, index)
        if name is not None and known and name not in known:
            sentence = f"`{name}` is not among the routers; {hint(name, known)}"
            yield document.problem((*path, index), sentence)


def _member(document: Document, members: tuple[str, ...], path: Path) -> Iterator[Problem]:
    name = document.text(*path)
    if name is not None and members and name not in members:
        sentence = f"`{name}` is not a router of this pair; {hint(name, members)}"
        yield document.problem(path, sentence)


def _is_release(text: str) -> bool:
    return re.fullmatch(RELEASE, text) is not None
