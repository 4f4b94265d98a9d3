"""What runs of ours left on a router: lock, hold, jobs. Read back from our own files."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from bluegreen.errors import ParseError
from bluegreen.freebsd.commands import ADVSKEW_LIMIT
from bluegreen.freebsd.ospf_costs import parse_costs
from bluegreen.model.facts import Hold
from bluegreen.model.routing import OspfCost
from bluegreen.model.secret import struck
from bluegreen.model.system import NAMELESS, Job, JobState, Lock

END = "==> end"  # what the question prints last
_NUMBER = re.compile(r"[0-9]{1,9}")
UNKNOWN = "?"
_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")  # people type what a message names
_TURN = re.compile(r"[1-9][0-9]{0,5}-[0-9a-f]{1,32}")  # of a machine that recovered a run
_LENT = re.compile(r"net\.inet\.carp\.[a-z_]{1,40}=-?[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class State:
    lock: Lock | None
    hold: Hold | None
    jobs: tuple[Job, ...]
    kept: tuple[str, ...]
    note: str | None = None  # what the last boot of ours was for
    lent: tuple[tuple[str, int], ...] = ()  # sysctls set for a while, and what they were
    costs: tuple[OspfCost, ...] | None = None  # configured before they were raised


@lru_cache(maxsize=512)
def parse_state(where: str, printed: str, listed: str, processes: frozenset[str]) -> State:
    """Read the answer to STATE_AWK over our directory, and the list of its files.

    Args:
        where: Our directory on the router.
        printed: `==> PATH`, then the file's lines, for each file, and at last END.
        listed: One path a line.
        processes: Every pid that is alive.

    Raises:
        ParseError: an answer is cut or mixed up, or a lock, a hold, a note or a job's number
            is there and cannot be read.
    """
    files = _files(printed)
    paths = tuple(line for line in listed.splitlines() if line.startswith("/"))
    _refuse_half(where, printed, files, paths)
    # awk prints nothing of an empty file: one that is listed alone is there, and says nothing.
    empty: dict[str, list[str]] = {path: [] for path in paths}
    there = {**empty, **files}
    names = ("lock", "hold", "lent", "costs")
    lock, hold, lent, costs = (there.get(f"{where}/{name}") for name in names)
    beat = files.get(f"{where}/heartbeat")
    return State(
        lock=_lock(lock, beat) if lock is not None else None,
        hold=_hold(hold) if hold is not None else None,
        jobs=_jobs(f"{where}/jobs/", files, paths, processes),
        kept=paths,
        note=" ".join(files.get(f"{where}/boot", ())) or None,
        lent=_lent(lent) if lent is not None else (),
        costs=parse_costs(costs) if costs is not None else None,
    )


def _files(printed: str) -> dict[str, list[str]]:
    files: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in printed.splitlines():
        if line.startswith("==> /"):
            path = line.removeprefix("==> ")
            if path in files:
                raise ParseError(f"{path} was printed twice: two answers in one")
            current = files[path] = []
        elif line == END:
            current = None
        elif current is not None:
            current.append(line)
    return files


def _refuse_half(where: str, printed: str, files: Iterable[str], listed: tuple[str, ...]) -> None:
    """Both questions are asked of the same files, one right after the other.

    A job's numbers come and go meanwhile; that it is there does not.
    """
    shown = [path for path in listed if "/originals/" not in path]
    if (printed or shown) and not printed.endswith(f"{END}\n"):
        raise ParseError(f"what lies in {where} was not printed to its end")
    lasting = [p for p in files if p in (f"{where}/lock", f"{where}/hold") or p.endswith("/run")]
    missing = set(lasting) - set(listed)
    if missing:
        raise ParseError(f"{min(missing)} was printed and is not listed: half of an answer")


def _pairs(lines: Iterable[str]) -> dict[str, str]:
    return {key: value for key, sep, value in (line.partition("=") for line in lines) if sep}


def _lock(lines: list[str], beat: list[str] | None) -> Lock:
    """Return who holds the router; whoever resumed a run since stands in its sign of life.

    A lock without a name is one all the same: a full disk or a power cut can leave such a file.
    """
    said, sign = _pairs(lines), _pairs(beat or ())
    name = said.get("run") or NAMELESS
    run, taken_over, turn = name.partition("/")
    if not _RUN.fullmatch(run) or (taken_over and not _TURN.fullmatch(turn)):
        raise ParseError(f"a lock is there, and its run cannot be read: {' '.join(lines)!r}")
    beat = beat if sign.get("run", name) == name else None  # else of one that held it before
    lives = {**said, **sign} if beat else said
    pid = lives.get("pid", "")
    return Lock(
        run=run,
        owner=lives.get("owner", "?"),
        host=lives.get("host", "?"),
        since=said.get("since", "?"),
        heartbeat=beat[0] if beat else None,
        pid=int(pid) if pid.isdecimal() else None,
        turn=turn,
    )


def _hold(lines: list[str]) -> Hold:
    run = _pairs(lines).get("run", UNKNOWN)
    rows = [line.split() for line in lines if line and "=" not in line]
    if run != UNKNOWN and not _RUN.fullmatch(run):
        raise ParseError(f"a hold is there and cannot be read: {lines!r}")
    if not lines or not all(_is_held(row) for row in rows):
        raise ParseError(f"a hold is there and cannot be read: {lines!r}")
    return Hold(
        run,
        tuple((row[0], int(row[1]), int(row[2])) for row in rows),
        tuple((row[0], int(row[1])) for row in rows if row[3:]),
    )


def _lent(lines: list[str]) -> tuple[tuple[str, int], ...]:
    """Read `NAME=VALUE` lines: people are told to type what they say."""
    values = {name: value for name, value in _pairs(lines).items() if name != "run"}
    if not values or not all(_LENT.fullmatch(f"{n}={value}") for n, value in values.items()):
        raise ParseError(f"a note of lent sysctls is there and cannot be read: {lines!r}")
    return tuple(sorted((name, int(value)) for name, value in values.items()))


def _is_held(row: list[str]) -> bool:
    """Whether these are an interface, a vhid and a skew that ifconfig(8) takes.

    MASTER stands behind them where no skew brings the role back.
    """
    if row[3:] not in ([], ["MASTER"]) or not all(map(_NUMBER.fullmatch, row[1:3])):
        return False
    return len(row) > 2 and 1 <= int(row[1]) <= 255 and int(row[2]) <= ADVSKEW_LIMIT


def _jobs(
    where: str, files: dict[str, list[str]], paths: Iterable[str], processes: frozenset[str]
) -> tuple[Job, ...]:
    names = {p.removeprefix(where).partition("/")[0] for p in paths if p.startswith(where)}
    return tuple(_job(name, f"{where}{name}", files, processes) for name in sorted(names))


def _job(name: str, where: str, files: dict[str, list[str]], processes: frozenset[str]) -> Job:
    run = " ".join(files.get(f"{where}/run", ())) or "?"
    pid = " ".join(files.get(f"{where}/pid", ())).strip()
    status = " ".join(files.get(f"{where}/status", ())).strip()
    log = struck("\n".join(files.get(f"{where}/log", ())))
    if _NUMBER.fullmatch(status):
        return Job(name, run, JobState.ENDED, int(status), log)
    if not pid:
        return Job(name, run, JobState.UNSTARTED, None, log)
    if not _NUMBER.fullmatch(pid):
        raise ParseError(f"job {name} is there, and its process has no number: {pid!r}")
    state = JobState.RUNNING if pid in processes else JobState.LOST
    return Job(name, run, state, None, log)
