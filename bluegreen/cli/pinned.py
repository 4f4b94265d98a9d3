"""The request of a run that was begun before, from what was pinned here or on its routers."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bluegreen.cli.options import Common
from bluegreen.cli.request import PROBE, SWITCHED, Request, host, owner
from bluegreen.model.hidden import Secret
from bluegreen.model.pair import Pair
from bluegreen.model.playbook import Playbook


class Pinned(Protocol):
    """What the first event of a journal and the record on a router both say."""

    @property
    def run(self) -> str: ...

    @property
    def command(self) -> str: ...

    @property
    def blue(self) -> str: ...

    @property
    def target(self) -> str | None: ...

    @property
    def options(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Subject:
    """What a run works on, as it is here and now."""

    pair: Pair
    playbook: Playbook
    passwords: Mapping[int, Secret] = field(default_factory=dict, repr=False)  # by vhid
    joins: tuple[str, str] | None = None  # a spare, and the pair that it joins


@dataclass(frozen=True, slots=True)
class Hand:
    """Who goes on with a run, and where."""

    owner: str
    host: str
    since: str  # RFC 3339
    pid: int | None = None
    places: str = ""  # -i FILE --state-dir DIR, as they were typed
    inventory_file: str | None = None
    playbook_file: str | None = None  # None: the playbook is one of ours
    turn: str = ""  # where the run is taken over


def hand_of(
    common: Common, since: str, inventory_file: str | None, playbook_file: str | None = None
) -> Hand:
    """Return this process as who goes on."""
    return Hand(owner(), host(), since, os.getpid(), common.places(), inventory_file, playbook_file)


def request_of(pinned: Pinned, subject: Subject, hand: Hand) -> Request:
    """Return the request that a run was begun with, in other hands."""
    return Request(
        command=pinned.command,
        pair=subject.pair,
        playbook=subject.playbook,
        blue=pinned.blue,
        run=pinned.run,
        target=pinned.target,
        since=hand.since,
        owner=hand.owner,
        host=hand.host,
        stay_switched=SWITCHED in pinned.options,
        inventory_file=hand.inventory_file,
        playbook_file=hand.playbook_file,
        probes=tuple(o.removeprefix(PROBE) for o in pinned.options if o.startswith(PROBE)),
        pid=hand.pid,
        turn=hand.turn,
        places=hand.places,
        passwords=subject.passwords,
        joins=subject.joins,
    )
