"""Groups that two routers do not have alike: each difference by its own name, with the way out.

What an advertisement's HMAC covers (carp_hmac_prepare, ip_carp.c): the vhid, its addresses sorted
and without prefix lengths, the password. Interface names and the order of addresses are no part
of it, so routers may differ in those.
"""

import ipaddress
from collections.abc import Iterator

from bluegreen.model.facts import LocatedVhid, PairFacts, RouterFacts
from bluegreen.model.finding import Evidence, Finding, Fix, Severity
from bluegreen.model.network import Interface
from bluegreen.model.verdict import Verdict, all_of, found, no, shown_by

CRITICAL, WARNING = Severity.CRITICAL, Severity.WARNING
Both = tuple[RouterFacts, RouterFacts]


def groups(pair: PairFacts, both: Both) -> Verdict:
    """Each vhid is on both routers, with the same addresses, once."""
    shared = pair.groups()
    if shared:
        twice = (one for router in both for one in _twice(router))
        return found((*_alone(both, shared), *_mismatched(both, shared), *twice))
    listed = "; ".join(
        f"{r.name} has {', '.join(str(v.group) for v in r.vhids) or 'none'}" for r in both
    )
    nothing = f"the routers share no vhid (same number, same addresses): {listed}"
    seen = (Evidence(r.name, _shown(v)) for r in both for v in r.vhids)
    none = (Evidence(r.name, "ifconfig -a: no vhid") for r in both if not r.vhids)
    return all_of([shown_by(no(nothing), *seen, *none), found(_mismatched(both, shared))])


def _alone(both: Both, shared: tuple[object, ...]) -> Iterator[Finding]:
    """Yield what stands on one router only."""
    for mine, theirs in (both, both[::-1]):
        numbers = {v.carp.vhid for v in theirs.vhids if v.group not in shared}
        for v in mine.vhids:
            if v.group in shared or v.carp.vhid in numbers:
                continue
            has = ", ".join(str(other) for other in theirs.vhids) or "no vhid"
            seen = (Evidence(mine.name, _shown(v)), Evidence(theirs.name, f"ifconfig: {has}"))
            if not v.carp.addresses:
                yield Finding(
                    "ghost-vhid",
                    WARNING,
                    f"{mine.name}: vhid {v} has no address: a mistyped ifconfig makes one that "
                    "takes part in nothing",
                    seen,
                    (Fix(mine.name, "a boot removes it"),),
                )
                continue
            yield Finding(
                "one-sided",
                CRITICAL,
                f"{mine.name}: {v.group} on {v.interface} is not on its peer: {theirs.name} has "
                f"{has}",
                seen,
                (Fix(theirs.name, "add it there, or remove it here"),),
            )


def _mismatched(both: Both, shared: tuple[object, ...]) -> Iterator[Finding]:
    """Yield the vhids whose address lists differ: neither hears the other."""
    mine, theirs = both
    for v in mine.vhids:
        if v.group in shared:
            continue
        same = [t for t in theirs.vhids if t.carp.vhid == v.carp.vhid and t.group not in shared]
        for other in same[:1]:
            here, there = set(v.carp.addresses), set(other.carp.addresses)
            lacks = [
                *(f"{theirs.name} lacks {address}" for address in sorted(here - there)),
                *(f"{mine.name} lacks {address}" for address in sorted(there - here)),
            ]
            yield Finding(
                "addresses-differ",
                CRITICAL,
                f"vhid {v.carp.vhid} does not have the same addresses: {mine.name} has "
                f"{_listed(v)}, {theirs.name} has {_listed(other)} ({'; '.join(lacks)}). The list "
                "is part of what both sign (HMAC): each ignores the other, and both are MASTER",
                (Evidence(mine.name, _shown(v)), Evidence(theirs.name, _shown(other))),
                (
                    Fix(
                        "pair",
                        "make the lists equal on the router that should not serve, then on the "
                        "other",
                    ),
                    *_given(theirs.name, other, here - there),
                    *_given(mine.name, v, there - here),
                ),
            )


def _given(name: str, v: LocatedVhid, addresses: set[str]) -> Iterator[Fix]:
    for address in sorted(addresses):
        family, length = ("inet6", 128) if ":" in address else ("inet", 32)
        words = f"ifconfig {v.interface} {family} vhid {v.carp.vhid} {address}/{length} alias"
        yield Fix(name, f"it lacks {address} (with the prefix length of its peer)", words)


def _shown(v: LocatedVhid) -> str:
    carp = v.carp
    own = ", ".join(carp.addresses) or "no address"
    return f"ifconfig {v.interface}: {carp.state} vhid {carp.vhid}: {own}"


def _listed(v: LocatedVhid) -> str:
    return f"{', '.join(sorted(v.carp.addresses)) or 'none'} on {v.interface}"


def _twice(router: RouterFacts) -> Iterator[Finding]:
    """Yield vhids that exist twice where that cannot be meant."""
    for index, v in enumerate(router.vhids):
        for other in router.vhids[:index]:
            if other.carp.vhid != v.carp.vhid:
                continue
            network = _common(_networks(router, other), _networks(router, v))
            seen = (Evidence(router.name, _shown(other)), Evidence(router.name, _shown(v)))
            if other.group == v.group:
                yield Finding(
                    "vhid-twice",
                    CRITICAL,
                    f"{router.name}: {v.group} is on {other.interface} and on {v.interface}: an "
                    "address can be served by one of them only",
                    seen,
                    (Fix(router.name, "remove it from the other"),),
                )
            elif network:
                yield Finding(
                    "vhid-twice",
                    CRITICAL,
                    f"{router.name}: vhid {v.carp.vhid} is on {other.interface} and on "
                    f"{v.interface}, both in {network}: two groups with one virtual MAC on one "
                    "wire",
                    seen,
                    (Fix("pair", "give one another number, on both routers"),),
                )


def _networks(router: RouterFacts, v: LocatedVhid) -> set[str]:
    return set().union(*(_own(i) for i in router.interfaces if i.name == v.interface))


def _own(interface: Interface) -> set[str]:
    """Return the networks of an interface's own addresses, without host routes and fe80::."""
    found = set()
    for inet in (*interface.inet, *interface.inet6):
        if inet.vhid is not None:
            continue
        try:
            network = ipaddress.ip_interface(f"{inet.address}/{inet.prefixlen}").network
        except ValueError:
            continue
        if network.num_addresses > 1 and not network.is_link_local:
            found.add(str(network))
    return found


def _common(first: set[str], second: set[str]) -> str | None:
    return min(first & second, default=None)


def advbases(both: Both) -> Verdict:
    """The base interval is the same: it decides before any skew does."""
    first, second = both
    return found(
        Finding(
            "advbase-differs",
            CRITICAL,
            f"vhid {v} has advbase {v.carp.advbase} on {first.name} and {theirs.carp.advbase} on "
            f"{second.name}: no advskew makes up for that, a role would not move, or not stay",
            tuple(
                Evidence(r.name, f"ifconfig: vhid {w} advbase {w.carp.advbase}")
                for r, w in ((first, v), (second, theirs))
            ),
            (
                Fix(second.name, "set one of them", _with_advbase(theirs, v.carp.advbase)),
                Fix(second.name, "and where a boot reads it"),
            ),
        )
        for v in first.vhids
        for theirs in [second.vhid(v.group)]
        if theirs and v.carp.advbase != theirs.carp.advbase
    )


def _with_advbase(v: LocatedVhid, advbase: int) -> str:
    """Return the command, unicast peers named again: 14.x falls back to multicast else."""
    peers = "".join(f" {word} {address}" for word, address in v.carp.unicast_peers)
    return f"ifconfig {v.interface} vhid {v.carp.vhid} advbase {advbase}{peers}"


def prefixes(both: Both) -> Verdict:
    """A VIP's prefix length decides which network its MASTER is connected to."""
    first, second = both
    here, there = _lengths(first), _lengths(second)
    return found(
        Finding(
            "prefix-differs",
            WARNING,
            f"{address} is a /{here[address]} on {first.name} and a /{there[address]} on "
            f"{second.name}: advertisements do not show it, and after a switch the route to "
            "its network would be another",
            (
                Evidence(first.name, f"ifconfig: {address}/{here[address]}"),
                Evidence(second.name, f"ifconfig: {address}/{there[address]}"),
            ),
            (Fix("pair", "give both the same prefix length"),),
        )
        for address in sorted(here.keys() & there.keys())
        if here[address] != there[address]
        and not all(_connected(r, address, min(here[address], there[address])) for r in both)
    )


def _lengths(router: RouterFacts) -> dict[str, int]:
    return {
        inet.address: inet.prefixlen
        for interface in router.interfaces
        for inet in (*interface.inet, *interface.inet6)
        if inet.vhid is not None
    }


def _connected(router: RouterFacts, address: str, prefixlen: int) -> bool:
    """Whether an address of the router's own makes the route anyway, MASTER or not."""
    try:
        network = str(ipaddress.ip_interface(f"{address}/{prefixlen}").network)
    except ValueError:
        return False
    return any(network in _own(interface) for interface in router.interfaces)


def links(router: RouterFacts) -> Verdict:
    """An interface with vhids is up: else the router could take nothing over."""
    return found(
        Finding(
            "link-down",
            CRITICAL,
            f"{router.name}: {i.name} is down ({_state(i)}) and carries vhid "
            f"{', '.join(str(c.vhid) for c in i.carp)}: {router.name} cannot take over",
            (Evidence(router.name, f"ifconfig: {i.name} flags <{','.join(i.flags)}>"),),
            (Fix(router.name, "see the cable, or put it up", f"ifconfig {i.name} up"),),
        )
        for i in router.interfaces
        if i.carp and not i.is_up
    )


def _state(interface: Interface) -> str:
    lacking = [flag for flag in ("UP", "RUNNING") if flag not in interface.flags]
    words = [f"not {flag}" for flag in lacking]
    return ", ".join([*words, *([f"status: {interface.status}"] if interface.status else [])])
