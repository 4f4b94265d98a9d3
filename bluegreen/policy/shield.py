"""Keep the router that serves from demoting itself while its unicast peer is down.

Once the peer's address no longer resolves, each advertisement fails, and the third failure
adds senderr_demotion_factor to the router's demotion; three good sends take off what the
factor is *then* (carp_send_ad_error, ip_carp.c). So the factor is 0 while the peer is away,
and has its value again only after three good sends: given back earlier, they would take 240
off a demotion that was never put on. Only a MASTER sends: of a vhid that it is BACKUP of there is
nothing to wait for, and what it counted as MASTER cannot be read (docs/explanation/limits.md).
"""

from bluegreen.carp.timing import advertisement_interval_s
from bluegreen.model.facts import LocatedVhid, PairFacts, RouterFacts
from bluegreen.model.network import CarpState
from bluegreen.model.roles import seen
from bluegreen.model.verdict import YES, Verdict, all_of, holds
from bluegreen.policy.lending import SENDERR, given_back, lend, reclaim, values
from bluegreen.policy.orders import order
from bluegreen.policy.setting import Setting
from bluegreen.world import Order

SENDS = 3  # CARP_SENDAD_MIN_SUCCESS
RESOLVED_S = 1.0  # an address is asked for once a second (arpresolve_full, if_ether.c)


def needed(pair: PairFacts, before: PairFacts, name: str) -> bool:
    """Whether failed sends would demote a router whose peer is down."""
    facts, was = pair.seen(name), before.seen(name)
    carp = was.carp if was else None
    return bool(facts and carp and _unicast(facts) and values(carp)[SENDERR])


def _unicast(facts: RouterFacts) -> list[LocatedVhid]:
    return [v for v in facts.vhids if v.carp.unicast_peers]


def sends(facts: RouterFacts) -> bool:
    """Whether a router advertises to a peer alone: as BACKUP it sends nothing that could fail."""
    return bool(_sending(facts))


def _sending(facts: RouterFacts) -> list[LocatedVhid]:
    return [v for v in _unicast(facts) if v.carp.state is CarpState.MASTER]


def why(pair: PairFacts, before: PairFacts, name: str) -> str:
    """Say in words what is lent and why; "" where nothing is."""
    if not needed(pair, before, name):
        return ""
    peer = pair.peer_name(name)
    return (
        f"{name} sends to {peer} alone: while that is down its sends fail, and the third failure "
        f"would demote {name}. Its {SENDERR} is 0 until {peer} is back and three sends have worked"
    )


def shield_orders(
    pair: PairFacts, before: PairFacts, name: str, setting: Setting
) -> tuple[Order, ...]:
    """Have failed sends not count on a router, unless they have counted already."""
    facts, was = pair.seen(name), before.seen(name)
    if not facts or not was or shielded(pair, before, name):
        return ()
    return order(facts, setting, *lend(facts, was, setting, SENDERR, 0))


def shielded(pair: PairFacts, before: PairFacts, name: str) -> Verdict:
    facts = pair.seen(name)
    if not facts or not facts.carp:
        return seen(pair)
    return holds(
        not needed(pair, before, name)
        or facts.carp.senderr_demotion_factor == 0
        or facts.carp.demotion > 0,  # good sends must find the factor that failed ones have added
        f"{name}: failed sends would demote it",
    )


def unshield_orders(
    pair: PairFacts, before: PairFacts, name: str, setting: Setting, known_s: float = 0.0
) -> tuple[Order, ...]:
    """Have failed sends count again, once three in a row have worked."""
    facts, was = pair.seen(name), before.seen(name)
    if not facts or not was or not recovered(pair, before, name, known_s):
        return ()
    return order(facts, setting, *reclaim(facts, was, setting, SENDERR))


def unshielded(pair: PairFacts, before: PairFacts, name: str, known_s: float = 0.0) -> Verdict:
    facts, was = pair.seen(name), before.seen(name)
    if not facts or not was:
        return seen(pair)
    back = given_back(facts, was, SENDERR)
    return YES if back else all_of([back, recovered(pair, before, name, known_s)])


def recovered(pair: PairFacts, before: PairFacts, name: str, known_s: float = 0.0) -> Verdict:
    """Whether three sends of each vhid that it serves have worked since the peer was seen.

    That cannot be read: time tells, as far as it does.

    Where the factor is not 0, it was not lent or a boot has forgotten all errors.

    Args:
        pair: What is seen now.
        before: The baseline.
        name: The router that sends.
        known_s: How long its peer was seen to be well before this step, s.
    """
    facts, peer = pair.seen(name), pair.seen(pair.peer_name(name))
    if not facts or not peer or not facts.carp:
        return seen(pair)
    if not needed(pair, before, name) or facts.carp.senderr_demotion_factor:
        return YES
    carp = facts.carp
    sending_s = [
        advertisement_interval_s(v.carp.advbase, v.carp.advskew, carp.demotion)
        for v in _sending(facts)
    ]
    since_s = known_s + pair.elapsed_s  # outlives a program that is killed again and again
    up_s = since_s if peer.uptime_s() > since_s else 0.0
    wait_s = RESOLVED_S + (SENDS + 1) * max(sending_s, default=0.0)
    return holds(
        not sending_s or max(pair.whole_s, up_s) >= wait_s,
        f"{name}: whether its sends to {peer.name} work again shows after {wait_s:.1f} s",
    )
