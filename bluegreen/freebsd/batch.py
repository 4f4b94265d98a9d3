"""The one read-only batch from which all facts of a router come."""

from dataclasses import dataclass

from bluegreen.freebsd.counters import QUESTION as COUNTERS
from bluegreen.freebsd.paths import MARKER, RC_ROOTS, Paths
from bluegreen.freebsd.rcconf import REDACTING_AWK
from bluegreen.freebsd.setkey import ipsec_questions
from bluegreen.freebsd.site import site_questions
from bluegreen.freebsd.state import END as STATE_END
from bluegreen.model.command import Command, Effect, Script

READ_S = 15.0

# File lists of freebsd-update run to thousands of lines, each a path: they are left out.
# What a run wrote down for a recovery is long, and asked for only then. The last line tells a
# whole answer from half of one: a job whose half is missing would look unstarted.
STATE_AWK = (
    "FILENAME ~ /\\/(record|baseline|reached)(\\.new)?$/ { next } "
    'FNR == 1 { print "==> " FILENAME } FILENAME ~ /\\/log$/ && /^\\// { next } { print } '
    f'END {{ print "{STATE_END}" }}'
)

_VTYSH = (
    "show ip ospf neighbor json",
    "show ip ospf json",
    "show ip route ospf json",
    "show ip ospf interface json",
)
_VTYSH_TEXT = tuple(words.removesuffix(" json") for words in _VTYSH)

# A router may have the whole Internet in its table: OSPF's routes alone are asked for.
BIRD_ROUTES = (
    *("birdc", "show", "route", "where", "source", "~"),
    "[RTS_OSPF,RTS_OSPF_IA,RTS_OSPF_EXT1,RTS_OSPF_EXT2]",
)

OSPF_QUESTIONS: dict[str, tuple[tuple[str, ...], ...]] = {
    "frr": tuple(("vtysh", "-c", words) for words in _VTYSH),
    "quagga": tuple(("vtysh", "-c", words) for words in _VTYSH_TEXT),
    "bird": (("birdc", "show", "ospf", "neighbors"), ("birdc", "show", "status"), BIRD_ROUTES),
    "openospfd": (("ospfctl", "show", "neighbor"), ("ospfctl", "show", "summary")),
    "none": (),
}


def questions(paths: Paths, daemons: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return what is asked, by the name of the fact; one exec asks it all."""
    parent = paths.state.rsplit("/", 1)[0] or "/"
    asked: dict[str, tuple[str, ...]] = {
        "date": ("date", "+%s"),
        "processes": ("ps", "-axo", "pid="),
        "ifconfig": ("ifconfig", "-a"),
        "sysctl": ("sysctl", "-i", "net.inet.carp", "kern.boottime", "kern.securelevel"),
        "versions": ("freebsd-version", "-kru"),
        "environments": ("bectl", "list", "-H"),
        "routes": ("netstat", "-rn"),
        "rc": ("find", *RC_ROOTS, "-type", "f", "-exec", "awk", REDACTING_AWK, "{}", "+"),
        "digests": ("find", *RC_ROOTS, "-type", "f", "-exec", "sha256", "{}", "+"),
        "state": _state_question(paths),
        "kept": ("find", paths.state, "-type", "f"),
        # Again: a job may have begun or ended since, and neither is a lost one.
        "processes again": ("ps", "-axo", "pid="),
        "marker": ("cat", MARKER),
        "spaces": ("df", "-k", "/", parent),
        "packages": ("pkg", "query", "%n-%v"),
        "pkgbase": ("pkg", "which", "/usr/bin/uname"),
        "ssh": ("printenv", "SSH_CONNECTION"),
    }
    for daemon in daemons:
        for index, argv in enumerate(OSPF_QUESTIONS[daemon]):
            asked[f"{daemon}.{index}"] = argv
    return asked


def _state_question(paths: Paths) -> tuple[str, ...]:
    """Everything of ours but the originals, which hold passwords."""
    chosen = ("-type", "f", "!", "-path", "*/originals/*")
    return ("find", paths.state, *chosen, "-exec", "awk", STATE_AWK, "{}", "+")


@dataclass(frozen=True, slots=True)
class Beyond:
    """What is asked beyond what every run needs."""

    site: bool = False  # what `provision` sets up
    ipsec: bool = False
    ipsec_daemon: str | None = None  # strongswan, kernel; None: whatever answers
    counters: bool = False  # packets of each interface

    @property
    def questions(self) -> dict[str, tuple[str, ...]]:
        site = site_questions() if self.site else {}
        ipsec = ipsec_questions(self.ipsec_daemon) if self.ipsec else {}
        return site | ipsec | ({"counters": COUNTERS} if self.counters else {})


NOTHING_MORE = Beyond()


def observation(paths: Paths, daemons: tuple[str, ...], beyond: Beyond = NOTHING_MORE) -> Script:
    """Return the batch; its outputs come back in the order of `questions`, then of the rest."""
    asked = questions(paths, daemons) | beyond.questions
    return Script(
        tuple(Command(argv, READ_S, Effect.READ) for argv in asked.values()), keep_going=True
    )
