"""Groups with two MASTERs, or with none: what it looks like, and what may be behind it."""

from collections.abc import Iterator
from typing import Literal

from bluegreen.model.facts import Group, LocatedVhid, PairFacts, RouterFacts
from bluegreen.model.finding import HERE, Evidence, Finding, Fix, Severity
from bluegreen.model.roles import dual

BOTH_MASTER: Literal["both-master"] = "both-master"
NO_MASTER: Literal["no-master"] = "no-master"
PASSWORDS = "their passwords (`pass`) differ"
LOST = "advertisements do not get through"
LOOP = "what it sends comes back to it (a loop, or teamed ports of a hypervisor)"
CLONE = "somebody else on the wire is MASTER of it, with the same password and addresses"
MOMENT = "it was looked at in the moment in which the role moved: look again"


def both_master(pair: PairFacts) -> Iterator[Finding]:
    """Yield each group that both routers serve, though all that shows of it agrees."""
    both = pair.both()
    for group in dual(pair) if both else ():
        first, second = (router.vhid(group) for router in both or ())
        assert first
        assert second
        yield Finding(
            BOTH_MASTER,
            Severity.CRITICAL,
            f"{group} is MASTER on both routers: split brain",
            _states(pair, group),
            (
                Fix("pair", "see what both count as refused", "netstat -s -p carp"),
                Fix("pair", "see what arrives", f"tcpdump -ni {first.interface} ip proto 112"),
                Fix("pair", "change nothing else until that is known: either may be in use"),
            ),
            _why(first, second),
        )


def no_master(pair: PairFacts) -> Iterator[Finding]:
    """Yield each group that nobody serves."""
    for group in pair.groups():
        if pair.masters_of(group):
            continue
        yield Finding(
            NO_MASTER,
            Severity.CRITICAL,
            f"{group} has no MASTER",
            _states(pair, group),
            (
                *_heard(pair, group),
                Fix("pair", "see what the kernel says of its roles", "dmesg"),
            ),
            () if _is_dark(pair, group) else (LOOP, CLONE, MOMENT),
        )


def unserved(router: RouterFacts, missing: str, heard: str) -> Iterator[Finding]:
    """Yield each vhid that a router does not serve, and whose MASTER was not seen.

    Args:
        router: The one that was seen.
        missing: Its peer.
        heard: What it counted of advertisements; "": that is not known.
    """
    for v in router.backups():
        counted = [Evidence(router.name, heard)] if heard else []
        yield Finding(
            "master-unseen",
            Severity.UNKNOWN,
            f"{router.name} is BACKUP of {v.group}: whether {missing}, which was not seen, serves "
            "it cannot be told",
            (Evidence(router.name, shown(v)), *counted),
            (
                Fix(
                    router.name, "see who advertises it", f"tcpdump -eni {v.interface} ip proto 112"
                ),
                *(Fix(HERE, "ask the address", f"ping -c 3 {a}") for a in v.carp.addresses),
            ),
        )


def _heard(pair: PairFacts, group: Group) -> Iterator[Fix]:
    """Yield what shows who speaks, on each router's interface of a group."""
    for router in pair.both() or ():
        if v := router.vhid(group):
            yield Fix(router.name, "see who speaks", f"tcpdump -eni {v.interface} ip proto 112")


def _is_dark(pair: PairFacts, group: Group) -> bool:
    """Whether somebody is INIT, which is a finding of its own, with its cause."""
    vhids = [r.vhid(group) for r in pair if isinstance(r, RouterFacts)]
    return any(v is not None and v.carp.state == "INIT" for v in vhids)


def _states(pair: PairFacts, group: Group) -> tuple[Evidence, ...]:
    seen = [(r, r.vhid(group)) for r in pair if isinstance(r, RouterFacts)]
    return tuple(Evidence(r.name, shown(v)) for r, v in seen if v)


def shown(v: LocatedVhid) -> str:
    """Return how a vhid is, as ifconfig shows it."""
    return f"ifconfig {v.interface}: {v.carp.state} vhid {v.carp.vhid} {_timing(v)}"


def _timing(v: LocatedVhid) -> str:
    return f"advbase {v.carp.advbase} advskew {v.carp.advskew}"


def _why(v: LocatedVhid, theirs: LocatedVhid) -> tuple[str, ...]:
    """Return what keeps two routers from hearing each other, as far as it can be told."""
    causes = [PASSWORDS, LOST]
    families = {":" in address for address in v.carp.addresses}
    if families == {True, False} and any(len(dict(w.carp.unicast_peers)) == 1 for w in (v, theirs)):
        causes.append("one family has a unicast peer and the other none (name peer and peer6)")
    return tuple(causes)
