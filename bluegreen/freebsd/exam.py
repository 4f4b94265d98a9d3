"""The questions that `check` alone asks: one batch more a router, and it only reads."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from bluegreen.errors import BluegreenError
from bluegreen.freebsd.carpcounters import parse_carp_counters, parse_pfsync_counters, parse_states
from bluegreen.freebsd.carplog import parse_carp_log
from bluegreen.freebsd.counters import QUESTION as PACKETS_ASKED
from bluegreen.freebsd.counters import parse_counters
from bluegreen.freebsd.passes import PASSES_SH, parse_passes
from bluegreen.freebsd.paths import RC_ROOTS
from bluegreen.model.carp import CarpLogEvent
from bluegreen.model.command import Command, Effect, Output, Script
from bluegreen.model.exam import (
    CarpCounters,
    PassDigest,
    PfsyncCounters,
    Reached,
    RouterExam,
    Sample,
    Watched,
)
from bluegreen.model.facts import RouterFacts, Unknown
from bluegreen.model.network import CarpState
from bluegreen.model.secret import struck

T = TypeVar("T")
Answers = Mapping[str, Output]

QUESTION_S = 15.0
CARP_ASKED = ("netstat", "-s", "-p", "carp")
STATES_ASKED = ("pfctl", "-si")
PFSYNC_ASKED = ("netstat", "-s", "-p", "pfsync")
MIRRORS = (("update.FreeBSD.org", "80"), ("pkg.FreeBSD.org", "443"))
PING = ("ping", "-n", "-c", "2", "-t", "3")
CONNECT = ("nc", "-z", "-w", "5")
ABSENT = "No such file or directory"


def exam_questions(
    router: RouterFacts, watch_s: int, salt: str, active: bool = False
) -> dict[str, tuple[str, ...]]:
    """Return what is asked, by name and in order; counters are read twice, with a wait between.

    Args:
        router: As it was just seen: what it lacks is not asked for.
        watch_s: How long the wait is.
        salt: What passwords are digested with, the same for both routers.
        active: Also send packets: to each VIP that is MASTER here, and to FreeBSD's mirrors.
    """
    pfsync = has_pfsync(router)
    asked: dict[str, tuple[str, ...]] = {"carp": CARP_ASKED}
    asked |= {"pfsync": PFSYNC_ASKED} if pfsync else {}
    tunnels = is_in_question(router)
    asked |= {"packets": PACKETS_ASKED} if tunnels else {}
    asked |= {"watch": ("sleep", str(watch_s)), "carp again": CARP_ASKED}
    asked |= {"packets again": PACKETS_ASKED} if tunnels else {}
    if pfsync:
        asked |= {"pfsync again": PFSYNC_ASKED, "states": STATES_ASKED}
    asked["log"] = ("dmesg",)
    words = ("-exec", "sh", "-c", PASSES_SH, "passes", salt, "{}", "+")
    asked["passwords"] = ("find", *RC_ROOTS, "-type", "f", *words)
    return asked | (_active(router) if active else {})


def exam_script(questions: Mapping[str, tuple[str, ...]], watch_s: int) -> Script:
    """Return the questions as one exec."""

    def limit_s(argv: tuple[str, ...]) -> float:
        return QUESTION_S + (watch_s if argv[0] == "sleep" else 0.0)

    commands = (Command(argv, limit_s(argv), Effect.READ) for argv in questions.values())
    return Script(tuple(commands), keep_going=True)


def states_script() -> Script:
    """Return the one question of an exam that a plan asks, too."""
    return Script((Command(STATES_ASKED, QUESTION_S, Effect.READ),), keep_going=True)


def read_states(output: Output) -> int | Unknown:
    """Return how many states there are."""
    return _read(output, parse_states)


def read_exam(name: str, said: Answers, watch_s: int) -> RouterExam:
    """Return the answers; one that cannot be read is unknown, with the reason."""
    return RouterExam(
        name=name,
        carp=_sampled(said, "carp", watch_s, parse_carp_counters),
        log=_read(said["log"], _changes),
        passwords=_passwords(said["passwords"]),
        pfsync=_sampled(said, "pfsync", watch_s, parse_pfsync_counters)
        if "pfsync" in said
        else None,
        states=read_states(said["states"]) if "states" in said else None,
        packets=_watched(said, watch_s) if "packets" in said else None,
        reached=tuple(_reached(name, out) for name, out in said.items() if " to " in name),
    )


def is_in_question(router: RouterFacts) -> bool:
    """Whether a tunnel is up whose source is a VIP that is not served here."""
    sources = (router.source_of(i) for i in router.interfaces if i.tunnel and i.is_up)
    return any(v is not None and v.carp.state is not CarpState.MASTER for v in sources)


def _watched(said: Answers, seconds: float) -> Watched | Unknown:
    before, after = (_read(said[name], parse_counters) for name in ("packets", "packets again"))
    if isinstance(before, Unknown):
        return before
    return after if isinstance(after, Unknown) else Watched(before, after, seconds)


def has_pfsync(router: RouterFacts) -> bool:
    """Whether pfsync(4) is configured."""
    return any(i.pfsync and i.pfsync.syncdev for i in router.interfaces)


def _active(router: RouterFacts) -> dict[str, tuple[str, ...]]:
    served = [address for v in router.masters() for address in v.carp.addresses]
    asked: dict[str, tuple[str, ...]] = {f"vip to {vip}": (*PING, vip) for vip in served}
    for host, port in MIRRORS:
        asked[f"mirror to {host}:{port}"] = (*CONNECT, host, port)
    return asked


def _reached(name: str, output: Output) -> Reached:
    what, _, target = name.partition(" to ")
    said = struck((output.stderr or output.stdout).strip()).splitlines()
    return Reached(what, target, output.ok, said[-1] if said else f"exit {output.code}")


def _read(output: Output, parse: Callable[[str], T]) -> T | Unknown:
    if not output.ok:
        return Unknown(struck(output.stderr).strip() or f"exit {output.code}")
    try:
        return parse(output.stdout)
    except BluegreenError as error:
        return Unknown(error.what)


Counters = TypeVar("Counters", CarpCounters, PfsyncCounters)


def _sampled(
    said: Answers, name: str, seconds: float, parse: Callable[[str], Counters]
) -> Sample[Counters] | Unknown:
    before, after = _read(said[name], parse), _read(said[f"{name} again"], parse)
    if isinstance(before, Unknown):
        return before
    return after if isinstance(after, Unknown) else Sample(before, after, seconds)


def _changes(text: str) -> tuple[CarpLogEvent, ...]:
    """Return CARP's messages; a kernel that has said nothing of it is an answer."""
    return parse_carp_log(text) if "carp: " in text else ()


def _passwords(output: Output) -> tuple[PassDigest, ...] | Unknown:
    """Return digests; a file that is not there is an answer, one that is not shown is none."""
    complaints = [line.strip() for line in output.stderr.splitlines() if line.strip()]
    odd = next((line for line in complaints if not line.endswith(ABSENT)), None)
    if odd:
        return Unknown(struck(odd))
    try:
        return parse_passes(output.stdout)
    except BluegreenError as error:
        return Unknown(error.what)
