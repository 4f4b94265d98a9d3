"""Two routers and the far end of their tunnels on one segment: namespaces of one test."""

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

from bluegreen.lab.frr import FrrSpec, frr_conf, frr_daemons
from bluegreen.lab.gre_config import TunnelConfig, write_tunnels
from bluegreen.lab.vty import DIRECT, vtysh
from bluegreen.model.command import Output
from bluegreen.model.routing import Ospf
from bluegreen.routing.frr import parse_ospf_json

VIP = "198.51.100.230"
REAL = {"a": "198.51.100.11", "b": "198.51.100.12", "far": "198.51.100.30"}
INNER = "172.27.27.0/27"  # behind the routers
BEHIND = "172.30.0.1/32"  # behind the far end
NEAR_INNER, FAR_INNER = "10.255.0.1", "10.255.0.2"
LIMIT_S = 20.0
_LOOK_S = 0.01
_numbers = count()
_NETSTAT = "from bluegreen.lab.programs import Fib; print(Fib().netstat(), end='')"

QUIET = {
    "net.ipv4.ip_forward": "1",
    "net.ipv4.conf.all.rp_filter": "0",
    "net.ipv4.conf.default.rp_filter": "0",
    "net.ipv6.conf.all.accept_dad": "0",
    "net.ipv6.conf.default.accept_dad": "0",
}


def wait_for(holds: Callable[[], bool], what: str, limit_s: float = LIMIT_S) -> float:
    """Return after how many seconds it held; fail if it never did."""
    began_s = time.monotonic()
    while not holds():
        assert time.monotonic() < began_s + limit_s, f"not within {limit_s} s: {what}"
        time.sleep(_LOOK_S)
    return time.monotonic() - began_s


class GreNet:
    """The namespaces, and what a test does in them."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self.directory, self.stack = directory, stack
        self._prefix = f"bg-t{os.getpid()}-{next(_numbers)}"

    def namespace(self, place: str) -> str:
        return f"{self._prefix}{place}"

    def build(self) -> None:
        """Make the routers a and b and the far end, each plugged into one bridge."""
        for place in ("hub", *REAL):
            self.stack.callback(
                subprocess.run, ["ip", "netns", "delete", self.namespace(place)], check=True
            )
            subprocess.run(["ip", "netns", "add", self.namespace(place)], check=True)
            self.ip(place, "link set lo up")
        self.ip("hub", "link add wan type bridge", "link set wan up")
        for place, address in REAL.items():
            sysctls = [f"{name}={value}" for name, value in QUIET.items()]
            self.run(place, "sysctl", "-q", "-w", *sysctls)
            peer = f"vmx1 netns {self.namespace(place)}"
            self.ip("hub", f"link add to-{place} type veth peer name {peer}")
            self.ip("hub", f"link set to-{place} master wan up")
            self.ip(place, f"address add {address}/24 dev vmx1", "link set vmx1 up")
        self.ip("far", f"address add {BEHIND} dev lo")
        for number, place in enumerate(("a", "b"), 2):
            self.ip("hub", f"link add lan-{place} type veth peer name vmx2 netns "
                    f"{self.namespace(place)}", f"link set lan-{place} up")  # fmt: skip
            self.ip(place, f"address add 172.27.27.{number}/27 dev vmx2", "link set vmx2 up")

    def ip(self, place: str, *lines: str) -> None:
        said = "".join(f"{line}\n" for line in lines)
        words = ["ip", "-n", self.namespace(place), "-batch", "-"]
        subprocess.run(words, input=said, text=True, check=True)

    def inside(self, place: str, *words: str) -> list[str]:
        return ["ip", "netns", "exec", self.namespace(place), *words]

    def run(self, place: str, *words: str) -> str:
        ended = subprocess.run(
            self.inside(place, *words),
            capture_output=True,
            text=True,
            check=False,
            timeout=LIMIT_S,
        )
        return ended.stdout + ended.stderr

    def start(self, place: str, *words: str) -> subprocess.Popen[str]:
        """Start a program that ends with the test."""
        process = subprocess.Popen(
            self.inside(place, *words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.stack.callback(_end, process)
        return process

    def carry(self, place: str, *tunnels: TunnelConfig) -> subprocess.Popen[str]:
        """Start the tunnels of a place, and return once they are up."""
        file = self.directory / f"gre-{place}.json"
        write_tunnels(tunnels, file)
        process = self.start(place, sys.executable, "-m", "bluegreen.lab.gre", str(file))
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    def route(self, place: str, spec: FrrSpec) -> "Frr":
        """Start FRR in a root of its own; it ends with the test."""
        directory = self.directory / f"frr-{place}"
        directory.mkdir()
        (directory / "frr.conf").write_text(frr_conf(spec))
        (directory / "vtysh.conf").touch()
        script = ["mount -t tmpfs tmpfs /run", f"mount --bind {directory} /etc/frr"]
        script += [f"{shlex.join(words)} &" for words in frr_daemons()]
        unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"]
        words = self.inside(place, *unshare, "sh", "-c", "\n".join([*script, "sleep infinity"]))
        with (directory / "log").open("w") as log:
            process = subprocess.Popen(words, stdout=log, stderr=log)
        self.stack.callback(_end, process)
        return Frr(process)

    def netstat(self, place: str) -> str:
        return self.run(place, sys.executable, "-c", _NETSTAT)

    def capture(self, place: str, *words: str) -> "Capture":
        """Start tcpdump(8) on the outer link; it ends by itself after a while."""
        watched = ("timeout", str(LIMIT_S), "tcpdump", "-i", "vmx1", "-n", "-l", "--immediate-mode")
        return Capture(self.start(place, *watched, *words))

    def carrier(self, place: str, name: str = "gre0") -> bool:
        shown = self.run(place, "ip", "-j", "link", "show", name)
        return "LOWER_UP" in json.loads(shown)[0]["flags"]

    def move_vip(self, old: str, new: str) -> None:
        """Take the VIP from one router to the other, and tell the segment."""
        self.ip(old, f"address delete {VIP}/32 dev vmx1")
        self.give_vip(new)

    def give_vip(self, router: str) -> None:
        self.ip(router, f"address add {VIP}/32 dev vmx1")
        self.ip("far", "neigh flush dev vmx1")

    def ping(self, place: str, *words: str) -> str:
        return self.run(place, "ping", "-n", "-q", "-W", "0.5", *words)


class Frr:
    """FRR of one place."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        wait_for(lambda: bool(children.read_text()), "its first process")
        self._first = children.read_text().strip()
        self.root = Path(f"/proc/{self._first}/root")

    def ask(self, question: str) -> Output:
        return vtysh(self.root, ("-c", question))

    def real_vtysh(self, question: str) -> Output:
        words = ["chroot", str(self.root), "vtysh", "-c", question]
        ended = subprocess.run(words, capture_output=True, text=True, check=False, timeout=LIMIT_S)
        return Output(ended.stdout, ended.stderr, ended.returncode)

    def ospf(self) -> Ospf:
        """Return what bluegreen reads of it."""
        asked = ("show ip ospf neighbor json", "show ip ospf json", "show ip route ospf json")
        return parse_ospf_json(*(self.ask(question).stdout for question in asked))

    def answers(self) -> bool:
        return all(self.ask(question).ok for question in DIRECT)

    def signal(self, daemon: str, name: str) -> None:
        """Send a signal to one daemon."""
        pid = (self.root / f"run/frr/{daemon}.pid").read_text().strip()
        enter = ["nsenter", "--target", self._first, "--mount", "--pid"]
        subprocess.run([*enter, "kill", f"-{name}", pid], check=True)


class Capture:
    """What tcpdump(8) saw."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        assert process.stdout is not None
        while "listening on" not in process.stdout.readline():
            assert process.poll() is None

    def lines(self) -> list[str]:
        """End it, and return what it said."""
        self._process.terminate()
        return self.lines_to_the_end()

    def lines_to_the_end(self) -> list[str]:
        """Return what it said when it had as many packets as were asked for."""
        assert self._process.stdout is not None
        return self._process.stdout.read().splitlines()


def tunnel(local: str) -> TunnelConfig:
    """Return the near end of a tunnel."""
    return TunnelConfig("gre0", NEAR_INNER, FAR_INNER, local, REAL["far"])


def far_tunnel(remote: str) -> TunnelConfig:
    return TunnelConfig("gre0", FAR_INNER, NEAR_INNER, REAL["far"], remote)


@contextmanager
def gre_net(directory: Path) -> Iterator[GreNet]:
    with ExitStack() as stack:
        net = GreNet(directory, stack)
        net.build()
        yield net


def _end(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
