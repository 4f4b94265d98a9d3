"""cp, mv, ln, rm and their like, over the tree in memory."""

import re
from collections.abc import Callable, Iterable

from bluegreen.emulator.files import Files, PathError
from bluegreen.emulator.system import Call, System, failed, misused, ok
from bluegreen.model.command import Output

_UMASK = 0o022


def _flags(words: Iterable[str]) -> tuple[set[str], tuple[str, ...]]:
    """Return the letters of the options, and the operands."""
    letters: set[str] = set()
    operands: list[str] = []
    for word in words:
        if word.startswith("-") and len(word) > 1 and not operands:
            letters |= set(word[1:])
        else:
            operands.append(word)
    return letters, tuple(operands)


def _each(program: str, paths: Iterable[str], act: Callable[[str], None]) -> Output:
    """Act on each path; one that fails is complained of, and the others go on."""
    complaints = []
    for path in paths:
        try:
            act(path)
        except PathError as error:
            complaints.append(f"{program}: {error}\n")
    return Output("", "".join(complaints), 1 if complaints else 0)


def cat(system: System, call: Call) -> Output:
    texts: list[str] = []
    said = _each("cat", call.words, lambda path: texts.append(system.storage.files.read(path)))
    return Output("".join(texts) if call.words else call.stdin, said.stderr, said.code)


def tee(system: System, call: Call) -> Output:
    flags, paths = _flags(call.words)
    if not flags <= {"a"}:
        return misused("tee [-a] [file ...]")
    files = system.storage.files

    def write(path: str) -> None:
        old = files.read(path) if "a" in flags and files.find(path) else ""
        files.write(path, old + call.stdin)

    said = _each("tee", paths, write)
    return Output(call.stdin, said.stderr, said.code)


def touch(system: System, call: Call) -> Output:
    files = system.storage.files

    def make(path: str) -> None:
        if files.find(path) is None:
            files.write(path, "")

    return _each("touch", call.words, make)


def fsync(system: System, call: Call) -> Output:
    """Every write is on the disk at once here, so only a name that is wrong can fail."""
    return _each("fsync", call.words, lambda path: _found(system.storage.files, path))


def _found(files: Files, path: str) -> None:
    files.node(path)


def cp(system: System, call: Call) -> Output:
    """With -n, a target that exists is an error (copy_file, bin/cp/utils.c, FreeBSD 14)."""
    flags, paths = _flags(call.words)
    if not flags <= set("pnf") or len(paths) != 2:
        return misused("cp [-R [-H | -L | -P]] [-f | -i | -n] [-alpsvx] source_file target_file")
    source, target = paths
    files = system.storage.files
    if "n" in flags and files.find(target) is not None:
        return failed("") if files.find(source) else _missing("cp", source)
    return _each("cp", (target,), lambda to: files.copy(source, to, keep="p" in flags))


def mv(system: System, call: Call) -> Output:
    flags, paths = _flags(call.words)
    if not flags <= {"f"} or len(paths) != 2:
        return misused("mv [-f | -i | -n] [-hv] source target")
    source, target = paths
    if system.storage.files.find(source) is None:
        return failed(f"mv: rename {source} to {target}: No such file or directory")
    return _each("mv", (target,), lambda to: system.storage.files.rename(source, to))


def ln(system: System, call: Call) -> Output:
    if len(call.words) != 2 or call.words[0].startswith("-"):
        return misused("ln [-s [-F] | -L | -P] [-f | -i] [-hnv] source_file [target_file]")
    source, target = call.words
    return _each("ln", (target,), lambda to: system.storage.files.link(source, to))


def rm(system: System, call: Call) -> Output:
    flags, paths = _flags(call.words)
    if not flags <= set("rRf"):
        return misused("rm [-f | -i] [-dIPRrvWx] file ...")
    files = system.storage.files
    if "f" in flags:
        paths = tuple(path for path in paths if files.find(path) is not None)
    return _each("rm", paths, lambda path: files.remove(path, recursive=bool(flags & set("rR"))))


def rmdir(system: System, call: Call) -> Output:
    return _each("rmdir", call.words, system.storage.files.remove_directory)


def mkdir(system: System, call: Call) -> Output:
    words, mode = call.words, 0o777 & ~_UMASK
    if "-m" in words[:-1]:
        at = words.index("-m")
        mode, words = int(words[at + 1], 8), (*words[:at], *words[at + 2 :])
    flags, paths = _flags(words)
    if not flags <= {"p"} or not paths:
        return misused("mkdir [-pv] [-m mode] directory_name ...")
    files = system.storage.files
    return _each("mkdir", paths, lambda p: files.make_directory(p, mode, parents="p" in flags))


def chmod(system: System, call: Call) -> Output:
    if len(call.words) < 2 or not re.fullmatch(r"[0-7]{3,4}", call.words[0]):
        return misused("chmod [-fhv] [-R [-H | -L | -P]] mode file ...")
    mode = int(call.words[0], 8)
    return _each("chmod", call.words[1:], lambda path: system.storage.files.change(path, mode))


def mount(system: System, call: Call) -> Output:
    files = system.storage.files
    match call.words:
        case ():
            return ok("".join(f"{m.source} on {m.point} ({m.kind})\n" for m in files.mounts))
        case ("-t", "tmpfs", "-o", _, "tmpfs", point) | ("-t", "tmpfs", "tmpfs", point):
            return _each("mount_tmpfs", (point,), files.mount_tmpfs)
    return misused("mount [-adflpruvw] [-F fstab] [-o options] [-t ufs | external_type]")


def umount(system: System, call: Call) -> Output:
    return _each("umount", call.words, system.storage.files.unmount)


def df(system: System, call: Call) -> Output:
    """Show a line for each path: 1024-blocks with -k."""
    flags, paths = _flags(call.words)
    files = system.storage.files
    if flags != {"k"}:
        return misused("df [-b | -g | -H | -h | -k | -m | -P] [-acilnT] [file | filesystem ...]")
    rows = [_space(files, path) for path in paths or [m.point for m in files.mounts]]
    width = max(len("Filesystem"), *(len(row[0]) for row in rows))
    head = f"{'Filesystem':<{width}} 1024-blocks    Used    Avail Capacity  Mounted on\n"
    return ok(
        head
        + "".join(
            f"{source:<{width}} {used + free:>11} {used:>7} {free:>8} "
            f"{round(100 * used / (used + free)):>7}%  {point}\n"
            for source, used, free, point in rows
        )
    )


def _space(files: Files, path: str) -> tuple[str, int, int, str]:
    mount = files.mount_of(path)
    if mount.kind == "tmpfs":
        return mount.source, 4, 1020, mount.point
    used = 2527068 if mount.point == "/" else 392
    return mount.source, used, 0 if files.full else 14460012, mount.point


def _missing(program: str, path: str) -> Output:
    return failed(f"{program}: {path}: No such file or directory")
