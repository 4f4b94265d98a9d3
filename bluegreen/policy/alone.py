"""A router whose peer was not seen: what it shows by itself, and what it takes both to tell."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bluegreen.model.exam import RouterExam, Sample
from bluegreen.model.facts import PairFacts, RouterFacts, Unseen
from bluegreen.model.finding import HERE, Evidence, Finding, Fix, Look, Severity
from bluegreen.model.finding_names import LookName
from bluegreen.model.verdict import found
from bluegreen.policy import asked, ospf_rest, parity, routed, segment, states
from bluegreen.policy.checks import Checks, carp_of, of_each
from bluegreen.policy.maintenance import dark
from bluegreen.policy.reach import unreached
from bluegreen.policy.remedies import findings_of
from bluegreen.policy.serving import unserved
from bluegreen.policy.setting import Setting
from bluegreen.policy.upgradable import systems

Exams = Mapping[str, RouterExam]


def checks_alone(pair: PairFacts, setting: Setting, by_hand: Mapping[str, str]) -> Checks:
    """Return preflight's verdicts on a router whose peer was not seen, and on whoever was not."""
    hidden: Checks = (("reachable", found(unreached(pair, by_hand))),)
    if not (routers := pair.observed()):
        return hidden
    [router] = routers
    names = (router.name, pair.peer_name(router.name))
    blue, green = names if router.masters() else names[::-1]
    of_it = replace(setting, blue=blue, green=green)
    return (
        *hidden,
        ("carp", carp_of(router)),
        ("roles", found(dark(router))),
        *of_each(pair, of_it),
        *(systems(routers, of_it) if setting.upgrades else ()),
    )


def looks_alone(pair: PairFacts, checks: Checks, exams: Exams) -> tuple[Look, ...]:
    """Return all that was looked at; what takes both routers is named as not known."""
    told: dict[LookName, tuple[Finding, ...]] = {
        name: findings_of(name, verdict, tuple(pair)) for name, verdict in checks
    }
    routers = pair.observed()
    if not routers:
        return tuple(told.items())
    [router] = routers
    [hidden] = pair.unseen()
    exam = exams[router.name]
    lacking = peer_unseen(router, hidden)
    more: Mapping[LookName, tuple[Finding, ...]] = {
        "carp": (lacking,),
        "roles": (*_unserved(router, exam, hidden), lacking),
        "peers": (lacking,),
        "takeover": (lacking,),
        "segment": (*segment.segment_alone(router, exam, hidden.name), lacking),
        "passwords": (*parity.unread(routers, exams), lacking),
        "preempt": (lacking,),
        "vips": (*routed.vips(routers), *asked.unanswered(routers, exams)),
        "peer-routes": tuple(routed.peer_routes(routers)),
        "mirrors": (*routed.mirrors(routers), *asked.unreached(routers, exams)),
        "states": (*states.down(routers), *states.states(routers, exams), lacking),
        "versions": (lacking,),
        "adjacencies": (*ospf_rest.at_rest(pair), lacking),
    }
    names: dict[LookName, None] = dict.fromkeys((*told, *more))
    return tuple((name, (*told.get(name, ()), *more.get(name, ()))) for name in names)


def peer_unseen(router: RouterFacts, hidden: Unseen) -> Finding:
    """Return what cannot be told for want of the other router, as one finding."""
    pair = f"{router.name},{hidden.name}"
    return Finding(
        "peer-unseen",
        Severity.UNKNOWN,
        f"{hidden.name} was not seen, and these take both: whether vhids, addresses, peers, "
        f"passwords and versions are alike, whether both are MASTER, whether either would take "
        f"over from the other, whether states and OSPF neighbours of {router.name} are all that "
        "they should be",
        (Evidence(hidden.name, hidden.reason),),
        (Fix(HERE, "have it answer, then look again", f"bluegreen check --pair {pair}"),),
    )


def _unserved(router: RouterFacts, exam: RouterExam, hidden: Unseen) -> Iterator[Finding]:
    heard = segment.counted(exam.carp) if isinstance(exam.carp, Sample) else ""
    return unserved(router, hidden.name, heard)
