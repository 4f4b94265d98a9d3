"""Which step a silence fell into, and which layer was not there yet: from the journal alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf

from bluegreen.model.events import Event, Observed, StepDone, StepFailed, StepStarted, UndoDone
from bluegreen.model.outage import Gap

BEYOND = "path beyond the pair"
CARP = "carp"
ROLES_S = 2.0  # how much later than the silence a change of roles is observed at most
DRAIN, CONVERGE = "drain", "converge"
FOLLOWERS = ("release", "restore", "follow")  # may have to wait for a floating address


@dataclass(frozen=True, slots=True)
class Stretch:
    """The time of one step; s since the epoch."""

    step: str  # name@router
    kind: str  # the step's name, whatever its id in the playbook
    since_s: float
    until_s: float = inf
    layers: tuple[tuple[str, float], ...] = ()  # each with the time when it was first seen to hold
    roles: tuple[float, ...] = ()  # when somebody else was seen to serve

    @property
    def moves(self) -> bool:
        """Whether it moves a role, or what follows one."""
        return self.kind in (DRAIN, CONVERGE) or (self.kind in FOLLOWERS and bool(self.layers))


def stretches(events: Iterable[Event], kinds: Mapping[str, str]) -> tuple[Stretch, ...]:
    """Return the steps of a run in the order of time; ``kinds`` are the names of a plan's ids."""
    found: list[Stretch] = []
    servers: tuple[str, ...] | None = None
    for event in events:
        at_s = event.at.timestamp()
        last = found[-1] if found and found[-1].step == event.step else None
        match event:
            case StepStarted(step=str(step)):
                if last and last.until_s == inf:
                    found[-1] = replace(last, until_s=at_s)
                found.append(Stretch(step, kinds.get(step, step.partition("@")[0]), at_s))
            case StepDone() | UndoDone() | StepFailed() if last:
                found[-1] = replace(last, until_s=at_s)
            case Observed(what="layer", layer=str(layer)) if last and last.kind in _TIMED:
                found[-1] = replace(last, layers=(*last.layers, (layer, at_s)))
            case Observed(serving=str(serving)):
                before, servers = servers, _servers(serving)
                if last and before not in (None, servers):
                    found[-1] = replace(last, roles=(*last.roles, at_s))
    return tuple(found)


_TIMED = (DRAIN, CONVERGE, *FOLLOWERS)


def _servers(serving: str) -> tuple[str, ...]:
    """Return who serves what; that a router cannot be observed moves no role."""
    return tuple(part for part in serving.split("; ") if " serves " in part)


def blame(gap: Gap, story: Sequence[Stretch], wanted: Sequence[str] = ()) -> Gap:
    """Return a silence with the step it fell into and the layer that was missing longest.

    The silence is cut where a layer was first seen to hold; each piece belongs to the
    first layer that did not hold yet, and the longest piece decides. What is left once
    all of them hold is no layer of ours. ``wanted`` are the layers of a switch that has
    not ended, in their order.
    """
    during = max(story, key=lambda stretch: _overlap_s(gap, stretch), default=None)
    if during is None or _overlap_s(gap, during) <= 0:
        return replace(gap, during=None, layer=_at_rest(gap, story))
    if not any(stretch.moves and _overlap_s(gap, stretch) > 0 for stretch in story):
        return replace(gap, during=during.step, layer=_at_rest(gap, story))
    return replace(gap, during=during.step, layer=_missing(gap, story, wanted))


def _overlap_s(gap: Gap, stretch: Stretch) -> float:
    return min(gap.ended_s, stretch.until_s) - max(gap.began_s, stretch.since_s)


def _at_rest(gap: Gap, story: Sequence[Stretch]) -> str:
    """No role was meant to move: either one did, or it was none of the routers' doing."""
    moved = [at_s for stretch in story for at_s in stretch.roles]
    return CARP if any(gap.began_s <= at_s <= gap.ended_s + ROLES_S for at_s in moved) else BEYOND


def _missing(gap: Gap, story: Sequence[Stretch], wanted: Sequence[str]) -> str:
    """Return the layer that the longest piece of a silence belongs to."""
    marks = sorted(_holding(gap, story, wanted), key=lambda mark: mark[1])
    edges = [gap.began_s, *(min(max(at_s, gap.began_s), gap.ended_s) for _, at_s in marks)]
    pieces = [
        (later - earlier, layer)
        for (earlier, later), (layer, _) in zip(pairwise(edges), marks, strict=True)
    ]
    pieces.append((gap.ended_s - edges[-1], BEYOND))
    return max(pieces, key=lambda piece: piece[0])[1]


def _holding(gap: Gap, story: Sequence[Stretch], wanted: Sequence[str]) -> list[tuple[str, float]]:
    """Return the layers of the switch, each with the time from which it and all before it held."""
    at_s: dict[str, float] = {CARP: inf, **dict.fromkeys(wanted, inf)}
    for stretch in story:
        if not stretch.moves or stretch.since_s >= gap.ended_s:
            continue
        if stretch.kind != CONVERGE:
            at_s = {CARP: stretch.until_s, **dict.fromkeys(wanted, inf)}
        for layer, seen_s in stretch.layers:
            at_s[layer] = min(seen_s, at_s.get(layer, inf)) if layer == CARP else seen_s
    at_s.pop("probe", None)  # the symptom
    held, since_s = [], -inf
    for layer, seen_s in at_s.items():
        since_s = max(since_s, seen_s)
        held.append((layer, since_s))
    return held
