"""sysctl(8) over the few values that a run reads and writes."""

from collections.abc import Mapping
from datetime import UTC, datetime

from bluegreen.emulator.system import Call, System, failed, misused, ok
from bluegreen.model.command import Output

CARP = "net.inet.carp"


def is_question(argv: tuple[str, ...]) -> bool:
    return not any("=" in word for word in argv)


def run(system: System, call: Call) -> Output:
    """Show values by name or subtree, or assign them; demotion is added to."""
    flags = {letter for word in call.words if word.startswith("-") for letter in word[1:]}
    names = [word for word in call.words if not word.startswith("-")]
    if not names or not flags <= set("nie"):
        return misused("sysctl")
    out, err = [], []
    for name in names:
        printed = _assigned(system, name) if "=" in name else _shown(system, name, flags)
        out.append(printed.stdout)
        err.append(printed.stderr)
    return Output("".join(out), "".join(err), 1 if any(err) else 0)


def _values(system: System) -> Mapping[str, str]:
    carp, boot_s = system.network.carp, system.boot_time_s
    sysctls = carp.sysctls
    loaded = {
        f"{CARP}.ifdown_demotion_factor": str(sysctls.ifdown_demotion_factor),
        f"{CARP}.senderr_demotion_factor": str(sysctls.senderr_demotion_factor),
        f"{CARP}.demotion": str(carp.demotion),
        f"{CARP}.log": str(system.network.log_level),
        f"{CARP}.preempt": str(int(sysctls.preempt)),
        f"{CARP}.dscp": "56",
        f"{CARP}.allow": str(int(sysctls.allow)),
    }
    seconds, rest = divmod(boot_s, 1)
    day = datetime.fromtimestamp(boot_s, UTC).strftime("%a %b %e %H:%M:%S %Y")
    return {
        **(loaded if system.carp_loaded else {}),
        **{oid: str(int(value)) for oid, value in system.forwarding.items()},
        "net.pfsync.carp_demotion_factor": "240",
        "kern.ostype": "FreeBSD",
        "kern.osrelease": system.running,
        "kern.hostname": system.spec.hostname,
        "kern.boottime": f"{{ sec = {int(seconds)}, usec = {int(rest * 1e6)} }} {day}",
        "kern.securelevel": str(system.spec.securelevel),
    }


def _shown(system: System, name: str, flags: set[str]) -> Output:
    values = _values(system)
    found = {n: v for n, v in values.items() if n == name or n.startswith(f"{name}.")}
    if not found:
        return ok() if "i" in flags else failed(f"sysctl: unknown oid '{name}'")
    parting = "=" if "e" in flags else ": "
    return ok("".join(f"{v}\n" if "n" in flags else f"{n}{parting}{v}\n" for n, v in found.items()))


def _assigned(system: System, assignment: str) -> Output:
    name, _, text = assignment.partition("=")
    before = _values(system).get(name)
    if before is None:
        return failed(f"sysctl: unknown oid '{name}'")
    try:
        value = int(text)
    except ValueError:
        return failed(f"sysctl: invalid integer '{text}'")
    if name in system.forwarding:
        system.forwarding[name] = value != 0
    elif not _assign(system, name.removeprefix(f"{CARP}."), value):
        return failed(f"sysctl: oid '{name}' is read only")
    system.network.version += 1
    return ok(f"{name}: {before} -> {_values(system)[name]}\n")


def _assign(system: System, name: str, value: int) -> bool:
    network, carp = system.network, system.network.carp
    sysctls = carp.sysctls
    match name:
        case "demotion":
            network.apply(carp.write_demotion(value, system.now), system.now)
        case "preempt":
            carp.set_preempt(value != 0)
        case "allow":
            network.apply(carp.set_allow(value != 0, system.now), system.now)
        case "ifdown_demotion_factor":
            carp.set_factors(value, sysctls.senderr_demotion_factor)
        case "senderr_demotion_factor":
            carp.set_factors(sysctls.ifdown_demotion_factor, value)
        case "log":
            network.log_level = value
        case _:
            return False
    return True
