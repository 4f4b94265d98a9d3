"""Whole runs on simulated pairs, and what a judge outside of the run saw of them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from bluegreen.cli.execute import Run, begin, prepare
from bluegreen.cli.files import load_playbook
from bluegreen.cli.request import Request
from bluegreen.cli.worlds import rehearsed_world
from bluegreen.emulator.machine import Machine
from bluegreen.engine.journal import MemoryJournal
from bluegreen.engine.runner import Orders
from bluegreen.freebsd.commands import DEMOTION
from bluegreen.model.command import Command, Effect, Output, Script
from bluegreen.model.events import CommandSent, Event, RunFinished
from bluegreen.model.inventory import parse_inventory
from bluegreen.model.network import CarpState
from bluegreen.model.pair import Pair
from bluegreen.model.playbook import Playbook, parse_playbook
from bluegreen.model.system import Versions
from bluegreen.sim.faults import parse_fault
from bluegreen.sim.life import Killed
from bluegreen.sim.record import is_disruptive
from bluegreen.sim.snapshot import RouterState, Snapshot
from bluegreen.sim.world import SimWorld
from bluegreen.world import Transport, World

BLUE, GREEN = "router-001", "router-002"
OLD, NEW = "14.2-RELEASE-p1", "14.2-RELEASE-p2"
MINOR = "14.3-RELEASE-p2"
STRATEGIES = ("active-first", "idle-first")
NO_VERSIONS = Versions(None, None, None)
LIVES_MAX = 20

_HEAD = f"""
routers:
  {BLUE}: {{address: 192.0.2.11}}
  {GREEN}: {{address: 192.0.2.12}}
pairs:
  edge:
    routers: [{BLUE}, {GREEN}]
"""
_UNICAST = "{vhid: 2, interface: vmx1, vip: 198.51.100.230/32, unicast: true}"
_DUAL_STACK = '{vhid: 3, interface: vmx0, vips: [192.0.2.1/24, "2001:db8::1/64"]}'
_VHIDS = f"vhids: [{_UNICAST}, {_DUAL_STACK}]"
_GRE = (
    "{name: gre0, local: 198.51.100.230, remote: 203.0.113.30, "
    "inner: 172.27.27.252, inner_remote: 172.27.27.33}"
)
PAIRS: Mapping[str, str] = {
    "edge": f"prefer: {BLUE}\n    rehearsal: {{{_VHIDS}}}",
    "one-vhid": "rehearsal: {}",
    "ufs": f"rehearsal: {{{_VHIDS}, root: ufs}}",
    "minor": f"rehearsal: {{{_VHIDS}, target: {MINOR}}}",
    "minor-ufs": f"rehearsal: {{{_VHIDS}, target: {MINOR}, root: ufs}}",
    "blue-is-new": f"rehearsal: {{{_VHIDS}, nothing_staged: [{BLUE}]}}",
    "green-is-new": f"rehearsal: {{{_VHIDS}, nothing_staged: [{GREEN}]}}",
    "both-are-new": f"rehearsal: {{{_VHIDS}, nothing_staged: [{BLUE}, {GREEN}]}}",
    "no-preempt": f"rehearsal: {{{_VHIDS}, preempt: false}}",
    "green-serves": f"prefer: {GREEN}\n    rehearsal: {{{_VHIDS}}}",
    "gre": f"rehearsal: {{vhids: [{_UNICAST}], tunnels: [{_GRE}], neighbors: 2}}",
    "ipfo": "ipfo: {provider: ovh, service: ns1.example, address: 198.51.100.230}\n"
    f"    rehearsal: {{vhids: [{_UNICAST}]}}",
    "active-active": f"""prefer: {BLUE}
    rehearsal:
      vhids:
        - {{vhid: 1, interface: vmx1, vip: 198.51.100.1/32,
           advskew: {{{BLUE}: 0, {GREEN}: 100}}}}
        - {{vhid: 2, interface: vmx1, vip: 198.51.100.2/32,
           advskew: {{{BLUE}: 100, {GREEN}: 0}}}}""",
}


@cache
def a_pair(kind: str = "edge") -> Pair:
    return parse_inventory(f"{_HEAD}    {PAIRS[kind]}\n", "hosts.yaml").pair("edge")


@cache
def a_strategy(name: str) -> Playbook:
    return load_playbook(name)


def a_playbook(text: str) -> Playbook:
    """Return a user's own playbook."""
    return parse_playbook(text, "mine.yaml")


@dataclass(slots=True)
class Asked:
    """Tells a run to stop, once somebody has asked for it."""

    now: bool = False

    def __call__(self) -> bool:
        return self.now


@dataclass(slots=True)
class Story:
    """One run, its routers, its journal, and everybody who looks on."""

    request: Request
    world: SimWorld
    orders: Orders = Orders()
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    stop: Asked = field(default_factory=Asked)
    stop_at: str | None = None  # asked to stop when this step starts
    kills: int = 0
    unjournalled: list[Script] = field(default_factory=list)
    before: Snapshot = field(init=False)
    doors: World = field(init=False)
    _began: bool = False

    def __post_init__(self) -> None:
        self.before = self.world.snapshot()
        self.doors = self._witnessed(self.world.doors())

    # -- what people do ------------------------------------------------------

    def go(self) -> RunFinished:
        """Start the run, or resume it; start the program again whenever it is killed."""
        return self._lives(back=False)

    def back(self) -> RunFinished:
        """Type `rollback`; where one is under way already, it goes on."""
        return self._lives(back=True)

    def repaired(self) -> "Story":
        """Do what a human would with broken machines."""
        self.world.repair()
        return self

    def _lives(self, back: bool) -> RunFinished:
        for _ in range(LIVES_MAX):
            finished = self.one_life(back)
            if finished is not None:
                return finished
        raise AssertionError(f"killed {LIVES_MAX} times")

    def one_life(self, back: bool = False) -> RunFinished | None:
        """Return how the run ended, or None if the program was killed first."""
        try:
            return self._live(back)
        except Killed:
            self.kills += 1
            self.doors = self._witnessed(self.world.reincarnate())
            return None

    def _live(self, back: bool) -> RunFinished:
        run = self.prepared()
        begin(run, self.request)
        state = run.recorder.state
        if back and not (state.undoing is not None and state.whole):
            return run.runner.roll_back("asked for")
        return run.runner.run()

    def prepared(self) -> Run:
        journal = _Mortal(self.journal, self.world)
        listeners = (self._watch,)
        return prepare(self.request, self.doors, journal, listeners, self.orders, self.stop)

    def _watch(self, event: Event) -> None:
        self.world.watch(event.event, event.step or "")
        if event.event == "step_started" and event.step == self.stop_at:
            self.stop.now = True

    def _witnessed(self, doors: World) -> World:
        return replace(
            doors,
            transports={
                name: _Witness(transport, self.journal, self.request.run, self.unjournalled)
                for name, transport in doors.transports.items()
            },
        )

    # -- what can be seen ----------------------------------------------------

    @property
    def events(self) -> tuple[Event, ...]:
        return self.journal.events(self.request.run)

    @property
    def now(self) -> Snapshot:
        return self.world.snapshot()

    def machine(self, name: str) -> Machine:
        return next(m for m in self.world.machines if m.name == name)

    def router(self, name: str) -> RouterState:
        return next(r for r in self.now if r.name == name)

    def sent(self) -> tuple["Sent", ...]:
        """Return every script that reached a router and is more than a question."""
        return tuple(
            Sent(at_s, name, script)
            for at_s, name, script in self.world.traffic.wire
            if not script.reads_only
        )

    def commands(self, router: str | None = None) -> tuple[tuple[float, str, Command], ...]:
        return tuple(
            (one.at_s, one.router, command)
            for one in self.sent()
            if router in (None, one.router)
            for command in one.script.commands
        )

    def count(self, router: str, words: str) -> int:
        """Return how many commands sent to a router contain words."""
        return sum(words in str(command) for _, _, command in self.commands(router))

    def steps(self, event: str = "step_done") -> list[str]:
        return [e.step or "" for e in self.events if e.event == event]


@dataclass(frozen=True, slots=True)
class Sent:
    """A script that took effect, and when, s."""

    at_s: float
    router: str
    script: Script

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(map(str, self.script.commands))

    @property
    def disrupts(self) -> bool:
        return any(map(is_disruptive, self.script.commands))

    @property
    def carp(self) -> tuple[Command, ...]:
        return tuple(c for c in self.script.commands if c.effect is Effect.CARP)


class _Mortal(MemoryJournal):
    """A durable journal that a dead program writes nothing more to."""

    def __init__(self, kept: MemoryJournal, world: SimWorld) -> None:
        super().__init__()
        self._kept = kept
        self._check = world.life.check

    def append(self, event: Event) -> None:
        self._check()
        self._kept.append(event)

    def events(self, run: str) -> tuple[Event, ...]:
        return self._kept.events(run)


class _Witness:
    """A door that notes each change which the journal did not announce right before."""

    def __init__(
        self, door: Transport, journal: MemoryJournal, run: str, unjournalled: list[Script]
    ) -> None:
        self.name = door.name
        self._door = door
        self._journal = journal
        self._run = run
        self._unjournalled = unjournalled

    @property
    def address(self) -> str | None:
        return self._door.address

    def run(self, script: Script) -> tuple[Output, ...]:
        if not script.reads_only and not self._announced(script):
            self._unjournalled.append(script)
        return self._door.run(script)

    def _announced(self, script: Script) -> bool:
        """The sign of life at the end of a script is no act of the run's."""
        last = self._journal.events(self._run)[-1]
        texts = tuple(map(str, script.commands))
        beats = len(texts) > 1 and "heartbeat" in texts[-1] and "tee" in texts[-1]
        return (
            isinstance(last, CommandSent)
            and last.router == self.name
            and last.commands in (texts, texts[:-1] if beats else texts)
        )

    def close(self) -> None:
        self._door.close()


def a_story(
    kind: str = "edge",
    strategy: str | Playbook = "active-first",
    *,
    faults: Sequence[str] = (),
    target: str | None = None,
    orders: Orders = Orders(),
    seed: int = 0,
) -> Story:
    """Return an upgrade that has not begun."""
    pair = a_pair(kind)
    playbook = a_strategy(strategy) if isinstance(strategy, str) else strategy
    request = Request("upgrade", pair, playbook, blue_of(pair), "R1", target)
    world = rehearsed_world(pair, seed, [parse_fault(text) for text in faults])
    return Story(request, world, orders)


def another(story: Story, request: Request) -> Story:
    """Return another run on the same routers, later."""
    return Story(request, story.world)


def blue_of(pair: Pair) -> str:
    """Return who serves at the start; where both do, the preferred one."""
    masters = {v.master for v in pair.rehearsal.vhids}
    return pair.prefer if len(masters) > 1 and pair.prefer else pair.rehearsal.vhids[0].master


# -- the judge: what was true of the machines themselves --------------------------


def roles_at(machine: Machine, at_s: float) -> Mapping[tuple[str, int], CarpState]:
    """Return each vhid's state at an instant, from the machine's own record of changes."""
    states = {(c.interface, c.vhid): state for c, state in machine.carp.vhids()}
    for change in reversed(machine.transitions):
        if change.at_s <= at_s:
            break
        moved = change.transition
        states[moved.interface, moved.vhid] = moved.old
    return states


def masters_at(story: Story, router: str, at_s: float) -> int:
    states = roles_at(story.machine(router), at_s).values()
    return sum(state is CarpState.MASTER for state in states)


def disruptions(story: Story) -> tuple[Sent, ...]:
    return tuple(one for one in story.sent() if one.disrupts)


def lost_probes(finished: RunFinished) -> int:
    return sum(outage.lost for outage in finished.outages)


def differences(before: Snapshot, after: Snapshot) -> list[str]:
    """Return what is not as it was, a field a line."""
    return list(_differences(before, after))


def _differences(before: Snapshot, after: Snapshot) -> Iterator[str]:
    for was, now in zip(before, after, strict=True):
        for name in RouterState.__dataclass_fields__:
            then, today = getattr(was, name), getattr(now, name)
            if then != today:
                yield f"{was.name}: {name}: was {then}, is {today}"


def but_for_the_system(snapshot: Snapshot) -> tuple[RouterState, ...]:
    """Return a snapshot without what an upgrade is meant to change."""
    return tuple(replace(router, versions=NO_VERSIONS) for router in snapshot)


# -- what people do with a report -------------------------------------------------


def follow(story: Story, finished: RunFinished) -> None:
    """Do at the consoles what a report says must be done by hand."""
    story.world.repair()
    for name, demotion in re.findall(r"(\S+) is demoted by (-?\d+)", finished.next_move):
        command = f"{DEMOTION}={-int(demotion)}"
        assert f"`sysctl {command}`" in finished.next_move
        at_console(story, name, "sysctl", command)
        story.world.network.advance(story.world.now_s + 10.0)
        left = story.machine(name).carp.demotion
        if left:
            at_console(story, name, "sysctl", f"{DEMOTION}={-left}")
    for name in re.findall(r"(\S+) has the kernel of", finished.next_move):
        assert "`freebsd-update install`" in finished.next_move
        at_console(story, name, "freebsd-update", "--not-running-from-cron", "install")


def at_console(story: Story, name: str, *argv: str) -> Output:
    """Run one program on a router as somebody at its console does."""
    network = story.world.network
    router = [machine.name for machine in story.world.machines].index(name)
    output = network.machines[router].run(argv, "", network.now)
    network.touched(router)
    return output


def rolled_back_by_hand(story: Story, finished: RunFinished) -> RunFinished:
    """Follow one report after the other, `rollback` after each, at most three times."""
    for _ in range(3):
        if finished.outcome != "needs_human":
            break
        follow(story, finished)
        finished = story.back()
    return finished
