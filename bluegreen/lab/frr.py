"""How FRR is run on a router of the lab: its configuration, its files and its daemons. Pure."""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

FREEBSD_CONF = "/usr/local/etc/frr/frr.conf"  # where FreeBSD's port has it
CONF = "/etc/frr/frr.conf"
VTYSH_CONF = "/etc/frr/vtysh.conf"
RUN = "/run/frr"  # sockets of its daemons; Debian's /var/run is a link to /run
ZEBRA_SOCKET = f"{RUN}/zserv.api"
VTYSH_FILES = {VTYSH_CONF: "service integrated-vtysh-config\n"}
_DAEMONS = "/usr/lib/frr"
_USER = "frr"
_QUICK = ("timers throttle lsa all 0", "timers lsa min-arrival 0", "timers throttle spf 50 50 500")
"""Tell of a change at once, and think 50 ms later, when all that belongs to it has come.

By default a router tells of a change at most every 5 s (OSPF_MIN_LS_INTERVAL,
FRR ospfd/ospfd.h, 8.4): a route that moved came back after 10. One that thinks
at once finds half of the new routers' LSAs and takes the route away for 10 ms.
"""


@dataclass(frozen=True, slots=True)
class FrrInterface:
    """OSPF on one interface."""

    name: str
    area: str = "0"
    cost: int | None = None
    point_to_point: bool = False
    passive: bool = False  # its network is told, and nobody is spoken to
    hello_s: int = 1
    dead_s: int = 4


@dataclass(frozen=True, slots=True)
class FrrSpec:
    """One router's OSPF."""

    hostname: str
    router_id: str | None  # None: ospfd takes the highest address, and be it a VIP
    interfaces: tuple[FrrInterface, ...] = ()
    networks: tuple[tuple[str, str], ...] = ()  # prefix and area
    redistribute: tuple[str, ...] = ()  # connected, static, kernel


def frr_conf(spec: FrrSpec) -> str:
    """Return the text of frr.conf(5)."""
    return "".join(f"{line}\n" for line in _lines(spec))


def frr_files(spec: FrrSpec, files: Mapping[str, str]) -> Mapping[str, str]:
    """Return what is laid down in a router's root, by absolute path.

    Args:
        spec: Its OSPF.
        files: The emulated router's own; its frr.conf, where it has one, is what holds.
    """
    return {
        CONF: files.get(FREEBSD_CONF, frr_conf(spec)),
        **VTYSH_FILES,
    }


def frr_daemons() -> tuple[tuple[str, ...], ...]:
    """Return what is started in a router's root; none of it goes into the background.

    ospfd waits for zebra: finding nobody, it would only try again after 10 s
    (zclient_event, FRR lib/zclient.c).
    """
    zebra = f"install -d -o {_USER} -g {_USER} {RUN} && exec {_daemon('zebra')}"
    ospfd = f"until [ -S {ZEBRA_SOCKET} ]; do sleep 0.01; done; exec {_daemon('ospfd')}"
    return (("sh", "-c", zebra), ("sh", "-c", ospfd))


def frr_restarted(*, runs: bool) -> str:
    """Return a line for sh(1) that ends both daemons, and starts them anew where they are to run.

    Their shell waits for them: who has ended and is not waited for would count as running.
    """
    both = "'zebra|ospfd'"
    ended = f"pkill -x {both}; while pgrep -x {both} >/dev/null; do sleep 0.01; done"
    started = " & ".join(map(shlex.join, frr_daemons()))
    return f"{ended}; rm -f {ZEBRA_SOCKET}; {started} & wait" if runs else ended


def _daemon(name: str) -> str:
    """-P 0: no telnet. Each daemon skips the lines of frr.conf that are another's."""
    return f"{_DAEMONS}/{name} -u {_USER} -g {_USER} -f {CONF} -P 0 --log stdout"


def _lines(spec: FrrSpec) -> Iterator[str]:
    yield f"hostname {spec.hostname}"
    for interface in spec.interfaces:
        yield f"interface {interface.name}"
        yield from (f" {line}" for line in _interface(interface))
        yield "exit"
    yield "router ospf"
    if spec.router_id is not None:
        yield f" ospf router-id {spec.router_id}"
    yield from (f" {line}" for line in _QUICK)
    yield from (f" network {prefix} area {area}" for prefix, area in spec.networks)
    yield from (f" redistribute {source}" for source in spec.redistribute)
    yield "exit"


def _interface(interface: FrrInterface) -> Iterator[str]:
    yield f"ip ospf area {interface.area}"
    if interface.passive:
        yield "ip ospf passive"
        return
    if interface.point_to_point:
        yield "ip ospf network point-to-point"
    yield f"ip ospf hello-interval {interface.hello_s}"
    yield f"ip ospf dead-interval {interface.dead_s}"
    yield "ip ospf retransmit-interval 1"
    if interface.cost is not None:
        yield f"ip ospf cost {interface.cost}"
