"""The prober against real sockets of this machine."""

import http.server
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from bluegreen.errors import RefusedError, UnreachableError, UsageError
from bluegreen.model.outage import Outage
from bluegreen.model.pair import ProbeTarget, Router
from bluegreen.probe.channel import Endpoint, look_up
from bluegreen.probe.live import make_probe
from bluegreen.probe.ping import PingChannel, open_socket
from bluegreen.world import Probe

PATIENCE_S = 10.0


def eventually(probe: Probe, holds: Callable[[Outage], bool]) -> Outage:
    """Return the first outage of which it holds; each look gives the prober its turn."""
    until_s = time.monotonic() + PATIENCE_S
    turn = threading.Event()
    outage = probe.outages()[0]
    while not holds(outage):
        assert time.monotonic() < until_s, f"still {outage}"
        turn.wait(0.005)
        outage = probe.outages()[0]
    return outage


@contextmanager
def listening(port: int = 0) -> Iterator[int]:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
        yield int(listener.getsockname()[1])


@contextmanager
def started(*targets: ProbeTarget) -> Iterator[Probe]:
    probe = make_probe(targets)
    probe.start()
    try:
        yield probe
    finally:
        probe.stop()


@contextmanager
def serving(status: int) -> Iterator[tuple[int, list[str]]]:
    """Yield the port of a web server, and what it was asked."""
    asked: list[str] = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.path} of {self.headers['Host']}")
            self.send_response(status)
            self.end_headers()

        def log_request(self, *_: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server.server_port, asked
        server.shutdown()
        thread.join()


def icmp_is_permitted(version: int) -> bool:
    family = {4: socket.AF_INET, 6: socket.AF_INET6}[version]
    host = {4: "127.0.0.1", 6: "::1"}[version]
    try:
        open_socket(Endpoint(family, (host, 0))).close()
        with socket.socket(family, socket.SOCK_DGRAM) as local:
            local.bind((host, 0))
    except (RefusedError, OSError):
        return False
    return True


def test_a_listener_that_answers_is_seen_before_start_returns() -> None:
    with listening() as port, started(ProbeTarget("tcp", f"127.0.0.1:{port}", 0.02)) as probe:
        (outage,) = probe.outages()

        assert outage.vip == f"127.0.0.1:{port}"
        assert outage.answering is True
        assert outage.lost == 0
        assert outage.sent >= 1


def test_a_listener_that_goes_and_comes_back_is_an_outage_of_about_that_length() -> None:
    with listening() as port:
        probe = make_probe([ProbeTarget("tcp", f"127.0.0.1:{port}", 0.02)])
        probe.start()
        eventually(probe, lambda o: o.sent >= 5)
        closing_s = time.monotonic()
    closed_s = time.monotonic()
    down = eventually(probe, lambda o: o.answering is False and o.lost >= 3)
    reopened_s = time.monotonic()
    with listening(port):
        eventually(probe, lambda o: o.answering is True)
        probe.stop()

    whole = probe.outages()[0]
    assert whole.lost >= down.lost
    assert whole.longest_gap_ms >= 1000 * (reopened_s - closed_s)
    assert whole.longest_gap_ms <= 1000 * (time.monotonic() - closing_s) + 100


def test_probes_go_out_on_time_while_none_is_answered() -> None:
    """A listener whose queue is full keeps every handshake waiting."""
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        target = ProbeTarget("tcp", f"127.0.0.1:{full.getsockname()[1]}", 0.1)
        began_s = time.monotonic()
        with started(target) as probe:
            outage = eventually(probe, lambda o: o.sent >= 8)
            took_s = time.monotonic() - began_s

    assert outage.lost >= 3, "the queue was not full"
    assert 0.65 <= took_s < 2.0


def test_counters_begin_at_0_with_every_start_and_stay_when_stopped() -> None:
    with listening() as port:
        probe = make_probe([ProbeTarget("tcp", f"127.0.0.1:{port}", 0.02)])
        assert probe.outages() == (Outage(f"127.0.0.1:{port}", 0, 0, 0.0, kind="tcp"),)
        probe.start()
        eventually(probe, lambda o: o.sent >= 10)
        probe.stop()
        kept = probe.outages()

        assert probe.outages() == kept
        probe.start()

        assert 1 <= probe.outages()[0].sent < 10
        probe.stop()


def test_start_and_stop_may_be_repeated() -> None:
    with listening() as port, started(ProbeTarget("tcp", f"127.0.0.1:{port}", 0.02)) as probe:
        before = eventually(probe, lambda o: o.sent >= 3)

        probe.start()

        assert probe.outages()[0].sent >= before.sent
        probe.stop()
        probe.stop()


def test_stop_is_quick_even_between_two_rare_probes() -> None:
    with listening() as port:
        probe = make_probe([ProbeTarget("tcp", f"127.0.0.1:{port}", 60.0)])
        probe.start()
        began_s = time.monotonic()

        probe.stop()

        assert time.monotonic() - began_s < 0.5


def test_no_thread_is_left_behind() -> None:
    with listening() as port, started(ProbeTarget("tcp", f"127.0.0.1:{port}", 0.02)):
        assert f"probe 127.0.0.1:{port}" in {thread.name for thread in threading.enumerate()}

    assert f"probe 127.0.0.1:{port}" not in {thread.name for thread in threading.enumerate()}


def test_two_targets_are_counted_apart() -> None:
    with listening() as port, listening() as other:
        pass
    with listening(port):
        alive = ProbeTarget("tcp", f"127.0.0.1:{port}", 0.02)
        dead = ProbeTarget("tcp", f"127.0.0.1:{other}", 0.02)
        with started(alive, dead) as probe:
            first, second = probe.outages()

    assert (first.vip, first.answering) == (alive.target, True)
    assert (second.vip, second.answering) == (dead.target, False)


@pytest.mark.parametrize("status", [200, 302, 404])
def test_a_web_server_answers_with_any_status_below_500(status: int) -> None:
    with (
        serving(status) as (port, asked),
        started(ProbeTarget("http", f"http://127.0.0.1:{port}/alive?now=1", 0.05)) as probe,
    ):
        outage = eventually(probe, lambda o: o.sent >= 3)

    assert outage.answering is True
    assert asked[0] == f"/alive?now=1 of 127.0.0.1:{port}"


def test_a_web_server_that_says_503_does_not_answer() -> None:
    with (
        serving(503) as (port, _),
        started(ProbeTarget("http", f"http://127.0.0.1:{port}", 0.05)) as probe,
    ):
        assert eventually(probe, lambda o: o.lost >= 2).answering is False


def test_a_web_server_that_accepts_and_says_nothing_holds_no_probe_up() -> None:
    with listening() as port:
        began_s = time.monotonic()
        with started(ProbeTarget("http", f"http://127.0.0.1:{port}/", 0.1)) as probe:
            outage = eventually(probe, lambda o: o.sent >= 8)
            took_s = time.monotonic() - began_s

    assert outage.answering is False
    assert outage.lost >= 3
    assert 0.65 <= took_s < 2.0


@pytest.mark.parametrize(("version", "host"), [(4, "127.0.0.1"), (6, "::1")])
def test_this_machine_answers_its_own_ping(version: int, host: str) -> None:
    if not icmp_is_permitted(version):
        pytest.skip(f"this user may not send ICMP to {host} here")

    with started(ProbeTarget("icmp", host, 0.01)) as probe:
        outage = eventually(probe, lambda o: o.sent >= 10)

    assert outage.vip == host
    assert outage.answering is True
    assert outage.lost == 0


def test_an_answer_to_another_prober_is_not_ours() -> None:
    if not icmp_is_permitted(4):
        pytest.skip("this user may not send ICMP to 127.0.0.1 here")
    endpoint = look_up("127.0.0.1", 0)
    mine, other = PingChannel(endpoint), PingChannel(endpoint)

    other.send(7)
    mine.send(8)
    heard = mine.answers(PATIENCE_S)
    while not heard:
        heard = mine.answers(PATIENCE_S)

    assert [answer.number for answer in heard] == [8]
    mine.close()
    other.close()


def test_icmp_that_this_user_may_not_send_is_refused_with_the_way_out() -> None:
    if icmp_is_permitted(4):
        pytest.skip("this user may send ICMP")

    with pytest.raises(RefusedError, match="may not send ICMP") as refused:
        make_probe([ProbeTarget("icmp", "127.0.0.1")])
    assert "ping_group_range" in refused.value.next_move


def test_another_host_is_probed_from_only_over_a_way_that_was_handed_over() -> None:
    bastion = Router("bastion", "192.0.2.9")
    probe = make_probe([ProbeTarget("tcp", "192.0.2.1:22", via="bastion", vantage=bastion)])

    with pytest.raises(UnreachableError, match="no way to it is known"):
        probe.start()


@pytest.mark.parametrize(
    ("kind", "target", "least"),
    [
        ("icmp", "192.0.2.1", "1ms"),
        ("tcp", "192.0.2.1:22", "5ms"),
        ("http", "http://192.0.2.1/", "20ms"),
    ],
)
def test_a_period_that_this_machine_could_not_keep_is_refused(
    kind: str, target: str, least: str
) -> None:
    with pytest.raises(UsageError) as refused:
        make_probe([ProbeTarget(kind, target, every_s=0.0009)])
    assert refused.value.next_move == f"Write `every: {least}` or more."


def test_a_name_that_nobody_knows_is_refused() -> None:
    with pytest.raises(RefusedError, match=r"nobody\.invalid cannot be looked up"):
        make_probe([ProbeTarget("tcp", "nobody.invalid:22")])


def test_nothing_to_probe_is_no_outage_at_all() -> None:
    with started() as probe:
        assert probe.outages() == ()
