"""Carry out one step, or take it back: observe, decide, pass the interlock, journal, send."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from math import inf

from bluegreen.engine.advice import no_relief, refused_by_provider
from bluegreen.engine.attempt import Attempt, StepFailedError
from bluegreen.engine.interlock import current, permit, settled
from bluegreen.engine.plan import PlannedStep
from bluegreen.engine.pulse import Pulse
from bluegreen.engine.record import Recorder
from bluegreen.engine.sender import Sender
from bluegreen.engine.waiting import wait_until
from bluegreen.engine.watch import Watch
from bluegreen.errors import ParseError, RefusedError
from bluegreen.model.command import Effect
from bluegreen.model.facts import PairFacts
from bluegreen.model.system import JobState
from bluegreen.model.verdict import Verdict, all_of
from bluegreen.world import Order, World

READY_S = 60.0  # how long a step may wait until it may act
LINK_S = 15.0  # how long a link of the peer's may be gone before taking back waits no longer
ORDERS_MAX = 4  # how many orders of a step may follow each other without a pause
TAIL_LINES = 4
TAIL_S = 5.0


@contextmanager
def _decided() -> Iterator[None]:
    """A step that cannot tell from what was seen what to do has failed: it can be taken back."""
    try:
        yield
    except (ParseError, RefusedError) as error:
        raise StepFailedError(error.what) from None


def _forget(pair: PairFacts) -> None:
    """Most steps are known to be done, and nothing more."""


class Performer:
    """Knows no step: it asks the four questions, and acts."""

    def __init__(
        self,
        world: World,
        pulse: Pulse,
        watch: Watch,
        recorder: Recorder,
        stop: Callable[[], None],
    ) -> None:
        self._world = world
        self._pulse = pulse
        self._sender = Sender(world, pulse, watch, recorder)
        self._watch = watch
        self._recorder = recorder
        self._stop = stop
        self.before: PairFacts | None = None

    @_decided()
    def perform(
        self, planned: PlannedStep, since_s: float, pin: Callable[[PairFacts], None] = _forget
    ) -> None:
        """Reach a step's goal; ``pin`` journals what must be known before it counts as done.

        Raises:
            StepFailedError: it cannot be reached, or not in time.
        """
        attempt = Attempt(planned, since_s, undo=False, sent={})
        if self._waits(attempt, self._advance) or planned.step.done(self._last_look(attempt)):
            pin(planned.step.pinned(self._facts(attempt)))
            self._recorder.done(planned, self._passed_s(attempt), already=not attempt.acted)
            return
        pair = self._facts(attempt)
        done, ready = planned.step.done(pair), planned.step.ready(pair)
        self._expire(attempt, all_of([done, ready]))

    @_decided()
    def take_back(self, planned: PlannedStep) -> None:
        """Undo a step, with a deadline of its own.

        Raises:
            StepFailedError: it cannot be undone, or not in time.
        """
        assert self.before is not None, f"{planned.id} is to be undone and there is no baseline"
        attempt = Attempt(planned, self._world.clock.now_s(), undo=True, sent={})
        if self._waits(attempt, self._retreat) or planned.step.undone(
            self._last_look(attempt), self.before
        ):
            self._recorder.undone(planned, self._passed_s(attempt), already=not attempt.acted)
            return
        self._expire(attempt, planned.step.undone(self._facts(attempt), self.before))

    def _waits(self, attempt: Attempt, once: Callable[[Attempt], bool]) -> bool:
        planned = attempt.planned
        limit_s = planned.undo_deadline_s if attempt.undo else planned.deadline_s

        def ask() -> bool:
            """Look at once at what came of an order that was answered; then wait patiently."""
            for _ in range(ORDERS_MAX):
                self._stop()
                attempt.quick = False
                if once(attempt):
                    return True
                if not attempt.quick:
                    break
            return False

        return wait_until(
            self._world.clock, ask, limit_s=limit_s or inf, jitter=self._recorder.jitter
        )

    def _last_look(self, attempt: Attempt) -> PairFacts:
        """See what came of an order that took longer than there was time, before judging it."""
        self._watch.look()
        return self._facts(attempt)

    def _expire(self, attempt: Attempt, verdict: Verdict) -> None:
        reasons = dict.fromkeys(verdict.reasons)
        reason = "; ".join(reasons) or attempt.complaint or "it was not reached in time"
        passed_s = self._passed_s(attempt)
        raise StepFailedError(f"{reason} (after {passed_s:.0f} s){_behind(attempt.complaint)}")

    def _facts(self, attempt: Attempt) -> PairFacts:
        pair = self._watch.last or self._watch.look()
        broken_s = attempt.broken_s
        return replace(
            pair,
            before=self.before,
            elapsed_s=self._passed_s(attempt),
            broken_s=0.0 if broken_s is None else self._world.clock.now_s() - broken_s,
            whole_s=self._watch.whole_s(),
            said=attempt.said,
        )

    def _passed_s(self, attempt: Attempt) -> float:
        return self._world.clock.now_s() - attempt.began_s

    def _advance(self, attempt: Attempt) -> bool:
        """Look once, act once; True: the goal is reached."""
        step = attempt.planned.step
        self._look(attempt)
        pair = self._facts(attempt)
        self._recorder.serving(attempt.planned, pair.serving())
        self._note_way(attempt, pair)
        self._note_layers(attempt, pair)
        self._note_job(attempt, pair)
        if step.done(pair):
            return True
        failure = step.failure(pair)
        if failure:
            raise StepFailedError(failure)
        orders = step.commands(pair)
        if not orders:
            return False
        if not self._may_act(attempt, step.ready(pair)):
            return False
        self._send_all(attempt, orders)
        return False

    def _look(self, attempt: Attempt) -> None:
        """Look; a step may begin with what proved the one before it, unless much rests on it."""
        first, attempt.looked = not attempt.looked, True
        if not first or self._watch.still_good() is None or self._sees_itself(attempt):
            self._pulse.give(self._watch.last)
            self._watch.look()

    def _sees_itself(self, attempt: Attempt) -> bool:
        """A gate judges what it has seen itself; so does what moves roles or disrupts."""
        step, pair = attempt.planned.step, self._facts(attempt)
        return bool(step.layers(pair)) or any(
            command.effect in (Effect.CARP, Effect.PROVIDER, Effect.DISRUPTIVE)
            for order in step.commands(pair)
            for command in order.commands
        )

    def _may_act(self, attempt: Attempt, ready: Verdict) -> bool:
        """Wait for what is not ready, for a while that begins when it is seen."""
        now_s = self._world.clock.now_s()
        if ready:
            attempt.unready_s = None
            return True
        if attempt.unready_s is None:
            attempt.unready_s = now_s
            self._recorder.observed(attempt.planned, "waiting", str(ready))
        if now_s - attempt.unready_s > READY_S:
            raise StepFailedError(f"not ready: {ready}")
        return False

    def _retreat(self, attempt: Attempt) -> bool:
        step, before = attempt.planned.step, self.before
        assert before is not None
        self._pulse.give(self._watch.last)
        self._watch.look()
        pair = self._facts(attempt)
        self._recorder.serving(attempt.planned, pair.serving())
        self._note(attempt, step.layers_back(pair, before))
        if step.undone(pair, before):
            return True
        orders = step.undo(pair, before)
        if not orders:
            self._check_relief(attempt, pair)
        self._send_all(attempt, orders)
        return False

    def _check_relief(self, attempt: Attempt, pair: PairFacts) -> None:
        """Wait no half hour for a router that serves, and whose peer has no link."""
        why = no_relief(pair, attempt.planned.step.router) or refused_by_provider(pair)
        now_s = self._world.clock.now_s()
        if why is None:
            attempt.unready_s = None
            return
        attempt.unready_s = now_s if attempt.unready_s is None else attempt.unready_s
        if now_s - attempt.unready_s > LINK_S:
            raise StepFailedError(why)

    def _note_way(self, attempt: Attempt, pair: PairFacts) -> None:
        """Journal once which way a step takes, and why."""
        if attempt.explained:
            return
        attempt.explained = True
        note = attempt.planned.step.note(pair)
        if note:
            self._recorder.observed(attempt.planned, "way", note)

    def _note_layers(self, attempt: Attempt, pair: PairFacts) -> None:
        """Journal each layer once, with the time it took; remember since when one is broken."""
        layers = attempt.planned.step.layers(pair)
        if all(verdict for _, verdict in layers):
            attempt.broken_s = None
        elif attempt.broken_s is None:
            attempt.broken_s = self._world.clock.now_s()
        self._note(attempt, layers)

    def _note(self, attempt: Attempt, layers: tuple[tuple[str, Verdict], ...]) -> None:
        for layer, verdict in layers:
            if verdict and layer not in attempt.layers:
                attempt.layers |= {layer}
                self._recorder.layer(attempt.planned, layer, self._passed_s(attempt))

    def _note_job(self, attempt: Attempt, pair: PairFacts) -> None:
        """Journal what the running job says, when it says something new, and not too often."""
        facts = pair.seen(attempt.planned.step.router)
        running = [j for j in facts.jobs if j.state is JobState.RUNNING] if facts else []
        tail = "\n".join(tail_of(job.log) for job in running)
        now_s = self._world.clock.now_s()
        if tail and tail != attempt.tail and now_s - attempt.tail_s >= TAIL_S:
            attempt.tail, attempt.tail_s = tail, now_s
            self._recorder.observed(attempt.planned, "job", tail)

    def _send_all(self, attempt: Attempt, orders: tuple[Order, ...]) -> None:
        for order in orders:
            if not attempt.due(order, self._world.clock.now_s()):
                continue
            self._rest(order)
            if not self._still_wanted(attempt, order):
                return
            if not self._permitted(attempt, order):
                return
            self._sender.send(attempt, order)

    def _rest(self, order: Order) -> None:
        if not settled(order, self._watch.moment()):
            self._watch.rest()

    def _still_wanted(self, attempt: Attempt, order: Order) -> bool:
        """After waiting, or with old facts, decide again."""
        self._watch.look_fresh()
        pair = self._facts(attempt)
        step = attempt.planned.step
        if attempt.undo:
            assert self.before is not None
            return order in step.undo(pair, self.before)
        return order in step.commands(pair)

    def _permitted(self, attempt: Attempt, order: Order) -> bool:
        """On the way back what is refused is waited for: a step that goes ahead asks `ready`."""
        now_s, pair, moment = self._world.clock.now_s(), self._facts(attempt), self._watch.moment()
        if not (current(order, pair, now_s) and settled(order, moment)):
            attempt.complaint = "a look at both routers takes too long to act on, or roles change"
            return False  # the step's own deadline decides how long that may last
        verdict = permit(order, pair, moment)
        if verdict:
            attempt.refused_s = None
            return True
        attempt.refused_s = now_s if attempt.refused_s is None else attempt.refused_s
        if not attempt.undo or now_s - attempt.refused_s >= READY_S:
            raise StepFailedError(f"the interlock refused: {verdict}")
        return False


def tail_of(log: str) -> str:
    """Return the last lines worth showing; the diff of a merged file may hold a secret."""
    lines = [line[:200] for line in log.splitlines() if line and line[0] not in "+-@ "]
    return "\n".join(lines[-TAIL_LINES:])


def _behind(complaint: str) -> str:
    return f"; last: {complaint}" if complaint else ""
