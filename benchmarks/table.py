"""Rows of figures, printed as a table that documentation can hold."""

import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One figure beside its target."""

    what: str
    measured: str
    target: str
    met: bool


def machine() -> str:
    """Say what the figures were measured on."""
    load = os.getloadavg()[0]
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, load {load:.1f} before the run"
    )


def render(rows: Iterable[Row]) -> str:
    lines = ["| what | measured | target | met |", "|---|---|---|---|"]
    lines += [
        f"| {row.what} | {row.measured} | {row.target} | {'yes' if row.met else '**no**'} |"
        for row in rows
    ]
    return "\n".join(lines)
