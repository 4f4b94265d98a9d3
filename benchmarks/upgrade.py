"""A whole upgrade by bluegreen and by Ansible, on fresh labs, in turns: what each adds to the work.

``python -m benchmarks.upgrade [--runs N] [--boot SECONDS] [--lab]``. Both routers are
emulated, behind real sshd: nothing here is FreeBSD's kernel.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import breakdown
from benchmarks.ansible import play
from benchmarks.labs import (
    FETCH_S,
    INSTALL_S,
    TARGET,
    Lab,
    Make,
    Shape,
    in_namespaces,
    on_loopback,
)
from benchmarks.table import Row, machine, render
from bluegreen.cli.files import load_inventory
from bluegreen.lab.loopback import QUICK
from bluegreen.model.events import EVENT, Event

ROOT = Path(__file__).resolve().parent.parent
SHARE = 0.5  # the target: of what Ansible adds
SESSION, LOGIN = "Starting session:", "Accepted publickey"  # sshd(8), LogLevel VERBOSE

_PROBES = re.compile(r"^ +probes:\n(?: +- \{(?:icmp|tcp|http):.*\n)*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Taken:
    """What one upgrade took."""

    by: str
    wall_s: float
    own_s: float  # the routers' own work
    cpu_s: float  # of the controller's processes that it waited for
    sessions: int  # SSH execs, as sshd logged them
    logins: int  # SSH connections
    events: tuple[Event, ...] = ()

    @property
    def controller_s(self) -> float:
        return self.wall_s - self.own_s


@dataclass(frozen=True, slots=True)
class Child:
    """A process that has ended."""

    code: int
    wall_s: float
    cpu_s: float
    out: str
    err: str


def run(argv: Sequence[str], env: Mapping[str, str], logs: Path) -> Child:
    """Run a process to its end; its CPU time holds that of all it has waited for."""
    out, err = logs / "out", logs / "err"
    with out.open("wb") as said, err.open("wb") as complained:
        began_s = time.monotonic()
        process = subprocess.Popen(
            argv, cwd=ROOT, env=dict(env), stdout=said, stderr=complained, stdin=subprocess.DEVNULL
        )
        _, status, used = os.wait4(process.pid, 0)
        wall_s = time.monotonic() - began_s
    process.returncode = os.waitstatus_to_exitcode(status)
    cpu_s = used.ru_utime + used.ru_stime
    return Child(process.returncode, wall_s, cpu_s, out.read_text(), err.read_text())


def by_bluegreen(lab: Lab, folder: Path) -> Taken:
    """Upgrade the pair of a lab with the product, without probes: the playbook has none either."""
    inventory = folder / "hosts.yaml"
    inventory.write_text(_PROBES.sub("", lab.inventory.read_text()))
    pair = load_inventory(inventory).pairs[0].name
    words = ("upgrade", "--pair", pair, "-i", str(inventory), "--yes", "--json")
    argv = (sys.executable, "-m", "bluegreen", "--state-dir", str(folder / "state"), *words)
    before = _logged(lab)
    child = run(argv, {**os.environ, "HOME": str(folder), "SSH_AUTH_SOCK": ""}, folder)
    assert child.code == 0, child.err
    events = tuple(EVENT.validate_json(line) for line in child.out.splitlines())
    return _taken("bluegreen", child, lab, before, events)


def by_ansible(lab: Lab, folder: Path) -> Taken:
    """Upgrade the pair of a lab with the playbook; what it is told beforehand is free."""
    prepared = play.prepare(lab.inventory, folder, lab.work, TARGET)
    before = _logged(lab)
    child = run(prepared.argv, prepared.env, folder)
    assert child.code == 0, child.out[-4000:] + child.err[-2000:]
    return _taken("Ansible", child, lab, before, ())


def _taken(
    by: str, child: Child, lab: Lab, before: tuple[int, int], events: tuple[Event, ...]
) -> Taken:
    own_s = breakdown.own_work_s(lab.work)
    sessions, logins = (now - then for now, then in zip(_logged(lab), before, strict=True))
    return Taken(by, child.wall_s, own_s, child.cpu_s, sessions, logins, events)


def _logged(lab: Lab) -> tuple[int, int]:
    """Return how many sessions and connections the routers' sshd have had."""
    there = lab.inventory.parent
    logs = [
        log
        for router in lab.routers
        for name in ("sshd.log", "node.log")
        for log in there.glob(f"**/{router}/{name}")
    ]
    assert len(logs) == len(lab.routers), f"{len(logs)} logs of sshd below {there}"
    texts = [log.read_text(errors="replace") for log in logs]
    return sum(t.count(SESSION) for t in texts), sum(t.count(LOGIN) for t in texts)


# -- fresh labs, in turns ----------------------------------------------------------


def measure(runs: int, make: Make, shape: Shape) -> tuple[Taken, ...]:
    """Return what every upgrade took, bluegreen and Ansible in turns."""
    taken: list[Taken] = []
    for _ in range(runs):
        for by in (by_bluegreen, by_ansible):
            with make(shape) as lab, tempfile.TemporaryDirectory() as folder:
                taken.append(by(lab, Path(folder)))
                check(lab, shape)
                _say(taken[-1])
    return tuple(taken)


def check(lab: Lab, shape: Shape) -> None:
    """Fail unless both routers are on the new version, with roles and skews as at the start."""
    for number, name in enumerate(lab.routers):
        seen = lab.report(name)
        versions = {seen.versions.kernel, seen.versions.running, seen.versions.userland}
        assert versions == {TARGET}, (name, versions)
        assert len(seen.masters) == (0 if number else shape.vhids), (name, seen.masters)
        assert {role.advskew for role in seen.roles} == {shape.skews[number]}, (name, seen.roles)
        assert not seen.not_idle, (name, seen.not_idle)
        assert not seen.unknown, (name, seen.unknown)


def _say(taken: Taken) -> None:
    sys.stderr.write(
        f"{taken.by}: {taken.wall_s:.1f} s, ours {taken.controller_s:.1f} s, "
        f"{taken.sessions} execs, {taken.logins} logins, {taken.cpu_s:.1f} s CPU\n"
    )


# -- the table -----------------------------------------------------------------------


def rows(taken: Iterable[Taken]) -> list[Row]:
    """Return both beside each other; a target has only the first row."""
    known = tuple(taken)
    ours, theirs = (tuple(t for t in known if t.by == by) for by in ("bluegreen", "Ansible"))

    def both(what: str, unit: str, figure: Callable[[Taken], float]) -> Row:
        one, other = (statistics.median(map(figure, some)) for some in (ours, theirs))
        digits = 0 if unit == "" else 1
        said = f"{one:.{digits}f}{unit} beside {other:.{digits}f}{unit}"
        return Row(what, said, "none", met=True)

    added = both("controller time: all but the routers' own work", " s", lambda t: t.controller_s)
    share = statistics.median(t.controller_s for t in ours) / statistics.median(
        t.controller_s for t in theirs
    )
    return [
        replace(
            added,
            measured=f"{added.measured}: {share:.2f}",
            target=f"<= {SHARE} of Ansible's",
            met=share <= SHARE,
        ),
        both("the whole upgrade", " s", lambda t: t.wall_s),
        both("of it the routers' own work, computed", " s", lambda t: t.own_s),
        both("CPU time of the controller", " s", lambda t: t.cpu_s),
        both("SSH execs, as sshd logged them", "", lambda t: t.sessions),
        both("SSH connections", "", lambda t: t.logins),
    ]


def main() -> None:
    words = argparse.ArgumentParser(prog="python -m benchmarks.upgrade")
    words.add_argument("--runs", type=int, default=3)
    words.add_argument("--boot", type=float, default=Shape().boot_s, help="s")
    words.add_argument("--lab", action="store_true", help="in network namespaces, as root")
    told = words.parse_args()
    sys.stdout.write(f"{machine()}\n\n")
    make = in_namespaces if told.lab else on_loopback
    taken = measure(told.runs, make, Shape(boot_s=told.boot))
    sys.stdout.write(f"{render(rows(taken))}\n\nbluegreen beside Ansible, median of {told.runs}.\n")
    slowest = max((t for t in taken if t.events), key=lambda t: t.wall_s)
    work = replace(QUICK, fetch=FETCH_S, install=INSTALL_S, boot=told.boot)
    found = breakdown.by_name(breakdown.steps(slowest.events, work))
    sys.stdout.write(f"\n{breakdown.render(found)}\n")


if __name__ == "__main__":
    main()
