"""Whether two routers can hear each other: whom each one sends to, and what else may be wrong.

A vhid speaks to a group address or, since FreeBSD 14.0, to one peer of each family; the two
families have a timer each, and either of them makes a BACKUP MASTER (carp_setrun, ip_carp.c).
"""

from collections.abc import Iterable, Iterator

from bluegreen.model.facts import LocatedVhid, PairFacts, RouterFacts
from bluegreen.model.network import MULTICAST_PEERS, Interface
from bluegreen.model.verdict import Verdict, all_of, no

Both = tuple[RouterFacts, RouterFacts]


def peers(both: Both) -> Verdict:
    """Unicast peers name each other, in both families, or neither is unicast."""
    return all_of(
        [
            *(_unlike(both, "peer", "IPv4", ".")),
            *(_unlike(both, "peer6", "IPv6", ":")),
            *(_astray(mine, theirs) for mine, theirs in (both, both[::-1])),
        ]
    )


def _unlike(both: Both, word: str, family: str, mark: str) -> Iterator[Verdict]:
    """Yield the groups where one router speaks to its peer and the other one to everybody."""
    first, second = both
    for v in first.vhids:
        theirs = second.vhid(v.group)
        if not theirs or not any(mark in address for address in v.carp.addresses):
            continue
        named = {
            r.name: dict(w.carp.unicast_peers).get(word)
            for r, w in zip(both, (v, theirs), strict=True)
        }
        speaks = [name for name, address in named.items() if address]
        if len(speaks) != 1:
            continue
        [unicast] = speaks
        [multicast] = named.keys() - {unicast}
        yield no(
            f"vhid {v.carp.vhid}: {unicast} sends {family} to {word} {named[unicast]}, "
            f"{multicast} to everybody ({' or '.join(sorted(_group_of(word)))}): they do not "
            f"hear each other; name a {word} on {multicast} too, or on neither"
        )


def _group_of(word: str) -> set[str]:
    return {address for address in MULTICAST_PEERS if (":" in address) == (word == "peer6")}


def _astray(mine: RouterFacts, theirs: RouterFacts) -> Verdict:
    """Each unicast peer is an address of the other router's, on the interface of the group."""
    return all_of(
        no(text)
        for v in mine.vhids
        for word, address in v.carp.unicast_peers
        for text in _missed(mine, theirs, v, f"{word} {address}")
    )


def _missed(mine: RouterFacts, theirs: RouterFacts, v: LocatedVhid, named: str) -> Iterator[str]:
    address = named.partition(" ")[2]
    if address in _addresses(mine.interfaces):
        yield f"{mine.name}: vhid {v} names {named}, which is its own address"
    elif address not in _addresses(theirs.interfaces):
        yield f"{mine.name}: vhid {v} names {named}, which {theirs.name} does not have"


def _addresses(interfaces: Iterable[Interface]) -> set[str]:
    return {inet.address for i in interfaces for inet in (*i.inet, *i.inet6) if inet.vhid is None}


def deaf(pair: PairFacts, both: Both) -> Verdict:
    """Say what else can be the matter where both are MASTER and everything that shows agrees."""
    first, second = both
    return all_of(
        no(
            f"vhid {v.carp.vhid}: addresses agree on both routers, so {_why(v, theirs)}; look with "
            f"`netstat -s -p carp` (bad authentication: the passwords) and "
            f"`tcpdump -ni {v.interface} ip proto 112`"
        )
        for v in first.vhids
        for theirs in [second.vhid(v.group)]
        if theirs and pair.masters_of(v.group) == pair.names
    )


def _why(v: LocatedVhid, theirs: LocatedVhid) -> str:
    """Return what keeps two routers from hearing each other, as far as it can be told."""
    causes = ["their passwords (`pass`) differ", "advertisements do not get through"]
    families = {":" in address for address in v.carp.addresses}
    if families == {True, False} and any(len(dict(w.carp.unicast_peers)) == 1 for w in (v, theirs)):
        causes.append("one family has a unicast peer and the other none (name peer and peer6)")
    return ", or ".join(causes)
