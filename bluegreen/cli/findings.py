"""What lies on the routers of a run that lost its journal, told to people and to programs."""

import json
from collections.abc import Iterator

from bluegreen.cli.rebuilding import Case
from bluegreen.engine.advice import describe
from bluegreen.engine.recovery import Remains
from bluegreen.model.facts import PairFacts
from bluegreen.policy.leftovers import Leftovers
from bluegreen.report.words import clean


def findings(remains: Remains) -> tuple[str, ...]:
    """Return whose run it was, how far it came, and what lies where: a sentence a line."""
    return (*_of_run(remains), *(line for one in remains.left for line in _of_router(one, remains)))


def _of_run(remains: Remains) -> Iterator[str]:
    record, reached = remains.record, remains.reached
    yield remains.facts.serving()
    if record:
        target = f" to {record.target}" if record.target else ""
        name = record.playbook.get("name", "?")
        yield (
            f"run {remains.run}: {record.command} of {' and '.join(record.routers)}{target}, "
            f"{name}, begun by {record.owner}@{record.host} at {record.since or '?'}"
        )
    elif remains.only_locked:
        yield f"run {remains.run}: nothing but its locks is left"
    else:
        yield f"run {remains.run}: what it was is not written down"
    if reached:
        way = "taking back" if reached.undoing is not None else "going ahead"
        done = f"{len(reached.done)} steps were done"
        yield f"its last order was number {reached.number}, for {reached.step}, {way}; {done}"
    yield from remains.problems


def _of_router(left: Leftovers, remains: Remains) -> Iterator[str]:
    name = left.router
    yield describe(remains.facts.find(name))
    if left.lock:
        lock = left.lock
        alive = lock.heartbeat or lock.since
        yield f"{name}: held by {lock.owner}@{lock.host} since {lock.since}, last seen {alive}"
    for job in left.jobs:
        ended = f" with {job.code}" if job.code is not None else ""
        yield f"{name}: job {job.name} {job.state}{ended}"
    if left.originals:
        files = ", ".join(path.rsplit("/", 1)[-1].replace("__", "/") for path in left.originals)
        yield f"{name}: originals of edited files: {files}"
    if left.note:
        yield f"{name}: was told to boot: {left.note}"
    if left.environments:
        yield f"{name}: old systems kept: {', '.join(left.environments)}"


def proposals(case: Case) -> tuple[str, ...]:
    """Say what finishing would do, and what undoing."""
    reached, steps = case.remains.reached, case.plan.steps
    if case.record is None or reached is None:
        return ("--undo    gives the locks back; nothing else was begun",)
    back = "--undo    takes everything back: old systems, old files, old skews, old roles"
    if reached.undoing is not None:
        left = ", ".join(reached.undoing) or "what closes the run"
        return (f"--finish  goes on taking back: {left}", back)
    over = {*reached.done, *reached.skipped}
    left_over = [planned.id for planned in steps if planned.id not in over]
    return (f"--finish  goes on with {reached.step}; {len(left_over)} steps are left", back)


def findings_json(remains: Remains, case: Case | None) -> str:
    """Return the same for programs."""
    record, reached = remains.record, remains.reached
    document = {
        "run": remains.run,
        "serving": remains.facts.serving(),
        "record": record.model_dump(mode="json", exclude={"playbook"}) if record else None,
        "reached": reached.model_dump(mode="json") if reached else None,
        "finish": case is not None and case.record is not None,
        "undo": case is not None,
        "found": [clean(line) for line in findings(remains)],
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def nothing_found(facts: PairFacts) -> str:
    """Say that there is nothing to recover, and what lies there on purpose."""
    held = [
        f"{router.name} is switched on purpose by run {router.hold.run}: `bluegreen restore`"
        for router in facts.both() or ()
        if router.hold
    ]
    return "\n".join(["nothing to recover: no run has left anything on either router", *held])
