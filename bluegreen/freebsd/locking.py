"""Take a router's lock, take it from a run that is dead, and show that ours lives."""

from bluegreen.freebsd.paths import Paths
from bluegreen.model.command import Command, Effect, Script
from bluegreen.model.system import NAMELESS, Lock

QUICK_S = 10.0

# link(2) makes a name of a whole file, or fails because the name is taken: by a file, by a
# directory, by anybody. ln(1) would put a link into a directory, and call that success.
TAKE = 'cat >"$2" && link "$2" "$1"; s=$?; rm -f "$2"; exit $s'

# rename(2) hands the old lock to one of several who break it. What was renamed is read once
# more: if its owner changed since we looked, it is put back.
BREAK = (
    'cat >"$2" && mv "$1" "$2.was" && '
    '{ if [ "$(sed -n s/^run=//p "$2.was")" = "$3" ]; then link "$2" "$1"; '
    'else link "$2.was" "$1"; echo "the lock is another one by now" >&2; false; fi; }; '
    's=$?; rm -f "$2" "$2.was"; exit $s'
)


def take_lock(paths: Paths, lock: Lock) -> tuple[Command, ...]:
    """Take a free router's lock: all of it, or nothing, and no scratch file is left."""
    return (*_place(paths), _shell(TAKE, paths, lock))


def break_lock(paths: Paths, lock: Lock, name: str) -> tuple[Command, ...]:
    """Take the lock from another holder, by its name; from nobody else."""
    return (*_place(paths), _shell(BREAK, paths, lock, "" if name == NAMELESS else name))


def _place(paths: Paths) -> tuple[Command, ...]:
    return (_config("mkdir", "-p", paths.state), _config("chmod", "0700", paths.state))


def _shell(script: str, paths: Paths, lock: Lock, *more: str) -> Command:
    own = f"{paths.lock}.{lock.name.replace('/', '.')}"
    words = ("sh", "-c", script, "lock", paths.lock, own, *more)
    text = f"{_who(lock)}since={lock.since}\n"
    return _config(*words, stdin=text)


def beat(paths: Paths, lock: Lock, at: str) -> Command:
    """Write down that the run lives, and where: it may have been resumed elsewhere."""
    return _config("tee", paths.heartbeat, stdin=f"{at}\n{_who(lock)}")


def is_sign_of_life(script: Script) -> bool:
    """Whether a script does nothing but say that its run lives."""
    return all(c.argv[0] == "tee" and c.argv[-1].endswith("/heartbeat") for c in script.commands)


def _who(lock: Lock) -> str:
    pid = "" if lock.pid is None else f"pid={lock.pid}\n"
    return f"run={lock.name}\nowner={lock.owner}\nhost={lock.host}\n{pid}"


def _config(*argv: str, stdin: str = "") -> Command:
    return Command(argv, QUICK_S, Effect.CONFIG, stdin)
