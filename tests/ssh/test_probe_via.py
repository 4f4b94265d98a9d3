"""Probes sent from another host, over a real sshd: what they see, and what they leave behind."""

import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from conftest import put_program
from sshd import HOST, Sshd

from bluegreen.cli.worlds import live_probe
from bluegreen.errors import RefusedError, UnreachableError
from bluegreen.model.outage import Outage
from bluegreen.model.pair import ProbeTarget, Router
from bluegreen.world import Probe

PATIENCE_S = 15.0
EVERY_S = 0.02
CONTROLLER = """
import sys
from bluegreen.cli.worlds import live_probe
from bluegreen.model.pair import ProbeTarget, Router
port, listener, identity, known_hosts = sys.argv[1:]
host = Router("vantage", "127.0.0.1", int(port), identity=identity, known_hosts=known_hosts)
probe = live_probe((ProbeTarget("tcp", f"127.0.0.1:{listener}", 0.02, "vantage", host),))
probe.start()
print("ready", flush=True)
sys.stdin.read()
"""


def vantage(sshd: Sshd) -> Router:
    keys = {"identity": str(sshd.client_key), "known_hosts": str(sshd.known_hosts)}
    return Router("vantage", HOST, sshd.port, connect_timeout_s=5, **keys)


def tcp(port: int, host: Router) -> ProbeTarget:
    return ProbeTarget("tcp", f"{HOST}:{port}", EVERY_S, host.name, host)


def accept_all(listener: socket.socket) -> None:
    with suppress(OSError):  # it was shut down
        while True:
            listener.accept()[0].close()


@contextmanager
def listening(port: int = 0) -> Iterator[int]:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(128)
        accepting = threading.Thread(target=accept_all, args=(listener,), daemon=True)
        accepting.start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)
        accepting.join()


@contextmanager
def probing(*targets: ProbeTarget) -> Iterator[Probe]:
    probe = live_probe(targets)
    probe.start()
    try:
        yield probe
    finally:
        probe.stop()


def eventually(probe: Probe, holds: Callable[[Outage], bool]) -> Outage:
    until_s = time.monotonic() + PATIENCE_S
    turn = threading.Event()
    while not holds(outage := probe.outages()[0]):
        assert time.monotonic() < until_s, f"still {outage}"
        turn.wait(0.01)
    return outage


def agents(sshd: Sshd) -> list[int]:
    """Return the probers at work there."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,args="], check=True, capture_output=True, text=True
    )
    rows = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
    parents = set(sshd.sessions())
    return [
        int(pid)
        for pid, parent, args in rows
        if "sys.stdin.buffer" in args and int(parent) in parents
    ]


def has_ended(process: int) -> bool:
    """Wait for the end of a process, which makes its file descriptor readable."""
    ended = bool(select.select([process], [], [], PATIENCE_S)[0])
    os.close(process)
    return ended


def test_what_answers_there_is_seen_before_start_returns(sshd: Sshd, home: Path) -> None:
    with listening() as port, probing(tcp(port, vantage(sshd))) as probe:
        (outage,) = probe.outages()

    assert (outage.vip, outage.kind, outage.via) == (f"{HOST}:{port}", "tcp", "vantage")
    assert (outage.answering, outage.lost, outage.unseen_ms) == (True, 0, 0.0)
    assert outage.sent >= 1


def test_all_targets_of_a_host_share_one_connection_and_are_counted_apart(
    sshd: Sshd, home: Path
) -> None:
    host = vantage(sshd)
    with listening() as gone:
        pass
    with listening() as port, probing(tcp(port, host), tcp(gone, host)) as probe:
        alive, dead = probe.outages()

    assert (alive.answering, dead.answering) == (True, False)
    assert sshd.logins() == 1


def test_a_gap_there_carries_the_time_of_this_machine(sshd: Sshd, home: Path) -> None:
    with listening() as port:
        probe = live_probe((tcp(port, vantage(sshd)),))
        probe.start()
        eventually(probe, lambda o: o.sent >= 5)
        closed_s = time.time()
    eventually(probe, lambda o: o.answering is False and o.lost >= 3)
    reopened_s = time.time()
    with listening(port):
        outage = eventually(probe, lambda o: bool(o.gaps) and not o.gaps[0].lasts)
        ended_s = time.time()
        probe.stop()

    (gap,) = outage.gaps
    assert closed_s - EVERY_S - 0.05 <= gap.began_s <= closed_s + 0.05
    assert reopened_s - 0.05 <= gap.ended_s <= ended_s + 0.05
    assert outage.longest_gap_ms == pytest.approx(gap.ms, abs=0.01)


def test_a_lap_ends_when_it_is_known_what_became_of_its_probes(sshd: Sshd, home: Path) -> None:
    with listening() as port, probing(tcp(port, vantage(sshd))) as probe:
        eventually(probe, lambda o: o.sent >= 10)
        (first,) = probe.lap()
        eventually(probe, lambda o: o.sent >= first.sent + 10)
        (second,) = probe.lap()
        (whole,) = probe.outages()

    assert first.sent >= 10
    assert (first.lost, second.lost, whole.lost) == (0, 0, 0)
    assert 10 <= second.sent <= whole.sent - first.sent


def test_a_lost_connection_is_unknown_and_then_it_goes_on_counting(sshd: Sshd, home: Path) -> None:
    with listening() as port, probing(tcp(port, vantage(sshd))) as probe:
        before = eventually(probe, lambda o: o.sent >= 10)

        sshd.kill_sessions()
        unknown = eventually(probe, lambda o: o.answering is None)
        after = eventually(probe, lambda o: o.answering is True and o.sent > unknown.sent)

    assert unknown.lost == 0
    assert after.lost == 0
    assert unknown.unseen_ms > 0
    assert after.unseen_ms > unknown.unseen_ms
    assert after.sent > before.sent
    assert after.gaps == ()


def test_the_prober_there_ends_with_the_probe(sshd: Sshd, home: Path) -> None:
    with listening() as port, probing(tcp(port, vantage(sshd))):
        (agent,) = agents(sshd)
        process = os.pidfd_open(agent)

    assert has_ended(process)


def test_a_controller_that_is_killed_leaves_no_process_there(sshd: Sshd, home: Path) -> None:
    with listening() as port:
        words = [str(sshd.port), str(port), str(sshd.client_key), str(sshd.known_hosts)]
        controller = subprocess.Popen(
            [sys.executable, "-c", CONTROLLER, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert controller.stdin is not None
        assert controller.stdout is not None
        with controller, controller.stdin:
            assert controller.stdout.readline() == "ready\n"
            (agent,) = agents(sshd)
            process = os.pidfd_open(agent)

            controller.send_signal(signal.SIGKILL)

            assert has_ended(process)


def test_a_host_without_a_python_that_works_is_refused_with_what_it_said(
    sshd: Sshd, home: Path, shims: Path
) -> None:
    put_program(shims, "python3", "echo it is broken >&2; exit 1")

    with pytest.raises(RefusedError, match="it is broken") as refused:
        live_probe((tcp(7, vantage(sshd)),)).start()

    assert refused.value.router == "vantage"
    assert "Python 3.10" in refused.value.next_move
    until_s = time.monotonic() + PATIENCE_S
    while sshd.sessions():
        assert time.monotonic() < until_s, "a session was left"


def test_a_python_that_is_too_old_is_refused(sshd: Sshd, home: Path, shims: Path) -> None:
    older = 'exec /usr/bin/python3 -I -c "import sys;sys.version_info=(3,9,2);$3"'
    put_program(shims, "python3", older)

    with pytest.raises(RefusedError, match=r"Python 3\.9 is too old: 3\.10 or newer"):
        live_probe((tcp(7, vantage(sshd)),)).start()


def test_what_cannot_be_probed_there_is_refused_with_the_way_out(sshd: Sshd, home: Path) -> None:
    host = vantage(sshd)
    target = ProbeTarget("tcp", "nobody.invalid:22", EVERY_S, host.name, host)

    with pytest.raises(RefusedError, match=r"nobody\.invalid cannot be looked up") as refused:
        live_probe((target,)).start()

    assert refused.value.router == "vantage"
    assert refused.value.next_move == "Write its address into `probes`, or mend DNS."


def test_a_host_that_cannot_be_reached_is_no_lost_probe(sshd: Sshd, home: Path) -> None:
    host = vantage(sshd)
    sshd.stop()

    probe = live_probe((tcp(7, host),))
    with pytest.raises(UnreachableError, match="connection refused"):
        probe.start()

    assert probe.outages()[0].answering is None
    assert probe.outages()[0].lost == 0
