"""How each kind of target is probed, and how often it can be."""

from collections.abc import Callable

from bluegreen.errors import UsageError
from bluegreen.model.pair import ProbeTarget
from bluegreen.probe.channel import Channel, look_up
from bluegreen.probe.flow import FlowChannel
from bluegreen.probe.http import HttpChannel, parse_page
from bluegreen.probe.ping import PingChannel, open_socket
from bluegreen.probe.tally import timeout_s
from bluegreen.probe.tcp import TcpChannel

EVERY_MIN_S = {  # a thread a request, a port a connection
    "icmp": 0.001,
    "flow": 0.001,
    "tcp": 0.005,
    "http": 0.02,
}


def opener(target: ProbeTarget) -> Callable[[], Channel]:
    """Return what opens a target's channel; its name is looked up here and now.

    Raises:
        UsageError: it is to be probed more often than this can be.
        RefusedError: the name is unknown, or this user may not send ICMP.
    """
    check_period(target)
    if target.kind == "icmp":
        host = look_up(target.target, 0)
        open_socket(host).close()  # refused here and now, not in the middle of a start
        return lambda: PingChannel(host)
    if target.kind == "http":
        page = parse_page(target.target)
        server = look_up(page.host, page.port)
        limit_s = timeout_s(target.every_s)
        return lambda: HttpChannel(server, page, limit_s)
    host_name, _, port = target.target.rpartition(":")
    listener = look_up(host_name.removeprefix("[").removesuffix("]"), int(port))
    if target.kind == "flow":
        return lambda: FlowChannel(listener)
    return lambda: TcpChannel(listener)


def check_period(target: ProbeTarget) -> None:
    """Refuse a period that a prober could not keep."""
    least_s = EVERY_MIN_S[target.kind]
    if target.every_s < least_s:
        what = f"{target.kind} probes of {target.target}: every {target.every_s * 1000:g} ms"
        raise UsageError(what, "probes", f"Write `every: {least_s * 1000:g}ms` or more.")
