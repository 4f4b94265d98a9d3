"""CARP's messages in the kernel log: who changed role when, and why.

Source: CARP_LOG, carp_set_state and carp_demote_adj in FreeBSD's sys/netinet/ip_carp.c, 10 to
15, and logs of real machines; read 2026-11-22.
"""

import re
from functools import lru_cache

from bluegreen.errors import ParseError
from bluegreen.freebsd.text import is_comment, is_prompt, lines_of, refusal, without_note
from bluegreen.model.carp import CarpLogEvent

_MESSAGE = re.compile(r"(?:^|(?<=[\s\]>]))carp: (.*)$")
_RFC3339 = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
_BSD = r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d"
_HEAD = re.compile(
    rf"(?P<at>{_RFC3339}|{_BSD}|\d\d:\d\d:\d\d(?:\.\d+)?)"
    r"(?:\s+(?:<[\w.]+>\s+)?(?P<host>[\w.:-]+)\s+kernel\b)?",
    re.ASCII,
)
_UPTIME = re.compile(r"\[ *(\d+(?:\.\d+)?)\]", re.ASCII)  # kern.msgbuf_show_timestamp
_STATE = r"(INIT|BACKUP|MASTER)"
_TRANSITION = re.compile(
    rf"(?:VHID )?(\d{{1,3}})@([^\s:]+): {_STATE} -> {_STATE}(?: \((.*)\))?$", re.ASCII
)
_DEMOTION = re.compile(r"demoted by (-?\d{1,10}) to (-?\d{1,10}) \((.*)\)$", re.ASCII)
# The kernel's other messages ("incorrect hash for VHID 1@em0") begin with other words.
_OURS = re.compile(r"\d|VHID |demoted\b| -> ", re.ASCII)


@lru_cache(maxsize=64)
def parse_carp_log(text: str) -> tuple[CarpLogEvent, ...]:
    """Return the changes of role and demotion, in the log's order.

    Raises:
        ParseError: a change is cut or names an unknown state, or there is none at all.
    """
    events = []
    for number, line in enumerate(lines_of(text), 1):
        match = _MESSAGE.search(line)
        if match is None or is_comment(line) or is_prompt(line):
            continue
        head, message = line[: match.start()], match[1]
        event = _event(head, message) or _event(head, without_note(message))
        if event is not None:
            events.append(event)
        elif _OURS.match(message):
            raise refusal(number, line, "carp message not understood")
    if not events:
        raise ParseError("no change of a CARP role or demotion: this is no log of the kernel's")
    return tuple(events)


def _event(head: str, message: str) -> CarpLogEvent | None:
    at, host = _when_and_where(head)
    changed = _TRANSITION.match(message)
    if changed and 1 <= int(changed[1]) <= 255:
        return CarpLogEvent(
            "transition",
            at,
            host,
            vhid=int(changed[1]),
            interface=changed[2],
            old=changed[3],
            new=changed[4],
            reason=changed[5],
        )
    demoted = _DEMOTION.match(message)
    if demoted:
        delta, total = int(demoted[1]), int(demoted[2])
        return CarpLogEvent("demotion", at, host, delta=delta, total=total, reason=demoted[3])
    return None


def _when_and_where(head: str) -> tuple[str | None, str | None]:
    match = _HEAD.search(head)
    if match:
        return match["at"], match["host"]
    uptime = _UPTIME.search(head)
    return (uptime[1], None) if uptime else (None, None)
