"""ping: who answers through a tunnel, to a small packet and to a whole one."""

from bluegreen.emulator.spec import InterfaceSpec
from bluegreen.emulator.system import Call, System, misused, ok
from bluegreen.freebsd.tunnelping import HEADERS
from bluegreen.model.command import Output

_SILENT = 2  # ping(8): nothing came back


def run(system: System, call: Call) -> Output:
    """Answer ``ping -n -D -c 1 -t S -s SIZE -S SOURCE TARGET``."""
    match call.words:
        case ("-n", "-D", "-c", "1", "-t", _, "-s", size, "-S", source, target) if size.isdigit():
            return _echo(system, int(size), source, target)
        case ("-n", "-c", "2", "-t", _, target):
            return _vip(system, target)
    return misused("ping [-4AaDdfHnoQqRrv] [-c count] [-s packetsize] [-t timeout] host")


def _vip(system: System, target: str) -> Output:
    """Ask a VIP from the router itself: who routes it to itself is answered."""
    served = system.network.serves(target) and target not in system.spec.lacks_own_route
    received, lost = (2, "0.0") if served else (0, "100.0")
    text = (
        f"PING {target} ({target}): 56 data bytes\n\n--- {target} ping statistics ---\n"
        f"2 packets transmitted, {received} packets received, {lost}% packet loss\n"
    )
    return Output(text, "", 0 if served else _SILENT)


def through(call: Call, timeout: str, words: list[str]) -> Output:
    """Run PINGS_SH: one ping a word, each with its own head and end."""
    blocks = []
    for word in words:
        said = call.run(("ping", "-n", "-D", "-c", "1", "-t", timeout, "-s", *word.split()), "")
        text = (said.stdout + said.stderr).rstrip("\n")
        blocks.append(f"ping {word}\n{text}\nexit {said.code}\n")
    return ok("".join(blocks))


def _echo(system: System, size: int, source: str, target: str) -> Output:
    head = f"PING {target} ({target}) from {source}: {size} data bytes\n"
    tunnel = next((i for i in system.network.interfaces if i.destination == target), None)
    length = size + HEADERS[6 if ":" in target else 4]
    passes = tunnel is not None and _passes(system, tunnel)
    if passes and tunnel is not None and length > tunnel.mtu:
        return Output(f"{head}{_end(target, 0)}", "ping: sendto: Message too long\n", _SILENT)
    narrow = system.faults.tunnel_narrow and tunnel is not None and length == tunnel.mtu
    if not passes or narrow:
        return Output(f"{head}{_end(target, 0)}", "", _SILENT)
    echo = f"{size + 8} bytes from {target}: icmp_seq=0 ttl=64 time=18.659 ms\n"
    return ok(f"{head}{echo}{_end(target, 1)}")


def _passes(system: System, tunnel: InterfaceSpec) -> bool:
    """Whether an echo finds its way: the outer address must be at home here, for its reply."""
    network, ends = system.network, tunnel.tunnel
    if ends is None or not network.is_up(tunnel.name) or system.faults.tunnel_one_way:
        return False
    at_home = network.serves(ends.local) if ends.local in network.vips else True
    return at_home and not network.ipsec.keeps_out(ends)


def _end(target: str, received: int) -> str:
    lost = 0.0 if received else 100.0
    times = "round-trip min/avg/max/stddev = 18.659/18.659/18.659/0.000 ms\n" if received else ""
    return (
        f"\n--- {target} ping statistics ---\n"
        f"1 packets transmitted, {received} packets received, {lost}% packet loss\n{times}"
    )
