"""Two emulated routers behind two real sshd on this machine's loopback."""

import getpass
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

import bluegreen
from bluegreen.emulator.spec import Durations, MachineSpec, VhidSpec
from bluegreen.errors import BluegreenError
from bluegreen.lab.config import RouterConfig, Specs, write_config
from bluegreen.lab.control import CutOff, Look, PowerCycle, SetFault, ask
from bluegreen.lab.openssh import HOST, make_key
from bluegreen.lab.report import RouterReport

START_S = 30.0  # the longest a router may take to answer for the first time
STOP_S = 5.0
LOOK_S = 0.005  # how often a server that starts is looked at

QUICK = Durations(
    fetch=0.3, upgrade=0.4, install=0.6, rollback=0.4, boot=1.5, ospf_converge=0.3, other=0.2
)
"""Real time, and no more of it than it takes to tell one thing from the next; s."""


@dataclass(frozen=True, slots=True)
class LoopbackRouter:
    """How one router is reached."""

    name: str
    host: str
    port: int
    user: str
    identity: Path
    known_hosts: Path


def quick(spec: MachineSpec) -> MachineSpec:
    """Return the router with durations that a test can wait for."""
    return replace(spec, durations=QUICK)


class LoopbackPair:
    """Both routers, from their start to their end; a context manager.

    Args:
        specs: The routers. Each shared vhid begins with the lower skew as its
            MASTER, of two equals with the first router.
        directory: Empty or missing; keys, logs and hosts.yaml lie there.
    """

    def __init__(self, specs: Specs, directory: Path) -> None:
        self._specs = specs
        self._directory = directory.absolute()
        self._processes: list[subprocess.Popen[str]] = []
        self._configs: tuple[RouterConfig, ...] = ()
        self.sockets: Path | None = None
        self.routers: tuple[LoopbackRouter, ...] = ()

    def __enter__(self) -> "LoopbackPair":
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()
        failed = [c for c, p in zip(self._configs, self._processes, strict=False) if p.returncode]
        if failed and error is None:
            raise _failure(failed[0], "it ended by itself")

    # -- what one can ask ----------------------------------------------------

    @property
    def inventory(self) -> Path:
        """The hosts.yaml that reaches both; the pair is called ``edge``."""
        return self._directory / "hosts.yaml"

    def router(self, name: str) -> LoopbackRouter:
        return next(router for router in self.routers if router.name == name)

    def machine_state(self, name: str) -> RouterReport:
        """Return how a router is, from the inside."""
        return ask(self._config(name).control, Look())

    def set_fault(self, name: str, field: str, value: bool | float) -> RouterReport:
        """Turn a switch of MachineFaults."""
        return ask(self._config(name).control, SetFault(field, value))

    def power_cycle(self, name: str) -> RouterReport:
        """Switch a router off and on again, also one that hangs in its boot."""
        return ask(self._config(name).control, PowerCycle())

    def cut_off(self, name: str) -> RouterReport:
        """Cut every connection to a router that lives on."""
        return ask(self._config(name).control, CutOff())

    @contextmanager
    def suspended(self, name: str) -> Iterator[None]:
        """Have a router hang: its sshd takes connections, and no program on it answers."""
        process = self._processes[self._configs.index(self._config(name))]
        process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)

    def _config(self, name: str) -> RouterConfig:
        return next(config for config in self._configs if config.spec.name == name)

    # -- start and end -------------------------------------------------------

    def _start(self) -> None:
        self._directory.mkdir(exist_ok=True)
        self.sockets = Path(tempfile.mkdtemp(prefix="bluegreen-"))
        identity = self._directory / "client_key"
        client = make_key(identity)
        host_keys = [self._prepare(spec, client) for spec in self._specs]
        masters = first_masters(self._specs)
        self._configs = tuple(
            RouterConfig(
                self._specs, index, self._directory / spec.name, self.sockets, masters[index]
            )
            for index, spec in enumerate(self._specs)
        )
        for config in self._configs:
            self._processes.append(_start_process(config))
        ports = [_port(*started) for started in zip(self._configs, self._processes, strict=True)]
        known_hosts = self._directory / "known_hosts"
        known = zip(ports, host_keys, strict=True)
        known_hosts.write_text("".join(f"[{HOST}]:{port} {key}" for port, key in known))
        self.routers = tuple(
            LoopbackRouter(spec.name, HOST, port, getpass.getuser(), identity, known_hosts)
            for spec, port in zip(self._specs, ports, strict=True)
        )
        self.inventory.write_text(hosts_yaml(self.routers))

    def _prepare(self, spec: MachineSpec, client: str) -> str:
        """Make a router's directory, and return the public half of its host key."""
        directory = self._directory / spec.name
        directory.mkdir()
        (directory / "authorized_keys").write_text(client)
        return make_key(directory / "host_key")

    def _stop(self) -> None:
        for process in self._processes:
            if process.stdin:
                process.stdin.close()
        for process in self._processes:
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout:
                process.stdout.close()
        if self.sockets:
            shutil.rmtree(self.sockets, ignore_errors=True)


def first_masters(specs: Specs) -> tuple[tuple[tuple[str, int], ...], ...]:
    """Return the vhids, each with its interface, that either router is MASTER of at first."""
    firsts: list[tuple[str, int]] = []
    seconds: list[tuple[str, int]] = []
    for first in specs[0].vhids:
        second = next((v for v in specs[1].vhids if _is_shared(first, v)), None)
        if second and (second.advbase, second.advskew) < (first.advbase, first.advskew):
            seconds.append((second.interface, second.vhid))
        else:
            firsts.append((first.interface, first.vhid))
    return tuple(firsts), tuple(seconds)


def _is_shared(first: VhidSpec, second: VhidSpec) -> bool:
    return first.vhid == second.vhid and set(first.addresses) == set(second.addresses)


def hosts_yaml(routers: tuple[LoopbackRouter, ...]) -> str:
    """Return the inventory; a string of JSON is one of YAML too."""
    reached = "".join(
        f"  {r.name}: {{address: {r.host}, port: {r.port}, user: {json.dumps(r.user)},"
        f" identity: {json.dumps(str(r.identity))},"
        f" known_hosts: {json.dumps(str(r.known_hosts))}}}\n"
        for r in routers
    )
    names = ", ".join(router.name for router in routers)
    return f"routers:\n{reached}pairs:\n  edge: {{routers: [{names}]}}\n"


# -- one process -------------------------------------------------------------


def _start_process(config: RouterConfig) -> subprocess.Popen[str]:
    """Start a router; it lives as long as we hold the other end of its standard input."""
    file = config.directory / "router.json"
    write_config(config, file)
    root = str(Path(bluegreen.__file__).parent.parent)
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    with (config.directory / "router.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "bluegreen.lab.router", str(file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**os.environ, "PYTHONPATH": path},
        )


def _port(config: RouterConfig, process: subprocess.Popen[str]) -> int:
    """Wait until a router has settled and its sshd answers; return the port of it."""
    assert process.stdout is not None
    limit_s = START_S + config.spec.durations.ospf_converge
    said = process.stdout.readline() if select.select([process.stdout], [], [], limit_s)[0] else ""
    if said:
        port = int(said)
        for _ in range(int(START_S / LOOK_S)):
            if _greets(port):
                return port
            if select.select([process.stdout], [], [], LOOK_S)[0]:  # it has ended
                break
    raise _failure(config, "it does not start")


def _greets(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=1.0) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def _failure(config: RouterConfig, what: str) -> BluegreenError:
    log = config.directory / "router.log"
    said = log.read_text().strip().splitlines()
    return BluegreenError(": ".join((what, *said[-1:])), config.spec.name, f"Read {log}.")
