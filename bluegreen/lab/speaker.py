"""Advertisements on their way out: signed, and in the frame or socket that carries them."""

import errno
from ipaddress import IPv4Address, IPv6Address
from time import time_ns

from bluegreen.carp.packet import Packet, Secret, encode
from bluegreen.carp.values import Advertisement, Family, VhidConfig, family_of
from bluegreen.emulator.machine import Machine
from bluegreen.lab.carpsock import EHOSTDOWN, Unicast
from bluegreen.lab.frames import advertisement4, advertisement6
from bluegreen.lab.kernel import Kernel
from bluegreen.lab.virtual import VirtualMac

ENETDOWN = 50  # FreeBSD's sys/errno.h
_UNSPECIFIED = str(IPv4Address(0))


class Speaker:
    """Sends what a machine advertises, and tells it whether that could be sent."""

    def __init__(self, machine: Machine, kernel: Kernel) -> None:
        self._machine = machine
        self._kernel = kernel
        self._counter = time_ns()  # grows over power cycles too
        self._unicasts: dict[tuple[str, int, str], Unicast] = {}
        self._link_locals: dict[str, IPv6Address] = {}
        self.own = frozenset(
            address.partition("/")[0] for i in machine.spec.interfaces for address in i.addresses
        )

    def say(self, sent: Advertisement, mac: VirtualMac | None, now: float) -> None:
        """Send one advertisement; its vhid may be gone by now."""
        vhid = self._machine.carp.by_key.get((sent.interface, sent.vhid))
        if vhid is None or mac is None:
            return
        self._counter += 1
        config = vhid.config
        packet = Packet(sent.vhid, sent.advbase, sent.advskew, self._counter)
        carp = encode(packet, Secret(config.password_digest.encode(), config.addresses))
        if sent.destination is None:
            error = self._to_group(sent.family, config, mac, carp)
        else:
            error = self._unicast(sent, sent.destination).send(carp, now)
        self._machine.send_result(sent.interface, sent.vhid, error, now)

    def close(self) -> None:
        """Lose power."""
        for unicast in self._unicasts.values():
            unicast.close()
        self._unicasts.clear()
        self._link_locals.clear()

    def _to_group(self, family: Family, config: VhidConfig, mac: VirtualMac, carp: bytes) -> int:
        if family == "inet":
            source = self._address(config.interface, family) or _UNSPECIFIED
            frame = advertisement4(config.vhid, IPv4Address(source), carp)
        else:
            frame = advertisement6(config.vhid, self._source6(config.interface), carp)
        try:
            mac.put(frame)
        except OSError as error:
            return ENETDOWN if error.errno == errno.ENETDOWN else EHOSTDOWN
        return 0

    def _unicast(self, sent: Advertisement, peer: str) -> Unicast:
        key = (sent.interface, sent.vhid, peer)
        if key not in self._unicasts:
            source = self._address(sent.interface, sent.family)
            self._unicasts[key] = Unicast(source, peer)
        return self._unicasts[key]

    def _source6(self, interface: str) -> IPv6Address:
        """Return the first address of the list, which is the link-local one (carp_best_ifa)."""
        known = self._link_locals.get(interface)
        if known is not None:
            return known
        number = self._kernel.index(interface)
        found = None if number is None else self._kernel.link_local(number)
        if found is None:
            return IPv6Address(self._address(interface, "inet6") or "::")
        self._link_locals[interface] = found
        return found

    def _address(self, interface: str, family: Family) -> str:
        """Return an interface's own address, without those of a vhid; "" where it has none."""
        texts = (
            address.partition("/")[0]
            for i in self._machine.spec.interfaces
            for address in i.addresses
            if i.name == interface
        )
        return next((text for text in texts if family_of(text) == family), "")
