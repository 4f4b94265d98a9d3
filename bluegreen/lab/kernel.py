"""Changes links and addresses of the network namespace that this process lives in.

One change takes some 0.05 ms, since VIPs move by it.
"""

import contextlib
import os
import socket
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_interface
from pathlib import Path
from time import monotonic, sleep

from bluegreen.lab import netlink
from bluegreen.lab.netlink import attribute

TAKES_S = 1.0  # the longest that an address is waited for: until it is told of, the peer serves
LOOK_S = 0.00005

_NODAD, _NO_ROUTE = 0x02, 0x200  # IFA_F_NODAD, IFA_F_NOPREFIXROUTE, linux/if_addr.h
_ROUTE_KIND, _HERE = 7, 2  # rtm_type, RTN_LOCAL, linux/rtnetlink.h
_MACVLAN_MODE, _BRIDGE = 1, 4  # IFLA_MACVLAN_MODE, MACVLAN_MODE_BRIDGE, linux/if_link.h
_ANSWER_MAX = 8192  # octets


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
    """Orders, and waits for the answer; what the kernel refuses is an OSError."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, netlink.ROUTE_FAMILY)
        self._socket.bind((0, 0))

    def close(self) -> None:
        self._socket.close()

    def add_macvlan(self, name: str, parent: int, mac: bytes) -> int:
        """Make another MAC address on a link, without an address of its own; return its index."""
        mode = attribute(_MACVLAN_MODE, _BRIDGE.to_bytes(4, "little"))
        kind = attribute(netlink.INFO_KIND, b"macvlan") + attribute(netlink.INFO_DATA, mode)
        body = (
            netlink.LINK.pack(0, 0, 0, 0, 0)
            + _named(name)
            + attribute(netlink.LINK_PARENT, parent.to_bytes(4, "little"))
            + attribute(netlink.LINK_MAC, mac)
            + attribute(netlink.LINK_INFO, kind)
        )
        self._ask(netlink.NEW_LINK, netlink.ACK | netlink.CREATE | netlink.EXCLUSIVE, body)
        return socket.if_nametoindex(name)

    def remove_link(self, name: str) -> None:
        """Remove a link, unless it is gone already with its parent."""
        with contextlib.suppress(OSError):
            body = netlink.LINK.pack(0, 0, 0, 0, 0) + _named(name)
            self._ask(netlink.DELETE_LINK, netlink.ACK, body)

    def set_link(self, number: int, *, up: bool) -> None:
        body = netlink.LINK.pack(0, 0, number, netlink.UP if up else 0, netlink.UP)
        self._ask(netlink.NEW_LINK, netlink.ACK, body)

    def add_address(self, number: int, address: str) -> None:
        """Add an address with its prefix at once, without asking whether another has it."""
        flags = netlink.ACK | netlink.CREATE | netlink.REPLACE
        self._ask(netlink.NEW_ADDRESS, flags, _addressed(number, address))

    def remove_address(self, number: int, address: str) -> None:
        """Remove an address, unless it is gone already with its link."""
        with contextlib.suppress(OSError):
            self._ask(netlink.DELETE_ADDRESS, netlink.ACK, _addressed(number, address))

    def wait_for(self, addresses: Iterable[str]) -> None:
        """Wait until the kernel takes what is sent to IPv6 addresses that have just been added.

        It does so in a work queue, some 0.1 ms after it has said yes (addrconf_dad_work).
        """
        waiting = {IPv6Address(address) for address in addresses if ":" in address}
        ends = monotonic() + TAKES_S
        while waiting and monotonic() < ends:
            waiting = {address for address in waiting if not self._takes(address)}
            if waiting:
                sleep(LOOK_S)

    def _takes(self, address: IPv6Address) -> bool:
        """Whether the kernel takes what is sent to an address as sent to itself."""
        head = netlink.ROUTE.pack(socket.AF_INET6, 128, 0, 0, 0, 0, 0, 0, 0)
        body = head + attribute(netlink.ROUTE_TO, address.packed)
        try:
            _, route = self._ask(netlink.GET_ROUTE, 0, body)
        except OSError:  # no route at all
            return False
        return route[_ROUTE_KIND] == _HERE

    def _ask(self, kind: int, flags: int, body: bytes) -> tuple[int, bytes]:
        self._socket.send(netlink.request(kind, flags, body))
        return next(netlink.messages(self._socket.recv(_ANSWER_MAX)))


def _named(name: str) -> bytes:
    return attribute(netlink.LINK_NAME, name.encode() + b"\0")


def _addressed(number: int, address: str) -> bytes:
    """Return struct ifaddrmsg and the address, which is its own far end.

    A host address brings no route of its prefix: for IPv6 the kernel has that one before it
    takes the address for its own (addrconf_dad_work), and drops what it leads onto the link.
    """
    own = ip_interface(address)
    family = socket.AF_INET6 if own.version == 6 else socket.AF_INET
    is_host = own.network.prefixlen == own.max_prefixlen
    flags = (_NODAD if own.version == 6 else 0) | (_NO_ROUTE if is_host else 0)
    head = netlink.ADDRESS.pack(family, own.network.prefixlen, 0, 0, number)
    ends = (netlink.ADDRESS_LOCAL, netlink.ADDRESS_FAR)
    return (
        head
        + b"".join(attribute(end, own.ip.packed) for end in ends)
        + attribute(netlink.ADDRESS_FLAGS, flags.to_bytes(4, "little"))
    )
