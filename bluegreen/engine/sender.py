"""One order to one door: on disk first, with a note of how far the run has come, then sent."""

from bluegreen.engine.attempt import Attempt
from bluegreen.engine.plan import PlannedStep
from bluegreen.engine.pulse import Pulse
from bluegreen.engine.record import Recorder
from bluegreen.engine.watch import Watch
from bluegreen.errors import OutcomeUnknownError, UnreachableError
from bluegreen.model.command import Effect, Guard, Output, Script, legible
from bluegreen.model.holding import held_by, is_mine
from bluegreen.world import Order, Provider, Transport, World

LOCKING = ("lock", "unlock")  # what takes a router's lock, or gives it back


class Sender:
    """Sends what was decided, and writes down what came of it. It decides nothing."""

    def __init__(self, world: World, pulse: Pulse, watch: Watch, recorder: Recorder) -> None:
        self._world = world
        self._pulse = pulse
        self._watch = watch
        self._recorder = recorder

    def send(self, attempt: Attempt, order: Order) -> None:
        """Send an order, once.

        Raises:
            StepFailedError: the router has refused too often.
        """
        planned = attempt.planned
        if _lets_go(planned):
            self._tell_peer(attempt, order)
        broken = self._broken(order)
        self._watch.sending(order)
        if _lets_go(planned):
            self._watch.letting_go(order.router)
        number = self._recorder.sending(planned, order, undo=attempt.undo)
        script, first = self._with_signs(attempt, order)
        try:
            outputs = legible(self._door(order).run(script))
        except OutcomeUnknownError as error:
            self._recorder.doubt(planned, order, number, error.what)
            return
        except UnreachableError as error:
            attempt.complaint = error.what
            self._recorder.unsent(planned, order, number, error.what)
            return
        attempt.acted = True
        outputs = _own(outputs, first, len(order.commands))
        self._recorder.answered(planned, order, number, outputs)
        self._note_lock(attempt, order, outputs, broken)
        attempt.judge(order, outputs, self._world.clock.now_s())

    def _tell_peer(self, attempt: Attempt, order: Order) -> None:
        """What is noted on a router goes with its lock: the other one is told before, if it can."""
        pair, holder = self._watch.last, self._pulse.holder
        peer = pair.seen(pair.peer_name(order.router)) if pair else None
        if peer is None or not is_mine(peer.lock, holder):
            return
        if order.guard is None or order.guard.lock is None:
            return
        note = self._pulse.dialect.note(peer.name, self._recorder.reached(attempt.planned, ahead=1))
        held = Guard(lock=(self._pulse.dialect.lock_of(peer.name), holder.name))
        telling = Order(peer.name, note, held)
        number = self._recorder.sending(attempt.planned, telling, undo=attempt.undo)
        try:
            outputs = legible(self._world.transports[peer.name].run(telling.script))
        except (OutcomeUnknownError, UnreachableError) as error:
            self._recorder.unsent(attempt.planned, telling, number, error.what)
            return
        self._recorder.answered(attempt.planned, telling, number, outputs)

    def _door(self, order: Order) -> Transport | Provider:
        """Return the router that is meant, else the provider: no other door leads out."""
        transport = self._world.transports.get(order.router)
        if transport is not None:
            return transport
        assert self._world.provider is not None, f"no door is named {order.router}"
        return self._world.provider

    def _with_signs(self, attempt: Attempt, order: Order) -> tuple[Script, int]:
        """Return what is sent, and how many commands stand before the order's own.

        A guarded script begins with a note of how far the run has come, and ends with our sign
        of life, which may fail. On the way back the note comes last, and may fail, too.
        """
        if _lets_go(attempt.planned) or order.guard is None or order.guard.lock is None:
            return order.script, 0
        note = self._pulse.dialect.note(order.router, self._recorder.reached(attempt.planned))
        if attempt.undo:
            return Script((*order.commands, *note), order.guard), 0
        if any(command.effect is Effect.DISRUPTIVE for command in order.commands):
            return Script((*note, *order.commands), order.guard), len(note)
        self._pulse.given(order.router)
        beat = self._pulse.sign(order.router).commands
        return Script((*note, *order.commands, *beat), order.guard), len(note)

    def _broken(self, order: Order) -> str | None:
        """Return whose lock an order takes away, if it is another run's."""
        pair = self._watch.last
        facts = pair.seen(order.router) if pair else None
        if pair is None or facts is None or facts.lock is None:
            return None
        return None if is_mine(facts.lock, self._pulse.holder) else held_by(pair, facts)

    def _note_lock(
        self, attempt: Attempt, order: Order, outputs: tuple[Output, ...], broken: str | None
    ) -> None:
        taken = attempt.planned.step.name == "lock" and order.guard is None and not attempt.undo
        if taken and all(output.ok for output in outputs):
            self._recorder.locked(attempt.planned, order.router, broken)


def _lets_go(planned: PlannedStep) -> bool:
    """Where a lock is given back, no note and no sign of life may come behind."""
    return planned.step.name in LOCKING


def _own(outputs: tuple[Output, ...], first: int, count: int) -> tuple[Output, ...]:
    """Return what an order's own commands said, or what kept them from being run."""
    failed = next((output for output in outputs[:first] if not output.ok), None)
    return (failed,) if failed else outputs[first : first + count]
