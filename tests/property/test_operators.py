"""Runs among people: started, killed, resumed and taken back while others work on the routers."""

from budget import examples
from desk import KILLED, SECOND, Desk, Interruption, a_desk
from hands import BY_HAND
from hypothesis import event, note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bluegreen.model.events import RunFinished

KINDS = ("edge", "gre", "active-active", "ufs")
COMMANDS = ("upgrade", "upgrade", "failover", "restore")
STRATEGIES = ("active-first", "idle-first")
BETWEEN = st.sampled_from((None, KILLED, SECOND, *BY_HAND))
TOUCHES = st.integers(1, 400)
ROUTERS = st.integers(0, 1)
CLOSED = ("done", "rolled_back", "refused")


class Operators(RuleBasedStateMachine):
    """Every rule is something that somebody types, or does with their hands."""

    desk: Desk

    @initialize(kind=st.sampled_from(KINDS), seed=st.integers(0, 100))
    def sit_down(self, kind: str, seed: int) -> None:
        self.desk = a_desk(kind, seed)

    # -- at the desk -----------------------------------------------------------

    @precondition(lambda self: self.desk.open is None)
    @rule(
        command=st.sampled_from(COMMANDS),
        strategy=st.sampled_from(STRATEGIES),
        what=BETWEEN,
        router=ROUTERS,
        nth=TOUCHES,
    )
    def begin(self, command: str, strategy: str, what: str | None, router: int, nth: int) -> None:
        self.ended(self.desk.begin(command, strategy, self.between(what, router, nth)))

    @precondition(lambda self: self.desk.open is not None)
    @rule(back=st.booleans(), what=BETWEEN, router=ROUTERS, nth=TOUCHES)
    def go_on(self, back: bool, what: str | None, router: int, nth: int) -> None:
        story = self.desk.open
        assert story is not None
        self.ended(self.desk.go_on(story, self.between(what, router, nth), back))

    @precondition(lambda self: self.desk.open is not None)
    @rule()
    def begin_another(self) -> None:
        """A colleague's run, while ours lies there half done."""
        self.second_run()

    # -- at the routers --------------------------------------------------------

    @rule(what=st.sampled_from(BY_HAND), router=ROUTERS)
    def touch(self, what: str, router: int) -> None:
        self.desk.by_hand(what, router)

    @rule(seconds=st.sampled_from((1.0, 10.0, 100.0)))
    def wait(self, seconds: float) -> None:
        self.desk.world.network.advance(self.desk.world.now_s + seconds)

    @rule(router=ROUTERS)
    def plug_in(self, router: int) -> None:
        self.desk.world.network.repair(router)

    # -- what must be so -------------------------------------------------------

    @invariant()
    def everything_holds_that_nobody_broke_by_hand(self) -> None:
        if hasattr(self, "desk"):
            assert self.desk.inexcusable() == []
            assert [one for s in self.desk.stories for one in s.unjournalled] == []

    def teardown(self) -> None:
        """With nothing broken any more, following the reports ends every run."""
        if not hasattr(self, "desk"):
            return
        self.desk.follow_the_advice()
        assert self.desk.open is None, self.desk.reports[-1]
        held = [w for w in self.desk.world.leftovers() if not w.endswith("/hold")]
        assert held == []
        assert self.desk.inexcusable() == []

    # -- helpers ---------------------------------------------------------------

    def between(self, what: str | None, router: int, nth: int) -> Interruption:
        def happen() -> None:
            if what == SECOND:
                self.second_run()
            elif what is not None:
                self.desk.by_hand(what, router)

        return Interruption(nth, happen)

    def second_run(self) -> None:
        """Two runs are never interleaved: where one holds the routers, the other is refused."""
        held = self.desk.holders
        before = self.desk.world.snapshot()
        finished = self.desk.second_run()
        if finished is not None and held:
            assert finished.outcome == "refused", finished
            assert self.desk.world.snapshot()[0].config == before[0].config

    def ended(self, finished: RunFinished | None) -> None:
        """Somebody at 03:00 can read how it ended, and what to type."""
        if finished is None:
            return
        event(finished.outcome)
        note(f"{finished.run}: {finished.outcome}: {finished.reason} -> {finished.next_move}")
        if finished.outcome != "done":
            assert finished.reason
        if finished.outcome in ("needs_human", "interrupted"):
            assert "bluegreen" in finished.next_move
        if finished.outcome != "refused":
            named = [m.name for m in self.desk.world.machines]
            assert [n for n in named if not any(n in line for line in finished.routers)] == []


Operators.TestCase.settings = examples(25, steps=6)
TestOperators = Operators.TestCase
