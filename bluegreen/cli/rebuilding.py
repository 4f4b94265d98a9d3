"""From what lies on the routers to a run that stands where it stood, its journal begun anew."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from secrets import token_hex

from bluegreen import __version__
from bluegreen.cli.execute import Run, started
from bluegreen.cli.files import load_playbook
from bluegreen.cli.pinned import Hand, Subject, request_of
from bluegreen.cli.provision_request import designed
from bluegreen.cli.request import JOIN, Request, choose_blue, words_of
from bluegreen.cli.secrets import passwords_of
from bluegreen.engine.plan import Plan
from bluegreen.engine.recovery import Remains, locks_held, refuse_unfit, refuse_unread
from bluegreen.errors import RefusedError, UsageError
from bluegreen.model.events import RunRecovered
from bluegreen.model.hidden import Secret
from bluegreen.model.pair import Pair
from bluegreen.model.playbook import Playbook, parse_playbook
from bluegreen.model.progress import progress
from bluegreen.model.run_record import RunRecord


@dataclass(frozen=True, slots=True)
class Case:
    """A run that can be gone on with."""

    remains: Remains
    request: Request
    plan: Plan

    @property
    def record(self) -> RunRecord | None:
        """Return what was pinned; None: nothing but locks lies there."""
        return self.remains.record


def rebuild(remains: Remains, pair: Pair, hand: Hand, playbooks: Path | None = None) -> Case:
    """Return the run as it stood.

    Args:
        remains: What lies on the routers.
        pair: Them, as the inventory here describes them.
        hand: Who recovers.
        playbooks: Where a playbook that came from a file is written.

    Raises:
        RefusedError: what lies there is not enough, or something it rests on is another one here.
    """
    record = refuse_unread(remains)
    hand = replace(hand, turn=_next_turn(remains))
    if record and record.own_playbook and playbooks:
        hand = replace(hand, playbook_file=str(playbooks / f"{record.run}.yaml"))
    request = _request(record, pair, hand) if record else _locks_alone(remains, pair, hand)
    plan = request.plan
    refuse_unfit(remains, plan)
    return Case(remains, request, plan)


def _request(record: RunRecord, pair: Pair, hand: Hand) -> Request:
    passwords: Mapping[int, Secret] = {}
    if record.command == "provision":
        if any(option.startswith(JOIN) for option in record.options):
            raise RefusedError(
                f"run {record.run} was adding a spare",
                pair.name,
                "Nothing was changed. `bluegreen resume` or `rollback` where it was begun.",
            )
        pair, design = designed(pair)
        passwords = passwords_of(design)
    _refuse_drift(record, pair)
    request = request_of(record, Subject(pair, _playbook(record), passwords), hand)
    if request.playbook_digest != record.playbook_digest:
        raise RefusedError(
            f"the playbook that run {record.run} wrote down is not the one that it began with",
            advice="Nothing was changed. `bluegreen resume` where the run was begun, or take it "
            "back by hand.",
        )
    return request


def _refuse_drift(record: RunRecord, pair: Pair) -> None:
    """Refuse where the plan would be another one, and say how to have the same."""
    if record.version != __version__:
        raise RefusedError(
            f"run {record.run} was begun with bluegreen {record.version}; this is {__version__}",
            advice=f"Nothing was changed. Install bluegreen {record.version}, and recover with it.",
        )
    if set(record.routers) != set(pair.names):
        raise RefusedError(
            f"run {record.run} calls its routers {' and '.join(record.routers)}, this inventory "
            f"{' and '.join(pair.names)}",
            pair.name,
            "Nothing was changed. Name them as the run does, and recover again.",
        )
    here = words_of(pair)
    differ = sorted(key for key in {*here, *record.words} if here.get(key) != record.words.get(key))
    if differ:
        said = "; ".join(f"{key}: {record.words.get(key, 'none')}" for key in differ)
        raise RefusedError(
            f"the inventory's words about the pair are others than when run {record.run} began: "
            f"{', '.join(differ)}",
            pair.name,
            f"Nothing was changed. Write them as they were, and recover again: {said}.",
        )


def _playbook(record: RunRecord) -> Playbook:
    where = f"the playbook of run {record.run}"
    try:
        return parse_playbook(json.dumps(record.playbook), where)
    except UsageError as error:
        raise RefusedError(f"{where} cannot be read: {error.what}") from None


def _locks_alone(remains: Remains, pair: Pair, hand: Hand) -> Request:
    """Return a run that has taken locks and nothing else: any playbook gives those back."""
    return Request(
        command="upgrade",
        pair=pair,
        playbook=load_playbook(),
        blue=choose_blue(pair, remains.facts),
        run=remains.run,
        since=hand.since,
        owner=hand.owner,
        host=hand.host,
        pid=hand.pid,
        places=hand.places,
        turn=hand.turn,
        inventory_file=hand.inventory_file,
    )


def _next_turn(remains: Remains) -> str:
    """Return a turn that nobody has had: whoever worked on the run stops at its guards."""
    last = max((one.lock.number for one in remains.left if one.lock), default=1)
    return f"{last + 1}-{token_hex(4)}"


def begin_again(run: Run, case: Case, hand: Hand, found: tuple[str, ...]) -> None:
    """Write the first two events of the new journal: what was pinned, and where the run stood."""
    record = case.record
    first = started(run, case.request)
    if record:
        mine = {"owner": record.owner, "host": record.host, "at": _at(record.since, first.at)}
        first = first.model_copy(update=mine)
    run.recorder.put(first)
    run.recorder.put(_recovered(run.recorder.now(), case, hand, found))


def _recovered(at: datetime, case: Case, hand: Hand, found: tuple[str, ...]) -> RunRecovered:
    run, reached = case.remains.run, case.remains.reached
    number, _, nonce = case.request.turn.partition("-")
    first = RunRecovered(
        at=at,
        run=run,
        version=__version__,
        owner=hand.owner,
        host=hand.host,
        turn=int(number),
        nonce=nonce,
        found=found,
    )
    if reached is None:
        locks = locks_held(case.remains)
        return first.model_copy(update={"done": locks, "acted": locks})
    recorded = any(p.step.name == "baseline" and p.id in reached.done for p in case.plan.steps)
    facts = case.remains.baseline if recorded else None
    stood = {"number": reached.number, "at_step": reached.step, "facts": facts}
    return first.model_copy(update={**stood, **progress(reached)})


def _at(since: str, otherwise: datetime) -> datetime:
    try:
        at = datetime.fromisoformat(since)
    except ValueError:
        return otherwise
    return at if at.tzinfo else otherwise
