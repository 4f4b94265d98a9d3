"""Outputs to start from: recorded ones, fixtures, and what the emulator prints itself."""

import json
import os
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from pairs import a_pair
from runs import a_story

from bluegreen.cli.execute import dialect_of
from bluegreen.cli.worlds import rehearsed_world
from bluegreen.freebsd.batch import questions
from bluegreen.freebsd.bectl import parse_environments
from bluegreen.freebsd.carplog import parse_carp_log
from bluegreen.freebsd.df import parse_df
from bluegreen.freebsd.ifconfig import parse_ifconfig
from bluegreen.freebsd.netstat import parse_routes
from bluegreen.freebsd.paths import Paths
from bluegreen.freebsd.pkg import parse_package_plan, parse_packages, uname_owner
from bluegreen.freebsd.rcconf import parse_rcconf_text, parse_redacted
from bluegreen.freebsd.state import parse_state
from bluegreen.freebsd.sysctl import boot_time_s, carp_sysctls, parse_sysctl
from bluegreen.freebsd.update import parse_update
from bluegreen.freebsd.version import parse_versions
from bluegreen.model.command import Output
from bluegreen.model.facts import RouterFacts
from bluegreen.observation import FOUND, FreeBsd
from bluegreen.routing import bird, frr, openospfd, quagga
from bluegreen.routing.ospf import parse_neighbors
from bluegreen.routing.router_id import parse_router_id
from bluegreen.routing.routes import parse_ospf_routes

FIXTURES = Path(__file__).parents[1] / "fixtures"
MIDDLE = 400  # a touch of the world by a run that has started jobs on both routers


def _sysctls(text: str) -> object:
    values = parse_sysctl(text)
    return carp_sysctls(values), boot_time_s(values)


def _state(text: str) -> object:
    listed = "\n".join(
        line.removeprefix("==> ") for line in text.splitlines() if line.startswith("==> /")
    )
    return parse_state("/var/log/bluegreen", text, listed, frozenset({"1201"}))


def _same(parse: Callable[..., object], count: int) -> Callable[[str], object]:
    """Give one text as each answer of a daemon: any of them may be the damaged one."""
    return lambda text: parse(*(text,) * count)


PARSERS: Mapping[str, Callable[[str], object]] = {
    "ifconfig": parse_ifconfig,
    "sysctl": parse_sysctl,
    "carp sysctls": _sysctls,
    "versions": parse_versions,
    "environments": parse_environments,
    "routes": parse_routes,
    "df": parse_df,
    "packages": parse_packages,
    "package plan": parse_package_plan,
    "uname owner": uname_owner,
    "carp log": parse_carp_log,
    "update": parse_update,
    "rc.conf": parse_rcconf_text,
    "rc files": parse_redacted,
    "state": _state,
    "neighbors": parse_neighbors,
    "ospf routes": parse_ospf_routes,
    "router id": parse_router_id,
    "frr": _same(frr.parse_ospf_json, 3),
    "quagga": _same(quagga.parse_ospf, 3),
    "bird": _same(bird.parse_ospf, 2),
    "openospfd": _same(openospfd.parse_ospf, 2),
}


@cache
def texts() -> tuple[str, ...]:
    """Return every output that is at hand, the shortest first: failures stay readable."""
    named = os.environ.get("BLUEGREEN_CORPUS")
    roots = [FIXTURES / "freebsd", FIXTURES / "routing", FIXTURES / "system"]
    if named:
        roots.append(Path(named))
    files = [file for root in roots for file in sorted(root.rglob("*")) if file.is_file()]
    recorded = [file.read_text(encoding="utf-8", errors="surrogateescape") for file in files]
    rendered = [output.stdout for answers in _observed().values() for output in answers.values()]
    logs = [job for job in _jobs() if job]
    return tuple(sorted({*recorded, *rendered, *logs} - {""}, key=len))


@cache
def readable(kind: str) -> tuple[str, ...]:
    """Return the texts that a parser reads: what it makes of them damaged can be compared."""
    return tuple(text for text in texts() if _reads(PARSERS[kind], text))


def _reads(parse: Callable[[str], object], text: str) -> bool:
    try:
        return bool(parse(text))
    except Exception:  # noqa: BLE001  what else is raised, the property finds
        return False


def observed(kind: str = "gre", router: int = 0) -> Mapping[str, Output]:
    """Return the answers of one router to one look, by the name of the fact."""
    return _observed()[kind, router]


@cache
def _observed() -> Mapping[tuple[str, int], Mapping[str, Output]]:
    kinds = ("edge", "gre", "active-active", "ufs")
    return {(kind, r): _answers(kind, r) for kind in kinds for r in (0, 1)}


def _answers(kind: str, router: int) -> Mapping[str, Output]:
    pair = a_pair(kind)
    world = rehearsed_world(pair)
    name = pair.names[router]
    asked = questions(Paths(), FOUND)
    outputs = world.doors().transports[name].run(dialect_of(pair).questions(name))
    return dict(zip(asked, outputs, strict=True))


@cache
def _jobs() -> tuple[str, ...]:
    """Return what a router holds of a run that is under way: lock, jobs and their logs."""
    story = a_story("minor")
    story.world.kill_after(MIDDLE)
    story.one_life()
    return tuple(
        output.stdout
        for name in a_pair().names
        for output in story.world.reincarnate()
        .transports[name]
        .run(dialect_of(a_pair("minor")).questions(name))
    )


@cache
def documents() -> tuple[str, ...]:
    """Return the outputs that are one JSON document each."""
    return tuple(text for text in texts() if _is_json(text))


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except ValueError:
        return False


def look(answers: Mapping[str, Output]) -> RouterFacts:
    """Return what these answers tell of a router."""
    dialect = FreeBsd({"router-001": Paths()})
    return dialect.read("router-001", tuple(answers.values()), 0.0, 0.0, "192.0.2.11")
