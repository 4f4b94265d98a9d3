"""Watches VIPs with real packets, from this machine or from another one."""

import time
from collections.abc import Sequence
from typing import Protocol

from bluegreen.errors import BluegreenError, UnreachableError
from bluegreen.model.outage import Outage
from bluegreen.model.pair import ProbeTarget, Router
from bluegreen.probe.targets import check_period, opener
from bluegreen.probe.vantage import Opener, Stream, Vantage
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


def nowhere(host: Router, _: str) -> Stream:
    """There is no way to any other host: whoever knows one hands it over."""
    raise UnreachableError("no way to it is known", host.name)


def make_probe(targets: Sequence[ProbeTarget], connect: Opener = nowhere) -> Probe:
    """Return a probe of all targets; nothing is sent before it is started.

    ``connect`` opens the way to the hosts that are probed from, one session each.

    Raises:
        UsageError: a target asks for what is not there.
        RefusedError: a name is unknown, or this user may not send ICMP.
    """
    for target in targets:
        check_period(target)
    hosts = dict.fromkeys(target.vantage for target in targets)
    return LiveProbe(tuple(prober for host in hosts for prober in _probers(host, targets, connect)))


def _probers(
    host: Router | None, targets: Sequence[ProbeTarget], connect: Opener
) -> tuple[Prober, ...]:
    """Return what probes from one place: a thread a target here, one session for all there."""
    mine = [target for target in targets if target.vantage == host]
    if host is not None:
        return (Vantage(host, mine, connect),)
    return tuple(Watcher(target, opener(target)) for target in mine)


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
