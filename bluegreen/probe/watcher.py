"""One thread a target: it asks on time, whether or not the answers come."""

import threading
import time
from collections.abc import Callable

from bluegreen.model.pair import ProbeTarget
from bluegreen.probe.channel import Channel
from bluegreen.probe.tally import Tally, timeout_s
from bluegreen.world import Outage

SLICE_S = 0.05  # how late at most a thread notices that it is to end


class Watcher:
    """Probes one target from start() to stop()."""

    def __init__(self, target: ProbeTarget, connect: Callable[[], Channel]) -> None:
        self._target = target
        self._connect = connect
        self._lock = threading.Lock()
        self._tally = Tally(target.every_s)
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._settled = threading.Event()
        self._stopped_s: float | None = None

    def start(self) -> None:
        """Count from 0; nothing where it is running already."""
        if self._thread is not None:
            return
        channel = self._connect()
        with self._lock:
            self._tally, self._stopped_s = Tally(self._target.every_s), None
        self._stopping, self._settled = threading.Event(), threading.Event()
        name = f"probe {self._target.target}"
        self._thread = threading.Thread(target=self._run, args=(channel,), name=name, daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Return once the outcome of one probe is known, or ought to be."""
        self._settled.wait(timeout_s(self._target.every_s) + SLICE_S)

    def outage(self) -> Outage:
        with self._lock:
            now_s = time.monotonic() if self._stopped_s is None else self._stopped_s
            return self._tally.outage(self._target.target, now_s)

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
                with self._lock:
                    number = self._tally.send(now_s)
                channel.send(number)
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
            for number in answered:
                self._tally.answer(number, now_s)
            gone = self._tally.expire(now_s)
            settled = self._tally.settled()
        for number in gone:
            channel.forget(number)
        if settled:
            self._settled.set()


def _following(planned_s: float, now_s: float, every_s: float) -> float:
    """Return when to ask next: on the beat, and never twice for a beat that was missed."""
    following_s = planned_s + every_s
    return following_s if following_s > now_s else now_s + every_s
