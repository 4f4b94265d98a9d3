"""The directory of the journal: for its owner alone, or refused."""

import os
import pwd
import shlex
import stat
from collections.abc import Callable
from pathlib import Path

from bluegreen.errors import UsageError

_OURS = ("journal.db", "locks", "damaged")  # what we put there; a name of ours begins so


def own_directory(directory: Path, tell: Callable[[str], None]) -> Path:
    """Return the directory, made if need be; one that others could enter is closed to them.

    Args:
        tell: Takes the word about it.

    Raises:
        UsageError: it is a link, somebody else's, or not for this alone.
    """
    try:
        if not os.path.lexists(directory):
            _refuse_to_leave_ours_there(directory)
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            directory.chmod(0o700)  # whatever the umask says
        _see_whose(directory)
        _close_to_others(directory, tell)
    except OSError as error:
        raise _refused(f"{error.filename or directory}: {error.strerror}") from None
    return directory


def _see_whose(directory: Path) -> None:
    """Whoever can put files there could have us follow links, and read what a run did."""
    found = os.lstat(directory)
    if stat.S_ISLNK(found.st_mode):
        raise _refused(f"{directory} is a link, to {directory.readlink()}: name that itself")
    if not stat.S_ISDIR(found.st_mode):
        raise _refused(f"{directory} is no directory")
    if found.st_uid != os.geteuid():
        owner, you = _name(found.st_uid), _name(os.geteuid())
        raise _refused(f"{directory} belongs to {owner}, and you are {you}", f"Run it as {owner}")


def _close_to_others(directory: Path, tell: Callable[[str], None]) -> None:
    mode = stat.S_IMODE(directory.stat().st_mode)
    if not mode & 0o077:
        return
    strange = next((p.name for p in directory.iterdir() if not p.name.startswith(_OURS)), None)
    if strange is not None:
        raise _refused(
            f"others may enter {directory} (mode {mode:04o}), and {strange} in it is not ours",
            "" if mode & stat.S_ISVTX else _closing(directory),
        )
    directory.chmod(0o700)
    tell(f"note: {directory} was open to others (mode {mode:04o}); it is 0700 now")


def _closing(directory: Path) -> str:
    return f"`chmod 700 {shlex.quote(str(directory))}` if it is for you alone"


def _refuse_to_leave_ours_there(directory: Path) -> None:
    """What root makes in somebody's home by way of sudo or doas, that user cannot use later."""
    caller = _caller()
    if os.geteuid() != 0 or caller in (None, 0):
        return
    above = next(parent for parent in directory.absolute().parents if parent.exists())
    if above.stat().st_uid == caller:
        raise _refused(
            f"{directory} would be root's, in a directory of {_name(above.stat().st_uid)}",
            "Run it without sudo or doas: root is needed on the routers, not here (`escalate`)",
        )


def _caller() -> int | None:
    """Return who became root by way of sudo or doas (sudo(8), doas(1)); None: nobody did."""
    try:
        named = os.environ.get("DOAS_USER")
        return pwd.getpwnam(named).pw_uid if named else int(os.environ["SUDO_UID"])
    except (KeyError, ValueError):
        return None


def _refused(what: str, advice: str = "") -> UsageError:
    other = "name another one with --state-dir"
    advice = f"{advice}, or {other}." if advice else f"{other[0].upper()}{other[1:]}."
    return UsageError(what, "--state-dir", advice)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
