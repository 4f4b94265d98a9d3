"""FreeBSD as the engine's dialect: one batch of questions, one frozen answer."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from bluegreen.errors import BluegreenError, ParseError
from bluegreen.freebsd.batch import NOTHING_MORE, OSPF_QUESTIONS, Beyond, observation, questions
from bluegreen.freebsd.bectl import parse_environments
from bluegreen.freebsd.commands import note_reached, read_record
from bluegreen.freebsd.counters import parse_counters
from bluegreen.freebsd.df import parse_df
from bluegreen.freebsd.ifconfig import parse_ifconfig
from bluegreen.freebsd.ipsec import read_ipsec
from bluegreen.freebsd.locking import beat
from bluegreen.freebsd.netstat import parse_routes
from bluegreen.freebsd.paths import Paths
from bluegreen.freebsd.pkg import parse_packages
from bluegreen.freebsd.rcconf import parse_rc, parse_redacted
from bluegreen.freebsd.site import read_site
from bluegreen.freebsd.state import State, parse_state
from bluegreen.freebsd.sysctl import boot_time_s, carp_sysctls, parse_sysctl, securelevel
from bluegreen.freebsd.version import parse_versions
from bluegreen.model.carp import CarpSysctls
from bluegreen.model.command import Command, Effect, Guard, Output, Script
from bluegreen.model.facts import Boot, RemoteFacts, RouterFacts, SshPath, Unknown
from bluegreen.model.ipsec import Ipsec
from bluegreen.model.network import Interface
from bluegreen.model.routing import Ospf
from bluegreen.model.secret import struck
from bluegreen.model.site import SiteFacts
from bluegreen.model.system import Environment, Lock, RcFile
from bluegreen.routing import bird, frr, openospfd, quagga

T = TypeVar("T")
Answers = Mapping[str, Output]
NOT_FOUND = 127
ABSENT = "No such file or directory"  # ENOENT, strerror(3)
DENIED = "Permission denied"  # EACCES
NOTHING = State(None, None, (), ())
OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # SHA-256
NO_JSON = "; this vtysh knows no JSON, as Quagga's does not: write `ospf: {daemon: quagga}`"
FOUND = ("frr", "bird", "openospfd")  # tried where the inventory names no daemon


class FreeBsd:
    """Asks and reads; what says the same as the last time is not read again."""

    def __init__(
        self,
        paths: Mapping[str, Paths],
        daemon: str | None = None,
        beyond: Beyond = NOTHING_MORE,
    ) -> None:
        """Ask what a run needs, and what the pair has beyond that."""
        self._paths = paths
        self._daemons = FOUND if daemon is None else (daemon,)
        self._known: dict[str, tuple[list[Output], RouterFacts]] = {}  # but for the time of day
        self._beyond = beyond
        self._scripts = {n: observation(p, self._daemons, beyond) for n, p in paths.items()}
        self._asked = {
            n: (*questions(p, self._daemons), *beyond.questions) for n, p in paths.items()
        }

    def questions(self, router: str) -> Script:
        return self._scripts[router]

    def sign_of_life(self, router: str, holder: Lock, at: str) -> Script:
        paths = self._paths[router]
        return Script((beat(paths, holder, at),), Guard(lock=(paths.lock, holder.name)))

    def note(self, router: str, reached: str) -> tuple[Command, ...]:
        return note_reached(self._paths[router], reached)

    def lock_of(self, router: str) -> str:
        return self._paths[router].lock

    def record_questions(self, router: str) -> Script:
        return Script(read_record(self._paths[router]), keep_going=True)

    def remote_questions(self) -> Script:
        return Script((Command(("netstat", "-rn"), 15.0, Effect.READ),), keep_going=True)

    def read_remote(self, name: str, outputs: tuple[Output, ...]) -> RemoteFacts:
        return RemoteFacts(name, _or_unknown(outputs[0], parse_routes))

    def read(
        self,
        router: str,
        outputs: tuple[Output, ...],
        began_s: float,
        controller_s: float,
        address: str | None,
    ) -> RouterFacts:
        """Return the facts; what a decision rests on must be read, or nothing is.

        Raises:
            ParseError: interfaces, sysctls, versions or our own files cannot be read.
        """
        date, *rest = outputs
        clock_s = _number(_needed({"date": _whole(date)}, "date"))
        said, facts = self._known.get(router, (None, None))
        if facts is None or said != rest:
            facts = self._read_anew(
                router, dict(zip(self._asked[router], map(_whole, outputs), strict=True))
            )
        facts = facts.again(began_s, clock_s, controller_s, address)
        self._known[router] = rest, facts
        return facts

    def _read_anew(self, router: str, said: Answers) -> RouterFacts:
        kernel = _kernel(_needed(said, "sysctl"))
        processes = _pids(_needed(said, "processes"), _needed(said, "processes again"))
        hidden = _hidden(said["state"], said["kept"])
        state = (
            NOTHING
            if hidden
            else parse_state(
                self._paths[router].state, _ours(said, "state"), _ours(said, "kept"), processes
            )
        )
        return RouterFacts(
            name=router,
            began_s=0.0,
            clock_s=0.0,
            controller_s=0.0,
            interfaces=_interfaces(_needed(said, "ifconfig")),
            carp=kernel.carp,
            versions=parse_versions(_needed(said, "versions")),
            boot=Boot(kernel.booted_s, _marker(said["marker"]), state.note),
            environments=_environments(said["environments"]),
            jobs=state.jobs,
            lock=state.lock,
            hold=state.hold,
            kept=state.kept,
            lent=state.lent,
            rc=_unopened(said["rc"], said["digests"])
            or _rc(said["rc"].stdout, said["digests"].stdout),
            ospf=_ospf(said),
            routes=_or_unknown(said["routes"], parse_routes),
            packages=_or_unknown(said["packages"], parse_packages),
            spaces=_or_unknown(said["spaces"], parse_df),
            securelevel=kernel.securelevel,
            pkgbase=said["pkgbase"].ok and "was installed by" in said["pkgbase"].stdout,
            ssh=_ssh(said["ssh"].stdout),
            hidden=hidden,
            costs=state.costs,
            site=_site(said) if self._beyond.site else None,
            ipsec=_ipsec(said) if self._beyond.ipsec else None,
            counters=_or_unknown(said["counters"], parse_counters)
            if self._beyond.counters
            else None,
        )


# A router that is as it was says what it said: each section is read once a text, and no text
# means two things. What only its exit status tells is read again every time.


@dataclass(frozen=True, slots=True)
class _Kernel:
    """What sysctl(8) says."""

    carp: CarpSysctls | None
    booted_s: float
    securelevel: int


@lru_cache(maxsize=64)
def _kernel(text: str) -> _Kernel:
    values = parse_sysctl(text)
    return _Kernel(
        carp=carp_sysctls(values) if "net.inet.carp.allow" in values else None,
        booted_s=boot_time_s(values),
        securelevel=securelevel(values),
    )


@lru_cache(maxsize=64)
def _interfaces(text: str) -> tuple[Interface, ...]:
    """Return what one `ifconfig -a` says; a paste may hold several, an answer never does."""
    interfaces = parse_ifconfig(text)
    names = Counter(interface.name for interface in interfaces)
    if None in names:
        raise ParseError("ifconfig: lines without the header of their interface")
    twice = [name for name, count in names.items() if count > 1]
    if twice:
        raise ParseError(f"ifconfig: {twice[0]} is listed twice: two answers in one")
    return interfaces


@lru_cache(maxsize=64)
def _pids(before: str, after: str) -> frozenset[str]:
    return frozenset((before + after).split())


def _whole(output: Output) -> Output:
    """Every program ends its last line; one that ends within a line was not heard out.

    What it complains of may become the reason of an unknown fact: no secret is repeated there.
    """
    if output.stderr:
        output = Output(output.stdout, struck(output.stderr), output.code)
    if output.stdout and not output.stdout.endswith("\n"):
        return Output(
            "", f"the answer ends within a line: {output.stdout[-40:]!r}", output.code or 1
        )
    return output


def _needed(said: Answers, name: str) -> str:
    """Return an output that nothing can be decided without; half of it is none."""
    output = said[name]
    if not output.ok or not output.stdout.strip():
        raise _unread(name, output)
    return output.stdout


def _ours(said: Answers, name: str) -> str:
    """Return what find(1) said of our files; that there are none is an answer."""
    output = said[name]
    lines = [line for line in output.stderr.splitlines() if line.strip()]
    absent = [line.startswith("find: ") and line.endswith(ABSENT) for line in lines]
    if not output.ok and not (absent and all(absent)):
        raise _unread(name, output)
    return output.stdout


def _hidden(*outputs: Output) -> Unknown | None:
    """Say that our files are not for this user to read: then nobody knows who holds the router."""
    lines = (line.strip() for output in outputs for line in output.stderr.splitlines())
    denied = next((line for line in lines if line.endswith(DENIED)), None)
    return Unknown(denied) if denied else None


def _unopened(*outputs: Output) -> Unknown | None:
    """Say which file was there and could not be read: awk(1) ends with it, and prints no other."""
    failed = (output for output in outputs if not output.ok)
    lines = (line.strip() for output in failed for line in output.stderr.splitlines())
    other = next((line for line in lines if line and not line.endswith(ABSENT)), None)
    return Unknown(other) if other else None


def _unread(name: str, output: Output) -> ParseError:
    why = output.stderr.strip() or "it printed nothing"
    return ParseError(f"{name}: exit {output.code}: {why}")


def _number(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,12}", text.strip()):
        raise ParseError(f"date: not a number: {text.strip()!r}")
    return float(text)


def _or_unknown(output: Output, parse: Callable[[str], T]) -> T | Unknown:
    if not output.ok:
        return Unknown(output.stderr.strip() or f"exit {output.code}")
    try:
        return parse(output.stdout)
    except BluegreenError as error:
        return Unknown(error.what)


def _marker(output: Output) -> str | None:
    return output.stdout.strip() or None if output.ok else None


def _environments(output: Output) -> tuple[Environment, ...] | Unknown:
    """No ZFS root, or no bectl(8), is an answer; anything else that fails is not."""
    if output.code == NOT_FOUND or "libbe_init" in output.stdout + output.stderr:
        return ()
    return _or_unknown(output, parse_environments)


@lru_cache(maxsize=64)
def _rc(struck: str, hashed: str) -> tuple[RcFile, ...] | Unknown:
    """Files as the router itself struck the passwords out, with digests of the real ones."""
    try:
        return _rc_files(struck, hashed)
    except BluegreenError as error:
        return Unknown(error.what)
    except (KeyError, ValueError) as error:
        return Unknown(f"rc.conf: {error}")


def _rc_files(struck: str, hashed: str) -> tuple[RcFile, ...]:
    files = parse_redacted(struck)
    digests = dict(_digest(line) for line in hashed.splitlines() if line)
    printed = {f.path for f in files}
    missing = [p for p, digest in digests.items() if p not in printed and digest != OF_NOTHING]
    if missing:
        raise ParseError(f"{missing[0]} is there, and was not printed")
    found = tuple(RcFile(f.path, f.lines, digests[f.path]) for f in files)
    parse_rc(found)  # what a boot would make of it: where nobody can tell, nothing is known
    return found


def _digest(line: str) -> tuple[str, str]:
    """Read `SHA256 (/etc/rc.conf) = 9f86...` (sha256(1))."""
    path, _, digest = line.removeprefix("SHA256 (").rpartition(") = ")
    if not path:
        raise ValueError(f"not a digest: {line!r}")
    return path, digest.strip()


def _site(said: Answers) -> SiteFacts | Unknown:
    """Return what is there; that a file is not there, or the handler, is an answer."""
    for name in ("site", "site digests", "vhid lines"):
        odd = [
            line
            for line in said[name].stderr.splitlines()
            if line.strip() and not line.endswith(ABSENT)
        ]
        if not said[name].ok and odd:
            return Unknown(f"{name}: {odd[0]}")
    handler = said["handler"]
    told: str | None = handler.stdout.strip() or handler.stderr.strip()
    if not handler.stdout.strip() and not handler.ok:  # sh: cannot open ...: No such file
        told = None
    try:
        return read_site(
            said["site"].stdout,
            said["site digests"].stdout,
            said["vhid lines"].stdout,
            said["forwarding"].stdout,
            told,
        )
    except BluegreenError as error:
        return Unknown(f"site: {error.what}")


@lru_cache(maxsize=64)
def _ssh(text: str) -> SshPath | None:
    """Read SSH_CONNECTION: client, its port, server, its port (ssh(1))."""
    words = text.split()
    return SshPath(words[0], words[2]) if len(words) == 4 else None


def _ospf(said: Answers) -> Ospf | Unknown | None:
    for daemon, parse in OSPF.items():
        names = OSPF_ASKED[daemon]
        answers = [said[name] for name in names] if names[0] in said else []
        if any(output.code != NOT_FOUND for output in answers):
            failed = next((o for o in answers if not o.ok), None)
            if failed:
                why = struck(failed.stderr or failed.stdout).strip()
                hint = NO_JSON if daemon == "frr" and "Unknown command" in why else ""
                return Unknown(f"{daemon}: {why}{hint}")
            try:
                return parse(*(output.stdout for output in answers))
            except BluegreenError as error:
                return Unknown(f"{daemon}: {error.what}")
    return None


def _ipsec(said: Answers) -> Ipsec | Unknown:
    return read_ipsec(said["sad"], said["spd"], said.get("strongswan"))


OSPF: Mapping[str, Callable[..., Ospf]] = {
    "frr": frr.parse_ospf_json,
    "quagga": quagga.parse_ospf,
    "bird": bird.parse_ospf,
    "openospfd": openospfd.parse_ospf,
}

OSPF_ASKED: Mapping[str, tuple[str, ...]] = {
    daemon: tuple(f"{daemon}.{index}" for index in range(len(OSPF_QUESTIONS[daemon])))
    for daemon in OSPF
}
