"""bectl(8) over the boot environments of a router.

Source: sbin/bectl/bectl.c and lib/libbe/be_error.c, FreeBSD 14, read 2026-11-22: the
messages and the exit codes, which are libbe's error numbers.
"""

import re
from collections.abc import Callable, Mapping

from bluegreen.emulator.files import NO_SPACE
from bluegreen.emulator.render import render_environments, render_environments_plain
from bluegreen.emulator.system import Call, System, failed, misused, ok
from bluegreen.model.command import Output

_INVALID, _EXISTS, _NO_ENTRY, _DESTROY_ACTIVE, _UNKNOWN = 1, 2, 3, 5, 19
_NAME = re.compile(r"[A-Za-z0-9_.:+-]{1,200}")
_NO_ZFS = 255
_USAGE = "bectl {-h | -? | subcommand [args...]}"


def is_question(argv: tuple[str, ...]) -> bool:
    return argv[1:2] in (("list",), ("check",))


def run(system: System, call: Call) -> Output:
    command = _COMMANDS.get(call.words[0]) if call.words else None
    if command is None:
        return misused(_USAGE)
    if not system.storage.is_zfs:
        said = "" if call.words[0] == "check" else 'libbe_init("") failed.'
        return failed(said, _NO_ZFS)
    return command(system, call.words[1:])


def _list(system: System, words: tuple[str, ...]) -> Output:
    layouts = {(): render_environments, ("-H",): render_environments_plain}
    layout = layouts.get(words)
    return ok(layout(system.storage.listed())) if layout else misused(_USAGE)


def _check(system: System, words: tuple[str, ...]) -> Output:
    del system
    return misused(_USAGE) if words else ok()


def _create(system: System, words: tuple[str, ...]) -> Output:
    match words:
        case (name,) | ("-r", name):
            return create(system, name)
    return misused(_USAGE)


def create(system: System, name: str) -> Output:
    """Clone the booted environment; freebsd-update does it too."""
    last = f"Failed to create bootenv {name}"
    if name in system.storage.environments:
        return failed(f"boot environment name already taken\n{last}", _EXISTS)
    if not _NAME.fullmatch(name):
        return failed(f"invalid boot environment name\n{last}", _INVALID)
    if system.faults.disk_full:
        return failed(f"cannot create 'zroot/ROOT/{name}': {NO_SPACE}\n{last}", _UNKNOWN)
    system.storage.create(name, system.stamp("%Y-%m-%d %H:%M"))
    return ok()


def _activate(system: System, words: tuple[str, ...]) -> Output:
    """``for next boot`` is printed even where it failed (bectl_cmd_activate)."""
    match words:
        case ("-T",):
            system.storage.deactivate_once()
            return ok("Temporary activation removed\n")
        case (name,) | ("-t", name):
            once = words[0] == "-t"
        case _:
            return misused(_USAGE)
    last = "for next boot\n" if once else ""
    if name not in system.storage.environments:
        said = f"Did not successfully activate boot environment {name}\n{last}"
        return failed("specified boot environment does not exist", _NO_ENTRY, said)
    system.storage.activate(name, once=once)
    return ok(f"Successfully activated boot environment {name}\n{last}")


def _rename(system: System, words: tuple[str, ...]) -> Output:
    """Return 0 whatever happens, as the real one does."""
    if len(words) != 2:
        return misused(_USAGE)
    old, new = words
    reason = None
    if old not in system.storage.environments:
        reason = "specified boot environment does not exist"
    elif new in system.storage.environments:
        reason = "boot environment name already taken"
    elif not _NAME.fullmatch(new):
        reason = "invalid boot environment name"
    if reason:
        return failed(f"{reason}\nFailed to rename bootenv {old} to {new}", 0)
    system.storage.rename(old, new)
    return ok()


def _destroy(system: System, words: tuple[str, ...]) -> Output:
    match words:
        case (name,) | ("-o" | "-F", name):
            pass
        case _:
            return misused(_USAGE)
    if name not in system.storage.environments:
        return failed("specified boot environment does not exist", _NO_ENTRY)
    if name in (system.storage.booted, system.storage.next):
        return failed("cannot destroy active boot environment", _DESTROY_ACTIVE)
    system.storage.destroy(name)
    return ok()


_COMMANDS: Mapping[str, Callable[[System, tuple[str, ...]], Output]] = {
    "activate": _activate,
    "check": _check,
    "create": _create,
    "destroy": _destroy,
    "list": _list,
    "rename": _rename,
}
