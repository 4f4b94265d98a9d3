"""daemon, ps, sh, service, shutdown: programs about programs."""

import re
import shlex
from collections.abc import Iterator

from bluegreen.emulator import locking, ping, site, textutils
from bluegreen.emulator.files import PathError
from bluegreen.emulator.processes import Job
from bluegreen.emulator.spec import Durations
from bluegreen.emulator.system import Call, System, failed, misused, ok
from bluegreen.freebsd.commands import JOB, JOB_YES
from bluegreen.freebsd.devd import HANDLER
from bluegreen.freebsd.locking import BREAK, TAKE
from bluegreen.freebsd.ospf_costs import SAVE
from bluegreen.freebsd.passes import PASSES_SH
from bluegreen.freebsd.site import LINES_SH
from bluegreen.freebsd.sitecommands import APPLY_SH
from bluegreen.freebsd.tunnelping import PINGS_SH
from bluegreen.model.command import Output
from bluegreen.model.routing import REHEARSED_VERSIONS

OVER_FILES = (LINES_SH, APPLY_SH, PASSES_SH)
SYNC_S = 0.2  # devd's handler without its hook
_IN_USE = 3  # errx(3, ...) of daemon.c


def daemon(system: System, call: Call) -> Output:
    """Start a job; it outlives the connection and ends by itself."""
    options: dict[str, str] = {}
    rest = list(call.words)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option in ("-p", "-o", "-P", "-t", "-u") and rest:
            options[option] = rest.pop(0)
        elif option not in ("-f", "-c", "-r", "-S"):
            return misused("daemon [-cfHrS] [-p child_pidfile] [-P supervisor_pidfile] command")
    if not rest:
        return misused("daemon [-cfHrS] [-p child_pidfile] [-P supervisor_pidfile] command")
    pidfile = options.get("-p")
    running = next((j for j in system.processes.jobs if pidfile and j.pidfile == pidfile), None)
    if running is not None:
        return failed(f"daemon: process already running, pid: {running.pid}", _IN_USE)
    argv, stdin, status = _unwrapped(tuple(rest))
    processes = system.processes
    job = Job(
        argv=argv,
        stdin=stdin,
        ends_s=system.now + duration_s(argv, system.spec.durations),
        supervisor=processes.new_pid(),
        pid=processes.new_pid(),
        pidfile=pidfile,
        log=options.get("-o"),
        status=status,
    )
    files = system.storage.files
    try:
        if job.log is not None:
            files.write(job.log, "", 0o600)
        if job.pidfile is not None:
            files.write(job.pidfile, str(job.pid), 0o600)
    except PathError as error:
        return failed(f"daemon: pidfile or output file: {error}", 2)
    processes.start(job)
    return ok()


def _unwrapped(argv: tuple[str, ...]) -> tuple[tuple[str, ...], str, str | None]:
    """Return the program of a job, what it reads, and where its exit status goes."""
    match argv:
        case ("sh", "-c", wrapper, "job", status, *program) if wrapper in (JOB, JOB_YES):
            return tuple(program), "y\n" if wrapper == JOB_YES else "", status
    return argv, "", None


def duration_s(argv: tuple[str, ...], durations: Durations) -> float:
    """Return how long a program takes, s."""
    match [word for word in argv if "=" not in word and word != "env"]:
        case ["sleep", seconds]:
            return float(seconds)
        case ["sh", _, "--sync"]:
            return SYNC_S
        case ["freebsd-update", *words]:
            times = {
                "fetch": durations.fetch,
                "upgrade": durations.upgrade,
                "install": durations.install,
                "rollback": durations.rollback,
            }
            return next((times[word] for word in words if word in times), durations.other)
    return durations.other


def sh(system: System, call: Call) -> Output:
    """Check or run a script, or run a job's wrapper in the foreground."""
    match call.words:
        case (path, *_) if path == HANDLER:
            return site.handler(system, call)
        case ("-n", path):
            return textutils.check_syntax(system, path)
        case ("-c", line, *rest):
            return _line(system, call, line, rest)
    return misused("sh [-/+abCEefhIimnPpTuVvx] [-c string] [file [arg ...]]")


def _line(system: System, call: Call, line: str, rest: list[str]) -> Output:
    """Run a line that is one of ours with its arguments, or a plain command."""
    match rest:
        case ["lines" | "apply" | "passes", *words] if line in OVER_FILES:
            return _of_site(system, call, words)
        case ["job", status, *program] if line in (JOB, JOB_YES):
            said = call.run(tuple(program), "y\n" if line == JOB_YES else "")
            system.storage.files.write(status, f"{said.code}\n")
            return Output(said.stdout, said.stderr, 0)
        case ["lock", *words] if line in (TAKE, BREAK):
            return locking.run(system, call, words)
        case ["costs" | "pings" as what, first, *words] if line in (SAVE, PINGS_SH):
            pinging = what == "pings"
            return (
                ping.through(call, first, words) if pinging else _save_costs(system, call, *words)
            )
        case []:
            return call.run(tuple(shlex.split(line)), call.stdin)
    return misused("sh [-/+abCEefhIimnPpTuVvx] [-c string] [file [arg ...]]")


def _of_site(system: System, call: Call, words: list[str]) -> Output:
    """Run what `check` or `provision` asks of files, or what `provision` sends."""
    if call.words[1] == PASSES_SH:
        return textutils.password_digests(system, words[0], words[1:])
    if call.words[1] == LINES_SH:
        return textutils.vhid_lines(system, words)
    path, variable, interface = words
    return _apply(system, call, path, variable, interface)


def _save_costs(system: System, call: Call, path: str) -> Output:
    """What SAVE does with COSTS_AWK."""
    said = call.run(("vtysh", "-c", "show running-config"), "")
    if not said.ok:
        return Output("", said.stderr, 1)
    kept, name = ["costs\n"], ""
    for line in said.stdout.splitlines():
        match line.split(" "):
            case ["interface", name, *_]:
                pass
            case ["", "ip", "ospf", "cost", *words]:
                kept.append(f"{name} {' '.join(words)} \n")
    try:
        system.storage.files.write(path, "".join(kept))
    except PathError as error:
        return failed(f"tee: {error}")
    return ok()


def _apply(system: System, call: Call, path: str, variable: str, interface: str) -> Output:
    """Source a file, and hand the words of one of its variables to ifconfig(8)."""
    node = system.storage.files.find(path)
    if node is None:
        return failed(f"sh: cannot open {path}: No such file or directory", 2)
    match = re.search(rf"^[ \t]*{variable}=([\"'])(.*)\1", node.text or "", re.MULTILINE)
    words = match[2].split() if match else []
    return call.run(("ifconfig", interface, *words), "")


def kldload(system: System, call: Call) -> Output:
    if call.words != ("-n", "carp"):
        return misused("kldload [-nqv] file ...")
    system.carp_loaded = True
    system.network.version += 1
    return ok()


def kldunload(system: System, call: Call) -> Output:
    if call.words != ("carp",):
        return misused("kldunload [-fv] [-i id] [-n] name ...")
    if not system.carp_loaded:
        return failed("kldunload: can't find file carp")
    if system.network.carp.vhids():
        return failed("kldunload: can't unload file: Device busy")
    system.carp_loaded = False
    system.network.carp.set_preempt(False)
    system.network.version += 1
    return ok()


def env(system: System, call: Call) -> Output:
    del system
    words = list(call.words)
    while words and "=" in words[0]:
        words.pop(0)
    return call.run(tuple(words), call.stdin) if words else misused("env [name=value ...] utility")


def ps(system: System, call: Call) -> Output:
    if call.words != ("-axo", "pid="):
        return misused("ps [-aCcdeHhjlmrSTuvwXxZ] [-O fmt | -o fmt]")
    return ok("".join(f"{pid:>5}\n" for pid in system.processes.pids()))


def kill(system: System, call: Call) -> Output:
    """End a job as a signal does: without an exit status."""
    pids = [int(word) for word in call.words if word.isdigit()]
    complaints = []
    for pid in pids:
        job = next((j for j in system.processes.jobs if pid in (j.pid, j.supervisor)), None)
        if job is None:
            complaints.append(f"kill: {pid}: No such process\n")
        else:
            system.processes.end(job)
    return Output("", "".join(complaints), 1 if complaints else 0)


def service(system: System, call: Call) -> Output:
    match call.words:
        case (name, "status" | "onestatus"):
            return _status(system, name)
        case (name, "start" | "restart" | "stop" | "reload" as wish):
            return _switch(system, name, wish)
    return misused("service [-j <jail name or id>] [-v] [-E var=value] <rc.d script> start|stop")


def _known(system: System) -> Iterator[str]:
    yield from system.spec.services
    if site.has_frr(system):
        yield "frr"
    if system.spec.ospf:
        yield system.spec.ospf.daemon


def _unknown(name: str) -> Output:
    return failed(
        f"{name} does not exist in /etc/rc.d or the local startup\n"
        "directories (/usr/local/etc/rc.d), or is not executable"
    )


def _status(system: System, name: str) -> Output:
    if name not in _known(system):
        return _unknown(name)
    pid = system.processes.services.get(name, 871)
    speaks = name in REHEARSED_VERSIONS
    runs = system.network.ospf.is_running if speaks else name in system.processes.services
    if not runs:
        return failed("", stdout=f"{name} is not running.\n")
    return ok(f"{name} is running as pid {pid}.\n")


def _switch(system: System, name: str, wish: str) -> Output:
    """Only a routing daemon's restart has an effect that anyone here can see."""
    if name not in _known(system):
        return _unknown(name)
    if name in REHEARSED_VERSIONS and wish != "reload":
        system.network.ospf.stop()
        if wish != "stop":
            site.start_daemon(system, name)
        system.network.version += 1
        system.network.refresh(system.now)
    elif name == "devd" and wish != "stop":
        site.read_rule(system)
        system.processes.services[name] = system.processes.new_pid()
        system.processes.version += 1
    elif wish == "stop":
        system.processes.services.pop(name, None)
        system.processes.version += 1
    said = {"stop": "Stopping", "start": "Starting"}.get(wish, "Restarting")
    return ok(f"{said} {name}.\n")


def shutdown(system: System, call: Call) -> Output:
    if call.words != ("-r", "now"):
        return misused("shutdown [-] [-c | -f | -h | -p | -r | -k] [-o [-n]] [-q] time [warning]")
    system.reboots = True
    return ok(f"Shutdown NOW!\nshutdown: [pid {system.processes.new_pid()}]\n")


def reboot(system: System, call: Call) -> Output:
    del call
    system.reboots = True
    return ok()
