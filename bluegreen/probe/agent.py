"""The prober on another host: counts there, tells over stdout, ends with its stdin.

It runs where nothing is installed, as a text that was sent along: Python 3.10, its own
library, and the modules that `shipping` names. Times are of this host's monotonic clock;
whoever reads them knows how far it is off, since every ping is answered at once.
"""

import json
import math
import os
import select
import sys
import time
from collections.abc import Sequence

from bluegreen.errors import BluegreenError
from bluegreen.model.outage import Outage
from bluegreen.model.pair import ProbeTarget
from bluegreen.probe.targets import opener
from bluegreen.probe.watcher import Watcher

TELL_S = 0.05
SILENT_S = 30.0  # without a ping: whoever started us is gone, and nobody closed the connection
SWITCH_S = 0.0005  # how long a thread may keep another one from its beat; Python's own is 5 ms
_STDIN, _STDOUT = 0, 1


def main(given: str) -> None:
    """Probe what is given until stdin ends."""
    sys.setswitchinterval(SWITCH_S)
    targets = [ProbeTarget(kind, target, every_s) for kind, target, every_s in json.loads(given)]
    try:
        watchers = [Watcher(target, opener(target), lambda: 0.0) for target in targets]
        for watcher in watchers:
            watcher.start()
        tell({"hello": True})
        converse(watchers)
    except BluegreenError as error:
        tell({"refused": [type(error).__name__, error.what, error.next_move]})
    except OSError:
        pass  # nobody reads us any more
    os._exit(0)  # threads that wait for an answer are not waited for


def converse(watchers: Sequence[Watcher]) -> None:
    """Tell what was counted, again and again, and answer pings."""
    heard_s, next_s = time.monotonic(), math.inf  # the first ping says how far our clock is off
    unread = b""
    while time.monotonic() - heard_s < SILENT_S:
        now_s = time.monotonic()
        if now_s >= next_s:
            tell(told(watchers, now_s))
            next_s = now_s + TELL_S
        wait_s = min(TELL_S, max(0.0, next_s - time.monotonic()))
        if not select.select([_STDIN], [], [], wait_s)[0]:
            continue
        data = os.read(_STDIN, 4096)
        if not data:
            return
        heard_s = time.monotonic()
        *pings, unread = (unread + data).split(b"\n")
        for ping in pings:
            tell({"pong": int(ping), "at_s": time.monotonic()})
            next_s = min(next_s, heard_s)


def told(watchers: Sequence[Watcher], now_s: float) -> dict[str, object]:
    """Return one line: what each target has counted since the line before."""
    known_s = min((watcher.known_until_s() for watcher in watchers), default=now_s)
    laps = [row(lap) for watcher in watchers for lap in watcher.laps()]
    return {"at_s": now_s, "known_until_s": known_s, "laps": laps}


def row(lap: Outage) -> list[object]:
    gaps = [[gap.began_s, gap.ended_s, gap.lasts] for gap in lap.gaps]
    return [lap.sent, lap.lost, lap.longest_gap_ms, lap.answering, lap.broke, gaps]


def tell(line: dict[str, object]) -> None:
    data = json.dumps(line).encode() + b"\n"
    while data:
        data = data[os.write(_STDOUT, data) :]
