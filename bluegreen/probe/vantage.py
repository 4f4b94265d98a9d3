"""Probes sent from another host: what it tells us, in our own time; out of reach is unknown."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from bluegreen.errors import BluegreenError, RefusedError, UnreachableError
from bluegreen.model.outage import Outage, added
from bluegreen.model.pair import ProbeTarget, Router
from bluegreen.probe.shipping import SCRIPT, shipment
from bluegreen.probe.tally import timeout_s
from bluegreen.probe.told import Clocks, Hello, Laps, Lines, Pong, Refused, Said, lap_of

HELLO_S = 15.0  # a slow host's Python takes a while to start
STALE_S = 1.0  # without a line for so long, nobody knows whether anybody answers
DEAD_S = 10.0  # without a line for so long, the connection is given up
PING_S = 1.0
RETRIES_MAX = 60  # about eight minutes: the host may be booting
PAUSE_S, PAUSE_MAX_S = 0.5, 8.0  # between two attempts
_LOOK_S = 0.25


class Stream(Protocol):
    """A program on another host."""

    def send(self, data: bytes) -> None:
        """Give it to the program; where nobody takes it, ``receive`` says why."""
        ...

    def receive(self, wait_s: float) -> bytes | None:
        """Return what has come, b"" after ``wait_s`` without anything, None at the program's end.

        Raises:
            UnreachableError: the connection was lost, and the program's end not seen.
        """
        ...

    def complaint(self) -> str: ...

    def close(self) -> None: ...


Opener = Callable[[Router, str], Stream]  # raises a BluegreenError where there is no way


@dataclass(slots=True)
class Account:
    """What is known of one target, over every connection."""

    whole: Outage
    lap: Outage

    def add(self, outage: Outage) -> None:
        self.whole, self.lap = added(self.whole, outage), added(self.lap, outage)

    def lose(self, unseen_ms: float) -> None:
        """Note that nobody looked for a while: what lasted then has no known end."""
        self.whole, self.lap = _lost(self.whole, unseen_ms), _lost(self.lap, unseen_ms)


def _lost(outage: Outage, unseen_ms: float) -> Outage:
    gaps = tuple(replace(gap, lasts=False) for gap in outage.gaps)
    return replace(outage, gaps=gaps, unseen_ms=outage.unseen_ms + unseen_ms)


@dataclass(slots=True)
class Session:
    """One connection, as long as it lasts."""

    stream: Stream
    lines: Lines = field(default_factory=Lines)
    clocks: Clocks = field(default_factory=Clocks)
    heard_s: float = field(default_factory=time.monotonic)
    pinged_s: float = 0.0
    told: bool = False


class Vantage:
    """All targets that are probed from one host, over one channel."""

    def __init__(self, host: Router, targets: Sequence[ProbeTarget], connect: Opener) -> None:
        self._host = host
        self._targets = tuple(targets)
        self._connect = connect
        self._lock = threading.Lock()
        self._accounts = [self._account(target) for target in self._targets]
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._settled = threading.Event()
        self._told_s: float | None = None  # when the last line came; None: none yet
        self._known_until_s = 0.0
        self._lost = False  # the connection is, and no other one has told anything yet

    def start(self) -> None:
        """Connect, and return once the prober there is at work.

        Raises:
            UnreachableError, HostKeyError, UsageError: there is no way to that host.
            RefusedError: there is no Python, or it may not do what is asked.
        """
        if self._thread is not None:
            return
        with self._lock:
            self._accounts = [self._account(target) for target in self._targets]
            self._told_s, self._lost = None, False
        self._stopping, self._settled = threading.Event(), threading.Event()
        session = self._open()
        name = f"probe via {self._host.name}"
        self._thread = threading.Thread(target=self._run, args=(session,), name=name, daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Return once what became of one probe a target is known, or ought to be."""
        self._settled.wait(max(timeout_s(target.every_s) for target in self._targets) + STALE_S)

    def outages(self) -> tuple[Outage, ...]:
        with self._lock:
            return tuple(self._now(account.whole) for account in self._accounts)

    def laps(self) -> tuple[Outage, ...]:
        with self._lock:
            laps = tuple(self._now(account.lap) for account in self._accounts)
            for account, target, lap in zip(self._accounts, self._targets, laps, strict=True):
                told_ms = lap.unseen_ms - account.lap.unseen_ms  # of what is still unseen
                account.lap = replace(self._account(target).lap, unseen_ms=-told_ms)
            return laps

    def known_until_s(self) -> float:
        """Return before when every probe was sent of which the outcome is known; all, if lost."""
        with self._lock:
            return time.monotonic() if self._is_stale() else self._known_until_s

    def ask_to_stop(self) -> None:
        self._stopping.set()

    def join(self) -> None:
        if self._thread is None:
            return
        self._thread.join(STALE_S + _LOOK_S)
        self._thread = None

    # -- what is known -------------------------------------------------------

    def _account(self, target: ProbeTarget) -> Account:
        nothing = Outage(target.target, 0, 0, 0.0, None, target.kind, target.via)
        return Account(nothing, nothing)

    def _is_stale(self) -> bool:
        return self._lost or self._told_s is None or time.monotonic() - self._told_s > STALE_S

    def _now(self, outage: Outage) -> Outage:
        """A lost connection is neither an outage nor none."""
        if not self._is_stale() or self._told_s is None or self._stopping.is_set():
            return outage
        silent_ms = 1000 * (time.monotonic() - self._told_s)
        return replace(outage, answering=None, unseen_ms=outage.unseen_ms + silent_ms)

    # -- the connection ------------------------------------------------------

    def _open(self) -> Session:
        stream = self._connect(self._host, SCRIPT)
        session = Session(stream)
        try:
            stream.send(shipment(self._targets))
            self._greet(session)
        except BaseException:
            stream.close()
            raise
        return session

    def _greet(self, session: Session) -> None:
        until_s = time.monotonic() + HELLO_S
        while time.monotonic() < until_s and not self._stopping.is_set():
            data = session.stream.receive(_LOOK_S)
            if data is None:
                said = session.stream.complaint() or "it said nothing"
                raise RefusedError(
                    f"nothing can be probed from there: {said}",
                    self._host.name,
                    "It needs Python 3.10 or newer there, and nothing else; "
                    "or leave `via` out, to probe from this machine.",
                )
            for line in session.lines.feed(data):
                if isinstance(line, Refused):
                    _, what, advice = line.refused
                    raise RefusedError(what, self._host.name, advice)
                if isinstance(line, Hello):
                    return
        raise UnreachableError("no prober began to work there in time", self._host.name)

    def _run(self, session: Session) -> None:
        current: Session | None = session
        while current is not None:
            try:
                self._listen(current)
            except UnreachableError:
                pass
            finally:
                with self._lock:
                    self._lost = True
                current.stream.close()
            current = self._again()

    def _listen(self, session: Session) -> None:
        """Take what is told until the connection ends, is silent, or we are asked to stop."""
        while not self._stopping.is_set():
            now_s = time.monotonic()
            if now_s - session.heard_s > DEAD_S:
                return
            if now_s - session.pinged_s >= PING_S:
                session.pinged_s = now_s
                session.stream.send(session.clocks.ping())
            data = session.stream.receive(_LOOK_S)
            if data is None:
                return
            if data:
                session.heard_s = time.monotonic()
            for line in session.lines.feed(data):
                self._take(session, line)

    def _take(self, session: Session, line: Said) -> None:
        match line:
            case Pong():
                session.clocks.pong(line)
            case Laps():
                with self._lock:
                    self._count(session, line)
            case Hello() | Refused():
                return

    def _count(self, session: Session, line: Laps) -> None:
        now_s, epoch_s = time.monotonic(), session.clocks.epoch_s
        if not session.told and self._told_s is not None:  # the first line of a new connection
            for account in self._accounts:
                account.lose(1000 * (now_s - self._told_s))
        session.told = True
        for account, target, row in zip(self._accounts, self._targets, line.laps, strict=True):
            account.add(lap_of(target, row, epoch_s))
        self._told_s, self._lost = now_s, False
        self._known_until_s = line.known_until_s + (session.clocks.ahead_s or 0.0)
        if all(account.whole.answering is not None for account in self._accounts):
            self._settled.set()

    def _again(self) -> Session | None:
        """Connect anew, patiently but not for ever; None: stopped, or given up."""
        for attempt in range(RETRIES_MAX):
            if self._stopping.wait(min(PAUSE_MAX_S, PAUSE_S * 2**attempt)):
                return None
            try:
                return self._open()
            except BluegreenError:
                continue
        return None
