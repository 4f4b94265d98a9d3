"""Groups that two routers do not have alike: each difference by its own name, with the way out.

What an advertisement's HMAC covers (carp_hmac_prepare, ip_carp.c): the vhid, its addresses sorted
and without prefix lengths, the password. Interface names and the order of addresses are no part
of it, so routers may differ in those.
"""

import ipaddress
from collections.abc import Iterator

from bluegreen.model.facts import LocatedVhid, PairFacts, RouterFacts
from bluegreen.model.network import Interface
from bluegreen.model.verdict import Verdict, all_of, no

Both = tuple[RouterFacts, RouterFacts]


def groups(pair: PairFacts, both: Both) -> Verdict:
    """Each vhid is on both routers, with the same addresses, once."""
    shared = pair.groups()
    if shared:
        twice = (text for router in both for text in _twice(router))
        return Verdict((*_alone(both, shared), *_mismatched(both, shared), *twice))
    listed = "; ".join(
        f"{r.name} has {', '.join(str(v.group) for v in r.vhids) or 'none'}" for r in both
    )
    nothing = f"the routers share no vhid (same number, same addresses): {listed}"
    return Verdict((nothing, *_mismatched(both, shared)))


def _alone(both: Both, shared: tuple[object, ...]) -> Iterator[str]:
    """Yield what stands on one router only."""
    for mine, theirs in (both, both[::-1]):
        numbers = {v.carp.vhid for v in theirs.vhids if v.group not in shared}
        for v in mine.vhids:
            if v.group in shared or v.carp.vhid in numbers:
                continue
            if not v.carp.addresses:
                yield (
                    f"{mine.name}: vhid {v} has no address: a mistyped ifconfig makes one that "
                    f"takes part in nothing; a boot removes it"
                )
                continue
            has = ", ".join(str(other) for other in theirs.vhids) or "no vhid"
            yield (
                f"{mine.name}: {v.group} on {v.interface} is not on its peer: {theirs.name} has "
                f"{has}; add it there, or remove it here"
            )


def _mismatched(both: Both, shared: tuple[object, ...]) -> Iterator[str]:
    """Yield the vhids whose address lists differ: neither hears the other."""
    mine, theirs = both
    for v in mine.vhids:
        if v.group in shared:
            continue
        same = [t for t in theirs.vhids if t.carp.vhid == v.carp.vhid and t.group not in shared]
        for other in same[:1]:
            here, there = set(v.carp.addresses), set(other.carp.addresses)
            fixes = [
                *(f"{theirs.name} lacks {address}" for address in sorted(here - there)),
                *(f"{mine.name} lacks {address}" for address in sorted(there - here)),
            ]
            yield (
                f"vhid {v.carp.vhid} does not have the same addresses: {mine.name} has "
                f"{_listed(v)}, {theirs.name} has {_listed(other)} ({'; '.join(fixes)}). The list "
                "is part of what both sign (HMAC): each ignores the other, and both are MASTER. "
                "Make the lists equal on the router that should not serve, then on the other"
            )


def _listed(v: LocatedVhid) -> str:
    return f"{', '.join(sorted(v.carp.addresses)) or 'none'} on {v.interface}"


def _twice(router: RouterFacts) -> Iterator[str]:
    """Yield vhids that exist twice where that cannot be meant."""
    for index, v in enumerate(router.vhids):
        for other in router.vhids[:index]:
            if other.carp.vhid != v.carp.vhid:
                continue
            network = _common(_networks(router, other), _networks(router, v))
            if other.group == v.group:
                yield (
                    f"{router.name}: {v.group} is on {other.interface} and on {v.interface}: an "
                    "address can be served by one of them only; remove it from the other"
                )
            elif network:
                yield (
                    f"{router.name}: vhid {v.carp.vhid} is on {other.interface} and on "
                    f"{v.interface}, both in {network}: two groups with one virtual MAC on one "
                    "wire; give one another number, on both routers"
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
    return all_of(
        no(
            f"vhid {v} has advbase {v.carp.advbase} on {first.name} and {theirs.carp.advbase} on "
            f"{second.name}: no advskew makes up for that, a role would not move, or not stay; "
            f"set one of them: `ifconfig {theirs.interface} vhid {theirs.carp.vhid} advbase "
            f"{v.carp.advbase}` on {second.name}, and where a boot reads it"
        )
        for v in first.vhids
        for theirs in [second.vhid(v.group)]
        if theirs and v.carp.advbase != theirs.carp.advbase
    )


def prefixes(both: Both) -> Verdict:
    """A VIP's prefix length decides which network its MASTER is connected to."""
    first, second = both
    here, there = _lengths(first), _lengths(second)
    return all_of(
        no(
            f"{address} is a /{here[address]} on {first.name} and a /{there[address]} on "
            f"{second.name}: advertisements do not show it, and after a switch the route to "
            "its network would be another; give both the same prefix length"
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
    return all_of(
        no(
            f"{router.name}: {i.name} is down ({_state(i)}) and carries vhid "
            f"{', '.join(str(c.vhid) for c in i.carp)}: {router.name} cannot take over; "
            f"see the cable, or `ifconfig {i.name} up`"
        )
        for i in router.interfaces
        if i.carp and not i.is_up
    )


def _state(interface: Interface) -> str:
    lacking = [flag for flag in ("UP", "RUNNING") if flag not in interface.flags]
    words = [f"not {flag}" for flag in lacking]
    return ", ".join([*words, *([f"status: {interface.status}"] if interface.status else [])])
