"""How a role is moved to a router: chosen from what was so at the start, and said why."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bluegreen.carp.predict import advbase_way, drain_value
from bluegreen.model.facts import Group, PairFacts
from bluegreen.model.verdict import Verdict, all_of, holds
from bluegreen.policy.setting import Setting

ADVSKEW, ADVBASE, PREEMPT = "advskew", "advbase", "preempt"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to move roles, and why it is this one."""

    name: str
    why: str


def way_to(rest: PairFacts, taker: str, setting: Setting) -> Way | None:
    """Return how a router is made to take over; None: no way that fits is allowed.

    Args:
        rest: The pair at rest: what preempts was so before the run changed anything.
        taker: Who is to be MASTER.
        setting: Names the ways that are allowed, the first that fits is taken.
    """
    facts = rest.seen(taker)
    if not facts or not facts.carp:
        return None
    if facts.carp.preempt:
        return Way(ADVSKEW, f"{taker} preempts (net.inet.carp.preempt is 1)")
    name = next((way for way in setting.ways if OBSTACLES[way](rest, taker)), None)
    return Way(name, _why(name, taker, rest.peer_name(taker))) if name else None


def _why(name: str, taker: str, giver: str) -> str:
    zero = f"net.inet.carp.preempt is 0 on {taker}, and `{name}` is allowed"
    if name == ADVBASE:
        return (
            f"by advbase: {zero}. {giver} claims more than three times {taker}'s advbase until "
            f"{taker} gives it up, then has its own again"
        )
    return f"by preempt: {zero}. It is 1 until {taker} serves, then 0 again"


def no_way(rest: PairFacts, taker: str, setting: Setting) -> Verdict:
    """Say why a router cannot be made to take over, and which words would allow it."""
    refused = [r for way in setting.ways for r in OBSTACLES[way](rest, taker).reasons]
    fitting = [way for way in OBSTACLES if OBSTACLES[way](rest, taker)]
    allowed = " or ".join(f"`allow: [{way}]` ({DOES[way]})" for way in fitting)
    around = (
        f"; around it leads {allowed}, for the pair in the inventory or at the playbook's drain"
        if allowed
        else ""
    )
    reason = (
        f"{taker}: net.inet.carp.preempt is 0, so it ignores a slower MASTER "
        f"until that one falls silent{around}"
    )
    return Verdict((reason, *refused))


DOES: Mapping[str, str] = {
    ADVBASE: "the MASTER's advbase is raised until its peer gives it up",
    PREEMPT: "net.inet.carp.preempt is 1 while the role moves",
}


def _by_advbase(rest: PairFacts, taker: str) -> Verdict:
    facts = rest.seen(taker)
    return all_of(
        holds(
            advbase_way(v.carp.advbase) is not None,
            f"{taker}: vhid {v} has advbase {v.carp.advbase}, and three times that is above 255",
        )
        for v in (facts.vhids if facts else ())
    )


def _by_preempt(rest: PairFacts, _taker: str) -> Verdict:
    return holds(
        not shared_out(rest),
        "each router serves something: preempt would move more than is meant, advbase moves a "
        "vhid at a time",
    )


OBSTACLES: Mapping[str, Callable[[PairFacts, str], Verdict]] = {
    ADVBASE: _by_advbase,
    PREEMPT: _by_preempt,
}


def shared_out(rest: PairFacts) -> bool:
    """Whether each router serves something (active/active)."""
    both = rest.both()
    return bool(both) and all(router.masters() for router in both or ())


def odd(rest: PairFacts, group: Group) -> bool:
    """Whether a role does not simply follow skews that are given back.

    Somebody does not preempt, both are as fast, or one is so slow that the run has to
    make it faster before anybody can yield to it.
    """
    both = rest.both()
    if not both:
        return False
    first, second = both
    here, there = first.vhid(group), second.vhid(group)
    if not here or not there:
        return False
    tie = (here.carp.advbase, first.effective(here)) == (
        there.carp.advbase,
        second.effective(there),
    )
    slow = any(
        drain_value(router.effective(v)) is None
        for router, v in zip(both, (here, there), strict=True)
    )
    return tie or slow or not all(router.carp and router.carp.preempt for router in both)


def explained(rest: PairFacts, taker: str, setting: Setting) -> str:
    """Say which way is taken where it is not the ordinary one, else ""."""
    way = way_to(rest, taker, setting)
    if way and way.name != ADVSKEW:
        return way.why
    ties = [str(g) for g in rest.groups() if odd(rest, g)]
    if not way or not ties or not _equal(rest):
        return ""
    return (
        f"{', '.join(ties)}: both routers have equal skews, so none of them moves a role: "
        "each switch raises the skew of who is to yield, and at the end both are given back "
        "while nobody moves"
    )


def _equal(rest: PairFacts) -> bool:
    return all(router.carp and router.carp.preempt for router in rest.both() or ())
