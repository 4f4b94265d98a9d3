"""The small questions: versions, date, packages, environment."""

from bluegreen.emulator.carpcounters import render_states
from bluegreen.emulator.system import Call, System, failed, misused, ok
from bluegreen.model.command import Output

_PORT = 50022  # of the client's end of the SSH connection


def freebsd_version(system: System, call: Call) -> Output:
    """Print kernel, running kernel and userland, whatever the order of the flags."""
    letters = set("".join(word.removeprefix("-") for word in call.words)) or {"u"}
    if not letters <= set("kru"):
        return misused("freebsd-version [-kru] [-j jail]")
    installed = system.storage.now.installed
    versions = {"k": installed.kernel, "r": system.running, "u": installed.userland}
    return ok("".join(f"{version}\n" for slot, version in versions.items() if slot in letters))


def uname(system: System, call: Call) -> Output:
    host, release = system.spec.hostname, system.running
    answers = {
        (): "FreeBSD",
        ("-s",): "FreeBSD",
        ("-r",): release,
        ("-n",): host,
        ("-m",): "amd64",
        ("-p",): "amd64",
        ("-i",): "GENERIC",
        ("-v",): f"FreeBSD {release} GENERIC",
        ("-a",): f"FreeBSD {host} {release} FreeBSD {release} GENERIC amd64",
    }
    if call.words not in answers:
        return misused("uname [-abiKmnoprsUv]")
    return ok(f"{answers[call.words]}\n")


def hostname(system: System, call: Call) -> Output:
    if call.words not in ((), ("-s",)):
        return misused("hostname [-f] [-s | -d] [name-of-host]")
    return ok(f"{system.spec.name if call.words else system.spec.hostname}\n")


def date(system: System, call: Call) -> Output:
    match call.words:
        case ("+%s",):
            return ok(f"{int(system.time_of_day_s)}\n")
        case () | ("-u",):
            return ok(system.stamp("%a %b %e %H:%M:%S UTC %Y\n"))
        case (form,) | ("-u", form) if form.startswith("+"):
            return ok(f"{system.stamp(form[1:])}\n")
    return misused("date [-jnRu] [-I[date|hours|minutes|seconds|ns]] [-f input_fmt]")


def printenv(system: System, call: Call) -> Output:
    if call.words == ("SSH_CONNECTION",):
        return ok(f"{system.spec.ssh_client} {_PORT} {system.spec.ssh_server} 22\n")
    return Output("", "", 1)


def pkg(system: System, call: Call) -> Output:
    match call.words:
        case ("query", "%n-%v"):
            return ok("".join(f"{package}\n" for package in system.spec.packages))
        case ("query", "%n-%v", *names):
            found = [p for p in system.spec.packages if p.rpartition("-")[0] in names]
            return Output("".join(f"{package}\n" for package in found), "", 0 if found else 1)
        case ("which", path):
            if not system.spec.pkgbase:
                return failed("", stdout=f"{path} was not found in the database\n")
            release = system.running.partition("-")[0]
            return ok(f"{path} was installed by package FreeBSD-runtime-{release}\n")
        case ("-N",):
            return ok(f"pkg: {len(system.spec.packages)} packages installed\n")
    return misused("pkg [-v] [-d] [-l] [-N] <command> [<args>]")


def dmesg(system: System, call: Call) -> Output:
    del call
    return ok("".join(f"{line}\n" for line in system.network.log))


def echo(system: System, call: Call) -> Output:
    del system
    return ok(f"{' '.join(call.words)}\n")


def nothing(system: System, call: Call) -> Output:
    """Do nothing, well: true(1), sleep(1)."""
    del system, call
    return ok()


def false(system: System, call: Call) -> Output:
    del system, call
    return Output("", "", 1)


def pfctl(system: System, call: Call) -> Output:
    if call.words not in (("-si",), ("-s", "info")):
        return misused("pfctl [-AdeghMmNnOPqRrvz] [-a anchor] [-s modifier]")
    if "pf" not in system.spec.services:
        return failed("pfctl: /dev/pf: No such file or directory")
    return ok(render_states(system.spec.states))


def nc(system: System, call: Call) -> Output:
    """Open a connection to a mirror, and close it."""
    match call.words:
        case ("-z", "-w", _, host, port):
            if system.spec.reaches_out:
                said = f"Connection to {host} {port} port [tcp/*] succeeded!\n"
                return ok("", said)
            return failed("")
    return misused("nc [-46DdEFhklMNnrStUuvz] [-e IPsec_policy] [-I length] hostname port")
