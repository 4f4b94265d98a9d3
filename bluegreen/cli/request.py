"""What the operator asked for, resolved: pair, playbook, roles, and what is pinned of them."""

import getpass
import hashlib
import json
import secrets
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import cached_property

from bluegreen import __version__
from bluegreen.engine.plan import Plan, compile_plan
from bluegreen.freebsd.paths import Paths
from bluegreen.model.design import Design
from bluegreen.model.facts import PairFacts
from bluegreen.model.hidden import Secret
from bluegreen.model.pair import KeySource, Pair
from bluegreen.model.playbook import Entry, Leg, Playbook
from bluegreen.model.playbook_text import playbook_data
from bluegreen.model.run_record import RunRecord
from bluegreen.model.system import Lock
from bluegreen.policy.setting import RemoteRoute, Setting
from bluegreen.steps import build

SWITCHED = "stay-switched"  # how --stay-switched stands among a run's options
PROBE = "probe="  # how --probe does
BREAKS = "break-lock="  # how --break-lock does
JOIN = "join="  # how the pair that a spare joins does


@dataclass(frozen=True)
class Request:
    """One run to be made, or made again at a resume."""

    command: str  # upgrade, failover, restore
    pair: Pair
    playbook: Playbook
    blue: str
    run: str
    target: str | None = None
    since: str = ""
    owner: str = ""
    host: str = ""
    stay_switched: bool = False
    inventory_file: str | None = None
    playbook_file: str | None = None
    probes: tuple[str, ...] = ()  # what was probed beyond the inventory's
    breaks: str | None = None  # --break-lock: whose lock this run takes
    pid: int | None = None  # of this process; a rehearsal has none
    turn: str = ""  # of this machine, where it recovered the run
    places: str = ""  # -i FILE --state-dir DIR, as they were typed
    passwords: Mapping[int, Secret] = field(default_factory=dict, repr=False)  # by vhid
    joins: tuple[str, str] | None = None  # a spare, and the pair that it joins

    @property
    def green(self) -> str:
        return self.pair.peer_of(self.blue).name

    def setting(self) -> Setting:
        pair = self.pair
        wish = pair.ospf
        return Setting(
            run=self.run,
            blue=self.blue,
            green=self.green,
            lock=self.holder(),
            paths={router.name: Paths(router.state_dir) for router in pair.routers},
            target=self.target,
            upgrades=any(entry.step == "install" for entry in self.playbook.entries),
            ospf=None if wish is None or wish.daemon is None else wish.daemon != "none",
            min_neighbors=wish.min_neighbors if wish else 0,
            ipsec=pair.ipsec,
            remotes=tuple(
                RemoteRoute(remote.router.name, remote.expect_route)
                for remote in pair.remotes
                if remote.expect_route
            ),
            ipfo=pair.ipfo,
            ways=tuple(
                dict.fromkeys(
                    (
                        *(way for entry in self.playbook.entries for way in entry.allow),
                        *pair.allow,
                    )
                )
            ),
            switched=self.stay_switched or self.command in ("failover", "restore"),
            releasing=self.command == "restore",
            breaks=self.breaks,
            record=self.record(),
            following=self.command == "ipfo",
            design=pair.design,
            passwords=self.passwords,
            provisions=self.command == "provision",
            joins=self.joins[0] if self.joins else None,
        )

    def record(self) -> RunRecord:
        """Return what is written down on both routers, so that the run can be recovered there."""
        return RunRecord(
            run=self.run,
            version=__version__,
            command=self.command,
            routers=self.pair.names,
            blue=self.blue,
            green=self.green,
            owner=self.owner,
            host=self.host,
            since=self.since,
            target=self.target,
            options=self.options,
            playbook=playbook_data(self.playbook),
            playbook_digest=self.playbook_digest,
            own_playbook=self.playbook_file is not None,
            words=words_of(self.pair),
        )

    @property
    def options(self) -> tuple[str, ...]:
        switched = (SWITCHED,) if self.stay_switched else ()
        joins = (f"{JOIN}{self.joins[1]}",) if self.joins else ()
        breaks = (f"{BREAKS}{self.breaks}",) if self.breaks else ()
        return (*switched, *joins, *breaks, *(f"{PROBE}{words}" for words in self.probes))

    def holder(self) -> Lock:
        """Return what stands in the lock of this run."""
        return Lock(self.run, self.owner, self.host, self.since, pid=self.pid, turn=self.turn)

    @cached_property
    def plan(self) -> Plan:
        playbook = stay_switched(self.playbook) if self.stay_switched else self.playbook
        return compile_plan(playbook, self.setting(), build)

    @property
    def pair_digest(self) -> str:
        return _digest(asdict(self.pair))

    @cached_property
    def playbook_digest(self) -> str:
        return _digest(asdict(self.playbook))


def words_of(pair: Pair) -> dict[str, str]:
    """Return what the inventory says of a pair that decides about a plan, a key each.

    How a router is reached, and where keys lie, decides nothing, and is another thing on another
    machine.
    """
    said = {
        "ospf": asdict(pair.ospf) if pair.ospf else None,
        "ipsec": asdict(pair.ipsec) if pair.ipsec else None,
        "remotes": {remote.router.name: remote.expect_route for remote in pair.remotes} or None,
        "ipfo": asdict(replace(pair.ipfo, keys=KeySource())) if pair.ipfo else None,
        "provision": _without_sources(pair.design) if pair.design else None,
        "state_dir": {router.name: router.state_dir for router in pair.routers},
    }
    return {key: json.dumps(value, sort_keys=True) for key, value in said.items() if value}


def _without_sources(design: Design) -> dict[str, object]:
    """Return a design as it is on any machine: where a password lies differs, and may."""
    said = asdict(design)
    for vhid in said["vhids"]:
        vhid.pop("password")
    return said


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def stay_switched(playbook: Playbook) -> Playbook:
    """Return the playbook that ends with green serving, its way back written down."""
    if not playbook.legs:
        return playbook
    last = playbook.legs[-1]
    ending = [(e.step, e.on) for e in last.steps[-2:]]
    steps = last.steps[:-2] if ending == [("drain", "green"), ("converge", "blue")] else last.steps
    switch = (
        Entry("drain", "blue", id="stay-drain"),
        Entry("converge", "green", id="stay-converge"),
    )
    closing = tuple(
        Entry("hold", "both") if entry.step == "restore" else entry for entry in playbook.closing
    )
    legs = (*playbook.legs[:-1], Leg(last.router, steps), Leg("pair", switch))
    return replace(playbook, legs=legs, closing=closing)


def choose_blue(pair: Pair, facts: PairFacts) -> str:
    """Return who is MASTER; where both are, of something: prefer, else the one with more."""
    both = facts.both()
    if not both:
        return pair.prefer or pair.names[0]
    counts = {router.name: len(router.masters()) for router in both}
    serving = [name for name in pair.names if counts[name]]
    if len(serving) == 1:
        return serving[0]
    if pair.prefer:
        return pair.prefer
    return max(pair.names, key=lambda name: (counts[name], name == pair.names[0]))


def new_run(at: datetime) -> str:
    """Return a name that sorts by time and that no other run has."""
    return f"{at:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def owner() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def host() -> str:
    return socket.gethostname()
