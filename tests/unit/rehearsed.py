"""A whole upgrade of a simulated pair, for tests of the run itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from facts import BLUE, GREEN

from bluegreen.cli.execute import begin, prepare
from bluegreen.cli.files import load_playbook
from bluegreen.cli.request import Request
from bluegreen.cli.worlds import rehearsed_world
from bluegreen.engine.journal import MemoryJournal
from bluegreen.engine.runner import Orders
from bluegreen.model.events import CommandSent, Event, RunFinished
from bluegreen.model.inventory import parse_inventory
from bluegreen.model.pair import Pair
from bluegreen.model.playbook import Playbook
from bluegreen.sim.faults import parse_fault
from bluegreen.sim.world import SimWorld

HOSTS = f"""
routers:
  {BLUE}: {{address: 192.0.2.11}}
  {GREEN}: {{address: 192.0.2.12}}
pairs:
  edge:
    routers: [{BLUE}, {GREEN}]
"""


NO_ORDERS = Orders()


@cache
def inventoried(more: str = "") -> Pair:
    """Return the pair of an inventory, with more lines for it."""
    return parse_inventory(f"{HOSTS}{more}", "hosts.yaml").pair("edge")


@cache
def strategy(name: str = "active-first") -> Playbook:
    return load_playbook(name)


def a_request(pair: Pair | None = None, command: str = "upgrade") -> Request:
    return Request(command, pair or inventoried(), strategy(), BLUE, "R1")


@dataclass(slots=True)
class Rehearsed:
    """One run; each `go` is the program started again."""

    world: SimWorld
    request: Request = field(default_factory=a_request)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    asked: int = 0  # how often the run asked whether it is to stop
    stop_at: int | None = None

    def go(self, orders: Orders = NO_ORDERS) -> RunFinished:
        run = prepare(
            self.request, self.world.doors(), self.journal, [self._watch], orders, self._stops
        )
        begin(run, self.request)
        return run.runner.run()

    def _watch(self, event: Event) -> None:
        self.world.watch(event.event, event.step or "")

    def _stops(self) -> bool:
        self.asked += 1
        return self.stop_at is not None and self.asked >= self.stop_at

    @property
    def events(self) -> tuple[Event, ...]:
        return self.journal.events(self.request.run)

    def sent(self) -> list[CommandSent]:
        return [event for event in self.events if isinstance(event, CommandSent)]


def an_upgrade(faults: Sequence[str] = ()) -> Rehearsed:
    return Rehearsed(rehearsed_world(inventoried(), 0, [parse_fault(text) for text in faults]))
