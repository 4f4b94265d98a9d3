"""One long-lived connection against echo services of this machine, good ones and bad ones."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from struct import pack

import pytest

from bluegreen.model.outage import Outage
from bluegreen.model.pair import ProbeTarget
from bluegreen.probe.live import make_probe
from bluegreen.world import Probe

PATIENCE_S = 10.0
EVERY_S = 0.01


@dataclass
class Echo:
    """An echo service that can be told to hold back, to reset, and to go away."""

    host: str = "127.0.0.1"
    port: int = 0
    answers: bool = True
    accepted: list[socket.socket] = field(default_factory=list)
    flowing: threading.Event = field(default_factory=threading.Event)
    listener: socket.socket = field(init=False)
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self.listener = socket.socket(family)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((self.host, self.port))
        self.listener.listen()
        self.port = int(self.listener.getsockname()[1])
        self.flowing.set()
        self._thread(self._accept)

    def reset(self) -> None:
        """Cut every connection as a firewall does that knows nothing of it."""
        for peer in self.accepted:
            with suppress(OSError):
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, pack("ii", 1, 0))
                peer.close()

    def stop(self) -> None:
        self.flowing.set()
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for peer in self.accepted:
            with suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)
            peer.close()
        for thread in self.threads:
            thread.join(PATIENCE_S)

    def _thread(self, run: Callable[[], None]) -> None:
        thread = threading.Thread(target=run, daemon=True)
        self.threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                peer, _ = self.listener.accept()
                self.accepted.append(peer)
                self._thread(partial(self._echo, peer))

    def _echo(self, peer: socket.socket) -> None:
        with suppress(OSError):
            while data := peer.recv(4096):
                self.flowing.wait(PATIENCE_S)
                if self.answers:
                    peer.sendall(data)


@contextmanager
def echoing(echo: Echo) -> Iterator[Echo]:
    echo.start()
    try:
        yield echo
    finally:
        echo.stop()


@contextmanager
def flowing(echo: Echo) -> Iterator[Probe]:
    host = f"[{echo.host}]" if ":" in echo.host else echo.host
    probe = make_probe([ProbeTarget("flow", f"{host}:{echo.port}", EVERY_S)])
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
        turn.wait(0.005)
    return outage


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_lines_that_are_echoed_are_answers_over_one_connection(host: str) -> None:
    with echoing(Echo(host)) as echo, flowing(echo) as probe:
        outage = eventually(probe, lambda o: o.sent >= 20)

        assert (outage.kind, outage.answering, outage.broke) == ("flow", True, 0)
        assert outage.lost < outage.sent / 4  # an answer may be late on a busy machine
        assert len(echo.accepted) == 1


def test_a_flow_that_is_reset_is_counted_and_goes_on_over_a_new_connection() -> None:
    with echoing(Echo()) as echo, flowing(echo) as probe:
        before = eventually(probe, lambda o: o.sent >= 20)

        echo.reset()
        eventually(probe, lambda o: o.broke == 1 and o.sent >= before.sent + 20)

        assert eventually(probe, lambda o: o.answering is True).broke == 1
        assert len(echo.accepted) == 2


def test_a_flow_that_is_held_up_and_lives_is_a_silence_and_not_broken() -> None:
    with echoing(Echo()) as echo, flowing(echo) as probe:
        eventually(probe, lambda o: o.sent >= 20)
        echo.flowing.clear()
        eventually(probe, lambda o: o.lost >= 1)  # what was on its way has come
        held_s = time.monotonic()
        eventually(probe, lambda o: o.lost >= 4)
        passed_ms = 1000 * (time.monotonic() - held_s)
        echo.flowing.set()

        outage = eventually(probe, lambda o: bool(o.gaps) and not o.gaps[-1].lasts)

        assert outage.broke == 0
        assert outage.longest_gap_ms >= passed_ms
        assert len(echo.accepted) == 1


def test_a_service_that_goes_and_comes_back_broke_the_flow_once() -> None:
    echo = Echo()
    with echoing(echo), flowing(echo) as probe:
        eventually(probe, lambda o: o.sent >= 20)
        echo.stop()
        eventually(probe, lambda o: o.answering is False and o.lost >= 10)

        with echoing(Echo(port=echo.port)):
            outage = eventually(probe, lambda o: o.answering is True)

    assert outage.broke == 1


def test_a_service_that_swallows_what_it_is_sent_answers_nothing() -> None:
    with echoing(Echo(answers=False)) as echo, flowing(echo) as probe:
        outage = eventually(probe, lambda o: o.lost >= 5)

    assert (outage.answering, outage.broke) == (False, 0)


def test_a_lap_counts_only_what_broke_in_it() -> None:
    with echoing(Echo()) as echo, flowing(echo) as probe:
        eventually(probe, lambda o: o.sent >= 20)
        echo.reset()
        eventually(probe, lambda o: o.broke == 1 and o.answering is True)

        (first,), (second,) = probe.lap(), probe.lap()

        assert (first.broke, second.broke) == (1, 0)
        assert probe.outages()[0].broke == 1
