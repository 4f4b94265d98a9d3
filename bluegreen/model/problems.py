"""What is wrong with a file, and where: one line each, in the order of the file."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from bluegreen.errors import UsageError

Path = tuple[str | int, ...]

SHOWN_MAX = 50  # lines of one error; more help nobody
NAMES_MAX = 12  # names listed where none is near


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake; line and column count from 1, as editors do."""

    line: int
    column: int
    path: str  # routers.router-001.port; empty: the file as a whole
    sentence: str

    def __str__(self) -> str:
        about = f"{self.path}: " if self.path else ""
        return f"{self.line}:{self.column}: {about}{self.sentence}"


def refusal(kind: str, file: str, problems: Iterable[Problem]) -> UsageError:
    """Return the error that names every problem as ``FILE:LINE:COLUMN: sentence``."""
    found = sorted(set(problems))
    lines = [f"{file}:{problem}" for problem in found[:SHOWN_MAX]]
    if len(found) > SHOWN_MAX:
        lines.append(f"... and {len(found) - SHOWN_MAX} more in {file}")
    count = "a mistake" if len(found) == 1 else f"{len(found)} mistakes"
    return UsageError("\n".join([f"{count} in {file}", *lines]), router=kind)


def dotted(path: Path) -> str:
    """Return a path as people write it: ``pairs.edge.probes[0].every``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known name that was probably meant, or None."""
    by_folded = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.5)
    return by_folded[close[0]] if close else None


def hint(word: str, known: Iterable[str]) -> str:
    """Return the nearest name as a question, else the names there are."""
    names = tuple(known)
    near = nearest(word, names)
    if near is not None:
        return f"did you mean `{near}`?"
    return f"known: {listed(names)}" if names else "there is none"


def listed(names: Iterable[str]) -> str:
    """Return names in a row, the first dozen of them."""
    all_names = tuple(names)
    more = f" and {len(all_names) - NAMES_MAX} more" if len(all_names) > NAMES_MAX else ""
    return ", ".join(all_names[:NAMES_MAX]) + more
