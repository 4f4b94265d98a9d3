"""Advertisements on their way out: signed, and in the frame or socket that carries them."""

import errno
from collections.abc import Callable, Mapping
from functools import partial
from ipaddress import IPv4Address, IPv6Address
from socket import if_nametoindex
from time import time_ns

from bluegreen.carp.packet import Packet, Secret, encode
from bluegreen.carp.values import Advertisement, Family, VhidConfig, family_of
from bluegreen.emulator.machine import Machine
from bluegreen.lab.carpsock import EHOSTDOWN, Unicast
from bluegreen.lab.frames import advertisement4, advertisement6
from bluegreen.lab.rtnetlink import addresses
from bluegreen.lab.virtual import VirtualMac

Key = tuple[str, int]
"""Interface and vhid."""
Put = Callable[[], int]

ENETDOWN = 50  # FreeBSD's sys/errno.h
_UNSPECIFIED = str(IPv4Address(0))


class Speaker:
    """Sends what a machine advertises, and tells it whether that could be sent."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._counter = time_ns()  # grows over power cycles too
        self._unicasts: dict[tuple[str, int, str], Unicast] = {}
        self._link_locals: dict[str, IPv6Address] = {}
        self.own = frozenset(
            address.partition("/")[0] for i in machine.spec.interfaces for address in i.addresses
        )

    def say(
        self, advertisements: tuple[Advertisement, ...], macs: Mapping[Key, VirtualMac], now: float
    ) -> None:
        """Send advertisements, as close together as can be: all are made before the first leaves.

        A slower one lets the peer take over at once, and a switch that hears
        the other family's after that believes that the VIPs are still here.
        """
        made = [(sent, self._made(sent, macs, now)) for sent in advertisements]
        errors = [(sent, put()) for sent, put in made if put is not None]
        for sent, error in errors:
            self._machine.send_result(sent.interface, sent.vhid, error, now)

    def _made(self, sent: Advertisement, macs: Mapping[Key, VirtualMac], now: float) -> Put | None:
        """Sign an advertisement; its vhid may be gone by now."""
        key = (sent.interface, sent.vhid)
        vhid, mac = self._machine.carp.by_key.get(key), macs.get(key)
        if vhid is None or mac is None:
            return None
        self._counter += 1
        config = vhid.config
        packet = Packet(sent.vhid, sent.advbase, sent.advskew, self._counter)
        carp = encode(packet, Secret(config.password_digest.encode(), config.addresses))
        if sent.destination is not None:
            return partial(self._unicast(sent, sent.destination).send, carp, now)
        return partial(_put, mac, self._framed(sent.family, config, carp))

    def close(self) -> None:
        """Lose power."""
        for unicast in self._unicasts.values():
            unicast.close()
        self._unicasts.clear()
        self._link_locals.clear()

    def _framed(self, family: Family, config: VhidConfig, carp: bytes) -> bytes:
        if family == "inet6":
            return advertisement6(config.vhid, self._source6(config.interface), carp)
        source = self._address(config.interface, family) or _UNSPECIFIED
        return advertisement4(config.vhid, IPv4Address(source), carp)

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
        found = _link_local(if_nametoindex(interface))
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


def _link_local(number: int) -> IPv6Address | None:
    """Return a link's own fe80::/10 address, once it has one."""
    found = (local.address for local in addresses() if local.index == number)
    return next((a for a in found if isinstance(a, IPv6Address) and a.is_link_local), None)


def _put(mac: VirtualMac, frame: bytes) -> int:
    """Send a frame; return 0, or an errno of FreeBSD's."""
    try:
        mac.put(frame)
    except OSError as error:
        return ENETDOWN if error.errno == errno.ENETDOWN else EHOSTDOWN
    return 0
