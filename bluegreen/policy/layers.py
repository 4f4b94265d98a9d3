"""What must follow the VIP: the new MASTER must have what the MASTER had before."""

from bluegreen.model.facts import PairFacts, RouterFacts
from bluegreen.model.network import Interface
from bluegreen.model.roles import answered, floating_at, serves_all, well
from bluegreen.model.verdict import Verdict, all_of, holds, no
from bluegreen.policy.adjacency import adjacencies_as
from bluegreen.policy.ipsec import ipsec_as, watched
from bluegreen.policy.learned import learned, past_backup, remotes_have, routes_as
from bluegreen.policy.setting import Setting

Layers = tuple[tuple[str, Verdict], ...]


def converged(pair: PairFacts, master: str, setting: Setting) -> Layers:
    """Return a verdict a layer, in the order in which they follow each other."""
    now = pair.seen(master)
    was = _master_before(pair)
    if not now or not was:
        return (("carp", no(f"{master} could not be observed")),)
    layers = (
        ("carp", True, all_of([serves_all(pair, master), well(now)])),
        ("ipfo", pair.outside.floating is not None, floating_at(pair, master)),
        ("ipsec", watched(setting), ipsec_as(now, was, setting)),
        ("tunnels", bool(tunnels_up(was)), tunnels_as(now, was)),
        ("ospf", was.ospf is not None, adjacencies_as(now, was, setting)),
        ("routes", bool(learned(was)), all_of([routes_as(now, was), past_backup(pair, now, was)])),
        ("remotes", bool(setting.remotes), remotes_have(pair, setting, master)),
        ("probe", bool(pair.outside.answers), all_of(answered(pair))),
    )
    return tuple((name, verdict) for name, there, verdict in layers if there or not verdict)


def _master_before(pair: PairFacts) -> RouterFacts | None:
    """Return the router that served most at the start; None: no baseline."""
    if not pair.before or not (both := pair.before.both()):
        return None
    return max(both, key=lambda router: len(router.masters()))


def tunnels_up(facts: RouterFacts) -> dict[str, Interface]:
    """Return the tunnels that are up, by their far end."""
    return {i.tunnel.remote: i for i in facts.interfaces if i.tunnel and i.is_up}


def tunnels_as(
    now: RouterFacts, was: RouterFacts, excused: frozenset[str] = frozenset()
) -> Verdict:
    here = tunnels_up(now)
    return all_of(
        holds(remote in here, f"{now.name}: tunnel to {remote} ({there.name} before) is not up")
        for remote, there in tunnels_up(was).items()
        if remote not in excused
    )


def standby_as(now: RouterFacts, was: RouterFacts, peer_was: RouterFacts | None = None) -> Verdict:
    """A router that does not serve has at least what it had, or its peer when *that* did not serve.

    A tunnel that is sent from a VIP may be down on a BACKUP on purpose: a handler of devd(8) takes
    it down with the role.
    """
    excused = _down_on_purpose(was, peer_was) if peer_was else frozenset()
    return all_of(
        [
            well(now),
            tunnels_as(now, was, excused),
            *(
                holds(
                    any(i.name == interface.name and i.is_up for i in now.interfaces),
                    f"{now.name}: {interface.name} is not up",
                )
                for interface in was.interfaces
                if interface.is_up and interface.name
                if not (interface.tunnel and interface.tunnel.remote in excused)
            ),
            *(
                holds(
                    interface.pfsync.syncok is not False,
                    f"{now.name}: pfsync is not in sync (syncok: 0)",
                )
                for interface in now.interfaces
                if interface.pfsync and "UP" in interface.flags
            ),
        ]
    )


def _down_on_purpose(was: RouterFacts, peer_was: RouterFacts) -> frozenset[str]:
    """Return the far ends of tunnels on a VIP that were up here with the role, and not beside."""
    served = {
        remote
        for remote, interface in (tunnels_up(was) if was.masters() else {}).items()
        if interface.tunnel and interface.tunnel.local in was.vips
    }
    return frozenset(served - tunnels_up(peer_was).keys())
