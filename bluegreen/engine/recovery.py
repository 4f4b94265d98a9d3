"""A run rebuilt from what lies on its routers alone; what is then done, the runner does."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from bluegreen.engine.advice import describe
from bluegreen.engine.plan import Plan
from bluegreen.errors import BluegreenError, NeedsHumanError, ParseError, RefusedError
from bluegreen.freebsd.paths import Paths
from bluegreen.model.codec import read_facts, unpack_facts
from bluegreen.model.command import Output, Script, legible
from bluegreen.model.facts import PairFacts, RouterFacts
from bluegreen.model.run_record import Reached, RunRecord, read
from bluegreen.policy.leftovers import Leftovers, leftovers
from bluegreen.world import World

Form = TypeVar("Form", RunRecord, Reached)

ABSENT = "No such file or directory"  # ENOENT, strerror(3)
BY_HAND = "At the routers' consoles, remove what belongs to no run that you know."


class Questions(Protocol):
    """Asks for what a run wrote down on a router: record, baseline, note, in that order."""

    def record_questions(self, router: str) -> Script: ...


@dataclass(frozen=True, slots=True)
class Papers:
    """What a run wrote down on one router; None: it is not there, or cannot be read."""

    router: str
    record: RunRecord | None = None
    baseline: str | None = None  # facts, as JSON
    reached: Reached | None = None
    problems: tuple[str, ...] = ()  # what is there and cannot be read


@dataclass(frozen=True, slots=True)
class Remains:
    """Everything that lies on the routers of one run."""

    run: str
    facts: PairFacts
    left: tuple[Leftovers, ...]  # of each router that answers
    papers: tuple[Papers, ...]

    @property
    def record(self) -> RunRecord | None:
        return next((p.record for p in self.papers if p.record), None)

    @property
    def baseline(self) -> str | None:
        return next((p.baseline for p in self.papers if p.baseline), None)

    @property
    def reached(self) -> Reached | None:
        """Return the note of the last order that was sent, to whichever router."""
        notes = [p.reached for p in self.papers if p.reached]
        return max(notes, key=lambda note: note.number, default=None)

    @property
    def problems(self) -> tuple[str, ...]:
        return tuple(problem for papers in self.papers for problem in papers.problems)

    @property
    def only_locked(self) -> bool:
        """Nothing but locks: the run had not begun to change anything, or had ended."""
        return all(left.only_locked for left in self.left)


def gather(
    world: World, questions: Questions, facts: PairFacts, paths: Mapping[str, Paths]
) -> Remains | None:
    """Return what lies on the routers that answer; None: nothing.

    Raises:
        NeedsHumanError: it is of several runs, or of none that has a name.
        UnreachableError: a router that answered does so no more.
    """
    left = tuple(leftovers(r, paths[r.name]) for r in facts if isinstance(r, RouterFacts))
    if not any(left):
        return None
    papers = tuple(_papers(world, questions, one.router) for one in left if one.recorded)
    runs = {run for one in left for run in one.runs} | {
        form.run for p in papers for form in (p.record, p.reached) if form
    }
    if len(runs) > 1:
        raise _left_to_a_human(facts, _several(left, papers))
    if not runs:
        names = " and ".join(one.router for one in left if one)
        unread = "; ".join(problem for p in papers for problem in p.problems)
        what = f"what lies on {names} names no run{f': {unread}' if unread else ''}"
        raise _left_to_a_human(facts, what)
    return Remains(runs.pop(), facts, left, papers)


def _left_to_a_human(facts: PairFacts, what: str) -> NeedsHumanError:
    now = "; ".join(map(describe, facts))
    pair = ",".join(facts.names)
    return NeedsHumanError(
        f"{what}. Now: {now}",
        pair,
        f"Nothing was changed. {BY_HAND} Then `bluegreen recover --pair {pair}`.",
    )


def _papers(world: World, questions: Questions, router: str) -> Papers:
    script = questions.record_questions(router)
    answers = legible(world.transports[router].run(script))
    files = zip(script.commands, answers, strict=True)
    problems: list[str] = []
    texts = [_text(router, command.argv[-1], answer, problems) for command, answer in files]
    record, baseline, reached = texts
    return Papers(
        router,
        record=_read(RunRecord, record, f"{router}: the record", problems),
        baseline=_unpacked(baseline, f"{router}: the baseline", problems),
        reached=_read(Reached, reached, f"{router}: the note of how far it came", problems),
        problems=tuple(problems),
    )


def _text(router: str, path: str, answer: Output, problems: list[str]) -> str | None:
    if answer.ok:
        return answer.stdout
    if ABSENT not in answer.stderr:
        problems.append(f"{router}: {path}: {answer.stderr.strip() or f'exit {answer.code}'}")
    return None


def _read(kind: type[Form], text: str | None, where: str, problems: list[str]) -> Form | None:
    if text is None:
        return None
    try:
        return read(kind, text, where)
    except ParseError as error:
        problems.append(error.what)
        return None


def _unpacked(text: str | None, where: str, problems: list[str]) -> str | None:
    """Return the baseline as JSON, if it is the whole picture of a pair."""
    if text is None:
        return None
    try:
        document = unpack_facts(text, where)
        read_facts(document, where)
    except BluegreenError as error:
        problems.append(error.what)
        return None
    return document


def _several(left: Iterable[Leftovers], papers: Iterable[Papers]) -> str:
    """Say which run has left what where, so that somebody can tell them apart."""
    told = [
        f"{one.router}: {what} of run {run}"
        for one in left
        for what, run in (
            ("a lock", one.lock.run if one.lock else ""),
            *((f"job {job.name}", job.run) for job in one.jobs),
            ("the note of a boot", (one.note or "").partition(" ")[0]),
            ("the mark of a boot", one.marker or ""),
        )
        if run
    ]
    told += [f"{p.router}: a record of run {p.record.run}" for p in papers if p.record]
    return f"several runs have left something: {'; '.join(dict.fromkeys(told))}"


# -- what can be made of it -----------------------------------------------------


def refuse_unread(remains: Remains) -> RunRecord | None:
    """Return the record, or None where there never was one and nothing was changed.

    Raises:
        RefusedError: what lies there is not enough to go on with.
    """
    record, unread = remains.record, "; ".join(remains.problems)
    if record is None and remains.only_locked:
        return None
    if record is None:
        why = unread or "nothing of it is written down there: an older bluegreen, or a hand"
        raise RefusedError(f"run {remains.run} cannot be rebuilt: {why}", advice=_by_hand(remains))
    others = [p.record for p in remains.papers if p.record and p.record != record]
    if others:
        raise RefusedError(
            f"the routers hold different records of run {remains.run}", advice=_by_hand(remains)
        )
    if remains.reached is None:
        raise RefusedError(
            f"how far run {remains.run} has come is not noted: {unread or 'the note is gone'}",
            advice=_by_hand(remains),
        )
    return record


def refuse_unfit(remains: Remains, plan: Plan) -> None:
    """Refuse a note that does not fit the plan, or that rests on a baseline which is not there.

    Raises:
        RefusedError: going on would be a guess.
    """
    reached = remains.reached
    if reached is None:
        return
    known = {planned.id for planned in plan.steps}
    named = {reached.step, *reached.done, *reached.skipped, *reached.acted, *reached.undone}
    strange = sorted({*named, *(reached.undoing or ())} - known)
    if strange:
        raise RefusedError(
            f"run {remains.run} had {', '.join(strange[:3])}, which is not in its playbook",
            advice=_by_hand(remains),
        )
    recorded = any(p.step.name == "baseline" and p.id in reached.done for p in plan.steps)
    if recorded and remains.baseline is None:
        unread = "; ".join(remains.problems) or "it is gone"
        raise RefusedError(
            f"what both routers had before run {remains.run} cannot be read: {unread}",
            advice=_by_hand(remains),
        )


def _by_hand(remains: Remains) -> str:
    """Say what can be given back without a record."""
    return (
        "Nothing was changed. On each router: see `bluegreen status`; the old system is boot "
        f"environment bluegreen-{remains.run}, files as they were lie in originals/ and skews in "
        "the record or in /etc/rc.conf. Give them back while the router is BACKUP; then remove "
        "what the run has left."
    )


def locks_held(remains: Remains) -> tuple[str, ...]:
    """Return the lock steps that are done where nothing else was begun."""
    return tuple(f"lock@{one.router}" for one in remains.left if one.lock)
