"""Watches VIPs from this machine, with real packets."""

from collections.abc import Callable, Sequence

from bluegreen.errors import BluegreenError, UsageError
from bluegreen.model.fields import parse_endpoint
from bluegreen.model.pair import ProbeTarget
from bluegreen.probe.channel import Channel, look_up
from bluegreen.probe.http import HttpChannel, parse_page
from bluegreen.probe.ping import PingChannel, open_socket
from bluegreen.probe.tally import timeout_s
from bluegreen.probe.tcp import TcpChannel
from bluegreen.probe.watcher import Watcher
from bluegreen.world import Outage, Probe

EVERY_MIN_S = {"icmp": 0.001, "tcp": 0.005, "http": 0.02}  # a thread a request, a port a connection


def make_probe(targets: Sequence[ProbeTarget]) -> Probe:
    """Return a probe of all targets; nothing is sent before it is started.

    Raises:
        UsageError: a target asks for what is not there.
        RefusedError: a name is unknown, or this user may not send ICMP.
    """
    return LiveProbe(tuple(Watcher(target, _opener(target)) for target in targets))


class LiveProbe:
    """One watcher a target."""

    def __init__(self, watchers: tuple[Watcher, ...]) -> None:
        self._watchers = watchers

    def start(self) -> None:
        """Start counting; return once each target has answered or been given time to."""
        try:
            for watcher in self._watchers:
                watcher.start()
        except BluegreenError:
            self.stop()
            raise
        for watcher in self._watchers:
            watcher.wait()

    def outages(self) -> tuple[Outage, ...]:
        return tuple(watcher.outage() for watcher in self._watchers)

    def stop(self) -> None:
        for watcher in self._watchers:
            watcher.ask_to_stop()
        for watcher in self._watchers:
            watcher.join()


def _opener(target: ProbeTarget) -> Callable[[], Channel]:
    _check(target)
    if target.kind == "icmp":
        host = look_up(target.target, 0)
        open_socket(host).close()  # refused here and now, not in the middle of a start
        return lambda: PingChannel(host)
    if target.kind == "tcp":
        where = parse_endpoint(target.target)
        assert where.port is not None, f"{target.target} was validated as host:port"
        listener = look_up(where.host, where.port)
        return lambda: TcpChannel(listener)
    page = parse_page(target.target)
    server = look_up(page.host, page.port)
    limit_s = timeout_s(target.every_s)
    return lambda: HttpChannel(server, page, limit_s)


def _check(target: ProbeTarget) -> None:
    if target.via is not None:
        what = f"probing {target.target} via {target.via} is not supported yet"
        raise UsageError(what, "probes", "Probe from this machine: leave `via` out.")
    least_s = EVERY_MIN_S[target.kind]
    if target.every_s < least_s:
        what = f"{target.kind} probes of {target.target}: every {target.every_s * 1000:g} ms"
        raise UsageError(what, "probes", f"Write `every: {least_s * 1000:g}ms` or more.")
