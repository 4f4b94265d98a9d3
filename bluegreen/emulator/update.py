"""freebsd-update(8) on what a router has staged, with the words and exit codes of 14.3.

Source: usr.sbin/freebsd-update/freebsd-update.sh, FreeBSD 14, read 2026-11-22. Its
questions are only printed to a terminal (read -p, sh(1)); without one, an end of file
lets the script go on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bluegreen.emulator import bectl
from bluegreen.emulator import update_texts as say
from bluegreen.emulator.files import NO_SPACE
from bluegreen.emulator.storage import Installed, Staged
from bluegreen.emulator.system import Call, System, failed, misused, ok
from bluegreen.model.command import Output
from bluegreen.model.release import parse_release

_NO_VALUE = {"--not-running-from-cron", "-F"}
_VALUE = {"--currently-running", "-r", "-b", "-d", "-f", "-j", "-k", "-s", "-t", "-v"}


@dataclass(frozen=True, slots=True)
class _Words:
    command: str
    release: str | None
    currently: str | None
    has_tty: bool
    force: bool


def run(system: System, call: Call) -> Output:
    words = _read(call.words)
    command = _COMMANDS.get(words.command) if words else None
    if words is None or command is None:
        return misused("freebsd-update [options] command ...")
    if system.spec.pkgbase:
        return Output(say.PKGBASE, "", 1)
    return command(system, words)


def _read(words: tuple[str, ...]) -> _Words | None:
    options: dict[str, str] = {}
    commands: list[str] = []
    rest = iter(words)
    for word in rest:
        if word in _VALUE:
            options[word] = next(rest, "")
        elif word in _NO_VALUE:
            options[word] = ""
        elif word.startswith("-"):
            return None
        else:
            commands.append(word)
    if len(commands) != 1:
        return None
    return _Words(
        command=commands[0],
        release=options.get("-r"),
        currently=options.get("--currently-running"),
        has_tty="--not-running-from-cron" in options,
        force="-F" in options,
    )


def _fetch(system: System, words: _Words) -> Output:
    now = system.storage.now
    if not words.has_tty:
        return Output(say.SRC + say.NO_TTY, "", 1)
    if now.staged is not None and now.staged.kernel_done and not words.force:
        return Output(say.SRC + say.PARTIAL, "", 1)
    old = parse_release(now.installed.userland)
    offered = system.spec.offered
    if offered is None or parse_release(offered).base != old.base or parse_release(offered) <= old:
        system.storage.update(staged=None)
        return ok(say.not_needed(old))
    if system.faults.disk_full:
        return Output(say.opening(old.base) + say.NOT_FETCHED, say.no_space(), 1)
    system.storage.update(staged=Staged(offered))
    text = say.fetched(old.base, offered, kernel=system.spec.kernel_in_patch)
    if system.spec.end_of_life:
        return Output(text + say.end_of_life(old.base, system.stamp("%a %b %e %T UTC %Y")), "", 1)
    return ok(text)


def _upgrade(system: System, words: _Words) -> Output:
    now = system.storage.now
    current = parse_release(words.currently or system.running).base
    if words.release is None:
        return Output(say.SRC + say.NO_TARGET, "", 1)
    if now.staged is not None and now.staged.kernel_done and not words.force:
        return Output(say.SRC + say.PARTIAL, "", 1)
    wanted = words.release
    if wanted == current:
        return Output(f"{say.SRC}freebsd-update: Cannot upgrade from {current} to itself\n", "", 1)
    target = next((r for r in system.spec.releases if parse_release(r).base == wanted), None)
    if target is None:
        return Output(say.unreachable(current, wanted), "", 1)
    if system.faults.disk_full:
        return Output(say.opening(current) + say.NOT_FETCHED, say.no_space(), 1)
    major = parse_release(target).major > parse_release(current).major
    system.storage.update(staged=Staged(target, release=True, old_libraries=major))
    return ok(say.upgraded(current, target))


def _updates_ready(system: System, words: _Words) -> Output:
    del words
    ready = system.storage.now.staged is not None
    return ok(say.READY) if ready else Output(say.NOT_READY, "", 2)


def _install(system: System, words: _Words) -> Output:
    del words
    staged = system.storage.now.staged
    if system.spec.securelevel > 0:
        return Output(say.SRC + say.SECURELEVEL, "", 1)
    if staged is None:
        return Output(say.SRC + say.NOTHING_STAGED, "", 2)
    head = say.SRC
    if system.storage.is_zfs:
        made = bectl.create(system, _snapshot_name(system))
        head += say.SNAPSHOT
        if not made.ok:
            return Output(f"{head}failed.\n", made.stderr, 1)
        head += "done.\n"
    head += say.INSTALLING
    if system.faults.install_fails:
        return Output(head + say.FILES_MISSING, "", 1)
    if system.faults.disk_full:
        return failed(f"install: ///usr/lib/libc.a: {NO_SPACE}", stdout=f"{head}\n")
    return _installed(system, staged, head)


def _installed(system: System, staged: Staged, head: str) -> Output:
    """Do the next stage: kernel and world at once for a patch level, else one after the other."""
    was = system.storage.now.installed
    staged = replace(staged, before=staged.before or was)
    whole = Installed(staged.target, staged.target)
    if not staged.release:
        kernel = staged.target if system.spec.kernel_in_patch else was.kernel
        _finish(system, staged, Installed(kernel, staged.target))
        return ok(head + say.WORLD + say.DONE)
    if not staged.kernel_done:
        kernel_only = Installed(staged.target, was.userland)
        system.storage.update(staged=replace(staged, kernel_done=True), installed=kernel_only)
        return ok(head + say.KERNEL_DONE)
    if staged.world_done or not staged.old_libraries:
        _finish(system, staged, whole)
        return ok(head + ("" if staged.world_done else say.WORLD) + say.DONE)
    system.storage.update(staged=replace(staged, world_done=True), installed=whole)
    return ok(head + say.WORLD + say.OLD_LIBRARIES)


def _finish(system: System, staged: Staged, installed: Installed) -> None:
    now = system.storage.now
    if staged.before is not None:
        now.rollbacks = (staged.before, *now.rollbacks)
    system.storage.update(staged=None, installed=installed)


def _rollback(system: System, words: _Words) -> Output:
    del words
    now = system.storage.now
    if not now.rollbacks:
        return Output(say.SRC + "No rollback directory found.\n", "", 1)
    before, now.rollbacks = now.rollbacks[0], now.rollbacks[1:]
    system.storage.update(staged=None, installed=before)
    return ok(f"{say.SRC}Uninstalling updates...{say.DONE}")


def _snapshot_name(system: System) -> str:
    """Return the newer of kernel and userland with the time of day (install_create_be)."""
    installed = system.storage.now.installed
    newest = max(parse_release(installed.kernel), parse_release(installed.userland))
    return f"{newest}_{system.stamp('%Y-%m-%d_%H%M%S')}"


_COMMANDS: Mapping[str, Callable[[System, _Words], Output]] = {
    "fetch": _fetch,
    "install": _install,
    "rollback": _rollback,
    "updatesready": _updates_ready,
    "upgrade": _upgrade,
}
