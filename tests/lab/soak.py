"""Random trouble on real packets, as long as one likes.

``PYTHONPATH=tests/ssh:tests/lab:. python -m soak --minutes 60 [--seed N]``, as root on Linux. A
hundred probes a second, not a thousand: an hour of those would be all that the machine does.

Each round is a lab of its own shape and an upgrade of its pair, into which trouble falls at
random moments: the controller is killed or interrupted, SSH is blocked, cables are pulled,
power fails. Then a human comes: everything is mended, and what the run says is typed. A round
is right if the pair ends as it began but for its version, nothing disruptive was done to a
router that served, and no probe was lost that no trouble explains. A seed names a round.
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic, sleep
from time import time as today_s

from routers import until
from running import FIRST, NEW, SECOND, Product, Shapes, reports, shapes

from bluegreen.errors import BluegreenError
from bluegreen.lab.control import PowerCycle
from bluegreen.lab.inventory import every_ms, probed
from bluegreen.lab.lab import Lab, lab_of
from bluegreen.lab.site import CLIENT, Endpoints, Options
from bluegreen.model.events import EVENT, RunFinished

BOOT_S = 3.0
RUN_S = 30.0  # about how long an upgrade takes: trouble falls within it
SETTLES_S = 60.0  # what a mended pair is given: boots, send errors that must clear, elections
COMMANDS_MAX = 12
COMMAND_S = 240.0
EVERY_MS = 10
PATIENCE_S = 4.5  # of a BACKUP: 3 * advbase + advskew/256 s, and some to move

_ANSWERED = re.compile(r"\[(\d+\.\d+)\] \S+ *: \[(\d+)\], \d+ bytes")
_SAID = re.compile(r"`bluegreen (resume|rollback|upgrade|restore)\b")
_CUT = """\
table inet soak {
  chain in { type filter hook input priority 0; tcp dport 22 drop; }
}
"""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What happens, to whom, when and for how long (s after the run began)."""

    what: str  # kill, stop, ssh, line, cable, power
    router: str
    at_s: float
    lasts_s: float
    interface: str = "vmx1"

    @property
    def costs(self) -> bool:
        """Whether it can cost packets whatever anybody does."""
        return self.what in ("cable", "power")


@dataclass(frozen=True, slots=True)
class Round:
    """One upgrade and its troubles, drawn from a seed."""

    seed: int
    options: Options
    strategy: str
    troubles: tuple[Trouble, ...]
    undoes: bool  # after an interruption it is taken back

    def __str__(self) -> str:
        said = ", ".join(f"{t.what}@{t.router}+{t.at_s:.1f}s" for t in self.troubles)
        return f"seed {self.seed}: {self.strategy}, {said}{', taken back' if self.undoes else ''}"


def drawn(seed: int) -> Round:
    """Return the round of a seed."""
    dice = random.Random(seed)  # noqa: S311 - draws trouble, guards nothing
    tunnel: Endpoints = dice.choice(("vip", "real", "none"))
    options = Options(
        vhids=dice.choice((2, 2, 4)),
        active_active=dice.random() < 0.25,
        tunnel=tunnel,
        boot_s=BOOT_S,
        install_s=dice.choice((1.0, 4.0)),
        every_ms=EVERY_MS,
    )
    kinds = ("kill", "kill", "kill", "stop", "ssh", "line", "cable", "power")
    troubles = (
        Trouble(
            dice.choice(kinds),
            dice.choice((FIRST, SECOND)),
            dice.uniform(0.3, RUN_S),
            dice.uniform(0.5, 8.0),
            dice.choice(("vmx1", "vmx2")),
        )
        for _ in range(dice.choice((1, 1, 2, 2, 3)))
    )
    ordered = tuple(sorted(troubles, key=lambda trouble: trouble.at_s))
    strategy = dice.choice(("active-first", "idle-first"))
    return Round(seed, options, strategy, ordered, dice.random() < 0.25)


@dataclass(slots=True)
class Scene:
    """A lab while trouble falls on it."""

    lab: Lab
    due: list[tuple[float, Callable[[], None]]] = field(default_factory=list)  # monotonic, s
    windows: list[tuple[float, float]] = field(default_factory=list)  # time of day, s
    hits: list[str] = field(default_factory=list)  # kill, stop: for whoever runs the controller

    def plan(self, trouble: Trouble, began: float) -> None:
        self.due.append((began + trouble.at_s, lambda: self._begin(trouble)))
        self.due.sort(key=lambda one: one[0])

    def happen(self, *, everything: bool = False) -> None:
        """Do what is due by now; ``everything``: what would come later, too."""
        while self.due and (everything or self.due[0][0] <= monotonic()):
            _, act = self.due.pop(0)
            act()

    def _begin(self, trouble: Trouble) -> None:
        if trouble.costs:
            until_s = today_s() + trouble.lasts_s + BOOT_S + 2 * PATIENCE_S
            self.windows.append((today_s() - 0.1, until_s))
        match trouble.what:
            case "kill" | "stop":
                self.hits.append(trouble.what)
            case "ssh":
                self._nft(trouble.router, _CUT)
                self._later(trouble, lambda: self._nft(trouble.router, "delete table inet soak"))
            case "line":
                self._cable(replace(trouble, interface="vmx0"))
            case "cable":
                self._cable(trouble)
            case "power":
                self.lab.tell(trouble.router, PowerCycle())

    def _cable(self, trouble: Trouble) -> None:
        self.lab.plug(trouble.router, trouble.interface, in_=False)
        self._later(trouble, lambda: self.lab.plug(trouble.router, trouble.interface, in_=True))

    def _later(self, trouble: Trouble, act: Callable[[], None]) -> None:
        self.due.append((monotonic() + trouble.lasts_s, act))
        self.due.sort(key=lambda one: one[0])

    def _nft(self, router: str, text: str) -> None:
        words = self.lab.inside(router, ["nft", "-f", "-"])
        subprocess.run(words, input=text, text=True, check=False, capture_output=True)


class Pings:
    """Echo requests to each target, as often as a run probes it; which were lost, and when."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self._files = {target: folder / f"ping{n}" for n, target in enumerate(probed(lab.options))}
        period = str(every_ms(lab.options))
        words = ("chrt", "-f", "1", "fping", "-D", "-p", period, "-i", "1", "-t", "500", "-l")
        self._running = [
            subprocess.Popen(
                lab.inside(CLIENT, [*words, target]),
                stdout=file.open("wb"),
                stderr=subprocess.DEVNULL,
            )
            for target, file in self._files.items()
        ]

    def end(self) -> tuple[int, list[tuple[str, float]]]:
        """Return how many were sent, and target and time of each that was lost."""
        for process in self._running:
            process.send_signal(signal.SIGINT)
        for process in self._running:
            process.wait()
        sent, lost = 0, []
        for target, file in self._files.items():
            seen = {int(seq): float(at) for at, seq in _ANSWERED.findall(file.read_text())}
            sent += max(seen) + 1
            at_s = seen[min(seen)]
            for seq in range(max(seen)):
                at_s = seen.get(seq, at_s)
                if seq not in seen:
                    lost.append((target, at_s))
        return sent, lost


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a round."""

    round: Round
    ends: tuple[str, ...]  # of each command: what it was and its exit status
    sent: int
    explained: int  # lost while a cable or the power was gone
    wrong: tuple[str, ...]

    @property
    def ending(self) -> str:
        return self.ends[-1]


def play(round_: Round, folder: Path) -> Told:
    """Make the lab of a round, upgrade it, let trouble fall, be the human, and judge."""
    with lab_of(round_.options, f"s{os.getpid()}") as lab:
        product = Product(lab.inventory, folder / "controller")
        before = shapes(lab)
        pings = Pings(lab, folder)
        sleep(0.5)
        scene = Scene(lab)
        began = monotonic()
        for trouble in round_.troubles:
            scene.plan(trouble, began)
        ends, last = _operate(scene, product, round_, folder)
        scene.happen(everything=True)
        until(lambda: not _differences(lab, before, last), limit_s=SETTLES_S)
        wrong = [*_differences(lab, before, last), *_deeds(lab)]
        if not ends[-1].endswith((" 0", " 1", " 3")):
            wrong.append(f"it never ended: {ends}")
        sent, lost = pings.end()
        dark = [(target, at) for target, at in lost if not _within(at, scene.windows)]
        wrong += [f"{n} lost of {target}" for target, n in Counter(t for t, _ in dark).items()]
        explained = len(lost) - len(dark)
        return Told(round_, tuple(ends), sent, explained, tuple(wrong))


def _within(at: float, windows: Sequence[tuple[float, float]]) -> bool:
    return any(since <= at <= until_s for since, until_s in windows)


def _operate(
    scene: Scene, product: Product, round_: Round, folder: Path
) -> tuple[list[str], RunFinished | None]:
    """Type what an operator would, until a run has ended."""
    command = ("upgrade", "--pair", "lab", "--yes", "--strategy", round_.strategy)
    ends: list[str] = []
    last = None
    for number in range(COMMANDS_MAX):
        code, out, err = _typed(scene, product, command, folder / f"command{number}")
        ends.append(f"{command[0]} {code}")
        last = _finished(out) or last
        if code in (0, 1, 2, 3, 5):
            if "no run is open" in err:  # killed before it had begun
                command = ("upgrade", "--pair", "lab", "--yes", "--strategy", round_.strategy)
                continue
            break
        command = ("rollback" if round_.undoes else "resume",)
        if code == 4:
            scene.happen(everything=True)
            sleep(BOOT_S + 2 * PATIENCE_S)
            said = _SAID.search(last.next_move if last else err)
            command = (said[1] if said else "rollback",)
    return ends, last


def _typed(
    scene: Scene, product: Product, command: tuple[str, ...], file: Path
) -> tuple[int, str, str]:
    """Run one command while trouble falls; return its status and what it said."""
    out, err = file.with_suffix(".out"), file.with_suffix(".err")
    words = product.words(command[0], *command[1:], "--json")
    limit = monotonic() + COMMAND_S
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, env=product.env
        )
        while process.poll() is None:
            scene.happen()
            for hit in scene.hits:
                process.send_signal(signal.SIGKILL if hit == "kill" else signal.SIGINT)
            scene.hits.clear()
            if monotonic() > limit:
                process.kill()
            sleep(0.01)
    return process.returncode, out.read_text(errors="replace"), err.read_text(errors="replace")


def _finished(out: str) -> RunFinished | None:
    events = [EVENT.validate_json(line) for line in out.splitlines(keepends=True) if "\n" in line]
    ended = [event for event in events if isinstance(event, RunFinished)]
    return ended[-1] if ended else None


def _differences(lab: Lab, before: Shapes, last: RunFinished | None) -> list[str]:
    """Say what is not as it was; versions may be new, and must be after a run that is done."""
    found = []
    for was, now, name in zip(before, shapes(lab), (FIRST, SECOND), strict=True):
        is_new = now.versions.kernel == NEW
        if last and last.outcome == "done" and last.reason == "" and not is_new:
            found.append(f"{name} is on {now.versions.kernel} after a run that is done")
        if replace(now, versions=was.versions) != was:
            found += [
                f"{name}: {what} was {getattr(was, what)}, is {getattr(now, what)}"
                for what in ("roles", "preempt", "demotion", "config", "active", "leftovers")
                if getattr(was, what) != getattr(now, what)
            ]
    return found


def _deeds(lab: Lab) -> list[str]:
    """Say what should never be done, whatever happens."""
    return [
        *(f"{r.name} while MASTER: {' '.join(e.argv)}" for r in reports(lab) for e in r.not_idle),
        *(f"{r.name} does not know {argv}" for r in reports(lab) for argv in r.unknown),
    ]


def soak(minutes: float, seed: int, keep: Path | None = None) -> list[Told]:
    """Play rounds for a while; what was wrong is kept in a folder, with all that was said."""
    ends_at = monotonic() + 60 * minutes
    told: list[Told] = []
    while not told or monotonic() < ends_at:
        with tempfile.TemporaryDirectory() as name:
            try:
                told.append(play(drawn(seed), Path(name)))
            except (BluegreenError, OSError, AssertionError) as error:
                told.append(Told(drawn(seed), ("broke",), 0, 0, (repr(error),)))
            if told[-1].wrong and keep:
                shutil.copytree(name, keep / f"{seed}", dirs_exist_ok=True)
        sys.stderr.write(f"{_line(told[-1])}\n")
        seed += 1
    return told


def _line(told: Told) -> str:
    bad = "".join(f"\n    WRONG: {what[:600]}" for what in told.wrong)
    return (
        f"{told.round}: {', '.join(told.ends)}; {told.sent} sent, {told.explained} lost"
        f" while a cable or the power was gone{bad}"
    )


def main() -> int:
    words = argparse.ArgumentParser(prog="python -m soak")
    words.add_argument("--minutes", type=float, default=60.0)
    words.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    words.add_argument("--keep", type=Path, help="a folder for what rounds that are wrong said")
    given = words.parse_args()
    told = soak(given.minutes, given.seed, given.keep)
    troubles = Counter(trouble.what for one in told for trouble in one.round.troubles)
    summary = {
        "rounds": len(told),
        "first_seed": given.seed,
        "troubles": dict(troubles),
        "ends": dict(Counter(one.ending for one in told)),
        "commands": sum(len(one.ends) for one in told),
        "sent": sum(one.sent for one in told),
        "lost_explained": sum(one.explained for one in told),
        "wrong": {one.round.seed: one.wrong for one in told if one.wrong},
    }
    sys.stdout.write(f"{json.dumps(summary, indent=2)}\n")
    return 1 if summary["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
