"""Every result as text for people; `documents` has the same for programs."""

from bluegreen.report.diagnosis import render_diagnosis
from bluegreen.report.finish import render_finish
from bluegreen.report.runs import RunLine, render_runs, run_line
from bluegreen.report.show import render_show
from bluegreen.report.status import render_status

__all__ = [
    "RunLine",
    "render_diagnosis",
    "render_finish",
    "render_runs",
    "render_show",
    "render_status",
    "run_line",
]
