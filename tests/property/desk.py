"""Who sits at the desk: starts runs, goes on with them, and is interrupted by other people."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from hands import Touched, act, edit, mend_the_line
from judged import follow
from networks import look_at
from pairs import a_pair, a_strategy
from runs import Story, a_story

from bluegreen.cli.request import Request, choose_blue
from bluegreen.emulator.rcfiles import RC_CONF
from bluegreen.model.command import Output, Script
from bluegreen.model.events import RunFinished
from bluegreen.model.pair import Pair
from bluegreen.model.state import fold
from bluegreen.report.runs import is_open
from bluegreen.sim.world import SimWorld
from bluegreen.world import Transport

ADVICE_MAX = 8  # how often somebody follows a report before they give up
KILLED, SECOND = "killed", "second run"
PLAYBOOKS = {"failover": "failover", "restore": "restore"}


@dataclass(slots=True)
class Interruption:
    """What happens right before the n-th script of a run reaches a router."""

    nth: int
    happen: Callable[[], None]

    def passed(self) -> None:
        self.nth -= 1
        if self.nth == 0:
            self.happen()


class _Interrupted:
    """A door before which somebody else may act."""

    def __init__(self, door: Transport, interruption: Interruption) -> None:
        self.name = door.name
        self._door = door
        self._interruption = interruption

    @property
    def address(self) -> str | None:
        return self._door.address

    def run(self, script: Script) -> tuple[Output, ...]:
        self._interruption.passed()
        return self._door.run(script)

    def close(self) -> None:
        self._door.close()


@dataclass(slots=True)
class Desk:
    """One pair, the runs that were made on it, and all that people did beside them."""

    pair: Pair
    world: SimWorld
    stories: list[Story] = field(default_factory=list)
    touched: list[Touched] = field(default_factory=list)
    reports: list[RunFinished] = field(default_factory=list)

    # -- what is so ----------------------------------------------------------

    @property
    def open(self) -> Story | None:
        """Return the run of which something may still be on the routers, the oldest first."""
        return next((s for s in self.stories if is_open(fold(s.events))), None)

    @property
    def holders(self) -> frozenset[str]:
        """Return the runs that hold a router now."""
        locks = (m.files.find("/var/log/bluegreen/lock") for m in self.world.machines)
        return frozenset(
            line.removeprefix("run=")
            for node in locks
            for line in ((node.text if node else None) or "").splitlines()
            if line.startswith("run=")
        )

    # -- what people at this desk do ------------------------------------------

    def begin(self, command: str, strategy: str, between: Interruption) -> RunFinished | None:
        """Start a run as the command line does; None: it was killed, or nothing was begun."""
        facts = look_at(self.world, self.pair)
        if not facts.both():
            return None
        playbook = a_strategy(PLAYBOOKS.get(command, strategy))
        name = f"R{len(self.stories) + 1}"
        request = Request(command, self.pair, playbook, choose_blue(self.pair, facts), name)
        story = Story(request, self.world)
        self.stories.append(story)
        return self._live(story, between, back=False)

    def go_on(self, story: Story, between: Interruption, back: bool) -> RunFinished | None:
        return self._live(story, between, back)

    def _live(self, story: Story, between: Interruption, back: bool) -> RunFinished | None:
        doors = story.doors.transports
        story.doors = replace(
            story.doors,
            transports={name: _Interrupted(door, between) for name, door in doors.items()},
        )
        finished = story.one_life(back)
        if finished is not None:
            story.doors = story._witnessed(self.world.doors())
            self.reports.append(finished)
        return finished

    # -- what others do --------------------------------------------------------

    def by_hand(self, what: str, router: int) -> None:
        if what == KILLED:
            self.world.kill_after(1)
            return
        done = act(self.world, what, router)
        if done is not None:
            self.touched.append(done)

    def second_run(self) -> RunFinished | None:
        """Have a colleague start an upgrade from another machine, and let it end."""
        return self.begin("upgrade", "active-first", nobody())

    # -- what must be so ------------------------------------------------------

    def inexcusable(self) -> list[str]:
        """Return every broken invariant that nobody at a console has brought about."""
        return [
            str(violation)
            for violation in self.world.violations()
            if not any(touched.excuses(violation) for touched in self.touched)
        ]

    def follow_the_advice(self) -> None:
        """Mend what is broken, and type what the reports say, until nothing is open."""
        self.world.repair()
        for router in (0, 1):
            edit(self.world, router, RC_CONF, mend_the_line)
        for _ in range(ADVICE_MAX):
            story = self.open
            if story is None:
                return
            last = fold(story.events).finished
            if last is not None and last.outcome == "needs_human":
                follow(story, last)
            back = last is not None and "rollback" in last.next_move
            self.go_on(story, nobody(), back and "resume" not in last.next_move)


def nobody() -> Interruption:
    return Interruption(0, lambda: None)


def a_desk(kind: str, seed: int = 0) -> Desk:
    story = a_story(kind, seed=seed)
    return Desk(a_pair(kind), story.world)
