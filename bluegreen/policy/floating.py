"""The floating address follows the MASTER: where it must be, and which requests take it there."""

from collections.abc import Mapping

from bluegreen.ipfo import calls
from bluegreen.model.facts import Floating, Group, PairFacts, RouterFacts, Unknown
from bluegreen.model.network import CarpState
from bluegreen.model.pair import FloatingAddress
from bluegreen.model.roles import floating_at
from bluegreen.model.verdict import YES, Verdict, all_of, no
from bluegreen.policy.setting import Setting
from bluegreen.world import Order


def server_of(pair: PairFacts, address: str) -> str | None:
    """Return who serves an address and will go on doing so; None: nobody, or not known.

    Both routers see it so, and the BACKUP does not advertise faster: it would preempt with the
    next advertisement that it hears.
    """
    both = pair.both()
    if not both:
        return None
    groups = [g for g in pair.groups() if address in g.addresses] or pair.groups()
    for mine, theirs in (both, both[::-1]):
        if groups and all(_keeps(mine, theirs, group) for group in groups):
            return mine.name
    return None


def _keeps(mine: RouterFacts, theirs: RouterFacts, group: Group) -> bool:
    here, there = mine.vhid(group), theirs.vhid(group)
    if not (here and there) or there.carp.state is not CarpState.BACKUP:
        return False
    faster = (there.carp.advbase, theirs.effective(there)) < (
        here.carp.advbase,
        mine.effective(here),
    )
    preempts = theirs.carp is None or theirs.carp.preempt
    return here.carp.state is CarpState.MASTER and not (faster and preempts)


def followed(pair: PairFacts, setting: Setting) -> Verdict:
    """The address is where its MASTER is."""
    if setting.ipfo is None:
        return YES
    name = server_of(pair, setting.ipfo.address)
    if name is None:
        return no(f"{setting.ipfo.address} is served by neither router alone, or not for long")
    return floating_at(pair, name)


def followed_layers(
    pair: PairFacts, setting: Setting, roles: Verdict
) -> tuple[tuple[str, Verdict], ...]:
    """Return what a step that moves roles waits for, where an address has to come along."""
    if setting.ipfo is None:
        return ()
    return (("carp", roles), ("ipfo", all_of([roles, followed(pair, setting)])))


def follow(pair: PairFacts, setting: Setting) -> tuple[Order, ...]:
    """Return the next request that takes the address to its MASTER; () where nothing is to be
    asked, or not now: one request at a time, each from what is observed then.

    Between two virtual MACs of a server it takes two: off the one, onto the other. Where a run
    finds it at neither, the first was made, and the second one is due.
    """
    ipfo, floating = setting.ipfo, pair.outside.floating
    if ipfo is None or not ipfo.moves or not isinstance(floating, Floating):
        return ()
    name = server_of(pair, ipfo.address)
    if name is None or floating.router == name or not floating.settled:
        return ()
    if ipfo.services:
        return (Order(calls.OVH, (calls.move(ipfo.address, ipfo.service_of(name)),)),)
    macs = dict(floating.macs)
    if name not in macs:
        return ()
    if floating.mac:
        return (Order(calls.OVH, (calls.unbind(ipfo.service, floating.mac, ipfo.address),)),)
    return (Order(calls.OVH, (calls.bind(ipfo.service, macs[name], ipfo.address, name),)),)


def gave_up(pair: PairFacts, setting: Setting) -> str | None:
    """Say what the provider has given up, unless the address has arrived all the same."""
    floating = pair.outside.floating
    if isinstance(floating, Unknown) and floating.final:
        return f"the provider refuses to be asked: {floating.unknown}"
    if setting.ipfo is None or not isinstance(floating, Floating) or not floating.failed:
        return None
    return None if followed(pair, setting) else f"{setting.ipfo.provider}: {floating.failed}"


def macs_of(pair: PairFacts, wanted: FloatingAddress) -> Mapping[str, str]:
    """Return the MAC of each router that the address can be bound to, as far as it is seen.

    It is that of the interface with the address; the inventory may say otherwise. A MAC that
    follows the role is on whichever interface has it.
    """
    if wanted.macs:
        return dict(wanted.macs)
    found = {}
    for router in pair:
        if isinstance(router, RouterFacts) and (mac := _mac(router, wanted)):
            found[router.name] = mac.lower()
    return found


def _mac(router: RouterFacts, wanted: FloatingAddress) -> str | None:
    if wanted.mac:
        held = [i for i in router.interfaces if (i.ether or "").lower() == wanted.mac]
        return wanted.mac if held else None
    for interface in router.interfaces:
        if any(wanted.address in vhid.addresses for vhid in interface.carp):
            return interface.ether
    return None
