"""A site on packets: ``python -m benchmarks.site [--costs | --ipsec]``, as root.

Without an option: bare routers are provisioned and upgraded, and each layer's time in both switches
is told. With ``--costs``: what a far end loses in an upgrade where each router has a tunnel of its
own, with the steps ``cost-out`` and ``cost-in`` and without them. With ``--ipsec``: each layer's
time, and what a far end loses, where the tunnel is encrypted and where it is not.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from benchmarks import fping
from benchmarks.fping import Tally
from benchmarks.labs import probing
from benchmarks.table import machine
from bluegreen.lab.lab import Lab, lab_of
from bluegreen.lab.report import Executed, RouterReport
from bluegreen.lab.site import BEHIND, REMOTE, ROUTERS, Options
from bluegreen.model.events import EVENT, CommandSent, Event, Observed, RunFinished
from bluegreen.model.network import CarpState

ROOT = Path(__file__).resolve().parent.parent
INSIDE = "172.27.27.10"  # the client
FIRST, SECOND = ROUTERS
SWITCHES = ((FIRST, SECOND), (SECOND, FIRST))  # who is drained, who serves then
LAYERS = ("carp", "ipsec", "tunnels", "ospf", "routes", "remotes", "probe")
FLUSH = "net.inet.carp.demotion=0"
_COSTS = re.compile(r"^ *- \{step: cost-(?:out|in), .*\n", re.MULTILINE)


# -- what is run -----------------------------------------------------------------


def bluegreen(lab: Lab, folder: Path, *words: str) -> tuple[Event, ...]:
    """Run the product on a lab to its end, which must be a good one."""
    places = ("-i", str(lab.inventory), "--state-dir", str(folder / "state"))
    argv = (sys.executable, "-m", "bluegreen", *words, "--pair", "lab", "--yes", "--json", *places)
    env = {**os.environ, "HOME": str(folder), "SSH_AUTH_SOCK": ""}
    ended = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-4000:]
    return tuple(EVENT.validate_json(line) for line in ended.stdout.splitlines())


def from_far_end(lab: Lab) -> Sequence[str]:
    """Return what asks the client from behind the first far end, 1,000 times a second."""
    program, *words = fping.argv(INSIDE)
    return lab.inside(REMOTE, (program, "-S", BEHIND, *words))


# -- each layer of a provisioned site ----------------------------------------------


def layers() -> Iterator[str]:
    """Provision a site, upgrade it, and yield the lines of a table."""
    options = Options(bare=True, remotes=3, boot_s=8.0)
    with lab_of(options, f"b{os.getpid()}") as lab, tempfile.TemporaryDirectory() as folder:
        bluegreen(lab, Path(folder), "provision")
        yield from _upgrade(lab, Path(folder))


def protected() -> Iterator[str]:
    """Upgrade a lab whose tunnel is encrypted and one whose is not; yield the lines of tables."""
    for ipsec in (True, False):
        options = Options(ipsec=ipsec)
        with lab_of(options, f"b{os.getpid()}") as lab, tempfile.TemporaryDirectory() as folder:
            yield f"{'GRE in ESP' if ipsec else 'GRE'}:"
            yield from _upgrade(lab, Path(folder))
            yield ""


def _upgrade(lab: Lab, folder: Path) -> Iterator[str]:
    with probing((from_far_end(lab),)) as tally:
        events = bluegreen(lab, folder, "upgrade")
    reports = {name: lab.machine_state(name) for name in ROUTERS}
    yield from _layer_rows(events, reports)
    yield ""
    yield from _outage_rows(events, tally())


def _layer_rows(events: tuple[Event, ...], reports: Mapping[str, RouterReport]) -> Iterator[str]:
    yield "| layer | to router-002 | back to router-001 |"
    yield "|---|--:|--:|"
    seen = {e.layer for e in events if isinstance(e, Observed)}
    rows = {f"{name}, seen by the run, s": _seen_s(events, name) for name in LAYERS if name in seen}
    kernel = [f"{_roles_ms(reports, *switch):.1f}" for switch in SWITCHES]
    for what, cells in ({"flush → both vhids MASTER, ms": kernel} | rows).items():
        yield f"| {what} | {' | '.join(cells)} |"


def _seen_s(events: tuple[Event, ...], layer: str) -> list[str]:
    """Return how long after the drain was sent a layer was first seen to be there."""
    cells = []
    for drained, serving in SWITCHES:
        sent = next(
            e.at for e in events if isinstance(e, CommandSent) and e.step == f"drain@{drained}"
        )
        seen = [
            e.at - sent
            for e in events
            if isinstance(e, Observed) and e.step == f"converge@{serving}" and e.layer == layer
        ]
        cells.append(f"{min(seen) / timedelta(seconds=1):.1f}" if seen else "not there")
    return cells


def _roles_ms(reports: Mapping[str, RouterReport], drained: str, serving: str) -> float:
    """Return the time from the flush, as it was executed, to the last vhid that is MASTER."""
    flush = next(e.at_s for e in reports[drained].executed if _is_flush(e))
    roles = [
        change.at_s
        for change in reports[serving].changes
        if change.new is CarpState.MASTER and flush <= change.at_s < flush + 5.0
    ]
    return 1000 * (max(roles) - flush)


def _is_flush(executed: Executed) -> bool:
    return executed.argv == ("sysctl", FLUSH) and bool(executed.masters)


def _outage_rows(events: tuple[Event, ...], far: Tally) -> Iterator[str]:
    finished = events[-1]
    assert isinstance(finished, RunFinished)
    yield "| probed in the whole upgrade | sent | lost | longest gap, ms |"
    yield "|---|--:|--:|--:|"
    for o in finished.outages:
        yield f"| {o.vip}, from inside | {o.sent:,} | {o.lost} | {o.longest_gap_ms:.0f} |"
    yield f"| {INSIDE}, from a far end | {far.sent:,} | {far.lost:,} | {far.longest_gap_ms:.0f} |"


# -- with costs and without ----------------------------------------------------------


def costs(runs: int) -> Iterator[str]:
    """Upgrade fresh labs with raised costs and without, in turns; yield the lines of a table."""
    plain = (ROOT / "playbooks" / "active-first.yaml").read_text()
    assert len(_COSTS.findall(plain)) == 4
    kinds = {"cost-out and cost-in": plain, "without them": _COSTS.sub("", plain)}
    yield "| playbook | run | sent | lost | longest gap, ms |"
    yield "|---|--:|--:|--:|--:|"
    for run in range(1, runs + 1):
        for what, text in kinds.items():
            tally = _cost(text)
            yield (
                f"| {what} | {run} | {tally.sent:,} | {tally.lost:,} "
                f"| {tally.longest_gap_ms:,.0f} |"
            )


def _cost(playbook: str) -> Tally:
    with (
        lab_of(Options(tunnel="real"), f"b{os.getpid()}") as lab,
        tempfile.TemporaryDirectory() as folder,
    ):
        file = Path(folder) / "playbook.yaml"
        file.write_text(playbook)
        with probing((from_far_end(lab),)) as tally:
            bluegreen(lab, Path(folder), "upgrade", "--playbook", str(file))
        return tally()


def main() -> None:
    words = argparse.ArgumentParser(prog="python -m benchmarks.site")
    words.add_argument("--costs", action="store_true", help="with cost-out and without")
    words.add_argument("--ipsec", action="store_true", help="with strongSwan and without")
    words.add_argument("--runs", type=int, default=2, help="of each playbook")
    told = words.parse_args()
    sys.stdout.write(f"{machine()}\n\n")
    plain = protected if told.ipsec else layers
    for line in costs(told.runs) if told.costs else plain():
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
