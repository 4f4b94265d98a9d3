"""Watches VIPs with real packets, from this machine or from another one."""

import time
from collections.abc import Sequence
from typing import Protocol

from bluegreen.errors import BluegreenError, UsageError
from bluegreen.model.outage import Outage
from bluegreen.model.pair import ProbeTarget
from bluegreen.probe.targets import opener
from bluegreen.probe.watcher import Watcher
from bluegreen.world import Probe

SETTLE_MAX_S = 1.5  # how long a lap waits for what is under way; a probe is given up after 1 s
_LOOK_S = 0.002


class Prober(Protocol):
    """One or more targets that are probed from one place."""

    def start(self) -> None: ...

    def wait(self) -> None:
        """Return once each target has answered or been given time to."""
        ...

    def outages(self) -> tuple[Outage, ...]: ...

    def laps(self) -> tuple[Outage, ...]: ...

    def known_until_s(self) -> float:
        """Return before when every probe was sent of which the outcome is known."""
        ...

    def ask_to_stop(self) -> None: ...

    def join(self) -> None: ...


def make_probe(targets: Sequence[ProbeTarget]) -> Probe:
    """Return a probe of all targets; nothing is sent before it is started.

    Raises:
        UsageError: a target asks for what is not there.
        RefusedError: a name is unknown, or this user may not send ICMP.
    """
    for target in targets:
        if target.via is not None:
            what = f"probing {target.target} via {target.via} is not supported yet"
            raise UsageError(what, "probes", "Probe from this machine: leave `via` out.")
    return LiveProbe(tuple(Watcher(target, opener(target)) for target in targets))


class LiveProbe:
    """Everything that is probed, wherever from."""

    def __init__(self, probers: tuple[Prober, ...]) -> None:
        self._probers = probers

    def start(self) -> None:
        """Start counting; return once each target has answered or been given time to."""
        try:
            for prober in self._probers:
                prober.start()
        except BluegreenError:
            self.stop()
            raise
        for prober in self._probers:
            prober.wait()

    def outages(self) -> tuple[Outage, ...]:
        return tuple(outage for prober in self._probers for outage in prober.outages())

    def lap(self) -> tuple[Outage, ...]:
        """Return what was seen since the last lap, once it is known what became of it."""
        mark_s = time.monotonic()
        until_s = mark_s + SETTLE_MAX_S
        for prober in self._probers:
            while prober.known_until_s() < mark_s and time.monotonic() < until_s:
                time.sleep(_LOOK_S)
        return tuple(outage for prober in self._probers for outage in prober.laps())

    def stop(self) -> None:
        for prober in self._probers:
            prober.ask_to_stop()
        for prober in self._probers:
            prober.join()
