"""One run from its first look to its last event. The only part that acts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bluegreen.engine.advice import (
    FIX,
    Typed,
    bound,
    by_hand,
    describe,
    kept,
    mend,
    unlock,
    unwell,
)
from bluegreen.engine.attempt import StepFailedError
from bluegreen.engine.observer import Dialect, Observer
from bluegreen.engine.outages import Outages, over_budget
from bluegreen.engine.performer import Performer
from bluegreen.engine.plan import Plan, PlannedStep
from bluegreen.engine.pulse import Pulse
from bluegreen.engine.record import Recorder
from bluegreen.engine.watch import FrozenError, LockLostError, Watch, over_elsewhere
from bluegreen.errors import (
    BluegreenError,
    JournalError,
    LockedError,
    NeedsHumanError,
    StoppedError,
)
from bluegreen.model.blame import CONVERGE, DRAIN
from bluegreen.model.events import PAIR, RunFinished
from bluegreen.model.facts import PairFacts
from bluegreen.model.holding import foreign, held_by, is_mine
from bluegreen.model.measured import written
from bluegreen.model.outage import Outage
from bluegreen.model.pair import FloatingAddress
from bluegreen.model.system import Lock
from bluegreen.world import World

Ending = Literal["done", "rolled_back", "refused", "needs_human", "interrupted"]
EXIT = {"done": 0, "rolled_back": 1, "refused": 3, "needs_human": 4, "interrupted": 130}
LOCKED_EXIT = 5


@dataclass(frozen=True, slots=True)
class Orders:
    """What the operator asked of this run beyond its plan."""

    pause_after: str | None = None
    outage_budget_ms: float | None = None
    over_budget: str = "rollback"  # or stop


@dataclass(frozen=True, slots=True)
class Tools:
    """What the runner is lent by those who know routers and steps."""

    dialect: Dialect
    holder: Lock  # what stands in the routers' locks
    moot: Callable[[PairFacts, str], bool]  # nothing is to be done for this router's leg
    store: Callable[[PairFacts], str]
    recall: Callable[[str], PairFacts]
    forgotten: Callable[[PairFacts], bool] = lambda _: False  # nothing of the run lies there
    stop: Callable[[], bool] = lambda: False  # somebody asks to stop at a safe point
    floating: FloatingAddress | None = None
    breaks: str | None = None  # the run whose lock the operator has us take
    places: str = ""  # -i FILE --state-dir DIR, as an advice must name them


class Runner:
    """Observe, decide, act, one step after the other; resume is the same loop."""

    def __init__(
        self,
        plan: Plan,
        world: World,
        recorder: Recorder,
        tools: Tools,
        orders: Orders = Orders(),
    ) -> None:
        self._plan = plan
        self._world = world
        self._recorder = recorder
        self._tools = tools
        self._orders = orders
        observer = Observer(world, tools.dialect, tools.floating)
        self._watch = Watch(observer, world.clock, tools.holder, tools.breaks)
        self._outages = Outages(plan, world.probe, recorder)
        pulse = Pulse(world, tools.dialect, tools.holder)
        self._performer = Performer(world, pulse, self._watch, recorder, self._stop_here)
        self._names = tuple(world.transports)
        self._typed = Typed(recorder.run, ",".join(self._names), tools.places)
        self._too_late: LockedError | None = None  # who was faster at the locks

    def run(self) -> RunFinished:
        """Go on from where the journal says the run stands, to its end.

        Every error of a router, of the operator or of the world ends here as an
        outcome; a defect of ours does not.
        """
        return self._guarded(self._go)

    def roll_back(self, reason: str) -> RunFinished:
        """Take everything back, on request, from wherever the run stands."""
        return self._guarded(lambda: self._start_retreat(reason, whole=True))

    def _guarded(self, act: Callable[[], RunFinished]) -> RunFinished:
        """A journal that cannot be written can hold no end, either: that one is raised."""
        try:
            return self._ended(act)
        except JournalError as error:
            if not self._recorder.state.changed:
                raise
            seen = "; ".join(map(describe, self._watch.last or ()))
            raise NeedsHumanError(
                f"{error.what}: the run stops where it is. Last seen: {seen}",
                error.router,
                self._typed.whole(error.next_move),
            ) from error

    def _ended(self, act: Callable[[], RunFinished]) -> RunFinished:
        try:
            self._start_probe()
            self._remember()
            self._lock_again()
            return act()
        except StoppedError as error:
            return self._finish("interrupted", error.what, error.next_move)
        except BluegreenError as error:
            return self._by_error(error)
        finally:
            if self._world.probe:
                self._world.probe.stop()

    def _start_probe(self) -> None:
        """Probe from the start; where a pair was changed, what cannot be probed is unknown.

        Unknown is not idle: nothing disruptive is sent then, and roles can be given back.
        """
        if self._world.probe is None:
            return
        try:
            self._world.probe.start()
        except BluegreenError as error:
            if not self._recorder.state.changed:
                raise
            self._recorder.unprobed(error.told)

    def _remember(self) -> None:
        baseline = self._recorder.state.baseline
        self._performer.before = self._tools.recall(baseline) if baseline else None

    def _lock_again(self) -> None:
        """A lock of ours that somebody removed would leave no way on and none back."""
        state = self._recorder.state
        held = [p for p in self._plan.steps if p.step.name == "lock" and p.id in state.done]
        free = [p for p in self._plan.steps if p.step.name == "unlock" and p.id in state.done]
        if not held or free:
            return
        pair = self._watch.look()
        other = self._foreign_lock(pair)
        if other:
            raise other
        written = any(p.step.name == "baseline" and p.id in state.done for p in self._plan.steps)
        if written and self._tools.forgotten(pair):
            raise over_elsewhere(self._recorder.run)
        for planned in held:
            facts = pair.seen(planned.step.router)
            if facts and not is_mine(facts.lock, self._tools.holder):
                self._recorder.started(planned)
                try:
                    self._performer.perform(planned, self._world.clock.now_s())
                except StepFailedError as failure:
                    raise NeedsHumanError(failure.reason, planned.step.router) from None

    def _go(self) -> RunFinished:
        state = self._recorder.state
        if state.undoing is not None:
            return self._retreat()
        for planned in self._plan.steps:
            if planned.id in state.done or planned.id in state.skipped:
                continue
            try:
                self._forward(planned)
            except StepFailedError as failure:
                self._recorder.failed(planned, failure.reason)
                self._outages.fail(planned, self._facts())
                return self._after_failure(planned, failure)
        return self._finish("done")

    def _forward(self, planned: PlannedStep) -> None:
        self._stop_here()
        if planned.leg and self._skips(planned, planned.leg):
            return
        self._count_anew(planned)
        since_s = self._since_s(planned)
        self._performer.perform(planned, since_s, pin=lambda pair: self._pin(planned, pair))
        seen = self._outages.end(planned)
        if planned.pauses and self._recorder.state.started:
            raise StoppedError(f"paused: {planned.pauses}")
        if self._orders.pause_after in (planned.id, planned.step.name):
            raise StoppedError(f"paused after {planned.id}, as asked")
        self._judge(seen)

    def _skips(self, planned: PlannedStep, leg: str) -> bool:
        pair = self._watch.last or self._watch.look()
        if not self._tools.moot(pair, leg):
            return False
        self._recorder.skipped(planned, f"nothing is staged on {leg}: it is up to date")
        return True

    def _since_s(self, planned: PlannedStep) -> float:
        """Return when the step was started, on this run's clock, even if by a run that died."""
        state, clock = self._recorder.state, self._world.clock
        if state.current == planned.id and state.current_since:
            passed_s = (clock.now() - state.current_since).total_seconds()
            grace_s = planned.deadline_s / 2  # a resumed step is given time to look around
            return clock.now_s() - min(max(0.0, passed_s), grace_s)
        self._recorder.started(planned)
        return clock.now_s()

    def _pin(self, planned: PlannedStep, seen: PairFacts) -> None:
        if planned.step.name == "baseline":
            pair = replace(seen, said=(), elapsed_s=0.0, broken_s=0.0, whole_s=0.0)
            self._recorder.baseline(planned, self._tools.store(pair), pair.serving())
            self._performer.before = pair

    def _count_anew(self, planned: PlannedStep) -> None:
        """Each switch has its own figures; what was lost since the one before counts as well."""
        if planned.step.name != DRAIN:
            return
        before = self._outages.begin_switch()
        done = self._recorder.state.done
        if any(p.step.name == CONVERGE and p.id in done for p in self._plan.steps):
            self._judge(before)

    def _judge(self, seen: Sequence[Outage]) -> None:
        """A budget that the first switch exceeded is not spent on a second one."""
        reason = over_budget(seen, self._orders.outage_budget_ms)
        if reason is None:
            return
        if self._orders.over_budget == "stop":
            raise StoppedError(reason)
        raise StepFailedError(reason)

    def _facts(self) -> PairFacts | None:
        last = self._watch.last
        return replace(last, before=self._performer.before) if last else None

    def _stop_here(self) -> None:
        if self._tools.stop():
            raise StoppedError("stopped by a signal")

    def _after_failure(self, planned: PlannedStep, failure: StepFailedError) -> RunFinished:
        if not self._recorder.state.changed:
            return self._refuse(planned, failure.reason)
        if planned.step.name == "lock":
            self._too_late = self._foreign_lock(self._watch.last)
        if planned.closing:
            return self._finish(
                "needs_human",
                f"{planned.id}: {failure.reason}",
                mend(self._watch.last),
            )
        return self._start_retreat(f"{planned.id}: {failure.reason}", whole=False)

    def _refuse(self, planned: PlannedStep, reason: str) -> RunFinished:
        pair = self._watch.last
        other = self._foreign_lock(pair)
        if other:
            return self._locked(other)
        return self._finish("refused", f"{planned.id}: {reason}", FIX)

    def _locked(self, other: LockedError) -> RunFinished:
        what, advice = other.what, other.next_move
        return self._finish("refused", what, advice, exit_code=other.exit_code)

    def _foreign_lock(self, pair: PairFacts | None) -> LockedError | None:
        other = foreign(pair, self._tools.holder, self._tools.breaks)
        if not pair or not other:
            return None
        return LockedError(held_by(pair, other), other.name, unlock(pair, other))

    def _start_retreat(self, reason: str, whole: bool) -> RunFinished:
        state = self._recorder.state
        point = 0 if whole else self._plan.checkpoint(state.done)
        begun = {*state.done, *((state.current,) if state.current else ())}
        if whole:  # what a failing leg gave back, undoing the steps behind it may take again;
            begun |= {*state.undone, *state.acted}  # what was in doubt may have been done
        steps = tuple(
            planned.id
            for planned in reversed(self._plan.steps[point:])
            if planned.id in begun and (planned.id in state.acted or _gates(planned))
        )
        self._recorder.rollback(reason, steps, whole)
        return self._retreat()

    def _retreat(self) -> RunFinished:
        """Undo what is left to undo, then, where a router is trusted and stays, close the run."""
        state = self._recorder.state
        if self._performer.before is None:
            self._performer.before = self._watch.look()
        for step_id in state.undoing or ():
            planned = self._plan.find(step_id)
            self._stop_here()
            self._recorder.started(planned, undo=True)
            try:
                self._performer.take_back(planned)
                self._outages.end(planned, undo=True)
            except StepFailedError as failure:
                self._recorder.failed(planned, failure.reason, undo=True)
                return self._stuck(planned, failure)
        if self._plan.checkpoint(self._recorder.state.done):
            stuck = self._close()
            if stuck:
                return stuck
        if self._too_late:
            return self._locked(self._too_late)
        asked_for = 0 if self._recorder.state.whole else None
        return self._finish("rolled_back", self._recorder.state.reason, exit_code=asked_for)

    def _close(self) -> RunFinished | None:
        for planned in self._plan.steps:
            if not planned.closing or planned.id in self._recorder.state.done:
                continue
            try:
                self._recorder.started(planned)
                self._performer.perform(planned, self._world.clock.now_s())
            except StepFailedError as failure:
                self._recorder.failed(planned, failure.reason)
                return self._stuck(planned, failure)
        return None

    def _stuck(self, planned: PlannedStep, failure: StepFailedError) -> RunFinished:
        first = self._recorder.state.reason
        return self._finish(
            "needs_human",
            f"{first}; taking it back stopped at {planned.id}: {failure.reason}",
            by_hand(planned, self._watch.last),
        )

    def _by_error(self, error: BluegreenError) -> RunFinished:
        changed = self._recorder.state.changed
        if isinstance(error, LockedError):
            outcome: Ending = "needs_human" if changed else "refused"
            return self._finish(outcome, error.what, error.next_move, exit_code=error.exit_code)
        if isinstance(error, FrozenError | LockLostError) and changed:
            return self._finish("needs_human", error.what, error.next_move)
        own = error.next_move if error.next_move != error.advice else ""
        advice = " ".join(filter(None, (own, mend(self._watch.last) if changed else FIX)))
        if changed:
            return self._finish("needs_human", error.told, advice)
        return self._finish("refused", error.what if error.router == PAIR else error.told, advice)

    def _unobserved(self) -> tuple[str, ...]:
        return tuple(f"{name}: not observed: the run ended before" for name in self._names)

    def _finish(
        self, outcome: Ending, reason: str = "", next_move: str = "", exit_code: int | None = None
    ) -> RunFinished:
        pair = self._watch.last or self._see_at_last(outcome)
        self._outages.finish()
        now, known = self._recorder.now(), self._watch.known
        unseen = [n for n in self._names if self._recorder.state.changed and n not in known]
        event = RunFinished(
            at=now,
            run=self._recorder.run,
            outcome=outcome,
            exit_code=EXIT[outcome] if exit_code is None else exit_code,
            reason=reason,
            serving=pair.serving() if pair else "",
            routers=(*map(describe, pair), *bound(pair)) if pair else self._unobserved(),
            next_move=self._typed.whole(next_move or unwell(pair)),
            outages=written(self._recorder.state.outages, now.tzinfo),
            kept=kept(known.values(), self._recorder.run, unseen),
        )
        self._recorder.finished(event)
        return event

    def _see_at_last(self, outcome: Ending) -> PairFacts | None:
        """A run that died after its last step has nothing left to look for but how it ended."""
        if outcome not in ("done", "rolled_back"):
            return None
        try:
            return self._watch.look()
        except FrozenError:
            return self._watch.last


def _gates(planned: PlannedStep) -> bool:
    """Undoing the baseline sends nothing: it sees that everything is as it was."""
    return planned.step.name == "baseline"
