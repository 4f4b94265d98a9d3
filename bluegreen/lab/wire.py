"""The medium between two router processes: advertisements as datagrams between UNIX sockets."""

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import replace
from time import monotonic

from pydantic import TypeAdapter

from bluegreen.carp.values import Advertisement
from bluegreen.emulator.machine import Machine
from bluegreen.emulator.spec import MachineSpec
from bluegreen.lab.config import RouterConfig
from bluegreen.lab.medium import Ears
from bluegreen.model.network import MULTICAST_PEERS

ARP_S = 20.0  # how long the kernel goes on sending to a unicast peer that is gone
EHOSTDOWN = 64  # sys/errno.h
DATAGRAM_MAX = 65536  # octets
BURST_MAX = 64  # datagrams taken at a time
HEARD = b"heard"

_ADVERTISEMENT = TypeAdapter(Advertisement)


class Wire:
    """One router's end. The same password and addresses mean the same wire."""

    def __init__(self, config: RouterConfig, machine: Machine) -> None:
        self._machine = machine
        self._peer = str(config.peer_wire)
        self._own, self._theirs = _addresses(config.spec), _addresses(config.peer)
        self._unanswered_since: float | None = None  # s
        self._config = config
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(str(config.wire))

    # -- as the loop sees it -------------------------------------------------

    def attach(self, ears: Ears) -> None:
        """Listen from now on; without power, what arrives is lost."""
        ears.hear(self._socket.fileno(), self._deliver)

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def listen(self) -> None:
        self._deliver()

    def follow(self) -> None: ...

    def due(self) -> float | None:
        return None

    def close(self) -> None:
        """Leave no socket behind, and no directory of them if the peer is gone already."""
        self._config.wire.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._config.sockets.rmdir()

    def send(self, advertisements: tuple[Advertisement, ...], now: float) -> None:
        """Put advertisements onto the wire; a peer that is not there hears nothing."""
        for advertisement in advertisements:
            if advertisement.destination is not None:
                self._report(advertisement, now)
            self._put(_ADVERTISEMENT.dump_json(advertisement))

    # -- inside --------------------------------------------------------------

    def _deliver(self) -> None:
        """Let the machine hear what has arrived, each at its own time: never before it was said."""
        for datagram in self._arrived():
            if datagram == HEARD:
                self._unanswered_since = None
            elif self._machine.reachable:
                self._put(HEARD)
                self._hear(_ADVERTISEMENT.validate_json(datagram), monotonic())

    def _hear(self, sent: Advertisement, now: float) -> None:
        known = self._machine.carp.by_key.items()
        same = [(key[0], vhid) for key, vhid in known if key[1] == sent.vhid]
        right = [found for found in same if found[1].digest == sent.digest]
        for interface, vhid in right or same[:1]:  # what is signed otherwise is heard, and refused
            peer = vhid.config.peer if sent.family == "inet" else vhid.config.peer6
            if self._arrives(sent.destination, None if peer in MULTICAST_PEERS else peer):
                heard = replace(sent, interface=interface)
                self.send(self._machine.receive(heard, now), now)

    def _arrives(self, destination: str | None, peer: str | None) -> bool:
        """Multicast hears multicast; unicast hears who names it and whom it names."""
        if destination is None or peer is None:
            return destination is peer
        return destination in self._own and peer in self._theirs

    def _report(self, sent: Advertisement, now: float) -> None:
        """Tell the kernel whether the peer's address still resolves (carp_send_ad_error)."""
        if self._unanswered_since is None:
            self._unanswered_since = now
        gone = now >= self._unanswered_since + ARP_S
        self._machine.send_result(sent.interface, sent.vhid, EHOSTDOWN if gone else 0, now)

    def _put(self, datagram: bytes) -> None:
        with contextlib.suppress(OSError):  # nobody is there: lost, as on a wire
            self._socket.sendto(datagram, self._peer)

    def _arrived(self) -> Iterator[bytes]:
        for _ in range(BURST_MAX):
            try:
                yield self._socket.recv(DATAGRAM_MAX)
            except BlockingIOError:
                return


def _addresses(spec: MachineSpec) -> frozenset[str]:
    """Return a router's own addresses, without those of a vhid."""
    texts = (address for interface in spec.interfaces for address in interface.addresses)
    return frozenset(text.partition("/")[0] for text in texts)
