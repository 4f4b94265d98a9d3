"""What one step has been through so far, and what the answers to its orders say of it."""

from dataclasses import dataclass
from math import inf

from bluegreen.engine.plan import PlannedStep
from bluegreen.model.command import GUARD_EXIT, Effect, Output
from bluegreen.world import Order

REFUSALS_MAX = 3  # how often a router's own guard may refuse before we believe it
RESEND_S = 90.0  # when an order that was answered and had no effect is sent once more


class StepFailedError(Exception):
    """A step cannot reach its goal; the run decides what follows."""

    def __init__(self, reason: str, advice: str | None = None) -> None:
        super().__init__(reason, advice)
        self.reason = reason
        self.advice = advice


@dataclass(slots=True)
class Attempt:
    """One step on its way, forth or back."""

    planned: PlannedStep
    began_s: float
    undo: bool
    sent: dict[str, float]  # order as text: when
    said: tuple[Output, ...] = ()  # what its last question was answered
    refusals: int = 0
    refused_s: float | None = None  # since when the interlock has refused
    complaint: str = ""
    acted: bool = False
    looked: bool = False
    explained: bool = False
    quick: bool = False  # an order was answered, and what comes of it can be seen at once
    layers: frozenset[str] = frozenset()
    unready_s: float | None = None  # since when it may not act
    broken_s: float | None = None  # since when a layer that it watches does not hold
    tail: str = ""
    tail_s: float = -inf

    def due(self, order: Order, now_s: float) -> bool:
        """An order goes once; one that was answered and did nothing goes again much later."""
        sent_s = self.sent.get(_text(order))
        return sent_s is None or _reads(order) or now_s - sent_s >= RESEND_S

    def judge(self, order: Order, outputs: tuple[Output, ...], now_s: float) -> None:
        """Remember what came of an order.

        Raises:
            StepFailedError: it was refused too often.
        """
        if _reads(order):
            self.said = outputs
        last = outputs[-1] if outputs else Output("", "nothing was run", 1)
        if last.ok and len(outputs) == len(order.commands):
            self.quick |= _text(order) not in self.sent and not _takes_time(order)
            self.sent[_text(order)] = now_s
            return
        if _reads(order):
            return
        failed = order.commands[max(0, len(outputs) - 1)]
        said = (last.stderr or last.stdout).strip()
        self.complaint = f"{order.router}: `{_short(str(failed))}` exit {last.code}: {said}"
        self.refusals += 1
        if last.code == GUARD_EXIT:
            self.complaint = f"{order.router} refused by itself: {said}"
        if self.refusals >= REFUSALS_MAX:
            raise StepFailedError(self.complaint)


def _text(order: Order) -> str:
    return f"{order.router}: " + "; ".join(map(str, order.commands))


def _reads(order: Order) -> bool:
    return all(command.effect is Effect.READ for command in order.commands)


def _takes_time(order: Order) -> bool:
    slow = (Effect.JOB, Effect.PROVIDER, Effect.DISRUPTIVE)
    return any(c.effect in slow for c in order.commands)


def _short(text: str, most: int = 120) -> str:
    return text if len(text) <= most else f"{text[:most]}..."
