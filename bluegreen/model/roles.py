"""Who serves, who is idle: judged a vhid at a time, from both routers."""

from bluegreen.model.facts import Group, PairFacts, RouterFacts, Unknown, VipAnswer
from bluegreen.model.network import CarpState
from bluegreen.model.verdict import YES, Verdict, all_of, holds, no


def seen(pair: PairFacts) -> Verdict:
    """Both routers were observed."""
    return Verdict(tuple(f"{u.name}: could not be observed: {u.reason}" for u in pair.unseen()))


def serves_all(pair: PairFacts, name: str) -> Verdict:
    """The named router is MASTER of every group, and both routers say so."""
    both = pair.both()
    if not both:
        return seen(pair)
    peer = pair.seen(pair.peer_name(name))
    groups = pair.groups()
    assert peer is not None
    return all_of(
        [
            holds(bool(groups), "the routers share no vhid"),
            *(_serves(pair, name, group) for group in groups),
            *(
                no(f"{peer.name} is still MASTER of vhid {v}")
                for v in peer.masters()
                if v.group not in groups
            ),
        ]
    )


def _serves(pair: PairFacts, name: str, group: Group) -> Verdict:
    mine, peer = pair.seen(name), pair.seen(pair.peer_name(name))
    here = mine.vhid(group) if mine else None
    there = peer.vhid(group) if peer else None
    if not (mine and peer and here and there):
        return no(f"{group} was not seen on both routers")
    return all_of(
        [
            holds(here.carp.state is CarpState.MASTER, f"{name} is {here.carp.state} of {group}"),
            holds(
                there.carp.state is CarpState.BACKUP,
                f"{peer.name} is {there.carp.state} of {group}",
            ),
        ]
    )


def healthy_master(pair: PairFacts, name: str) -> Verdict:
    """The named router serves everything and would go on doing so."""
    facts = pair.seen(name)
    if not facts:
        return seen(pair)
    return all_of([serves_all(pair, name), well(facts)])


def well(facts: RouterFacts) -> Verdict:
    """A router's own CARP is sound: loaded, allowed, not demoted, its links up."""
    if not facts.carp:
        return no(f"{facts.name}: carp(4) is not loaded")
    return all_of(
        [
            holds(facts.carp.allow, f"{facts.name}: net.inet.carp.allow is 0"),
            holds(
                facts.carp.demotion <= 0,
                f"{facts.name}: net.inet.carp.demotion is {facts.carp.demotion}",
            ),
            *(
                holds(interface.is_up, f"{facts.name}: {interface.name} has vhids and is not up")
                for interface in facts.interfaces
                if interface.carp
            ),
        ]
    )


def idle(pair: PairFacts, name: str) -> Verdict:
    """Nothing that anyone needs runs through this router now (the peer serves it all)."""
    facts = pair.seen(name)
    peer = pair.peer_name(name)
    if not facts:
        return no(f"{name}: could not be observed")
    verdicts = [
        *(
            holds(v.carp.state is CarpState.BACKUP, f"{name} is {v.carp.state} of vhid {v}")
            for v in facts.vhids
        ),
        healthy_master(pair, peer),
    ]
    return all_of([*verdicts, floating_at(pair, peer), *answered(pair)])


def floating_at(pair: PairFacts, router: str) -> Verdict:
    """The provider sends the floating address to the named router, and is done with it.

    Where it knows of no router, because CARP alone decides, only the routers and a probe can
    say where the address is.
    """
    floating = pair.outside.floating
    if floating is None:
        return YES
    if isinstance(floating, Unknown):
        return no(f"the provider cannot be asked: {floating.unknown}")
    if floating.by_carp:
        return holds(floating.settled, f"{floating.address}: {floating.detail}")
    why = f" ({floating.detail})" if floating.detail else ""
    return holds(
        floating.router == router and floating.settled,
        f"{floating.address} is bound to {floating.router or 'neither router'}"
        f"{'' if floating.settled else ', a task is under way'}, wanted {router}{why}",
    )


def answered(pair: PairFacts) -> list[Verdict]:
    """Every VIP that is probed answers now."""
    return [
        holds(answer.answering is True, f"{answer.vip} {_silence(answer)}")
        for answer in pair.outside.answers
    ]


def _silence(answer: VipAnswer) -> str:
    if answer.answering is False:
        return "does not answer the probe"
    return "is not known to answer: it was not probed yet, or the host that probes is out of reach"


def dual(pair: PairFacts) -> tuple[Group, ...]:
    """Return the groups that both routers say they are MASTER of."""
    both = pair.both()
    if not both:
        return ()
    first, second = (_states(router) for router in both)
    return tuple(
        group
        for group, state in first.items()
        if state is CarpState.MASTER and second.get(group) is CarpState.MASTER
    )


def _states(router: RouterFacts) -> dict[Group, CarpState]:
    """Return the state of each group; of two vhids of one group the first one counts."""
    states: dict[Group, CarpState] = {}
    for vhid in router.vhids:
        states.setdefault(vhid.group, vhid.carp.state)
    return states


def roles(pair: PairFacts) -> tuple[tuple[str, str, str], ...]:
    """Return (router, vhid@interface, state) for everything seen, to compare two moments."""
    return tuple(
        (router.name, str(v), v.carp.state.value)
        for router in pair
        if isinstance(router, RouterFacts)
        for v in router.vhids
    )


def same_roles(pair: PairFacts, before: PairFacts) -> Verdict:
    """Each group has the MASTER it had."""
    return all_of(
        holds(
            pair.masters_of(group) == before.masters_of(group),
            f"{group}: MASTER is {' and '.join(pair.masters_of(group)) or 'nobody'}, "
            f"was {' and '.join(before.masters_of(group)) or 'nobody'}",
        )
        for group in before.groups()
    )


__all__ = [
    "YES",
    "answered",
    "dual",
    "healthy_master",
    "idle",
    "roles",
    "same_roles",
    "seen",
    "serves_all",
    "well",
]
