"""What happens in a run becomes an event: journalled first, then shown."""

import random
from collections.abc import Callable
from datetime import datetime
from typing import TypedDict

from bluegreen.engine.journal import Journal
from bluegreen.engine.plan import PlannedStep
from bluegreen.model.command import Effect, Guard, Output
from bluegreen.model.events import (
    Answered,
    CommandSent,
    Event,
    LockTaken,
    Observed,
    RollbackStarted,
    RunFinished,
    StepDone,
    StepFailed,
    StepSkipped,
    StepStarted,
    UndoDone,
    VipOutage,
)
from bluegreen.model.progress import progress
from bluegreen.model.run_record import Reached, write
from bluegreen.model.secret import struck, without_userinfo
from bluegreen.model.state import RunState, evolve
from bluegreen.world import Clock, Order

Listener = Callable[[Event], None]
SAID_MAX = 2000  # characters of an error that are worth keeping
_TOLD = ("said", "detail", "reason", "next_move", "goal")  # what may hold a router's own words
_WEIGHT = {effect: weight for weight, effect in enumerate(Effect)}


class About(TypedDict):
    """What every event of a step says first."""

    at: datetime
    run: str
    step: str
    router: str


class Recorder:
    """The only writer of a run's journal; keeps the folded state at hand."""

    def __init__(
        self, run: str, journal: Journal, clock: Clock, listeners: tuple[Listener, ...] = ()
    ) -> None:
        self.run = run
        self.state = RunState()
        self._serving = ""
        self._journal = journal
        self._clock = clock
        self._listeners = listeners
        self._dice = random.Random(run)  # noqa: S311 - spreads retries, guards nothing

    def jitter(self) -> float:
        return self._dice.uniform(0.0, 0.2)

    def replay(self, events: tuple[Event, ...]) -> None:
        for event in events:
            self.state = evolve(self.state, event)

    def events(self) -> tuple[Event, ...]:
        return self._journal.events(self.run)

    def put(self, event: Event) -> None:
        """Durably first: nobody is told what the journal does not hold. No secret gets there."""
        event = _without_secrets(event)
        self._journal.append(event)
        self.state = evolve(self.state, event)
        for listener in self._listeners:
            listener(event)

    def now(self) -> datetime:
        return self._clock.now()

    def _about(self, planned: PlannedStep, router: str | None = None) -> About:
        at, about = self.now(), router or planned.step.router
        return About(at=at, run=self.run, step=planned.id, router=about)

    def started(self, planned: PlannedStep, undo: bool = False) -> None:
        step = planned.step
        self.put(
            StepStarted(
                **self._about(planned), goal=f"undo: {step.goal}" if undo else step.goal, undo=undo
            )
        )

    def sending(self, planned: PlannedStep, order: Order, undo: bool) -> int:
        """Journal an order before it is sent, and return its number."""
        number = self.state.numbers + 1
        effect = max((c.effect for c in order.commands), key=_WEIGHT.__getitem__)
        self.put(
            CommandSent(
                **self._about(planned, order.router),
                number=number,
                effect=effect.value,
                commands=tuple(map(str, order.commands)),
                guard=describe(order.guard),
                undo=undo,
            )
        )
        return number

    def answered(
        self, planned: PlannedStep, order: Order, number: int, outputs: tuple[Output, ...]
    ) -> None:
        failed = next((o for o in outputs if not o.ok), None)
        told = failed or (outputs[-1] if outputs and _at_provider(order) else Output(""))
        said = (told.stderr or told.stdout).strip()[-SAID_MAX:]
        self._answer(planned, order, number, tuple(o.code for o in outputs), said)

    def locked(self, planned: PlannedStep, router: str, broken: str | None) -> None:
        """Journal that a router is held, and from whom it was taken on request."""
        self.put(LockTaken(**self._about(planned, router), broken=broken))

    def unsent(self, planned: PlannedStep, order: Order, number: int, said: str) -> None:
        self._answer(planned, order, number, (), f"not sent: {said}")

    def doubt(self, planned: PlannedStep, order: Order, number: int, said: str) -> None:
        self._answer(planned, order, number, (), said, in_doubt=True)

    def _answer(
        self,
        planned: PlannedStep,
        order: Order,
        number: int,
        codes: tuple[int, ...],
        said: str,
        in_doubt: bool = False,
    ) -> None:
        self.put(
            Answered(
                **self._about(planned, order.router),
                number=number,
                codes=codes,
                said=said,
                in_doubt=in_doubt,
            )
        )

    def reached(self, planned: PlannedStep, ahead: int = 0) -> str:
        """Return where the run stands, as it is noted on a router with each order.

        ``ahead``: how many orders later than the last one that was journalled.
        """
        number = self.state.numbers + ahead
        return write(Reached(run=self.run, number=number, step=planned.id, **progress(self.state)))

    def observed(self, planned: PlannedStep, what: str, detail: str) -> None:
        self.put(Observed(**self._about(planned), what=what, detail=detail))

    def unprobed(self, why: str) -> None:
        """Journal that nobody probes, and why."""
        told = f"nothing is probed: {why}"
        self.put(Observed(at=self.now(), run=self.run, router="pair", what="probe", detail=told))

    def serving(self, planned: PlannedStep, serving: str) -> None:
        """Journal who serves, whenever it is somebody else."""
        if serving == self._serving:
            return
        self._serving = serving
        self.put(Observed(**self._about(planned, "pair"), what="roles", serving=serving))

    def layer(self, planned: PlannedStep, layer: str, after_s: float) -> None:
        self.put(
            Observed(**self._about(planned), what="layer", layer=layer, after_s=round(after_s, 3))
        )

    def outages(
        self, planned: PlannedStep | None, outages: tuple[VipOutage, ...], detail: str
    ) -> None:
        """Journal what the probe counted: of a switch, up to the end of a step, or in between."""
        self.put(
            Observed(
                at=self.now(),
                run=self.run,
                step=planned.id if planned else None,
                router="pair",
                what="outage",
                detail=detail,
                outages=outages,
            )
        )

    def baseline(self, planned: PlannedStep, facts: str, serving: str) -> None:
        self.put(
            Observed(**self._about(planned, "pair"), what="baseline", facts=facts, serving=serving)
        )

    def done(self, planned: PlannedStep, took_s: float, already: bool) -> None:
        self.put(StepDone(**self._about(planned), took_s=round(took_s, 3), already=already))

    def undone(self, planned: PlannedStep, took_s: float, already: bool) -> None:
        self.put(UndoDone(**self._about(planned), took_s=round(took_s, 3), already=already))

    def skipped(self, planned: PlannedStep, reason: str) -> None:
        self.put(StepSkipped(**self._about(planned), reason=reason))

    def failed(self, planned: PlannedStep, reason: str, undo: bool = False) -> None:
        self.put(StepFailed(**self._about(planned), reason=reason, undo=undo))

    def rollback(self, reason: str, steps: tuple[str, ...], whole: bool) -> None:
        self.put(
            RollbackStarted(at=self.now(), run=self.run, reason=reason, steps=steps, whole=whole)
        )

    def finished(self, event: RunFinished) -> None:
        self.put(event)


def _at_provider(order: Order) -> bool:
    """What a provider says of a request names the task that its support asks for."""
    return any(command.effect is Effect.PROVIDER for command in order.commands)


def _without_secrets(event: Event) -> Event:
    """Routers repeat what they were given: an error may echo a line of rc.conf, a log any line."""
    texts = {name: getattr(event, name, None) for name in _TOLD}
    clean: dict[str, object] = {n: struck(t) for n, t in texts.items() if isinstance(t, str)}
    if isinstance(event, CommandSent):
        clean["commands"] = tuple(map(without_userinfo, event.commands))
    changed = {name: value for name, value in clean.items() if value != getattr(event, name)}
    return event.model_copy(update=changed) if changed else event


def describe(guard: Guard | None) -> str | None:
    """Say in words what the router checks before it acts."""
    if guard is None:
        return None
    parts = [
        f"{guard.masters} vhids MASTER" if guard.masters is not None else "",
        f"{guard.backups} BACKUP" if guard.backups is not None else "",
        f"lock of run {guard.lock[1]}" if guard.lock else "",
        f"{guard.marker} is there" if guard.marker else "",
    ]
    return ", ".join(part for part in parts if part)
