"""Namespaces on one bridge, and what runs in them: our routers, ucarp, a client."""

import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from carp_router import LONE, Lone

from bluegreen.emulator.spec import Durations, InterfaceSpec, MachineSpec, VhidSpec
from bluegreen.lab.config import Station
from bluegreen.lab.control import Look, SetFault, ask
from bluegreen.lab.report import RouterReport

ROOT = Path(__file__).parent.parent.parent
LIMIT_S = 15.0  # the longest that anything here may take
BLUE, GREEN, CLIENT = "router-001", "router-002", "client"
VIP, VIP6 = "192.0.2.230", "2001:db8::230"
OWN = {BLUE: "192.0.2.11", GREEN: "192.0.2.12", CLIENT: "192.0.2.99"}
OWN6 = {BLUE: "2001:db8::11", GREEN: "2001:db8::12", CLIENT: "2001:db8::99"}


def sh(*words: str) -> str:
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"{words}: {done.stderr or done.stdout}"
    return done.stdout


def wait_until(holds: Callable[[], bool], what: str, limit_s: float = LIMIT_S) -> None:
    ends = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < ends, f"not within {limit_s} s: {what}"
        time.sleep(0.002)


class Net:
    """A hub with a bridge, and hosts that hang on it with an interface vmx1 each."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._prefix = f"bg-t{os.getpid()}"

    def namespace(self, host: str) -> str:
        return f"{self._prefix}-{host}"

    def __enter__(self) -> "Net":
        hub = self.namespace("hub")
        try:
            for host in ("hub", *OWN):
                sh("ip", "netns", "add", self.namespace(host))
            sh("ip", "-n", hub, "link", "add", "br0", "type", "bridge")
            sh("ip", "-n", hub, "link", "set", "br0", "up")
            for host in OWN:
                self._plug_in(host)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for host in ("hub", *OWN):
            namespace = self.namespace(host)
            pids = subprocess.run(
                ["ip", "netns", "pids", namespace], check=False, capture_output=True, text=True
            )
            for pid in pids.stdout.split():
                subprocess.run(["kill", "-9", pid], check=False, capture_output=True)
            subprocess.run(["ip", "netns", "del", namespace], check=False, capture_output=True)

    def _plug_in(self, host: str) -> None:
        own, hub = self.namespace(host), self.namespace("hub")
        peer = ("peer", "name", host, "netns", hub)
        sh("ip", "-n", own, "link", "add", "vmx1", "type", "veth", *peer)
        sh("ip", "-n", hub, "link", "set", host, "master", "br0", "up")
        sh(*self.words(host, "sysctl", "-qw", "net.ipv6.conf.vmx1.accept_dad=0"))
        sh("ip", "-n", own, "link", "set", "lo", "up")
        sh("ip", "-n", own, "link", "set", "vmx1", "up")
        sh("ip", "-n", own, "addr", "add", f"{OWN[host]}/24", "dev", "vmx1")
        sh("ip", "-n", own, "addr", "add", f"{OWN6[host]}/64", "dev", "vmx1", "nodad")

    # -- what runs there -----------------------------------------------------

    def words(self, host: str, *words: str) -> tuple[str, ...]:
        return ("ip", "netns", "exec", self.namespace(host), *words)

    def run(self, host: str, *words: str) -> str:
        return sh(*self.words(host, *words))

    def cable(self, host: str, state: str) -> None:
        """Plug or pull a cable at its other end: up or down."""
        sh("ip", "-n", self.namespace("hub"), "link", "set", host, state)

    def addresses(self, host: str) -> frozenset[str]:
        listed = sh("ip", "-n", self.namespace(host), "-o", "addr", "show")
        return frozenset(line.split()[3].partition("/")[0] for line in listed.splitlines())

    @contextmanager
    def process(self, host: str, *words: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
        """Run a program until the end of the block; what it says goes to a file."""
        with log.open("wb") as out:
            process = subprocess.Popen(
                self.words(host, *words),
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
        try:
            yield process
        finally:
            if process.stdin:
                process.stdin.close()
            if not words[0].endswith("python"):  # ours ends with its standard input
                process.terminate()
            try:
                process.wait(LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    @contextmanager
    def router(self, spec: MachineSpec, *masters: int) -> Iterator["Router"]:
        directory = self.directory / spec.name
        directory.mkdir(exist_ok=True)
        for name in ("run", "control"):
            (directory / name).unlink(missing_ok=True)
        roles = tuple((v.interface, v.vhid) for v in spec.vhids if v.vhid in masters)
        station = Station(str(directory / "run"), str(directory / "control"), roles)
        config = directory / "router.json"
        config.write_bytes(LONE.dump_json(Lone(spec, station, directory)))
        program = str(Path(__file__).with_name("carp_router.py"))
        log = directory / "log"
        with self.process(spec.name, sys.executable, program, str(config), log=log) as process:
            wait_until(lambda: log.read_text().startswith("0\n"), f"{spec.name}: {log.read_text()}")
            yield Router(spec.name, station, directory)
        assert process.returncode == 0, log.read_text()


@dataclass(frozen=True, slots=True)
class Router:
    """One of ours that runs."""

    name: str
    station: Station
    directory: Path

    def run(self, *argv: str) -> str:
        """Run a program as a session's shim does; it must succeed."""
        strings = [b"", *(word.encode() for word in argv)]
        with socket.socket(socket.AF_UNIX) as asks:
            asks.settimeout(LIMIT_S)
            asks.connect(self.station.programs)
            asks.sendall(b"".join(struct.pack("!I", len(s)) + s for s in strings))
            asks.shutdown(socket.SHUT_WR)
            reply = asks.makefile("rb").read()
        code, length = struct.unpack_from("!II", reply)
        assert code == 0, reply
        return reply[8 : 8 + length].decode()

    def look(self) -> RouterReport:
        return ask(Path(self.station.control), Look())

    def set_fault(self, field: str, *, value: bool) -> None:
        ask(Path(self.station.control), SetFault(field, value))

    def drain(self) -> None:
        """Raise every skew, then advertise it at once."""
        for role in self.look().roles:
            named = (("peer", role.peer), ("peer6", role.peer6))
            peers = (w for key, peer in named if peer for w in (key, peer))
            self.run("ifconfig", role.interface, "vhid", str(role.vhid), "advskew", "239", *peers)
        self.run("sysctl", "net.inet.carp.demotion=0")

    def wait_for(self, *vhids: int) -> None:
        """Wait until it is MASTER of these and of nothing else."""
        wait_until(lambda: self.look().masters == vhids, f"{self.name} is MASTER of {vhids}")

    @property
    def messages(self) -> str:
        return (self.directory / "messages").read_text()

    @property
    def events(self) -> list[str]:
        return (self.directory / "events").read_text().splitlines()


def a_vhid(number: int = 2, *addresses: str, **changes: object) -> VhidSpec:
    shown = tuple(f"{a}/{128 if ':' in a else 32}" for a in addresses or (VIP,))
    return VhidSpec("vmx1", number, shown, **changes)  # type: ignore[arg-type]


def a_router(name: str, *vhids: VhidSpec, advskew: int = 0) -> MachineSpec:
    own = (f"{OWN[name]}/24", f"{OWN6[name]}/64")
    return MachineSpec(
        name=name,
        interfaces=(InterfaceSpec("vmx1", own, ether="00:50:56:00:00:11"),),
        vhids=tuple(replace(vhid, advskew=advskew) for vhid in vhids or (a_vhid(),)),
        durations=Durations(boot=1.0),
    )


@contextmanager
def a_pair(
    net: Net, *vhids: VhidSpec, green: tuple[VhidSpec, ...] = ()
) -> Iterator[tuple[Router, Router]]:
    """Start two of ours, the first of them MASTER of everything, and let them settle."""
    numbers = tuple(vhid.vhid for vhid in vhids or (a_vhid(),))
    with ExitStack() as stack:
        first = stack.enter_context(net.router(a_router(BLUE, *vhids), *numbers))
        second = stack.enter_context(net.router(a_router(GREEN, *(green or vhids), advskew=100)))
        first.wait_for(*numbers)
        yield first, second
