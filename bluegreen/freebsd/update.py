"""Read what a freebsd-update(8) call ended with."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from bluegreen.errors import ParseError
from bluegreen.freebsd import update_messages as says
from bluegreen.freebsd.pasted import pasted_lines, quoted
from bluegreen.model.release import parse_release
from bluegreen.model.system import Update, UpdateOutcome

_LOGGED = re.compile(
    r"^\s*(?:\[?(?:\d{4}-)?\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\]?"
    r"|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)\s+"
    r"(?:(?:\S+\s+)?(?:DEBUG|INFO|NOTICE|ERROR)\s*:?\s+|\S+ [\w./-]+(?:\[\d+\])?:\s+)?"
)
"""What a log writes before each line of an output it keeps."""

_CUT = re.compile(r"[.…\s]*")


@dataclass(frozen=True, slots=True)
class _Event:
    """Something a call said; ``outcome`` None: it began to install and did not end yet."""

    at: int
    outcome: UpdateOutcome | None
    problem: str | None = None


@lru_cache(maxsize=256)
def parse_update(text: str) -> Update:
    """Return how the last call in a text ended, by the last sentence that decides.

    ``target`` is the last one named with its patch level, as printed: -p0 stays. Two
    sentences say less than they seem to. A fetch past the end of life exits 1 although
    the set is staged. A disk that is full does not keep an installation from printing
    ``done.``, so it counts more than that. A rollback that ended is INSTALLED: the files
    of another set are in place and nothing is staged any more.

    Raises:
        ParseError: This is no output of freebsd-update, or one that never says its end.
    """
    whole = _cleaned(text)
    call, typed = _last_call(whole)
    events = sorted(_events(call), key=lambda event: event.at)
    if not events:
        raise _refusal(whole, call, typed)
    outcome = _outcome(events, call)
    failures = [event.problem for event in events if event.problem]
    return Update(
        outcome=outcome,
        target=_target(whole),
        end_of_life=says.END_OF_LIFE.search(whole) is not None,
        custom_kernel=_runs_custom_kernel(whole),
        problems=tuple(dict.fromkeys((*_warnings(whole), *failures))),
    )


def _cleaned(text: str) -> str:
    lines = (_LOGGED.sub("", line).strip() for line in pasted_lines(text.replace("…", "...")))
    return "\n".join(line for line in lines if line in {"", "done."} or not _CUT.fullmatch(line))


def _last_call(text: str) -> tuple[str, str]:
    """Return what the last call printed, and the line with which it was called, if any."""
    begins = [0]
    begins += [match.start() for match in says.STARTED.finditer(text)]
    calls = list(says.CALL.finditer(text))
    typed = calls[-1].group() if calls else ""
    begins += [calls[-1].end()] if calls else []
    return text[max(begins) :], typed


def _events(call: str) -> Iterator[_Event]:
    for message in says.DECISIVE:
        for match in message.pattern.finditer(call):
            problem = _sentence(match) if message.failure else None
            yield _Event(match.start(), message.outcome, problem)
    yield from _retries(call)
    yield from _questions(call)
    yield from _installations(call)
    for match in says.BROKEN.finditer(call):
        yield _Event(match.start(), UpdateOutcome.FAILED, _sentence(match))
    for match in says.END_OF_LIFE.finditer(call):
        needed = says.NOT_NEEDED.search(call) is None
        outcome = UpdateOutcome.STAGED if needed else UpdateOutcome.NOTHING_TO_DO
        yield _Event(match.start(), outcome)


def _retries(call: str) -> Iterator[_Event]:
    """Yield a mirror's failure if no other mirror answered after it."""
    for match in says.RETRIED.finditer(call):
        if not re.search(r"done\.", call[match.end() :]):
            yield _Event(match.start(), UpdateOutcome.FAILED, _sentence(match))


def _questions(call: str) -> Iterator[_Event]:
    for match in says.QUESTION.finditer(call):
        answer = match["answer"].strip().lower()
        went_on = says.RECOGNISED.search(call, match.end()) is not None
        if answer.startswith("n"):
            yield _Event(match.start(), UpdateOutcome.FAILED, _sentence(match))
        elif not answer.startswith("y") and not went_on:
            yield _Event(match.start(), UpdateOutcome.NEEDS_ANSWER)


def _installations(call: str) -> Iterator[_Event]:
    begins = [match.end() for match in says.INSTALLING.finditer(call)]
    for begin, until in pairwise([*begins, len(call)]):
        yield _Event(begin, None)
        if finished := says.FINISHED.search(call[begin:until]):
            yield _Event(begin + finished.end(), UpdateOutcome.INSTALLED)


def _outcome(events: list[_Event], call: str) -> UpdateOutcome:
    last = events[-1].outcome
    failed = any(event.outcome is UpdateOutcome.FAILED for event in events)
    if says.BROKEN.search(call) or (failed and last is UpdateOutcome.NOTHING_TO_DO):
        return UpdateOutcome.FAILED
    if last is None:
        raise ParseError("freebsd-update began to install, and the text does not say that it ended")
    return last


def _target(text: str) -> str | None:
    named = [match[1].rstrip(":.") for match in says.TARGET.finditer(text)]
    for target in named:
        parse_release(target)
    return named[-1] if named else None


def _runs_custom_kernel(text: str) -> bool:
    """Say whether a kernel runs that no release brings: freebsd-update leaves it as it is."""
    if says.FOREIGN_KERNEL.search(text):
        return True
    found = [set(match[1].split()) for match in says.COMPONENTS.finditer(text)]
    return any(
        any(name.startswith("world/") for name in names)
        and not any(name.startswith("kernel/") and not name.endswith("-dbg") for name in names)
        for names in found
    )


def _warnings(text: str) -> Iterator[str]:
    for pattern in says.WARNINGS:
        yield from (_sentence(match) for match in pattern.finditer(text))
    for match in says.LOCALLY_MODIFIED.finditer(text):
        for path in match[1].split():
            yield f"modified locally, so not updated: {path}"


def _sentence(match: re.Match[str]) -> str:
    return " ".join(match.group().replace("`", "").split())


def _refusal(whole: str, call: str, typed: str) -> ParseError:
    if typed.rstrip().endswith("IDS") or says.COMPARED.search(call):
        return ParseError("freebsd-update IDS only compares: nothing was fetched or installed")
    if not typed and says.RECOGNISED.search(whole) is None:
        return ParseError("this is no output of freebsd-update")
    lines = [line for line in call.splitlines() if line.strip()]
    after = f" after {quoted(lines[-1])}" if lines else ""
    return ParseError(
        f"freebsd-update does not say how it ended{after}: the text is cut, or only inspects (IDS)"
    )
