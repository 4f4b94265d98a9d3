"""A lab from its making to its end: what `lab up`, `lab down` and `lab status` do.

Everything of it lies in one directory, in namespaces whose names begin with
``bg-NAME-``, and in processes that live in them: so whoever comes later finds
all of it again, whatever became of who made it.
"""

import fcntl
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

import bluegreen
from bluegreen.errors import BluegreenError, RefusedError, UsageError
from bluegreen.lab import namespaces, needs, ovh
from bluegreen.lab.bare import password_file
from bluegreen.lab.control import Look, Question, ask
from bluegreen.lab.inventory import Keys, hosts_yaml
from bluegreen.lab.links import port_of
from bluegreen.lab.machines import prepare
from bluegreen.lab.node import keep_secret
from bluegreen.lab.openssh import HOST, make_key
from bluegreen.lab.report import RouterReport
from bluegreen.lab.site import HUB, INNER, WATCH, Options, Site, make_site

DEFAULT = "lab"
PARENT = Path("/run")  # root's alone, gone with a boot, and the same for all who call sudo(8)
START_S = 40.0  # the longest a lab may take to be ready
LOOK_S = 0.05
STATE = "lab.json"
OVH = "ovh"  # a process beside the machines
_NAME = re.compile(r"[a-z0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class Machine:
    """How one machine of a lab is reached."""

    name: str
    namespace: str
    port: int | None = None  # of this machine's loopback; None: it has no sshd
    control: str | None = None  # where an emulated router is asked; None: it is none


@dataclass(frozen=True, slots=True)
class Lab:
    """A lab as its own directory describes it."""

    name: str
    directory: Path
    options: Options
    machines: tuple[Machine, ...]

    @property
    def inventory(self) -> Path:
        """Return a hosts.yaml that reaches it; the pair is called ``lab``."""
        return self.directory / "hosts.yaml"

    @property
    def identity(self) -> Path:
        return self.directory / "keys" / "client"

    @property
    def known_hosts(self) -> Path:
        return self.directory / "known_hosts"

    @property
    def prefix(self) -> str:
        return namespaces.prefix_of(self.name)

    @property
    def site(self) -> Site:
        return make_site(self.options)

    def machine(self, name: str) -> Machine:
        """Return a machine by its name.

        Raises:
            UsageError: there is none of that name.
        """
        for machine in self.machines:
            if machine.name == name:
                return machine
        names = ", ".join(machine.name for machine in self.machines)
        raise UsageError(f"`{name}` is no machine of the lab", "lab", f"Name one of {names}.")

    def machine_state(self, name: str) -> RouterReport:
        """Return how an emulated router is, from the inside."""
        return self.tell(name, Look())

    def tell(self, name: str, question: Question) -> RouterReport:
        """Do something to an emulated router from outside, and return how it is then."""
        control = self.machine(name).control
        assert control is not None, f"{name} is no emulated router"
        return ask(Path(control), question)

    def port_of(self, name: str, interface: str) -> str:
        """Return what a cable is called where it is plugged in, in the hub's namespace."""
        return port_of(self.site, self.site.place(name), interface)

    def plug(self, name: str, interface: str, *, in_: bool) -> None:
        """Pull a cable of a machine, or plug it in again."""
        wish = "up" if in_ else "down"
        port = self.port_of(name, interface)
        namespaces.batch(self.prefix + HUB, [f"link set {port} {wish}"])

    def inside(self, name: str, argv: Sequence[str]) -> list[str]:
        """Return the words that run a program of this machine in one's namespace."""
        return namespaces.inside(self.machine(name).namespace, argv)

    def ssh(self, name: str, *words: str) -> list[str]:
        """Return the words that log in to one."""
        known = ["-o", f"UserKnownHostsFile={self.known_hosts}", "-o", "IdentitiesOnly=yes"]
        port = self.machine(name).port
        if port is None:
            raise UsageError(
                f"nobody can log in to {name}", "lab", f"Try {self.options.routers[0]}."
            )
        return ["ssh", "-F", "none", "-i", str(self.identity), *known, "-p", str(port),
                f"root@{HOST}", *words]  # fmt: skip


_LAB = TypeAdapter(Lab)


def find(name: str = DEFAULT) -> Lab | None:
    """Return a lab that was made, if it was made to its end."""
    try:
        return _LAB.validate_json((directory_of(name) / STATE).read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValidationError):
        return None


def is_up(lab: Lab) -> bool:
    """Whether every machine of a lab, and its management line, still has its processes."""
    alive = (machine.namespace for machine in lab.machines)
    return all(map(namespaces.processes, (lab.prefix + HUB, *alive)))


def up(options: Options = Options(), name: str = DEFAULT) -> Lab:
    """Make a lab, and return once it serves; what is left of one that died goes first.

    Raises:
        RefusedError: this machine lacks something, or a lab of that name is up.
        BluegreenError: it did not come up; nothing of it is left.
    """
    needs.check(ipsec=options.ipsec, ipfo=options.ipfo)
    os.umask(0o022)  # FRR's user and who called sudo read what is made
    try:
        make_site(options)
    except ValueError as error:
        raise UsageError(str(error), "lab", "Choose other options.") from None
    with _alone(name) as directory:
        before = find(name)
        if before is not None and is_up(before):
            advice = f"First: `bluegreen lab down{named(name)}`."
            raise RefusedError(f"lab `{name}` is up already", "lab", advice)
        _clear(name, directory)
        try:
            return _make(options, name, directory)
        except BaseException:
            _clear(name, directory)
            directory.rmdir()
            raise


def down(name: str = DEFAULT) -> bool:
    """Take a lab away, or what is left of it; return whether there was anything."""
    there = directory_of(name).exists() or bool(namespaces.names(namespaces.prefix_of(name)))
    if not there:
        return False
    if os.geteuid() != 0:
        raise RefusedError("a lab is root's", "lab", "Run it with sudo.")
    with _alone(name) as directory:
        _clear(name, directory)
        directory.rmdir()
    return True


@contextmanager
def lab_of(options: Options = Options(), name: str = DEFAULT) -> Iterator[Lab]:
    """Give a lab for as long as the block lasts: for tests, rehearsals and measurements."""
    made = up(options, name)
    try:
        yield made
    finally:
        down(name)


def named(name: str) -> str:
    """Return the option that a command for this lab needs; "" for the one without a name."""
    return "" if name == DEFAULT else f" --name {name}"


def directory_of(name: str) -> Path:
    """Return where a lab lies.

    Raises:
        UsageError: a name that could not be one of a namespace.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"`{name}` cannot name a lab", "--name", "Take a-z and 0-9, at most 12.")
    return PARENT / f"bluegreen-lab-{name}"


# -- inside ------------------------------------------------------------------


@contextmanager
def _alone(name: str) -> Iterator[Path]:
    """Have a lab's directory to ourselves; nobody else may have made it."""
    directory = directory_of(name)
    with suppress(FileExistsError):
        directory.mkdir(mode=0o755)
    try:
        number = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        what = f"{directory}: {error.strerror}"
        raise RefusedError(what, "lab", "Look who put it there.") from None
    try:
        if os.fstat(number).st_uid != os.geteuid():
            raise RefusedError(f"{directory} is somebody else's", "lab", "Look who made it.")
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield directory
    except BlockingIOError:
        what = f"another process is at lab `{name}` right now"
        raise RefusedError(what, "lab", "Wait for it.") from None
    finally:
        os.close(number)


def _clear(name: str, directory: Path) -> None:
    namespaces.clear(namespaces.prefix_of(name))
    for entry in directory.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _make(options: Options, name: str, directory: Path) -> Lab:
    site, prefix = make_site(options), namespaces.prefix_of(name)
    (directory / "log").mkdir()
    (directory / "keys").mkdir()
    make_key(directory / "keys" / "client")
    _make_passwords(directory / "keys", options)
    launched = prepare(site, directory)
    namespaces.build(site, prefix)
    for each in launched:
        argv = namespaces.inside(prefix + each.name, each.argv)
        _start(prefix, argv, directory / "log" / each.name)
    managed = (each.name for each in launched if each.host_key)
    targets = {name: f"{site.place(name).address}:22" for name in managed}
    if options.ipfo:
        argv = namespaces.inside(prefix + HUB, ovh.words_of(site))
        _start(prefix, argv, directory / "log" / OVH)
        targets[OVH] = f"{WATCH}:{ovh.PORT}"
    ports = _relay(targets, directory, prefix)
    if options.ipfo:
        ovh.write_keys(directory / "keys" / "ovh.conf", ports.pop(OVH))
    machines = tuple(
        Machine(each.name, prefix + each.name, ports.get(each.name), each.control)
        for each in launched
    )
    lab = Lab(name, directory, options, machines)
    host_keys = {each.name: each.host_key for each in launched}
    known = (f"[{HOST}]:{port} {host_keys[machine]}" for machine, port in ports.items())
    lab.known_hosts.write_text("".join(known))
    lab.inventory.write_text(hosts_yaml(ports, Keys(lab.identity, lab.known_hosts), options))
    _hand_over(lab)
    _wait(lab)
    (directory / STATE).write_bytes(_LAB.dump_json(lab, indent=1))
    return lab


def _make_passwords(directory: Path, options: Options) -> None:
    """Choose those of the vhids that bare routers are to have; one has at most 20 octets."""
    whole = make_site(options.finished).place(options.routers[0]).spec
    for vhid in whole.vhids if options.bare and whole else ():
        keep_secret(password_file(directory, vhid.vhid), f"{secrets.token_hex(10)}\n")


def _hand_over(lab: Lab) -> None:
    """Give what opens its doors to who called sudo(8), so that an upgrade needs no root."""
    user, group = os.environ.get("SUDO_UID"), os.environ.get("SUDO_GID")
    if user and group:
        keys = lab.identity.parent
        for file in (lab.identity, *keys.glob("carp-*"), *keys.glob("ovh.conf")):
            os.chown(file, int(user), int(group))


def _relay(targets: Mapping[str, str], directory: Path, prefix: str) -> dict[str, int]:
    """Start the management line, and return the port of this machine that leads to each target."""
    listening = {name: socket.create_server((HOST, 0)) for name in targets}
    words = [f"{server.fileno()}={targets[name]}" for name, server in listening.items()]
    argv = namespaces.inside(prefix + HUB, [sys.executable, "-m", "bluegreen.lab.relay", *words])
    passed = tuple(server.fileno() for server in listening.values())
    _start(prefix, argv, directory / "log" / "relay", passed)
    ports = {name: int(server.getsockname()[1]) for name, server in listening.items()}
    for server in listening.values():
        server.close()
    return ports


def _start(prefix: str, argv: Sequence[str], log: Path, passed: Sequence[int] = ()) -> None:
    """Start what lives on when we are gone."""
    root = str(Path(bluegreen.__file__).parent.parent)
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    with log.open("ab") as said:
        subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            cwd="/",
            start_new_session=True,
            pass_fds=passed,
            env={**os.environ, "PYTHONPATH": path, namespaces.MARK: prefix},
        )


def _wait(lab: Lab) -> None:
    """Return once every sshd greets, every vhid has one MASTER, and tunnels have converged."""
    deadline_s = time.monotonic() + START_S
    while missing := _missing(lab):
        if time.monotonic() > deadline_s:
            what = f"the lab does not come up: {missing}{_last_words(lab.directory)}"
            raise BluegreenError(what, "lab", "Nothing of it is left. Try once more.")
        time.sleep(LOOK_S)


def _last_words(directory: Path) -> str:
    """Return the last line of every log, since the logs go with the lab."""
    said = ((log, log.read_text(errors="replace").split("\n")) for log in directory.glob("log/*"))
    return "".join(f"\n  {log.name}: {lines[-2]}" for log, lines in said if lines[1:])


def _missing(lab: Lab) -> str:
    """Return what keeps a lab from being ready; "" where nothing does."""
    for machine in lab.machines:
        if machine.port is not None and not _greets(machine.port):
            return f"sshd of {machine.name} does not answer"
    for place in (lab.site.place(name) for name in lab.options.routers):
        assert place.spec is not None
        masters = lab.machine_state(place.name).masters
        for vhid in place.spec.vhids:
            if (vhid.vhid in masters) is not (vhid.advskew == min(lab.options.skews)):
                return f"vhid {vhid.vhid} of {place.name} has not settled"
    if lab.options.tunnel == "none" or lab.options.bare:
        return ""
    waiting = (end.name for end in lab.site.far_ends if not _has_learned(lab, end.name))
    return next((f"{name} has not learned {INNER}" for name in waiting), "")


def _has_learned(lab: Lab, far_end: str) -> bool:
    """Whether the far end of a tunnel knows the way to the network behind the routers."""
    words = lab.inside(far_end, ["ip", "route", "show", INNER])
    return bool(subprocess.run(words, capture_output=True, check=False).stdout)


def _greets(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=2.0) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False
