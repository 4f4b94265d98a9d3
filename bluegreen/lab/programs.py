"""Programs of a router that this machine answers: vtysh, netstat, setkey, on the real network."""

from collections.abc import Callable
from pathlib import Path

from bluegreen.emulator.netstat import ASKS_ROUTES
from bluegreen.freebsd.counters import QUESTION as COUNTERS
from bluegreen.lab.fib import counters, netstat
from bluegreen.lab.medium import Answer
from bluegreen.lab.rtnetlink import (
    ADDRESS_EVENTS,
    LINK_EVENTS,
    ROUTE_EVENTS,
    addresses,
    changed,
    links,
    routes,
    watch,
)
from bluegreen.lab.sadb import setkey
from bluegreen.lab.vty import vtysh
from bluegreen.model.command import Output


class Fib:
    """What ``netstat -rn`` says in this namespace; read again only once something has changed."""

    def __init__(self) -> None:
        self._watcher = watch(LINK_EVENTS | ADDRESS_EVENTS | ROUTE_EVENTS)
        self._text: str | None = None

    def netstat(self) -> str:
        if changed(self._watcher) or self._text is None:
            self._text = netstat(links(), addresses(), routes())
        return self._text

    def close(self) -> None:
        self._watcher.close()


def programs(root: Callable[[], Path | None], fib: Fib, *, has_charon: bool = False) -> Answer:
    """Return what answers for a router; it holds up the router's loop for under 1 ms.

    Args:
        root: Where its files are seen from outside; None while it is down.
        fib: Of the namespace that the router lives in.
        has_charon: Whether setkey(8) tells of real SAs; that takes some 10 ms.
    """

    def answer(argv: tuple[str, ...], _stdin: str) -> Output | None:
        name, words = argv[0].rsplit("/", 1)[-1], argv[1:]
        if name == "netstat" and words in ASKS_ROUTES:
            return Output(fib.netstat())
        if name == "netstat" and words == COUNTERS[1:]:
            return Output(counters(Path("/proc/self/net/dev").read_text()))
        asks_charon = has_charon and name == "setkey"
        where = root() if name == "vtysh" or asks_charon else None
        if where is None:
            return None
        return setkey(where, words) if asks_charon else vtysh(where, words)

    return answer
