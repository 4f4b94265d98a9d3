"""One emulated router as a process of its own: `python -m bluegreen.lab.router CONFIG`.

It lives on real time. Its sshd is its child; the programs of the sessions ask
it over one socket, who watches the lab over another, and its medium carries
what it advertises. It ends when its standard input does: with whoever started it.
"""

import os
import selectors
import signal
import socket
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import fields
from functools import partial
from pathlib import Path
from time import monotonic, time

from bluegreen.carp.values import Advertisement
from bluegreen.emulator.faults import MachineFaults
from bluegreen.emulator.machine import Machine
from bluegreen.lab.config import Station, read_config
from bluegreen.lab.control import (
    CutOff,
    Look,
    PowerCycle,
    SetFault,
    decode_question,
    encode_report,
)
from bluegreen.lab.medium import Answer, Medium, Userland, no_answer
from bluegreen.lab.openssh import OpenSsh
from bluegreen.lab.report import Executed, masters_of, report_of
from bluegreen.lab.shims import Request, decode, encode, make_shims
from bluegreen.lab.wire import Wire
from bluegreen.model.command import Output
from bluegreen.model.network import MULTICAST_PEERS

LAST_WORDS_S = 0.1  # shutdown(8) answers before init(8) ends the session that asked
CLIENT_S = 2.0  # how long a program's own process may take to hear the answer
CHUNK = 65536  # octets
CLIENTS_MAX = 64  # programs that wait to be accepted
KEPT_MAX = 100_000  # programs remembered
ABSTRACT = "\0"  # how an address begins that is no path

_TAKEN_OFF = frozenset({"boot_hangs", "dead", "changes"})


class Router:
    """A machine, the network and the userland around it, and the loop that serves all."""

    def __init__(
        self,
        station: Station,
        machine: Machine,
        medium: Medium,
        userland: Userland,
        answer: Answer = no_answer,
    ) -> None:
        self._station = station
        self._machine = machine
        self._medium = medium
        self._userland = userland
        self._answer = answer
        self._executed: deque[Executed] = deque(maxlen=KEPT_MAX)
        self._has_power = False
        self._cut_off_at: float | None = None  # when its sessions end
        self._ready_at: float | None = monotonic() + self._settling_s()
        self._ends = False
        self._selector = selectors.DefaultSelector()

    def serve(self) -> None:
        """Live until whoever started it is gone."""
        for address, answer in (
            (self._station.programs, self._answer_program),
            (self._station.control, self._answer_watcher),
        ):
            listener = listening(address)
            self.hear(listener.fileno(), partial(self._accept, listener, answer))
        self.hear(sys.stdin.fileno(), self._check_parent)
        try:
            self._medium.attach(self)
            self._follow_power(monotonic())
            self._make_masters()
            while not self._ends:
                self._happen()
                for key, _ in self._selector.select(self._wait_s()):
                    key.data()
        finally:
            self._userland.stop()
            self._clear_away()

    def hear(self, number: int, act: Callable[[], None]) -> None:
        self._selector.register(number, selectors.EVENT_READ, act)

    def forget(self, number: int) -> None:
        self._selector.unregister(number)

    # -- time ----------------------------------------------------------------

    def _happen(self) -> None:
        """Do what is due, follow the power, and let the network see and hear what came of it."""
        self._medium.listen()
        now = monotonic()
        advertisements = self._machine.tick(now)
        self._follow_power(now)
        self._carry(advertisements, now)
        if self._ready_at is not None and self._ready_at <= now:
            self._ready_at = None
            sys.stdout.write(f"{self._userland.port}\n")
            sys.stdout.flush()

    def _carry(self, advertisements: tuple[Advertisement, ...], now: float) -> None:
        self._medium.follow()
        self._medium.send(advertisements, now)
        self._userland.follow()

    def _follow_power(self, now: float) -> None:
        """Let network and sessions end a little after the machine, and come back with it."""
        runs = self._machine.reachable
        if self._cut_off_at is not None and (self._cut_off_at <= now or runs):
            self._power_off()
        if runs and not self._has_power:
            self._medium.start()
            self._has_power = True
        if runs and not self._userland.runs:
            self._userland.start()
        elif not runs and self._has_power and self._cut_off_at is None:
            self._cut_off_at = now if self._machine.faults.dead else now + LAST_WORDS_S

    def _power_off(self) -> None:
        self._userland.stop()
        self._medium.stop()
        self._has_power, self._cut_off_at = False, None

    def _wait_s(self) -> float | None:
        dues = (self._machine.next_due(), self._medium.due(), self._cut_off_at, self._ready_at)
        soonest = min((due for due in dues if due is not None), default=None)
        return None if soonest is None else max(0.0, soonest - monotonic())

    def _settling_s(self) -> float:
        """Return how long what follows a vhid takes to follow it for the first time."""
        spec = self._machine.spec
        follows = spec.ospf is not None and any(
            neighbor.follows_vhid is not None for neighbor in spec.ospf.neighbors
        )
        return spec.durations.ospf_converge if follows else 0.0

    def _make_masters(self) -> None:
        """Take the roles that it has from the start; its peer is patient for 3 s."""
        now = monotonic()
        vhids = {(c.interface, c.vhid): c for c, _ in self._machine.carp.vhids()}
        for interface, number in self._station.masters:
            config = vhids[interface, number]
            named = (("peer", config.peer), ("peer6", config.peer6))
            words = (w for key, p in named if p not in MULTICAST_PEERS and p for w in (key, p))
            argv = ("ifconfig", interface, "vhid", str(number), "state", "master", *words)
            said = self._machine.run(argv, "", now)
            assert said.ok, f"{argv}: {said}"

    # -- who asks ------------------------------------------------------------

    def _answer_program(self, asked: bytes) -> bytes:
        """Run a program; a router that went down answers nothing any more."""
        request = decode(asked)
        return encode(self._run(request)) if self._machine.reachable else b""

    def _run(self, request: Request) -> Output:
        self._medium.listen()
        now = monotonic()
        masters = masters_of(self._machine)
        output = self._answer(request.argv, request.stdin)
        if output is None:
            output = self._machine.run(request.argv, request.stdin, now)
            self._carry(self._machine.take_outbox(), now)
        self._executed.append(Executed(now, request.argv, masters, output.code))
        return output

    def _answer_watcher(self, asked: bytes) -> bytes:
        match decode_question(asked):
            case SetFault(field=field, value=value):
                self._set_fault(field, value)
            case PowerCycle():
                self._power_cycle()
            case CutOff():
                self._userland.stop()
                self._happen()
            case Look():
                pass
        return encode_report(report_of(self._machine, tuple(self._executed), monotonic()))

    def _set_fault(self, field: str, value: bool | float) -> None:
        if field not in {known.name for known in fields(MachineFaults)} - {"changes"}:
            raise ValueError(f"{field} is no fault")
        setattr(self._machine.faults, field, value)
        self._happen()

    def _power_cycle(self) -> None:
        """Off and on again; a boot that hung begins anew, other faults stay."""
        faults = self._machine.faults
        kept = {f.name: getattr(faults, f.name) for f in fields(faults)}
        faults.dead = True
        self._happen()
        self._power_off()
        self._machine.mend(monotonic())
        for name in kept.keys() - _TAKEN_OFF:
            setattr(faults, name, kept[name])
        self._happen()

    def _check_parent(self) -> None:
        if not os.read(sys.stdin.fileno(), 1):
            self._ends = True

    # -- sockets -------------------------------------------------------------

    def _clear_away(self) -> None:
        for address in (self._station.programs, self._station.control):
            if not address.startswith(ABSTRACT):
                Path(address).unlink(missing_ok=True)
        self._medium.close()

    def _accept(self, listener: socket.socket, answer: Callable[[bytes], bytes]) -> None:
        connection, _ = listener.accept()
        connection.setblocking(False)
        self.hear(connection.fileno(), partial(self._gather, connection, bytearray(), answer))

    def _gather(
        self, connection: socket.socket, asked: bytearray, answer: Callable[[bytes], bytes]
    ) -> None:
        """Answer a client once it has asked all; one that is slow holds up nobody's CARP.

        One that asks nonsense or goes away concerns nobody else.
        """
        try:
            chunk = connection.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:  # it is gone
            chunk = b""
        asked += chunk
        if chunk:
            return
        self.forget(connection.fileno())
        with connection:
            connection.settimeout(CLIENT_S)
            try:
                connection.sendall(answer(bytes(asked)))
            except (OSError, ValueError) as error:
                sys.stderr.write(f"{self._machine.name}: {error}\n")


def listening(address: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(address)
    listener.listen(CLIENTS_MAX)
    return listener


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that sshd is stopped too
    signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C is for who works on the routers
    config = read_config(Path(sys.argv[1]))
    make_shims(config.directory / "bin", config.station.programs)
    machine = Machine(config.spec, monotonic(), time())
    Router(config.station, machine, Wire(config, machine), OpenSsh(config.directory)).serve()


if __name__ == "__main__":
    main()
