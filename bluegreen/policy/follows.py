"""What follows the VIP, before anything is changed: OSPF, the floating address, the probes."""

from collections.abc import Iterable

from bluegreen.model.facts import Floating, PairFacts, RouterFacts, Unknown
from bluegreen.model.finding import HERE, Evidence
from bluegreen.model.pair import FloatingAddress
from bluegreen.model.roles import answered, floating_at
from bluegreen.model.routing import Ospf
from bluegreen.model.verdict import YES, Verdict, all_of, found, holds, no, shown_by
from bluegreen.policy.adjacency import shared_ids
from bluegreen.policy.setting import Setting

PROVIDER = "the provider"  # where what it says was seen


def ospf(pair: PairFacts, setting: Setting) -> Verdict:
    """OSPF can be read where it is to be, router-ids stay apart, and who serves has enough."""
    if setting.ospf is False:
        return YES
    routers = pair.observed()
    answers = (_answers(router, setting) for router in routers)
    return all_of([*answers, found(shared_ids(routers)), _enough(pair.seen(setting.blue), setting)])


def _answers(router: RouterFacts, setting: Setting) -> Verdict:
    name = router.name
    if isinstance(router.ospf, Unknown):
        why = router.ospf.unknown
        return shown_by(no(f"{name}: OSPF cannot be read: {why}"), Evidence(name, why))
    verdict = holds(
        router.ospf is not None or not setting.ospf,
        f"{name}: no OSPF daemon answers, but `ospf:` is configured",
    )
    return shown_by(verdict, Evidence(name, "vtysh, birdc and ospfctl: none of them answers"))


def _enough(master: RouterFacts | None, setting: Setting) -> Verdict:
    if master is None:
        return YES  # that it was not seen is a finding of its own
    known = master.ospf.neighbors if isinstance(master.ospf, Ospf) else ()
    full = sum(neighbor.full for neighbor in known)
    states = ", ".join(f"{n.router_id} {n.state}" for n in known) or "none"
    verdict = holds(
        full >= setting.min_neighbors,
        f"{master.name}: {full} OSPF neighbours are Full, wanted {setting.min_neighbors}",
    )
    return shown_by(verdict, Evidence(master.name, f"OSPF neighbours: {states}"))


def probe(pair: PairFacts) -> Verdict:
    """Each VIP that is probed answers."""
    answers = zip(pair.outside.answers, answered(pair), strict=True)
    return all_of(
        shown_by(verdict, Evidence(HERE, f"probe of {a.vip}: {a.sent} sent, {a.lost} lost"))
        for a, verdict in answers
    )


def ipfo(pair: PairFacts, setting: Setting) -> Verdict:
    """The floating address is at its MASTER, and could be moved from there."""
    wanted, floating = setting.ipfo, pair.outside.floating
    if wanted is None:
        return YES
    if isinstance(floating, Floating) and setting.following:
        there = holds(floating.settled, f"{wanted.address}: {floating.detail}")
    else:
        there = floating_at(pair, setting.blue)
    problems = map(no, floating.problems if isinstance(floating, Floating) else ())
    verdict = all_of([there, *problems, _witnessed(pair, wanted), *_bindable(pair, wanted)])
    return shown_by(verdict, Evidence(PROVIDER, f"{wanted.address}: {_said(floating)}"))


def _said(floating: Floating | Unknown | None) -> str:
    """Return what the provider says of the address."""
    if not isinstance(floating, Floating):
        return floating.unknown if floating else "it was not asked"
    macs = ", ".join(f"{router} {mac}" for router, mac in floating.macs)
    words = (
        f"at {floating.service}" if floating.service else "",
        f"on MAC {floating.mac}" if floating.mac else "on no virtual MAC",
        "" if floating.settled else "a task is open",
        f"MACs that it could have: {macs}" if macs else "",
        floating.detail,
    )
    return "; ".join(filter(None, words))


def _witnessed(pair: PairFacts, wanted: FloatingAddress) -> Verdict:
    """Where the provider knows no router, nothing but a probe sees whom it reaches."""
    probed = any(answer.vip.split(",")[0] == wanted.address for answer in pair.outside.answers)
    return holds(
        wanted.binding != "carp" or probed,
        f"{wanted.address}: OVH knows no router (binding: carp), and no probe watches the address",
    )


def _bindable(pair: PairFacts, wanted: FloatingAddress) -> Iterable[Verdict]:
    floating = pair.outside.floating
    if not wanted.moves or wanted.services or not isinstance(floating, Floating):
        return
    macs = dict(floating.macs)
    for name in (router.name for router in pair.observed()):
        yield holds(name in macs, f"{name}: no interface with {wanted.address} has a MAC")
    if len(macs) == 2 and len(set(macs.values())) == 1:
        yield no(f"both routers have the MAC {next(iter(macs.values()))}: `binding: role`")
