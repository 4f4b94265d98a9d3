"""The journal's file before it is opened: made whole, or looked at and refused, never mended.

Its header is read as octets. SQLite is not asked before we know that the file is ours: opening a
database recovers it, and that would change a file of somebody else.
"""

import hashlib
import os
import pwd
import shlex
import sqlite3
import stat
from contextlib import suppress
from pathlib import Path

from bluegreen.errors import JournalError

APPLICATION = int.from_bytes(b"bgrn")  # sqlite.org/pragma.html#pragma_application_id
SCHEMA = 1
_MAGIC = b"SQLite format 3\0"
_HEADER = 100  # octets; offsets: sqlite.org/fileformat2.html#the_database_header
_ROWS = """CREATE TABLE events (
    run TEXT NOT NULL, number INTEGER NOT NULL, pair TEXT, body TEXT NOT NULL, seal TEXT NOT NULL,
    PRIMARY KEY (run, number)
) WITHOUT ROWID"""
_GUARDS = {
    f"no_{word.lower()}": f"CREATE TRIGGER no_{word.lower()} BEFORE {word} ON events\n"
    "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
    for word in ("UPDATE", "DELETE")
}
_MADE = {"events": _ROWS, **_GUARDS}


def prepare(file: Path) -> None:
    """Make the file, for its owner alone, or see that the one that is there is a journal of ours.

    Raises:
        JournalError: it is something else, of a newer version, cut off, or not ours to write.
    """
    try:
        if not os.path.lexists(file):
            _see_no_orphan(file)
            _make(file)
        _see_owner(file)
        _see_header(file)
    except OSError as error:
        where = error.filename or file
        raise broken(file, f"{where}: {error.strerror}", _free(file)) from error


def see_schema(database: sqlite3.Connection, file: Path) -> None:
    """Refuse a journal whose pages are damaged, or whose guards were taken off.

    Raises:
        JournalError: with what was found.
    """
    rows = database.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
    found = {str(name): str(sql) for name, sql in rows}
    for name, wanted in _MADE.items():
        if found.get(name) != wanted:
            state = "missing" if name not in found else "not as it was made"
            raise broken(file, f"`{name}` is {state}: its rows may have been changed", aside(file))
    if added := sorted(found.keys() - _MADE.keys()):
        raise broken(file, f"`{added[0]}` was added to it by somebody", aside(file))
    said = database.execute("PRAGMA quick_check(1)").fetchone()
    if said != ("ok",):
        raise broken(file, f"it is damaged: {said[0]}", aside(file))


def broken(file: Path, what: str, advice: str) -> JournalError:
    return JournalError(f"the journal {file}: {what}", "this machine", advice)


def aside(file: Path) -> str:
    """Return the way on without a journal: what lies on the routers tells of a run, too.

    SQLite would read an orphaned -wal into the next journal of that name: they go together.
    """
    kept, name = (shlex.quote(str(path)) for path in (file.parent / "damaged", file))
    return (
        f"Nothing was written to it. Put it back from a backup, or `mkdir {kept} && mv {name}* "
        f"{kept}`; for a run that is not finished, `bluegreen recover --pair A,B` then goes by "
        "what lies on the routers."
    )


def seal(before: str, row: tuple[str, int, str | None, str]) -> str:
    """Return the digest of a row (run, number, pair, body) and of the seal before it."""
    text = "\n".join((before, row[0], str(row[1]), row[2] or "", row[3]))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def told(file: Path, error: sqlite3.Error) -> JournalError:
    """Turn SQLite's error into one with a next move."""
    match getattr(error, "sqlite_errorname", ""):
        case "SQLITE_FULL" | "SQLITE_IOERR_WRITE" | "SQLITE_IOERR_FSYNC" | "SQLITE_IOERR_SHMSIZE":
            advice = (
                f"What could not be written was not done. Make room in {file.parent}, "
                "then `bluegreen resume`."
            )
        case "SQLITE_CORRUPT" | "SQLITE_NOTADB":
            advice = aside(file)
        case "SQLITE_BUSY" | "SQLITE_LOCKED":
            advice = "Another program holds it: see with `fuser` which, then start again."
        case _:
            advice = _free(file)
    return broken(file, str(error), advice)


def _free(file: Path) -> str:
    return f"See that {file.parent} and what lies in it are yours and writable; or --state-dir."


def _make(file: Path) -> None:
    """Put a whole journal there at once: a file of 0 octets is then always one that was cut off."""
    half = file.with_name(f"{file.name}.{os.getpid()}.new")
    with suppress(FileNotFoundError):
        half.unlink()
    descriptor = os.open(half, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        os.fchmod(descriptor, 0o600)  # whatever the umask says; SQLite gives -wal and -shm the same
        os.close(descriptor)
        database = sqlite3.connect(half, isolation_level=None)
        try:
            database.execute(f"PRAGMA application_id={APPLICATION}")
            database.execute(f"PRAGMA user_version={SCHEMA}")
            for statement in _MADE.values():
                database.execute(statement)
            database.execute("PRAGMA journal_mode=WAL")
        finally:
            database.close()
        with suppress(FileExistsError):  # another process was quicker
            os.link(half, file)
        _sync(file.parent)
    except sqlite3.Error as error:
        raise told(file, error) from error
    finally:
        half.unlink(missing_ok=True)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _see_no_orphan(file: Path) -> None:
    log = file.with_name(f"{file.name}-wal")
    if log.exists() and log.stat().st_size:
        raise broken(file, f"it is gone, and {log.name} is still there", aside(file))


def _see_owner(file: Path) -> None:
    is_now = os.lstat(file)
    if not stat.S_ISREG(is_now.st_mode):
        raise broken(
            file,
            "it is no file of its own, but a link, a directory or a device",
            "Name another directory with --state-dir.",
        )
    if is_now.st_uid != os.geteuid():
        raise broken(
            file,
            f"it belongs to {_name(is_now.st_uid)}, and you are {_name(os.geteuid())}",
            f"Run bluegreen as {_name(is_now.st_uid)}, or name a directory with --state-dir.",
        )
    if not os.access(file, os.R_OK | os.W_OK):
        raise broken(
            file,
            "it is read-only for you",
            f"`chmod u+rw {shlex.quote(str(file))}`, then start again.",
        )
    if not os.access(file.parent, os.W_OK | os.X_OK):
        raise broken(
            file, f"{file.parent} is not writable, and SQLite's own log lies there", _free(file)
        )
    if stat.S_IMODE(is_now.st_mode) & 0o077:
        file.chmod(0o600)


def _see_header(file: Path) -> None:
    with file.open("rb") as opened:
        header = opened.read(_HEADER)
    if not header:
        raise broken(file, "it is empty: it was cut off", aside(file))
    if not header.startswith(_MAGIC[: len(header)]):
        raise broken(file, "file is not a database", aside(file))
    if len(header) < _HEADER:
        raise broken(file, f"it was cut off after {len(header)} octets", aside(file))
    program, version = (int.from_bytes(header[at : at + 4]) for at in (68, 60))
    if program != APPLICATION:
        raise broken(
            file,
            "it is a database of another program, or of bluegreen before journals were sealed",
            "Name another directory with --state-dir. Nothing was written to it.",
        )
    if version != SCHEMA:
        raise broken(
            file,
            f"its form is {version}, and this version of bluegreen knows {SCHEMA}",
            "Use the version of bluegreen that wrote it. Nothing was written to it.",
        )


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
