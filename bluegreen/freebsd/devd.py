"""The devd(8) rule for CARP, and the handler that it starts: built from settings, pure.

Source: devd.conf(5), carp(4) (system CARP, subsystem VHID@IFACE, type MASTER, BACKUP or INIT),
lockf(1), daemon(8) of FreeBSD 14. Neither has run on FreeBSD yet; the handler is tested with sh.
"""

import re
import shlex
from dataclasses import dataclass

from bluegreen.freebsd.devd_handler import BODY

RULE = "/usr/local/etc/devd/bluegreen.conf"
HANDLER = "/usr/local/libexec/bluegreen/carp-event"
LOCK = "/var/run/carp-event.lock"
PENDING = "/var/run/carp-event.pending"
DEVD_PID = "/var/run/devd.pid"  # written when devd(8) starts, which is when it reads its rules
PROGRAMS = "/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"

# carp(4)'s own example, `[0-9]+@[0-9a-z.]+`, misses interfaces with `_` or a capital letter.
SUBSYSTEM = "[0-9]+@[0-9A-Za-z_.]+"
_VIP = re.compile(SUBSYSTEM)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,14}")
_NOTIFY = re.compile(r"^notify \d+ \{\n(.*?)^\};", re.MULTILINE | re.DOTALL)
_MATCH = re.compile(r'^\s*match\s+"(\w+)"\s+"([^"]*)";', re.MULTILINE)
_ACTION = re.compile(r'^\s*action\s+"([^"]*)";', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Places:
    """Where the handler and what belongs to it lie; tests have others."""

    handler: str = HANDLER
    rule: str = RULE
    lock: str = LOCK
    pending: str = PENDING
    devd_pid: str = DEVD_PID
    programs: str = PROGRAMS


@dataclass(frozen=True, slots=True)
class Devd:
    """What an event of CARP is to cause on one router."""

    vips: tuple[str, ...]  # VHID@INTERFACE of all that is looked at
    tunnels: tuple[tuple[str, str], ...] = ()  # VHID@INTERFACE, tunnel that follows it
    hook: str | None = None  # a program: observe VIP (0 here, 1 elsewhere), bind VIP
    bound: tuple[str, ...] = ()  # VHID@INTERFACE whose address the provider is to send here
    drained: str = "/var/log/bluegreen/drained"
    settle_s: int = 3
    retry_s: int = 10
    tries: int = 60
    places: Places = Places()

    def __post_init__(self) -> None:
        for vip in (*self.vips, *self.bound, *(vip for vip, _ in self.tunnels)):
            if not _VIP.fullmatch(vip):
                raise ValueError(f"{vip!r} is no VHID@INTERFACE")
        for _, tunnel in self.tunnels:
            if not _NAME.fullmatch(tunnel):
                raise ValueError(f"{tunnel!r} is no interface")


ROUNDS = 10  # of flapping, before it is acted upon while it flaps
ASK_AGAIN = 6  # tries: a provider that takes a minute is not asked again every ten seconds
LOOKS = 12  # at an address that has arrived, one a try: what the peer asked for may come late
HEAD = "#!/bin/sh\n# Written by bluegreen; it is written again when the pair changes.\n"


def rule(devd: Devd) -> str:
    """Return what belongs into a file of its own below /usr/local/etc/devd."""
    return f"""\
# Written by bluegreen. devd(8) waits for its actions, so this one goes to the background.
notify 10 {{
\tmatch "system"    "CARP";
\tmatch "subsystem" "{SUBSYSTEM}";
\tmatch "type"      "(MASTER|BACKUP|INIT)";
\taction "/usr/sbin/daemon -f {devd.places.handler} $subsystem $type";
}};
"""


def actions(rules: str, subsystem: str, kind: str) -> tuple[str, ...]:
    """Return what devd(8) runs for an event of CARP by the rules of a file, in the words of sh(1).

    A pattern must match the whole of a value (devd.conf(5)); a rule without one takes any.
    """
    event = {"system": "CARP", "subsystem": subsystem, "type": kind}
    found = []
    for block in _NOTIFY.findall(rules):
        wanted = _MATCH.findall(block)
        action = _ACTION.search(block)
        if action and all(re.fullmatch(regex, event.get(name, "")) for name, regex in wanted):
            found.append(re.sub(r"\$(\w+)", lambda m: event.get(m[1], ""), action[1]))
    return tuple(found)


def handler(devd: Devd) -> str:
    """Return the script that the rule starts."""
    places = devd.places
    try_s = devd.retry_s + 30  # an observation of the provider takes its time, too
    claims_s = (devd.tries + LOOKS) * try_s * max(1, len(devd.bound))
    settings = {
        "PATH": places.programs,
        "SELF": places.handler,
        "RULE": places.rule,
        "LOCK": places.lock,
        "PENDING": places.pending,
        "DEVD_PID": places.devd_pid,
        "DRAINED": devd.drained,
        "VIPS": " ".join(devd.vips),
        "TUNNELS": " ".join(f"{vip}={tunnel}" for vip, tunnel in devd.tunnels),
        "BOUND": " ".join(devd.bound) if devd.hook else "",
        "HOOK": devd.hook or "",
        "SETTLE_S": str(devd.settle_s),
        "RETRY_S": str(devd.retry_s),
        "TRIES": str(devd.tries),
        "ROUNDS": str(ROUNDS),
        "ASK_AGAIN": str(ASK_AGAIN),
        "LOOKS": str(LOOKS),
        "LOCK_S": str(claims_s + devd.settle_s * ROUNDS),
    }
    head = "".join(f"{name}={shlex.quote(value)}\n" for name, value in settings.items())
    return f"{HEAD}{head}{BODY}"
