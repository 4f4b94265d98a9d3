"""Builders of what `provision` sends beyond files: the kernel, vhids, tunnels, daemons."""

from bluegreen.freebsd.commands import QUICK_S
from bluegreen.freebsd.devd import HANDLER
from bluegreen.model.command import Command, Effect
from bluegreen.model.design import TunnelDesign

DAEMON_S = 60.0

# ifconfig(8) takes a password from its arguments and from nowhere else. It is read from the file
# that a boot reads it from, so that it is in no argument of ours; while ifconfig runs, ps(1) on
# that router shows it to root, as at every boot.
APPLY_SH = '. "$1" && eval "words=\\$$2" && exec ifconfig "$3" $words'


def load_carp() -> Command:
    """Load carp(4); -n: that it is there already, or in the kernel, is no error."""
    return Command(("kldload", "-n", "carp"), QUICK_S, Effect.CONFIG)


def unload_carp() -> Command:
    return Command(("kldunload", "carp"), QUICK_S, Effect.CONFIG)


def set_carp_sysctl(name: str, value: int) -> Command:
    """Set ``preempt`` or ``allow``: either may move a role."""
    return Command(("sysctl", f"net.inet.carp.{name}={value}"), QUICK_S, Effect.CARP)


def set_sysctl(name: str, value: int) -> Command:
    return Command(("sysctl", f"{name}={value}"), QUICK_S, Effect.CONFIG)


def apply_vhid(path: str, variable: str, interface: str) -> Command:
    """Configure an address of a vhid as a boot would: by the line that a boot reads."""
    argv = ("sh", "-c", APPLY_SH, "apply", path, variable, interface)
    return Command(argv, QUICK_S, Effect.CARP)


def set_vhid(interface: str, vhid: int, words: tuple[str, ...]) -> Command:
    """Change what is named of a vhid; the words name both peers where it has any.

    A peer that is left out falls back to multicast: carp_ctor, sbin/ifconfig/carp.c, 14.x.
    """
    return Command(("ifconfig", interface, "vhid", str(vhid), *words), QUICK_S, Effect.CARP)


def drop_address(interface: str, address: str) -> Command:
    """Remove an address of a vhid; with its last one the vhid goes."""
    family = "inet6" if ":" in address else "inet"
    return Command(("ifconfig", interface, family, address, "-alias"), QUICK_S, Effect.CARP)


def make_tunnel(tunnel: TunnelDesign, exists: bool) -> tuple[Command, ...]:
    create = (Command(("ifconfig", tunnel.name, "create"), QUICK_S, Effect.CONFIG),)
    words = ("ifconfig", tunnel.name, *tunnel_words(tunnel))
    return (*(() if exists else create), Command(words, QUICK_S, Effect.CONFIG))


def tunnel_words(tunnel: TunnelDesign) -> tuple[str, ...]:
    """Return the words behind the interface's name, at run time and in rc.conf(5) alike."""
    outer = "inet6" if ":" in tunnel.local else "inet"
    inner = (
        ("inet6", tunnel.inner, tunnel.inner_remote, "prefixlen", "128")
        if ":" in tunnel.inner
        else ("inet", tunnel.inner, tunnel.inner_remote, "netmask", "255.255.255.255")
    )
    between = ("tunnel", tunnel.local, tunnel.remote)
    family = ("inet6",) if outer == "inet6" else ()
    mtu = ("mtu", str(tunnel.mtu)) if tunnel.mtu else ()
    described = ("descr", tunnel.description) if tunnel.description else ()
    return (*inner, *family, *between, *mtu, *described)


def drop_tunnel(name: str) -> Command:
    return Command(("ifconfig", name, "destroy"), QUICK_S, Effect.CONFIG)


def restart_devd() -> Command:
    """Have devd(8) read its rules; a running handler goes on."""
    return Command(("service", "devd", "restart"), DAEMON_S, Effect.CONFIG)


def follow_now() -> Command:
    """Have the handler look at the roles as if one had just changed."""
    return Command(("daemon", "-f", "sh", HANDLER, "--sync"), QUICK_S, Effect.CONFIG)


def mark_drained(path: str, run: str) -> Command:
    """Have the handler do nothing on this router until it is proven."""
    return Command(("tee", path), QUICK_S, Effect.CONFIG, f"{run}\n")


def drop_drained(path: str) -> Command:
    return Command(("rm", "-f", path), QUICK_S, Effect.CONFIG)


def start_frr() -> Command:
    return Command(("service", "frr", "start"), DAEMON_S, Effect.CONFIG)


def stop_frr() -> Command:
    """End what this run has started: nothing rested on it before."""
    return Command(("service", "frr", "stop"), DAEMON_S, Effect.CONFIG)


def restart_frr() -> Command:
    """End every adjacency and begin anew: only where nothing rests on them."""
    return Command(("service", "frr", "restart"), DAEMON_S, Effect.DISRUPTIVE)
