"""What a planned switch costs, variant beside variant: ``python -m benchmarks.lab [--full]``.

As root: real packets between network namespaces of this machine, a probe each millisecond.
The short form takes some eight minutes; ``--full`` adds the matrix of labs. ``--loopback``
needs no root and sends no packets: it shows the roles alone.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from benchmarks import switching, ucarp
from benchmarks.labs import Lab, Make, Shape, in_namespaces, on_loopback
from benchmarks.switching import Measured
from benchmarks.table import machine
from benchmarks.upgrade import Taken, by_ansible, by_bluegreen
from benchmarks.variants import VARIANTS

LABEL = """\
Measured with our CARP daemon on Linux, not FreeBSD's kernel. The client probes the VIP, and an
address beyond the routers, each at 1 kHz; the worse of the two counts. Median and worst run."""
MATRIX = tuple(
    Shape(skews, carriage, vhids)
    for skews in ((0, 100), (100, 200), (0, 1))
    for carriage in ("unicast", "multicast")
    for vhids in (1, 8)
)
MATRIX_VARIANTS = "ab"
UPGRADES: tuple[tuple[str, str, Callable[[Lab, Path], Taken]], ...] = (
    ("g", "whole upgrade by Ansible", by_ansible),
    ("h", "whole upgrade by bluegreen", by_bluegreen),
)
WHAT = {
    **{variant.key: variant.what for variant in VARIANTS},
    "f": "ucarp 1.5.2, SIGUSR2",
    **{key: what for key, what, _ in UPGRADES},
}


def main() -> None:
    words = argparse.ArgumentParser(prog="python -m benchmarks.lab")
    words.add_argument("--full", action="store_true", help="the matrix of labs too")
    words.add_argument("--loopback", action="store_true", help="no root, no packets")
    words.add_argument("--runs", type=int, default=10, help="of the first variant")
    words.add_argument("--others", type=int, default=3, help="runs of each other variant")
    words.add_argument("--only", default="abcdefgh", help="variants by their letters")
    told = words.parse_args()
    make = on_loopback if told.loopback else in_namespaces
    _print(f"{machine()}\n\n{LABEL}\n")
    shape = Shape(boot_s=4.0)
    runs = {key: told.runs if key == "a" else told.others for key in told.only}
    found = [*switches(make, shape, runs), *ucarps(runs.get("f", 0)), *upgrades(make, shape, runs)]
    _print(f"{shape}\n\n{table(found)}\n")
    for other in MATRIX if told.full else ():
        few = {key: told.others for key in told.only if key in MATRIX_VARIANTS}
        _print(f"{other}\n\n{table(switches(make, other, few))}\n")


def switches(make: Make, shape: Shape, runs: dict[str, int]) -> Iterator[Measured]:
    """Yield every switch of one lab, the variants in turns: what disturbs one disturbs all."""
    wanted = [variant for variant in VARIANTS if runs.get(variant.key)]
    if not wanted:
        return
    with make(shape) as lab:
        for number in range(max(runs[variant.key] for variant in wanted)):
            for variant in wanted:
                if number < runs[variant.key]:
                    yield _told(switching.switch(lab, variant))


def ucarps(runs: int) -> Iterator[Measured]:
    for _ in range(runs):
        yield _told(ucarp.switch())


def upgrades(make: Make, shape: Shape, runs: dict[str, int]) -> Iterator[Measured]:
    """Yield whole upgrades, each on a lab of its own."""
    for key, _, by in UPGRADES:
        for _ in range(runs.get(key, 0)):
            with make(shape) as lab, tempfile.TemporaryDirectory() as folder:
                run = _upgrading(lab, by, Path(folder))
                yield _told(switching.upgrade(lab, key, run))


def table(found: Iterable[Measured]) -> str:
    """Return a line a variant: median, and the worst in brackets."""
    known = tuple(found)
    lines = [
        "| | variant | runs | probes | lost | longest gap, ms | command → peer MASTER, ms |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for key in dict.fromkeys(one.key for one in known):
        some = [one for one in known if one.key == key]
        tallies = [one.tally for one in some]
        delays = [delay_ms for one in some for delay_ms in one.to_master_ms]
        cells = (
            key,
            WHAT[key],
            f"{len(some)}",
            f"{sum(tally.sent for tally in tallies):,}",
            _spread([tally.lost for tally in tallies]),
            _spread([tally.longest_gap_ms for tally in tallies]),
            _spread(delays) if delays else "never",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _spread(values: Iterable[float]) -> str:
    known = sorted(values)
    middle, worst = statistics.median(known), known[-1]
    digits = 0 if middle >= 100 or all(value == int(value) for value in known) else 1
    return f"{middle:.{digits}f} (worst {worst:.{digits}f})"


def _upgrading(lab: Lab, by: Callable[[Lab, Path], Taken], folder: Path) -> Callable[[], None]:
    def run() -> None:
        by(lab, folder)

    return run


def _told(measured: Measured) -> Measured:
    tally, delays = measured.tally, measured.to_master_ms
    sys.stderr.write(
        f"{measured.key}: {tally.lost} of {tally.sent} lost, gap {tally.longest_gap_ms} ms, "
        f"MASTER after {', '.join(map(str, delays)) or 'never'} ms\n"
    )
    return measured


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
