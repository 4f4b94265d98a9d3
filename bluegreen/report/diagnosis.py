"""A diagnosis in words: a line for each thing that was looked at, then what was found, and the fix.

Names and marks stand at the beginning of a line and stay as they are: people grep for them.
"""

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bluegreen.model.finding import Evidence, Finding, Fix, Severity
from bluegreen.policy.doctor import Diagnosis
from bluegreen.report.words import clean

NARROWEST = 40  # columns
STYLES = {
    Severity.CRITICAL: "bold red",
    Severity.WARNING: "yellow",
    Severity.UNKNOWN: "magenta",
    Severity.NOTE: "cyan",
}
MARKS = {
    Severity.CRITICAL: "!!",
    Severity.WARNING: "!!",
    Severity.UNKNOWN: "??",
    Severity.NOTE: "--",
}
WORDS = {Severity.UNKNOWN: "CANNOT TELL"}
LABEL = 6  # columns of `seen` and `fix` with what parts them


@dataclass(frozen=True, slots=True)
class Line:
    """One line, and how it looks where there are colours."""

    text: str
    style: str = ""


def render_diagnosis(diagnosis: Diagnosis, width: int | None = None) -> str:
    """Return the lines as text; a width wraps sentences, never a command."""
    return "\n".join(line.text for line in diagnosis_lines(diagnosis, width))


def diagnosis_lines(diagnosis: Diagnosis, width: int | None = None) -> tuple[Line, ...]:
    """Return every line.

    Args:
        diagnosis: What was looked at, and found.
        width: Columns of the terminal; None: nothing is wrapped.
    """
    columns = None if width is None else max(width, NARROWEST)
    findings = [line for one in diagnosis.findings for line in _finding(one, columns)]
    total = (line for text in _total(diagnosis) for line in _wrapped(text, "", columns))
    return (*_looks(diagnosis), *findings, Line(""), *total)


def _looks(diagnosis: Diagnosis) -> Iterator[Line]:
    refused = {name for name, verdict in diagnosis.checks if not verdict}
    width = max((len(name) for name, _ in diagnosis.looks), default=0)
    for name, found in diagnosis.looks:
        if not found and name not in refused:
            yield Line(f"ok  {name}")
            continue
        worst = min((one.severity for one in found), key=lambda s: s.rank, default=None)
        mark = "NO" if name in refused else MARKS[worst or Severity.WARNING]
        names = ", ".join(dict.fromkeys(one.name for one in found))
        yield Line(f"{mark}  {name:<{width}}  {names}".rstrip(), STYLES[worst] if worst else "")


def _finding(finding: Finding, columns: int | None) -> Iterator[Line]:
    word = WORDS.get(finding.severity, finding.severity.upper())
    yield Line("")
    yield Line(f"{word}  {finding.name}", STYLES[finding.severity])
    yield from _wrapped(finding.says, "  ", columns)
    if len(finding.causes) == 1:
        yield from _wrapped(finding.causes[0], "  because: ", columns)
    else:
        for cause in finding.causes:
            yield from _wrapped(cause, "  perhaps: ", columns)
    where = [*(e.on for e in finding.evidence), *(f.on for f in finding.fix)]
    wide = max(map(len, where), default=0)
    told = [one for one in finding.evidence if one.seen != finding.says]
    yield from _evidence(told, wide, columns)
    yield from _fixes(finding.fix, wide, columns)


def _evidence(evidence: Iterable[Evidence], wide: int, columns: int | None) -> Iterator[Line]:
    label = "seen"
    for one in evidence:
        yield from _wrapped(one.seen, f"  {label:<{LABEL}}{one.on:<{wide}}  ", columns)
        label = ""


def _fixes(fixes: Iterable[Fix], wide: int, columns: int | None) -> Iterator[Line]:
    label = "fix"
    for fix in fixes:
        head = f"  {label:<{LABEL}}{fix.on:<{wide}}  "
        yield from _wrapped(f"{fix.do}:" if fix.type else fix.do, head, columns)
        if fix.type:
            yield Line(f"{'':<{len(head)}}  {clean(fix.type)}", "bold")
        label = ""


def _wrapped(text: str, head: str, columns: int | None) -> Iterator[Line]:
    """Yield a sentence behind a head, its further lines below its first word."""
    spoken = clean(text)
    if columns is None:
        yield Line(f"{head}{spoken}")
        return
    room = max(columns - len(head), NARROWEST // 2)
    for index, line in enumerate(
        textwrap.wrap(spoken, room, break_long_words=False, break_on_hyphens=False) or [""]
    ):
        yield Line(f"{head if index == 0 else ' ' * len(head)}{line}")


def _total(diagnosis: Diagnosis) -> Iterator[str]:
    refused = [name for name, verdict in diagnosis.checks if not verdict]
    counts = Counter(finding.severity for finding in diagnosis.findings)
    told = ", ".join(_counted(each, counts[each]) for each in Severity if counts[each])
    number = len(diagnosis.looks)
    if refused:
        yield f"an upgrade would be refused for {', '.join(refused)}"
    yield f"{number} looked at: {told}" if told else f"all {number} checks ok"


def _counted(severity: Severity, count: int) -> str:
    if severity is Severity.UNKNOWN:
        return f"{count} cannot be told"
    return f"{count} {severity}{'s' if count > 1 and severity is not Severity.CRITICAL else ''}"
