"""Links and addresses of the network namespace that this process lives in."""

import contextlib
import os
import socket
import struct
from collections.abc import Iterable, Iterator
from ipaddress import IPv6Address, ip_interface
from pathlib import Path
from time import monotonic, sleep

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from bluegreen.lab.quick import Quick

TAKES_S = 1.0  # the longest that an address is waited for: until it is told of, the peer serves
LOOK_S = 0.00005
IFF_UP, IFF_LOWER_UP = 0x1, 0x10000  # linux/if.h
BURST_MAX = 64  # netlink messages read at a time

_RTMGRP_LINK, _RTM_NEWLINK = 1, 16  # linux/rtnetlink.h
_HEADER = struct.Struct("=IHHII")
_LINK = struct.Struct("=BxHiII")
_LINK_SCOPE = 253


def set_sysctl(name: str, value: int) -> None:
    """Set ``net/ipv4/...``; the kernel takes it as one of this process's namespace."""
    Path("/proc/sys", name).write_text(str(value))


def run_ahead() -> None:
    """Run before every ordinary process, as a kernel's own CARP does; children do not inherit it.

    Without it the peer that an advertisement wakes takes this processor away
    between two advertisements. Where it is not allowed, all but time is the same.
    """
    with contextlib.suppress(PermissionError):
        policy = os.SCHED_FIFO | os.SCHED_RESET_ON_FORK
        os.sched_setscheduler(0, policy, os.sched_param(1))


class Kernel:
    """rtnetlink(7) of one namespace."""

    def __init__(self) -> None:
        self._route = IPRoute()
        self._quick = Quick()

    def close(self) -> None:
        self._route.close()
        self._quick.close()

    def index(self, name: str) -> int | None:
        """Return the number of a link; None: there is none of that name."""
        return next(iter(self._route.link_lookup(ifname=name)), None)

    def add_macvlan(self, name: str, parent: int, mac: bytes) -> int:
        """Make another MAC address on a link, up and without an address of its own."""
        self._route.link(
            "add",
            ifname=name,
            kind="macvlan",
            link=parent,
            macvlan_mode="bridge",
            address=mac.hex(":"),
        )
        number = self.index(name)
        assert number is not None, f"{name} has just been made"
        return number

    def remove_link(self, number: int) -> None:
        with contextlib.suppress(NetlinkError):  # it went with its parent
            self._route.link("del", index=number)

    def set_link(self, number: int, *, up: bool) -> None:
        self._route.link("set", index=number, state="up" if up else "down")

    def add_address(self, number: int, address: str) -> None:
        """Add an address with its prefix at once, without asking whether another has it."""
        self._quick.add_address(number, ip_interface(address))

    def remove_address(self, number: int, address: str) -> None:
        """Remove an address, unless it is gone already with its link."""
        with contextlib.suppress(OSError):
            self._quick.remove_address(number, ip_interface(address))

    def wait_for(self, addresses: Iterable[str]) -> None:
        """Wait until the kernel takes what is sent to IPv6 addresses that have just been added.

        It does so in a work queue, some 0.1 ms after it has said yes (addrconf_dad_work).
        """
        waiting = {IPv6Address(address) for address in addresses if ":" in address}
        ends = monotonic() + TAKES_S
        while waiting and monotonic() < ends:
            waiting = {address for address in waiting if not self._quick.is_local(address)}
            if waiting:
                sleep(LOOK_S)

    def has_carrier(self, number: int) -> bool:
        (link,) = self._route.get_links(number)
        return bool(link["flags"] & IFF_LOWER_UP)

    def link_local(self, number: int) -> IPv6Address | None:
        """Return a link's own fe80::/10 address, once it has one."""
        found = self._route.get_addr(family=socket.AF_INET6, index=number, scope=_LINK_SCOPE)
        texts = (message.get_attr("IFA_ADDRESS") for message in found)
        return next((IPv6Address(text) for text in texts), None)


class Carriers:
    """Tells when a cable is pulled or plugged."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self.socket.setblocking(False)
        self.socket.bind((0, _RTMGRP_LINK))

    def changed(self) -> Iterator[tuple[int, bool]]:
        """Yield number and carrier of links that are up; one that is down has none to tell of."""
        for _ in range(BURST_MAX):
            try:
                message = self.socket.recv(65536)
            except OSError:  # nothing more; or too much at once, and more will follow
                return
            _, kind, *_ = _HEADER.unpack_from(message)
            _, _, number, flags, _ = _LINK.unpack_from(message, _HEADER.size)
            if kind == _RTM_NEWLINK and flags & IFF_UP:
                yield number, bool(flags & IFF_LOWER_UP)
