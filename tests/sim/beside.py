"""Several controllers at one pair: whose turn it is, a seed decides, command by command."""

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from runs import Story

from bluegreen.model.command import GUARD_EXIT, Output, Script
from bluegreen.model.events import RunFinished
from bluegreen.sim.network import Network
from bluegreen.world import Clock, Transport

LIMIT_S = 60.0  # of real time: a test that has stopped turning fails


class Turns:
    """One thread a controller, of which one alone runs; time is the network's, for all of them."""

    def __init__(self, network: Network, seed: int, controllers: int) -> None:
        self._network = network
        self._dice = random.Random(seed)  # noqa: S311 - a schedule, not a secret
        self._changed = threading.Condition()
        self._until: dict[int, float] = dict.fromkeys(range(controllers), 0.0)  # asleep, s
        self._turn = self._dice.randrange(controllers)

    def wait(self, me: int) -> None:
        """Return once it is this controller's turn."""
        with self._changed:
            mine = self._changed.wait_for(lambda: self._turn == me, LIMIT_S)
            assert mine, f"controller {me} was never given a turn"

    def touch(self, me: int) -> None:
        """Let anybody who is awake go on, maybe the same one."""
        self.sleep(me, 0.0)

    def sleep(self, me: int, seconds: float) -> None:
        self._until[me] = self._network.now + seconds
        self._pass_on()
        self.wait(me)

    def leave(self, me: int) -> None:
        del self._until[me]
        if self._until:
            self._pass_on()

    def _pass_on(self) -> None:
        soonest = min(self._until.values())
        if soonest > self._network.now:
            self._network.advance(soonest)
        awake = sorted(n for n, until in self._until.items() if until <= self._network.now)
        with self._changed:
            self._turn = self._dice.choice(awake)
            self._changed.notify_all()


class _Clock:
    def __init__(self, clock: Clock, turns: Turns, me: int) -> None:
        self._clock, self._turns, self._me = clock, turns, me

    def now(self) -> datetime:
        return self._clock.now()

    def now_s(self) -> float:
        return self._clock.now_s()

    def sleep(self, seconds: float) -> None:
        self._turns.sleep(self._me, max(0.0, seconds))


class _Door:
    """Passes the turn between any two commands of a change, as a router's scheduler may."""

    def __init__(self, door: Transport, turns: Turns, me: int) -> None:
        self.name = door.name
        self._door, self._turns, self._me = door, turns, me

    @property
    def address(self) -> str | None:
        return self._door.address

    def run(self, script: Script) -> tuple[Output, ...]:
        self._turns.touch(self._me)
        if script.reads_only:
            return self._door.run(script)
        outputs: list[Output] = []
        for index, command in enumerate(script.commands):
            guard = script.guard if index == 0 else None
            (output,) = self._door.run(Script((command,), guard))
            outputs.append(output)
            if not output.ok or output.code == GUARD_EXIT:
                break
            self._turns.touch(self._me)
        return tuple(outputs)

    def close(self) -> None:
        self._door.close()


def together(
    stories: Sequence[Story], seed: int, acts: Sequence[Callable[[], RunFinished | None]]
) -> list[RunFinished | None]:
    """Let several act at the same time, each through its own story's doors; return the ends."""
    turns = Turns(stories[0].world.network, seed, len(stories))
    ended: dict[int, RunFinished | None] = {}
    broken: list[BaseException] = []

    def live(me: int) -> None:
        turns.wait(me)
        try:
            ended[me] = acts[me]()
        except BaseException as error:  # noqa: BLE001 - told by the test's own thread
            broken.append(error)
        finally:
            turns.leave(me)

    for me, story in enumerate(stories):
        doors = story.doors
        transports = {name: _Door(door, turns, me) for name, door in doors.transports.items()}
        story.doors = replace(doors, clock=_Clock(doors.clock, turns, me), transports=transports)
    threads = [threading.Thread(target=live, args=(me,)) for me in range(len(stories))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT_S)
    if broken:
        raise broken[0]
    return [ended[me] for me in range(len(stories))]
