"""What the probe saw of a run: journalled switch by switch, blamed, and held to the budget."""

from collections.abc import Sequence
from dataclasses import replace

from bluegreen.engine.plan import Plan, PlannedStep
from bluegreen.engine.record import Recorder
from bluegreen.model.blame import CONVERGE, DRAIN, blame, stretches
from bluegreen.model.facts import PairFacts
from bluegreen.model.measured import written
from bluegreen.model.outage import Outage, summed
from bluegreen.world import Probe

IPFO = "ipfo"  # the layer that a provider answers for
SWITCH = "switch"  # what its event says of itself
LAP_S = 60.0  # how much is not known of a run that was killed, beyond the step it was at


class Outages:
    """Asks the probe where a switch begins and ends, and now and then in between."""

    def __init__(self, plan: Plan, probe: Probe | None, recorder: Recorder) -> None:
        self._kinds = {planned.id: planned.step.name for planned in plan.steps}
        self._probe = probe
        self._recorder = recorder
        self._lapped_s = recorder.now().timestamp()
        self._lost = 0  # by the last lap
        self._seen: tuple[Outage, ...] = ()  # since a switch began, or since it ended

    def begin_switch(self) -> tuple[Outage, ...]:
        """Return what was seen since the last switch: the next one counts anew."""
        self._note(None, ())
        return self._whole()

    def end(self, planned: PlannedStep, undo: bool = False) -> tuple[Outage, ...]:
        """Journal what was seen where a step ended a switch, lost something, or took long.

        Returns:
            All that was seen of a switch that is over now.
        """
        name = planned.step.name
        switched = name == CONVERGE or (undo and name == DRAIN)
        if switched or (name != DRAIN and self._worth_it()):  # a switch is told as a whole
            self._note(planned, ())
        return self._whole() if switched else ()

    def fail(self, planned: PlannedStep, pair: PairFacts | None) -> None:
        """Journal what was seen until a step failed; its layers name what was missing."""
        layers = planned.step.layers(pair) if pair else ()
        self._note(planned, tuple(name for name, _ in layers))

    def _whole(self) -> tuple[Outage, ...]:
        seen, self._seen = self._seen, ()
        return seen

    def finish(self) -> None:
        """Journal the rest: a run that is resumed goes on counting from there."""
        self._note(None, ())

    def _worth_it(self) -> bool:
        if self._probe is None:
            return False
        passed_s = self._recorder.now().timestamp() - self._lapped_s
        return passed_s >= LAP_S or _damage(self._probe.outages()) > self._lost

    def _note(self, planned: PlannedStep | None, wanted: Sequence[str]) -> None:
        """Journal a lap, each silence with what it is put down to."""
        if self._probe is None:
            return
        lap = tuple(outage for outage in self._probe.lap() if outage.sent or outage.unseen_ms)
        now = self._recorder.now()
        self._lapped_s, self._lost = now.timestamp(), _damage(self._probe.outages())
        if any(outage.gaps for outage in lap):
            story = stretches(self._recorder.events(), self._kinds)
            lap = tuple(
                replace(o, gaps=tuple(blame(gap, story, wanted) for gap in o.gaps)) for o in lap
            )
        if lap:
            told = SWITCH if planned and planned.step.name in (DRAIN, CONVERGE) else ""
            self._recorder.outages(planned, written(lap, now.tzinfo), told)
        self._seen = summed((self._seen, lap))


def over_budget(outages: Sequence[Outage], budget_ms: float | None) -> str | None:
    """Say which VIP was silent for too long, when, and what was missing; None: none was.

    What a provider takes to move a floating address has a budget of its own (`ipfo: budget:`).
    """
    worst = max(outages, key=_judged_ms, default=None)
    if budget_ms is None or worst is None or _judged_ms(worst) <= budget_ms:
        return None
    ours = (gap for gap in worst.gaps if gap.layer != IPFO)
    longest = max(ours, key=lambda gap: gap.ms, default=None)
    during = f" during {longest.during}" if longest and longest.during else ""
    layer = f" ({longest.layer})" if longest and longest.layer else ""
    silent = f"{_judged_ms(worst):.0f} ms without an answer"
    return f"{worst.vip}: {silent}{during}{layer}, budget {budget_ms:.0f} ms"


def _judged_ms(outage: Outage) -> float:
    """Return the longest gap that the routers answer for."""
    ours = [gap.ms for gap in outage.gaps if gap.layer != IPFO]
    if len(ours) == len(outage.gaps):
        return outage.longest_gap_ms
    return max(ours, default=0.0)


def _damage(outages: Sequence[Outage]) -> int:
    return sum(outage.lost + outage.broke for outage in outages)
