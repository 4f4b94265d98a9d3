"""Measure everything that needs no lab, and print one table."""

import sys

from benchmarks import journal, observation, process, sim
from benchmarks.table import machine, render


def main() -> None:
    """Print the table; exit 0 whatever the figures are: they are for reading."""
    print(machine())
    print()
    rows = [row for part in (process, observation, journal, sim) for row in part.rows()]
    print(render(rows))
    sys.exit(0)


main()
