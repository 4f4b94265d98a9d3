"""Whether two routers can hear each other: whom each one sends to, and what else may be wrong.

A vhid speaks to a group address or, since FreeBSD 14.0, to one peer of each family; the two
families have a timer each, and either of them makes a BACKUP MASTER (carp_setrun, ip_carp.c).
"""

from collections.abc import Iterable, Iterator

from bluegreen.model.facts import LocatedVhid, RouterFacts
from bluegreen.model.finding import Evidence, Finding, Fix, Severity
from bluegreen.model.network import MULTICAST_PEERS, Interface
from bluegreen.model.verdict import Verdict, found
from bluegreen.policy.learned import own_addresses

Both = tuple[RouterFacts, RouterFacts]


def peers(both: Both) -> Verdict:
    """Unicast peers name each other, in both families, or neither is unicast."""
    return found(
        [
            *_unlike(both, "peer", "IPv4", "."),
            *_unlike(both, "peer6", "IPv6", ":"),
            *(one for mine, theirs in (both, both[::-1]) for one in _astray(mine, theirs)),
        ]
    )


def _unlike(both: Both, word: str, family: str, mark: str) -> Iterator[Finding]:
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
        groups = " or ".join(sorted(_group_of(word)))
        yield Finding(
            "peers-differ",
            Severity.CRITICAL,
            f"vhid {v.carp.vhid}: {unicast} sends {family} to {word} {named[unicast]}, "
            f"{multicast} to everybody ({groups}): they do not hear each other",
            (
                Evidence(unicast, f"ifconfig: vhid {v.carp.vhid} {word} {named[unicast]}"),
                Evidence(multicast, f"ifconfig: vhid {v.carp.vhid} has no {word} of its own"),
            ),
            (Fix(multicast, f"name a {word} on {multicast} too, or on neither"),),
        )


def _group_of(word: str) -> set[str]:
    return {address for address in MULTICAST_PEERS if (":" in address) == (word == "peer6")}


def _astray(mine: RouterFacts, theirs: RouterFacts) -> Iterator[Finding]:
    """Each unicast peer is an address of the other router's, on the interface of the group."""
    for v in mine.vhids:
        for word, address in v.carp.unicast_peers:
            for text in _missed(mine, theirs, v, f"{word} {address}"):
                yield Finding(
                    "peer-astray",
                    Severity.CRITICAL,
                    text,
                    (Evidence(mine.name, f"ifconfig: vhid {v} {word} {address}"),),
                    _named_right(mine, theirs, v, word),
                )


def _named_right(
    mine: RouterFacts, theirs: RouterFacts, v: LocatedVhid, word: str
) -> tuple[Fix, ...]:
    """Return the command that names an address of the peer, on its interface of the group."""
    other = theirs.vhid(v.group)
    on = [i for i in theirs.interfaces if other and i.name == other.interface]
    own = [a for a in _in_order(on) if (":" in a) == (word == "peer6") and a[:4] != "fe80"]
    if not own:
        return (Fix(mine.name, f"name an address of {theirs.name} that is its own"),)
    named = {**dict(v.carp.unicast_peers), word: own[0]}
    words = " ".join(f"{key} {address}" for key, address in named.items())
    command = f"ifconfig {v.interface} vhid {v.carp.vhid} {words}"
    return (Fix(mine.name, f"name an address of {theirs.name}, here and in rc.conf", command),)


def _missed(mine: RouterFacts, theirs: RouterFacts, v: LocatedVhid, named: str) -> Iterator[str]:
    address = named.partition(" ")[2]
    if address in own_addresses(mine):
        yield f"{mine.name}: vhid {v} names {named}, which is its own address"
    elif address not in own_addresses(theirs):
        yield f"{mine.name}: vhid {v} names {named}, which {theirs.name} does not have"


def _in_order(interfaces: Iterable[Interface]) -> list[str]:
    return [inet.address for i in interfaces for inet in (*i.inet, *i.inet6) if inet.vhid is None]
