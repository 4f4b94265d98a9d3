"""Files written, and single lines of them replaced, so that a secret is on no command line.

What holds a password reaches its program over stdin (``sed -f /dev/stdin``, ``tee``), into a file
that only root reads; what a plan and the journal show has it struck out.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bluegreen.freebsd.commands import QUICK_S
from bluegreen.freebsd.paths import Paths
from bluegreen.model.command import Command, Effect
from bluegreen.model.hidden import SHOWN, Secret

_REPLACE = re.compile(r"([0-9]+)c\\")
_APPEND = "$a\\"


@dataclass(frozen=True, slots=True)
class Text:
    """A line or a whole file: as it is shown, and as it is."""

    shown: str
    real: Secret | None = None  # None: nothing in it is secret

    @property
    def written(self) -> str:
        """Return what is really written; never to be shown."""
        return self.shown if self.real is None else self.real.reveal()


def with_secret(template: str, secret: Secret) -> Text:
    """Return a text whose one ``***`` stands for a secret."""
    return Text(template, Secret(template.replace(SHOWN, secret.reveal())))


@dataclass(frozen=True, slots=True)
class FileEdit:
    """What is to happen to one file: it is written as a whole, or some of its lines are."""

    path: str
    exists: bool
    whole: Text | None = None
    mode: int = 0o644  # of a file that is written as a whole
    replaced: tuple[tuple[int, Text], ...] = ()  # line, from 1
    appended: tuple[Text, ...] = ()
    is_shell: bool = True  # rc.subr(8) or sh(1) reads it


def kept_name(paths: Paths, run: str, path: str) -> str:
    """Return where the original of a file is kept until the run is taken back, or forgotten."""
    return f"{kept_dir(paths, run)}/{path.strip('/').replace('/', '__')}"


def kept_dir(paths: Paths, run: str) -> str:
    return f"{paths.state}/provision-{run}"


def scratch_name(paths: Paths, path: str) -> str:
    """Return a name on the same file system that no daemon and no script reads."""
    if path.startswith("/etc/"):
        return paths.scratch(path)
    folder, _, name = path.rpartition("/")
    return f"{folder}/.{name}.bluegreen"


def write_files(
    paths: Paths, run: str, edits: Iterable[FileEdit], kept: Sequence[str]
) -> tuple[Command, ...]:
    """Keep each original, write beside the file, check it, rename it into place."""
    folder = kept_dir(paths, run)
    return (
        _config("mkdir", "-p", folder),
        _config("chmod", "0700", folder),
        *(command for edit in edits for command in _written(paths, run, edit, kept)),
    )


def _written(paths: Paths, run: str, edit: FileEdit, kept: Sequence[str]) -> tuple[Command, ...]:
    scratch, original = scratch_name(paths, edit.path), kept_name(paths, run, edit.path)
    half = f"{original}.half"  # renamed when it is whole
    keep = (
        _config("cp", "-p", edit.path, half),
        _config("mv", half, original),
    )
    check = (_config("sh", "-n", scratch),) if edit.is_shell else ()
    return (
        *(keep if edit.exists and original not in kept else ()),
        *(_anew(edit, scratch) if edit.whole is not None else _lines(edit, scratch)),
        *check,
        _config("mv", scratch, edit.path),
    )


def _anew(edit: FileEdit, scratch: str) -> tuple[Command, ...]:
    """Close the file before a secret gets into it."""
    assert edit.whole is not None
    return (
        _config("mkdir", "-p", edit.path.rpartition("/")[0]),
        _config("touch", scratch),
        _config("chmod", "0600", scratch),
        Command(("tee", scratch), QUICK_S, Effect.CONFIG, edit.whole.shown, edit.whole.written),
        _config("chmod", f"{edit.mode:04o}", scratch),
    )


def _lines(edit: FileEdit, scratch: str) -> tuple[Command, ...]:
    """Append first: `c` of sed(1) ends what is done to its line, which may be the last one."""
    shown, real = (
        "".join(
            [
                *(f"{_APPEND}\n{text}\n" for text in map(part, edit.appended)),
                *(f"{number}c\\\n{part(text)}\n" for number, text in edit.replaced),
            ]
        )
        for part in (_shown, _written_text)
    )
    return (
        _config("cp", "-p", edit.path, scratch),
        Command(
            ("sed", "-i", "", "-f", "/dev/stdin", scratch), QUICK_S, Effect.CONFIG, shown, real
        ),
    )


def _shown(text: Text) -> str:
    return text.shown


def _written_text(text: Text) -> str:
    return text.written


def apply_script(text: str, script: str) -> str:
    """Return a text as sed(1) would leave it, for the scripts made here and no others.

    Raises:
        ValueError: the script is none of ours.
    """
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    added: list[str] = []
    words = iter(script.split("\n"))
    for word in words:
        match = _REPLACE.fullmatch(word)
        if match and 0 < int(match[1]) <= len(lines):
            lines[int(match[1]) - 1] = next(words, "")
        elif word == _APPEND:
            added.append(next(words, ""))
        elif word:
            raise ValueError(f"not a script of ours: {word!r}")
    return "".join(f"{line}\n" for line in (*lines, *added))


def take_back(
    paths: Paths, run: str, restored: Sequence[str], removed: Sequence[str]
) -> tuple[Command, ...]:
    """Put originals back, with owner and mode, and remove what was not there."""
    put = tuple(
        command
        for path in restored
        for command in (
            _config("cp", "-p", kept_name(paths, run, path), scratch_name(paths, path)),
            _config("mv", scratch_name(paths, path), path),
        )
    )
    return (*put, *(_config("rm", "-f", path) for path in removed))


def forget(paths: Paths, run: str) -> Command:
    """Drop what a run has kept of files: it holds passwords."""
    return _config("rm", "-rf", kept_dir(paths, run))


def note(paths: Paths, run: str, name: str) -> tuple[Command, ...]:
    """Write down that something was done that nothing else tells of."""
    folder = kept_dir(paths, run)
    return (_config("mkdir", "-p", folder), _config("touch", f"{folder}/{name}"))


def _config(*argv: str) -> Command:
    return Command(argv, QUICK_S, Effect.CONFIG)
