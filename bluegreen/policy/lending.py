"""CARP sysctls that a run sets for a while: what they were lies on the router meanwhile.

A boot sets them from /etc/sysctl.conf, so a value that was only set at run time is gone then:
it is given back like one that was lent. The file is for whoever finds the router without the
journal of the run.
"""

from collections.abc import Mapping

from bluegreen.freebsd.commands import forget_lent, note_lent, set_sysctl
from bluegreen.model.carp import CarpSysctls
from bluegreen.model.command import Command
from bluegreen.model.facts import PairFacts, RouterFacts
from bluegreen.model.finding import Evidence
from bluegreen.model.holding import is_mine
from bluegreen.model.verdict import Verdict, all_of, holds, no, shown_by
from bluegreen.policy.setting import Setting

PREEMPT = "net.inet.carp.preempt"
SENDERR = "net.inet.carp.senderr_demotion_factor"


def values(carp: CarpSysctls) -> Mapping[str, int]:
    """Return what a run may set, as it is: absolute values, unlike the demotion."""
    return {PREEMPT: int(carp.preempt), SENDERR: carp.senderr_demotion_factor}


def lend(
    facts: RouterFacts, was: RouterFacts, setting: Setting, name: str, value: int
) -> tuple[Command, ...]:
    """Set a sysctl for a while; what it was at the start is written down first."""
    if not facts.carp or not was.carp or values(facts.carp)[name] == value:
        return ()
    old = {**dict(facts.lent), name: values(was.carp)[name]}
    note = note_lent(setting.paths_of(facts.name), setting.run, old)
    return (note, set_sysctl(name, value))


def reclaim(
    facts: RouterFacts, was: RouterFacts, setting: Setting, *names: str
) -> tuple[Command, ...]:
    """Give sysctls back what they were; forget the note when nothing of it is left."""
    if not facts.carp or not was.carp:
        return ()
    now, then = values(facts.carp), values(was.carp)
    back = tuple(set_sysctl(name, then[name]) for name in names if now[name] != then[name])
    left = {name: value for name, value in facts.lent if name not in names}
    if len(left) == len(facts.lent):
        return back
    paths = setting.paths_of(facts.name)
    return (*back, note_lent(paths, setting.run, left) if left else forget_lent(paths))


def as_before(pair: PairFacts, before: PairFacts, *names: str) -> Verdict:
    """The named sysctls of both routers are what they were, and no note of them is left."""
    return all_of(
        given_back(router, was, *names)
        for router in pair.both() or ()
        for was in [before.seen(router.name)]
        if was
    )


def given_back(facts: RouterFacts, was: RouterFacts, *names: str) -> Verdict:
    """The named sysctls of one router are what they were."""
    if not facts.carp or not was.carp:
        return no(f"{facts.name}: carp(4) is not loaded")
    now, then = values(facts.carp), values(was.carp)
    return all_of(
        [
            *(
                holds(now[name] == then[name], f"{facts.name}: {name} is {now[name]}")
                for name in names
            ),
            *(
                holds(name not in names, f"{facts.name}: {name} is still noted as lent")
                for name, _ in facts.lent
            ),
        ]
    )


def not_given_back(router: RouterFacts, setting: Setting) -> Verdict:
    """Nothing was lent by another run and left so: its values would be taken for the pair's own."""
    paths = setting.paths_of(router.name)
    return all_of(
        shown_by(
            holds(
                is_mine(router.lock, setting.lock),
                f"{router.name}: {name} was {value} before a run that has not given it back: "
                f"finish that run, or `sysctl {name}={value}` and `rm {paths.lent}`",
            ),
            Evidence(router.name, f"{paths.lent}: {name}={value}"),
        )
        for name, value in router.lent
    )
