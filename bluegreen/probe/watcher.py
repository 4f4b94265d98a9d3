"""One thread a target: it asks on time, whether or not the answers come."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from bluegreen.model.outage import Outage
from bluegreen.model.pair import ProbeTarget
from bluegreen.probe.channel import Channel
from bluegreen.probe.tally import Lap, Tally, timeout_s

SLICE_S = 0.05  # how late at most a thread notices that it is to end


class Watcher:
    """Probes one target from start() to stop()."""

    def __init__(
        self,
        target: ProbeTarget,
        connect: Callable[[], Channel],
        epoch_s: Callable[[], float] = lambda: time.time() - time.monotonic(),
    ) -> None:
        """Probe through what ``connect`` opens; ``epoch_s`` turns our clock into times of day."""
        self._target = target
        self._connect = connect
        self._epoch_s = epoch_s
        self._lock = threading.Lock()
        self._tally = Tally(target.every_s)
        self._channel: Channel | None = None
        self._broke = 0  # at the last lap
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._settled = threading.Event()
        self._stopped_s: float | None = None

    def start(self) -> None:
        """Count from 0; nothing where it is running already."""
        if self._thread is not None:
            return
        channel = self._channel = self._connect()
        with self._lock:
            self._tally, self._stopped_s = Tally(self._target.every_s), None
            self._broke = 0
        self._stopping, self._settled = threading.Event(), threading.Event()
        name = f"probe {self._target.target}"
        self._thread = threading.Thread(target=self._run, args=(channel,), name=name, daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Return once the outcome of one probe is known, or ought to be."""
        self._settled.wait(timeout_s(self._target.every_s) + SLICE_S)

    def outages(self) -> tuple[Outage, ...]:
        """Return what was seen since the start."""
        with self._lock:
            broke = self._channel.broke if self._channel else 0
            return (self._outage(self._tally.whole(self._now_s()), broke),)

    def laps(self) -> tuple[Outage, ...]:
        """Return what was seen since the last lap, and begin another."""
        with self._lock:
            broke = self._channel.broke if self._channel else 0
            before, self._broke = self._broke, broke
            return (self._outage(self._tally.lap(self._now_s()), broke - before),)

    def known_until_s(self) -> float:
        """Return before when every probe was sent of which the outcome is known."""
        with self._lock:
            return self._tally.known_until_s(self._now_s())

    def _now_s(self) -> float:
        return time.monotonic() if self._stopped_s is None else self._stopped_s

    def _outage(self, lap: Lap, broke: int) -> Outage:
        outage = lap.outage(self._target.target, self._epoch_s())
        return replace(outage, kind=self._target.kind, broke=broke)

    def ask_to_stop(self) -> None:
        """Stop counting now; the thread ends soon."""
        if self._thread is not None and not self._stopping.is_set():
            self._stopping.set()
            with self._lock:
                self._stopped_s = time.monotonic()

    def join(self) -> None:
        """Wait for the thread's end; a thread that hangs dies with the process."""
        if self._thread is None:
            return
        self._thread.join(timeout_s(self._target.every_s) + SLICE_S)
        self._thread = None

    def _run(self, channel: Channel) -> None:
        try:
            self._pace(channel)
        finally:
            channel.close()

    def _pace(self, channel: Channel) -> None:
        next_s = time.monotonic()
        while not self._stopping.is_set():
            now_s = time.monotonic()
            if now_s >= next_s:
                channel.send(self._tally.sent)
                with self._lock:  # a thread held up before it sent has asked nobody until now
                    self._tally.send(time.monotonic())
                next_s = _following(next_s, now_s, self._target.every_s)
            self._listen(channel, next_s)

    def _listen(self, channel: Channel, until_s: float) -> None:
        """Take what is answered, then give up what is late."""
        with self._lock:
            expiry_s = self._tally.next_expiry_s()
        wake_s = until_s if expiry_s is None else min(until_s, expiry_s)
        answered = channel.answers(max(0.0, min(wake_s - time.monotonic(), SLICE_S)))
        now_s = time.monotonic()
        with self._lock:
            for number, at_s in answered:
                self._tally.answer(number, at_s)
            gone = self._tally.expire(now_s)
            settled = self._tally.settled()
        for number in gone:
            channel.forget(number)
        if settled:
            self._settled.set()


def _following(planned_s: float, now_s: float, every_s: float) -> float:
    """Return when to ask next: on the beat; what was missed is left out, never made up for."""
    beats = max(1, int((now_s - planned_s) / every_s) + 1)
    return planned_s + beats * every_s
