"""What begins with a router's boot, and follows what its machine is told: tunnels, FRR, devd."""

import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from bluegreen.emulator.machine import Machine
from bluegreen.freebsd.devd import HANDLER, RULE
from bluegreen.freebsd.paths import Paths
from bluegreen.lab.charon import follow_line
from bluegreen.lab.frr import CONF, FREEBSD_CONF, frr_restarted
from bluegreen.lab.gre_config import TunnelConfig, write_tunnels
from bluegreen.lab.node import Node
from bluegreen.lab.tunnels import tunnels_of

MIRRORED = (RULE, HANDLER, Paths().drained)
"""Files of the emulated router that real programs read: devd's handler."""


class Booted:
    """The processes of a router that runs: its node, the carrier of its tunnels, its daemons."""

    def __init__(
        self,
        machine: Machine,
        node: Node,
        routes: tuple[str, ...],
        carried: "Carried",
        vip: str | None = None,
    ) -> None:
        """Take what a router is made of; ``vip`` is what its SAs follow, if any do."""
        self._machine, self._node = machine, node
        self._routes = routes
        self._carried = carried
        self._vip, self._serves, self._turn = vip, False, 0
        self.port = node.port
        self._starts = 0  # of FRR, as far as they were followed
        self._files: int | None = None  # version of the files that were mirrored
        self._mirrored: dict[str, str] = {}
        self._events: list[str] = []  # that came before the node ran
        machine.have_handler_run(self._events.append)

    @property
    def runs(self) -> bool:
        return self._node.runs

    def start(self) -> None:
        _ip(self._routes)
        self._carried.start(self._machine)
        self._node.start()
        self.follow()

    def stop(self) -> None:
        self._node.stop()
        self._carried.stop()
        self._starts = 0
        self._serves = False
        self._events.clear()

    def follow(self) -> None:
        if not self._node.runs:
            return
        self._carried.follow(self._machine)
        self._mirror()
        self._follow_frr()
        self._follow_vip()
        for line in self._events:
            self._node.run(line)
        self._events.clear()

    def _follow_frr(self) -> None:
        starts = self._machine.routing_starts
        if starts == self._starts:
            return
        self._starts = starts
        conf = self._machine.files.find(FREEBSD_CONF)
        if conf is not None and conf.text is not None:
            self._node.put(CONF, conf.text)
        self._node.run(frr_restarted(runs=starts > 0))

    def _follow_vip(self) -> None:
        """Have SAs negotiated where the VIP is; a boot begins without any."""
        serves = self._vip is not None and self._machine.serves(self._vip)
        if serves is not self._serves:
            self._serves = serves
            self._turn += 1
            self._node.run(follow_line(self._turn, serves=serves))

    def _mirror(self) -> None:
        """Lay down what real programs read, where it is another one than before."""
        files = self._machine.files
        if self._files == files.version:
            return
        self._files = files.version
        nodes = ((path, files.find(path)) for path in MIRRORED)
        there = {path: node for path, node in nodes if node is not None and node.text is not None}
        for path, node in there.items():
            if self._mirrored.get(path) != node.text:
                self._node.put(path, node.text or "", node.mode)
                self._node.run(":")
        for path in self._mirrored.keys() - there.keys():
            self._node.remove(path)
        self._mirrored = {path: node.text or "" for path, node in there.items()}


class Carried:
    """A router's tunnels, and the process that carries them."""

    def __init__(self, file: Path, *, bug166462: bool, mark: int = 0) -> None:
        self._file, self._bug166462, self._mark = file, bug166462, mark
        self._process: subprocess.Popen[bytes] | None = None
        self._version: tuple[bool, int, int] | None = None
        self._tunnels: tuple[TunnelConfig, ...] = ()

    def start(self, machine: Machine) -> None:
        self._tunnels, self._version = (), None
        self.follow(machine)

    def follow(self, machine: Machine) -> None:
        """Have the tunnels that ifconfig(8) shows, up or down."""
        if self._version == machine.service:
            return
        self._version = machine.service
        wanted = tunnels_of(
            machine.tunnels, machine.downed, bug166462=self._bug166462, mark=self._mark
        )
        if wanted == self._tunnels:
            return
        self._tunnels = wanted
        write_tunnels(wanted, self._file)
        if self._process is None:
            words = [sys.executable, "-m", "bluegreen.lab.gre", str(self._file), "-"]
            self._process = subprocess.Popen(words, stdin=subprocess.PIPE)
        elif self._process.stdin is not None:
            with suppress(BrokenPipeError):  # it has died, and its tunnels with it
                self._process.stdin.write(b"\n")
                self._process.stdin.flush()

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            if process.stdin is not None:
                process.stdin.close()


def _ip(commands: Iterable[str]) -> None:
    """Give the static routes, which left with the links."""
    said = "".join(f"{line}\n" for line in commands)
    subprocess.run(["ip", "-force", "-batch", "-"], input=said, text=True, check=False)
